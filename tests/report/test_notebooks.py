"""The notebooks: stored clean, in the house's shape, and running on any snapshot."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.records import craft, flight, snapshot
from tests.report.conftest import Executed

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_five() -> None:
    """The five essays are there."""
    names = [path.stem for path in NOTEBOOKS]
    assert names == ["data_quality", "docking", "spacecraft", "turnaround", "utilisation"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path: Path) -> None:
    """A notebook is stored without outputs and counts, so that a change of a word is one line."""
    dirty = [
        cell
        for cell in cells(path, "code")
        if cell["outputs"] or cell["execution_count"] is not None
    ]
    assert not dirty, (
        f"{path.name} holds outputs; clean it with: "
        f"jupyter nbconvert --clear-output --inplace notebooks/{path.name}"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_shape(path: Path) -> None:
    """A question as title, the words defined, one parameters cell, short cells, no functions."""
    text, code = cells(path, "markdown"), cells(path, "code")
    assert re.match(r"# .*\?$", source(text[0]))
    assert any("## The words" in source(cell) for cell in text)
    assert "cannot show" in source(text[-1]) or "can find" in source(text[-1])
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert [source(cell).split("  #")[0] for cell in tagged] == ['source = "sample"']
    for tag in ("answer", "picture"):
        assert sum(tag in cell["metadata"].get("tags", []) for cell in code) == 1
    assert not any(re.search(r"\bdef |\blambda ", source(cell)) for cell in code)
    assert max(source(cell).count("\n") for cell in code) < 12
    imports = re.findall(r"^(?:import|from) .*", "\n".join(map(source, code)), re.MULTILINE)
    assert imports == [
        "import polars as pl",
        "from IPython.display import Markdown",
        "import spacecraft_analysis as sa",
    ]


def charts(notebook: Any) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    return [value for bundle in data for mime, value in bundle.items() if "vegalite" in mime]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_the_sample(path: Path, executed: Executed) -> None:
    """On the sample the notebook runs in a real kernel and draws at least two charts."""
    drawn = charts(executed(path, "sample"))
    assert len(drawn) >= 2
    assert all(chart.get("title") and chart.get("description") for chart in drawn)


def answer(notebook: Any) -> str:
    """The computed sentence."""
    return "".join(
        output["data"]["text/markdown"]
        for cell in notebook.cells
        if "answer" in cell.metadata.get("tags", [])
        for output in cell.outputs
    )


def notebook(name: str) -> Path:
    return next(path for path in NOTEBOOKS if path.stem == name)


def test_the_finding_essay_explains_every_finding_of_the_sample() -> None:
    """Each rule with a finding on the sample is named in the prose, each craft in error too."""
    prose = "\n".join(source(cell) for cell in cells(notebook("data_quality"), "markdown"))
    found = sa.check(sa.load("sample"))
    names = {*found["rule"], *found.filter(severity="error")["spacecraft_name"]}
    assert {name for name in names if name not in prose} == set()


def test_the_finding_essay_lists_every_other_oddity_of_the_sample() -> None:
    """What the sample's README leaves in is a finding, is shown as no fault, or can't be found."""
    readme = Path(sa.__file__).with_name("sample") / "README.md"
    listed = " ".join(readme.read_text("utf-8").split())
    prose = "\n".join(source(cell) for cell in cells(notebook("data_quality"), "markdown"))
    oddities = (
        "Soyuz 11",
        "Dragon C108",
        "TBD",
        "Orion Integrity",
        "no family",
        "have two",
        "STS-84",
    )
    assert [oddity for oddity in oddities if oddity not in prose or oddity not in listed] == []


def test_the_finding_essay_counts_what_errors_and_warnings_touch(executed: Executed) -> None:
    """Notes touch no craft, and one of several findings is touched once."""
    found = sa.check(sa.load("sample")).rows(named=True)
    of = {kind: [row for row in found if row["severity"] == kind] for kind in ("error", "warning")}
    touched = {row["spacecraft_id"] for rows in of.values() for row in rows}
    assert answer(executed(notebook("data_quality"), "sample")) == (
        f"As of 2025-04-07, **{len(of['error'])} errors** and {len(of['warning'])} warnings "
        f"touch {len(touched)} of 551 spacecraft."
    )


def test_the_finding_essay_runs_on_a_page_in_normal_mode(
    tmp_path: Path, executed: Executed
) -> None:
    """Soyuz TM-4 is found there too, and the rules that could not run are counted."""
    path = Path(__file__).parents[1] / "pages" / "seed-page.json"
    page = snapshot(*json.loads(path.read_text("utf-8"))["results"], query={"mode": "normal"})
    told = answer(executed(notebook("data_quality"), page.write(tmp_path / "page.json")))
    assert "**1 error** and 0 warnings touch 1 of 10 spacecraft." in told
    missed = sa.check(page).filter(rule="rule not run").height
    assert told.endswith(f"no flights: {missed}.")


def test_answers_claim_nothing_that_is_unknown(tmp_path: Path, executed: Executed) -> None:
    """A craft that flew twice with an unknown end between, its time docked unknown too."""
    legs = [
        flight(1, "2020-01-01T00:00:00Z", None),
        flight(2, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
    ]
    unknown = {"time_in_space": "P31D", "time_docked": None, "flights_count": 2}
    path = snapshot(craft(1, flights=legs, **unknown)).write(tmp_path / "unknown.json")
    turnaround = answer(executed(notebook("turnaround"), path))
    assert "no turnaround of a known length" in turnaround
    utilisation = answer(executed(notebook("utilisation"), path))
    assert "spent **2%** of their service" in utilisation
    assert "docked" not in utilisation


def test_without_docking_events_nothing_is_said_of_them(tmp_path: Path, executed: Executed) -> None:
    """Where docking events were not asked for the answer says so, not that no craft docked."""
    path = snapshot(craft(1, time_docked="P1D")).write(tmp_path / "none.json")
    told = answer(executed(notebook("docking"), path))
    assert "has no docking events" in told
    assert "dockings=True" in told
    assert "is known to have docked" not in told


def table(notebook: Any, comment: str) -> str:
    """What the cell that begins with this comment shows, as text."""
    (cell,) = (cell for cell in notebook.cells if cell.source.startswith(f"# {comment}"))
    return str(cell.outputs[0]["data"]["text/plain"])


def test_what_is_unknown_is_not_the_longest(tmp_path: Path, executed: Executed) -> None:
    """A craft whose time in space LL2 does not say stands below those that were there."""
    path = snapshot(craft(1, name="Known"), craft(2, name="Unknown", time_in_space=None)).write(
        tmp_path / "unknown.json"
    )
    shown = table(executed(notebook("utilisation"), path), "The eight craft")
    assert shown.index("Unknown") > shown.index("Known ")


def test_the_turnaround_essay_compares_what_both_give(tmp_path: Path, executed: Executed) -> None:
    """LL2 lacks what the flights of one craft give; for two others the flights give nothing."""
    known = [
        flight(1, "2020-01-01T00:00:00Z", "2020-01-11T00:00:00Z"),
        flight(2, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
    ]
    unknown = [
        flight(3, "2021-01-01T00:00:00Z", None),
        flight(4, "2022-01-01T00:00:00Z", "2022-02-01T00:00:00Z"),
    ]
    path = snapshot(
        craft(1, flights=known, flights_count=2),
        craft(2, flights=unknown, flights_count=2, fastest_turnaround="P100D"),
        craft(3, flights_count=2, fastest_turnaround="P100D"),
    ).write(tmp_path / "odd.json")
    (told,) = (
        cell.outputs[0]["data"]["text/markdown"]
        for cell in executed(notebook("turnaround"), path).cells
        if "compared" in cell.source
    )
    assert told.startswith("1 craft compared, 1 different; 1 ground periods left out")


ODD = {
    "empty": snapshot,
    "no_shuttle": lambda: sa.load("sample", search="Soyuz"),
    "never_flown": lambda: snapshot(craft(1), craft(2, is_placeholder=True)),
    "planned": lambda: snapshot(craft(1, flights=[flight(1, "2031-01-01T00:00:00Z", None)])),
}


@pytest.fixture(scope="module", params=ODD)
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a snapshot unlike the sample."""
    return ODD[request.param]().write(tmp_path_factory.mktemp(request.param) / "odd.json")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_any_snapshot(path: Path, odd: Path, executed: Executed) -> None:
    """An empty snapshot, one without reuse, one without flights: said in words, not an error."""
    executed(path, odd)
