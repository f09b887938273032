"""Every rule on spacecraft, flights, configurations and records finds what it is for, alone."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.frames.formats import xml_text
from tests.records import (
    RETRIEVED,
    STATION,
    config,
    craft,
    docking,
    family,
    flight,
    in_normal_mode,
    snapshot,
)

JANUARY, FEBRUARY, MARCH = (f"2020-{month:02}-01T12:00:00Z" for month in (1, 2, 3))
LATER, LATEST = "2031-01-01T00:00:00Z", "2031-03-01T12:00:00Z"
KEYS = ("rule", "severity", "table", "spacecraft_id", "flight_id", "column", "value")
UNKNOWN_END = "end unknown though not in space"
MIDNIGHT = "end exactly at midnight, so perhaps known to the day only"
SUM = "Σ flight durations ≠ time in space"
AT_MIDNIGHT = "launch at midnight, so perhaps known to the day only"
UNPRECISE = "launch known only to the hour or less precisely"
FEWER = "fewer flights listed than LL2 counts for the configuration"
UNLIKE = "configuration told differently"
UNSHOWN = "character that no page can show"


def legs(*flights: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a craft whose counts and totals fit its flights, except for some fields."""
    ends = sum(leg["mission_end"] is not None for leg in flights)
    counts = {"flights_count": len(flights), "mission_ends_count": ends}
    totals = {"time_in_space": None, "time_docked": None}
    return craft(1, flights=[*flights], **(counts | totals | fields))


def found(*records: dict[str, Any], **fields: Any) -> list[tuple[Any, ...]]:
    return sa.check(snapshot(*records, **fields)).select(KEYS).rows()


def rules(*records: dict[str, Any]) -> list[str]:
    return [row[0] for row in found(*records)]


def apart(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records as different craft, of other ids from 1, with flights of their own."""
    for nth, record in enumerate(records, 1):
        record |= {"id": nth, "serial_number": f"S{nth}"}
        for leg in record["flights"]:
            leg["id"] += 10 * nth
    return records


def precise(precision_id: int | None, net: str = JANUARY) -> dict[str, Any]:
    """Return a flight whose launch is known with some precision, or with an unknown one."""
    leg = flight(1, net, FEBRUARY)
    known = {"id": precision_id, "name": "Day"}
    leg["launch"]["net_precision"] = known if precision_id is not None else None
    return leg


def test_nothing_to_find():
    """Data that fits together has no finding."""
    records = [
        legs(flight(1, JANUARY, FEBRUARY, duration="P31D"), time_in_space="P31D"),
        # An open flight, alone and before a plan; plans overlap on paper only.
        legs(flight(1, JANUARY, None), in_space=True),
        legs(flight(1, JANUARY, None), flight(2, LATER, None), in_space=True, flights_count=1),
        legs(flight(1, JANUARY, FEBRUARY), flight(2, LATER, None), flights_count=1),
        legs(
            *(flight(1, LATER, LATEST), flight(2, "2031-02-01T00:00:00Z", None)),
            **{"flights_count": 0, "mission_ends_count": 0},
        ),
        legs(flight(7, JANUARY, "2020-02-01T00:00:01Z")),
        # 31 days and a flight of unknown length may be 40 days in space.
        legs(
            *(flight(1, JANUARY, FEBRUARY, duration="P31D"), flight(2, MARCH, None)),
            **{"in_space": True, "time_in_space": "P40D", "fastest_turnaround": "P29D"},
        ),
        # LL2's now moves while it computes an answer.
        legs(flight(1, JANUARY, None, duration="P1D"), in_space=True, time_in_space="P1DT13S"),
        legs(precise(1)),
    ]
    assert found(*apart(records)) == []


def test_each_rule():
    """A record with one fault has that finding."""
    cases = [
        (
            craft(1, time_in_space="P1D", time_docked="P2D"),
            *("docked longer than in space", "error", "spacecraft.time_docked", "P2D"),
        ),
        (
            craft(1, time_in_space=None, time_docked="-PT38M"),
            *("negative duration", "error", "spacecraft.time_docked", "-PT38M"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY), time_in_space="P0D"),
            *("zero time in space though flown", "warning", "spacecraft.time_in_space", "PT0S"),
        ),
        (
            craft(1, time_in_space=None, mission_ends_count=2),
            *("more mission ends than flights", "error", "spacecraft.mission_ends_count", "2"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY), flights_count=3),
            *("flights begun ≠ flights_count", "error", "spacecraft.flights_count", "3"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY), flight(2, LATER, None), flights_count=2),
            *("flights begun ≠ flights_count", "error", "spacecraft.flights_count", "2"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, duration="P31D"), time_in_space="P31DT13S"),
            *(SUM, "error", "spacecraft.time_in_space", "P31DT13S"),
        ),
        (
            legs(
                *(flight(1, JANUARY, FEBRUARY, duration="P31D"), flight(2, MARCH, None)),
                **{"in_space": True, "time_in_space": "P30D"},
            ),
            *(SUM, "error", "spacecraft.time_in_space", "P30D"),
        ),
        (
            legs(
                *(flight(1, JANUARY, FEBRUARY), flight(2, MARCH, "2020-03-02T12:00:00Z")),
                fastest_turnaround="P28D",
            ),
            *("recomputed fastest turnaround ≠ LL2's", "error"),
            *("spacecraft.fastest_turnaround", "P28D"),
        ),
        (
            craft(1, time_in_space=None, fastest_turnaround="P9D"),
            *("turnaround though fewer than two flights", "error"),
            *("spacecraft.fastest_turnaround", "P9D"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, duration="P30D")),
            *("duration ≠ mission end − launch", "error", "flights.duration", "P30D"),
        ),
        (
            legs(flight(1, JANUARY, JANUARY)),
            *("mission end before or at launch", "error", "flights.mission_end", JANUARY),
        ),
        (legs(flight(1, JANUARY, None)), *(UNKNOWN_END, "warning", "flights.mission_end", None)),
        (
            legs(flight(1, JANUARY, None), flight(2, FEBRUARY, None), in_space=True),
            *(UNKNOWN_END, "warning", "flights.mission_end", None),
        ),
        (legs(flight(1, None, None)), UNKNOWN_END, "warning", "flights.mission_end", None),
        (
            legs(flight(1, JANUARY, "2020-02-01T00:00:00Z")),
            *(MIDNIGHT, "note", "flights.mission_end", "2020-02-01T00:00:00Z"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, turn_around_time="P11077D")),
            *("turnaround over ten years", "warning", "flights.turn_around_time", "P11077D"),
        ),
        (legs(precise(2)), UNPRECISE, "note", "flights.launch_net", JANUARY),
        (
            legs(precise(None, "2020-01-01T00:00:00Z")),
            *(AT_MIDNIGHT, "note", "flights.launch_net", "2020-01-01T00:00:00Z"),
        ),
    ]
    rows = found(*apart([record for record, *_ in cases]))
    for nth, (_, rule, severity, where, value) in enumerate(cases, 1):
        table, column = where.split(".")
        flight_id = 10 * nth + 1 if table == "flights" else None
        assert (rule, severity, table, nth, flight_id, column, value) in rows


def test_an_explanation_is_for_people_and_a_value_for_programs():
    """An explanation has times as people write them, and the value has them in ISO 8601."""
    record = legs(flight(1, FEBRUARY, JANUARY), time_in_space="P0D", time_docked="P363DT13H41M54S")
    by_rule = {row["rule"]: row for row in sa.check(snapshot(record)).to_dicts()}
    docked = by_rule["docked longer than in space"]
    assert docked["value"] == "P363DT13H41M54S"
    assert docked["explanation"] == "docked 363d 13h 41m 54s, but in space only 0s"
    ended = by_rule["mission end before or at launch"]["explanation"]
    assert ended == "launched 2020-02-01 12:00:00 UTC, but ended 2020-01-01 12:00:00 UTC"


@pytest.mark.parametrize(
    ("flights", "overlapping"),
    [
        ([flight(1, JANUARY, MARCH), flight(2, FEBRUARY, MARCH)], [2]),
        # An unknown end in between hides nothing.
        ([flight(1, JANUARY, MARCH), flight(2, JANUARY, None), flight(3, FEBRUARY, MARCH)], [2, 3]),
    ],
)
def test_overlapping_flights(flights, overlapping):
    """A launch before the end of an earlier flight of the same craft is a finding."""
    rows = [row for row in found(legs(*flights)) if row[0] == "overlapping flights of one craft"]
    assert [row[4] for row in rows] == overlapping


def test_a_craft_in_space_may_grow_between_pages():
    """A total of a craft in space may differ by the time between two pages, and by a minute."""
    leg = flight(1, JANUARY, None, duration="P1D")
    up = legs(leg, in_space=True, time_in_space="P1DT1H59S")
    times = [RETRIEVED, RETRIEVED + timedelta(hours=1)]
    other = craft(2, time_in_space=None, time_docked=None)
    assert found(up, other, retrieved_at=times) == []
    assert rules(up, other) == [SUM]


def test_a_flight_that_is_to_end_later():
    """Its length up to the retrieval and its whole length may both be LL2's time in space."""
    for length in ("P30D", "P89D"):
        leg = flight(1, "2024-12-02T00:00:01Z", "2025-03-01T00:00:01Z", duration="P89D")
        assert rules(legs(leg, in_space=True, time_in_space=length)) == []


def test_duplicate_serials_count_within_a_configuration():
    """Two craft of one configuration with one serial are notes; placeholders are not."""
    twins = [craft(at, serial_number="#746", time_in_space=None) for at in (1, 2)]
    other = craft(3, serial_number="#746", time_in_space=None, spacecraft_config=config(2))
    unnamed = [
        craft(at, serial_number="TBD", is_placeholder=True, time_in_space=None) for at in (4, 5)
    ]
    rows = found(*twins, other, *unnamed)
    assert [row[:4] for row in rows] == [
        ("duplicate serial within a configuration", "note", "spacecraft", at) for at in (1, 2)
    ]


def test_a_flight_that_two_craft_have():
    """A flight that is listed twice is a finding once."""
    leg = flight(7, JANUARY, FEBRUARY)
    twice = [legs(leg), legs(leg) | {"id": 2, "serial_number": "S2"}]
    assert found(*twice) == [("two rows with one id", "error", "flights", 2, 7, "flight_id", "7")]


@pytest.mark.parametrize(("counted", "is_selection"), [(2, False), (3, False), (3, True)])
def test_fewer_flights_than_ll2_counts(counted, is_selection):
    """Planned flights are not counted, and a selection does not list all flights."""
    flights = [flight(1, JANUARY, FEBRUARY), flight(2, MARCH, None), flight(3, LATER, None)]
    record = legs(*flights, in_space=True, flights_count=2, fastest_turnaround="P29D")
    record["spacecraft_config"] = config(total_launch_count=counted)
    rows = found(record, is_selection=is_selection)
    finding = (FEWER, "note", "configurations", None, None, "total_launch_count", "3")
    assert rows == ([finding] if counted == 3 and not is_selection else [])


@pytest.mark.parametrize("height", [150.0, 748.0])
def test_a_configuration_taller_than_any_rocket(height):
    """A height of over 150 metres is a warning."""
    record = craft(1, time_in_space=None, spacecraft_config=config(height=height))
    finding = ("taller than any rocket", "warning", "configurations", None, None, "height_m")
    assert found(record) == ([(*finding, "748.0")] if height > 150 else [])


def test_records_that_differ_in_their_configuration():
    """The first record unlike the one with the lowest id is named, once per column."""
    records = [
        craft(at, time_in_space=None, spacecraft_config=config(4, height=height))
        for at, height in ((1, 8.1), (2, 9.0), (3, 9.0))
    ]
    assert found(*records) == [(UNLIKE, "note", "configurations", 2, None, "height_m", "9.0")]
    [finding] = sa.check(snapshot(*records)).to_dicts()
    assert finding["spacecraft_name"] == "Craft 2"
    assert "9.0 here, but 8.1 at spacecraft 1" in finding["explanation"]


def test_a_malformed_configuration_is_one_finding():
    """A null among one craft's families says nothing of other craft."""
    families = [family(1, "Soyuz"), family(2, "Soyuz MS")]
    records = [
        craft(at, time_in_space=None, spacecraft_config=config(4, family=listed))
        for at, listed in ((1, [families[0], None]), (2, families), (3, families))
    ]
    rows = found(*records)
    assert [row[:4] for row in rows] == [("not as declared", "error", "spacecraft", 1)]


def test_a_character_that_no_page_can_show():
    """A text in any table with a character that XML does not allow is a finding, and replaced."""
    names = [f"Soyuz{character}\t“é🚀”" for character in "\x00\x0b\x1f\ufffe\uffff"]
    records = apart(
        [legs(flight(1, JANUARY, FEBRUARY, destination=name), name=name) for name in names]
    )
    for record, name in zip(records, names, strict=True):
        families = [family(1, "Soyuz"), family(1 + record["id"], name)]
        record["spacecraft_config"] = config(record["id"], family=families)
    events = [
        docking(record["id"], record, space_station_target=STATION | {"name": record["name"]})
        for record in records
    ]
    found = sa.check(snapshot(*records, docking_events=events)).filter(rule=UNSHOWN)
    wanted = (
        *(("configurations", "family_names"), ("dockings", "space_station_target_name")),
        *(("flights", "destination"), ("spacecraft", "family_names"), ("spacecraft", "name")),
    )
    assert Counter(found.select("table", "column").iter_rows()) == dict.fromkeys(wanted, 5)
    for name in names:
        assert xml_text(name) == "Soyuz\ufffd\t“é🚀”"
        fromstring(f"<name>{xml_text(name)}</name>")


NOT_RUN = [
    *(MIDNIGHT, "flights begun ≠ flights_count", SUM, "recomputed fastest turnaround ≠ LL2's"),
    *("duration ≠ mission end − launch", "mission end before or at launch", UNKNOWN_END),
    *("overlapping flights of one craft", "turnaround over ten years", "negative duration"),
    *("two rows with one id", UNSHOWN, UNPRECISE, AT_MIDNIGHT, UNLIKE),
    "taller than any rocket",
]


def test_normal_mode_lists_the_rules_that_could_not_run():
    """In normal mode each rule that needs flights or details is one note; the others ran."""
    path = Path(__file__).parents[1] / "pages" / "seed-page.json"
    page = json.loads(path.read_text("utf-8"))["results"]
    rows = sa.check(snapshot(*page))
    ran = rows.filter(rows["rule"] != "rule not run")
    assert ran.select("rule", "spacecraft_name").rows() == [
        ("docked longer than in space", "Soyuz TM-4")
    ]
    missed = rows.filter(rule="rule not run").select(KEYS).rows()
    assert sorted(missed, key=str) == sorted(
        (("rule not run", "note", None, None, None, None, rule) for rule in NOT_RUN), key=str
    )
    empty = sa.check(snapshot(query={"mode": "normal"}))
    assert empty["value"].sort().to_list() == sorted(NOT_RUN)
    whole = sa.check(in_normal_mode(snapshot(is_selection=False)))
    assert whole["value"].sort().to_list() == sorted([*NOT_RUN, FEWER])


def test_the_records_decide_whether_there_are_flights():
    """Detailed records are checked in full, whatever the query says."""
    record = legs(flight(1, JANUARY, JANUARY))
    assert found(record, query={"mode": "normal"}) == found(record) != []
