"""Measure how often launches and landings succeed."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.selection import (
    Frame,
    Options,
    count,
    same_kind,
    select_flights,
    summarise,
)
from spacecraft_analysis.measures.turnaround import Z

_SUCCESS, _FAILURE, _PARTIAL_FAILURE = 3, 4, 7


def outcomes_by_family(
    flights: Frame,
    *,
    by: str = "family",
    placeholders: bool = False,
    mass_simulators: bool = False,
    suborbital: bool = True,
) -> Frame:
    """Return how often launches and landings succeeded, one row per family and a row `all`.

    * `success_count`, `partial_failure_count`, `failure_count`: flights by the `launch_status_id`
      of their launch (3, 7, 4); `unknown_count`: those with another or none. `flights_count`: all
      flights begun, the sum of the four. A launch of two spacecraft counts for each.
    * `launch_success_fraction` = success / (success + partial failure + failure); `low_fraction`,
      `high_fraction`: its 95 % Wilson score interval, without continuity correction; exactly 0 and
      1 where no launch or all succeeded.
    * `landing_success_fraction` = landings that succeeded / `landing_attempt_count`, the attempts
      whose success is known. `landing_unknown_count`: flights that are not open and of which it is
      unknown whether a landing was attempted, or whether the attempt succeeded.

    A fraction without a denominator is null. Rows are ordered by group, null last, then `all`.

    Args:
        flights: The flights table. Needs `is_planned`, `is_open`, `launch_status_id`,
            `landing_attempt` and `landing_success`.
        by: The column to group by; the first column has its name.
        placeholders: Whether placeholders count.
        mass_simulators: Whether mass simulators count.
        suborbital: Whether suborbital craft count.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> outcomes = outcomes_by_family(read_sample().flights).filter(family="Space Shuttle")
        >>> for *fractions, success in outcomes.select(outcomes.columns[1:5]).rows():
        ...     print(*(round(fraction, 3) for fraction in fractions), success)
        0.985 0.948 0.996 133
    """
    options = Options(by, placeholders, mass_simulators, suborbital)
    status = pl.col("launch_status_id")
    success, partial, failure = (
        count(status == id_) for id_ in (_SUCCESS, _PARTIAL_FAILURE, _FAILURE)
    )
    known = success + partial + failure
    attempt, landed = pl.col("landing_attempt"), pl.col("landing_success")
    attempts, landings = count(attempt & landed.is_not_null()), count(attempt & landed)
    is_unknown = attempt.is_null() | (attempt & landed.is_null())
    low, high = _wilson(success, known)
    terms: dict[str, pl.Expr] = {
        "launch_success_fraction": pl.when(known > 0).then(success / known),
        "low_fraction": low,
        "high_fraction": high,
        "success_count": success,
        "partial_failure_count": partial,
        "failure_count": failure,
        "unknown_count": pl.len().cast(pl.Int64) - known,
        "flights_count": pl.len().cast(pl.Int64),
        "landing_success_fraction": pl.when(attempts > 0).then(landings / attempts),
        "landing_attempt_count": attempts,
        "landing_unknown_count": count(is_unknown & pl.col("is_open").ne_missing(True)),
    }
    columns = ("is_open", "launch_status_id", "landing_attempt", "landing_success")
    rows = select_flights(flights, options, terms, columns)
    return same_kind(summarise(rows, terms, by), flights)


def _wilson(successes: pl.Expr, trials: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the bounds of the 95 % Wilson score interval; null without trials."""
    share, n, square = successes / trials, trials.cast(pl.Float64), Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    spread = (share * (1 - share) / n + square / (4 * n * n)).sqrt() * Z / (1 + square / n)
    # Rounding would put these two beside 0 and 1.
    low = pl.when(successes == 0).then(0.0).otherwise(middle - spread)
    high = pl.when(successes == trials).then(1.0).otherwise(middle + spread)
    return pl.when(trials > 0).then(low), pl.when(trials > 0).then(high)
