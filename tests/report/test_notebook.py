"""A notebook's file: read where it is one, else told in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.execute import read_notebook
from spacecraft_analysis.report.parameters import tags


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
    ("odd", "told"),
    [
        (cell(metadata={"tags": None}), "its tags are null, not a list of texts"),
        (cell(metadata={"tags": "parameters"}), 'its tags are "parameters", not a list'),
        (cell(metadata={"tags": [1]}), "its tags are [1], not a list of texts"),
        (cell(metadata=None), "its metadata is null, not an object"),
        (cell(source=None), "its source is null, not text"),
        (cell(source=["x = 1\n", None]), 'its source is ["x = 1\\n", null], not text'),
        (cell(source="x = '\ud83d'"), r"its text holds half a character ('\ud83d')"),
        (cell(cell_type="heading"), "it is no cell of code, Markdown or raw text but {"),
        (None, "it is no cell of code, Markdown or raw text but null"),
    ],
)
def test_an_odd_cell_is_named(tmp_path: Path, odd: Any, told: str) -> None:
    """What no notebook may hold is told with its file, its cell and what to do."""
    path = written(tmp_path, cell(), odd)
    with pytest.raises(ReportError) as caught:
        read_notebook(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, cell 2: {told}")
    assert message.endswith("mend and save it in JupyterLab")


@pytest.mark.parametrize(
    "parts", [{"cells": None}, {"metadata": None}, {"nbformat": 9}, {"nbformat": None}]
)
def test_an_odd_notebook_is_no_traceback(tmp_path: Path, parts: dict[str, Any]) -> None:
    """A file whose frame is broken is told in a sentence."""
    with pytest.raises(ReportError, match="can't be read as a notebook"):
        read_notebook(written(tmp_path, cell(), **parts))


def test_a_notebook_needs_neither_ids_nor_outputs(tmp_path: Path) -> None:
    """What a run makes anew may be missing, doubled or broken, without a word."""
    sparse = {"cell_type": "code", "source": ["x = 1\n", "y = 2"]}
    notebook = read_notebook(written(tmp_path, sparse, cell(), cell(outputs=None), cell(id="a b!")))
    assert [made.source for made in notebook.cells] == ["x = 1\ny = 2", *["x = 1"] * 3]
    assert [made.outputs for made in notebook.cells] == [[]] * 4
    assert [tags(made) for made in notebook.cells] == [[]] * 4


def test_a_notebook_of_an_older_format_is_read(tmp_path: Path) -> None:
    """A notebook from before 2015 is turned into today's format."""
    old = {"cell_type": "code", "language": "python", "input": "x = 1", "outputs": []}
    page = {"cells": [old | {"metadata": {}}], "metadata": {}}
    notebook = read_notebook(written(tmp_path, nbformat=3, nbformat_minor=0, worksheets=[page]))
    assert [made.source for made in notebook.cells] == ["x = 1"]


def test_a_pasted_picture_stays_with_its_cell(tmp_path: Path) -> None:
    """What was pasted into a text is read along with it."""
    picture = {"image.png": {"image/png": "aGk="}}
    text = {"cell_type": "markdown", "metadata": {}, "source": "x", "attachments": picture}
    assert read_notebook(written(tmp_path, text)).cells[0].attachments == picture
