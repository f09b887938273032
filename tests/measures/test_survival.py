"""The survival curve of ground periods by hand and against scipy."""

import math
import warnings
from itertools import chain

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import turnaround_by_family, turnaround_survival
from tests.measures.fleets import fleet, flights, ground_period

TOLERANCE = 1e-9
# Few distinct lengths make many ties; whether each ended with a launch.
PERIODS = st.lists(
    st.tuples(st.integers(0, 25), st.booleans(), st.sampled_from("AB")), min_size=1, max_size=40
)


def scipy_curve(periods):
    """The lengths, the curve, and the lower and upper edge of its log-log band."""
    # Imported where it is needed: that takes longer than most files' tests.
    from scipy.stats import CensoredData, ecdf

    ended = [days for days, observed in periods if observed]
    waiting = [days for days, observed in periods if not observed]
    curve = ecdf(CensoredData(uncensored=ended, right=waiting)).sf
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The confidence interval is undefined")
        band = curve.confidence_interval(method="log-log")
    return curve.quantiles, (
        curve.probabilities, band.low.probabilities, band.high.probabilities
    )  # fmt: skip


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
    assert falcon.rows() == [(10.0, 4, 1, 0, 0.75), (20.0, 3, 1, 1, 0.5), (30.0, 1, 1, 0, 0.0)]
    se = math.sqrt(1 / 12) / -math.log(0.75)
    low, high = (0.75 ** math.exp(sign * 1.959963984540054 * se) for sign in (1, -1))
    assert curve.select("low_fraction", "high_fraction").row(0) == pytest.approx((low, high))
    assert curve.select("low_fraction", "high_fraction").row(2) == (None, None)


def test_the_median_is_the_first_time_at_or_below_one_half():
    """Null where the curve stays above; the lower middle where it meets one half exactly."""
    # Of n returns and no wait S is exactly 1/2 at the n/2-th, whatever the rounding.
    sizes = (2, 4, 6, 10, 12, 26, 50, 98, 130, 198)
    periods = [
        *((10, False, "a group that only waits"), (30, False, "a group that only waits")),
        (10, True, "a single return has no band"),
        *((day, True, f"{n} returns") for n in sizes for day in range(1, n + 1)),
    ]
    summary = turnaround_by_family(
        flights(
            *chain.from_iterable(
                ground_period(id_, days, ended, family=case)
                for id_, (days, ended, case) in enumerate(periods, 1)
            )
        )
    )
    found = summary.select("family", pl.concat_list("^km_.*$"))
    medians = {case: values for case, values in found.iter_rows() if case != "all"}
    assert medians.pop("a group that only waits") == [None] * 3
    assert medians.pop("a single return has no band") == [10, None, None]
    assert {case: values[0] for case, values in medians.items()} == {
        f"{n} returns": n / 2 for n in sizes
    }


@pytest.mark.slow
@given(PERIODS)
@settings(max_examples=60, deadline=None)
def test_curves_bands_and_medians_equal_scipys(periods):
    """Of each family and of all; where scipy has no band, there is none; bounds where it meets."""
    rows = [ground_period(id_, *one, family=of) for id_, (*one, of) in enumerate(periods, 1)]
    frame = flights(*(row for one in rows for row in one))
    curves, summary = turnaround_survival(frame), turnaround_by_family(frame)
    for group in {"all", *(of for *_, of in periods)}:
        mine = [(days, observed) for days, observed, of in periods if group in (of, "all")]
        curve, found = (one.filter(family=group) for one in (curves, summary))
        days, edges = scipy_curve(mine)
        assert curve["days"].to_list() == days.tolist()
        at_risk = [sum(length >= day for length, _ in mine) for day in days]
        assert curve["at_risk"].to_list() == at_risk
        for name, km, edge in zip(
            ("still_waiting_fraction", "low_fraction", "high_fraction"),
            ("km_median_days", "km_low_days", "km_high_days"),
            edges,
            strict=True,
        ):
            ours = curve[name].fill_null(math.nan).to_list()
            assert ours == pytest.approx(edge.tolist(), abs=TOLERANCE, nan_ok=True)
            reached = days[edge <= 0.5 + 1e-12]
            assert found[km].item() == (reached[0] if reached.size else None)
        ended = pl.Series([days for days, observed in mine if observed], dtype=pl.Float64)
        for name, share in (("fastest_days", 0), ("median_days", 0.5), ("p90_days", 0.9)):
            expected = ended.quantile(share, "linear")
            assert found[name].item() == (expected and pytest.approx(expected))
