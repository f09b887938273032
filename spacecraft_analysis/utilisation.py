"""How much craft are used: time in space, docked and in service, and presence over the years."""

from __future__ import annotations

import re

import polars as pl

from spacecraft_analysis.fleet import (
    ALL,
    CRAFT,
    FLIGHT,
    MICROSECONDS_A_DAY,
    Frame,
    as_given,
    check_by,
    checked,
    chosen_rows,
    count,
    each_and_all,
    exact,
    in_order,
    may_fly_again,
)

_USED = (*CRAFT, "flights_count", "time_in_space", "time_docked")


def utilisation_by_family(
    spacecraft: Frame,
    flights: Frame | None = None,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """How much the craft of a family are used, one row per family and a row `all`.

    * `craft_count`; `flown_count`: those with `flights_count` > 0; `flights_count`: their flights.
    * `flights_per_craft` = `flights_count` / `flown_count`.
    * `in_space_now_count`: craft in space at `retrieved_at`.
    * `time_in_space_days`, `time_docked_days`: sums of what LL2 gives, impossible values included;
      null where it gives none.
    * `docked_fraction` = Σ time docked / Σ time in space over the `docked_craft_count` flown craft
      where both are known and possible (0 ≤ docked ≤ in space, in space > 0).
      `docked_left_out_count`: the other flown craft.

    With `flights` (without them these columns are absent):

    * `in_space_fraction` = Σ time in space / Σ service life. The service life of a craft goes from
      its first launch to the end of its last flight, or to `retrieved_at` if it waits or is in
      space. Craft that flew twice or more, or wait to fly again with a known last end: for another
      single flight the fraction would be 1 by construction.
    * `service_days`: that Σ service life, over `in_space_craft_count` craft.
      `in_space_left_out_count`: craft of that kind whose service life or time in space is unknown
      or impossible (time in space not above 0, or longer than the service).

    A retired craft's service ends with its last landing, which flatters it. Days are of 24 hours;
    a fraction of nothing is null. Rows are ordered by group, null last, then `all`.

    Args:
        spacecraft: The spacecraft table.
        flights: The flights table of the same snapshot, of the same kind of frame.
        by: The column of `spacecraft` to group by; the first column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `by` is no column to group by, or a frame lacks a column. The message names
            close matches.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> used = utilisation_by_family(sample.spacecraft, sample.flights)
        >>> names = ("family", "flown_count", "flights_per_craft", "docked_left_out_count")
        >>> for *row, left_out in used.select(names).tail(3).iter_rows():
        ...     print(row[0], row[1], round(row[2], 2), left_out)
        Tianzhou 1 1.0 1
        X-37B 2 3.5 0
        all 254 1.66 41
    """
    lazy = checked(spacecraft, "spacecraft", _USED)
    terms: dict[str, pl.Expr] = _use_terms() | ({} if flights is None else _service_terms())
    check_by(by, lazy, terms)
    craft = _with_docking(chosen_rows(lazy, by, _USED, placeholders, mass_simulators))
    if flights is not None:
        craft = _with_service(craft, checked(flights, "flights", FLIGHT))
    used = each_and_all(
        craft.group_by("group").agg(**terms), craft.select(group=ALL, **terms)
    ).select(pl.col("group").alias(by), *terms)
    return as_given(used, spacecraft if isinstance(flights, pl.DataFrame | None) else flights)


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


def _with_docking(craft: pl.LazyFrame) -> pl.LazyFrame:
    """The craft with whether they flew, and whether their time docked makes a ratio."""
    aloft, docked = pl.col("time_in_space"), pl.col("time_docked")
    flown = pl.col("flights_count").gt(0).fill_null(False)
    possible = (aloft > pl.duration()) & docked.is_between(pl.duration(), aloft)
    return craft.with_columns(flown=flown, docking=flown & possible.fill_null(False))


def _use_terms() -> dict[str, pl.Expr]:
    """What `utilisation_by_family` says without flights."""
    flown, docking = pl.col("flown"), pl.col("docking")
    flights, aloft, docked = pl.col("flights_count"), pl.col("time_in_space"), pl.col("time_docked")
    return {
        "craft_count": pl.len().cast(pl.Int64),
        "flown_count": count(flown),
        "flights_count": flights.sum(),
        "flights_per_craft": pl.when(flown.any()).then(flights.sum() / count(flown)),
        "in_space_now_count": count(pl.col("in_space")),
        "time_in_space_days": _total_days(aloft),
        "time_docked_days": _total_days(docked),
        "docked_fraction": _fraction(docked, aloft, docking),
        "docked_craft_count": count(docking),
        "docked_left_out_count": count(flown & ~docking),
    }


def _with_service(craft: pl.LazyFrame, flights: pl.LazyFrame) -> pl.LazyFrame:
    """The craft with their service life, and whether it should and does make a ratio."""
    waits = may_fly_again() & pl.col("last_end").is_not_null()
    until = pl.when(waits | pl.col("in_space")).then("retrieved_at").otherwise("last_end")
    often = pl.col("flights_count").ge(2).fill_null(False)
    aloft = pl.col("time_in_space")
    possible = (aloft > pl.duration()) & (aloft <= pl.col("service"))
    return (
        craft.join(_careers(flights), on="spacecraft_id", how="left")
        .with_columns(
            service=until - pl.col("first_launch"), eligible=often | (pl.col("flown") & waits)
        )
        .with_columns(serving=pl.col("eligible") & possible.fill_null(False))
    )


def _careers(flights: pl.LazyFrame) -> pl.LazyFrame:
    """When each craft first flew and when its last flight ended, as far as that is known."""
    launch = pl.col("launch_net")
    return (
        in_order(flights.select(FLIGHT))
        .group_by("spacecraft_id")
        .agg(
            # An unknown launch could be the first.
            first_launch=pl.when(~launch.has_nulls()).then(launch.min()),
            last_end=pl.col("known_end").filter("is_last").first(),
        )
    )


def _service_terms() -> dict[str, pl.Expr]:
    """What it adds with flights."""
    serving, eligible = pl.col("serving"), pl.col("eligible")
    service = pl.col("service")
    return {
        "in_space_fraction": _fraction(pl.col("time_in_space"), service, serving),
        "service_days": _total_days(service.filter(serving)),
        "in_space_craft_count": count(serving),
        "in_space_left_out_count": count(eligible & ~serving),
    }


def _fraction(part: pl.Expr, whole: pl.Expr, over: pl.Expr) -> pl.Expr:
    ratio = exact(part.filter(over)).sum() / exact(whole.filter(over)).sum()
    return pl.when(over.any()).then(ratio)


def _total_days(duration: pl.Expr) -> pl.Expr:
    """The sum in days; null where nothing is known."""
    return pl.when(duration.count() > 0).then(exact(duration).sum() / MICROSECONDS_A_DAY)


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
