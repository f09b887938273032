"""What a notebook is set to: declared names, and a source that reaches it."""

import re
from pathlib import Path
from typing import Any

import pytest

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.notebook import (
    check_parameters,
    check_source,
    notebook_values,
    parameter_value,
)
from tests.report.essay import code, notebook


def test_a_misspelt_parameter_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """A name that no notebook declares is an error with the nearest that one does."""
    made = notebook(code("smallest = 1", "parameters"), folder=tmp_path)
    with pytest.raises(ReportError, match=r"no parameter 'smalest' in a\.ipynb: did you mean 'sma"):
        check_parameters({"smalest": "2"}, {Path("a.ipynb"): made})


def test_a_notebook_without_parameters_says_how_to_declare_them(tmp_path: Path) -> None:
    """Where nothing is declared the error tells of the tag."""
    made = notebook(code("smallest = 1"), folder=tmp_path)
    with pytest.raises(ReportError, match="a cell tagged 'parameters'"):
        check_parameters({"smallest": "2"}, {Path("a.ipynb"): made})


def test_what_a_notebook_says_itself_need_not_be_said(tmp_path: Path) -> None:
    """Asking for the source that is declared anyway changes nothing; another one is set."""
    made = notebook(code("source: str = 'sample'", "parameters"), folder=tmp_path)
    assert notebook_values(made, "sample", {}) == {}
    assert notebook_values(made, "live", {}) == {"source": "live"}


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
def test_a_parameter_is_a_literal_or_text(text: str, default: object, value: object) -> None:
    """What is typed is read as Python where it is Python, and a declared text stays a text."""
    assert parameter_value("name", text, default) == value


@pytest.mark.parametrize(
    ("text", "default"),
    [("false", True), ("1", True), ("many", 3), ("[1]", 3), ("True", 3), ("Soyuz", ["Dragon"])],
)
def test_a_parameter_of_another_kind_is_refused(text: str, default: object) -> None:
    """A word where the notebook declares a number, a truth value or a list is an error."""
    with pytest.raises(ReportError, match=re.escape(f"-p name={text}: expected")):
        parameter_value("name", text, default)


DECLARED = code('source = "sample"  # or "live"', "parameters")
IMPORT = code("import spacecraft_analysis as sa")
LOADS = code("snapshot = sa.load(source)")


@pytest.mark.parametrize(
    ("cells", "change"),
    [
        (
            [IMPORT, code('source = "sample"'), LOADS],
            "tag its code cell 2, which sets source, with 'parameters'",
        ),
        (
            [IMPORT, code('sa.load("sample")')],
            "put source = \"sample\" into a cell tagged 'parameters', and load(source) in its code"
            " cell 2",
        ),
        (
            [],
            "put source = \"sample\" into a cell tagged 'parameters', and load(source) in a later",
        ),
        ([code("families = []", "parameters"), code("1")], "into a cell tagged 'parameters'"),
        (
            [IMPORT, DECLARED, code('source = "live"'), LOADS],
            "its code cell 3 sets source again; leave that to cell 2",
        ),
        (
            [DECLARED, code('sa.load("sample")')],
            "no code cell after 1 uses it; load(source) in one of them",
        ),
        (
            [code('source = "sample"\nsnapshot = sa.load(source)', "parameters")],
            "no code cell after 1 uses it",
        ),
    ],
    ids=["untagged", "typed in", "none", "other parameters", "set anew", "unused", "used at once"],
)
def test_a_source_that_would_not_count_is_refused(
    tmp_path: Path, cells: list[Any], change: str
) -> None:
    """A notebook that would run on records of its own choice is named, with what to mend."""
    good = notebook(DECLARED, LOADS, folder=tmp_path)
    bad = notebook(*cells, folder=tmp_path)
    with pytest.raises(ReportError) as caught:
        check_source({Path("good.ipynb"): good, Path("bad.ipynb"): bad})
    assert str(caught.value).startswith("--source has no effect on bad.ipynb: ")
    assert change in str(caught.value)


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
def test_a_source_that_counts_is_taken(tmp_path: Path, cells: list[Any]) -> None:
    """A notebook that declares a source and uses it later is none of the above."""
    check_source({Path("a.ipynb"): notebook(*cells, folder=tmp_path)})
