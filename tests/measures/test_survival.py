"""The survival curve of ground periods against scipy, lifelines and exact fractions."""

import math
import warnings
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import turnaround_by_family, turnaround_survival
from tests.measures.fleets import fleet, flights, period

TOLERANCE = 1e-9
# Few distinct lengths make many ties; whether each ended with a launch.
PERIODS = st.lists(st.tuples(st.integers(0, 25), st.booleans()), min_size=1, max_size=40)
MEETS_ONE_HALF = [(days, True) for days in range(1, 13)]


def curve_of(periods, group="Falcon"):
    return turnaround_survival(fleet(periods)).filter(family=group)


def summary_of(periods):
    return turnaround_by_family(fleet(periods)).filter(family="all").row(0, named=True)


def scipy_curve(periods):
    # Imported where it is asked, like lifelines: that takes longer than most files' tests.
    from scipy.stats import CensoredData, ecdf

    ended = [days for days, observed in periods if observed]
    waiting = [days for days, observed in periods if not observed]
    return ecdf(CensoredData(uncensored=ended, right=waiting)).sf


def scipy_band(curve):
    """The lower and upper edge; scipy warns of the times at which they are undefined."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The confidence interval is undefined")
        band = curve.confidence_interval(method="log-log")
    return band.low.probabilities, band.high.probabilities


def fractions(periods):
    """The curve in exact fractions: (days, S) at every distinct length."""
    left = Fraction(1)
    for days in sorted({days for days, _ in periods}):
        at_risk = sum(length >= days for length, _ in periods)
        returned = sum(length == days and observed for length, observed in periods)
        left *= Fraction(at_risk - returned, at_risk)
        yield days, left


def test_curve_by_hand():
    """10 returned, 20 returned, 20 still going on, 30 returned.

    S = 3/4, then 3/4 × 2/3 = 1/2, then 0; at 10 days the variance sum is 1/(4 × 3) = 1/12.
    """
    curve = turnaround_survival(fleet([(10, True), (20, True), (20, False), (30, True)]))
    assert curve.columns == [
        *("family", "days", "at_risk", "returned", "censored"),
        *("still_waiting_fraction", "low_fraction", "high_fraction"),
    ]
    falcon = curve.filter(family="Falcon").drop("family", "low_fraction", "high_fraction")
    assert falcon.rows() == [
        (10.0, 4, 1, 0, 0.75),
        (20.0, 3, 1, 1, 0.5),
        (30.0, 1, 1, 0, 0.0),
    ]
    se = math.sqrt(1 / 12) / -math.log(0.75)
    low, high = (0.75 ** math.exp(sign * 1.959963984540054 * se) for sign in (1, -1))
    assert curve.select("low_fraction", "high_fraction").row(0) == pytest.approx((low, high))
    assert curve.select("low_fraction", "high_fraction").row(2) == (None, None)


def test_all_pools_the_families():
    """One period of each family: two rows at risk in `all`, last and by days."""
    rows = [*period(1, 20, True), *period(2, 10, True, family="Condor")]
    curve = turnaround_survival(flights(*rows))
    assert curve.select("family", "days", "at_risk").rows() == [
        ("Condor", 10.0, 1),
        ("Falcon", 20.0, 1),
        ("all", 10.0, 2),
        ("all", 20.0, 1),
    ]


def test_a_group_that_only_waits_stays_at_one():
    """No return: S is 1, without a band, and there is no median."""
    curve = curve_of([(10, False), (10, False), (30, False)])
    assert curve["still_waiting_fraction"].to_list() == [1.0, 1.0]
    assert curve["censored"].to_list() == [2, 1]
    assert curve["low_fraction"].null_count() == curve["high_fraction"].null_count() == 2
    summary = summary_of([(10, False), (30, False)])
    assert [summary[f"km_{name}_days"] for name in ("median", "low", "high")] == [None] * 3


def test_a_single_return_has_a_median_and_no_band():
    """S falls from 1 to 0 at once: the median is reached where no band is defined."""
    summary = summary_of([(10, True)])
    assert [summary[f"km_{name}_days"] for name in ("median", "low", "high")] == [10, None, None]


@pytest.mark.slow
@given(PERIODS)
@settings(max_examples=150, deadline=None)
def test_curve_and_band_equal_scipy(periods):
    """Times, counts, curve and log-log band, with ties; undefined here where it is there."""
    curve, expected = curve_of(periods), scipy_curve(periods)
    assert curve["days"].to_list() == expected.quantiles.tolist()
    assert curve["still_waiting_fraction"].to_list() == pytest.approx(
        expected.probabilities.tolist(), abs=TOLERANCE
    )
    for name, edge in zip(("low_fraction", "high_fraction"), scipy_band(expected), strict=True):
        ours = curve[name].fill_null(math.nan).to_list()
        assert ours == pytest.approx(edge.tolist(), abs=TOLERANCE, nan_ok=True)


@pytest.mark.slow
@given(PERIODS)
@settings(max_examples=60, deadline=None)
def test_curve_equals_lifelines(periods):
    """Curve and counts at every time, by another independent library."""
    curve = curve_of(periods)
    days, observed = zip(*periods, strict=True)
    from lifelines import KaplanMeierFitter

    fitter = KaplanMeierFitter().fit(days, observed)
    expected = fitter.survival_function_at_times(curve["days"].to_list()).tolist()
    assert curve["still_waiting_fraction"].to_list() == pytest.approx(expected, abs=TOLERANCE)
    table = fitter.event_table.query("removed > 0")
    for ours, theirs in (("returned", "observed"), ("censored", "censored")):
        assert curve[ours].to_list() == table[theirs].tolist()
    assert curve["at_risk"].to_list() == [sum(d >= day for d in days) for day in curve["days"]]


@pytest.mark.slow
@given(PERIODS)
@example(MEETS_ONE_HALF)
@example([(1, True), (1, True), (1, False), (2, True), (2, True), (3, True)])
@settings(max_examples=150, deadline=None)
def test_median_equals_exact_fractions(periods):
    """The smallest time at which S is at or below one half, also where it meets it exactly."""
    expected = next((days for days, left in fractions(periods) if 2 * left <= 1), None)
    assert summary_of(periods)["km_median_days"] == expected


@pytest.mark.parametrize("size", range(2, 200, 2))
def test_median_of_an_even_number_of_returns_is_the_lower_middle(size):
    """Of n returns and no wait S is exactly 1/2 at the n/2-th, whatever the rounding."""
    assert summary_of([(day, True) for day in range(1, size + 1)])["km_median_days"] == size / 2


@pytest.mark.slow
@given(PERIODS)
@settings(max_examples=100, deadline=None)
def test_the_interval_is_where_scipys_band_meets_one_half(periods):
    """The smallest times at which the lower and the upper edge are at or below one half."""
    expected = scipy_curve(periods)
    summary = summary_of(periods)
    for name, edge in zip(("km_low_days", "km_high_days"), scipy_band(expected), strict=True):
        reached = expected.quantiles[edge <= 0.5 + 1e-12]
        assert summary[name] == (reached[0] if reached.size else None)


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 25), st.booleans(), st.sampled_from("ABC")), min_size=1))
@settings(max_examples=60, deadline=None)
def test_each_family_has_its_own_curve(periods):
    """The curve of a family does not depend on which others are there."""
    rows = [period(id_, *one, family=group) for id_, (*one, group) in enumerate(periods, 1)]
    curves = turnaround_survival(flights(*(row for one in rows for row in one)))
    for group in {group for *_, group in periods}:
        alone = curve_of([(days, observed) for days, observed, of in periods if of == group])
        assert curves.filter(family=group).drop("family").equals(alone.drop("family"))
    everything = curve_of([(days, observed) for days, observed, _ in periods], "all")
    assert curves.filter(pl.col("family") == "all").equals(everything)


@pytest.mark.slow
def test_a_large_fleet_keeps_its_precision():
    """20,000 periods, a third of them waiting: the curve within 1e-9 of exact fractions."""
    periods = [(day / 64, day % 3 != 0) for day in range(20_000)]
    left, expected = Fraction(1), []
    for at_risk, (_, observed) in zip(range(20_000, 0, -1), periods, strict=True):
        left *= Fraction(at_risk - observed, at_risk)
        expected.append(float(left))
    ours = curve_of(periods)["still_waiting_fraction"].to_list()
    assert ours == pytest.approx(expected, abs=TOLERANCE)
