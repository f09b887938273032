"""Presence over the years: how much of each period spans of time fill, and how many craft fly."""

from __future__ import annotations

import re

import polars as pl

from spacecraft_analysis.measures.inputs import Frame, as_given, collected
from spacecraft_analysis.measures.selection import (
    MICROSECONDS_A_DAY,
    Choice,
    chosen_flights,
    exact,
    in_order,
)

_MOST_ROWS = 2_000_000
_HOURS = {"y": 8_766, "q": 2_191.5, "mo": 730.5, "w": 168, "d": 24, "h": 1}
# Longer ones begin before the years that Python and Polars can tell.
_EVERY = re.compile(rf"([1-9][0-9]{{0,2}})({'|'.join(_HOURS)})")
_PRESENCE = ("period_start", "craft_days", "average_in_orbit")


def in_orbit(
    flights: Frame,
    every: str = "1y",
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """How many craft were in space at a time, one row per period and family.

    `craft_days` is the time that the family's flights spent in space within the period, from
    `launch_net` to `mission_end`, in days of 24 hours; `average_in_orbit` is the same divided by
    the period's length: the average number of craft in space. It is time in space, since suborbital
    and lunar craft count too.

    Periods begin on the calendar in UTC and are without gaps, from the one of the first launch to
    `retrieved_at` (the latest), where the last one ends: its length is cut there. Every family has
    every period, with 0 where nothing flew. An open flight lasts up to `retrieved_at`. A flight
    whose end is unknown otherwise is left out, since nobody says how long it lasted; `check` lists
    them. The craft's group is the flight's. There is no row `all`: the groups add up. Rows are
    ordered by `period_start`, then group, null last.

    More than 2,000,000 rows are refused. The rows of a lazy frame nobody knows beforehand: hours
    over sixty years are half a million periods for each family, and gigabytes for all of them.

    Args:
        flights: The flights table.
        every: The length of a period: a number up to 999 and `y`, `q`, `mo`, `w`, `d` or `h`.
        by: The column to group by; the second column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether craft count that never went around the Earth (see `measures`).

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `every` is no such length or makes too many rows, a column lacks or is of
            another kind, or `by` is none to group by. The message says what is possible.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> presence = in_orbit(read_sample().flights, every="1mo")
        >>> for row in presence.filter(family="Soyuz").tail(3).iter_rows():
        ...     print(row[0].date(), row[1], round(row[2], 3), row[3])
        2025-02-01 Soyuz 28.0 1.0
        2025-03-01 Soyuz 31.0 1.0
        2025-04-01 Soyuz 6.992 1.0
    """
    hours = hours_of(every)
    choice = Choice(by, placeholders, mass_simulators, suborbital)
    chosen = chosen_flights(flights, choice, _PRESENCE)
    if isinstance(flights, pl.DataFrame):
        check_size(flights, chosen, "launch_net", hours, "flights")
    begun = in_order(chosen)
    is_open = pl.col("is_last") & pl.col("in_space") & pl.col("mission_end").is_null()
    goes_on = is_open | (pl.col("known_end") > pl.col("retrieved_at"))
    until = pl.when(goes_on).then("retrieved_at").otherwise("known_end")
    stays = begun.select("group", "retrieved_at", start="launch_net", until=until)
    return as_given(over_time(stays, stays, every, _PRESENCE, by), flights)


def hours_of(every: object) -> float:
    """About how many hours the period lasts, once it is known to be one."""
    match = _EVERY.fullmatch(str(every))
    if not match:
        raise ValueError(
            f"every={every!r} is no length of a period; give a number and a unit, such as "
            "'1y', '1q', '1mo', '1w', '1d' or '12h'"
        )
    return int(match[1]) * _HOURS[match[2]]


def check_size(
    given: pl.DataFrame, rows: pl.LazyFrame, instant: str, hours: float, table: str
) -> None:
    """Nothing, if periods of so many hours are not too many rows for all groups."""
    span = pl.col("retrieved_at").max() - pl.col(instant).min()
    counted = rows.select(span=span.dt.total_hours(), groups=pl.col("group").n_unique())
    span_hours, groups = collected(counted, given).row(0)
    periods = (span_hours or 0) / hours
    if periods * groups > _MOST_ROWS:
        raise ValueError(
            f"about {periods:,.0f} periods for each of {groups:,} groups are more than the "
            f"{_MOST_ROWS:,} rows that are made in one go; give longer periods, or fewer rows, "
            f"such as {table}.filter(pl.col({instant!r}).dt.year() >= 2020)"
        )


def over_time(
    rows: pl.LazyFrame, spans: pl.LazyFrame, every: str, names: tuple[str, str, str], by: str
) -> pl.LazyFrame:
    """How much of each period the spans of each group fill, in days and on average.

    Periods and groups are those of the rows (`group`, `start`, `retrieved_at`), spans have `group`,
    `start` and `until`; one without either is none. `names` are those of period, days and average.
    """
    period, days, average = names
    known = spans.drop_nulls(("start", "until"))
    time = pl.col("time")
    return (
        _filled(_periods(rows, every), _changes(known, every))
        .sort("period_start", "group", nulls_last=True)
        .select(
            pl.col("period_start").alias(period),
            pl.col("group").alias(by),
            (time / MICROSECONDS_A_DAY).alias(days),
            (time / pl.col("length")).alias(average),
        )
    )


def _periods(rows: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Every period for every group, with its length."""
    first = pl.col("start").min().dt.truncate(every)
    periods = (
        rows.select(first=first, last=pl.col("retrieved_at").max())
        .select(
            "last",
            period_start=pl.datetime_ranges("first", "last", interval=every, closed="left"),
        )
        .explode("period_start", empty_as_null=False, keep_nulls=False)
    )
    end = pl.col("period_start").shift(-1).fill_null(pl.col("last"))
    return periods.select("period_start", length=exact(end - pl.col("period_start"))).join(
        rows.select("group").unique(), how="cross"
    )


def _changes(spans: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """By how much each period changed presence, and how late in it, summed over spans.

    Counting changes costs one row a span and instant, however many periods it lasts.
    """
    changes = [
        spans.group_by("group", period_start=pl.col(instant).dt.truncate(every)).agg(
            change=sign * pl.len().cast(pl.Int64),
            lateness=sign * exact(pl.col(instant) - pl.col(instant).dt.truncate(every)).sum(),
        )
        for instant, sign in (("start", 1), ("until", -1))
    ]
    return (
        pl.concat(changes).group_by("group", "period_start").agg(pl.col("change", "lateness").sum())
    )


def _filled(periods: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """The time within each period.

    Everyone that came or was there stays to the period's end, less what is after its change.
    """
    present = pl.col("change").fill_null(0).cum_sum().over("group")
    time = present * pl.col("length") - pl.col("lateness").fill_null(0)
    return (
        periods.join(changes, on=("group", "period_start"), how="left", nulls_equal=True)
        .sort("group", "period_start", nulls_last=True)
        .with_columns(time=time)
    )
