"""Check what a measure gets, select the rows that count, and put the groups in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

import polars as pl
from polars import selectors

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
ALL = pl.lit("all")
# The side of a join to hold. Else Polars holds up to ten million rows of both to choose one.
BUILD: Final = "force_right"
MICROSECONDS_A_DAY = 86_400_000_000
MASS_SIMULATOR = 5
FLIGHT = (
    *("spacecraft_id", "flight_id", "launch_net", "mission_end", "retrieved_at"),
    *("is_planned", "in_space"),
)

_ACTIVE = 1
# Even a circle just above the ground takes 84 minutes and 29 seconds.
_ONE_ORBIT = pl.duration(minutes=84)
_INSTANTS = {
    *("launch_net", "next_launch_net", "mission_end", "docking", "departure"),
    *("period_start", "period_end", "retrieved_at"),
}
_DURATIONS = {
    *("time_in_space", "time_docked", "spacecraft_time_docked"),
    *("docked", "time_to_dock", "turnaround"),
}
_BOOLEANS = {
    *("in_space", "is_latest", "is_open", "is_placeholder", "is_planned"),
    *("landing_attempt", "landing_success"),
}
_INTEGERS = {
    *("spacecraft_id", "flight_id", "docking_id", "target_id", "config_id", "config_type_id"),
    *("status_id", "launch_status_id", "flight_number", "flights_count", "total_launch_count"),
}


class Options(NamedTuple):
    """The options of every measure: the column to group by, and which craft count."""

    by: str
    placeholders: bool
    mass_simulators: bool
    suborbital: bool = True


def same_kind(result: pl.LazyFrame, frame: Frame, *others: Frame | None) -> Frame:
    """Return the result as a DataFrame, or as it is if one of the frames is lazy."""
    for other in others:
        if isinstance(other, pl.LazyFrame):
            frame = other
    return result.collect() if isinstance(frame, pl.DataFrame) else result


def checked(frame: object, source: str, columns: Iterable[str]) -> pl.LazyFrame:
    """Return the frame as a LazyFrame with the columns, in types that measures compute with.

    Times are in µs and UTC; whole numbers may come as floats, as pandas makes them of nulls.

    Raise TypeError or ValueError for what is no such frame as `source`, an expression, gives.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        kind = type(frame).__name__
        if type(frame).__module__.startswith("pandas"):
            kind = f"a pandas {kind} (use polars.from_pandas)"
        raise TypeError(f"expected a Polars frame like {source}, got {kind}")
    lazy, needed = frame.lazy(), {*columns}
    schema = lazy.collect_schema()
    if missing := sorted(needed - {*schema}):
        raise ValueError(f"this frame lacks {', '.join(missing)}; pass a frame like {source}")
    not_whole = {one for one in needed & _INTEGERS if not schema[one].is_integer()}
    read_times = (
        "read instants with pl.read_csv(…, try_parse_dates=True) and durations with "
        "durations(pl.col(…))"
    )
    casts = []
    # A CSV file makes text of times, and a frame made by hand has no type for a column of nulls.
    for names, dtype, others, advice in (
        (_INSTANTS, pl.Datetime("us", "UTC"), (pl.Datetime, pl.Date), read_times),
        (_DURATIONS, pl.Duration("us"), (pl.Duration,), read_times),
        (_BOOLEANS, pl.Boolean(), (), "cast it to pl.Boolean"),
        (not_whole, pl.Int64(), (pl.Float64, pl.Float32), "cast it to pl.Int64"),
    ):
        found = [one for one in sorted(needed & names) if schema[one] != dtype]
        if unexpected := [one for one in found if schema[one] not in (*others, pl.Null)]:
            raise ValueError(
                f"this frame has {', '.join(unexpected)} as {schema[unexpected[0]]}: {advice}, "
                f"or pass a frame like {source}"
            )
        casts.append(pl.col(found).cast(dtype))
    return lazy.with_columns(casts)


def check_by(by: object, lazy: pl.LazyFrame, source: str, reserved: Iterable[str]) -> None:
    """Raise ValueError unless `by` is a column of plain values with no other use in the result."""
    schema = lazy.collect_schema()
    plain = [name for name, dtype in schema.items() if not dtype.is_nested()]
    if not isinstance(by, str):
        raise ValueError(
            f"by={by!r} should be the name of one column, such as 'family'; "
            "make one of several with pl.concat_str in the frame first"
        )
    if by in reserved and by in plain:
        raise ValueError(
            f"by={by!r} is also a column of the result; copy it under another name in the frame "
            f"first: with_columns(group_{by}=pl.col({by!r}))"
        )
    if by not in plain:
        what = "holds lists or structs" if by in schema else f"is not a column of {source}"
        from difflib import get_close_matches

        close = get_close_matches(by, plain, n=3) or ["family", "family_root", "config_name"]
        raise ValueError(f"by={by!r} {what}; did you mean {' or '.join(close)}?")


def select_rows(
    frame: Frame, table: str, columns: Sequence[str], options: Options, reserved: Iterable[str]
) -> pl.LazyFrame:
    """Return the rows that count, checked, with the columns and the column `group`."""
    source = f"snapshot.{table}"
    lazy = checked(frame, source, (*columns, "is_placeholder", "config_type_id"))
    check_by(options.by, lazy, source, reserved)
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
    """Return the flights that are not planned, with `known_end`."""
    return flights.filter(pl.col("is_planned").ne_missing(True)).with_columns(known_end=known_end())


def known_end() -> pl.Expr:
    """Return the end of a flight, null if it is before the launch."""
    return pl.when(pl.col("mission_end") >= pl.col("launch_net")).then("mission_end")


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


def quantile(values: pl.Expr, counts: pl.Expr, share: float) -> pl.Expr:
    """Return the quantile of sorted values, each there so many times, nulls first or 0 times."""
    # As Polars interpolates, to the last bit.
    rank, nulls = counts.cum_sum(), counts.filter(values.is_null()).sum()
    position = (counts.sum() - nulls - 1) * share + nulls
    low, high = (values.filter(rank > at).min() for at in (position.floor(), position.ceil()))
    return low + (high - low) * (position - position.floor())


def with_total(each: pl.LazyFrame, total: pl.LazyFrame, *order: str) -> pl.LazyFrame:
    """Return the groups in order, their names as text, and below them the rows of `all`."""
    # Numbers as text would not be in their order, so the text comes after the sort.
    named = as_words(each.sort("group", *order, nulls_last=True))
    return pl.concat([named, total.sort("group", *order)])


def as_words(grouped: Frame) -> Frame:
    """Return the frame with `group` as text; durations, which Polars can't cast, as ISO 8601."""
    durations = selectors.duration() & selectors.by_name("group")
    texts = grouped.with_columns(durations.dt.to_string("iso"))
    return texts.with_columns(pl.col("group").cast(pl.String))


def place() -> pl.Expr:
    """Return a number that puts flights in order by craft, then `flight_number`.

    One key sorts in half the time of two.
    """
    return pl.col("spacecraft_id").cast(pl.Int128) * 2**64 + pl.col("flight_number")


def may_fly_again() -> pl.Expr:
    """Return whether the craft is Active and on the ground; with a known last end it waits."""
    return pl.col("status_id").eq_missing(_ACTIVE) & pl.col("in_space").ne_missing(True)


def count(condition: pl.Expr) -> pl.Expr:
    # Polars counts in unsigned integers, whose differences wrap below zero.
    return condition.sum().cast(pl.Int64)


def exact(duration: pl.Expr) -> pl.Expr:
    # 64 bits of microseconds wrap silently at 292,271 years, less than a large fleet spends.
    return duration.dt.total_microseconds().cast(pl.Int128)
