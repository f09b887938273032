"""The table of all spacecraft: what is in it. How a reader finds one: `test_in_browser`."""

import json
from datetime import date, timedelta

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.charts.colours import GREY, STATED
from spacecraft_analysis.report.payloads import read
from spacecraft_analysis.report.spacecraft_table import spacecraft_table
from spacecraft_analysis.report.tables import TABLE, Table
from tests.records import config, craft, family, flight, in_normal_mode, snapshot
from tests.report.essay import displayed, shown

SHUTTLE = config(2, "Orbiter", family=[family(1, "Space Shuttle")])
FLOWN = craft(
    1,
    name="Éole",
    flights_count=2,
    spacecraft_config=SHUTTLE,
    flights=[
        flight(11, "2021-01-01T00:00:00Z", "2021-07-01T00:00:00Z"),
        flight(12, "2023-01-01T00:00:00Z", None),
        flight(13, "2030-01-01T00:00:00Z", None),
    ],
    in_space=True,
)
LANDED = craft(
    2, flights_count=1, flights=[flight(21, "2022-01-01T00:00:00Z", "2022-01-11T00:00:00Z")]
)
NEVER = craft(3, time_in_space="P0D", is_placeholder=True)


def stored(*records):
    """What a notebook's file holds of the table."""
    return json.loads(json.dumps(spacecraft_table(snapshot(*records))._repr_mimebundle_()[TABLE]))


def test_every_spacecraft_is_one_row_the_latest_first():
    """Planned flights do not count, and a craft in space has no last end yet."""
    found = spacecraft_table(snapshot(FLOWN, LANDED, NEVER)).frame
    assert found["spacecraft_name"].to_list() == ["Craft 2", "Éole", "Craft 3"]
    assert found["first_launch"].to_list() == [date(2022, 1, 1), date(2021, 1, 1), None]
    assert found["last_end"].to_list() == [date(2022, 1, 11), None, None]
    assert found["time_in_space"].to_list() == [timedelta(10), timedelta(10), timedelta(0)]
    assert found["family"].to_list() == ["Capsule One", "Space Shuttle", "Capsule One"]


def test_flights_are_parts_of_one_time_for_all_craft():
    """The axis goes from the first launch to the retrieval, four years later; open flights too."""
    strips = read(stored(FLOWN, LANDED, NEVER), Table).strips
    landed, flown, never = strips.marks
    assert landed == [(pytest.approx(0.25, abs=1e-3), pytest.approx(0.257, abs=1e-3))]
    assert flown == [(0, pytest.approx(0.124, abs=1e-3)), (pytest.approx(0.5, abs=1e-3), 1)]
    assert never == []
    assert [label for _, label in strips.ticks] == ["2022", "2023", "2024", "2025"]
    assert strips.colours == [GREY, STATED["Space Shuttle"], GREY]
    assert strips.also[0] == "Launch 21"


def test_a_snapshot_without_flights_says_how_to_get_them():
    """In normal mode LL2 sends none, so there is nothing to draw."""
    with pytest.raises(sa.SchemaError, match="mode='detailed'"):
        spacecraft_table(in_normal_mode(sa.load("sample")))


def test_a_flight_is_at_least_a_line_wide():
    """Of ten days in sixty years nothing would be seen."""
    table = stored(FLOWN)
    table["strips"]["marks"] = [[(0.5, 0.5)]]
    assert 'd="M80 2h1.5v8h-1.5z"' in shown(displayed(TABLE, table))


def test_nothing_but_a_colour_is_a_colour():
    """An output of anyone's notebook must not make the page ask for an address."""
    table = stored(FLOWN)
    for colour, is_taken in (("#12ab9f", True), ("url(https://a/)", False), ("#12ab9", False)):
        table["strips"]["colours"] = [colour]
        assert (f'fill="{colour}"' in shown(displayed(TABLE, table))) == is_taken


def test_a_table_whose_strips_do_not_fit_is_not_taken():
    """One strip for two rows is no output of ours; its text is shown instead."""
    table = stored(FLOWN, LANDED)
    table["strips"]["marks"] = table["strips"]["marks"][:1]
    assert "<td" not in shown(displayed(TABLE, table))
