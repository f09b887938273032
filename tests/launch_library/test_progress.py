"""How far a download is: shown in terminals and notebooks, and nowhere else."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.launch_library import SMALL

FETCH = "import spacecraft_analysis as sa; print(sa.load('live').count)"


def test_callback(server, library):
    """A callback gets pages done, pages in all as soon as they are known, and a sentence."""
    reported: list[tuple[int, int | None, str]] = []
    library(progress=lambda *step: reported.append(step)).fetch()
    assert reported == [
        (0, None, "downloading spacecraft"),
        (1, 3, "downloading spacecraft"),
        (2, 3, "downloading spacecraft"),
        (3, 3, "spacecraft downloaded"),
    ]


def test_callback_is_silent_where_nothing_is_requested(library):
    """Where every page is cached there is nothing to report."""
    library().fetch()
    reported: list[str] = []
    library(progress=lambda done, total, message: reported.append(message)).fetch()
    assert reported == []


def test_failing_callback_keeps_the_pages(server, library):
    """What a callback raises comes out as it is; pages stay, and the folder is free again."""

    def fail(done: int, total: int | None, message: str) -> None:
        if done == 2:
            raise OSError("the pipe is broken")

    with pytest.raises(OSError, match="pipe is broken"):
        library(progress=fail).fetch()
    assert library().fetch().records == SMALL
    assert len(server.spacecraft_requests) == 3


@pytest.mark.slow
def test_terminal_shows_a_bar(server):
    """At a terminal there is a bar on stderr, which leaves stdout alone and cuts no number."""
    terminal, stderr = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", FETCH],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=os.environ | {"LL2_BASE_URL": server.base_url, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(stderr)
        shown = b""
        with suppress(OSError):  # the other side is closed
            while part := os.read(terminal, 4096):
                shown += part
        os.close(terminal)
        out, _ = process.communicate(timeout=20)
    assert out == "230\n"
    assert b"3/3" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"━ 0/\? 0:00:0\d downloading spacecraft", plain)


@pytest.mark.slow
def test_notebook_keeps_one_clean_line(server, tmp_path):
    """In a notebook one line is rewritten in place; there is none where progress is silent."""
    import nbclient
    import nbformat

    cells = [
        "import os, spacecraft_analysis as sa\n"
        f"library = sa.LaunchLibrary(base_url={server.base_url!r}, cache_dir={str(tmp_path)!r})",
        "fetched = library.fetch()",
        "os.environ['SPACECRAFT_ANALYSIS_PROGRESS'] = 'silent'\n"
        "fetched = library.fetch(refresh=True)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    _, shown, silent = (cell["outputs"] for cell in notebook["cells"])
    assert [dict(output["data"]) for output in shown] == [
        {"text/plain": "3/3 pages: spacecraft downloaded"}
    ]
    assert silent == []
