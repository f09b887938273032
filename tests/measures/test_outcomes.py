"""How often launches and landings succeed, by hand and against scipy."""

import pytest

from spacecraft_analysis.measures import outcomes_by_family
from tests.measures.fleets import FAILURE, PARTIAL_FAILURE, SUCCESS, flight_row, flights, one

# So many make rounding miss 1.
LAUNCHES = 10
LANDED = {"landing_attempt": True, "landing_success": True}
CRASHED = LANDED | {"landing_success": False}


def test_outcomes_by_hand():
    """Eight successes of ten launches, one more unknown, one planned; 2 of 3 landings.

    Wilson's interval of 8 of 10, z = 1.96: (0.8 + z²/20 ± z·√(0.8·0.2/10 + z²/400)) / (1 + z²/10).
    """
    statuses = [SUCCESS] * 8 + [PARTIAL_FAILURE, FAILURE, None]
    landings = [LANDED, LANDED, CRASHED, {"landing_attempt": False}, {"landing_attempt": True}]
    landings += [{}] * 6
    rows = zip(statuses, landings, strict=True)
    frame = outcomes_by_family(
        flights(
            *(
                flight_row(1, 10 * n, 10 * n + 5, launch_status_id=status, **landing)
                for n, (status, landing) in enumerate(rows)
            ),
            flight_row(1, 2000, None, launch_status_id=1),
            flight_row(2, 900, None, in_space=True, family="Condor", launch_status_id=6),
        )
    )
    assert frame.columns == [
        *("family", "launch_success_fraction", "low_fraction", "high_fraction", "success_count"),
        *("partial_failure_count", "failure_count", "unknown_count", "flights_count"),
        *("landing_success_fraction", "landing_attempt_count", "landing_unknown_count"),
    ]
    falcon = (0.8, pytest.approx(0.490162, abs=1e-6), pytest.approx(0.943318, abs=1e-6), 8, 1, 1)
    assert frame.rows() == [
        ("Condor", None, None, None, 0, 0, 0, 1, 1, None, 0, 0),
        ("Falcon", *falcon, 1, 11, pytest.approx(2 / 3), 3, 7),
        ("all", *falcon, 2, 12, pytest.approx(2 / 3), 3, 7),
    ]


@pytest.mark.slow
def test_the_interval_is_scipys():
    """Exactly 0 where no launch and exactly 1 where all succeeded, whatever the rounding."""
    from scipy.stats import binomtest

    cases = [*((n, 7) for n in range(8)), (0, LAUNCHES), (LAUNCHES, LAUNCHES)]
    statuses = [
        (f"{successes} of {launches}", status)
        for successes, launches in cases
        for status in [SUCCESS] * successes + [FAILURE] * (launches - successes)
    ]
    summary = outcomes_by_family(
        flights(
            *(
                flight_row(n, 0, 1, launch_status_id=status, family=case)
                for n, (case, status) in enumerate(statuses)
            )
        )
    )
    for successes, launches in cases:
        row = one(summary, group=f"{successes} of {launches}")
        expected = binomtest(successes, launches).proportion_ci(0.95, method="wilson")
        bounds = row["low_fraction"], row["high_fraction"]
        assert bounds == pytest.approx((expected.low, expected.high), abs=1e-12)
        if successes in (0, launches):
            assert bounds[successes // launches] == successes // launches
