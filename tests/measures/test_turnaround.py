"""The time on the ground, period by period and family by family, by hand."""

from datetime import timedelta

import polars as pl
import pytest

from spacecraft_analysis.measures import turnaround_by_family, turnarounds
from tests.measures.fleets import RETIRED, RETRIEVED, at, flight_row, flights, one


def test_turnaround_is_landing_to_next_launch():
    """Landed on day 10, launched again on day 40: 30 days on the ground."""
    periods = turnarounds(flights(flight_row(7, 0, 10), flight_row(7, 40, 50, in_space=True)))
    assert periods.rows(named=True) == [
        {
            "spacecraft_id": 7,
            "spacecraft_name": "Craft 7",
            "family": "Falcon",
            "flight_id": 1,
            "flight_number": 1,
            "mission_end": at(10),
            "next_flight_id": 2,
            "next_launch_net": at(40),
            "turnaround": timedelta(days=30),
            "observed": True,
        }
    ]


def test_hours_after_an_end_known_to_the_day_are_left_out_and_counted():
    """A craft that landed some time on day 10 may have done so after its launch on day 10."""
    counted = {
        "launched the moment it landed": (9.5, 9.5),
        "a day after an end at midnight": (10, 11),
        "hours after an end at noon": (10.5, 10.9),
        "waits for a day since midnight": (999, None),
        "waits for hours since noon": (999.5, None),
    }
    left_out = {
        "hours after an end at midnight": (10, 10.9),
        "retrieved at midnight, the moment it landed": (1000, None),
        "waits since an unknown end": (None, None),
        "lands after it was retrieved": (RETRIEVED + 1, None),
    }
    rows = []
    for craft, (case, (end, again)) in enumerate((counted | left_out).items()):
        more = {"family": case, "in_space": again is not None}
        rows.append(flight_row(craft, 0, end, **more))
        if again is not None:
            rows.append(flight_row(craft, again, None, **more))
    frame = flights(*rows)
    assert sorted(turnarounds(frame)["family"]) == sorted(counted)
    for row in turnaround_by_family(frame)[:-1].iter_rows(named=True):
        is_counted = row["family"] in counted
        assert row["turnaround_count"] + row["censored_count"] == is_counted, row["family"]
        assert row["left_out_count"] == (not is_counted), row["family"]


def test_periods_are_exact_to_the_microsecond():
    """One microsecond on the ground is one microsecond."""
    again = at(9.5) + timedelta(microseconds=1)
    periods = turnarounds(flights(flight_row(1, 0, 9.5), flight_row(1, again, 20, in_space=True)))
    assert periods["turnaround"].to_list() == [timedelta(microseconds=1)]


def test_summary_by_hand():
    """Falcon: 10, 20, 30, 40 days between flights, then waiting; Condor flew once, retired.

    Fastest 10, median 25, the 90th percentile 10 + 0.9 × 30 = 37. The curve falls to 4/5, 3/5,
    2/5 at 10, 20, 30 days: its median is 30.
    """
    summary = turnaround_by_family(
        flights(
            *(flight_row(1, day, day) for day in (0, 10, 30, 60, 100)),
            flight_row(2, 0, 10, status_id=RETIRED, family="Condor"),
            flight_row(3, 0, None, in_space=True, family="Condor"),
        )
    )
    assert summary.columns == [
        *("family", "fastest_days", "median_days", "p90_days", "km_median_days"),
        *("km_low_days", "km_high_days", "turnaround_count", "censored_count", "craft_count"),
        *("flights_count", "not_waiting_count", "left_out_count"),
    ]
    nothing = [None] * 6
    assert summary.drop("km_low_days", "km_high_days").rows() == [
        ("Condor", *nothing[:4], 0, 0, 2, 2, 1, 0),
        ("Falcon", 10, 25, pytest.approx(37), 30, 4, 1, 1, 5, 0, 0),
        ("all", 10, 25, pytest.approx(37), 30, 4, 1, 3, 7, 1, 0),
    ]
    counts = [dtype for name, dtype in summary.schema.items() if name.endswith("_count")]
    assert counts == [pl.Int64] * 6


def test_turnarounds_of_the_sample_are_those_that_ll2_and_others_state(sample):
    """Atlantis 1985, Crew Dragon Freedom, and Discovery's 38; flights add up in the summary."""
    flown = sample.flights
    periods = turnarounds(flown).filter("observed")
    fastest = periods.filter(family="Space Shuttle")["turnaround"].min()
    assert fastest == timedelta(days=50, hours=7, minutes=29)
    dragon = turnarounds(flown, by="config_name").filter(config_name="Crew Dragon 2")
    expected = timedelta(days=136, hours=17, minutes=5, seconds=56)
    assert dragon.filter("observed")["turnaround"].min() == expected
    assert periods.filter(spacecraft_name="Space Shuttle Discovery").height == 38
    total = one(turnaround_by_family(flown))
    aloft = flown.filter("in_space", "is_latest", ~pl.col("is_placeholder")).height
    parts = ("turnaround_count", "censored_count", "not_waiting_count", "left_out_count")
    # One craft in space is a mass simulator.
    assert total["flights_count"] == 738 == sum(total[part] for part in parts) + aloft - 1
