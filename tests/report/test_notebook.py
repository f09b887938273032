"""A notebook as it is read, its parameters, a source that reaches it, and what it printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_output

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.notebook import (
    changes_kernel,
    check_parameters,
    check_source,
    joined_streams,
    parameter_value,
    read_notebook,
    set_parameters,
    tags,
)
from tests.report.essay import code, notebook


def written(folder: Path, *cells: Any, **parts: Any) -> Path:
    """The path of a notebook's file that a hand or another program wrote."""
    path = folder / "made.ipynb"
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    path.write_text(json.dumps(content | parts), encoding="utf-8")
    return path


def cell(**parts: Any) -> dict[str, Any]:
    whole = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "source": "x = 1"}
    return whole | {"execution_count": 7} | parts


@pytest.mark.parametrize(
    ("cells", "parts", "problem"),
    [
        ([cell(metadata={"tags": "x"})], {}, "'x' is not of type 'array' (cell 1['metadata']"),
        ([cell(), cell(cell_type="heading")], {}, "any of the given schemas (cell 2)"),
        ([cell(source=["x = 1\n", 5])], {}, "sequence item 1: expected str"),
        ([cell(metadata=None)], {}, "has no attribute 'pop'"),
        ([None], {}, "'NoneType' is not iterable"),
        *(([cell()], part, "") for part in ({"cells": None}, {"metadata": None})),
        *(([cell()], part, "") for part in ({"nbformat": 9}, {"nbformat": None})),
    ],
)
def test_an_invalid_notebook_is_an_error(tmp_path, cells, parts, problem):
    """The error has the file, nbformat's reason, the cell where it is known, and what to do."""
    path = written(tmp_path, *cells, **parts)
    with pytest.raises(ReportError) as caught:
        read_notebook(path)
    message = str(caught.value)
    assert message.startswith(f"{path} can't be read as a notebook: ")
    assert problem in message
    assert message.endswith("Open and save it in JupyterLab")


def test_a_folder_is_not_a_notebook(tmp_path):
    """The error says how to pass the notebooks in the folder."""
    with pytest.raises(ReportError) as caught:
        read_notebook(tmp_path)
    assert str(caught.value) == f"{tmp_path} is a folder; pass its notebooks: {tmp_path}/*.ipynb"


@pytest.mark.parametrize("content", [b"print(1)", b"", b"\x89PNG"])
def test_a_file_of_another_format_is_not_a_notebook(tmp_path, content):
    """A script, an empty file or a picture is named, with what is expected."""
    path = tmp_path / "made.py"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"made\.py is not a notebook, .* an \.ipynb file$"):
        read_notebook(path)


def test_a_notebook_needs_neither_ids_nor_outputs(tmp_path):
    """What a run makes anew may be missing, doubled or broken, without a word."""
    sparse = {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "collapsed": True}
    notebook = read_notebook(written(tmp_path, sparse, cell(), cell(outputs=None), cell(id="a b!")))
    assert [made.source for made in notebook.cells] == ["x = 1\ny = 2", *["x = 1"] * 3]
    assert [made.outputs for made in notebook.cells] == [[]] * 4
    assert [tags(made) for made in notebook.cells] == [[]] * 4


def test_a_notebook_of_an_older_format_is_read(tmp_path):
    """A notebook from before 2015 is turned into today's format."""
    old = {"cell_type": "code", "language": "python", "input": "x = 1", "outputs": []}
    page = {"cells": [old | {"metadata": {}}], "metadata": {}}
    notebook = read_notebook(written(tmp_path, nbformat=3, nbformat_minor=0, worksheets=[page]))
    assert [made.source for made in notebook.cells] == ["x = 1"]


@pytest.mark.parametrize(
    ("name", "tags", "message"),
    [
        ("smalest", ["parameters"], "did you mean 'smallest'?"),
        ("family", ["parameters"], "a cell tagged 'parameters' sets smallest"),
        ("family", [], "a cell tagged 'parameters' can declare it"),
    ],
)
def test_a_parameter_that_no_notebook_declares(tmp_path, name, tags, message):
    """The error has the nearest that one declares, all that one does, or how to declare one."""
    made = notebook(code("smallest = 1", *tags), folder=tmp_path)
    with pytest.raises(ReportError) as caught:
        check_parameters({name: "2"}, {Path("a.ipynb"): made})
    assert str(caught.value) == f"no parameter {name!r} in a.ipynb: {message}"


def test_what_a_notebook_says_itself_need_not_be_said(tmp_path):
    """Asking for the source that is declared anyway changes nothing; another one is set."""
    made = notebook(code("source: str = 'sample'", "parameters"), code("1"), folder=tmp_path)
    set_parameters(made, "sample", {})
    assert len(made.cells) == 2
    set_parameters(made, "live", {})
    assert [cell.source for cell in made.cells[1:]] == ["source = 'live'", "1"]


def test_what_papermill_set_before_is_set_anew(tmp_path):
    """A notebook that papermill ran has its values in a cell, after which ours stands."""
    made = notebook(code("n = 2", "injected-parameters"), code("n"), folder=tmp_path)
    set_parameters(made, None, {"n": "3"})
    assert [cell.source for cell in made.cells] == ["n = 2", "n = 3", "n"]


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("3", 1, 3),
        ("2.5", 1, 2.5),
        ("None", 1, None),
        ("['a']", [], ["a"]),
        ("Dragon 2", None, "Dragon 2"),
        ("1969", "Apollo", "1969"),
        ("'1969'", "Apollo", "1969"),
        ("True", False, True),
        ("{[]: 1}", "Apollo", "{[]: 1}"),
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


DECLARED = code('source = "sample"  # or "live"', "parameters")
IMPORT = code("import spacecraft_analysis as sa")
LOADS = code("snapshot = sa.load(source)")


@pytest.mark.parametrize(
    "cells",
    [
        [IMPORT, code('source = "sample"'), LOADS],
        [IMPORT, code('sa.load("sample")')],
        [],
        [code("families = []", "parameters"), code("1")],
        [IMPORT, DECLARED, code('source = "live"'), LOADS],
        [DECLARED, code('sa.load("sample")')],
        [code('source = "sample"\nsnapshot = sa.load(source)', "parameters")],
    ],
    ids=["untagged", "typed in", "none", "other parameters", "set anew", "unused", "used at once"],
)
def test_a_source_that_would_not_count_is_refused(tmp_path, cells):
    """A notebook that would run on records of its own choice is named, with what to mend."""
    good = notebook(DECLARED, LOADS, folder=tmp_path)
    bad = notebook(*cells, folder=tmp_path)
    with pytest.raises(
        ReportError, match=r"no effect on bad\.ipynb: put source = \"sample\" into a"
    ):
        check_source({Path("good.ipynb"): good, Path("bad.ipynb"): bad})


@pytest.mark.parametrize(
    "cells",
    [
        [DECLARED, LOADS],
        [DECLARED, code("source = source.strip()"), LOADS],
        [code("source: str = 'sample'", "parameters"), code("%time sa.load(source)")],
        [DECLARED, code("for source in (source, 'sample'):\n    sa.load(source)")],
    ],
    ids=["plain", "tidied", "with a magic", "compared"],
)
def test_a_source_that_counts_is_taken(tmp_path, cells):
    """A notebook that declares a source and uses it later is none of the above."""
    check_source({Path("a.ipynb"): notebook(*cells, folder=tmp_path)})


def stream(name: str, text: str) -> Any:
    return new_output("stream", name=name, text=text)


def test_prints_keep_their_place_among_other_outputs():
    """What is printed in a row is one output, stdout first; what came later stays later."""
    between = new_output("display_data", data={"text/plain": "chart"})
    outputs = [stream("stdout", "a"), stream("stderr", "!"), stream("stdout", "b\n"), between]
    joined = joined_streams([*outputs, stream("stderr", "?"), stream("stdout", "c")])
    assert [output.get("text", "chart") for output in joined] == ["ab\n", "!", "chart", "c", "?"]


def test_of_a_line_that_was_written_over_the_last_state_is_left():
    """A progress bar is shown as it ended; lines of Windows are lines."""
    written = stream("stdout", "10%\r20%\rdone\nnext\r\nhalf\r")
    assert [output.text for output in joined_streams([written])] == ["done\nnext\nhalf"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("/a/ipykernel_12/345.py:2: DataWarning: bad", "Cell, line 2: DataWarning: bad"),
        ("/a b/c/ipykernel_1/2.py:3: UserWarning:", "Cell, line 3: UserWarning:"),
        (r"C:\A B\ipykernel_1\2.py:3: UserWarning:", "Cell, line 3: UserWarning:"),
        ("WARNING:py.warnings:/a/ipykernel_1/2.py:3: x", "WARNING:py.warnings:Cell, line 3: x"),
        ('| File "/a/ipykernel_1/2.py", line 4, in f', "| Cell, line 4, in f"),
        ("/opt/lib/python3.11/site-packages/a/b.py:5: x", "b.py:5: x"),
        ('  File "/opt/lib/a.py", line 6, in f', '  File "a.py", line 6, in f'),
        ("/a/b.py", "/a/b.py"),
        ("see https://example.org/b.py:3", "see https://example.org/b.py:3"),
    ],
)
def test_a_line_of_code_is_named_without_a_folder(written, shown):
    """Warnings and tracebacks name a cell as such, and another file by its name alone."""
    joined = joined_streams([stream("stderr", f"first\n{written}\n")])
    assert [output.text for output in joined] == [f"first\n{shown}\n"]


@pytest.mark.parametrize(
    "source",
    [
        *("import os", "x = 1; import warnings", "import polars as pl, random", "!ls"),
        *(
            "%matplotlib inline",
            "pl.Config.set_tbl_rows(3)",
            "with pl.Config(tbl_rows=3):\n    x()",
        ),
        *("get_ipython().colors = 'Linux'", "setattr(pl, 'col', 1)", "pl.DataFrame.name = 'x'"),
    ],
)
def test_code_that_can_change_a_kernel(tmp_path, source):
    """Imports of other libraries, settings and magics could change the notebook that comes next."""
    assert changes_kernel(notebook(code("import polars as pl"), code(source), folder=tmp_path))
