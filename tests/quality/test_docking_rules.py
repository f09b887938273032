"""Every rule on docking events finds what it is for, and names the event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.records import RETRIEVED, STATION, config, craft, docking, flight, snapshot

KEYS = ("rule", "severity", "table", "spacecraft_id", "flight_id", "docking_id", "column")
EXCHANGED = "departure fits another flight better"
FAR = "time to dock far from the others of its configuration"
SUM = "Σ dockings ≠ time docked"


def instant(text: str | None) -> str | None:
    """Return a day as its first second; other text as it is."""
    return f"{text}T00:00:00Z" if text and len(text) == 10 else text


def flown(number: int, launch: str, end: str | None, **fields: Any) -> dict[str, Any]:
    """Return a craft with one flight, of its own number, and unknown totals."""
    leg = flight(number, instant(launch), instant(end))
    unknown = {"time_in_space": None, "time_docked": None}
    counts = {"flights_count": 1, "mission_ends_count": int(end is not None)}
    return craft(number, **(unknown | counts | {"flights": [leg]} | fields))


def stay(
    event: int, of: dict[str, Any], docked: str, departed: str | None, at_port: int = 1
) -> dict[str, Any]:
    """Return a docking of a craft from one instant to another, at a port of the station."""
    location = docking(1, None)["docking_location"] | {"id": at_port}
    times = {"docking": instant(docked), "departure": instant(departed)}
    return docking(event, of, docking_location=location, **times)


def found(records: list[dict[str, Any]], *events: dict[str, Any]) -> list[tuple[Any, ...]]:
    every = sa.check(snapshot(*records, docking_events=[*events]))
    return every.filter(every["severity"] != "note").select(KEYS).rows()


NOON = "2020-02-01T12:00:00Z"
ONE = flown(1, "2020-01-01T12:00:00Z", NOON)
UP = flown(1, "2024-12-01", None, in_space=True)


def test_each_rule():
    """Each rule that an event breaks is a finding that names the event."""
    first_day, up = ("2020-01-01T12:00:00Z", NOON), ("2024-12-01", None)
    # Known to the day, the flight may have lasted to the end of that day.
    to_the_day = ("2020-01-01", "2020-02-01")
    before, after = "docking before launch, or after mission end", "departure after mission end"
    late = "first docking over ten days after launch"
    cases = [
        (first_day, "2020-01-03", "2020-01-31", []),
        (first_day, "2020-01-05", "2020-01-05", ["departure at or before docking"]),
        (first_day, "2020-01-01", "2020-01-05", [before]),
        (first_day, "2020-02-02", "2020-02-03", [before, after, late]),
        (first_day, "2020-01-03", "2020-02-01T12:00:01Z", [after]),
        (first_day, "2020-01-03", None, ["departure unknown though not in space"]),
        (first_day, "2020-01-12", "2020-01-31", [late]),
        (to_the_day, "2020-01-03", "2020-02-01T18:00:00Z", []),
        (to_the_day, "2020-01-03", "2020-02-02T00:00:01Z", [after]),
        # A planned docking is not judged, and an open one has no departure.
        (first_day, "2031-01-01", None, []),
        (up, "2024-12-03", None, []),
    ]
    records, events = [], []
    for nth, (flight_times, docked, departed, _) in enumerate(cases, 1):
        # Each craft has a configuration and a station of its own, so that none is compared.
        model = {"spacecraft_config": config(nth), "in_space": flight_times == up}
        records.append(flown(nth, *flight_times, **model))
        station = {"space_station_target": STATION | {"id": nth}}
        events.append(stay(100 + nth, records[-1], docked, departed) | station)
    rows = found(records, *events)
    expected = [
        (rule, "dockings", nth, nth, 100 + nth)
        for nth, (*_, broken) in enumerate(cases, 1)
        for rule in broken
    ]
    assert sorted((row[0], *row[2:6]) for row in rows) == sorted(expected)


@pytest.mark.parametrize(
    ("docked", "count"), [("2020-01-09T23:59:59Z", 1), ("2020-01-03", 1), ("2020-01-10", 0)]
)
def test_overlapping_dockings_of_one_flight(docked, count):
    """A craft can't dock while it is docked, nor twice at one instant; it may move at once."""
    first = stay(1, ONE, "2020-01-03", "2020-01-10")
    rows = found([ONE], first, stay(2, ONE, docked, "2020-01-31"))
    rule = "overlapping dockings of one flight"
    assert rows == [(rule, "error", "dockings", 1, 1, 2, "docking")] * count


def test_a_docking_while_an_earlier_one_is_still_open():
    """A craft that moved to another port has left the first, whose departure is missing."""
    rows = found([UP], stay(1, UP, "2024-12-03", None), stay(2, UP, "2024-12-30", None, 2))
    assert rows == [("overlapping dockings of one flight", "error", "dockings", 1, 1, 2, "docking")]


def test_two_craft_at_one_port():
    """The later of two craft of different flights at one port is a note that names the other."""
    two = flown(2, "2020-01-01T12:00:00Z", NOON)
    stays = [
        stay(number, of, f"2020-01-0{number}", "2020-01-31", at_port)
        for number, of, at_port in ((3, ONE, 7), (5, two, 7), (6, two, 8), (7, two, 8))
    ]
    every = sa.check(snapshot(ONE, two, docking_events=stays))
    [note] = every.filter(rule="two craft at one port at the same time").to_dicts()
    assert (note["severity"], note["docking_id"], note["spacecraft_id"]) == ("note", 5, 2)
    assert "while Craft 1 was there until 2020-01-31" in note["explanation"]


def test_a_docking_of_an_unknown_flight():
    """An event whose flight is not among the flights is a note, except a module's docking."""
    events = [docking(9, flown(8, "2020-01-01T12:00:00Z", NOON)), docking(10, None)]
    every = sa.check(snapshot(ONE, docking_events=events))
    [note] = every.filter(rule="docking of an unknown flight").to_dicts()
    assert (note["severity"], note["docking_id"], note["flight_id"]) == ("note", 9, 8)


def test_the_events_add_up_to_the_total():
    """More than a minute too much is an error, too little a warning: some may not be listed."""
    totals = ["P4DT1M", "P3DT23H59M", None, "P3DT23H58M59S", "P4DT1M1S"]
    records = [
        flown(nth, "2020-01-01T12:00:00Z", NOON, time_docked=total)
        for nth, total in enumerate(totals, 1)
    ]
    rows = found(records, *(stay(one["id"], one, "2020-01-03", "2020-01-07") for one in records))
    assert rows == [
        (SUM, severity, "spacecraft", nth, None, None, "time_docked")
        for severity, nth in (("error", 4), ("warning", 5))
    ]


@pytest.mark.parametrize(("total", "count"), [("P29D", 0), ("P28DT23H58M", 1)])
def test_a_docked_craft_grows_between_its_page_and_the_events(total, count):
    """The total of a docked craft may differ by the time between the two pages and a minute."""
    up = UP | {"time_docked": total}
    later = RETRIEVED + timedelta(hours=1)
    events = {"docking_events": [stay(9, up, "2024-12-03", None)]}
    every = sa.check(snapshot(up, **events, docking_events_retrieved_at=later))
    assert every.filter(rule=SUM).height == count


def test_an_impossible_total_names_the_event_at_fault():
    """Docked longer than in space: the event whose departure comes after the end is named.

    No event that lasts too long explains a total that is longer still.
    """
    one = ONE | {"time_in_space": "P31D", "time_docked": "P61D"}
    good = stay(8, one, "2020-01-03", "2020-01-04")
    bad = stay(9, one, "2020-01-05", "2020-03-04")
    every = sa.check(snapshot(one, docking_events=[good, bad]))
    [finding] = every.filter(rule="docked longer than in space").to_dicts()
    assert finding["docking_id"] == 9
    assert finding["explanation"].endswith("; docking event 9: departure after mission end")
    [shortfall] = every.filter(rule=SUM).to_dicts()
    assert (shortfall["severity"], shortfall["docking_id"]) == ("warning", None)


def test_exchanged_departures():
    """Two flights whose departures fit each other's ends, as those of Soyuz TM-2 and TM-3."""
    one = flown(1, "2020-01-01", "2020-03-01T12:00:00Z")
    two = flown(2, "2020-02-01", "2020-06-01T12:00:00Z")
    events = [stay(1, one, "2020-01-03", "2020-06-01"), stay(2, two, "2020-02-03", "2020-03-01", 2)]
    rows = [row for row in found([one, two], *events) if row[0] == EXCHANGED]
    assert [row[5] for row in rows] == [1, 2]


def test_a_departure_near_another_end_by_chance():
    """A freighter that flies on alone for weeks may leave just before another's end."""
    one = flown(1, "2020-01-01", "2020-05-01T12:00:00Z")
    two = flown(2, "2020-01-05", "2020-03-01T12:00:00Z")
    events = [stay(1, one, "2020-01-03", "2020-03-01"), stay(2, two, "2020-01-07", "2020-02-01", 2)]
    assert found([one, two], *events) == []


def found_in_fleet(days: list[tuple[float, float, float, float]]) -> list[tuple[Any, ...]]:
    """Return the findings on craft with such days of launch, docking, departure and end."""
    fleet, events = [], []
    for number, moments in enumerate(days, 1):
        launch, docked, departed, end = (
            f"{datetime(2010, 1, 1, 6) + timedelta(seconds=round(86_400 * day)):%FT%TZ}"
            for day in moments
        )
        fleet.append(flown(number, launch, end))
        events.append(stay(number, fleet[-1], docked, departed, number))
    return found(fleet, *events)


@pytest.mark.parametrize(
    ("hours", "years", "numbers"),
    [
        ([50.0] * 4 + [32.0] + [50.0] * 4, 0.4, []),
        ([50.0] * 4 + [31.9] + [50.0] * 4, 0.4, [5]),
        ([50.0] * 4 + [68.1] + [50.0] * 4, 0.4, [5]),
        # Two alike are not far, and seven others are too few; so are eight in six years.
        ([50.0] * 4 + [20.0, 20.0] + [50.0] * 4, 0.4, []),
        ([50.0] * 4 + [20.0] + [50.0] * 3, 0.4, []),
        ([20.0] + [50.0] * 8, 0.7, []),
    ],
)
def test_a_time_to_dock_far_from_the_others(hours, years, numbers):
    """More than three quarters of a day from each of eight or more others within five years."""
    days = [
        (launch := 365.25 * years * number, launch + taken / 24, launch + 30, launch + 30)
        for number, taken in enumerate(hours, 1)
    ]
    rows = [row for row in found_in_fleet(days) if row[0] == FAR]
    assert rows == [(FAR, "warning", "dockings", at, at, at, "docking") for at in numbers]
