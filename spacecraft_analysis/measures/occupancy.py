"""Measure over periods how many spacecraft are in space, and how many are docked at a station."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from spacecraft_analysis.measures.dockings import (
    OF_FLIGHT,
    SPAN,
    TOTAL,
    begun_dockings,
    unlisted_flights,
    with_spans,
    without_overlap,
)
from spacecraft_analysis.measures.selection import (
    MICROSECONDS_A_DAY,
    Frame,
    Options,
    checked,
    exact,
    same_kind,
    select_flights,
    select_rows,
)

_MOST_ROWS = 2_000_000
_HOURS = {"y": 8_766, "q": 2_191.5, "mo": 730.5, "w": 168, "d": 24, "h": 1}
# Longer ones begin before the first year that Python and Polars can express.
_EVERY = re.compile(rf"([1-9][0-9]{{0,2}})({'|'.join(_HOURS)})")
_BODY = "launch_mission_orbit_celestial_body_name"
_PERIOD = ("period_start", "period_end")
_IN_ORBIT = (*_PERIOD, "craft_days", "average_in_orbit")
_DOCKED = (*_PERIOD, "docked_days", "average_docked", "unlisted_flight_count")


def in_orbit(
    flights: Frame,
    every: str = "1y",
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """Return how many craft were in space, one row per period and family.

    `craft_days` is the time that the family's flights spent in space within the period, from
    `launch_net` to `mission_end`, in days of 24 hours; `average_in_orbit` is the same divided by
    the period's length: the average number of craft in space. Suborbital and lunar craft count too.

    Periods begin on the calendar in UTC and are without gaps, from that of the first launch to the
    latest `retrieved_at`, where the last one is cut. Every family has every period, with 0 where
    nothing flew. An open flight lasts up to `retrieved_at`; a flight whose end is unknown is left
    out (`check` lists them). A craft belongs to the group of its flight. There is no row `all`,
    since the groups add up. Rows are ordered by `period_start`, then group, null last.

    More than 2,000,000 rows raise an error; of a lazy frame they can't be counted beforehand.

    Args:
        flights: The flights table. Needs `is_planned` and `is_open`.
        every: The length of a period: a number up to 999 and `y`, `q`, `mo`, `w`, `d` or `h`.
        by: The column to group by; the third column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> presence = in_orbit(read_sample().flights, every="1mo").filter(family="Soyuz")
        >>> for start, end, family, days, average in presence.tail(2).iter_rows():
        ...     print(start.date(), end.date(), family, round(days, 3), average)
        2025-03-01 2025-04-01 Soyuz 31.0 1.0
        2025-04-01 2025-04-07 Soyuz 6.992 1.0
    """
    hours = _hours(every)
    options = Options(by, placeholders, mass_simulators, suborbital)
    rows = select_flights(flights, options, _IN_ORBIT, ("is_open",))
    if isinstance(flights, pl.DataFrame):
        _check_size(rows, "launch_net", hours, "flights")
    stays = rows.with_columns(start="launch_net", until=_until())
    result = _over_periods(stays, stays, every, _IN_ORBIT)
    return same_kind(result.rename({"group": by}), flights)


def station_occupancy(
    dockings: Frame,
    flights: Frame | None = None,
    every: str = "1y",
    *,
    by: str = "target_name",
    placeholders: bool = False,
    mass_simulators: bool = False,
) -> Frame:
    """Return how many craft were docked, one row per period and station.

    `docked_days` is the time that craft were docked within the period, in days of 24 hours;
    `average_docked` is the same divided by the period's length: the average number of craft.

    Dockings with stations alone, by flights of spacecraft. An event lasts from `docking` to
    `departure`, within its flight's launch and end, an open one up to `retrieved_at`. Dockings of
    one flight at one station count once where they overlap, in the group of the one that began
    first. An event whose departure is unknown is left out. An end known to the day stands at
    midnight; the time docked on that day is not included.

    With `flights`, `unlisted_flight_count` says how many flights to the station in space in that
    period have no listed event, so that the other figures are too low: those that count as unknown
    or left out in `time_to_dock_by_family`, and whose `destination` is the station (letter case
    aside). Where that is null the station is inferred: the only one that was in use during the
    flight, from its first listed docking to its last docking or departure, of those at which a
    docking of the flight's configuration is listed; if the configuration has no listed docking at
    all, of its family. A flight that fits none or two, or whose orbit is not around the Earth,
    counts at none. A flight with an unknown end counts in the period of its launch. Null unless
    `by` is `target_name`.

    Periods, their order and their largest number are those of `in_orbit`, from the first docking:
    every station has every period, and there is no row `all`.

    Args:
        dockings: The dockings table.
        flights: The flights table of the same snapshot. Needs `is_planned`, `is_open`,
            `spacecraft_time_docked` and `launch_mission_orbit_celestial_body_name`.
        every: The length of a period: a number up to 999 and `y`, `q`, `mo`, `w`, `d` or `h`.
        by: The column of `dockings` to group by; the third column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> occupancy = station_occupancy(sample.dockings, sample.flights)
        >>> iss = occupancy.filter(target_name="International Space Station").tail(3)
        >>> for start, _, _, days, average, unlisted in iss.iter_rows():
        ...     print(start.year, round(days), round(average, 2), unlisted)
        2023 0 0.0 19
        2024 238 0.65 12
        2025 134 1.38 3
    """
    hours = _hours(every)
    options = Options(by, placeholders, mass_simulators)
    needed = (
        *(*SPAN, "flight_id", "config_id", "family"),
        *("target_kind", "target_id", "target_name"),
    )
    rows = begun_dockings(select_rows(dockings, "dockings", needed, options, _DOCKED))
    events = rows.filter(target_kind="station").drop_nulls("flight_id")
    if isinstance(dockings, pl.DataFrame):
        _check_size(events, "docking", hours, "dockings")
    spans = with_spans(events, "retrieved_at")
    # Most flights have one span. It overlaps with no other and need not be sorted.
    several = spans.group_by("flight_id").len().filter(pl.col("len") > 1).cache()
    alone = spans.join(several, on="flight_id", how="anti")
    others = spans.join(several, on="flight_id", how="semi")
    once = pl.concat([alone, without_overlap(others, "flight_id", "target_id")])
    result = _over_periods(spans, once, every, _DOCKED)
    if flights is not None and by == "target_name":
        columns = ("is_open", "config_id", "family", "destination", _BODY, TOTAL)
        flown = select_flights(flights, options._replace(by="config_id"), (), columns)
        events = begun_dockings(checked(dockings, "snapshot.dockings", OF_FLIGHT))
        unlisted = _unlisted(unlisted_flights(flown, events), rows, every)
        key = ["period_start", "group"]
        result = result.join(unlisted, on=key, how="left", maintain_order="left")
        result = result.with_columns(pl.col("unlisted_flight_count").fill_null(0))
    elif flights is not None:
        result = result.with_columns(unlisted_flight_count=pl.lit(None, pl.Int64))
    return same_kind(result.rename({"group": by}), dockings, flights)


def _until() -> pl.Expr:
    """Return when a flight ended, or `retrieved_at` while it goes on; null if that is unknown."""
    end, retrieved_at = pl.col("known_end"), pl.col("retrieved_at")
    goes_on = pl.col("is_open") | (end > retrieved_at)
    return pl.when(goes_on).then(retrieved_at).otherwise(end)


def _unlisted(flights: pl.LazyFrame, dockings: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Return how many flights in space in each period lack an event at the station `group`."""
    launch, until = pl.col("launch_net"), pl.max_horizontal(_until(), "launch_net")
    stays = flights.drop_nulls("launch_net").drop("group").with_columns(until=until)
    at_station = dockings.filter(target_kind="station")
    departure = pl.when("is_open").then("retrieved_at").otherwise("departure")
    end = pl.max_horizontal("docking", pl.coalesce(departure, "mission_end"))
    used = at_station.group_by(station="target_name").agg(
        first=pl.col("docking").min(), last=end.max()
    )
    unnamed = stays.filter(
        pl.col("destination").is_null(), pl.col(_BODY).fill_null("Earth") == "Earth"
    )
    of_config, of_family = (
        at_station.select(kind, station="target_name").unique().join(used, on="station")
        for kind in ("config_id", "family")
    )
    by_config = unnamed.join(of_config, on="config_id")
    by_family = unnamed.join(dockings, on="config_id", how="anti").join(of_family, on="family")
    inferred = (
        pl.concat([by_config, by_family])
        .filter(launch <= pl.col("last"), pl.col("until") >= pl.col("first"))
        .group_by("flight_id")
        .agg(pl.col("station").first(), fitting=pl.len())
        .filter(pl.col("fitting") == 1)
    )
    name = pl.coalesce("destination", "station").str.to_lowercase()
    names = used.select(group="station", name=pl.col("station").str.to_lowercase())
    # A flight without a length counts in the period of its launch.
    end = pl.max_horizontal("until", launch + pl.duration(microseconds=1))
    starts = pl.datetime_ranges(launch.dt.truncate(every), end, interval=every, closed="left")
    return (
        stays.join(inferred, on="flight_id", how="left")
        .join(names, left_on=name, right_on="name")
        .select("group", period_start=starts)
        .explode("period_start", empty_as_null=False, keep_nulls=False)
        .group_by("group", "period_start")
        .agg(unlisted_flight_count=pl.len().cast(pl.Int64))
    )


def _hours(every: object) -> float:
    """Return about how many hours a period lasts; raise ValueError if it is not one."""
    match = _EVERY.fullmatch(str(every))
    if not match:
        raise ValueError(
            f"every={every!r} is not the length of a period; pass a number and a unit, such as "
            "'1y', '1q', '1mo', '1w', '1d' or '12h'"
        )
    return int(match[1]) * _HOURS[match[2]]


def _check_size(rows: pl.LazyFrame, instant: str, hours: float, table: str) -> None:
    """Raise ValueError if periods of so many hours are too many rows for all groups."""
    span = pl.col("retrieved_at").max() - pl.col(instant).min()
    size = rows.select(span=span.dt.total_hours(), groups=pl.col("group").n_unique())
    span_hours, groups = size.collect().row(0)
    periods = (span_hours or 0) / hours
    if periods * groups > _MOST_ROWS:
        raise ValueError(
            f"about {periods:,.0f} periods for each of {groups:,} groups are more than the "
            f"{_MOST_ROWS:,} rows that one call returns; pass longer periods, or fewer rows, "
            f"such as {table}.filter(pl.col({instant!r}).dt.year() >= 2020)"
        )


def _over_periods(
    spans: pl.LazyFrame, once: pl.LazyFrame, every: str, names: Sequence[str]
) -> pl.LazyFrame:
    """Return how much of each period the spans of each group fill, in days and on average.

    Spans have `group`, `start`, `until` and `retrieved_at`; `once` are the same without overlap. A
    span that does not end after its start, or lacks one of them, has periods but no length.
    """
    days, average = names[2:4]
    length = exact(pl.col("period_end") - pl.col("period_start"))
    # All that began by a period's end fill it from its start, less what comes before or after.
    present = pl.col("change").fill_null(0).cum_sum().over("group")
    time = present * length - pl.col("lateness").fill_null(0)
    key = ["group", "period_start"]
    return (
        _periods(spans, every)
        .join(_changes(once, every), on=key, how="left", nulls_equal=True)
        .sort(key, nulls_last=True)
        .with_columns(time=time)
        .sort("period_start", "group", nulls_last=True)
        .select(
            *("period_start", "period_end", "group"),
            (pl.col("time") / MICROSECONDS_A_DAY).alias(days),
            (pl.col("time") / length).alias(average),
        )
    )


def _periods(rows: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Return every period for every group."""
    first, last = pl.col("start").min().dt.truncate(every), pl.col("retrieved_at").max()
    starts = pl.datetime_ranges(first, last, interval=every, closed="left")
    periods = rows.select(last=last, period_start=starts).explode(
        "period_start", empty_as_null=False, keep_nulls=False
    )
    end = pl.col("period_start").shift(-1).fill_null(pl.col("last"))
    groups = rows.select("group").unique()
    return periods.select("period_start", period_end=end).join(groups, how="cross")


def _changes(spans: pl.LazyFrame, every: str) -> pl.LazyFrame:
    """Return by how much each period changed the number of spans, and how late in it, in sum.

    Counting changes costs one row a span and instant, however many periods it lasts.
    """
    weight, instant = pl.col("weight"), pl.col("instant")
    counted = spans.filter(pl.col("start") < pl.col("until"))
    changes = [
        counted.select("group", instant=name, weight=pl.lit(sign))
        for name, sign in (("start", 1), ("until", -1))
    ]
    period_start = instant.dt.truncate(every)
    lateness = (weight * exact(instant - period_start)).sum()
    by_period = pl.concat(changes).group_by("group", period_start=period_start)
    return by_period.agg(change=weight.sum(), lateness=lateness)
