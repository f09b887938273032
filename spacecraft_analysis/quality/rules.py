"""The rules: for each what breaks it, and how to say so."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spacecraft_analysis.frames.schema import DURATION
from spacecraft_analysis.frames.tables import SPACECRAFT, TABLES

_TEN_YEARS = pl.duration(days=3652, hours=12)


_SECOND = pl.duration(seconds=1)
MINUTE = pl.duration(minutes=1)


_UNFLOWN = pl.col("time_in_space") - pl.col("_flown")


@dataclass(frozen=True)
class Rule:
    """One thing that can't be right: which rows break it, and how to say so.

    `broken` and the columns named in `explanation` (in braces, as text) are those of the table's
    frame with the helper columns of `_with_neighbours` and `_with_flights`.
    """

    name: str
    severity: str
    table: str
    column: str
    broken: pl.Expr
    explanation: str
    needs_flights: bool = False


def last_moment(end: str) -> pl.Expr:
    """The latest that an end may have been: one at midnight may be known to the day only."""
    midnight = pl.col(end).dt.truncate("1d")
    return pl.when(pl.col(end) == midnight).then(midnight.dt.offset_by("1d")).otherwise(end)


RULES = (
    Rule(
        "docked longer than in space",
        "error",
        "spacecraft",
        "time_docked",
        pl.col("time_docked") > pl.col("time_in_space"),
        "docked {time_docked}, but in space only {time_in_space}",
    ),
    Rule(
        "zero time in space though flown",
        "warning",
        "spacecraft",
        "time_in_space",
        (pl.col("time_in_space") == pl.duration()) & (pl.col("flights_count") > 0),
        "flights_count is {flights_count}, but there is no time in space",
    ),
    Rule(
        "more mission ends than flights",
        "error",
        "spacecraft",
        "mission_ends_count",
        pl.col("mission_ends_count") > pl.col("flights_count"),
        "mission_ends_count is {mission_ends_count}, but flights_count only {flights_count}",
    ),
    Rule(
        "turnaround though fewer than two flights",
        "error",
        "spacecraft",
        "fastest_turnaround",
        pl.col("fastest_turnaround").is_not_null() & (pl.col("flights_count") < 2),
        "a turnaround of {fastest_turnaround}, but flights_count is {flights_count}",
    ),
    Rule(
        "flights begun ≠ flights_count",
        "error",
        "spacecraft",
        "flights_count",
        pl.col("flights_count") != pl.col("_flights_begun"),
        "{_flights_begun} listed that have begun, but flights_count is {flights_count}",
        needs_flights=True,
    ),
    Rule(
        "Σ flight durations ≠ time in space",
        "error",
        "spacecraft",
        "time_in_space",
        # A flight of unknown length may make up for what is lacking, but not for what is too much.
        pl.when("_all_told").then(_UNFLOWN.abs()).otherwise(-_UNFLOWN)
        # A craft in space grows older between two answers of one pull, and inside one: LL2 works
        # out a page record by record.
        > pl.when("in_space").then(pl.col("_between_pages") + MINUTE).otherwise(_SECOND),
        "the flights last {_flown} together, but time in space is {time_in_space}",
        needs_flights=True,
    ),
    Rule(
        "recomputed fastest turnaround ≠ LL2's",
        "error",
        "spacecraft",
        "fastest_turnaround",
        pl.col("_fastest").ne_missing(pl.col("fastest_turnaround"))
        & pl.col("_fastest").is_not_null(),
        "the flights give {_fastest}, LL2 says {fastest_turnaround}",
        needs_flights=True,
    ),
    Rule(
        "duration ≠ mission end − launch",
        "error",
        "flights",
        "duration",
        pl.col("duration") != pl.col("mission_end") - pl.col("launch_net"),
        "duration {duration}, but launched {launch_net} and ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "mission end before or at launch",
        "error",
        "flights",
        "mission_end",
        pl.col("mission_end") <= pl.col("launch_net"),
        "launched {launch_net}, but ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "end unknown though not in space",
        "warning",
        "flights",
        "mission_end",
        pl.col("mission_end").is_null()
        & pl.col("_begun")
        & ~(pl.col("in_space") & pl.col("_is_last")),
        "the craft is not in space on this flight (launched {launch_net}), but no end is known; "
        "measures leave it out",
        needs_flights=True,
    ),
    Rule(
        "end exactly at midnight, so perhaps known to the day only",
        "note",
        "flights",
        "mission_end",
        pl.col("mission_end") == pl.col("mission_end").dt.truncate("1d"),
        "ended {mission_end}; if only the day is known, the flight lasted up to a day longer",
        needs_flights=True,
    ),
    Rule(
        "overlapping flights of one craft",
        "error",
        "flights",
        "launch_net",
        pl.col("_begun") & (pl.col("launch_net") < pl.col("_latest_end_before")),
        "launched {launch_net}, while a flight of the same craft lasted until {_latest_end_before}",
        needs_flights=True,
    ),
    Rule(
        "turnaround over ten years",
        "warning",
        "flights",
        "turn_around_time",
        pl.col("turn_around_time") > _TEN_YEARS,
        "{turn_around_time} between two flights of one craft is more than ten years",
        needs_flights=True,
    ),
)


NEGATIVE = tuple(
    Rule(
        "negative duration",
        "error",
        table.name,
        column.name,
        pl.col(column.name) < pl.duration(),
        f"{column.name} of {{{column.name}}} is less than nothing",
        needs_flights=table is not SPACECRAFT,
    )
    for table in TABLES
    for column in table.columns
    if column.dtype == DURATION and column in table.own and not column.repeats
)
