"""Measure how much spacecraft are used: time in space, docked and in service."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.dockings import (
    EVENT,
    begun_dockings,
    listed,
    tolerance,
    with_spans,
    without_overlap,
)
from spacecraft_analysis.measures.selection import (
    BUILD,
    FLIGHT,
    MICROSECONDS_A_DAY,
    Frame,
    Options,
    begun_flights,
    checked,
    count,
    exact,
    may_fly_again,
    same_kind,
    select_rows,
    suborbital_craft,
    summarise,
)

_CRAFT = (
    *("spacecraft_id", "in_space", "status_id", "retrieved_at"),
    *("flights_count", "time_in_space", "time_docked"),
)
_FLOWN = pl.col("flights_count").gt(0).fill_null(False)
_OF_FLIGHTS = (
    *("in_space_fraction", "service_days"),
    *("in_space_craft_count", "in_space_left_out_count"),
)
_OF_DOCKINGS = ("docked_event_days", "docked_event_count")


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
    """Return how much the spacecraft of a family are used, one row per family and a row `all`.

    * `in_space_fraction` (with `flights`) = Σ time in space / Σ service life. The service life of a
      craft goes from its first launch to the end of its last flight, or to `retrieved_at` if it
      waits or is in space. Craft that flew twice or more, or wait to fly again with a known last
      end: for another single flight the fraction would be 1 by construction. A retired craft's
      service ends with its last landing, which makes it look better than it is.
    * `docked_fraction` = Σ time docked / Σ time in space over the flown craft where both are known
      and possible (0 ≤ docked ≤ in space, in space > 0).
    * `flights_per_craft` = `flights_count` / `flown_count`.
    * `time_in_space_days`, `time_docked_days`: sums of what LL2 gives for all craft, impossible
      values included; null where it gives none.
    * `in_space_now_count`: craft in space at `retrieved_at`.
    * `craft_count`; `flown_count`: those with `flights_count` > 0; `flights_count`: their flights.
    * `service_days` (with `flights`): the Σ service life above, over `in_space_craft_count` craft.
      `in_space_left_out_count`: craft of that kind whose service life or time in space is unknown
      or impossible (time in space not above 0, or longer than the service), or of which `flights`
      lacks some of the `flights_count`, since it was filtered.
    * `docked_craft_count`: the craft in `docked_fraction`; `docked_left_out_count`: the other flown
      ones.

    With `dockings` the time docked of `docked_fraction` comes from the events instead of LL2's
    sum, and belongs to the chaser alone: the union of a craft's events, each within its flight's
    launch and end and before the craft's own `retrieved_at`. It is known only of craft whose events
    add up to LL2's `time_docked` (to a minute; while docked to a minute and the time between the
    retrieval of the craft and of the events), which shows that they are complete.
    `docked_event_days` is the sum of these unions and `docked_event_count` the number of these
    events, both over the `docked_craft_count` craft. An end known to the day stands at midnight, so
    that up to a day is missing from the time docked as from the time in space.

    Days have 24 hours; a fraction without a denominator is null. Rows are ordered by group, null
    last, then `all`.

    Args:
        spacecraft: The spacecraft table.
        flights: The flights table of the same snapshot. Needs `is_planned` and `is_latest`.
        dockings: The dockings table of the same snapshot.
        by: The column of `spacecraft` to group by; the first column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count; False needs `flights`.

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
        raise ValueError("suborbital=False needs `flights`")
    # Each table adds the columns that it allows.
    unknown = (_OF_FLIGHTS if flights is None else ()) + (_OF_DOCKINGS if dockings is None else ())
    terms = {name: term for name, term in _terms().items() if name not in unknown}
    options = Options(by, placeholders, mass_simulators, suborbital)
    craft = select_rows(spacecraft, "spacecraft", _CRAFT, options, terms)
    result = craft
    if flights is not None:
        needed = (*FLIGHT, "is_latest", *(() if suborbital else ("destination",)))
        flown_flights = begun_flights(checked(flights, "snapshot.flights", needed))
        if not suborbital:
            craft = craft.join(suborbital_craft(flown_flights), on="spacecraft_id", how="anti")
        result = _with_service(craft, flown_flights)
    if dockings is None:
        result = result.with_columns(docked="time_docked")
    else:
        events = checked(dockings, "snapshot.dockings", EVENT)
        result = _with_events(result, craft, begun_dockings(events))
    aloft = pl.col("time_in_space")
    possible = (aloft > pl.duration()) & pl.col("docked").is_between(pl.duration(), aloft)
    result = result.with_columns(flown=_FLOWN, docking=_FLOWN & possible.fill_null(False))
    return same_kind(summarise(result, terms, by), spacecraft, flights, dockings)


def _with_events(result: pl.LazyFrame, craft: pl.LazyFrame, dockings: pl.LazyFrame) -> pl.LazyFrame:
    """Return the craft with the time docked of their events, null where not all are listed."""
    of_craft = (
        with_spans(dockings)
        .group_by("spacecraft_id")
        .agg(pl.col("start", "until").min(), **listed(), event_count=pl.len().cast(pl.Int64))
        # Two joins need the groups, and each would group the dockings anew.
        .cache()
    )
    # Most craft have one event. It overlaps with no other and need not be sorted.
    several = of_craft.filter(pl.col("event_count") > 1)
    retrieved = craft.select("spacecraft_id", craft_at="retrieved_at")
    several = retrieved.join(several, on="spacecraft_id", how="semi", build_side=BUILD)
    spans = with_spans(dockings.join(several, on="spacecraft_id", build_side=BUILD), "craft_at")
    length = pl.max_horizontal(pl.col("until") - pl.col("start"), pl.duration())
    united = without_overlap(spans, "spacecraft_id").group_by("spacecraft_id")
    difference = pl.col("time_docked") - pl.col("listed").fill_null(pl.duration())
    return (
        result.join(of_craft, on="spacecraft_id", how="left", build_side=BUILD)
        .with_columns(pl.col("until").clip(upper_bound=pl.col("retrieved_at")))
        .with_columns(complete=difference.abs() <= tolerance(), length=length)
        .join(united.agg(united=length.sum()), on="spacecraft_id", how="left", build_side=BUILD)
        .with_columns(docked=pl.when("complete").then(pl.coalesce("united", "length")))
    )


def _with_service(craft: pl.LazyFrame, flights: pl.LazyFrame) -> pl.LazyFrame:
    """Return the craft with their service life, and whether it is wanted and usable."""
    launch = pl.col("launch_net")
    often = pl.col("flights_count").ge(2).fill_null(False)
    # A craft of another kind needs no service life, and those are most.
    wanted = craft.filter(often | (_FLOWN & may_fly_again()))
    careers = (
        flights.join(wanted, on="spacecraft_id", how="semi")
        .group_by("spacecraft_id")
        .agg(
            last_end=pl.when("is_latest").then("known_end").max(),
            listed_flights=pl.len().cast(pl.Int64),
            # An unknown launch could be the first.
            first_launch=pl.when(launch.null_count() == 0).then(launch.min()),
        )
    )
    waits = may_fly_again() & pl.col("last_end").is_not_null()
    until = pl.when(waits | pl.col("in_space")).then("retrieved_at").otherwise("last_end")
    aloft = pl.col("time_in_space")
    usable = (aloft > pl.duration()) & (aloft <= pl.col("service"))
    # In a frame that was filtered the first and the last flight may be others.
    usable &= pl.col("listed_flights") >= pl.col("flights_count")
    return (
        craft.join(careers, on="spacecraft_id", how="left", build_side=BUILD)
        .with_columns(service=until - pl.col("first_launch"), eligible=often | (_FLOWN & waits))
        .with_columns(serving=pl.col("eligible") & usable.fill_null(False))
    )


def _terms() -> dict[str, pl.Expr]:
    """Return the columns of `utilisation_by_family` in their order, of some craft together."""
    flown, docking, serving = pl.col("flown"), pl.col("docking"), pl.col("serving")
    aloft, docked, service = (
        exact(pl.col(name)) for name in ("time_in_space", "docked", "service")
    )
    # One pass serves all terms, but each `filter` among them would take another.
    in_service, service = (pl.when(serving).then(one) for one in (aloft, service))
    in_docking, docked = (pl.when(docking).then(one) for one in (aloft, docked))
    flights = pl.col("flights_count")
    return {
        "in_space_fraction": _ratio(in_service, service),
        "docked_fraction": _ratio(docked, in_docking),
        "flights_per_craft": pl.when(flown.any()).then(flights.sum() / flown.sum()),
        "time_in_space_days": _days(aloft),
        "time_docked_days": _days(exact(pl.col("time_docked"))),
        "in_space_now_count": count(pl.col("in_space")),
        "craft_count": pl.len().cast(pl.Int64),
        "flown_count": count(flown),
        "flights_count": flights.sum(),
        "service_days": _days(service),
        "in_space_craft_count": count(serving),
        "in_space_left_out_count": count(pl.col("eligible") & ~serving),
        "docked_event_days": _days(docked),
        "docked_craft_count": count(docking),
        "docked_left_out_count": count(flown & ~docking),
        "docked_event_count": pl.when(docking).then("event_count").sum(),
    }


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole.count() > 0).then(part.sum() / whole.sum())


def _days(times: pl.Expr) -> pl.Expr:
    """Return the sum in days; null where nothing is known."""
    return pl.when(times.count() > 0).then(times.sum() / MICROSECONDS_A_DAY)
