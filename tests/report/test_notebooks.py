"""The notebooks: stored without outputs, in one shape, true of what they cover, on any snapshot."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup, Tag

import spacecraft_analysis as sa
from spacecraft_analysis.charts import theme
from spacecraft_analysis.report.export import page
from spacecraft_analysis.report.notebook import changes_kernel, read_notebook
from tests.records import craft, docking, flight, in_normal_mode, snapshot

pytestmark = pytest.mark.slow

NOTEBOOKS = {path.stem: path for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb")}
NAMES = sorted(NOTEBOOKS)


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    notebook = json.loads(NOTEBOOKS[name].read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("name", NAMES)
def test_stored_without_outputs(name):
    """A notebook is stored without outputs and counts, so that a change of a word is one line."""
    stored = [(cell["outputs"], cell["execution_count"]) for cell in cells(name, "code")]
    assert stored == [([], None)] * len(stored), (
        f"{name}.ipynb holds outputs; clean it with: "
        f"jupyter nbconvert --clear-output --inplace notebooks/{name}.ipynb"
    )


@pytest.mark.parametrize("name", NAMES)
def test_kernels_can_be_used_again(name):
    """An essay changes nothing in its kernel, so that the next one need not wait for a new one."""
    assert not changes_kernel(read_notebook(NOTEBOOKS[name]))


@pytest.mark.parametrize("name", NAMES)
def test_shape(name):
    """A question, four short cells, the analysis, what is missing, definitions, limits."""
    text, code = cells(name, "markdown"), cells(name, "code")
    assert re.match(r"# .*\?$", source(text[0]))
    headings = re.findall(r"^## (.*)", "\n".join(map(source, text)), re.MULTILINE)
    assert "How complete the data is" in headings[1:3]
    assert headings[-2:] == ["Definitions", "Limits"]
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


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_assigned_in_one_cell(name):
    """Reactive notebooks, such as marimo's, allow a name in one cell alone."""
    names = []
    for cell in cells(name, "code"):
        tree = list(ast.walk(ast.parse(source(cell))))
        targets = [node.target for node in tree if isinstance(node, ast.comprehension)]
        local = {one.id for target in targets for one in ast.walk(target) if type(one) is ast.Name}
        stored = [one for one in tree if isinstance(one, ast.Name) and type(one.ctx) is ast.Store]
        names += {one.id for one in stored} - local
    assert len(names) == len({*names}), sorted(names)


def test_one_timeline_one_stacked_picture_and_one_table_of_nulls():
    """No picture stands in two of the six essays."""
    code = "\n".join(source(cell) for name in NAMES for cell in cells(name, "code"))
    for shown in ("sa.fleet_timeline_chart(", "sa.in_orbit_chart(", ".null_count()"):
        assert code.count(shown) == 1


def test_the_data_quality_essay_explains_every_problem_of_the_sample():
    """Each rule with a finding, each spacecraft with an error, each problem of the README."""
    prose = "\n".join(source(cell) for cell in cells("data_quality", "markdown"))
    found = sa.check(sa.load("sample"))
    names = {*found["rule"], *found.filter(severity="error")["spacecraft_name"]}
    readme = Path(sa.__file__).with_name("sample") / "README.md"
    listed = " ".join(readme.read_text("utf-8").split())
    problems = {"Soyuz 11", "Dragon C108", "TMA-19", "TBD", "Orion Integrity", "STS-84"}
    assert [problem for problem in problems if problem not in listed] == []
    assert [name for name in names | problems if name not in prose] == []


# The pages of the sample.


@pytest.fixture(scope="module")
def pages(report: Path) -> dict[str, BeautifulSoup]:
    """The page of each essay on the sample."""
    texts = {name: (report / f"{name}.html").read_text("utf-8") for name in NAMES}
    # The shapes in the pictures would take most of the time.
    texts = {name: re.sub(r"(?s)(<svg[^>]*>).*?(?=</svg>)", r"\1", texts[name]) for name in NAMES}
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def words(page: Tag, selector: str) -> str:
    """The text of these elements, a line each, with single blanks."""
    return "\n".join(" ".join(element.get_text().split()) for element in page.select(selector))


def rows(page: Tag, title: str) -> dict[str, list[str]]:
    """The cells of the table with this title, by the first one of each row."""
    (table,) = (one for one in page.select("table") if words(one, "caption").startswith(title))
    texts = [words(row, "th, td").splitlines() for row in table.select("tbody tr")]
    return {row[0]: row[1:] for row in texts}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_the_sample(name, pages):
    """It says sample, captions each chart, and says by family how complete the data is."""
    page = pages[name]
    first = "Among the 551 spacecraft of the bundled sample, as of 2025-04-07"
    assert words(page, ".answer p").startswith(first)
    assert words(page, ".answer strong")
    captions = words(page, "figure.chart figcaption").splitlines()
    assert len(captions) == len(page.select("figure.chart svg.marks")) > 0
    assert len(page.select("h2#provenance")) == 1
    title = {"docking": "Families with a known", "spacecraft": "Spacecraft and flights by family"}
    complete = rows(page, title.get(name, "Families of which"))
    assert complete["all"][:2] == ["738", "789"]
    assert complete["Dragon 2"][:2] == ["30", "36"]


def test_the_roadster_counts_in_no_essay(pages):
    """A mass simulator is a row of the table of all spacecraft, and in no figure."""
    for name in NAMES:
        figures = words(pages[name], "table:not(:has(svg)), .answer, figcaption")
        assert not re.search(r"\b739\b", figures)
        assert "Roadster" not in figures
    answer = words(pages["spacecraft"], ".answer p")
    assert "546 flew at least once; in space at that moment: 6; flights listed: 738;" in answer
    drawn = words(pages["turnaround"], "figcaption")
    assert "of 27 spacecraft" in drawn
    assert f"Left out: {546 - 27} spacecraft with fewer than 2 flights" in drawn


def test_figures_say_what_they_count_and_leave_out(pages):
    """Unknown ends in the picture of spacecraft in space, times docked, flights drawn by rocket."""
    snapshot = sa.load("sample")
    no_end = sa.coverage(snapshot.configurations, snapshot.flights)["unknown_end_count"][-1]
    left_out = f"Flights left out, because their end is unknown: {no_end}."
    assert left_out in words(pages["spacecraft"], "figcaption")
    used = sa.utilisation_by_family(snapshot.spacecraft, snapshot.flights, snapshot.dockings)
    docks = used.head(-1).filter(pl.col("docked_fraction") > 0).select("^docked_.*_count$").sum()
    craft, others = docks["docked_craft_count"].item(), docks["docked_left_out_count"].item()
    answer = words(pages["utilisation"], ".answer p")
    assert "spacecraft of families with a known share of time docked above 0 were" in answer
    reason = "a time is unknown, impossible or not the sum of the listed dockings"
    assert f"(n = {craft}; left out, because {reason}: {others})" in answer
    open_end = snapshot.dockings.filter(~pl.col("is_open"), target_kind="station")["departure"]
    no_days = f"so that the bars of their years lack them: {open_end.null_count()}."
    assert no_days in words(pages["docking"], ".prose")
    simulators = "mass simulators, counted among the 551 and in no other of these figures: 1."
    assert simulators in words(pages["spacecraft"], ".answer p")
    drawn = "Flights a year, 1960 to 2025; flights in all: 738; rocket names: 40."
    assert drawn in words(pages["launches"], "figcaption")


def test_the_launches_essay_says_which_soyuz_failed(pages):
    """Most failed launches of the family are not those of the rocket of its name."""
    of_soyuz = sa.load("sample").flights.filter(family="Soyuz")
    failed = of_soyuz.filter(pl.col("launch_status_id").is_in([4, 7]))
    lunar = failed.filter(pl.col("launch_rocket_name").is_in(["Proton", "N1"]))
    said = f"of the {failed.height} failed launches of Soyuz spacecraft in the bundled sample, "
    assert f"{said}{lunar.height} were" in words(pages["launches"], ".prose")


def test_the_turnaround_answer_is_of_orbital_spacecraft(pages):
    """The fastest is Atlantis, not an X-15 whose other flights are not listed."""
    page = pages["turnaround"]
    orbital = sa.turnaround_by_family(sa.load("sample").flights, suborbital=False)[-1]
    assert "50.3 days (Space Shuttle Atlantis)" in words(page, ".answer p")
    assert f"within {orbital['km_median_days'].item():.1f} days" in words(page, ".answer p")
    assert "X-15" not in words(page, ".answer, figcaption")
    assert "from launch to launch" in words(page, ".prose")


def test_flagged_values_lead_nowhere(pages):
    """Soyuz TMA-19 docked a month late, Mercury No.2 ended at its launch: left out, and said so."""
    docking, turnaround = pages["docking"], pages["turnaround"]
    assert "TMA-19" not in words(docking, ".answer, table")
    hours = rows(docking, "Hours from launch")
    assert float(hours["Soyuz"][2]) < 60
    assert float(hours["Space Shuttle"][0]) > 40
    assert hours["all"][3] == "260"
    assert "flags their launch or docking: 11." in words(docking, ".prose")
    assert "11 marks (†, hollow) stand on values" in words(docking, "figcaption")
    assert "28.1" not in rows(turnaround, "Turnarounds of suborbital")["Mercury"]
    assert "1 mark (†, hollow) stands on a value" in words(turnaround, "figcaption")


def test_unknown_is_not_never(pages):
    """The docking essay gives both counts, and marks families that are mostly unknown."""
    page = pages["docking"]
    assert "is known and not flagged (n = 260; flagged: 11)" in words(page, ".answer p")
    known = rows(page, "Families with a known docking")
    assert known["all"] == ["738", "789", "271", "246", "204", "17", "0.701"]
    few = {name for name, row in rows(page, "Hours from launch").items() if "less" in row[-1]}
    assert few == {"Dragon 2", "Progress", "Tianzhou"}
    decades = rows(page, "Flights of these families alone, by decade")
    assert [*decades] == [f"{decade}s" for decade in range(1960, 2030, 10)]
    assert decades["2020s"] == ["86", "22", "1", "49", "14", "0.267"]


def test_the_first_essay_names_the_series_that_the_sample_lacks(pages, run):
    """No row of a table can: the configurations of the sample do not have them either."""
    lacks = ("the lunar modules", "SpaceShipTwo", "the first New Shepard capsule")
    assert all(series in words(pages["spacecraft"], ".prose") for series in lacks)
    listed = sa.load("sample").configurations["name"]
    assert not any(listed.str.contains("Lunar|SpaceShipTwo|Crew Capsule$"))
    assert "SpaceShipTwo" not in text_of(run("spacecraft", "selection"))


def test_figures_of_the_sample_are_not_compared_with_themselves(pages):
    """The totals in the sample were computed from its flights and events: no check is shown."""
    for name in ("turnaround", "docking"):
        assert "Not compared." in words(pages[name], ".prose")


def test_the_launches_answer_gives_the_interval(pages):
    """The share of successes is given with its n and its Wilson interval."""
    overall = sa.outcomes_by_family(sa.load("sample").flights).row(-1, named=True)
    share, low, high = (
        100 * overall[name] for name in ("launch_success_fraction", "low_fraction", "high_fraction")
    )
    said = words(pages["launches"], ".answer p")
    assert f"{share:.1f} % of the launches" in said
    assert f"(flights: 738; 95 % interval {low:.1f} to {high:.1f} %)" in said


def test_flagged_values_are_those_of_the_columns_on_a_page(pages):
    """Of the sample: all where all are in a table; no docking where only mission ends are."""
    for name, columns in (("data_quality", None), ("turnaround", ["mission_end"])):
        found = sa.flagged(sa.check(sa.load("sample")))
        found = found.filter(pl.col("column").is_in(columns)) if columns else found
        assert words(pages[name], ".answer a").startswith(f"{found.height} values")


def test_the_data_quality_answer_counts_spacecraft(pages):
    """Notes do not count, and a spacecraft with several findings counts once."""
    found = sa.check(sa.load("sample")).rows(named=True)
    of = {kind: [row for row in found if row["severity"] == kind] for kind in ("error", "warning")}
    affected = {row["spacecraft_id"] for rows in of.values() for row in rows} - {None}
    assert words(pages["data_quality"], ".answer p").startswith(
        "Among the 551 spacecraft of the bundled sample, as of 2025-04-07, "
        f"errors: {len(of['error'])}, warnings: {len(of['warning'])}, "
        f"spacecraft that have one: {len(affected)}."
    )


# Other snapshots.

WRONG = [
    flight(1, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", duration="P0D"),
    flight(2, "2020-01-03T00:00:00Z", "2020-02-01T00:00:00Z"),
]
RIGHT = [
    flight(3, "2020-01-01T00:00:00Z", "2020-01-11T00:00:00Z"),
    flight(4, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
]
WRONG_AND_RIGHT = [
    craft(1, name="Wrong", flights=WRONG, flights_count=2, time_in_space=None),
    craft(2, name="Right", flights=RIGHT, flights_count=2, fastest_turnaround="P100D"),
]
UNKNOWN = [
    flight(5, "2020-01-01T00:00:00Z", None),
    flight(6, "2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"),
]
SOURCES = {
    "selection": lambda: snapshot(
        *WRONG_AND_RIGHT,
        docking_events=[docking(1, WRONG_AND_RIGHT[1])],
        query={"mode": "detailed", "search": "r"},
        is_selection=True,
    ),
    "normal": lambda: in_normal_mode(sa.load("sample", search="Dragon")),
    "none": lambda: sa.load("sample", search="no such name"),
    # Planned, a placeholder, and one with an unknown end between two flights; no docking events.
    "unknown": lambda: snapshot(
        craft(1, flights=[flight(1, "2031-01-01T00:00:00Z", None)]),
        craft(2, is_placeholder=True, time_docked=None),
        craft(3, flights=UNKNOWN, time_in_space="P31D", time_docked=None, flights_count=2),
    ),
}


@pytest.fixture(scope="module")
def snapshots() -> dict[str, sa.Snapshot]:
    """These snapshots."""
    return {name: make() for name, make in SOURCES.items()}


@pytest.fixture(scope="module")
def run(executed, snapshots, tmp_path_factory):
    """Runs an essay on one of these snapshots, once."""
    folder = tmp_path_factory.mktemp("snapshots")
    files = {name: one.write(folder / f"{name}.json") for name, one in snapshots.items()}
    return lambda name, of: executed(NOTEBOOKS[name], files[of])


def bundles(notebook: Any, tag: str = "") -> list[dict[str, Any]]:
    """What the cells (with this tag) display, each thing by its kinds."""
    of_tag = [cell for cell in notebook.cells if not tag or tag in cell.metadata.get("tags", [])]
    outputs = [output for cell in of_tag for output in cell.get("outputs", [])]
    return [output.get("data", {}) for output in outputs]


def charts(notebook: Any) -> list[dict[str, Any]]:
    return [bundle[theme.MIME] for bundle in bundles(notebook) if theme.MIME in bundle]


def text_of(notebook: Any, tag: str = "") -> str:
    """Every sentence that the cells (with this tag) computed, without escapes for Markdown."""
    texts = (bundle.get("text/markdown", "") for bundle in bundles(notebook, tag))
    return "\n".join(texts).replace("\\", "")


def table(notebook: Any, comment: str) -> str:
    """What the cell that begins with this comment shows, as text."""
    (cell,) = (cell for cell in notebook.cells if cell.source.startswith(f"# {comment}"))
    return str(cell.outputs[0]["data"]["text/plain"])


@pytest.mark.parametrize("of", SOURCES)
@pytest.mark.parametrize("name", NAMES)
def test_sentences_on_any_snapshot(name, of, run, snapshots):
    """No error; the answer names the selection; no plural after a one."""
    notebook = run(name, of)
    said = text_of(notebook) + "".join(chart["description"] for chart in charts(notebook))
    assert text_of(notebook, "answer").startswith(f"Among {snapshots[of].scope}, as of ")
    assert re.findall(r"(?<![\d.,])1 (?!spacecraft)\w+s\b|\w+name names\b|\bNone\b", said) == []


def test_a_selection_is_not_drawn_as_if_it_were_all(run):
    """Years of two spacecraft would rise from zero, since the others are not in the snapshot."""
    titles = {chart["title"] for name in NAMES for chart in charts(run(name, "selection"))}
    assert titles
    assert not any("in space by" in title or "docked by station" in title for title in titles)


def test_a_report_draws_no_pictures_in_its_kernels(run):
    """The page draws its charts itself: no output has a PNG."""
    notebook = run("turnaround", "selection")
    assert charts(notebook)
    assert not any("image/png" in bundle for bundle in bundles(notebook))


def test_in_normal_mode_the_answers_say_what_is_missing(run):
    """Without flights nothing is measured, and the rules that could not run are counted."""
    for name in ("turnaround", "docking", "launches", "spacecraft", "utilisation"):
        assert "there are no flights: fetch them with `mode='detailed'`" in text_of(
            run(name, "normal"), "answer"
        )
    assert "Rules that could not run, because there are no flights in normal mode: 2" in text_of(
        run("data_quality", "normal"), "answer"
    )
    assert "Dragon 2" in table(run("spacecraft", "normal"), "In space")


def test_answers_claim_nothing_that_is_unknown(run):
    """A spacecraft flew twice with an unknown end in between; its time docked is unknown too."""
    unknown = "no turnaround of an orbital spacecraft has a known length"
    assert unknown in text_of(run("turnaround", "unknown"), "answer")
    utilisation = text_of(run("utilisation", "unknown"), "answer")
    assert "spent **2 %** of their service life" in utilisation
    assert "docked" not in utilisation
    docking = text_of(run("docking", "unknown"), "answer")
    assert "there are no docking events: fetch them with `dockings=True`" in docking


def test_what_has_an_error_is_not_the_fastest(run):
    """A turnaround that starts at an impossible mission end is listed, but leads no answer."""
    notebook = run("turnaround", "selection")
    assert "**50.0 days** (Right)" in text_of(notebook, "answer")
    assert "Wrong" in table(notebook, "The ten shortest")
    assert "Spacecraft compared: 2, different: 2." in text_of(notebook)


def test_of_a_selection_a_page_says_which_rule_was_not_run(pages, run):
    """Fewer flights than LL2 counts are no finding where flights were left out on purpose."""
    not_run = "configuration” is not run for a selection"
    assert not_run in text_of(run("data_quality", "selection"))
    assert not_run not in words(pages["data_quality"], ".prose")


def test_an_answer_without_stays_says_so(executed, tmp_path):
    """Spacecraft that are all in space have docked, but no stay is over."""
    path = sa.load("sample", in_space=True, dockings=True).write(tmp_path / "up.json")
    answer = text_of(executed(NOTEBOOKS["docking"], path), "answer")
    assert "no stay at a station is over, with both times known and not flagged." in answer


def test_an_unknown_time_is_not_the_longest(run):
    """A spacecraft whose time in space is unknown stands below those whose time is known."""
    shown = table(run("utilisation", "selection"), "Spacecraft that were in space for longest")
    assert shown.index("Wrong") > shown.index("Right")


def test_a_page_is_the_same_whatever_ran_before_in_its_kernel(executed, report):
    """Essays share kernels: what one imports, sets or warns of changes no other's page."""
    # It has a new kernel where the report is made, which it comes first in.
    path = NOTEBOOKS["spacecraft"]
    cells = executed(path, "sample").cells
    again = page(cells, name=path.stem, folder=path.parent)
    assert again.html == (report / "spacecraft.html").read_text("utf-8")
