"""The measures of random fleets, against loops in plain Python that follow the definitions.

The fleets hold what data can hold: unknown launches and ends, ends before the launch or after the
retrieval, overlapping and planned flights, two flights launched at one time, craft in space with an
end, pages of different times, placeholders, mass simulators, groups without a name, and flights
that a filter left out.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import (
    in_orbit,
    outcomes_by_family,
    turnaround_by_family,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import ACTIVE, RETIRED, craft_row, flight_row, flights, spacecraft

# Hundreds of random fleets.
pytestmark = pytest.mark.slow

DAY, HOUR, ZERO = timedelta(days=1), timedelta(hours=1), timedelta(0)
Row = dict[str, Any]

# A third unknown, else days and half days: an end at midnight may be known to the day only. To
# choose from a list is quicker than between strategies.
INSTANTS = st.sampled_from([*60 * [None], *(half / 2 for half in range(121))])
CRAFT = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["Condor", "Falcon", None]),
        "status_id": st.sampled_from([ACTIVE, RETIRED, None]),
        "in_space": st.booleans(),
        "is_placeholder": st.sampled_from([False, False, False, True]),
        "config_type_id": st.sampled_from([2, 2, 5, None]),
        "retrieved_at": st.sampled_from([50, 52]),
        "config_id": st.sampled_from([1, 2]),
        "destination": st.sampled_from([None, None, None, "mir", "Moon"]),
        "launch_mission_orbit_celestial_body_name": st.sampled_from([None, None, "Earth", "Moon"]),
    }
)
OUTCOME = st.fixed_dictionaries(
    {
        "launch_status_id": st.sampled_from([3, 3, 4, 7, 1, None]),
        "landing_attempt": st.sampled_from([True, True, False, None]),
        "landing_success": st.sampled_from([True, False, None]),
    }
)
DAYS = st.sampled_from([*70 * [None], *range(-2, 71)])
FLEETS = st.lists(
    st.tuples(CRAFT, st.lists(st.tuples(INSTANTS, INSTANTS, OUTCOME), max_size=5), DAYS, DAYS),
    max_size=10,
)
# Which of the first flights a filter leaves out.
FILTERS = st.sets(st.integers(1, 20), max_size=6)


def tables(fleet: list[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The spacecraft table and the flights table of a fleet."""
    rows = [
        flight_row(id_, launch, end, **more, **outcome)
        for id_, (more, legs, *_) in enumerate(fleet, 1)
        for launch, end, outcome in legs
    ]
    listed = [
        craft_row(id_, len(legs), aloft, docked, **more)
        for id_, (more, legs, aloft, docked) in enumerate(fleet, 1)
    ]
    return spacecraft(*listed), flights(*rows)


def counts(row: Row) -> bool:
    return not row["is_placeholder"] and row["config_type_id"] != 5


def careers(flown: pl.DataFrame) -> dict[int, list[Row]]:
    """The flights begun of each craft that counts, in order, with `end` where it is known."""
    found = defaultdict(list)
    in_order = flown.sort("launch_net", "flight_id", nulls_last=True)
    for row in in_order.rows(named=True):
        launch, end = row["launch_net"], row["mission_end"]
        if counts(row) and (launch is None or launch <= row["retrieved_at"]):
            known = launch is not None and end is not None and end >= launch
            found[row["spacecraft_id"]].append(row | {"end": end if known else None})
    return dict(sorted(found.items()))


def waits(last: Row) -> bool:
    return last["status_id"] == ACTIVE and not last["in_space"]


def ground_periods(
    flown: pl.DataFrame, left_out: set[int]
) -> list[tuple[Row, Row | None, timedelta | None]]:
    """Each period between two flights and each wait; its length, unless left out."""
    periods: list[tuple[Row, Row | None, timedelta | None]] = []
    for rows in careers(flown).values():
        for row, following in [*pairwise(rows), (rows[-1], None)]:
            if row["flight_id"] in left_out or (following is None and not waits(row)):
                continue
            until = following["launch_net"] if following else row["retrieved_at"]
            listed = following is None or following["flight_id"] not in left_out
            known = until is not None and row["end"] is not None and listed
            length = until - row["end"] if known else None
            impossible = known and length < (DAY if row["end"].time() == time(0) else ZERO)
            periods.append((row, following, None if impossible else length))
    return periods


def groups_of(rows: list[Row], summary: pl.DataFrame) -> list[tuple[Row, Any]]:
    """The rows of the summary, each with whether another row belongs to its group."""
    groups = sorted({row["family"] for row in rows}, key=lambda name: (name is None, name))
    found = summary.rows(named=True)
    assert [row["family"] for row in found] == [*groups, "all"]
    of = [{group} for group in groups] + [{*groups}]
    return [
        (row, lambda one, mine=mine: one["family"] in mine)
        for row, mine in zip(found, of, strict=True)
    ]


@given(FLEETS, FILTERS)
@settings(max_examples=42)
def test_turnarounds(fleet, left_out):
    """Row by row: whose, between which flights, how long, and whether it is over."""
    _, flown = tables(fleet)
    expected = [
        (row["flight_id"], following and following["flight_id"], length, following is not None)
        for row, following, length in ground_periods(flown, left_out)
        if length is not None
    ]
    columns = ("flight_id", "next_flight_id", "turnaround", "observed")
    some = flown.filter(~pl.col("flight_id").is_in(left_out))
    assert turnarounds(some).select(columns).rows() == expected


@given(FLEETS, FILTERS)
@settings(max_examples=42)
def test_turnaround_by_family(fleet, left_out):
    """Every count of every group and of all; figures of the periods are in the test of scipy."""
    _, flown = tables(fleet)
    of = careers(flown)
    rows = [row for career in of.values() for row in career if row["flight_id"] not in left_out]
    latest = {career[-1]["flight_id"] for career in of.values()}
    periods = ground_periods(flown, left_out)
    summary = turnaround_by_family(flown.filter(~pl.col("flight_id").is_in(left_out)))
    for found, is_mine in groups_of(rows, summary):
        mine = [row for row in rows if is_mine(row)]
        lasted = [(following, length) for row, following, length in periods if is_mine(row)]
        done = [row for row in mine if row["flight_id"] in latest and not waits(row)]
        expected = {
            "craft_count": len({row["spacecraft_id"] for row in mine}),
            "flights_count": len(mine),
            "turnaround_count": sum(bool(next_) and length is not None for next_, length in lasted),
            "censored_count": sum(not next_ and length is not None for next_, length in lasted),
            "not_waiting_count": sum(not row["in_space"] for row in done),
            "left_out_count": sum(length is None for _, length in lasted),
        }
        assert {name: found[name] for name in expected} == expected


def middle(ordered: list[timedelta]) -> timedelta:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@given(FLEETS)
@settings(max_examples=42)
def test_outcomes_by_family(fleet):
    """Every count and fraction of every group and of all."""
    _, flown = tables(fleet)
    rows = [row for career in careers(flown).values() for row in career]
    for found, is_mine in groups_of(rows, outcomes_by_family(flown)):
        mine = [row for row in rows if is_mine(row)]
        success, partial, failure = (
            sum(row["launch_status_id"] == id_ for row in mine) for id_ in (3, 7, 4)
        )
        known = success + partial + failure
        tried = [row["landing_success"] for row in mine if row["landing_attempt"]]
        landed, missed = tried.count(True), tried.count(False)
        unknown = [
            row["landing_attempt"] is None
            or (row["landing_attempt"] and row["landing_success"] is None)
            for row in mine
            if not row["is_open"]
        ]
        expected = {
            "launch_success_fraction": success / known if known else None,
            "success_count": success,
            "partial_failure_count": partial,
            "failure_count": failure,
            "unknown_count": len(mine) - known,
            "flights_count": len(mine),
            "landing_success_fraction": landed / (landed + missed) if landed + missed else None,
            "landing_attempt_count": landed + missed,
            "landing_unknown_count": sum(unknown),
        }
        assert {name: found[name] for name in expected} == expected


@given(FLEETS)
@settings(max_examples=42)
def test_utilisation(fleet):
    """The ratios of all craft as exact fractions, each with its n and how many it leaves out."""
    listed, flown = tables(fleet)
    of = careers(flown)
    docked, served, left_out = [], [], [0, 0]
    for row in filter(counts, listed.rows(named=True)):
        aloft, time_docked = row["time_in_space"], row["time_docked"]
        if row["flights_count"]:
            possible = None not in (aloft, time_docked) and ZERO <= time_docked <= aloft > ZERO
            docked += [(time_docked, aloft)] if possible else []
            left_out[0] += not possible
        career = of.get(row["spacecraft_id"], [])
        last_end = career[-1]["end"] if career else None
        waiting = waits(row) and last_end is not None
        if row["flights_count"] >= 2 or waiting:
            launches = [leg["launch_net"] for leg in career]
            until = row["retrieved_at"] if waiting or row["in_space"] else last_end
            known = until and launches and None not in launches and aloft is not None
            known = known and len(career) >= row["flights_count"]
            possible = known and ZERO < aloft <= until - launches[0]
            served += [(aloft, until - launches[0])] if possible else []
            left_out[1] += not possible
    found = utilisation_by_family(listed, flown).row(-1, named=True)
    for name, pairs, lost in (("docked", docked, left_out[0]), ("in_space", served, left_out[1])):
        part, whole = (sum(side, ZERO) for side in zip(*pairs, strict=True)) if pairs else (0, 0)
        assert found[f"{name}_fraction"] == (
            float(Fraction(part // HOUR, whole // HOUR)) if pairs else None
        )
        assert (found[f"{name}_craft_count"], found[f"{name}_left_out_count"]) == (len(pairs), lost)


@given(st.sampled_from(["1w", "1mo", "5d"]), FLEETS)
@settings(max_examples=63)
def test_in_orbit(every, fleet):
    """In each period of each group the overlaps with its flights, added up one by one."""
    _, flown = tables(fleet)
    stays = [
        (row["family"], row["launch_net"], min(end, row["retrieved_at"]))
        for rows in careers(flown).values()
        for row in rows
        if (end := row["retrieved_at"] if row["is_open"] else row["end"]) and row["launch_net"]
    ]
    presence = in_orbit(flown, every)
    for start, end, group, days, average in presence.rows():
        overlaps = [
            min(end, until) - max(start, launch) for of, launch, until in stays if of == group
        ]
        within = sum((max(overlap, ZERO) for overlap in overlaps), ZERO)
        assert days == pytest.approx(within / DAY)
        assert average == pytest.approx(within / (end - start))
    total = sum((until - launch for _, launch, until in stays), ZERO)
    assert presence["craft_days"].sum() == pytest.approx(total / DAY)
    starts, ends = (presence[name].unique().sort() for name in ("period_start", "period_end"))
    assert starts[1:].to_list() == ends[:-1].to_list()
    assert starts.dt.truncate(every).to_list() == starts.to_list()
