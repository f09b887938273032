"""The measures of random fleets, against loops in plain Python that follow the definitions.

`FLEETS=1000 pytest tests/measures/test_plain_python.py` tries a thousand fleets.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from datetime import datetime, time, timedelta
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import polars as pl
import pytest

from spacecraft_analysis.measures import (
    in_orbit,
    outcomes_by_family,
    station_occupancy,
    time_to_dock_by_family,
    times_to_dock,
    turnaround_by_family,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import ACTIVE, EPOCH, random_fleet

# Hundreds of random craft.
pytestmark = pytest.mark.slow

DAY, HOUR, ZERO = timedelta(days=1), timedelta(hours=1), timedelta(0)
HALF, MINUTE = timedelta(hours=12), timedelta(minutes=1)
# The flights that a filter leaves out.
LEFT_OUT = {*range(2, 1000, 7)}
Row = dict[str, Any]


@pytest.fixture(params=range(int(os.environ.get("FLEETS", "16"))), scope="module")
def fleet(request):
    """The tables of a random fleet."""
    return random_fleet(request.param)


@pytest.fixture(scope="module")
def flown(fleet):
    """The flights of a random fleet."""
    return fleet["flights"]


@pytest.fixture(scope="module")
def docked(fleet):
    """The dockings of a random fleet."""
    return fleet["dockings"]


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


def ground_periods(flown: pl.DataFrame) -> list[tuple[Row, Row | None, timedelta | None]]:
    """Each period between two flights and each wait; its length, unless left out."""
    periods: list[tuple[Row, Row | None, timedelta | None]] = []
    for rows in careers(flown).values():
        for row, following in [*pairwise(rows), (rows[-1], None)]:
            if row["flight_id"] in LEFT_OUT or (following is None and not waits(row)):
                continue
            until = following["launch_net"] if following else row["retrieved_at"]
            listed = following is None or following["flight_id"] not in LEFT_OUT
            known = until is not None and row["end"] is not None and listed
            length = until - row["end"] if known else None
            impossible = known and length < (DAY if row["end"].time() == time(0) else ZERO)
            periods.append((row, following, None if impossible else length))
    return periods


def groups_of(rows: list[Row], summary: pl.DataFrame, by: str = "family") -> list[tuple[Row, Any]]:
    """The rows of the summary, each with whether another row belongs to its group."""
    groups = sorted({row[by] for row in rows}, key=lambda name: (name is None, name))
    found = summary.rows(named=True)
    assert [row[by] for row in found] == [*groups, "all"]
    of = [{group} for group in groups] + [{*groups}]
    return [
        (row, lambda one, mine=mine: one[by] in mine) for row, mine in zip(found, of, strict=True)
    ]


def middle(ordered: list[timedelta]) -> timedelta:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def test_turnarounds(flown):
    """Row by row: whose, between which flights, how long, and whether it is over."""
    expected = [
        (row["flight_id"], following and following["flight_id"], length, following is not None)
        for row, following, length in ground_periods(flown)
        if length is not None
    ]
    columns = ("flight_id", "next_flight_id", "turnaround", "observed")
    some = flown.filter(~pl.col("flight_id").is_in(LEFT_OUT))
    assert turnarounds(some).select(columns).rows() == expected


def test_turnaround_by_family(flown):
    """Every count; figures of the periods are in the test of scipy.

    A craft belongs to several destinations, and counts once in `all`.
    """
    of = careers(flown)
    rows = [row for career in of.values() for row in career if row["flight_id"] not in LEFT_OUT]
    latest = {career[-1]["flight_id"] for career in of.values()}
    periods = ground_periods(flown)
    some = flown.filter(~pl.col("flight_id").is_in(LEFT_OUT))
    summary = turnaround_by_family(some, by="destination")
    for found, is_mine in groups_of(rows, summary, "destination"):
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


def test_outcomes_by_family(flown):
    """Every count and fraction of every craft and of all, and the bounds."""
    rows = [row for career in careers(flown).values() for row in career]
    summary = outcomes_by_family(flown, by="spacecraft_name")
    for found, is_mine in groups_of(rows, summary, "spacecraft_name"):
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
        low, high = found["low_fraction"], found["high_fraction"]
        assert (low is None) == (high is None) == (known == 0)
        if known:
            # Wilson's bounds are as many standard errors, of themselves, away from the fraction.
            z, share = NormalDist().inv_cdf(0.975), success / known
            for bound in (low, high):
                error = z * math.sqrt(bound * (1 - bound) / known)
                assert abs(share - bound) == pytest.approx(error)
            assert 0 <= low <= share <= high <= 1
            assert (low == 0, high == 1) == (success == 0, success == known)


# A craft's part of a whole, or None if it is left out.
Share = tuple[timedelta, timedelta] | None


def check_shares(found: Row, name: str, shares: list[Share]) -> None:
    """Compare a fraction, its n and how many it leaves out."""
    pairs = [share for share in shares if share]
    part, whole = (sum(side, ZERO) for side in zip(*pairs, strict=True)) if pairs else (0, 0)
    assert found[f"{name}_fraction"] == (part / whole if pairs else None)
    assert found[f"{name}_craft_count"] == len(pairs)
    assert found[f"{name}_left_out_count"] == len(shares) - len(pairs)


def test_utilisation(fleet, flown):
    """Time docked by LL2's totals and time in space, of every group and of all."""
    of = careers(flown)
    rows = [row for row in fleet["spacecraft"].rows(named=True) if counts(row)]
    docked: list[tuple[Row, Share]] = []
    served: list[tuple[Row, Share]] = []
    for row in rows:
        aloft, time_docked = row["time_in_space"], row["time_docked"]
        if row["flights_count"]:
            possible = None not in (aloft, time_docked) and ZERO <= time_docked <= aloft > ZERO
            docked.append((row, (time_docked, aloft) if possible else None))
        career = of.get(row["spacecraft_id"], [])
        last_end = career[-1]["end"] if career else None
        waiting = waits(row) and last_end is not None
        if row["flights_count"] >= 2 or waiting:
            launches = [leg["launch_net"] for leg in career]
            until = row["retrieved_at"] if waiting or row["in_space"] else last_end
            known = until and launches and None not in launches and aloft is not None
            known = known and len(career) >= row["flights_count"]
            possible = known and ZERO < aloft <= until - launches[0]
            served.append((row, (aloft, until - launches[0]) if possible else None))
    for found, is_mine in groups_of(rows, utilisation_by_family(fleet["spacecraft"], flown)):
        assert found["craft_count"] == sum(map(is_mine, rows))
        for name, shares in (("docked", docked), ("in_space", served)):
            check_shares(found, name, [share for row, share in shares if is_mine(row)])


def test_in_orbit(flown):
    """In each period of each group the overlaps with its flights, added up one by one."""
    rows = [row for career in careers(flown).values() for row in career]
    stays = [
        (row["family"], row["launch_net"], min(end, row["retrieved_at"]))
        for row in rows
        if (end := row["retrieved_at"] if row["is_open"] else row["end"]) and row["launch_net"]
    ]
    every = ("1w", "1mo", "2d")[len(rows) % 3]
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
    if not starts.is_empty():
        assert starts[-1] < ends[-1] == max(row["retrieved_at"] for row in rows)
        groups = sorted({row["family"] for row in rows}, key=lambda name: (name is None, name))
        assert presence["family"].to_list() == groups * len(starts)


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
    events = past(docked)
    for id_, career in careers(flown).items():
        of_craft = [row for row in events if row["spacecraft_id"] == id_]
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


def test_times_to_dock(flown, docked):
    """Row by row, and every count and the exact median of every group and of all."""
    every = arrivals(flown, docked)
    expected = [
        (
            leg["family"],
            leg["flight_id"],
            first["target_name"],
            first["docking"] - leg["launch_net"],
        )
        for leg, _, first in every
        if first
    ]
    found = times_to_dock(flown, docked)
    columns = ("family", "flight_id", "target_name", "time_to_dock")
    assert found.select(columns).rows() == expected
    legs = [leg for leg, *_ in every]
    for row, is_mine in groups_of(legs, time_to_dock_by_family(flown, docked)):
        mine = [outcome for leg, outcome, _ in every if is_mine(leg)]
        hours = sorted(took for family, *_, took in expected if is_mine({"family": family}))
        assert row["fastest_hours"] == (hours[0] / HOUR if hours else None)
        assert row["median_hours"] == (middle(hours) / HOUR if hours else None)
        assert row["flights_count"] == len(mine)
        for name in ("docked_flight", "never_docked", "unknown", "left_out"):
            assert row[f"{name}_count"] == mine.count(f"{name}_count")


def test_utilisation_by_events(fleet, docked):
    """The union of half days of each craft whose events add up, with its n and what it leaves."""
    rows = [row for row in fleet["spacecraft"].rows(named=True) if counts(row)]
    events = past(docked)
    shares: list[tuple[Row, Share, int]] = []
    for row in rows:
        mine = [one for one in events if one["spacecraft_id"] == row["spacecraft_id"]]
        total, aloft, page = row["time_docked"], row["time_in_space"], row["retrieved_at"]
        complete = total is not None and difference(total, mine, page) == ZERO
        union = len(set().union(*(halves(one, page) for one in mine))) * HALF
        if row["flights_count"]:
            possible = complete and aloft is not None and ZERO <= union <= aloft > ZERO
            shares.append((row, (union, aloft) if possible else None, len(mine)))
    summary = utilisation_by_family(fleet["spacecraft"], dockings=docked)
    for found, is_mine in groups_of(rows, summary):
        mine = [(share, count) for row, share, count in shares if is_mine(row)]
        check_shares(found, "docked", [share for share, _ in mine])
        used = [(share[0], count) for share, count in mine if share]
        days = sum(union / DAY for union, _ in used)
        assert found["docked_event_days"] == (days if used else None)
        assert found["docked_event_count"] == sum(count for _, count in used)


@pytest.mark.parametrize("by", ["target_name", "family"])
def test_station_occupancy(by, docked):
    """In each period the half days of each flight at each station, counted once."""
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


def test_unlisted_flights(flown, docked):
    """In each period the flights to each station without an event, by destination or inferred."""
    at_station = [row for row in past(docked) if counts(row) and row["target_kind"] == "station"]
    docked_kinds = {row["config_id"] for row in past(docked) if counts(row)}
    stations = {row["target_name"] for row in at_station}
    used: dict[str, tuple[datetime, datetime]] = {}
    for name in stations:
        mine = [row for row in at_station if row["target_name"] == name]
        ends = [
            row["retrieved_at"] if row["is_open"] else row["departure"] or row["mission_end"]
            for row in mine
        ]
        first = [row["docking"] for row in mine if row["docking"]]
        if first:
            used[name] = min(first), max(first + [end for end in ends if end])
    listed = {row["flight_id"] for row in past(docked)}
    lists: dict[str, list[tuple[datetime, datetime]]] = {name: [] for name in stations}
    for leg, outcome, _ in arrivals(flown, docked):
        launch, page = leg["launch_net"], leg["retrieved_at"]
        if outcome not in ("unknown_count", "left_out_count") or leg["flight_id"] in listed:
            continue
        if launch is None:
            continue
        until = page if leg["is_open"] else min(leg["end"] or launch, page)
        kind = "config_id" if leg["config_id"] in docked_kinds else "family"
        fitting = {
            row["target_name"]
            for row in at_station
            if row[kind] == leg[kind] is not None and row["target_name"] in used
            if launch <= used[row["target_name"]][1] and until >= used[row["target_name"]][0]
        }
        earthly = leg["launch_mission_orbit_celestial_body_name"] in (None, "Earth")
        names = [name for name in stations if name.lower() == (leg["destination"] or "").lower()]
        if leg["destination"] is None and len(fitting) == 1 and earthly:
            names = [*fitting]
        for name in names:
            lists[name].append((launch, max(until, launch + timedelta(microseconds=1))))
    found = station_occupancy(docked, flown, every="3d")
    for start, _, name, *_, unlisted in found.rows():
        within = [at for at in lists[name] if at[0] < start + 3 * DAY and at[1] > start]
        assert unlisted == len(within)
