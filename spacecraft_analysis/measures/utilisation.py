"""How much craft are used: time in space, docked and in service."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.dockings import (
    CLIPPED,
    EVENT,
    allowance,
    not_planned,
    spans_of,
    told_by_events,
    without_overlap,
)
from spacecraft_analysis.measures.inputs import Frame, as_given, checked, lazy_among
from spacecraft_analysis.measures.selection import (
    ALL,
    CRAFT,
    FLIGHT,
    MICROSECONDS_A_DAY,
    Choice,
    chosen,
    count,
    each_and_all,
    exact,
    in_order,
    may_fly_again,
    never_around,
)

_USED = (*CRAFT, "flights_count", "time_in_space", "time_docked")
_OF_FLIGHTS = (
    *("in_space_fraction", "service_days"),
    *("in_space_craft_count", "in_space_left_out_count"),
)


def utilisation_by_family(
    spacecraft: Frame,
    flights: Frame | None = None,
    dockings: Frame | None = None,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """How much the craft of a family are used, one row per family and a row `all`.

    * `in_space_fraction` (with `flights`) = Σ time in space / Σ service life. The service life of a
      craft goes from its first launch to the end of its last flight, or to `retrieved_at` if it
      waits or is in space. Craft that flew twice or more, or wait to fly again with a known last
      end: for another single flight the fraction would be 1 by construction. A retired craft's
      service ends with its last landing, which flatters it.
    * `docked_fraction` = Σ time docked / Σ time in space over the flown craft where both are known
      and possible (0 ≤ docked ≤ in space, in space > 0).
    * `flights_per_craft` = `flights_count` / `flown_count`.
    * `time_in_space_days`, `time_docked_days`: sums of what LL2 gives, impossible values included;
      null where it gives none.
    * `in_space_now_count`: craft in space at `retrieved_at`.
    * `craft_count`; `flown_count`: those with `flights_count` > 0; `flights_count`: their flights.
    * `service_days` (with `flights`): the Σ service life above, over `in_space_craft_count` craft.
      `in_space_left_out_count`: craft of that kind whose service life or time in space is unknown
      or impossible (time in space not above 0, or longer than the service), or of which `flights`
      has not all `flights_count`, since it was filtered.
    * `docked_craft_count`: the craft in `docked_fraction`; `docked_left_out_count`: the other flown
      ones.

    With `dockings` the time docked comes from the events instead of LL2's sum, and belongs to the
    chaser alone: the union of a craft's events, each cut to its flight's launch and end and to the
    craft's own `retrieved_at`. Known are only craft whose events add up to LL2's `time_docked` (to
    a minute; while docked to a minute and the time between the craft's page and the events'): those
    are known to be complete. `docked_event_count`, the last column, is how many events stand behind
    `docked_fraction`. An end that is known to the day stands at midnight, so that up to a day is
    missing from the time docked as from the time in space.

    Days are of 24 hours; a fraction of nothing is null. Rows are ordered by group, null last, then
    `all`.

    Args:
        spacecraft: The spacecraft table.
        flights: The flights table of the same snapshot.
        dockings: The dockings table of the same snapshot.
        by: The column of `spacecraft` to group by; the first column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether craft count that never went around the Earth (see `measures`); False
            needs `flights`.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, `by` is none to group by, or there are no
            flights to tell suborbital craft by.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> used = utilisation_by_family(sample.spacecraft, sample.flights)
        >>> names = ("family", "flown_count", "flights_count", "flights_per_craft")
        >>> used.filter(family="Space Shuttle").select(names).row(0)
        ('Space Shuttle', 5, 135, 27.0)
        >>> used = utilisation_by_family(sample.spacecraft, dockings=sample.dockings)
        >>> names = ("family", "docked_craft_count", "docked_event_count")
        >>> used.filter(family="Space Shuttle").select(names).row(0)
        ('Space Shuttle', 5, 45)
    """
    if flights is None and not suborbital:
        raise ValueError("suborbital=False needs the flights, which tell those craft: give both")
    terms = _terms()
    if flights is None:
        terms = {name: term for name, term in terms.items() if name not in _OF_FLIGHTS}
    if dockings is None:
        del terms["docked_event_count"]
    choice = Choice(by, placeholders, mass_simulators, suborbital)
    craft = chosen(spacecraft, "spacecraft", _USED, choice, terms)
    if dockings is not None:
        events = checked(dockings, "snapshot.dockings", (*EVENT, *CLIPPED))
        craft = _with_time_of_events(craft, not_planned(events))
    craft = _with_ratio(craft)
    if flights is not None:
        needed = FLIGHT if suborbital else (*FLIGHT, "destination")
        flown = checked(flights, "snapshot.flights", needed)
        if not suborbital:
            craft = craft.join(never_around(flown), on="spacecraft_id", how="anti")
        craft = _with_service(craft, flown)
    each, total = craft.group_by("group").agg(**terms), craft.select(group=ALL, **terms)
    used = each_and_all(each, total).select(pl.col("group").alias(by), *terms)
    return as_given(used, lazy_among(spacecraft, flights, dockings))


def _with_ratio(craft: pl.LazyFrame) -> pl.LazyFrame:
    """The craft with whether they flew, and whether their time docked makes a ratio."""
    aloft, docked = pl.col("time_in_space"), pl.col("time_docked")
    flown = pl.col("flights_count").gt(0).fill_null(False)
    possible = (aloft > pl.duration()) & docked.is_between(pl.duration(), aloft)
    return craft.with_columns(flown=flown, docking=flown & possible.fill_null(False))


def _with_time_of_events(craft: pl.LazyFrame, dockings: pl.LazyFrame) -> pl.LazyFrame:
    """The craft with the time docked that their events give, null where not all are known."""
    page = craft.select("spacecraft_id", craft_at="retrieved_at")
    spans = spans_of(dockings.join(page, on="spacecraft_id"), pl.col("craft_at"))
    summed = (
        without_overlap(spans, "spacecraft_id")
        .group_by("spacecraft_id")
        .agg(
            **told_by_events(),
            event_count=pl.len().cast(pl.Int64),
            union=(pl.col("until") - pl.col("start")).sum(),
        )
    )
    told, union = pl.col("told").fill_null(0), pl.col("union").fill_null(pl.duration())
    complete = (exact(pl.col("time_docked")) - told).abs() <= allowance()
    return craft.join(summed, on="spacecraft_id", how="left").with_columns(
        time_docked=pl.when(complete).then(union)
    )


def _terms() -> dict[str, pl.Expr]:
    """What `utilisation_by_family` says of a group, in its order."""
    flown, docking = pl.col("flown"), pl.col("docking")
    flights, aloft, docked = pl.col("flights_count"), pl.col("time_in_space"), pl.col("time_docked")
    serving, service = pl.col("serving"), pl.col("service")
    return {
        "in_space_fraction": _fraction(aloft, service, serving),
        "docked_fraction": _fraction(docked, aloft, docking),
        "flights_per_craft": pl.when(flown.any()).then(flights.sum() / count(flown)),
        "time_in_space_days": _total_days(aloft),
        "time_docked_days": _total_days(docked),
        "in_space_now_count": count(pl.col("in_space")),
        "craft_count": pl.len().cast(pl.Int64),
        "flown_count": count(flown),
        "flights_count": flights.sum(),
        "service_days": _total_days(service.filter(serving)),
        "in_space_craft_count": count(serving),
        "in_space_left_out_count": count(pl.col("eligible") & ~serving),
        "docked_craft_count": count(docking),
        "docked_left_out_count": count(flown & ~docking),
        "docked_event_count": pl.col("event_count").filter(docking).sum(),
    }


def _with_service(craft: pl.LazyFrame, flights: pl.LazyFrame) -> pl.LazyFrame:
    """The craft with their service life, and whether it should and does make a ratio."""
    waits = may_fly_again() & pl.col("last_end").is_not_null()
    until = pl.when(waits | pl.col("in_space")).then("retrieved_at").otherwise("last_end")
    often = pl.col("flights_count").ge(2).fill_null(False)
    aloft = pl.col("time_in_space")
    possible = (aloft > pl.duration()) & (aloft <= pl.col("service"))
    # Of flights that were filtered the first and the last bound no career.
    whole = pl.col("listed") >= pl.col("flights_count")
    return (
        craft.join(_careers(flights), on="spacecraft_id", how="left")
        .with_columns(
            service=until - pl.col("first_launch"), eligible=often | (pl.col("flown") & waits)
        )
        .with_columns(serving=pl.col("eligible") & (whole & possible).fill_null(False))
    )


def _careers(flights: pl.LazyFrame) -> pl.LazyFrame:
    """How often each craft flew, first when, and until when, as far as that is known."""
    launch = pl.col("launch_net")
    return (
        in_order(flights.select(FLIGHT))
        .group_by("spacecraft_id")
        .agg(
            listed=pl.len().cast(pl.Int64),
            # An unknown launch could be the first.
            first_launch=pl.when(~launch.has_nulls()).then(launch.min()),
            last_end=pl.col("known_end").filter("is_last").first(),
        )
    )


def _fraction(part: pl.Expr, whole: pl.Expr, over: pl.Expr) -> pl.Expr:
    ratio = exact(part.filter(over)).sum() / exact(whole.filter(over)).sum()
    return pl.when(over.any()).then(ratio)


def _total_days(duration: pl.Expr) -> pl.Expr:
    """The sum in days; null where nothing is known."""
    return pl.when(duration.count() > 0).then(exact(duration).sum() / MICROSECONDS_A_DAY)
