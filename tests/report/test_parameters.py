"""What a notebook is set to: declared names, told in Python or as text."""

import re
from pathlib import Path

import pytest

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.parameters import check_parameters, given, parameter_value
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
    assert given(made, "sample", {}) == {}
    assert given(made, "live", {}) == {"source": "live"}


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
