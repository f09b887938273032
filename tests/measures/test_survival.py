"""The survival curve of ground periods by hand and against scipy."""

import math
import random
import warnings
from itertools import chain

import polars as pl
import pytest

from spacecraft_analysis.measures import turnaround_by_family, turnaround_survival
from tests.measures.fleets import flights, ground_period


def fleet(periods):
    """Return flights of a craft for each period of each family: (days, whether it ended)."""
    named = [(family, *period) for family, of in periods.items() for period in of]
    rows = [ground_period(id_, *period, family=of) for id_, (of, *period) in enumerate(named)]
    return flights(*chain.from_iterable(rows))


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
    periods = [(10, True), (20, True), (20, False), (30, True)]
    curve = turnaround_survival(fleet({"Falcon": periods}))
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


# The median is the first time at or below one half: null where the curve stays above, and, of n
# returns and no wait, exactly the n/2-th, whatever the rounding. A single return has no band.
PERIODS = {
    "a group that only waits": [(10, False), (30, False)],
    "a single return": [(10, True)],
    **{
        f"{n} returns": [(day, True) for day in range(1, n + 1)]
        for n in (2, 4, 6, 10, 12, 26, 50, 98, 130, 198)
    },
}


@pytest.mark.slow
def test_curves_bands_and_medians_equal_scipys():
    """Of each group and of all; where scipy has no band, there is none; bounds where it meets."""
    rng = random.Random(0)
    # Few distinct lengths make many ties.
    periods = PERIODS | {
        f"random {nth}": [(rng.randrange(26), rng.random() < 0.5) for _ in range(1 + nth)]
        for nth in range(40)
    }
    frame = fleet(periods)
    curves, summary = turnaround_survival(frame), turnaround_by_family(frame)
    periods["all"] = [*chain.from_iterable(periods.values())]
    for group, mine in periods.items():
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
            assert ours == pytest.approx(edge.tolist(), abs=1e-9, nan_ok=True)
            reached = days[edge <= 0.5 + 1e-12]
            assert found[km].item() == (reached[0] if reached.size else None)
        ended = pl.Series([days for days, observed in mine if observed], dtype=pl.Float64)
        for name, share in (("fastest_days", 0), ("median_days", 0.5), ("p90_days", 0.9)):
            expected = ended.quantile(share, "linear")
            assert found[name].item() == (expected and pytest.approx(expected))
