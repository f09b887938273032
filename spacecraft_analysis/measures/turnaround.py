"""How long craft stay on the ground between flights: the periods, their summary, their curve."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.inputs import Frame, as_given
from spacecraft_analysis.measures.selection import (
    ALL,
    MICROSECONDS_A_DAY,
    Choice,
    chosen_flights,
    count,
    each_and_all,
    in_order,
    may_fly_again,
)

# 97.5 % of a normal distribution lie below it: a band of 95 % leaves out 2.5 % on either side.
_Z = 1.959963984540054
# Rounding must not keep a curve that meets one half exactly above it.
_HALF = 0.5 + 1e-12
_WHOSE = ("spacecraft_id", "spacecraft_name")
_PERIOD = (
    *("flight_id", "mission_end", "next_flight_id", "next_launch_net"),
    *("turnaround", "observed"),
)
_KAPLAN_MEIER = ("km_median_days", "km_low_days", "km_high_days")
_SUMMARY = (
    *("fastest_days", "median_days", "p90_days", *_KAPLAN_MEIER),
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
    """Every period that a spacecraft spent on the ground between flights, one row each.

    Turnaround = the next flight's `launch_net` - the flight's `mission_end`, of the same craft.
    `observed` is false for the period of a craft that waits to fly again: it has lasted
    `turnaround` so far, up to `retrieved_at`, and `next_flight_id` and `next_launch_net` are null.

    Left out are periods that are negative, touch an unknown launch or end, or are of less than a
    day after an end that stands at midnight: it may be known to the day only, and the craft then
    landed up to a day later. `turnaround_by_family` counts them.

    Rows are ordered by `spacecraft_id`, then by the flights' order (`launch_net`, `flight_id`).

    Args:
        flights: The flights table, with all flights of each craft: what lies between two is taken
            for time on the ground. Filter whole craft before, single periods after.
        by: The column to carry along for grouping; it takes the place of `family`.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether craft count that never went around the Earth (see `measures`).

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, or `by` is none to group by.

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
    choice = Choice(by, placeholders, mass_simulators, suborbital)
    chosen = chosen_flights(flights, choice, (*_WHOSE, *_PERIOD), also=("spacecraft_name",))
    periods = _ground_periods(chosen).filter("counted")
    return as_given(periods.select(*_WHOSE, pl.col("group").alias(by), *_PERIOD), flights)


def turnaround_by_family(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """How long craft stay on the ground, one row per family and a row `all`.

    * `fastest_days`, `median_days`, `p90_days`: of the `turnaround_count` periods that ended with a
      launch (quantiles by linear interpolation). Biased short: the long ones are still going on.
    * `km_median_days`: the product-limit (Kaplan-Meier) median of all periods, those still going
      on included: the smallest time at which the curve of `turnaround_survival` is at or below one
      half (to 1e-12). `km_low_days`, `km_high_days`: the same of the lower and the upper edge of
      its 95 % band. Null where an edge never gets there. Where the curve is 0 it has no band.
    * `censored_count`: craft that wait, their period so far measured up to `retrieved_at`.
    * `craft_count`, `flights_count`: craft that have flown, and their flights.
    * `not_waiting_count`: craft not in space whose status is not Active (retired, destroyed, single
      use, null …): they neither fly nor wait, so what follows their last flight is no turnaround.
    * `left_out_count`: periods left out by `turnarounds`, between two flights or after the last
      flight of a craft that waits.

    So `flights_count` = `turnaround_count` + `censored_count` + `not_waiting_count` +
    `left_out_count` + craft in space, in each row. Days are of 24 hours; null means that there is
    no period to measure. Rows are ordered by group, null last, then `all`. A period belongs to the
    group of the flight before it.

    The curve is conditional on craft that can fly again, and periods of one craft are not
    independent, so the band is narrower than it should be. A period after an end that is known to
    the day, which stands at midnight, may be up to a day too long.

    Args:
        flights: The flights table, with all flights of each craft, as for `turnarounds` (whose own
            result has lost what is counted here). To compare years, group by a column of them.
        by: The column to group by; the first column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether craft count that never went around the Earth (see `measures`).

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, or `by` is none to group by.

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
    choice = Choice(by, placeholders, mass_simulators, suborbital)
    periods = _ground_periods(chosen_flights(flights, choice, _SUMMARY))
    terms = _period_terms()
    each = periods.group_by("group").agg(**terms)
    total = periods.select(group=ALL, **terms)
    result = each_and_all(
        each.join(_medians(_curve(periods)), on="group", how="left", nulls_equal=True),
        total.join(_medians(_curve(periods.with_columns(group=ALL))), on="group", how="left"),
    )
    return as_given(result.select(pl.col("group").alias(by), *_SUMMARY), flights)


def turnaround_survival(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """The fraction of craft still on the ground after so many days, one row per time and family.

    The product-limit (Kaplan-Meier) curve of the ground periods of `turnarounds`. For each
    distinct length `days`: `at_risk` periods lasted at least so long, `returned` of them ended
    then with a launch, and `censored` had lasted so long at `retrieved_at` and go on. With
    d = `returned` and n = `at_risk`

    * `still_waiting_fraction` S = the product of (n - d)/n up to and including that time;
    * `low_fraction`, `high_fraction` = S ** exp(±z·se), se = sqrt(sum of d/(n(n - d))) / -ln S,
      z = 1.96: the pointwise 95 % log-log band with Greenwood's variance. Null where S is 1 or 0:
      there it is undefined.

    Rows are ordered by group, null last, then those of `all`; within each by `days`. A group
    without any period has no row. What the curve is conditional on, and the sources, are those of
    `turnaround_by_family`.

    Args:
        flights: The flights table, with all flights of each craft: what lies between two is taken
            for time on the ground. Filter whole craft before, single periods after.
        by: The column to group by; the first column bears its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether craft count that never went around the Earth (see `measures`).

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: A column lacks or is of another kind, or `by` is none to group by.

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
    choice = Choice(by, placeholders, mass_simulators, suborbital)
    periods = _ground_periods(chosen_flights(flights, choice, _CURVE))
    curves = each_and_all(_curve(periods), _curve(periods.with_columns(group=ALL)), "days")
    return as_given(curves.select(pl.col("group").alias(by), *_CURVE), flights)


def _ground_periods(flights: pl.LazyFrame) -> pl.LazyFrame:
    """What follows each flight: a period between two flights, a wait, or neither."""
    waiting = pl.col("is_last") & may_fly_again()
    until = pl.when(waiting).then("retrieved_at").otherwise("next_launch_net")
    end = pl.col("known_end")
    # An end at midnight may be known to the day only: then it is not known what hours after it are.
    least = pl.when(end.dt.truncate("1d") == end).then(pl.duration(days=1))
    turnaround = until - end
    return in_order(flights).with_columns(
        turnaround=turnaround,
        observed=~pl.col("is_last"),
        waiting=waiting,
        counted=(turnaround >= least.otherwise(pl.duration())).fill_null(False),
    )


def _period_terms() -> dict[str, pl.Expr]:
    """What `turnaround_by_family` says of a group's ground periods, the curve's median aside."""
    observed, counted, waiting = pl.col("observed"), pl.col("counted"), pl.col("waiting")
    days = _days(pl.col("turnaround").filter(observed & counted))
    neither = ~observed & ~waiting & pl.col("in_space").ne_missing(True)
    return {
        "fastest_days": days.min(),
        "median_days": days.median(),
        "p90_days": days.quantile(0.9, "linear"),
        "turnaround_count": count(observed & counted),
        "censored_count": count(waiting & counted),
        "craft_count": pl.col("spacecraft_id").n_unique().cast(pl.Int64),
        "flights_count": pl.len().cast(pl.Int64),
        "not_waiting_count": count(neither),
        "left_out_count": count((observed | waiting) & ~counted),
    }


def _curve(periods: pl.LazyFrame) -> pl.LazyFrame:
    """The product-limit curve of each group, with its band."""
    n, d, s = pl.col("at_risk"), pl.col("returned"), pl.col("still_waiting_fraction")
    at_risk = (d + pl.col("censored")).cum_sum(reverse=True).over("group")
    se = (d / (n * (n - d))).cum_sum().over("group").sqrt() / -s.log()
    has_band = (s > 0) & (s < 1)
    return (
        # The windows keep to their group: sorting by one key takes half the time of two.
        _ends(periods)
        .sort("turnaround")
        .with_columns(at_risk=at_risk, days=_days(pl.col("turnaround")))
        .with_columns(still_waiting_fraction=((n - d) / n).cum_prod().over("group"))
        .with_columns(
            low_fraction=pl.when(has_band).then(s ** (_Z * se).exp()),
            high_fraction=pl.when(has_band).then(s ** (-_Z * se).exp()),
        )
        .select("group", *_CURVE)
    )


def _ends(periods: pl.LazyFrame) -> pl.LazyFrame:
    """How many counted periods of each group returned, or were censored, at each length."""
    return (
        periods.filter("counted")
        .group_by("group", "turnaround")
        .agg(returned=count(pl.col("observed")), censored=count(~pl.col("observed")))
    )


def _medians(curve: pl.LazyFrame) -> pl.LazyFrame:
    """When each group's curve, and each edge of its band, is first at or below one half."""
    edges = ("still_waiting_fraction", "low_fraction", "high_fraction")
    return curve.group_by("group").agg(
        pl.col("days").filter(pl.col(edge) <= _HALF).min().alias(name)
        for name, edge in zip(_KAPLAN_MEIER, edges, strict=True)
    )


def _days(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / MICROSECONDS_A_DAY
