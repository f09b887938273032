"""A notebook in its kernel: where its code comes from, what it prints, what ends it early."""

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from spacecraft_analysis import LaunchLibrary
from spacecraft_analysis.errors import OfflineError
from spacecraft_analysis.report.execute import Kernels, end_at_failure, end_of, run
from spacecraft_analysis.report.notebook import joined_streams, read_notebook
from tests.report.essay import code, write

# Starts kernels.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("status", "words", "end"),
    [
        (3, "", " with status 3"),
        (-9, "", " (Killed); is the memory full?"),
        (1, "Traceback\n  File x\n\x1b[31mMemoryError\x1b[0m\n", " with status 1\n  MemoryError"),
        (-11, "Fatal Python error: Segmentation fault\n\nStack", " (Segmentation fault)\n  Fatal"),
    ],
)
def test_the_end_of_a_kernel_in_words(status, words, end):
    """A status, a signal or the telling line of its process's own words say how a kernel ended."""
    assert end_of(status, words).startswith(end)


@pytest.mark.usefixtures("cache_dir")
def test_an_error_of_this_package_is_not_cut():
    """An error of fetch's names a long address first, and last what to do: none of it is cut."""
    with pytest.raises(OfflineError) as caught:
        LaunchLibrary(offline=True).fetch(search="a" * 60)
    raised = new_output("error", ename="OfflineError", evalue=str(caught.value), traceback=[])
    message = end_at_failure(new_notebook(cells=[new_code_cell("x", outputs=[raised])]))
    assert message == f"cell 1 of 1 failed\n  OfflineError: {caught.value}"


@pytest.mark.parametrize("start", range(560, 600, 8))
def test_the_token_is_masked_before_an_error_is_cut(monkeypatch, start):
    """No piece of the token stands at the end of a line that is too long to be shown."""
    monkeypatch.setenv("LL2_TOKEN", "abcdef0123456789")
    text = "x" * start + "abcdef0123456789"
    raised = new_output("error", ename="ValueError", evalue=text, traceback=[])
    message = end_at_failure(new_notebook(cells=[new_code_cell("y", outputs=[raised])]))
    assert "abc" not in message


TRANSPORT = "from ipykernel.kernelapp import IPKernelApp as App\nprint(App.instance().transport)"
BREAKS = "raise RuntimeError('code of the wrong folder')"
# What cells of one notebook print in the end, each named by what it shows.
PRINTED = {
    "the module beside the notebook is found, as in JupyterLab": (
        "import neighbour\nprint(neighbour.__file__)",
        "neighbour.py\n",
    ),
    "the interpreter is that of the report, whatever kernel the notebook was saved with": (
        "import sys\nprint(sys.executable)",
        f"{sys.executable}\n",
    ),
    "files beside the notebook that are named like a library are not taken for it": (
        "import polars, altair, json, random\nprint(polars.__file__)",
        "site-packages/polars/__init__.py\n",
    ),
    "a script that the notebook starts finds the modules beside itself": (
        "import subprocess, sys\nprint(subprocess.check_output([sys.executable, 'beside.py']))",
        "b'found it\\n'\n",
    ),
    "a line of a million letters is whole": ("print('x' * 1_000_000)", "x" * 1_000_000 + "\n"),
    "time zone, hash seed and start-up file of the user don't reach it": (
        "import os, time\n"
        "print(time.tzname[0], os.environ['PYTHONHASHSEED'], 'STARTED' in globals())",
        "UTC 0 False\n",
    ),
    "all kernels of a report start in the environment that there was when it began": (
        "import os\nprint(os.environ['SINCE'])",
        "before\n",
    ),
}
# Further cells of that notebook; those tagged fail and are judged alone.
CELLS = {
    **{name: code(source) for name, (source, _) in PRINTED.items()},
    "transport": code(TRANSPORT),
    "end": code(
        "import atexit, threading\nfrom pathlib import Path\n"
        "names = lambda: ' '.join(thread.name for thread in threading.enumerate())\n"
        "atexit.register(lambda: Path('alive').write_text(names()))"
    ),
    "fails": code("def fails(name):\n    raise KeyError(name)"),
    "caused": code(
        "try:\n    fails('inner')\n"
        "except KeyError as inner:\n    raise ValueError('outer') from inner",
        "raises-exception",
    ),
    "while handled": code(
        "try:\n    fails('inner')\nexcept KeyError:\n    1 / 0", "raises-exception"
    ),
    "shown": code(
        "import altair as alt\nalt.Chart().mark_bar().encode(x='nowhere')", "raises-exception"
    ),
}


def executed(
    path: Path, kernels: Kernels | None = None, *, shared: bool = False
) -> tuple[list[Any], str]:
    """The cells of a notebook after its run, and what ended it early."""
    notebook, kernels = read_notebook(path), kernels or Kernels()
    failure = run(path, notebook, progress=lambda *_: None, kernels=kernels, shared=shared)
    return notebook.cells, failure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a notebook: a module of its own, and files named like other people's."""
    folder = tmp_path_factory.mktemp("beside")
    (folder / "neighbour.py").write_text("")
    (folder / "beside.py").write_text("import neighbour; print('found it')")
    for name in ("random", "polars", "altair", "isodate", "spacecraft_analysis"):
        (folder / f"{name}.py").write_text(BREAKS)
    return folder


@pytest.fixture(scope="module")
def cells(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The cells after their run, in one kernel, as if the user had settings for Python."""
    startup = tmp_path_factory.mktemp("home") / "startup.py"
    startup.write_text("STARTED = True")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONSTARTUP", str(startup))
        patch.setenv("TZ", "Asia/Tokyo")
        path = write(folder / "all.ipynb", *CELLS.values())
        notebook = json.loads(path.read_text())
        notebook["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "J"}
        path.write_text(json.dumps(notebook))
        patch.setenv("SINCE", "before")
        kernels = Kernels()
        patch.setenv("SINCE", "after")
        cells, failure = executed(path, kernels=kernels)
    assert failure == ""
    return dict(zip(CELLS, cells, strict=True))


def printed(cell: Any) -> str:
    outputs = joined_streams(cell.outputs)
    (output,) = (output for output in outputs if output.get("name") == "stdout")
    return str(output.text)


def reported(cell: Any) -> str:
    """Return what is reported of a cell that ended a run."""
    cell.metadata["tags"] = []
    return end_at_failure(new_notebook(cells=[cell]))


@pytest.mark.parametrize("name", PRINTED)
def test_a_kernel_is_as_in_jupyterlab_but_the_same_everywhere(cells, name):
    """A notebook finds what is beside it, and nothing else of the user's."""
    assert printed(cells[name]).endswith(PRINTED[name][1])


@pytest.mark.parametrize(
    ("name", "line", "error"),
    [
        ("caused", "line 4: raise ValueError('outer') from inner", "ValueError: outer"),
        ("while handled", "line 4: 1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_of_a_chain_of_errors_the_last_is_reported(cells, name, line, error):
    """The line reported is the one that raised the error reported."""
    assert reported(cells[name]) == f"cell 1 of 1 failed\n  {line}\n  {error}"


def test_a_chart_that_fails_while_shown_is_a_failure(cells):
    """A chart that its cell can't display ends no cell in Jupyter; here it ends the report."""
    assert "nowhere" in reported(cells["shown"])


WARN = "import warnings\ndef warn():\n    warnings.warn('careful')"
TRACES = "import os, warns\nwarns.warn()\nprint(os.getpid(), 'left' in globals())\nleft = 1"
GROUP = """
try:
    raise ExceptionGroup('both', [ValueError('a')])
except ExceptionGroup as group:
    raise OSError('no disk') from group
"""
SHOW = "from IPython.display import display\ndisplay({'application/x-odd': {}}, raw=True)"
# Each is the second of three cells.
ENDS = {"whole": "1", "group": GROUP, "odd output": SHOW}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[Any], str]]:
    """Runs of notebooks that may share a kernel, of which all but the first end early."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "warns.py").write_text(WARN)
    paths = {
        name: write(folder / f"{name}.ipynb", code(TRACES), code(second), code("2"))
        for name, second in ENDS.items()
    }
    with Kernels() as kernels:
        return {name: executed(path, kernels, shared=True) for name, path in paths.items()}


def test_a_shared_kernel_is_as_a_new_one(runs):
    """Of the notebook before it a notebook finds no name, no count, and no warning less."""
    first, second = (runs[name][0][0] for name in ("whole", "group"))
    assert "UserWarning: careful" in str(first.outputs)
    assert printed(first).endswith(" False\n")
    assert (first.outputs, first.execution_count) == (second.outputs, second.execution_count)


def test_a_kernel_in_which_a_cell_failed_is_not_used_again(runs):
    """Who knows what it left undone."""
    second, third = (printed(runs[name][0][0]) for name in ("group", "odd output"))
    assert second != third


def test_an_error_after_a_group_is_reported(runs):
    """An error that IPython only prints, since a group led to it, ends the run under its name."""
    assert runs["group"][1] == "cell 2 of 3 failed\n  OSError: no disk"


def test_a_printed_traceback_names_cells_and_files_without_a_folder(runs):
    """What IPython only prints has neither the kernel's number nor a folder of this machine."""
    (printed,) = joined_streams(runs["group"][0][1].outputs)
    assert "\n  Cell, line 4, in <module>\n" in printed.text
    assert 'File "interactiveshell.py", line ' in printed.text
    assert "ipykernel" not in printed.text
    assert sys.prefix not in printed.text


def test_an_output_that_no_notebook_can_hold_is_a_failure(runs):
    """What is neither text nor a kind of JSON ends the run, and says which kind of data it is."""
    words = "a notebook can't hold its output (['data']['application/x-odd'])"
    assert runs["odd output"][1].startswith(f"cell 2 of 3 failed\n  {words}")


@pytest.mark.skipif(sys.platform == "win32", reason="has no sockets that are files")
def test_a_kernel_is_reached_through_files(cells):
    """A kernel takes no port, which could be another program's by the time that it starts."""
    assert printed(cells["transport"]) == "ipc\n"


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], str]:
    """A run that ends in a crash, where paths are too long for a socket."""
    folder = tmp_path_factory.mktemp("long" * 30)
    crash = code("import faulthandler, os\nfaulthandler.enable()\nos.abort()")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        return executed(write(folder / "a.ipynb", code(TRANSPORT), crash, code("2")))


def test_where_a_path_is_too_long_for_a_socket_ports_are_used(crashed):
    """Of a folder whose name is too long for a socket a kernel takes ports."""
    assert printed(crashed[0][0]) == "tcp\n"


def test_a_kernel_that_dies_says_how(crashed):
    """A kernel that dies names the cell, the signal and what it wrote itself."""
    assert crashed[1] == (
        "cell 2 of 3 failed\n  the kernel died (Aborted)\n  Fatal Python error: Aborted"
    )


def test_the_thread_that_sends_ends_last(cells, folder):
    """Nobody in a kernel still has something to send when the thread that sends it is stopped."""
    alive = (folder / "alive").read_text().split()
    assert "IOPub" in alive
    assert "Control" not in alive


def test_a_kernel_that_can_not_start_says_why(tmp_path):
    """A kernel that ends before its first cell is reported with its own last words."""
    (tmp_path / "ipykernel.py").write_text("import nobody")
    kernels = Kernels()
    kernels.environment["PYTHONPATH"] = str(tmp_path)
    _, failure = executed(write(tmp_path / "a.ipynb", code("1")), kernels)
    assert failure == "its kernel could not start\n  ModuleNotFoundError: No module named 'nobody'"


def test_kernels_that_start_after_the_end_are_ended():
    """A kernel that starts while Ctrl-C is on its way ends too."""
    early, late = Mock(), Mock()
    kernels = Kernels()
    kernels.add(early)
    kernels.kill()
    kernels.add(late)
    early.kill.assert_called_once_with()
    late.kill.assert_called_once_with()
