"""The measures of random fleets, against loops in plain Python that follow the definitions.

The fleets hold what data can hold: unknown launches and ends, ends before the launch or after the
retrieval, overlapping and planned flights, two flights launched at one time, craft in space with an
end, pages of different times, placeholders, mass simulators and groups without a name.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import (
    in_orbit,
    turnaround_by_family,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import ACTIVE, RETIRED, craft, flight, flights, spacecraft

# Hundreds of random fleets.
pytestmark = pytest.mark.slow

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOUGHT = timedelta(0)
NEVER = datetime.max.replace(tzinfo=timezone.utc)
Row = dict[str, Any]

# Days and half days: an end at midnight may be known to the day only.
INSTANTS = st.one_of(st.none(), *2 * [st.integers(0, 120).map(lambda half: half / 2)])
CRAFT = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["Condor", "Falcon", None]),
        "status_id": st.sampled_from([ACTIVE, RETIRED, None]),
        "in_space": st.booleans(),
        "is_placeholder": st.sampled_from([False, False, False, True]),
        "config_type_id": st.sampled_from([2, 2, 5, None]),
        "retrieved_at": st.sampled_from([50, 52]),
    }
)
LEGS = st.lists(st.tuples(INSTANTS, INSTANTS), max_size=5)
DAYS = st.one_of(st.none(), st.integers(-2, 70))
FLEETS = st.lists(st.tuples(CRAFT, LEGS, DAYS, DAYS), max_size=7)


def tables(fleet: list[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The spacecraft table and the flights table of a fleet."""
    legs = [
        flight(id_, *leg, **more) for id_, (more, legs, *_) in enumerate(fleet, 1) for leg in legs
    ]
    listed = [
        craft(id_, len(legs), aloft, docked, **more)
        for id_, (more, legs, aloft, docked) in enumerate(fleet, 1)
    ]
    return spacecraft(*listed), flights(*legs)


def counts(row: Row) -> bool:
    return not row["is_placeholder"] and row["config_type_id"] != 5


def careers(flown: pl.DataFrame) -> dict[int, list[Row]]:
    """The flights begun of each craft that counts, in order, with `end` where it is known."""
    found = defaultdict(list)
    for row in flown.rows(named=True):
        launch, end = row["launch_net"], row["mission_end"]
        if counts(row) and (launch is None or launch <= row["retrieved_at"]):
            known = launch is not None and end is not None and end >= launch
            found[row["spacecraft_id"]].append(row | {"end": end if known else None})
    for rows in found.values():
        rows.sort(key=lambda row: (row["launch_net"] or NEVER, row["flight_id"]))
    return dict(sorted(found.items()))


def waits(last: Row) -> bool:
    return last["status_id"] == ACTIVE and not last["in_space"]


def is_midnight(instant: datetime) -> bool:
    return instant.hour == instant.minute == instant.second == instant.microsecond == 0


def ground_periods(flown: pl.DataFrame) -> list[tuple[Row, Row | None, timedelta | None]]:
    """Each period between two flights and each wait; its length, unless left out."""
    periods: list[tuple[Row, Row | None, timedelta | None]] = []
    for rows in careers(flown).values():
        for row, following in [*pairwise(rows), (rows[-1], None)]:
            if following is None and not waits(row):
                continue
            until = following["launch_net"] if following else row["retrieved_at"]
            known = until is not None and row["end"] is not None
            length = until - row["end"] if known else None
            impossible = known and length < (DAY if is_midnight(row["end"]) else NOUGHT)
            periods.append((row, following, None if impossible else length))
    return periods


@given(FLEETS)
@settings(max_examples=200)
def test_turnarounds(fleet: list[Any]) -> None:
    """Row by row: whose, between which flights, how long, and whether it is over."""
    _, flown = tables(fleet)
    expected = [
        (row["flight_id"], following and following["flight_id"], length, following is not None)
        for row, following, length in ground_periods(flown)
        if length is not None
    ]
    columns = ("flight_id", "next_flight_id", "turnaround", "observed")
    assert turnarounds(flown).select(columns).rows() == expected


@given(FLEETS)
@settings(max_examples=200)
def test_turnaround_by_family(fleet: list[Any]) -> None:
    """Every count of every group and of all, and the exact median of the ended periods."""
    _, flown = tables(fleet)
    of = careers(flown)
    rows = [row for career in of.values() for row in career]
    periods = ground_periods(flown)
    summary = turnaround_by_family(flown).rows(named=True)
    groups = sorted({row["family"] for row in rows}, key=lambda name: (name is None, name))
    assert [row["family"] for row in summary] == [*groups, "all"]
    for place, found in enumerate(summary):
        everyone = place == len(groups)
        mine = [row for row in rows if everyone or row["family"] == found["family"]]
        lasted = [
            (following, length)
            for row, following, length in periods
            if everyone or row["family"] == found["family"]
        ]
        ended = sorted(length for following, length in lasted if following and length is not None)
        done = [
            career[-1]
            for career in of.values()
            if career[-1] in mine and not waits(career[-1]) and not career[-1]["in_space"]
        ]
        expected = {
            "craft_count": len({row["spacecraft_id"] for row in mine}),
            "flights_count": len(mine),
            "turnaround_count": len(ended),
            "censored_count": sum(not next_ and length is not None for next_, length in lasted),
            "not_waiting_count": len(done),
            "left_out_count": sum(length is None for _, length in lasted),
            "fastest_days": ended[0] / DAY if ended else None,
            "median_days": middle(ended) / DAY if ended else None,
        }
        assert {name: found[name] for name in expected} == expected


def middle(ordered: list[timedelta]) -> timedelta:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@given(FLEETS)
@settings(max_examples=200)
def test_utilisation(fleet: list[Any]) -> None:
    """The ratios of all craft as exact fractions, each with its n and how many it leaves out."""
    listed, flown = tables(fleet)
    of = careers(flown)
    docked, served, left_out = [], [], [0, 0]
    for row in filter(counts, listed.rows(named=True)):
        aloft, time_docked = row["time_in_space"], row["time_docked"]
        if row["flights_count"]:
            possible = None not in (aloft, time_docked) and NOUGHT <= time_docked <= aloft > NOUGHT
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
            possible = known and NOUGHT < aloft <= until - launches[0]
            served += [(aloft, until - launches[0])] if possible else []
            left_out[1] += not possible
    found = utilisation_by_family(listed, flown).row(-1, named=True)
    for name, pairs, lost in (
        ("docked", docked, left_out[0]),
        ("in_space", served, left_out[1]),
    ):
        part, whole = (sum(side, NOUGHT) for side in zip(*pairs, strict=True)) if pairs else (0, 0)
        assert found[f"{name}_fraction"] == (
            float(Fraction(part // HOUR, whole // HOUR)) if pairs else None
        )
        assert (found[f"{name}_craft_count"], found[f"{name}_left_out_count"]) == (len(pairs), lost)


@pytest.mark.parametrize("every", ["1w", "1mo", "5d"])
@given(FLEETS)
@settings(max_examples=60)
def test_in_orbit(every: str, fleet: list[Any]) -> None:
    """Each group's sum over the periods is its flights' time in space, and none is negative."""
    _, flown = tables(fleet)
    aloft: dict[str | None, timedelta] = defaultdict(timedelta)
    for rows in careers(flown).values():
        for row in rows:
            is_open = row is rows[-1] and row["in_space"] and row["mission_end"] is None
            end = row["retrieved_at"] if is_open else row["end"]
            if row["launch_net"] and end:
                aloft[row["family"]] += min(end, row["retrieved_at"]) - row["launch_net"]
    presence = in_orbit(flown, every)
    sums = dict(presence.group_by("family").agg(pl.col("craft_days").sum()).iter_rows())
    assert {group: days for group, days in sums.items() if days} == {
        group: pytest.approx(time / DAY) for group, time in aloft.items() if time
    }
    assert (presence["craft_days"] >= 0).all()
