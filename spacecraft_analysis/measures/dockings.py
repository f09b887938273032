"""Measure how long spacecraft take to dock, and compare docking events with LL2's totals."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.selection import (
    BUILD,
    MICROSECONDS_A_DAY,
    Frame,
    Options,
    checked,
    count,
    known_end,
    place,
    quantile,
    same_kind,
    select_flights,
    summarise,
)

SPAN = (
    *("docking_id", "docking", "departure", "is_open", "retrieved_at"),
    *("launch_net", "mission_end"),
)
EVENT = (*SPAN, "spacecraft_id", "docked")
OF_FLIGHT = (*EVENT, "flight_id", "target_name")
TOTAL = "spacecraft_time_docked"

_TOOK = pl.col("docking") - pl.col("launch_net")
_CRAFT = ("spacecraft_id", "spacecraft_name")
_ARRIVAL = ("flight_id", "launch_net", "docking", "target_name", "time_to_dock")


def times_to_dock(
    flights: Frame,
    dockings: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """Return how long each flight that docked took from launch to first docking, one row each.

    `time_to_dock` = the first possible `docking` of the flight, as the chaser, - its `launch_net`.
    Possible is a docking after the launch and not after the mission end, where that is known; one
    planned for later than `retrieved_at` does not count. `target_name` is what it docked with: a
    station, another spacecraft or a payload.

    Left out, and counted by `time_to_dock_by_family`, are flights none of whose dockings is
    possible, and all flights of a craft whose `spacecraft_time_docked` is over a minute more than
    its events give, since the first docking may be one that is not listed. (While docked: over a
    minute and the time between the retrieval of the craft and of the events.) An end known to the
    day stands at midnight, so a docking on that day is after it.

    Rows are ordered by `spacecraft_id`, then `flight_number`. Of two dockings at one time the
    one with the lower `docking_id` is the first.

    Args:
        flights: The flights table. Needs `flight_number`, `is_planned` and
            `spacecraft_time_docked`.
        dockings: The dockings table of the same snapshot.
        by: The column of `flights` to carry along for grouping; it takes the place of `family`.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> times = times_to_dock(sample.flights, sample.dockings).sort("time_to_dock")
        >>> for row in times.select("spacecraft_name", "time_to_dock").head(2).iter_rows():
        ...     print(*row)
        Soyuz MS-17 3:02:56
        Soyuz MS-26 3:08:53
    """
    options = Options(by, placeholders, mass_simulators)
    columns = ("spacecraft_name", "flight_number", TOTAL)
    rows = select_flights(flights, options, (*_CRAFT, *_ARRIVAL), columns)
    # Numbered, text takes less memory on its way through joins and the sort, as in `target_name`.
    by_type = rows.collect_schema()["group"]
    group = pl.col("group").cast(pl.Categorical if by_type == pl.String else by_type)
    docked = with_dockings(rows.with_columns(group, place=place()), flights, dockings)
    docked = docked.filter("has_docked").sort("place")
    # After the sort, which holds all rows twice.
    docked = docked.with_columns(pl.col("target_name").cast(pl.String), time_to_dock=_TOOK)
    result = docked.select(*_CRAFT, pl.col("group").cast(by_type).alias(by), *_ARRIVAL)
    return same_kind(result, flights, dockings)


def time_to_dock_by_family(
    flights: Frame,
    dockings: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """Return how long spacecraft take to dock, one row per family and a row `all`.

    * `fastest_hours`, `median_hours`, `p90_hours`: of the `docked_flight_count` flights that
      `times_to_dock` lists, quantiles by linear interpolation; null where there is none.
    * `never_docked_count`: flights without a docking event of craft whose events give all of
      `spacecraft_time_docked`, zero included.
    * `unknown_count`: flights without a docking event of craft whose total is unknown.
    * `left_out_count`: flights that `times_to_dock` leaves out, because their dockings are
      impossible or their craft's events give less than the total.
    * `flights_count`: all flights begun; each is in exactly one of the four counts.

    Rows are ordered by group, null last, then `all`.

    Args:
        flights: The flights table. Needs `is_planned` and `spacecraft_time_docked`.
        dockings: The dockings table of the same snapshot.
        by: The column of `flights` to group by; the first column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> summary = time_to_dock_by_family(sample.flights, sample.dockings)
        >>> for row in summary.filter(family="all").select(pl.selectors.ends_with("count")).rows():
        ...     print(*row)
        271 246 204 17 738
    """
    options = Options(by, placeholders, mass_simulators)
    counts = {
        "docked_flight_count": count(pl.col("has_docked")),
        "never_docked_count": count(~pl.any_horizontal("has_docked", "is_unknown", "is_left_out")),
        "unknown_count": count(pl.col("is_unknown")),
        "left_out_count": count(pl.col("is_left_out")),
        "flights_count": pl.len().cast(pl.Int64),
    }
    took, flown, hour = pl.col("took"), pl.col("flights_count"), MICROSECONDS_A_DAY / 24
    terms = {
        "fastest_hours": took.min() / hour,
        "median_hours": quantile(took, flown, 0.5) / hour,
        "p90_hours": quantile(took, flown, 0.9) / hour,
        **{name: pl.col(name).sum() for name in counts},
    }
    rows = with_dockings(select_flights(flights, options, terms, (TOTAL,)), flights, dockings)
    took = pl.when("has_docked").then(_TOOK).dt.total_microseconds()
    # Many flights take equally long. Counted by length, few rows are held and sorted.
    lengths = rows.group_by("group", took=took).agg(**counts).sort("took")
    return same_kind(summarise(lengths, terms, by), flights, dockings)


def with_dockings(rows: pl.LazyFrame, flights: Frame, dockings: Frame) -> pl.LazyFrame:
    """Return begun flights with their first possible docking, and what is known of it.

    At most one of `has_docked`, `is_unknown` and `is_left_out` is true; where none is, the flight
    never docked (see `time_to_dock_by_family`).
    """
    events = begun_dockings(checked(dockings, "snapshot.dockings", OF_FLIGHT))
    # Rows that two joins share would wait in memory for the later one, so the totals are read from
    # the table again, and each join filters the events by its own key.
    totals = checked(flights, "snapshot.flights", ("spacecraft_id", "retrieved_at", TOTAL))
    has_event, is_left_out = pl.col("has_event").fill_null(False), pl.col("is_left_out")
    return (
        rows.with_columns(is_unknown=pl.col(TOTAL).is_null())
        .join(_first_dockings(events), on="flight_id", how="left", build_side=BUILD)
        .join(_incomplete(totals, events), on="spacecraft_id", how="left", build_side=BUILD)
        .with_columns(is_left_out=pl.col("incomplete").fill_null(has_event & _TOOK.is_null()))
        .with_columns(
            has_docked=has_event & ~is_left_out,
            is_unknown=pl.col("is_unknown") & ~has_event & ~is_left_out,
        )
    )


def unlisted_flights(flights: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the flights without an event that may have docked, by LL2's total of their craft."""
    alone = flights.join(events, on="flight_id", how="anti", build_side=BUILD).cache()
    near = events.join(alone, on="spacecraft_id", how="semi", build_side=BUILD)
    joined = alone.join(_incomplete(alone, near), on="spacecraft_id", how="left", build_side=BUILD)
    return joined.filter(pl.col("incomplete") | pl.col(TOTAL).is_null())


def _incomplete(flights: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the craft of the flights whose events give less than LL2's total."""
    # Totals and events grouped together need no join.
    totals = flights.select("spacecraft_id", TOTAL, craft_at="retrieved_at")
    rows = pl.concat([totals, events.drop_nulls("spacecraft_id")], how="diagonal")
    terms = {TOTAL: pl.col(TOTAL).max(), "listed": pl.col("docked").sum()}
    missing = pl.col(TOTAL) - pl.col("listed")
    # Few craft lack a minute, and only of those it matters whether they are docked.
    near = rows.group_by("spacecraft_id").agg(**terms).filter(missing > pl.duration(minutes=1))
    rows = rows.join(near.select("spacecraft_id"), on="spacecraft_id", how="semi", build_side=BUILD)
    return (
        rows.group_by("spacecraft_id")
        .agg(pl.col(TOTAL, "craft_at").max(), **listed())
        .with_columns(retrieved_at="craft_at")
        .filter(missing > tolerance())
        .select("spacecraft_id", incomplete=True)
    )


def _first_dockings(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the first possible docking of each flight with events; null if none is possible."""
    docking = pl.col("docking")
    possible = (docking > pl.col("launch_net")) & (docking <= known_end()).fill_null(True)
    # Of two at one time the lower id is the first.
    order = docking.to_physical().cast(pl.Int128) * 2**64 + pl.col("docking_id")
    return (
        events.drop_nulls("flight_id")
        .with_columns(docking=pl.when(possible).then(docking))
        .group_by("flight_id")
        .agg(
            docking=docking.min(),
            # Numbered, the names take less time and memory on their way through sorts and joins.
            target_name=pl.col("target_name").cast(pl.Categorical).min_by(order),
        )
        .with_columns(has_event=True)
    )


def begun_dockings(dockings: pl.LazyFrame) -> pl.LazyFrame:
    """Return the dockings that are not planned for later than `retrieved_at`."""
    return dockings.filter(pl.col("docking").le(pl.col("retrieved_at")).fill_null(True))


def listed() -> dict[str, pl.Expr]:
    """Return what the events of a craft give, to compare it with LL2's total."""
    return {
        "listed": pl.col("docked").sum(),
        "still_docked": pl.col("is_open").any(),
        "last_departure": pl.col("departure").max(),
        "events_at": pl.col("retrieved_at").max(),
    }


def tolerance() -> pl.Expr:
    """Return how far the two may differ: a minute, while docked also the time between them."""
    docked = pl.col("still_docked") | (pl.col("last_departure") > pl.col("retrieved_at"))
    between = pl.when(docked).then((pl.col("events_at") - pl.col("retrieved_at")).abs())
    return pl.duration(minutes=1) + between.fill_null(pl.duration())


def with_spans(dockings: pl.LazyFrame, *latest: str) -> pl.LazyFrame:
    """Return the dockings with `start` and `until`, within their flight and before `latest`."""
    departure = pl.when("is_open").then("retrieved_at").otherwise("departure")
    # Without a docking or a departure there is no span, whatever bounds it.
    start = pl.col("docking").clip(lower_bound=pl.col("launch_net"))
    until = departure.clip(upper_bound=pl.min_horizontal(known_end(), *latest))
    return dockings.with_columns(start=start, until=until)


def without_overlap(spans: pl.LazyFrame, *owner: str) -> pl.LazyFrame:
    """Return the spans, each beginning where the earlier ones of its owner end, if that is later.

    Of two that begin at one time the one with the lower `docking_id` is the earlier.
    """
    start, until = (pl.col(name).to_physical() for name in ("start", "until"))
    # Owners by number, so that no span reaches into those of the next one.
    is_next = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in owner)
    place = is_next.cum_sum().cast(pl.Int128) * 2**64
    reach = (place + pl.when(start < until).then(until)).cum_max().forward_fill().shift()
    later = pl.when(start < reach - place).then(reach - place).otherwise(start)
    return spans.sort(*owner, "start", "docking_id").with_columns(
        start=later.cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
    )
