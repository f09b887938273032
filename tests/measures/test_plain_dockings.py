"""The measures of dockings of random fleets, against loops in plain Python over half days.

Beside what the fleets themselves hold the events hold what data can hold: dockings before the
launch, after the end and planned ones, departures before the docking, after the end, planned and
unknown ones, several of a flight that overlap or follow each other (also at two stations), unknown
flights, no flight at all, targets that are not stations, pages of other times than the
craft's, and totals of LL2 that are the events' sum, other ones, or unknown.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import (
    station_occupancy,
    time_to_dock_by_family,
    times_to_dock,
    utilisation_by_family,
)
from tests.measures.fleets import EPOCH, dockings, event
from tests.measures.test_plain_python import (
    CRAFT,
    DAY,
    DAYS,
    HOUR,
    ZERO,
    Row,
    careers,
    counts,
    groups_of,
    middle,
    tables,
)

# Hundreds of random fleets.
pytestmark = pytest.mark.slow

HALF, MINUTE = timedelta(hours=12), timedelta(minutes=1)
TARGETS = (("station", 1, "Mir"), ("station", 2, "ISS"), ("craft", 7, "Agena"))
PAGES = st.sampled_from([50, 51, 53])
# In half days, from the launch and from the docking.
EVENT = st.tuples(
    st.integers(-2, 30),
    st.sampled_from([*11 * [None], *range(-2, 31)]),
    st.sampled_from([TARGETS[0], *TARGETS]),
    PAGES,
)
LEG = st.tuples(
    st.sampled_from([*18 * [None], *range(106)]),
    st.sampled_from([*11 * [None], *range(-2, 41)]),
    st.lists(EVENT, max_size=3),
)
# How LL2's total differs from the events' sum, in minutes; None: the total of the fleet.
SUM = st.sampled_from([*4 * [None], 0, 0, 0, 1, 1.5, -1, -1.5, 1440, -1440, 3000, -3000])
FLEETS = st.lists(
    st.tuples(CRAFT, st.lists(LEG, max_size=3), st.one_of(st.none(), st.just(60)), DAYS, SUM),
    min_size=2,
    max_size=7,
)
STRAYS = st.lists(st.tuples(st.sampled_from([None, 99]), EVENT), max_size=2)
TARGET = ("target_kind", "target_id", "target_name")
# Two configurations at the ISS and one at Mir, some days at both.
DOCKED = [
    ({"config_id": id_, "retrieved_at": 50}, [(day, 60, [(2, 25, target, 50)])], 60, None, 0)
    for id_, day, target in ((1, 5, TARGETS[0]), (1, 25, TARGETS[1]), (2, 20, TARGETS[1]))
]


def everything(
    fleet: list[Any], strays: list[Any]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The three tables, some craft with the sum of their events as LL2's total."""
    ids = count(1)
    crafts, events = [], []
    for more, legs, aloft, docked, _ in fleet:
        spans = []
        for launch, length, of_leg in legs:
            known = None not in (launch, length)
            spans.append((halved(launch), halved(launch + length) if known else None, {}))
            flight_id = next(ids)
            events += [docking_of(flight_id, launch or 0, *one) for one in of_leg]
        crafts.append((more, spans, aloft, docked))
    listed, flown = tables(crafts)
    docked_events = dockings(flown, *events, *(docking_of(id_, 10, *one) for id_, one in strays))
    sums: dict[int, timedelta] = defaultdict(timedelta)
    for row in docked_events.rows(named=True):
        sums[row["spacecraft_id"]] += row["docked"] or ZERO
    totals = [
        row["time_docked"] if more is None else sums[row["spacecraft_id"]] + more * MINUTE
        for row, (*_, more) in zip(listed.rows(named=True), fleet, strict=True)
    ]
    listed = listed.with_columns(time_docked=pl.Series(totals, dtype=pl.Duration("us")))
    total = listed.select("spacecraft_id", spacecraft_time_docked="time_docked")
    flown = flown.drop("spacecraft_time_docked").join(
        total, on="spacecraft_id", how="left", maintain_order="left"
    )
    return listed, flown, docked_events


def halved(half_days: int | None) -> float | None:
    return None if half_days is None else half_days / 2


def docking_of(id_: int | None, launch: int, after: int, stay: int | None, *where: Any) -> Row:
    """A docking of a flight so long after its launch, for so long."""
    target, page = where
    departure = None if stay is None else halved(launch + after + stay)
    named = dict(zip(TARGET, target, strict=True))
    return event(id_, halved(launch + after), departure, retrieved_at=page, **named)


def past(docked: pl.DataFrame) -> list[Row]:
    """The events that are not planned."""
    rows = docked.rows(named=True)
    return [row for row in rows if not (row["docking"] and row["docking"] > row["retrieved_at"])]


def difference(total: timedelta, mine: list[Row], retrieved_at: datetime) -> timedelta:
    """LL2's total less the events' sum, or nothing if that is within the tolerance."""
    listed = sum((row["docked"] or ZERO for row in mine), ZERO)
    still = any(row["is_open"] or (row["departure"] or retrieved_at) > retrieved_at for row in mine)
    between = abs(max(row["retrieved_at"] for row in mine) - retrieved_at) if still else ZERO
    return ZERO if abs(total - listed) <= MINUTE + between else total - listed


def halves(row: Row, latest: datetime) -> set[int]:
    """The half days since the beginning on which it was docked, as far as is known."""
    start, until = row["docking"], row["retrieved_at"] if row["is_open"] else row["departure"]
    if start is None or until is None:
        return set()
    launch, end = row["launch_net"], row["mission_end"]
    until = min(until, latest)
    if launch:
        start = max(start, launch)
        until = min(until, end) if end and end >= launch else until
    return set(range((start - EPOCH) // HALF, (until - EPOCH) // HALF))


def arrivals(flown: pl.DataFrame, docked: pl.DataFrame) -> list[tuple[Row, str, Row | None]]:
    """Each flight begun, which of the four counts it is in, and its first docking if it docked."""
    found: list[tuple[Row, str, Row | None]] = []
    for id_, career in careers(flown).items():
        of_craft = [row for row in past(docked) if row["spacecraft_id"] == id_]
        total, retrieved_at = career[0]["spacecraft_time_docked"], career[0]["retrieved_at"]
        lacking = total is not None and difference(total, of_craft, retrieved_at) > ZERO
        for leg in career:
            mine = [row for row in of_craft if row["flight_id"] == leg["flight_id"]]
            possible = [
                row
                for row in mine
                if row["docking"] and leg["launch_net"] and row["docking"] > leg["launch_net"]
                if leg["end"] is None or row["docking"] <= leg["end"]
            ]
            if lacking or (mine and not possible):
                found.append((leg, "left_out_count", None))
            elif possible:
                first = min(possible, key=lambda row: (row["docking"], row["docking_id"]))
                found.append((leg, "docked_flight_count", first))
            else:
                unknown = "unknown_count" if total is None else "never_docked_count"
                found.append((leg, unknown, None))
    return found


@given(FLEETS, STRAYS)
@settings(max_examples=42)
def test_times_to_dock(fleet, strays):
    """Row by row, and every count and the exact median of every group and of all."""
    _, flown, docked = everything(fleet, strays)
    outcomes = [{"family": leg["family"], "outcome": of} for leg, of, _ in arrivals(flown, docked)]
    expected = [
        (
            leg["family"],
            leg["flight_id"],
            first["target_name"],
            first["docking"] - leg["launch_net"],
        )
        for leg, _, first in arrivals(flown, docked)
        if first
    ]
    found = times_to_dock(flown, docked)
    columns = ("family", "flight_id", "target_name", "time_to_dock")
    assert found.select(columns).rows() == expected
    for row, is_mine in groups_of(outcomes, time_to_dock_by_family(flown, docked)):
        mine = [one["outcome"] for one in outcomes if is_mine(one)]
        hours = sorted(took for family, *_, took in expected if is_mine({"family": family}))
        assert row["fastest_hours"] == (hours[0] / HOUR if hours else None)
        assert row["median_hours"] == (middle(hours) / HOUR if hours else None)
        assert row["flights_count"] == len(mine)
        for name in ("docked_flight", "never_docked", "unknown", "left_out"):
            assert row[f"{name}_count"] == mine.count(f"{name}_count")


@given(FLEETS, STRAYS)
@settings(max_examples=42)
def test_utilisation_by_events(fleet, strays):
    """The union of half days of each craft whose events add up, with its n and what it leaves."""
    listed, _, docked = everything(fleet, strays)
    ratio, left_out, event_count = [], 0, 0
    for row in filter(counts, listed.rows(named=True)):
        mine = [one for one in past(docked) if one["spacecraft_id"] == row["spacecraft_id"]]
        total, aloft, page = row["time_docked"], row["time_in_space"], row["retrieved_at"]
        complete = total is not None and difference(total, mine, page) == ZERO
        union = len(set().union(*(halves(one, page) for one in mine))) * HALF
        if row["flights_count"]:
            possible = complete and aloft is not None and ZERO <= union <= aloft > ZERO
            ratio += [(union, aloft)] if possible else []
            event_count += len(mine) if possible else 0
            left_out += not possible
    found = utilisation_by_family(listed, dockings=docked).row(-1, named=True)
    part, whole = (sum(side, ZERO) for side in zip(*ratio, strict=True)) if ratio else (0, 0)
    assert found["docked_fraction"] == (part / whole if ratio else None)
    assert found["docked_event_days"] == (part / DAY if ratio else None)
    assert found["docked_craft_count"] == len(ratio)
    assert found["docked_left_out_count"] == left_out
    assert found["docked_event_count"] == event_count


@given(st.sampled_from(["target_name", "family"]), FLEETS, STRAYS)
@settings(max_examples=42)
def test_station_occupancy(by, fleet, strays):
    """In each period the half days of each flight at each station, counted once."""
    *_, docked = everything(fleet, strays)
    at_station = [
        row
        for row in past(docked)
        if counts(row) and row["target_kind"] == "station" and row["flight_id"] is not None
    ]
    slots = {
        (row["flight_id"], row["target_id"], row[by], half)
        for row in at_station
        for half in halves(row, row["retrieved_at"])
    }
    found = station_occupancy(docked, every="3d", by=by)
    assert {*found[by]} <= {row[by] for row in at_station}
    starts = found["period_start"].unique().to_list()
    if slots:
        assert min(starts) <= EPOCH + min(half for *_, half in slots) * HALF
    for start, _, group, days, _ in found.rows():
        within = range((start - EPOCH) // HALF, (start + 3 * DAY - EPOCH) // HALF)
        assert days == sum(slot[2] == group and slot[3] in within for slot in slots) / 2
    assert found["docked_days"].sum() == len(slots) / 2


@given(FLEETS, STRAYS)
@settings(max_examples=42)
def test_unlisted_flights(fleet, strays):
    """In each period the flights to each station without an event, by destination or inferred."""
    _, flown, docked = everything([*DOCKED, *fleet], strays)
    at_station = [row for row in past(docked) if counts(row) and row["target_kind"] == "station"]
    used: dict[str, tuple[datetime, datetime]] = {}
    for name in {row["target_name"] for row in at_station}:
        mine = [row for row in at_station if row["target_name"] == name]
        ends = [
            row["retrieved_at"] if row["is_open"] else row["departure"] or row["mission_end"]
            for row in mine
        ]
        first = [row["docking"] for row in mine]
        used[name] = min(first), max(first + [end for end in ends if end])
    listed = {row["flight_id"] for row in past(docked)}
    lists: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in used}
    for leg, outcome, _ in arrivals(flown, docked):
        launch, page = leg["launch_net"], leg["retrieved_at"]
        if outcome not in ("unknown_count", "left_out_count") or leg["flight_id"] in listed:
            continue
        if launch is None:
            continue
        until = page if leg["is_open"] else min(leg["end"] or launch, page)
        fitting = {
            row["target_name"]
            for row in at_station
            if row["config_id"] == leg["config_id"]
            if launch <= used[row["target_name"]][1] and until >= used[row["target_name"]][0]
        }
        earthly = leg["launch_mission_orbit_celestial_body_name"] in (None, "Earth")
        names = [name for name in used if name.lower() == (leg["destination"] or "").lower()]
        if leg["destination"] is None and len(fitting) == 1 and earthly:
            names = [*fitting]
        for name in names:
            lists[name].append((launch, max(until, launch + timedelta(microseconds=1))))
    found = station_occupancy(docked, flown, every="3d")
    for start, _, name, *_, unlisted in found.rows():
        within = [at for at in lists[name] if at[0] < start + 3 * DAY and at[1] > start]
        assert unlisted == len(within)
