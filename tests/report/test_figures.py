"""What a reader takes along from a chart or a table."""

import base64
import json
from xml.etree import ElementTree

import polars as pl
import pytest

from spacecraft_analysis import charts, measures
from spacecraft_analysis.report import figures, svg, tables
from spacecraft_analysis.report.figures import ChartFigure, TableFigure, complete
from spacecraft_analysis.report.payloads import Provenance, Source
from spacecraft_analysis.report.tables import table
from tests.measures.fleets import RETIRED, flight_row, flights

SPEC = {
    "title": "Flights",
    "mark": "bar",
    "data": {"name": "d"},
    "datasets": {"d": [{"a": 1.0, "b": "=x", "c": "y"}, {"a": 2.5, "b": None, "c": "z"}]},
    "encoding": {"tooltip": [{"field": "c"}, {"field": "a"}, {"field": "elsewhere"}]},
}
UNKNOWN = Provenance([], {}, [])
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="90" aria-label="F"/>'


def content(figure: figures.Figure, kind: str) -> str:
    """What a link of a figure holds."""
    kinds, _, encoded = figure.files[kind].partition(";base64,")
    assert kinds.startswith("data:")
    return base64.b64decode(encoded).decode()


def chart(name: str = "made-1") -> ChartFigure:
    made = ChartFigure.of(SPEC, name)
    made.picture = PICTURE
    return made


def test_a_chart_gives_the_rows_that_it_draws():
    """Its CSV has the columns by name, and no formula."""
    made = chart()
    complete([made], "", UNKNOWN)
    assert content(made, "csv") == "a,b,c\n1.0,'=x,y\n2.5,,z\n"


def test_a_chart_of_several_data_sets_gives_them_all():
    """They stand one after another; a chart without rows gives none."""
    datasets = {"d": [{"a": 1}], "e": [{"a": 2.5, "b": "x"}]}
    assert figures.chart_csv({"datasets": datasets}) == "a,b\n1.0,\n2.5,x\n"
    assert figures.chart_csv({"datasets": {"d": [{}]}}) == ""
    assert figures.chart_csv({"datasets": {"d": "a,b\n1,2"}}) == ""


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([["two", "lines"], "one line"], ['"[""two"", ""lines""]"', "one line"]),
        ([{"a": [[1]]}, {"a": [[[2]]]}], ['"{""a"": [[1]]}"', '"{""a"": [[[2]]]}"']),
        ([{"a": 1}, 5], ['"{""a"": 1}"', "5"]),
        ([[1], ["é"]], ["[1]", '"[""é""]"']),
        ([True, 1, "x"], ["true", "1", "x"]),
        ([2.5, 2**53 + 1], ["2.5", "9007199254740993"]),
        ([1, 2**130], ["1", "1361129467683753853853498429727072845824"]),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_values_of_several_types_are_text(values, written, apart):
    """Lists and objects are JSON, and no value is changed to fit the others."""
    rows = [{"x": value} for value in values]
    parts = [[row] for row in rows] if apart else [rows]
    spec = {"layer": [{"data": {"values": part}} for part in parts]}
    assert figures.chart_csv(spec).splitlines() == ["x", *written]


def test_a_chart_that_another_library_wrote_gives_its_rows():
    """Rows beside a mark are rows too, and a list of numbers keeps no other rows from the file."""
    layers = [{"data": {"values": [{"a": 1}]}}, {"data": {"name": "n", "values": [{"a": 2}]}}]
    spec = {"layer": layers, "datasets": {"d": [1, 2]}, "data": {"url": "x.json"}}
    assert figures.chart_csv(spec) == "a\n1\n2\n"


def test_a_kept_picture_says_what_and_whence():
    """The SVG of a link has its title above, its source below, and room for both."""
    made = chart()
    complete([made], "Do craft fly again?", Provenance([], {"spacecraft_analysis": "9.9"}, []))
    root = ElementTree.fromstring(content(made, "svg"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "Flights"
    assert " ".join(texts[1:]) == (
        "“Flights”, in “Do craft fly again?”. Computed with spacecraft_analysis 9.9."
    )
    assert float(root.get("height")) > 90 + 24 + 15


def test_a_citation_names_the_source_and_both_checksums():
    """Title, page, date of the data, source, and the checksums of records and docking events."""
    source = Source("https://ll/", {}, "2025-04-07 12:00:00 UTC", 2, "abc", None, 3, "def")
    made = TableFigure("t", "Craft", "", "", table=table(pl.DataFrame({"x": [1]})))
    complete([made], "Who?", Provenance([source], {}, []))
    assert made.citation == (
        "“Craft”, in “Who?”. Data of 2025-04-07 12:00:00 UTC from Launch Library 2 by The Space"
        " Devs (https://ll/), records SHA-256 abc, docking events SHA-256 def."
    )
    sample = Source("the bundled sample: facts", {}, "2025-04-07 12:00:00 UTC", 2, "abc")
    complete([made], "Who?", Provenance([sample], {}, []))
    assert "Data of 2025-04-07 12:00:00 UTC from the bundled sample: facts, rec" in made.citation


def test_a_page_does_not_grow_without_end(monkeypatch):
    """A file over a megabyte is not on the page, which says so; a table has the rows shown."""
    monkeypatch.setattr(tables, "FILE_SIZE", 300)
    monkeypatch.setattr(figures, "FILE_SIZE", 300)
    large = TableFigure("large", "Large", "", "", table=table(pl.DataFrame({"x": range(100)})))
    drawn = chart()
    complete([large, drawn], "", UNKNOWN)
    assert content(large, "csv").count("\n") == 100 + 1
    monkeypatch.setattr(tables, "FILE_SIZE", 200)
    large.table = table(pl.DataFrame({"x": range(100)}))
    complete([large], "", UNKNOWN)
    assert content(large, "csv").count("\n") == 20 + 1
    assert large.note.startswith("The data has the rows that are shown")
    assert "svg" not in drawn.files
    assert drawn.note


def test_a_chart_is_the_same_after_a_notebooks_file():
    """Neither the order of names nor how a whole number is written changes a byte."""
    stored = json.loads(json.dumps(SPEC, sort_keys=True).replace("1.0", "1"))
    assert list(stored) != list(SPEC)
    made, read = ChartFigure.of(SPEC, "x"), ChartFigure.of(stored, "x")
    assert made.script == read.script
    assert figures.chart_csv(made.spec) == figures.chart_csv(read.spec)


def test_a_number_that_json_lacks_is_null():
    """A specification from a file with NaN, which no browser reads, is drawn without it."""
    made = ChartFigure.of({"data": {"values": [{"a": float("nan")}, {"a": 2.0}]}}, "x")
    assert '"values": [{"a": null}, {"a": 2}]' in made.script


def test_a_long_title_is_wrapped():
    """No line of a downloaded picture is wider than the picture."""
    framed = svg.framed(PICTURE, title="word " * 30, source="source " * 30)
    lines = [text.text for text in ElementTree.fromstring(framed) if text.text]
    assert len(lines) > 6
    assert max(map(len, lines)) < 60


def test_the_data_of_a_chart_is_what_its_marks_show():
    """The names beside the layers and the lines around them are no rows of the file."""
    made = charts.in_orbit_chart(
        measures.in_orbit(flights(flight_row(1, 0, 10), flight_row(2, 5, 30)))
    )
    taken = pl.read_csv(figures.chart_csv(made.to_dict()).encode())
    assert taken["group"].unique().to_list() == ["Falcon"]
    assert taken["craft_days"].null_count() == 0


def test_what_only_places_or_colours_a_mark_is_no_data():
    """The data names two craft of one name by id, and has n of a family, but no place or colour."""
    named = {"spacecraft_name": "Craft", "family": "Falcon", "status_id": RETIRED}
    flown = flights(
        *(flight_row(craft, day, day + 1, **named) for craft in (1, 2) for day in (0, 9))
    ).with_columns(launch_name=pl.lit("Launch"))
    timeline = charts.fleet_timeline_chart(flown)
    turnaround = charts.turnaround_chart(measures.turnarounds(flown))
    first, *rest = figures.chart_csv(timeline.to_dict()).splitlines()
    assert first == "craft,days,end,flagged,flight,group,name,open,since,start,until"
    assert sorted(row[:4] for row in rest) == ["1,1.", "1,1.", "2,1.", "2,1."]
    summary = charts.turnaround_by_family_chart(measures.turnaround_by_family(flown))
    taken = pl.read_csv(figures.chart_csv(summary.to_dict()).encode())
    assert {*taken["turnaround_count", "censored_count"].rows()} == {(2, 0)}
    first, *rest = figures.chart_csv(turnaround.to_dict()).splitlines()
    assert first == "craft,days,group,name,since,state,until"
    assert len(rest) == 2


def test_the_data_of_a_curve_holds_all_craft_too():
    """What lies in grey behind each family is in the file once, with its days and fractions."""
    falcon = (flight_row(1, day, day + 1) for day in (0, 4, 9, 15))
    eagle = (flight_row(2, day, day + 1, family="Eagle") for day in (0, 4, 9, 15))
    periods = flights(*falcon, *eagle)
    made = charts.turnaround_survival_chart(measures.turnaround_survival(periods))
    taken = pl.read_csv(figures.chart_csv(made.to_dict()).encode())
    every = taken.filter(group="all").sort("days")
    assert every["days"].to_list() == [0, 3, 4, 5, 984]
    assert every["still_waiting_fraction"].round(2).to_list() == [1, 0.75, 0.5, 0.25, 0.25]


def test_a_frame_without_columns_is_not_too_large():
    """An empty frame has no file, and nothing is said of its size."""
    empty = TableFigure("empty", "Empty", "", "", table=table(pl.DataFrame()))
    complete([empty], "", UNKNOWN)
    assert (empty.files, empty.note) == ({}, "")
