"""What all measures share: which craft and flights count, in which order, in which groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

import polars as pl
from polars import selectors

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

ALL = pl.lit("all")
MICROSECONDS_A_DAY = 86_400_000_000
CRAFT = ("spacecraft_id", "in_space", "status_id", "retrieved_at")
FLIGHT = (*CRAFT, "flight_id", "launch_net", "mission_end")

_ACTIVE = 1
_MASS_SIMULATOR = 5
_FLAGS = ("is_placeholder", "config_type_id")
# What a CSV file makes text of.
_TIMES = {"launch_net", "mission_end", "retrieved_at", "time_in_space", "time_docked"}


def as_given(result: pl.LazyFrame, given: Frame) -> Frame:
    """The result as the kind of frame that was given; only a frame in memory is collected."""
    # Sorting ten million flights takes the in-memory engine three times as long.
    return result.collect(engine="streaming") if isinstance(given, pl.DataFrame) else result


def checked(frame: pl.DataFrame | pl.LazyFrame, table: str, needed: Sequence[str]) -> pl.LazyFrame:
    """The frame, lazy, once it is known to have the columns needed, times among them as such."""
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        kind = type(frame).__name__
        raise TypeError(f"{table} should be a Polars frame, as snapshot.{table} is, not a {kind}")
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    lacking = sorted({*needed, *_FLAGS} - {*schema})
    if lacking:
        raise ValueError(f"this frame lacks {', '.join(lacking)}; give snapshot.{table}")
    texts = [name for name in needed if name in _TIMES and schema[name] == pl.String]
    if texts:
        raise ValueError(
            f"this frame has text as {', '.join(texts)}: read instants with "
            "pl.read_csv(…, try_parse_dates=True) and durations with durations(pl.col(…)), "
            f"or give snapshot.{table}"
        )
    # Someone may have turned a column into the time of another place.
    return lazy.with_columns(selectors.datetime(time_zone="*").dt.convert_time_zone("UTC"))


def check_by(by: str, lazy: pl.LazyFrame, taken: Iterable[str]) -> None:
    """Nothing, if `by` is a column of plain values whose name the result has no other use for."""
    schema = lazy.collect_schema()
    plain = [name for name, dtype in schema.items() if not dtype.is_nested()]
    if not isinstance(by, str):
        raise ValueError(f"by={by!r} should be the name of one column, such as 'family'")
    if by in taken:
        raise ValueError(f"by={by!r} is also a column of the result; rename it in the frame first")
    if by not in plain:
        what = "holds lists or structs" if by in schema else "is no column of this frame"
        close = get_close_matches(by, plain, n=3) or ["family", "family_root", "config_name"]
        raise ValueError(f"by={by!r} {what}; did you mean {' or '.join(close)}?")


def chosen_rows(
    lazy: pl.LazyFrame,
    by: str,
    needed: Sequence[str],
    placeholders: bool,
    mass_simulators: bool,
) -> pl.LazyFrame:
    """The rows that count, in the columns needed and the column `group`."""
    return lazy.filter(
        pl.lit(placeholders) | pl.col("is_placeholder").ne_missing(True),
        pl.lit(mass_simulators) | pl.col("config_type_id").ne_missing(_MASS_SIMULATOR),
    ).select(pl.col(by).alias("group"), *needed)


def each_and_all(each: pl.LazyFrame, total: pl.LazyFrame, *then: str) -> pl.LazyFrame:
    """The groups in order, their names as text, and below them the rows of `all`."""
    # Numbers as text would not be in their order, so the text comes after the sort.
    named = as_words(each.sort("group", *then, nulls_last=True))
    return pl.concat([named, total.sort("group", *then)])


def as_words(grouped: Frame) -> Frame:
    """The frame with its column `group` as text; Polars has none for a duration, ISO 8601 has."""
    durations = selectors.duration() & selectors.by_name("group")
    return grouped.with_columns(durations.dt.to_string("iso")).with_columns(
        pl.col("group").cast(pl.String)
    )


def in_order(flights: pl.LazyFrame) -> pl.LazyFrame:
    """The flights begun, craft by craft in their order, each with its known end and the next."""
    craft = pl.col("spacecraft_id")
    # A neighbour's column by comparing ids streams; a window over each craft does not.
    follows = craft.shift(-1).eq(craft).fill_null(False)
    ends = pl.col("mission_end") >= pl.col("launch_net")
    return (
        flights.filter(pl.col("launch_net").le(pl.col("retrieved_at")).fill_null(True))
        .sort("spacecraft_id", "launch_net", "flight_id", nulls_last=True)
        .with_columns(
            is_last=~follows,
            known_end=pl.when(ends).then("mission_end"),
            next_flight_id=pl.when(follows).then(pl.col("flight_id").shift(-1)),
            next_launch_net=pl.when(follows).then(pl.col("launch_net").shift(-1)),
        )
    )


def may_fly_again() -> pl.Expr:
    """Whether the craft is Active and on the ground; with a known last end it waits."""
    return pl.col("status_id").eq_missing(_ACTIVE) & pl.col("in_space").ne_missing(True)


def count(statement: pl.Expr) -> pl.Expr:
    # Polars counts in unsigned integers, whose differences wrap below zero.
    return statement.sum().cast(pl.Int64)


def exact(duration: pl.Expr) -> pl.Expr:
    # 64 bits of microseconds wrap silently at 292,271 years, less than a large fleet spends.
    return duration.dt.total_microseconds().cast(pl.Int128)
