"""The measures of dockings of random fleets, against loops in plain Python over half days.

Beside what the fleets themselves hold the events hold what data can hold: dockings before the
launch, after the end and planned ones, departures before the docking, after the end, planned and
unknown ones, several of a flight that overlap or follow each other (also at two stations), flights
that nobody knows, no flight at all, targets that are no stations, pages of other times than the
craft's, and sums of LL2's that are those of the events, other ones, or unknown.
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
    NOUGHT,
    Row,
    careers,
    counts,
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
    st.one_of(st.none(), *3 * [st.integers(-2, 30)]),
    st.sampled_from([TARGETS[0], *TARGETS]),
    PAGES,
)
LEG = st.tuples(
    st.one_of(st.none(), *6 * [st.integers(0, 105)]),
    st.one_of(st.none(), *4 * [st.integers(-2, 40)]),
    st.lists(EVENT, min_size=1, max_size=4),
)
# How LL2's sum differs from that of the events, in minutes; null: it is the one of the fleet.
SUM = st.sampled_from([None, 0, 0, 0, 0, 1, 1.5, -1, -1.5, 1440, -1440, 3000, -3000])
FLEETS = st.lists(
    st.tuples(CRAFT, st.lists(LEG, max_size=3), st.one_of(st.none(), st.just(60)), DAYS, SUM),
    min_size=2,
    max_size=5,
)
STRAYS = st.lists(st.tuples(st.sampled_from([None, 99]), EVENT), max_size=2)
TARGET = ("target_kind", "target_id", "target_name")


def everything(
    fleet: list[Any], strays: list[Any]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The three tables, some craft with the sum of their events as LL2's own."""
    ids = count(1)
    crafts, events = [], []
    for more, legs, aloft, docked, _ in fleet:
        spans = []
        for launch, length, of_leg in legs:
            known = None not in (launch, length)
            spans.append((halved(launch), halved(launch + length) if known else None))
            flight_id = next(ids)
            events += [docking_of(flight_id, launch or 0, *one) for one in of_leg]
        crafts.append((more, spans, aloft, docked))
    listed, flown = tables(crafts)
    given = [*events, *(docking_of(id_, 10, *one) for id_, one in strays)]
    told: dict[int, timedelta] = defaultdict(timedelta)
    for row in dockings(listed, flown, *given).rows(named=True):
        told[row["spacecraft_id"]] += row["docked"] or NOUGHT
    docked = [
        row["time_docked"] if more is None else told[row["spacecraft_id"]] + more * MINUTE
        for row, (*_, more) in zip(listed.rows(named=True), fleet, strict=True)
    ]
    listed = listed.with_columns(time_docked=pl.Series(docked, dtype=pl.Duration("us")))
    return listed, flown, dockings(listed, flown, *given)


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


def difference(said: timedelta, mine: list[Row], page: datetime) -> timedelta:
    """LL2's sum without that of the events, or nothing if that is no more than it may be."""
    told = sum((row["docked"] or NOUGHT for row in mine), NOUGHT)
    still = any(row["is_open"] or (row["departure"] or page) > page for row in mine)
    between = abs(max(row["retrieved_at"] for row in mine) - page) if still else NOUGHT
    return NOUGHT if abs(said - told) <= MINUTE + between else said - told


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


@given(FLEETS, STRAYS)
@settings(max_examples=300)
def test_times_to_dock(fleet: list[Any], strays: list[Any]) -> None:
    """Row by row, and every count and the exact median of every group and of all."""
    _, flown, docked = everything(fleet, strays)
    expected, left_out, all_flights = [], [], []
    for id_, career in careers(flown).items():
        of_craft = [row for row in past(docked) if row["spacecraft_id"] == id_]
        said = of_craft[0]["time_docked"] if of_craft else None
        page = career[0]["retrieved_at"]
        lacking = said is not None and difference(said, of_craft, page) > NOUGHT
        for leg in career:
            mine = [row for row in of_craft if row["flight_id"] == leg["flight_id"]]
            possible = [
                row
                for row in mine
                if row["docking"] and leg["launch_net"] and row["docking"] > leg["launch_net"]
                if leg["end"] is None or row["docking"] <= leg["end"]
            ]
            all_flights.append(leg["family"])
            if lacking or (mine and not possible):
                left_out.append(leg["family"])
            elif possible:
                first = min(possible, key=lambda row: (row["docking"], row["docking_id"]))
                took = first["docking"] - leg["launch_net"]
                expected.append((leg["family"], leg["flight_id"], first["target_name"], took))
    found = times_to_dock(flown, docked)
    columns = ("family", "flight_id", "target_name", "time_to_dock")
    assert found.select(columns).rows() == expected
    summary = time_to_dock_by_family(flown, docked).rows(named=True)
    groups = sorted(set(all_flights), key=lambda name: (name is None, name))
    for place, row in enumerate(summary):
        of = {*groups} if place == len(groups) else {groups[place]}
        hours = sorted(took for family, *_, took in expected if family in of)
        assert row == {
            "family": "all" if place == len(groups) else groups[place],
            "fastest_hours": hours[0] / timedelta(hours=1) if hours else None,
            "median_hours": middle(hours) / timedelta(hours=1) if hours else None,
            "p90_hours": row["p90_hours"],
            "docked_flight_count": len(hours),
            "flights_count": sum(family in of for family in all_flights),
            "left_out_count": sum(family in of for family in left_out),
        }
    assert len(summary) == len(groups) + 1


@given(FLEETS, STRAYS)
@settings(max_examples=300)
def test_utilisation_by_events(fleet: list[Any], strays: list[Any]) -> None:
    """The union of half days of each craft whose events add up, with its n and what it leaves."""
    listed, _, docked = everything(fleet, strays)
    ratio, known, left_out, event_count = [], [], 0, 0
    for row in filter(counts, listed.rows(named=True)):
        mine = [one for one in past(docked) if one["spacecraft_id"] == row["spacecraft_id"]]
        said, aloft, page = row["time_docked"], row["time_in_space"], row["retrieved_at"]
        complete = said is not None and (
            difference(said, mine, page) == NOUGHT if mine else abs(said) <= MINUTE
        )
        union = len(set().union(*(halves(one, page) for one in mine))) * HALF
        known += [union] if complete else []
        if row["flights_count"]:
            possible = complete and aloft is not None and NOUGHT <= union <= aloft > NOUGHT
            ratio += [(union, aloft)] if possible else []
            event_count += len(mine) if possible else 0
            left_out += not possible
    found = utilisation_by_family(listed, dockings=docked).row(-1, named=True)
    part, whole = (sum(side, NOUGHT) for side in zip(*ratio, strict=True)) if ratio else (0, 0)
    assert found["docked_fraction"] == (part / whole if ratio else None)
    assert found["time_docked_days"] == (sum(known, NOUGHT) / DAY if known else None)
    assert found["docked_craft_count"] == len(ratio)
    assert found["docked_left_out_count"] == left_out
    assert found["docked_event_count"] == event_count


@pytest.mark.parametrize("by", ["target_name", "family"])
@given(FLEETS, STRAYS)
@settings(max_examples=100)
def test_station_occupancy(by: str, fleet: list[Any], strays: list[Any]) -> None:
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
    found = station_occupancy(docked, "3d", by=by)
    assert {*found[by]} <= {row[by] for row in at_station}
    starts = found["period_start"].unique().to_list()
    if slots:
        assert min(starts) <= EPOCH + min(half for *_, half in slots) * HALF
    for start, group, days, _ in found.rows():
        within = range((start - EPOCH) // HALF, (start + 3 * DAY - EPOCH) // HALF)
        assert days == sum(slot[2] == group and slot[3] in within for slot in slots) / 2
    assert found["docked_days"].sum() == len(slots) / 2
