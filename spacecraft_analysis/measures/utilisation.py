"""How much craft are used: time in space, docked and in service, and presence over the years."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.fleet import (
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
        Vostok 13 1.0 2
        X-37B 2 3.5 0
        all 546 1.35 229
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
