"""Every rule on docking events finds what it is for, and names the event."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.records import RETRIEVED, craft, docking, flight, snapshot

KEYS = ("rule", "severity", "table", "spacecraft_id", "flight_id", "docking_id", "column")
MIDNIGHT = "end exactly at midnight, so perhaps known to the day only"
EXCHANGED = "departure fits another flight better"
FAR = "time to dock far from the others of its configuration"
STAYS = "Σ dockings ≠ time docked"


def flown(number: int, launch: str, end: str | None, **fields: Any) -> dict[str, Any]:
    """A craft with one flight, of its own number, and totals that LL2 does not say."""
    leg = flight(number, f"{launch}Z", end and f"{end}Z")
    unknown = {"time_in_space": None, "time_docked": None}
    counts = {"flights_count": 1, "mission_ends_count": int(end is not None)}
    return craft(number, **(unknown | counts | {"flights": [leg]} | fields))


def stay(
    event: int, of: dict[str, Any], docked: str, departed: str | None, **fields: Any
) -> dict[str, Any]:
    """A docking of a craft from one instant to another."""
    times = {"docking": f"{docked}Z", "departure": departed and f"{departed}Z"}
    return docking(event, of, **(times | fields))


def found(records: list[dict[str, Any]], *events: dict[str, Any]) -> list[tuple[Any, ...]]:
    every = sa.check(snapshot(*records, docking_events=[*events]))
    return every.filter(every["severity"] != "note").select(KEYS).rows()


def port(number: int) -> dict[str, Any]:
    """A port of the station with this id."""
    location = docking(1, None)["docking_location"]
    return {"docking_location": location | {"id": number}}


ONE = flown(1, "2020-01-01T12:00:00", "2020-02-01T12:00:00")


def test_nothing_to_find() -> None:
    """A docking inside its flight has no finding."""
    assert found([ONE], stay(9, ONE, "2020-01-03T00:00:00", "2020-01-31T00:00:00")) == []


@pytest.mark.parametrize(
    ("docked", "departed", "rule", "severity", "column"),
    [
        (
            *("2020-01-05T00:00:00", "2020-01-05T00:00:00"),
            *("departure at or before docking", "error", "departure"),
        ),
        (
            *("2020-01-01T00:00:00", "2020-01-05T00:00:00"),
            *("docking before launch, or after mission end", "error", "docking"),
        ),
        (
            *("2020-01-03T00:00:00", "2020-02-01T12:00:01"),
            *("departure after mission end", "error", "departure"),
        ),
        (
            *("2020-01-03T00:00:00", None),
            *("departure unknown though not in space", "warning", "departure"),
        ),
        (
            *("2020-01-12T00:00:00", "2020-01-31T00:00:00"),
            *("first docking over ten days after launch", "warning", "docking"),
        ),
    ],
)
def test_each_rule(
    docked: str, departed: str | None, rule: str, severity: str, column: str
) -> None:
    """One event that breaks one rule gives one finding that names it."""
    event = stay(9, ONE, docked, departed)
    assert found([ONE], event) == [(rule, severity, "dockings", 1, 1, 9, column)]


def test_an_end_known_to_the_day_lasts_to_the_end_of_its_day() -> None:
    """A departure on the day of an end at midnight may be right; a day later it can't be."""
    day = flown(1, "2020-01-01T12:00:00", "2020-02-01T00:00:00")
    for departed, rules in (("2020-02-01T18:00:00", 0), ("2020-02-02T00:00:01", 1)):
        assert len(found([day], stay(9, day, "2020-01-03T00:00:00", departed))) == rules


def test_a_planned_docking_is_no_fault() -> None:
    """What is planned for later than the snapshot is not judged."""
    assert found([ONE], stay(9, ONE, "2031-01-01T00:00:00", None)) == []


def test_a_craft_still_docked_lacks_no_departure() -> None:
    """An event of a craft in space on that very flight is open."""
    up = flown(1, "2024-12-01T12:00:00", None, in_space=True)
    assert found([up], stay(9, up, "2024-12-03T00:00:00", None)) == []


def test_overlapping_dockings_of_one_flight() -> None:
    """A craft can't dock while it is docked, nor twice at one instant; it may move at once."""
    first = stay(1, ONE, "2020-01-03T00:00:00", "2020-01-10T00:00:00")
    later = (("2020-01-09T23:59:59", 1), ("2020-01-03T00:00:00", 1), ("2020-01-10T00:00:00", 0))
    for docked, count in later:
        rows = found([ONE], first, stay(2, ONE, docked, "2020-01-31T00:00:00"))
        rule = "overlapping dockings of one flight"
        assert rows == [(rule, "error", "dockings", 1, 1, 2, "docking")] * count


def test_two_craft_at_one_port() -> None:
    """The later of two craft of different flights at one port is a note that names the other."""
    two = flown(2, "2020-01-01T12:00:00", "2020-02-01T12:00:00")
    stays = [
        stay(number, of, f"2020-01-0{number}T00:00:00", "2020-01-31T00:00:00", **port(at))
        for number, of, at in ((3, ONE, 7), (5, two, 7), (6, two, 8), (7, two, 8))
    ]
    every = sa.check(snapshot(ONE, two, docking_events=stays))
    (note,) = every.filter(rule="two craft at one port at the same time").to_dicts()
    assert (note["severity"], note["docking_id"], note["spacecraft_id"]) == ("note", 5, 2)
    assert "while Craft 1 was there until 2020-01-31" in note["explanation"]
    assert "one of them probably moved to another port" in note["explanation"]


def test_a_docking_of_an_unknown_flight() -> None:
    """An event whose flight is not among the flights is a note; a station's own docking is none."""
    other = flown(8, "2020-01-01T12:00:00", "2020-02-01T12:00:00")
    events = [docking(9, other), docking(10, None)]
    every = sa.check(snapshot(ONE, docking_events=events))
    (note,) = every.filter(rule="docking of an unknown flight").to_dicts()
    assert (note["severity"], note["docking_id"], note["flight_id"]) == ("note", 9, 8)


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ("P4DT1M", None),
        ("P3DT23H59M", None),
        ("P3DT23H58M59S", "error"),
        ("P4DT1M1S", "warning"),
        (None, None),
    ],
)
def test_the_events_add_up_to_the_total(told: str | None, severity: str | None) -> None:
    """More than a minute too much is an error; too little a warning, since some may be missing."""
    one = flown(1, "2020-01-01T12:00:00", "2020-02-01T12:00:00", time_docked=told)
    rows = found([one], stay(9, one, "2020-01-03T00:00:00", "2020-01-07T00:00:00"))
    expected = [(STAYS, severity, "spacecraft", 1, None, None, "time_docked")]
    assert rows == (expected if severity else [])


def test_a_docked_craft_grows_between_its_page_and_the_events() -> None:
    """While docked the total may differ by the time between the two pages, and by a minute."""
    up = flown(1, "2024-12-01T12:00:00", None, in_space=True, time_docked="P29D")
    event = stay(9, up, "2024-12-03T00:00:00", None)
    for minutes, count in ((61, 0), (62, 1)):
        at = RETRIEVED + timedelta(minutes=minutes - 1)
        every = sa.check(
            snapshot(
                up | {"time_docked": "P29D" if count == 0 else "P28DT23H58M"},
                docking_events=[event],
                docking_events_retrieved_at=at,
            )
        )
        assert every.filter(rule=STAYS).height == count


def test_an_impossible_total_names_the_event_at_fault() -> None:
    """Docked longer than in space: the event whose departure comes after the end is named."""
    one = flown(
        1,
        "2020-01-01T12:00:00",
        "2020-02-01T12:00:00",
        time_in_space="P31D",
        time_docked="P60D",
    )
    good = stay(8, one, "2020-01-03T00:00:00", "2020-01-04T00:00:00")
    bad = stay(9, one, "2020-01-05T00:00:00", "2020-03-04T00:00:00")
    every = sa.check(snapshot(one, docking_events=[good, bad]))
    (finding,) = every.filter(rule="docked longer than in space").to_dicts()
    assert finding["docking_id"] == 9
    assert finding["explanation"].endswith("; docking event 9: departure after mission end")


def test_exchanged_departures_are_told() -> None:
    """Two flights whose departures fit each other's ends, as those of Soyuz TM-2 and TM-3."""
    one = flown(1, "2020-01-01T00:00:00", "2020-03-01T12:00:00")
    two = flown(2, "2020-02-01T00:00:00", "2020-06-01T12:00:00")
    events = (
        stay(1, one, "2020-01-03T00:00:00", "2020-06-01T00:00:00", **port(1)),
        stay(2, two, "2020-02-03T00:00:00", "2020-03-01T00:00:00", **port(2)),
    )
    rows = [row for row in found([one, two], *events) if row[0] == EXCHANGED]
    assert [row[5] for row in rows] == [1, 2]


def test_a_departure_near_another_end_by_chance_is_not_told() -> None:
    """A freighter that flies on alone for weeks may leave just before another's end."""
    one = flown(1, "2020-01-01T00:00:00", "2020-05-01T12:00:00")
    two = flown(2, "2020-01-05T00:00:00", "2020-03-01T12:00:00")
    events = (
        stay(1, one, "2020-01-03T00:00:00", "2020-03-01T00:00:00", **port(1)),
        stay(2, two, "2020-01-07T00:00:00", "2020-02-01T00:00:00", **port(2)),
    )
    assert found([one, two], *events) == []


def fleet_of(*hours: float, years: float = 0.4) -> list[tuple[Any, ...]]:
    """Return the findings of flights that took so many hours to dock, evenly over some years."""
    fleet, events = [], []
    for number, taken in enumerate(hours, 1):
        launch = datetime(2010, 1, 1, 6) + timedelta(days=365.25 * years * number)
        docked = launch + timedelta(hours=taken)
        one = flown(number, f"{launch:%FT%T}", f"{launch + timedelta(days=30):%FT%T}")
        departed = f"{launch + timedelta(days=29):%FT%T}"
        fleet.append(one)
        events.append(stay(number, one, f"{docked:%FT%T}", departed, **port(number)))
    return [row for row in found(fleet, *events) if row[0] == FAR]


@pytest.mark.parametrize(
    ("hours", "years", "numbers"),
    [
        ([50.0] * 4 + [32.0] + [50.0] * 4, 0.4, []),
        ([50.0] * 4 + [31.9] + [50.0] * 4, 0.4, [5]),
        ([50.0] * 4 + [68.1] + [50.0] * 4, 0.4, [5]),
        # Two alike are no exception, and seven others are too few, also of eight in ten years.
        ([50.0] * 4 + [20.0, 20.0] + [50.0] * 4, 0.4, []),
        ([50.0] * 4 + [20.0] + [50.0] * 3, 0.4, []),
        ([20.0] + [50.0] * 8, 0.7, []),
    ],
)
def test_a_time_to_dock_far_from_the_others(
    hours: list[float], years: float, numbers: list[int]
) -> None:
    """More than three quarters of a day from each of eight or more others within five years."""
    rows = fleet_of(*hours, years=years)
    assert rows == [(FAR, "warning", "dockings", at, at, at, "docking") for at in numbers]


@pytest.mark.slow
def test_no_freighter_of_random_fleets_is_suspected() -> None:
    """Craft that fly on alone for weeks after they depart, 25 fleets of thirty."""
    for seed in range(25):
        chance = random.Random(seed)
        fleet, events = [], []
        for number in range(1, 31):
            launch = datetime(2010, 1, 1, 6) + timedelta(days=chance.uniform(0, 2000))
            docked = launch + timedelta(days=chance.uniform(0.2, 4))
            departed = docked + timedelta(days=chance.uniform(20, 200))
            end = departed + timedelta(days=chance.uniform(0.1, 60))
            one = flown(number, f"{launch:%FT%T}", f"{end:%FT%T}")
            fleet.append(one)
            events.append(stay(number, one, f"{docked:%FT%T}", f"{departed:%FT%T}", **port(number)))
        rules = {row[0] for row in found(fleet, *events)}
        assert rules & {EXCHANGED, FAR} == set()


@pytest.mark.parametrize("fields", [{}, {"mode": "normal"}])
def test_without_events_no_rule_speaks_of_them(fields: dict[str, str]) -> None:
    """A snapshot without docking events has no finding on them."""
    every = sa.check(snapshot(ONE, query=fields))
    assert every.filter(table="dockings").is_empty()
