"""What all measures share: which craft and flights count, in which order, in which groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl
from polars import selectors

from spacecraft_analysis.measures.inputs import Frame, check_by, check_flags, checked

ALL = pl.lit("all")
MICROSECONDS_A_DAY = 86_400_000_000
CRAFT = ("spacecraft_id", "in_space", "status_id", "retrieved_at")
FLIGHT = (*CRAFT, "flight_id", "launch_net", "mission_end")

_ACTIVE = 1
_MASS_SIMULATOR = 5
_FLAGS = ("is_placeholder", "config_type_id")
# Even a circle just above the ground takes 84 minutes and 29 seconds.
_ONCE_AROUND = pl.duration(minutes=84)


class Choice(NamedTuple):
    """What one may ask of every measure: how to group, and which craft count beside the usual."""

    by: str
    placeholders: bool
    mass_simulators: bool
    suborbital: bool = True


def chosen(
    frame: Frame, table: str, needed: Sequence[str], choice: Choice, taken: Iterable[str]
) -> pl.LazyFrame:
    """The rows that count, checked, in the columns needed and the column `group`."""
    lazy = checked(frame, f"snapshot.{table}", (*needed, *_FLAGS))
    check_by(choice.by, lazy, taken)
    check_flags(
        placeholders=choice.placeholders,
        mass_simulators=choice.mass_simulators,
        suborbital=choice.suborbital,
    )
    return lazy.filter(
        pl.lit(bool(choice.placeholders)) | pl.col("is_placeholder").ne_missing(True),
        pl.lit(bool(choice.mass_simulators)) | pl.col("config_type_id").ne_missing(_MASS_SIMULATOR),
    ).select(pl.col(choice.by).alias("group"), *needed)


def chosen_flights(
    flights: Frame, choice: Choice, taken: Iterable[str], also: Sequence[str] = ()
) -> pl.LazyFrame:
    """The flights that count, in the columns that measures need and `also`."""
    if choice.suborbital:
        return chosen(flights, "flights", (*FLIGHT, *also), choice, taken)
    rows = chosen(flights, "flights", (*FLIGHT, *also, "destination"), choice, taken)
    return rows.join(never_around(rows), on="spacecraft_id", how="anti")


def never_around(flights: pl.LazyFrame) -> pl.LazyFrame:
    """The ids of the craft that flew, but never once around the Earth as far as is known."""
    length = pl.col("mission_end") - pl.col("launch_net")
    said = pl.col("destination").eq_missing("Suborbital")
    below = said | ((length > pl.duration()) & (length < _ONCE_AROUND))
    around = pl.col("in_space") | (~said & (length >= _ONCE_AROUND))
    craft = flights.group_by("spacecraft_id").agg(never=below.any() & ~around.any())
    return craft.filter("never").select("spacecraft_id")


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


def begun(flights: pl.LazyFrame) -> pl.LazyFrame:
    """The flights that are not planned for later, each with its end as far as it is known."""
    ends = pl.col("mission_end") >= pl.col("launch_net")
    return flights.filter(
        pl.col("launch_net").le(pl.col("retrieved_at")).fill_null(True)
    ).with_columns(known_end=pl.when(ends).then("mission_end"))


def in_order(flights: pl.LazyFrame) -> pl.LazyFrame:
    """The flights begun, craft by craft in their order, each with the next of its craft."""
    craft = pl.col("spacecraft_id")
    # A neighbour's column by comparing ids streams; a window over each craft does not.
    follows = craft.shift(-1).eq(craft).fill_null(False)
    return (
        begun(flights)
        .sort("spacecraft_id", "launch_net", "flight_id", nulls_last=True)
        .with_columns(
            is_last=~follows,
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
