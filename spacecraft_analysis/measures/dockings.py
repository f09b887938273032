"""Dockings: how long craft take to reach a station, and how many are docked at a time."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.inputs import Frame, as_given, checked, lazy_among
from spacecraft_analysis.measures.occupancy import check_size, hours_of, over_time
from spacecraft_analysis.measures.selection import (
    ALL,
    MICROSECONDS_A_DAY,
    Choice,
    begun,
    chosen,
    chosen_flights,
    count,
    each_and_all,
    exact,
)

# What tells how long a craft was docked, and whose events these are.
SPAN = ("docking_id", "docking", "departure", "is_open", "retrieved_at")
CLIPPED = (*SPAN, "launch_net", "mission_end")
EVENT = (*SPAN, "spacecraft_id", "docked", "time_docked")

# What `allowance` looks at.
_PAGES = ("still_docked", "last_departure", "events_at")
_MINUTE = pl.duration(minutes=1)
_INSTANT = pl.Datetime("us", "UTC")
_WHOSE = ("spacecraft_id", "spacecraft_name")
_ARRIVAL = ("flight_id", "launch_net", "docking", "target_name", "time_to_dock")
_SUMMARY = (
    *("fastest_hours", "median_hours", "p90_hours"),
    *("docked_flight_count", "flights_count", "left_out_count"),
)
_OCCUPANCY = ("period_start", "docked_days", "average_docked")


def times_to_dock(
    flights: Frame,
    dockings: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """How long each flight that docked took from launch to its first docking, one row each.

    `time_to_dock` = the first possible `docking` of the flight, as the one that docks, minus its
    `launch_net`. Possible is a docking after the launch and not after the mission end, where that
    is known; a docking planned for later than `retrieved_at` is none. `target_name` is what it
    docked with: a station, another craft or a payload.

    Left out, and counted by `time_to_dock_by_family`, are flights none of whose dockings is
    possible, and all flights of a craft whose `time_docked` is more than its events give by over a
    minute: the first docking may be one that is missing. (While docked: by over a minute and the
    time between the craft's page and the events'. An unknown `time_docked` stays in. Of a craft
    without any event this frame says nothing.) An end that is known to the day stands at midnight,
    so a docking on that day is after it.

    Rows are ordered by `spacecraft_id`, then by the flights' order (`launch_net`, `flight_id`). Of
    two dockings at one time the one with the lower `docking_id` is the first.

    Args:
        flights: The flights table.
        dockings: The dockings table of the same snapshot.
        by: The column of `flights` to carry along for grouping; it takes the place of `family`.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, or `by` is none to group by.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> times = times_to_dock(sample.flights, sample.dockings).sort("time_to_dock")
        >>> for row in times.select("spacecraft_name", "time_to_dock").head(2).iter_rows():
        ...     print(*row)
        Soyuz MS-17 3:02:56
        Soyuz MS-26 3:08:53
    """
    choice = Choice(by, placeholders, mass_simulators)
    rows = chosen_flights(flights, choice, (*_WHOSE, *_ARRIVAL), also=("spacecraft_name",))
    arrived = _arrivals(rows, dockings).filter("counted")
    ordered = arrived.sort("spacecraft_id", "launch_net", "flight_id")
    result = ordered.select(*_WHOSE, pl.col("group").alias(by), *_ARRIVAL)
    return as_given(result, lazy_among(flights, dockings))


def time_to_dock_by_family(
    flights: Frame,
    dockings: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """How long craft take from launch to their first docking, one row per family and a row `all`.

    * `fastest_hours`, `median_hours`, `p90_hours`: of the `docked_flight_count` flights that
      `times_to_dock` lists, quantiles by linear interpolation; null where there is none.
    * `flights_count`: all flights that the craft have begun, whether they were to dock or not.
    * `left_out_count`: flights that `times_to_dock` leaves out, since their dockings are impossible
      or not all known. The others never docked, as far as the events say.

    Rows are ordered by group, null last, then `all`.

    Args:
        flights: The flights table.
        dockings: The dockings table of the same snapshot.
        by: The column of `flights` to group by; the first column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, or `by` is none to group by.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> summary = time_to_dock_by_family(sample.flights, sample.dockings)
        >>> for name, *hours in summary.filter(family="Soyuz").iter_rows():
        ...     print(name, *(round(number, 1) for number in hours))
        Soyuz 3.0 49.2 50.0 127 196 0
    """
    choice = Choice(by, placeholders, mass_simulators)
    rows = _arrivals(chosen_flights(flights, choice, _SUMMARY), dockings)
    hours = exact(pl.col("time_to_dock").filter("counted")) / (MICROSECONDS_A_DAY / 24)
    terms: dict[str, pl.Expr] = {
        "fastest_hours": hours.min(),
        "median_hours": hours.median(),
        "p90_hours": hours.quantile(0.9, "linear"),
        "docked_flight_count": count(pl.col("counted")),
        "flights_count": pl.len().cast(pl.Int64),
        "left_out_count": count(pl.col("left_out")),
    }
    result = each_and_all(rows.group_by("group").agg(**terms), rows.select(group=ALL, **terms))
    result = result.select(pl.col("group").alias(by), *_SUMMARY)
    return as_given(result, lazy_among(flights, dockings))


def station_occupancy(
    dockings: Frame,
    every: str = "1y",
    *,
    by: str = "target_name",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """How many craft were docked at a time, one row per period and station.

    `docked_days` is the time that craft were docked within the period, in days of 24 hours;
    `average_docked` is the same divided by the period's length: the average number of craft.

    Of dockings with stations alone, by flights of craft. An event lasts from `docking` to
    `departure`, as far as its flight's launch and end and `retrieved_at` allow; an open one up to
    `retrieved_at`. Dockings of one flight at one station count once where they overlap: there the
    group is the one that began first. An event whose departure is unknown otherwise is left out.
    An end that is known to the day stands at midnight; what is docked on that day is not in it.

    Periods begin on the calendar in UTC and are without gaps, from the one of the first docking to
    `retrieved_at` (the latest), where the last one ends. Every station has every period, with 0
    where nothing was docked. There is no row `all`: the stations add up. Rows are ordered by
    `period_start`, then group, null last. More than 2,000,000 rows are refused; the rows of a lazy
    frame nobody knows beforehand.

    Args:
        dockings: The dockings table.
        every: The length of a period: a number up to 999 and `y`, `q`, `mo`, `w`, `d` or `h`.
        by: The column to group by, such as `family`; the second column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `every` is no such length or makes too many rows, a column lacks or is of
            another kind, or `by` is none to group by. The message says what is possible.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> occupancy = station_occupancy(read_sample().dockings, every="5y")
        >>> for row in occupancy.filter(target_name="Mir").slice(3, 3).iter_rows():
        ...     print(row[0].date(), row[1], round(row[2]), round(row[3], 2))
        1985-01-01 Mir 1030 0.56
        1990-01-01 Mir 2429 1.33
        1995-01-01 Mir 1792 0.98
    """
    hours = hours_of(every)
    needed = (*CLIPPED, "flight_id", "target_kind", "target_id")
    choice = Choice(by, placeholders, mass_simulators)
    events = not_planned(chosen(dockings, "dockings", needed, choice, _OCCUPANCY)).filter(
        pl.col("target_kind") == "station", pl.col("flight_id").is_not_null()
    )
    if isinstance(dockings, pl.DataFrame):
        check_size(dockings, events, "docking", hours, "dockings")
    spans = spans_of(events, pl.col("retrieved_at"))
    once = without_overlap(spans, "flight_id", "target_id")
    return as_given(over_time(spans, once, every, _OCCUPANCY, by), dockings)


def not_planned(dockings: pl.LazyFrame) -> pl.LazyFrame:
    """The dockings that were not still to come when LL2 was asked."""
    return dockings.filter(pl.col("docking").le(pl.col("retrieved_at")).fill_null(True))


def spans_of(dockings: pl.LazyFrame, latest: pl.Expr) -> pl.LazyFrame:
    """From when to when each craft was docked, as far as its flight and `latest` allow."""
    docking, launch, mission_end = pl.col("docking"), pl.col("launch_net"), pl.col("mission_end")
    departure = pl.when("is_open").then("retrieved_at").otherwise("departure")
    end = pl.when(mission_end >= launch).then(mission_end)
    # Of two times the known one is taken, but for want of the first or last one there is no span.
    start = pl.when(docking.is_not_null()).then(pl.max_horizontal(docking, launch))
    until = pl.when(departure.is_not_null()).then(pl.min_horizontal(departure, end, latest))
    return dockings.with_columns(start=start, until=until)


def without_overlap(spans: pl.LazyFrame, *whose: str) -> pl.LazyFrame:
    """The spans, each begun where an earlier one of the same leaves off; null if that is all."""
    is_new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in whose)
    start, until = (pl.col(name).to_physical().cast(pl.Int128) for name in ("start", "until"))
    # A window over each does not stream. With the times of each moved beyond all those before, one
    # running maximum is theirs too: what is left of another's is less than any time.
    moved = is_new.cum_sum().cast(pl.Int128) * 2**65
    reach = pl.when(start < until).then(until).otherwise(-(2**64)) + pl.col("moved")
    later = pl.max_horizontal(start, reach.cum_max().shift() - pl.col("moved"))
    something = (start < until) & (later < until)
    return (
        spans.sort(*whose, "start", "until", "docking_id")
        .with_columns(moved=moved)
        .with_columns(start=pl.when(something).then(later.cast(pl.Int64)).cast(_INSTANT))
    )


def told_by_events() -> dict[str, pl.Expr]:
    """What the events of a craft add up to, for comparing it with LL2's `time_docked`."""
    return {
        "told": exact(pl.col("docked")).sum(),
        "still_docked": pl.col("is_open").any(),
        "last_departure": pl.col("departure").max(),
        "events_at": pl.col("retrieved_at").max(),
    }


def allowance() -> pl.Expr:
    """How far the two may be apart: a minute, and for one docked the time between its pages."""
    docked = pl.col("still_docked") | (pl.col("last_departure") > pl.col("retrieved_at"))
    between = pl.when(docked).then((pl.col("events_at") - pl.col("retrieved_at")).abs())
    return exact(_MINUTE + between.fill_null(pl.duration()))


def _arrivals(flights: pl.LazyFrame, dockings: Frame) -> pl.LazyFrame:
    """Each flight begun with its first possible docking, if any, and whether it counts."""
    needed = (*EVENT, "flight_id", "target_name")
    events = not_planned(checked(dockings, "snapshot.dockings", needed))
    flown = begun(flights)
    docking, lacking = pl.col("docking"), pl.col("missing").gt(allowance()).fill_null(False)
    return (
        flown.join(_first_dockings(flown, events), on="flight_id", how="left")
        .join(_missing(events), on="spacecraft_id", how="left")
        .with_columns(
            time_to_dock=docking - pl.col("launch_net"),
            counted=docking.is_not_null() & ~lacking,
            left_out=lacking | (docking.is_null() & pl.col("has_docked").is_not_null()),
        )
    )


def _first_dockings(flights: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """The first possible docking of each flight that has dockings; null if none is possible."""
    docking, end = pl.col("docking"), pl.col("known_end")
    possible = (docking > pl.col("launch_net")) & (end.is_null() | (docking <= end))
    # Of two at one time the lower id is the first.
    place = docking.to_physical().cast(pl.Int128) * 2**64 + pl.col("docking_id")
    return (
        events.select("flight_id", "docking_id", "docking", "target_name")
        .join(flights.select("flight_id", "launch_net", "known_end"), on="flight_id")
        .with_columns(docking=pl.when(possible).then(docking))
        .group_by("flight_id")
        .agg(
            docking=docking.min(),
            target_name=pl.col("target_name").min_by(place),
            has_docked=pl.lit(True).first(),
        )
    )


def _missing(events: pl.LazyFrame) -> pl.LazyFrame:
    """By how much LL2's `time_docked` is more than the events give, of the craft of which it is."""
    missing = exact(pl.col("said")) - pl.col("told")
    return (
        events.group_by("spacecraft_id")
        .agg(said=pl.col("time_docked").max(), **told_by_events())
        .select("spacecraft_id", *_PAGES, missing=missing)
        # Few are, and only for these is it worth while to look at the times of the pages.
        .filter(pl.col("missing") > exact(_MINUTE))
    )
