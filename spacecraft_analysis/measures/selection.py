"""Select the rows that a measure counts, and put its groups in order with the row `all`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl
from polars import selectors

from spacecraft_analysis.measures.inputs import Frame, check_by, checked

ALL = pl.lit("all")
MICROSECONDS_A_DAY = 86_400_000_000
MASS_SIMULATOR = 5
FLIGHT = (
    *("spacecraft_id", "flight_id", "launch_net", "mission_end", "retrieved_at"),
    *("is_planned", "in_space"),
)

_ACTIVE = 1
_FLAGS = ("is_placeholder", "config_type_id")
# Even a circle just above the ground takes 84 minutes and 29 seconds.
_ONE_ORBIT = pl.duration(minutes=84)


class Options(NamedTuple):
    """The options of every measure: the column to group by, and which craft count."""

    by: str
    placeholders: bool
    mass_simulators: bool
    suborbital: bool = True


def select_rows(
    frame: Frame, table: str, columns: Sequence[str], options: Options, reserved: Iterable[str]
) -> pl.LazyFrame:
    """Return the rows that count, checked, with the columns and the column `group`."""
    lazy = checked(frame, f"snapshot.{table}", (*columns, *_FLAGS))
    check_by(options.by, lazy, reserved)
    for name, value in options._asdict().items():
        # Any text, "no" too, would count as true.
        if name != "by" and value not in (True, False):
            raise TypeError(f"{name}={value!r}: expected True or False")
    return lazy.filter(
        pl.lit(bool(options.placeholders)) | pl.col("is_placeholder").ne_missing(True),
        pl.lit(bool(options.mass_simulators)) | pl.col("config_type_id").ne_missing(MASS_SIMULATOR),
    ).select(pl.col(options.by).alias("group"), *columns)


def select_flights(
    flights: Frame, options: Options, reserved: Iterable[str], columns: Sequence[str] = ()
) -> pl.LazyFrame:
    """Return the begun flights that count, with `known_end`, those of FLIGHT and `columns`."""
    needed = (*FLIGHT, *columns, *(() if options.suborbital else ("destination",)))
    rows = begun_flights(select_rows(flights, "flights", needed, options, reserved))
    if not options.suborbital:
        rows = rows.join(suborbital_craft(rows), on="spacecraft_id", how="anti")
    return rows


def begun_flights(flights: pl.LazyFrame) -> pl.LazyFrame:
    """Return the flights that are not planned, with `known_end`: null if before the launch."""
    is_possible = pl.col("mission_end") >= pl.col("launch_net")
    return flights.filter(pl.col("is_planned").ne_missing(True)).with_columns(
        known_end=pl.when(is_possible).then("mission_end")
    )


def suborbital_craft(flights: pl.LazyFrame) -> pl.LazyFrame:
    """Return the ids of the craft that, as far as is known, never went around the Earth."""
    length = pl.col("mission_end") - pl.col("launch_net")
    labelled = pl.col("destination").eq_missing("Suborbital")
    below = labelled | ((length > pl.duration()) & (length < _ONE_ORBIT))
    around = pl.col("in_space") | (~labelled & (length >= _ONE_ORBIT))
    craft = flights.group_by("spacecraft_id").agg(never=below.any() & ~around.any())
    return craft.filter("never").select("spacecraft_id")


def summarise(rows: pl.LazyFrame, terms: Mapping[str, pl.Expr], by: str) -> pl.LazyFrame:
    """Return the terms of each group, and of all rows."""
    each = rows.group_by("group").agg(**terms)
    return with_total(each, rows.select(group=ALL, **terms)).rename({"group": by})


def with_total(each: pl.LazyFrame, total: pl.LazyFrame, *order: str) -> pl.LazyFrame:
    """Return the groups in order, their names as text, and below them the rows of `all`."""
    # Numbers as text would not be in their order, so the text comes after the sort.
    named = as_words(each.sort("group", *order, nulls_last=True))
    return pl.concat([named, total.sort("group", *order)])


def as_words(grouped: Frame) -> Frame:
    """Return the frame with `group` as text; durations, which Polars can't cast, as ISO 8601."""
    durations = selectors.duration() & selectors.by_name("group")
    return grouped.with_columns(durations.dt.to_string("iso")).with_columns(
        pl.col("group").cast(pl.String)
    )


def place() -> pl.Expr:
    """Return a number that puts flights in order by craft, then `flight_number`.

    One key sorts in half the time of two.
    """
    return pl.col("spacecraft_id").cast(pl.Int128) * 2**64 + pl.col("flight_number")


def may_fly_again() -> pl.Expr:
    """Whether the craft is Active and on the ground; if its last end is known it waits."""
    return pl.col("status_id").eq_missing(_ACTIVE) & pl.col("in_space").ne_missing(True)


def count(condition: pl.Expr) -> pl.Expr:
    # Polars counts in unsigned integers, whose differences wrap below zero.
    return condition.sum().cast(pl.Int64)


def exact(duration: pl.Expr) -> pl.Expr:
    # 64 bits of microseconds wrap silently at 292,271 years, less than a large fleet spends.
    return duration.dt.total_microseconds().cast(pl.Int128)
