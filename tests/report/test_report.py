"""Notebooks become pages: run in a real kernel, looked at as text."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spacecraft_analysis.errors import LaunchLibraryError, ReportError
from spacecraft_analysis.report.gallery import bundled_notebooks, write_report
from spacecraft_analysis.report.parameters import parameter_value
from tests.report.essay import code, write

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report")]


def rebuilt(notebook: Path, output: Path, **environment: str) -> None:
    command = "import sys; from spacecraft_analysis.report.gallery import write_report as w; "
    command += "w([sys.argv[1]], output=sys.argv[2], parameters={'smallest': '7'})"
    subprocess.run(
        [sys.executable, "-c", command, str(notebook), str(output)],
        env=os.environ | environment,
        check=True,
    )


def test_what_a_notebook_says_itself_need_not_be_said(tmp_path):
    """Asking for the source that is declared anyway changes nothing."""
    notebook = write(
        tmp_path / "a.ipynb", code("source = 'sample'", "parameters"), code("print(source)")
    )
    _, plain = write_report([notebook], output=tmp_path / "plain")
    _, asked = write_report([notebook], output=tmp_path / "asked", source="sample")
    assert plain.read_bytes() == asked.read_bytes()


def test_the_same_snapshot_gives_the_same_bytes(essay_report, tmp_path):
    """Hash seed, time zone, locale, Polars' settings and the day of the run leave no trace."""
    places = {"PYTHONHASHSEED": "42", "TZ": "America/Los_Angeles", "LC_ALL": "C", "COLUMNS": "40"}
    places |= {"POLARS_FMT_MAX_ROWS": "2", "POLARS_TABLE_WIDTH": "30"}
    rebuilt(essay_report.parent / "essay.ipynb", tmp_path, **places)
    for name in ("essay.html", "index.html"):
        assert (tmp_path / name).read_bytes() == (essay_report / name).read_bytes()


def test_no_path_of_the_machine_is_told(page, essay_report):
    """Neither the notebook's folder nor the interpreter's stands on a page."""
    assert str(essay_report.parent) not in page
    assert sys.prefix not in page


def test_a_misspelt_parameter_is_answered_with_the_nearest(tmp_path):
    """A name that no notebook declares stops the report before anything is run."""
    notebook = write(tmp_path / "a.ipynb", code("smallest = 1", "parameters"))
    with pytest.raises(ReportError, match=r"no parameter 'smalest' in a\.ipynb: did you mean 'sma"):
        write_report([notebook], output=tmp_path / "out", parameters={"smalest": "2"})
    assert not (tmp_path / "out").exists()


def test_a_notebook_without_parameters_says_how_to_declare_them(tmp_path):
    """Where nothing is declared the error tells of the tag."""
    notebook = write(tmp_path / "a.ipynb", code("smallest = 1"))
    with pytest.raises(ReportError, match="a cell tagged 'parameters'"):
        write_report([notebook], output=tmp_path, parameters={"smallest": "2"})


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("3", 1, 3),
        ("2.5", 1, 2.5),
        ("None", 1, None),
        ("['a']", (), ["a"]),
        ("Dragon 2", None, "Dragon 2"),
        ("1969", "Apollo", "1969"),
        ("'1969'", "Apollo", "1969"),
        ("True", False, True),
        ("()", ["a"], ()),
        ("None", ["a"], None),
    ],
)
def test_a_parameter_is_a_literal_or_text(text, default, value):
    """What is typed is read as Python where it is Python, and a declared text stays a text."""
    assert parameter_value("name", text, default) == value


@pytest.mark.parametrize(
    ("text", "default"),
    [("false", True), ("1", True), ("many", 3), ("[1]", 3), ("True", 3), ("Soyuz", ["Dragon"])],
)
def test_a_parameter_of_another_kind_is_refused(text, default):
    """A word where the notebook declares a number, a truth value or a list is an error."""
    with pytest.raises(ReportError, match=re.escape(f"-p name={text}: expected")):
        parameter_value("name", text, default)


def test_a_source_is_found_from_the_callers_folder(tmp_path, monkeypatch):
    """A relative path counts from where the report was asked for, not from the notebook."""
    import spacecraft_analysis as sa

    (tmp_path / "deep").mkdir()
    sa.load("sample", limit=3).write(tmp_path / "three.json")
    show = "import spacecraft_analysis as sa\nprint(sa.load(source).count, 'craft')"
    notebook = write(
        tmp_path / "deep" / "a.ipynb", code("source = 'sample'", "parameters"), code(show)
    )
    monkeypatch.chdir(tmp_path)
    index, first = write_report([notebook], output="out", source="three.json")
    assert index == Path("out/index.html")
    page = first.read_text(encoding="utf-8")
    assert "3 craft" in page
    assert str(tmp_path) not in page


def test_a_failing_cell_is_told_in_short_and_its_page_kept(tmp_path):
    """The error names cell, heading, line and exception; the unfinished page says so."""
    bad = write(
        tmp_path / "bad.ipynb",
        "# Broken",
        code("x = 1"),
        "## Distribution",
        code("y = x\nimport polars\npolars.DataFrame({'a': [1]}).select('dayz')"),
        code("print('never run')"),
    )
    good = write(tmp_path / "good.ipynb", "# Whole", code("print('whole')"))
    out = tmp_path / "out"
    with pytest.raises(ReportError) as caught:
        write_report([bad, good], output=out)
    message = str(caught.value)
    assert isinstance(caught.value, LaunchLibraryError)
    assert len(message.splitlines()) <= 10
    assert message.startswith(
        "bad.ipynb: cell 2 of 3 failed, under “Distribution”\n  line 3: polars"
    )
    assert 'ColumnNotFoundError: unable to find column "dayz"' in message
    assert message.endswith(str(out / "bad.html"))
    kept = (out / "bad.html").read_text(encoding="utf-8")
    assert "<title>Unfinished: Broken</title>" in kept
    assert "never run" not in kept
    assert "whole" in (out / "good.html").read_text(encoding="utf-8")
    assert "Unfinished: cell 2 of 3" in (out / "index.html").read_text(encoding="utf-8")


def test_what_an_error_advises_is_told_in_full(tmp_path, monkeypatch):
    """An error of fetch's names a long address first, and last what to do: none of it is cut."""
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_OFFLINE", "1")
    ask = "import spacecraft_analysis as sa\nsa.load('live', search='a' * 60)"
    notebook = write(tmp_path / "a.ipynb", code(ask))
    with pytest.raises(ReportError, match=r"OfflineError: .*online with the same arguments"):
        write_report([notebook], output=tmp_path)


def test_a_chart_that_fails_while_shown_is_a_failure(tmp_path):
    """A chart that its cell can't display ends no cell in Jupyter; here it ends the report."""
    chart = "import altair as alt\nalt.Chart().mark_bar().encode(x='nowhere')"
    notebook = write(tmp_path / "a.ipynb", code(chart))
    with pytest.raises(ReportError, match=r"cell 1 of 1 failed\n.*nowhere"):
        write_report([notebook], output=tmp_path)


def test_a_kernel_that_dies_is_told(tmp_path):
    """A crash of the kernel is an error of the cell in which it happened."""
    notebook = write(tmp_path / "a.ipynb", code("1"), code("import os\nos._exit(3)"), code("2"))
    with pytest.raises(ReportError, match="cell 2 of 3 failed\n  the kernel died"):
        write_report([notebook], output=tmp_path)


def test_a_foreign_kernels_name_does_not_matter(tmp_path):
    """A notebook saved with any kernel's name runs in the interpreter that makes the report."""
    path = write(tmp_path / "a.ipynb", code("import sys\nprint(sys.executable)"))
    notebook = json.loads(path.read_text())
    notebook["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "J"}
    path.write_text(json.dumps(notebook))
    _, page = write_report([path], output=tmp_path)
    assert sys.executable in page.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_the_kernels_too(tmp_path):
    """An interrupted report stops within seconds and leaves no kernel behind."""
    sleep = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    notebook = write(tmp_path / "a.ipynb", code(sleep))
    command = (
        "import sys; from spacecraft_analysis.report.gallery import write_report;"
        "write_report(sys.argv[1:])"
    )
    asked = subprocess.Popen(
        [sys.executable, "-c", command, str(notebook)], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert asked.poll() is None
        time.sleep(0.1)
    asked.send_signal(signal.SIGINT)
    assert asked.wait(timeout=30) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_progress_names_the_heading(tmp_path):
    """Before each cell the caller hears the notebook, its heading and how far it is."""
    told = []
    notebook = write(tmp_path / "a.ipynb", "# One", code("1"), "# Two", code("2"))
    write_report([notebook], output=tmp_path, progress=lambda *facts: told.append(facts))
    assert ("a", "One", 0, 2) in told
    assert ("a", "Two", 1, 2) in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "there is no notebook"), ("{", "can't be read as a notebook"), ("[]", "can't be read")],
)
def test_what_is_no_notebook_is_named(tmp_path, text, problem):
    """A missing or damaged notebook stops the report with its path."""
    path = tmp_path / "a.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ReportError, match=problem) as caught:
        write_report([path], output=tmp_path)
    assert str(path) in str(caught.value)


def test_two_pages_never_share_a_name(tmp_path):
    """Notebooks whose pages would overwrite each other, or the index, are refused."""
    with pytest.raises(ReportError, match=r"two pages would be named index\.html"):
        write_report([write(tmp_path / "index.ipynb")], output=tmp_path)


def test_an_output_that_is_a_file_is_told(tmp_path):
    """A folder that can't be made is an error that says what to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="choose another --output"):
        write_report([write(tmp_path / "a.ipynb")], output=tmp_path / "file")


def test_a_missing_source_is_told_before_anything_runs(tmp_path):
    """A snapshot's path that leads nowhere is an error with the alternatives."""
    notebook = write(tmp_path / "a.ipynb", code("source = 1", "parameters"), code("source"))
    with pytest.raises(ReportError, match=r"no snapshot nowhere\.json; give 'sample', 'live' or"):
        write_report([notebook], output=tmp_path / "out", source="nowhere.json")
    assert not (tmp_path / "out").exists()


def test_importing_the_report_loads_nothing_heavy():
    """Jupyter, Altair and vl-convert are loaded when a report is made, not before."""
    heavy = "nbclient nbconvert nbformat IPython altair vl_convert jinja2 mistune bleach"
    command = "import sys, spacecraft_analysis.report.gallery, spacecraft_analysis.report.cards; "
    command += f"print([name for name in {heavy.split()} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_the_bundled_notebooks_come_in_reading_order():
    """The package's own notebooks are found, the overview before the details."""
    names = [path.stem for path in bundled_notebooks()]
    known = ["spacecraft", "turnaround", "utilisation", "data_quality"]
    assert names[: len(known)] == [name for name in known if name in names]
