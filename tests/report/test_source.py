"""Where a notebook's records come from: refused where it would not count, asked for once."""

from pathlib import Path
from typing import Any

import pytest

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.parameters import check_source, given, live_questions
from tests.report.essay import code, notebook

DECLARED = code('source = "sample"  # or "live"', "parameters")
IMPORT = code("import spacecraft_analysis as sa")
LOADS = code("snapshot = sa.load(source)")


@pytest.mark.parametrize(
    ("cells", "mend"),
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
            "its code cell 3 sets source anew; leave that to cell 2",
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
    tmp_path: Path, cells: list[Any], mend: str
) -> None:
    """A notebook that would run on records of its own choice is named, with what to mend."""
    good = notebook(DECLARED, LOADS, folder=tmp_path)
    bad = notebook(*cells, folder=tmp_path)
    with pytest.raises(ReportError) as caught:
        check_source({Path("good.ipynb"): good, Path("bad.ipynb"): bad})
    told = str(caught.value)
    assert told.startswith("bad.ipynb would not use the source that is asked for: ")
    assert mend in told


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


@pytest.mark.parametrize(
    ("call", "questions"),
    [
        ("sa.load(source)", [{}]),
        ("sa.load(source=source)", [{}]),
        ("sa.load()", [{}]),
        ('sa.load("live", limit=5)', [{"limit": 5}]),
        ('sa.load(source, dockings=source == "live")', [{"dockings": True}]),
        ("sa.load(source, search=words)", [{"search": "Dragon"}]),
        ('a, b = sa.load("sample"), sa.load(source, in_space=True)', [{"in_space": True}]),
        ("sa.load(source, search=words.lower())", []),
        ("sa.load(source, **{'limit': 3})", []),
        ("sa.load(source, refresh=True)", []),
        ("json.load(source)", []),
        ("from spacecraft_analysis import load as get\nget(source)", [{}]),
    ],
)
def test_what_a_notebook_asks_is_read_from_its_code(
    tmp_path: Path, call: str, questions: list[dict[str, Any]]
) -> None:
    """Each call of load that asks LL2 in plain words is a question; others are the notebook's."""
    declaring = code('source = "sample"\nwords = "Soyuz"', "parameters")
    made = notebook(declaring, IMPORT, code(call), folder=tmp_path)
    assert live_questions(made, {"source": "live", "words": "Dragon"}) == questions


def test_on_a_file_nothing_is_asked(tmp_path: Path) -> None:
    """With another source the same call is no question, but one for live records still is."""
    made = notebook(DECLARED, IMPORT, LOADS, code('sa.load("live", limit=1)'), folder=tmp_path)
    assert live_questions(made, {}) == [{"limit": 1}]
    assert live_questions(made, given(made, "live", {})) == [{}, {"limit": 1}]
