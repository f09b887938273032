"""Measure how long spacecraft stay on the ground: the periods, their summary, their curve."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.selection import (
    ALL,
    BUILD,
    MICROSECONDS_A_DAY,
    Frame,
    Options,
    count,
    may_fly_again,
    place,
    quantile,
    same_kind,
    select_flights,
    with_total,
)

# 97.5 % of a normal distribution lie below it: a band of 95 % leaves out 2.5 % on either side.
Z = 1.959963984540054
# Rounding must not keep a curve that meets one half exactly above it.
_HALF = 0.5 + 1e-12
_CRAFT = ("spacecraft_id", "spacecraft_name")
_STATE = ("status_id", "flight_number", "is_latest")
_PERIOD = (
    *("flight_id", "flight_number", "mission_end", "next_flight_id", "next_launch_net"),
    *("turnaround", "observed"),
)
_SUMMARY = (
    *("fastest_days", "median_days", "p90_days", "km_median_days", "km_low_days", "km_high_days"),
    *("turnaround_count", "censored_count", "craft_count", "flights_count"),
    *("not_waiting_count", "left_out_count"),
)
_CURVE = (
    *("days", "at_risk", "returned", "censored"),
    *("still_waiting_fraction", "low_fraction", "high_fraction"),
)


def turnarounds(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """Return every period that a spacecraft spent on the ground between flights, one row each.

    Turnaround = the next flight's `launch_net` - the flight's `mission_end`, of the same
    spacecraft. `observed` is false for a craft that waits to fly again: its period has lasted
    `turnaround` up to `retrieved_at`, and `next_flight_id` and `next_launch_net` are null.

    Left out, and counted by `turnaround_by_family`, are periods that

    * are negative or touch an unknown launch or end;
    * follow an end at midnight by less than a day: such an end may be known to the day only, and
      the craft then landed up to a day later;
    * follow a flight whose next one, by `flight_number`, is not in the frame. So a filter on
      single flights neither joins two periods into one nor invents a wait.

    Rows are ordered by `spacecraft_id`, then `flight_number`.

    Args:
        flights: The flights table or rows of it. Needs `flight_number`, `is_planned`, `is_latest`.
        by: The column to carry along for grouping; it takes the place of `family`.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> periods = turnarounds(read_sample().flights, suborbital=False)
        >>> fastest = periods.filter("observed").sort("turnaround").head(3)
        >>> for row in fastest.select("spacecraft_name", "mission_end", "turnaround").iter_rows():
        ...     print(row[0], row[1].date(), row[2])
        Space Shuttle Atlantis 1985-10-07 50 days, 7:29:00
        Space Shuttle Challenger 1984-02-11 55 days, 1:43:00
        Space Shuttle Discovery 1985-04-19 58 days, 21:39:00
    """
    options = Options(by, placeholders, mass_simulators, suborbital)
    reserved, columns = (*_CRAFT, *_PERIOD), ("spacecraft_name", *_STATE)
    periods = _ground_periods(select_flights(flights, options, reserved, columns))
    ordered = periods.filter("counted").sort(place())
    result = ordered.select(*_CRAFT, pl.col("group").alias(by), *_PERIOD)
    return same_kind(result, flights)


def turnaround_by_family(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """Return how long spacecraft stay on the ground, one row per family and a row `all`.

    * `fastest_days`, `median_days`, `p90_days`: of the `turnaround_count` periods that ended with a
      launch (quantiles by linear interpolation). Biased short: the long ones still go on.
    * `km_median_days`: the Kaplan-Meier (product-limit) median of all periods, those that still go
      on included: the smallest time at which the curve of `turnaround_survival` is at or below one
      half (to 1e-12). `km_low_days`, `km_high_days`: the same of the lower and the upper edge of
      its 95 % band; null where an edge stays above one half. Where the curve is 0 it has no band.
    * `censored_count`: craft that wait, their period measured up to `retrieved_at`.
    * `craft_count`, `flights_count`: craft that have flown, and their flights.
    * `not_waiting_count`: craft on the ground whose status is not Active (retired, destroyed,
      single use, null …), so that what follows their last flight is not a turnaround.
    * `left_out_count`: the periods that `turnarounds` leaves out.

    So in each row `flights_count` = `turnaround_count` + `censored_count` + `not_waiting_count` +
    `left_out_count` + craft in space. Days have 24 hours; null means that there is no period to
    measure. Rows are ordered by group, null last, then `all`. A period belongs to the group of the
    flight before it.

    The curve describes craft that can fly again. Periods of one craft are not independent, so the
    band is narrower than it should be. An end known to the day stands at midnight, so the period
    after it may be up to a day too long.

    R's `survfit` (survival 3.5) gives another median where the curve stands at exactly one half:
    the middle between that time and the next event. For the Space Shuttle of the sample that is
    158.6 days, against 157.3 here; the bounds agree.

    Args:
        flights: The flights table or rows of it, as for `turnarounds`. To compare years, group by
            a column of them.
        by: The column to group by; the first column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count.

    References:
        Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, JASA 53;
        Greenwood (1926), The natural duration of cancer; Kalbfleisch & Prentice (1980), The
        statistical analysis of failure time data, for the log-log band.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> summary = turnaround_by_family(read_sample().flights)
        >>> shuttle = summary.filter(family="Space Shuttle")
        >>> for *row, days in shuttle.select("family", "turnaround_count", "median_days").rows():
        ...     print(*row, round(days, 1))
        Space Shuttle 130 158.6
    """
    options = Options(by, placeholders, mass_simulators, suborbital)
    rows = select_flights(flights, options, _SUMMARY, _STATE)
    lengths = _lengths(_ground_periods(rows))
    days, returned = pl.col("days"), pl.col("returned")
    ended = pl.when(returned > 0).then("days")
    terms = {
        "fastest_days": ended.min(),
        "median_days": quantile(ended, returned, 0.5),
        "p90_days": quantile(ended, returned, 0.9),
        "km_median_days": days.filter(pl.col("still_waiting_fraction") <= _HALF).min(),
        "km_low_days": days.filter(pl.col("low_fraction") <= _HALF).min(),
        "km_high_days": days.filter(pl.col("high_fraction") <= _HALF).min(),
        "turnaround_count": returned.sum(),
        "censored_count": pl.col("censored").sum(),
        "flights_count": pl.col("flights").sum(),
        "not_waiting_count": pl.col("not_waiting").sum(),
        "left_out_count": pl.col("left_out").sum(),
    }
    craft = pl.col("spacecraft_id").n_unique().cast(pl.Int64)
    each = _curve(lengths).group_by("group").agg(**terms)
    total = _curve(_of_all(lengths)).select(group=ALL, **terms)
    result = with_total(
        each.join(rows.group_by("group").agg(craft_count=craft), on="group", nulls_equal=True),
        total.join(rows.select(group=ALL, craft_count=craft), on="group"),
    )
    return same_kind(result.select(pl.col("group").alias(by), *_SUMMARY), flights)


def turnaround_survival(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """Return the fraction of craft still on the ground by days, one row per time and family.

    The Kaplan-Meier (product-limit) curve of the ground periods of `turnarounds`. For each
    distinct length `days`: `at_risk` periods lasted at least so long, `returned` of them ended
    then with a launch, and `censored` had lasted so long at `retrieved_at` and go on. With
    d = `returned` and n = `at_risk`

    * `still_waiting_fraction` S = the product of (n - d)/n up to and including that time;
    * `low_fraction`, `high_fraction` = S ** exp(±z·se), se = sqrt(sum of d/(n(n - d))) / -ln S,
      z = 1.96: the pointwise 95 % log-log band with Greenwood's variance; null where S is 1 or 0.

    Rows are ordered by group, null last, then those of `all`; within each by `days`. A group
    without a period has no row. Limits and sources are those of `turnaround_by_family`.

    Args:
        flights: The flights table or rows of it, as for `turnarounds`.
        by: The column to group by; the first column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> curve = turnaround_survival(read_sample().flights).filter(family="Dragon")
        >>> names = ("days", "at_risk", "returned", "still_waiting_fraction")
        >>> for *row, fraction in curve.select(names).head(3).iter_rows():
        ...     print(*row, round(fraction, 3))
        417.9864699074074 9 1 0.889
        558.2673148148148 8 1 0.778
        593.6909490740741 7 1 0.667
    """
    options = Options(by, placeholders, mass_simulators, suborbital)
    lengths = _lengths(_ground_periods(select_flights(flights, options, _CURVE, _STATE)))
    each, total = (
        _curve(rows).drop_nulls("days").select("group", *_CURVE)
        for rows in (lengths, _of_all(lengths))
    )
    return same_kind(with_total(each, total, "days").rename({"group": by}), flights)


def _ground_periods(flights: pl.LazyFrame) -> pl.LazyFrame:
    """Return what follows each flight: a period up to the next flight, a wait, or neither."""
    number, is_latest = pl.col("flight_number"), pl.col("is_latest").fill_null(False)
    following = flights.filter(number > 1).select(
        "spacecraft_id",
        flight_number=number - 1,
        next_flight_id="flight_id",
        next_launch_net="launch_net",
    )
    waiting = is_latest & may_fly_again()
    end = pl.col("known_end")
    turnaround = pl.when(waiting).then("retrieved_at").otherwise("next_launch_net") - end
    # An end at midnight may be known to the day only: the hours that follow it are not known.
    least = pl.when(end.dt.truncate("1d") == end).then(pl.duration(days=1))
    key = ("spacecraft_id", "flight_number")
    return flights.join(following, on=key, how="left", build_side=BUILD).with_columns(
        observed=~is_latest,
        waiting=waiting,
        not_waiting=is_latest & ~may_fly_again() & pl.col("in_space").ne_missing(True),
        turnaround=turnaround,
        counted=(turnaround >= least.otherwise(pl.duration())).fill_null(False),
    )


def _lengths(periods: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many periods of each group ended at each length; null: those not counted."""
    observed, waiting, counted = pl.col("observed"), pl.col("waiting"), pl.col("counted")
    return periods.group_by("group", turnaround=pl.when(counted).then("turnaround")).agg(
        returned=count(observed & counted),
        censored=count(waiting & counted),
        not_waiting=count(pl.col("not_waiting")),
        left_out=count((observed | waiting) & ~counted),
        flights=pl.len().cast(pl.Int64),
    )


def _of_all(lengths: pl.LazyFrame) -> pl.LazyFrame:
    """Return the same of all groups together."""
    return lengths.group_by("turnaround").agg(pl.exclude("group").sum(), group=ALL.first())


def _curve(lengths: pl.LazyFrame) -> pl.LazyFrame:
    """Return the Kaplan-Meier curve of each group with its band, beside what was counted."""
    n, d, s = pl.col("at_risk"), pl.col("returned"), pl.col("still_waiting_fraction")
    at_risk = (d + pl.col("censored")).cum_sum(reverse=True).over("group")
    se = (d / (n * (n - d))).cum_sum().over("group").sqrt() / -s.log()
    has_band = (s > 0) & (s < 1)
    return (
        # What has no length comes last, where it adds to no other.
        lengths.sort("turnaround", nulls_last=True)
        .with_columns(
            days=pl.col("turnaround").dt.total_microseconds() / MICROSECONDS_A_DAY,
            at_risk=at_risk,
        )
        .with_columns(still_waiting_fraction=((n - d) / n).cum_prod().over("group"))
        .with_columns(
            low_fraction=pl.when(has_band).then(s ** (Z * se).exp()),
            high_fraction=pl.when(has_band).then(s ** (-Z * se).exp()),
        )
    )
