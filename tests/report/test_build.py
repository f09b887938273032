"""Notebooks become a folder of pages: run in real kernels, written whole, listed together."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.errors import LaunchLibraryError, ReportError
from spacecraft_analysis.report import build, export
from spacecraft_analysis.report.build import bundled_notebooks, write_report
from tests.report.browser import soon
from tests.report.essay import code, notebook, write
from tests.snapshot import full_disk

pytestmark = pytest.mark.slow

SOURCE = code("source = 'sample'", "parameters")


@dataclass
class Report:
    """What came of a report on two notebooks, of which one fails."""

    folder: Path
    error: str = ""
    calls: list[tuple[str, str, int, int]] = field(default_factory=list)

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report into a folder that has a page of ours already, and one of somebody else's."""
    home = tmp_path_factory.mktemp("gallery")
    report = Report(home / "reports")
    report.folder.mkdir()
    made = notebook("# What was before?", folder=home)
    older = export.page(made.cells, name="older", folder=home).html
    (report.folder / "older.html").write_text(older, encoding="utf-8")
    (report.folder / "foreign.html").write_text("<h1>No page of ours</h1>", encoding="latin-1")
    (home / "deep").mkdir()
    count = code("print(sa.load(source).count, 'craft')")
    fails = code("x = 1\nimport polars\npolars.DataFrame({'a': [x]}).select('dayz')")
    bad = ["# Broken", SOURCE, code("import spacecraft_analysis as sa"), "## One", count]
    write(home / "deep" / "bad.ipynb", *bad, "## Distribution", fails, code("print('never run')"))
    write(home / "good.ipynb", "# Whole", SOURCE, code("print('whole', source and 'now')"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        sa.load("sample", limit=3).write("three.json")
        with pytest.raises(ReportError) as caught:
            write_report(
                ["deep/bad.ipynb", "good.ipynb"],
                source="three.json",
                progress=lambda *call: report.calls.append(call),
            )
    assert isinstance(caught.value, LaunchLibraryError)
    report.error = str(caught.value)
    return report


def test_a_source_is_found_from_the_callers_folder(report):
    """A relative path counts from the caller's folder; no path of the machine is on the page."""
    page = report.page("bad")
    assert "3 craft" in page
    assert "three.json" in page
    assert str(report.folder.parent) not in page
    assert sys.prefix not in page


def test_a_failing_cell_is_reported_in_short(report):
    """The error names notebook, cell, heading, line, exception and what there is of the page."""
    first, line, error, partial = report.error.splitlines()
    assert first == "bad.ipynb: cell 4 of 5 failed, under “Distribution”"
    assert line == "  line 3: polars.DataFrame({'a': [x]}).select('dayz')"
    assert 'ColumnNotFoundError: unable to find column "dayz"' in error
    assert partial == "partial page written to reports/bad.html"


def test_a_failed_notebooks_page_says_so(report):
    """The unfinished page is written, marked there and in the index; the other is complete."""
    assert "<title>Unfinished: Broken</title>" in report.page("bad")
    assert "never run" not in report.page("bad")
    assert "whole now" in report.page("good")
    assert "Unfinished: cell 4 of 5 failed" in report.page("index")


def test_the_index_lists_every_page_of_ours_in_the_folder(report):
    """A page of an earlier report stays listed, and what somebody else put there is not."""
    links = re.findall(r'<h2><a href="(.*?)">(.*?)</a></h2>', report.page("index"))
    pages = [("bad", "Broken"), ("good", "Whole"), ("older", "What was before?")]
    assert links == [(f"{name}.html", title) for name, title in pages]


def test_progress_is_reported_at_once_and_names_the_heading(report):
    """Every notebook is reported before a kernel starts, then each cell with its heading."""
    assert report.calls[:2] == [("bad", "", 0, 5), ("good", "", 0, 2)]
    assert ("bad", "One", 2, 5) in report.calls
    assert ("bad", "Distribution", 3, 5) in report.calls


COMMAND = [sys.executable, "-m", "spacecraft_analysis", "report"]


def test_the_same_snapshot_gives_the_same_bytes(essay_report, tmp_path):
    """Hash seed, time zone, locale, Polars' settings, folder and day of the run leave no trace."""
    places = {"PYTHONHASHSEED": "42", "TZ": "America/Los_Angeles", "LC_ALL": "C", "COLUMNS": "40"}
    places |= {"POLARS_FMT_MAX_ROWS": "2", "POLARS_TABLE_WIDTH": "30", "TMPDIR": str(tmp_path)}
    arguments = [essay_report / "essay.ipynb", "--output", tmp_path, "-p", "smallest=7"]
    subprocess.run([*COMMAND, *arguments], env=os.environ | places, check=True)
    for name in ("essay.html", "index.html"):
        assert (tmp_path / name).read_bytes() == (essay_report / name).read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_the_kernels_too(tmp_path):
    """An interrupted report stops within seconds, leaves no kernel behind and replaces no page."""
    earlier = tmp_path / "reports" / "a.html"
    earlier.parent.mkdir()
    earlier.write_text("earlier")
    sleep = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    path = write(tmp_path / "a.ipynb", code("print('x' * 1_000_000)"), code(sleep))
    asked = subprocess.Popen([*COMMAND, path], cwd=tmp_path, stderr=subprocess.DEVNULL)
    pid = int(soon(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    asked.send_signal(signal.SIGINT)
    assert asked.wait(timeout=30) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert earlier.read_text() == "earlier"


def test_a_full_disk_leaves_the_old_files_whole(tmp_path, monkeypatch):
    """What can't be written is an error; the earlier page and index stay as they were."""
    # There is no code to run, for which a kernel would start all the same.
    monkeypatch.setattr(build, "run", lambda *_, **__: "")
    before = {"a.html": "<p>the page of before</p>", "index.html": "<p>the index of before</p>"}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    path = write(tmp_path.with_name("a.ipynb"), "# Too large")
    line = "a.html can't be written: File too large; choose another --output"
    with full_disk(3_000), pytest.raises(ReportError, match=line):
        write_report([path], output=tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_without_the_extra_one_line_names_it(tmp_path, monkeypatch):
    """An error lists what is not installed, with the command that installs it."""
    for name in ("nbformat", "vl_convert"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ReportError) as caught:
        write_report([tmp_path / "nowhere.ipynb"], output=tmp_path)
    line = "a report needs nbformat, vl_convert: pip install 'spacecraft-analysis[notebooks]'"
    assert str(caught.value) == line


def test_what_a_report_needs_is_what_the_extra_brings():
    """Each module that is looked for comes with the extra, and all that come are looked for."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    extra = project["project"]["optional-dependencies"]["notebooks"]
    declared = {re.split(r"[>=<]", requirement)[0] for requirement in extra}
    known = packages_distributions()
    needed = {known[name][0].replace("_", "-").lower() for name in build._NEEDED}
    # JupyterLab is for working in the notebooks.
    assert needed == declared - {"jupyterlab"}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("index", {}, r"two pages would be named index\.html"),
        ("a", {"output": "file"}, "choose another --output"),
        ("a", {"source": "sample", "parameters": {"source": "live"}}, "source is passed twice"),
    ],
)
def test_what_can_not_be_is_reported_before_anything_runs(
    tmp_path, monkeypatch, name, options, message
):
    """Two pages of one name, a folder that can't be made, a source that is doubled."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    path = write(tmp_path / f"{name}.ipynb", SOURCE, code("print(source)"))
    with pytest.raises(ReportError, match=message):
        write_report([path], **{"output": "out"} | options)
    assert not Path("out").exists()


def test_every_bundled_notebook_has_its_place_in_the_reading_order():
    """All of the package's own notebooks are found."""
    paths = bundled_notebooks()
    assert {*paths} == {*paths[0].parent.glob("*.ipynb")}


def test_a_chart_that_was_not_drawn_fails_the_report(tmp_path):
    """The page has Vega's message; the error names notebook and cell, as the author counts."""
    spec = {"title": "Away", "data": {"url": "https://example.org/x.json"}, "mark": "bar"}
    shows = "from IPython.display import display\n"
    shows += f"display({{'application/vnd.vegalite.v5+json': {spec}}}, raw=True)"
    path = write(tmp_path / "a.ipynb", "# Q?", code("n = 1", "parameters"), "## One", code(shows))
    where = r"a\.ipynb: cell 2, under “One”: the chart “Away” was not drawn: its data is on the net"
    with pytest.raises(ReportError, match=where):
        write_report([path], output=tmp_path / "out", parameters={"n": "2"})
    assert "This chart was not drawn" in (tmp_path / "out" / "a.html").read_text("utf-8")
