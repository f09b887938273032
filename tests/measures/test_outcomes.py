"""How often launches and landings succeed, by hand."""

import pytest

from spacecraft_analysis.measures import outcomes_by_family
from tests.measures.fleets import FAILURE, PARTIAL_FAILURE, SUCCESS, flight_row, flights

LANDED = {"landing_attempt": True, "landing_success": True}
CRASHED = LANDED | {"landing_success": False}


def test_outcomes_by_hand():
    """Eight successes of ten launches, one more unknown, one planned; 2 of 3 landings.

    Another family succeeded ten times of ten: the upper bound is 1, though rounding misses it.
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
            *(flight_row(3, n, n, family="Kite", launch_status_id=SUCCESS) for n in range(10)),
        )
    )
    assert frame.columns == [
        *("family", "launch_success_fraction", "low_fraction", "high_fraction", "success_count"),
        *("partial_failure_count", "failure_count", "unknown_count", "flights_count"),
        *("landing_success_fraction", "landing_attempt_count", "landing_unknown_count"),
    ]
    falcon = (0.8, pytest.approx(0.490162, abs=1e-6), pytest.approx(0.943318, abs=1e-6), 8, 1, 1)
    both = (0.9, pytest.approx(0.698966, abs=1e-6), pytest.approx(0.972134, abs=1e-6), 18, 1, 1)
    assert frame.rows() == [
        ("Condor", None, None, None, 0, 0, 0, 1, 1, None, 0, 0),
        ("Falcon", *falcon, 1, 11, pytest.approx(2 / 3), 3, 7),
        ("Kite", 1, pytest.approx(0.722467, abs=1e-6), 1, 10, 0, 0, 0, 10, None, 0, 10),
        ("all", *both, 2, 22, pytest.approx(2 / 3), 3, 17),
    ]
