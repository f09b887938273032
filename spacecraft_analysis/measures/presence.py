"""Presence in space over the years."""

from __future__ import annotations

import re

import polars as pl

from spacecraft_analysis.measures.fleet import (
    FLIGHT,
    MICROSECONDS_A_DAY,
    Frame,
    as_given,
    check_by,
    checked,
    chosen_rows,
    exact,
    in_order,
)


def in_orbit(
    flights: Frame,
    every: str = "1y",
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """How many craft were in space at a time, one row per period and family.

    `craft_days` is the time that the family's flights spent in space within the period, from
    `launch_net` to `mission_end`, in days of 24 hours; `average_in_orbit` is the same divided by
    the period's length: the average number of craft in space. It is time in space, since suborbital
    and lunar craft count too.

    Periods begin on the calendar in UTC and are without gaps, from the one of the first launch to
    `retrieved_at` (the latest), where the last one ends: its length is cut there. Every family has
    every period, with 0 where nothing flew. An open flight lasts up to `retrieved_at`. A flight
    whose end is unknown otherwise is left out: nobody says how long it lasted. The craft's group
    is the flight's. There is no row `all`: the groups add up. Rows are ordered by `period_start`,
    then group, null last.

    Args:
        flights: The flights table.
        every: The length of a period: a number up to 999 and `y`, `q`, `mo`, `w`, `d` or `h`.
        by: The column to group by; the second column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `every` is no such length, `by` is no column to group by, or `flights` lacks a
            column. The message names what is possible.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> presence = in_orbit(read_sample().flights, every="1mo")
        >>> for row in presence.filter(family="Soyuz").tail(3).iter_rows():
        ...     print(row[0].date(), row[1], round(row[2], 3), row[3])
        2025-02-01 Soyuz 28.0 1.0
        2025-03-01 Soyuz 31.0 1.0
        2025-04-01 Soyuz 6.992 1.0
    """
    # Longer ones begin before the years that Python and Polars can tell.
    if not re.fullmatch("[1-9][0-9]{0,2}(y|q|mo|w|d|h)", str(every)):
        raise ValueError(
            f"every={every!r} is no length of a period; give a number and a unit, such as "
            "'1y', '1q', '1mo', '1w', '1d' or '12h'"
        )
    lazy = checked(flights, "flights", FLIGHT)
    check_by(by, lazy, ("period_start", "craft_days", "average_in_orbit"))
    begun = in_order(chosen_rows(lazy, by, FLIGHT, placeholders, mass_simulators))
    presence = _presence(_periods(begun, every), _changes(_stays(begun), every))
    columns = ("period_start", pl.col("group").alias(by), "craft_days", "average_in_orbit")
    return as_given(
        presence.sort("period_start", "group", nulls_last=True).select(columns), flights
    )


def _periods(flights: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Every period for every group, with its length."""
    first = pl.col("launch_net").min().dt.truncate(every)
    periods = (
        flights.select(first=first, last=pl.col("retrieved_at").max())
        .select(
            "last",
            period_start=pl.datetime_ranges("first", "last", interval=every, closed="left"),
        )
        .explode("period_start", empty_as_null=False, keep_nulls=False)
    )
    end = pl.col("period_start").shift(-1).fill_null(pl.col("last"))
    return periods.select("period_start", length=exact(end - pl.col("period_start"))).join(
        flights.select("group").unique(), how="cross"
    )


def _stays(flights: pl.LazyFrame) -> pl.LazyFrame:
    """From when to when each flight was in space, as far as that is known."""
    is_open = pl.col("is_last") & pl.col("in_space") & pl.col("mission_end").is_null()
    goes_on = is_open | (pl.col("known_end") > pl.col("retrieved_at"))
    until = pl.when(goes_on).then("retrieved_at").otherwise("known_end")
    return flights.select("group", "launch_net", until=until).drop_nulls(("launch_net", "until"))


def _changes(stays: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """By how many craft each period changed presence, and how late in it, summed over craft.

    Counting changes costs one row a flight and instant, however many periods a flight spans.
    """
    changes = [
        stays.group_by("group", period_start=pl.col(instant).dt.truncate(every)).agg(
            change=sign * pl.len().cast(pl.Int64),
            lateness=sign * exact(pl.col(instant) - pl.col(instant).dt.truncate(every)).sum(),
        )
        for instant, sign in (("launch_net", 1), ("until", -1))
    ]
    return (
        pl.concat(changes).group_by("group", "period_start").agg(pl.col("change", "lateness").sum())
    )


def _presence(periods: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """The time in space within each period.

    Every craft that came or was there stays to the period's end, less what is after its change.
    """
    aloft = pl.col("change").fill_null(0).cum_sum().over("group")
    time = aloft * pl.col("length") - pl.col("lateness").fill_null(0)
    return (
        periods.join(changes, on=("group", "period_start"), how="left", nulls_equal=True)
        .sort("group", "period_start", nulls_last=True)
        .with_columns(time=time)
        .with_columns(
            craft_days=pl.col("time") / MICROSECONDS_A_DAY,
            average_in_orbit=pl.col("time") / pl.col("length"),
        )
    )
