"""The notebooks: stored without outputs, in one shape, true of what they cover, on any snapshot."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.records import craft, flight, in_normal_mode, snapshot
from tests.report.conftest import Executed

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_six() -> None:
    """The six essays are there."""
    names = ["data_quality", "docking", "launches", "spacecraft", "turnaround", "utilisation"]
    assert [path.stem for path in NOTEBOOKS] == names


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
    """A question as title, definitions, one parameters cell, short cells, no functions, limits."""
    text, code = cells(path, "markdown"), cells(path, "code")
    assert re.match(r"# .*\?$", source(text[0]))
    assert any("## Definitions" in source(cell) for cell in text)
    assert "## Limits" in source(text[-1])
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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_name_is_assigned_in_one_cell(path: Path) -> None:
    """Reactive notebooks, such as marimo's, allow a name in one cell alone."""
    names = []
    for cell in cells(path, "code"):
        tree = list(ast.walk(ast.parse(source(cell))))
        targets = [node.target for node in tree if isinstance(node, ast.comprehension)]
        local = {name.id for one in targets for name in ast.walk(one) if isinstance(name, ast.Name)}
        stored = [one for one in tree if isinstance(one, ast.Name) and type(one.ctx) is ast.Store]
        names += {one.id for one in stored} - local
    assert len(names) == len({*names}), sorted(names)


def charts(notebook: Any) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    return [value for bundle in data for mime, value in bundle.items() if "vegalite" in mime]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_the_sample(path: Path, executed: Executed) -> None:
    """On the sample the notebook runs in a real kernel and draws a chart with a caption."""
    drawn = charts(executed(path, "sample"))
    assert drawn
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


def text_of(notebook: Any) -> str:
    """Every sentence that the cells computed, and the caption of every chart."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    sentences = [output.get("data", {}).get("text/markdown", "") for output in outputs]
    return "\n".join([*sentences, *(chart["description"] for chart in charts(notebook))])


def table(notebook: Any, comment: str) -> str:
    """What the cell that begins with this comment shows, as text."""
    (cell,) = (cell for cell in notebook.cells if cell.source.startswith(f"# {comment}"))
    return str(cell.outputs[0]["data"]["text/plain"])


def test_one_timeline_one_stacked_picture_and_one_table_of_nulls() -> None:
    """No picture stands in two essays."""
    code = "\n".join(source(cell) for path in NOTEBOOKS for cell in cells(path, "code"))
    for shown in ("sa.fleet_timeline_chart(", "sa.in_orbit_chart(", ".null_count()"):
        assert code.count(shown) == 1


def test_the_data_quality_essay_explains_every_finding_of_the_sample() -> None:
    """Each rule with a finding on the sample is explained, and each spacecraft with an error."""
    prose = "\n".join(source(cell) for cell in cells(notebook("data_quality"), "markdown"))
    found = sa.check(sa.load("sample"))
    names = {*found["rule"], *found.filter(severity="error")["spacecraft_name"]}
    assert {name for name in names if name not in prose} == set()


def test_the_data_quality_essay_lists_every_other_problem_of_the_sample() -> None:
    """Each problem in the sample's README is a finding, correct, or one that no rule can find."""
    readme = Path(sa.__file__).with_name("sample") / "README.md"
    listed = " ".join(readme.read_text("utf-8").split())
    prose = "\n".join(source(cell) for cell in cells(notebook("data_quality"), "markdown"))
    problems = ("Soyuz 11", "Dragon C108", "TMA-19", "TBD", "Orion Integrity", "STS-84")
    assert [problem for problem in problems if problem not in prose or problem not in listed] == []


def test_the_data_quality_essay_counts_spacecraft_with_errors_and_warnings(
    executed: Executed,
) -> None:
    """Notes do not count, and a spacecraft with several findings counts once."""
    found = sa.check(sa.load("sample")).rows(named=True)
    of = {kind: [row for row in found if row["severity"] == kind] for kind in ("error", "warning")}
    affected = {row["spacecraft_id"] for rows in of.values() for row in rows}
    assert answer(executed(notebook("data_quality"), "sample")) == (
        "Among the 551 spacecraft of the bundled sample, as of 2025-04-07, "
        f"**errors: {len(of['error'])}**, warnings: {len(of['warning'])}, "
        f"spacecraft that have one: {len(affected)}."
    )


def test_answers_on_the_sample_say_so(executed: Executed) -> None:
    """The first sentence of each page has the word sample, and the number of spacecraft."""
    for path in NOTEBOOKS:
        first = answer(executed(path, "sample"))
        assert first.startswith("Among the 551 spacecraft of the bundled sample, as of 2025-04-07")


def test_the_turnaround_answer_is_of_orbital_spacecraft(executed: Executed) -> None:
    """The fastest is Atlantis, not an X-15 whose other flights are not listed."""
    essay = executed(notebook("turnaround"), "sample")
    orbital = sa.turnaround_by_family(sa.load("sample").flights, suborbital=False).row(
        -1, named=True
    )
    assert "**50.3 days** (Space Shuttle Atlantis)" in answer(essay)
    assert f"within {orbital['km_median_days']:.0f} days" in answer(essay)
    assert "X-15" not in text_of(essay)
    assert "X-15" in table(essay, "Turnarounds of suborbital spacecraft")


def test_what_has_an_error_is_not_the_fastest(tmp_path: Path, executed: Executed) -> None:
    """A turnaround that starts at an impossible mission end is listed, but leads no answer."""
    wrong = [
        flight(1, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", duration="P0D"),
        flight(2, "2020-01-03T00:00:00Z", "2020-02-01T00:00:00Z"),
    ]
    right = [
        flight(3, "2020-01-01T00:00:00Z", "2020-01-11T00:00:00Z"),
        flight(4, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
    ]
    path = snapshot(
        craft(1, name="Wrong", flights=wrong, flights_count=2),
        craft(2, name="Right", flights=right, flights_count=2),
    ).write(tmp_path / "wrong.json")
    essay = executed(notebook("turnaround"), path)
    assert "**50.0 days** (Right)" in answer(essay)
    assert "Wrong" in table(essay, "The ten shortest")


def test_the_docking_answer_counts_the_flights_whose_docking_is_listed(executed: Executed) -> None:
    """Unknown is not never: the essay gives both, and the answer only what is listed."""
    essay = executed(notebook("docking"), "sample")
    assert "of 271 flights whose docking is listed" in answer(essay)
    assert "246 never docked, for 204 it is unknown, and 17 are left out" in text_of(essay)
    shown = table(essay, "Hours from launch")
    (tianzhou,) = (line for line in shown.splitlines() if "Tianzhou" in line)
    assert "less" in tianzhou


def test_figures_of_the_sample_are_not_compared_with_themselves(executed: Executed) -> None:
    """The totals in the sample were computed from its flights and events: no check is shown."""
    for name in ("turnaround", "docking"):
        assert "Not compared for the bundled sample." in text_of(executed(notebook(name), "sample"))


def test_the_launches_answer_gives_the_interval(executed: Executed) -> None:
    """The share of successes is given with its n and its Wilson interval."""
    overall = sa.outcomes_by_family(sa.load("sample").flights).row(-1, named=True)
    said = answer(executed(notebook("launches"), "sample"))
    assert f"**{overall['launch_success_fraction']:.1%}** of 738 flights" in said
    assert f"{overall['low_fraction']:.1%} to {overall['high_fraction']:.1%}" in said


def test_answers_on_a_selection_name_it(tmp_path: Path, executed: Executed) -> None:
    """What was measured on two spacecraft is not claimed of all, nor drawn as if it were."""
    path = sa.load("sample", search="Soyuz MS-1", limit=2).write(tmp_path / "selection.json")
    selection = "2 spacecraft of the bundled sample selected by search='Soyuz MS-1', limit=2"
    missing = set()
    for essay in NOTEBOOKS:
        shown = executed(essay, path)
        assert answer(shown).replace("\\", "").startswith(f"Among the {selection}")
        missing |= {chart["title"] for chart in charts(executed(essay, "sample"))}
        missing -= {chart["title"] for chart in charts(shown)}
    assert {"Craft in space by vehicle type", "Craft docked by station"} <= missing


def test_answers_claim_nothing_that_is_unknown(tmp_path: Path, executed: Executed) -> None:
    """A spacecraft flew twice with an unknown end in between; its time docked is unknown too."""
    legs = [
        flight(1, "2020-01-01T00:00:00Z", None),
        flight(2, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
    ]
    unknown = {"time_in_space": "P31D", "time_docked": None, "flights_count": 2}
    path = snapshot(craft(1, flights=legs, **unknown)).write(tmp_path / "unknown.json")
    turnaround = answer(executed(notebook("turnaround"), path))
    assert "no turnaround of an orbital spacecraft has a known length" in turnaround
    utilisation = answer(executed(notebook("utilisation"), path))
    assert "spent **2%** of their service life" in utilisation
    assert "docked" not in utilisation


def test_without_docking_events_nothing_is_claimed_about_dockings(
    tmp_path: Path, executed: Executed
) -> None:
    """Where docking events were not requested the answer says how to get them."""
    path = snapshot(craft(1, time_docked="P1D")).write(tmp_path / "none.json")
    said = answer(executed(notebook("docking"), path))
    assert "there are no docking events: fetch them with `dockings=True`" in said


def test_in_normal_mode_the_answers_say_what_is_missing(tmp_path: Path, executed: Executed) -> None:
    """Without flights nothing is measured, and the rules that could not run are counted."""
    normal = in_normal_mode(snapshot(craft(1), craft(2)))
    path = normal.write(tmp_path / "normal.json")
    for name in ("turnaround", "docking", "launches", "spacecraft"):
        assert "`mode='detailed'`" in answer(executed(notebook(name), path))
    missed = sa.check(normal).filter(rule="rule not run").height
    said = answer(executed(notebook("data_quality"), path))
    assert said.endswith(
        f"{missed} rules could not run, because there are no flights in normal mode."
    )


def test_an_unknown_time_is_not_the_longest(tmp_path: Path, executed: Executed) -> None:
    """A spacecraft whose time in space is unknown stands below those whose time is known."""
    path = snapshot(craft(1, name="Known"), craft(2, name="Unknown", time_in_space=None)).write(
        tmp_path / "unknown.json"
    )
    shown = table(executed(notebook("utilisation"), path), "The eight spacecraft")
    assert shown.index("Unknown") > shown.index("Known ")


def test_the_turnaround_essay_compares_with_figures_of_ll2(
    tmp_path: Path, executed: Executed
) -> None:
    """LL2's figure is missing for the only spacecraft whose flights give a turnaround."""
    known = [
        flight(1, "2020-01-01T00:00:00Z", "2020-01-11T00:00:00Z"),
        flight(2, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
    ]
    path = snapshot(
        craft(1, flights=known, flights_count=2),
        craft(2, flights_count=2, fastest_turnaround="P100D"),
    ).write(tmp_path / "compared.json")
    assert "1 spacecraft compared, 1 different." in text_of(executed(notebook("turnaround"), path))


ODD = {
    "empty": snapshot,
    "selection": lambda: sa.load("sample", search="Soyuz"),
    "not_flown": lambda: snapshot(
        craft(1, flights=[flight(1, "2031-01-01T00:00:00Z", None)]),
        craft(2, is_placeholder=True),
        docking_events=[],
    ),
    "normal": lambda: in_normal_mode(sa.load("sample", search="Dragon")),
}


@pytest.fixture(scope="module", params=ODD)
def odd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a snapshot unlike the sample."""
    return ODD[request.param]().write(tmp_path_factory.mktemp(request.param) / "odd.json")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_on_any_snapshot(path: Path, odd: Path, executed: Executed) -> None:
    """An empty snapshot, one without reuse, one without flights: said in words, not an error."""
    executed(path, odd)
