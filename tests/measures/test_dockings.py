"""How long spacecraft take to dock, by hand."""

from datetime import timedelta

import pytest

from spacecraft_analysis.measures import time_to_dock_by_family, times_to_dock
from tests.measures.fleets import at, dockings, event, flight_row, flights


def test_time_to_dock_is_launch_to_first_docking():
    """Launched on day 0, docked on day 2 and, after a relocation, on day 50: 2 days."""
    flown = flights(flight_row(1, 0, 100))
    docked = dockings(flown, event(1, 50, 90), event(1, 2, 49, target_name="ISS"))
    assert times_to_dock(flown, docked).rows(named=True) == [
        {
            "spacecraft_id": 1,
            "spacecraft_name": "Craft 1",
            "family": "Falcon",
            "flight_id": 1,
            "launch_net": at(0),
            "docking": at(2),
            "target_name": "ISS",
            "time_to_dock": timedelta(days=2),
        }
    ]


def test_the_first_possible_docking_counts():
    """After the launch and not after the end; a flight without one is left out and counted."""
    cases = {
        "before the launch": ((0, 100), [-1], None),
        "another before the launch is no reason": ((0, 100), [-1, 3], 3),
        "at the launch": ((0, 100), [0], None),
        "after the mission end": ((0, 100), [101], None),
        "at the mission end": ((0, 3), [3], 3),
        "an unknown end bounds nothing": ((0, None), [3], 3),
        "nor does one before the launch": ((0, -5), [3], 3),
        "on the day of an end by the day": ((1.5, 2), [2.5], None),
        "at an unknown time": ((0, 100), [None], None),
        "launch unknown": ((None, 100), [1], None),
    }
    flown = flights(
        *(
            flight_row(nth, *times, family=case)
            for nth, (case, (times, *_)) in enumerate(cases.items(), 1)
        )
    )
    events = [
        event(nth, day, 102) for nth, (_, days, _) in enumerate(cases.values(), 1) for day in days
    ]
    docked = dockings(flown, *events)
    found = times_to_dock(flown, docked).select("family", "time_to_dock").iter_rows()
    expected = {
        case: timedelta(days=first) for case, (*_, first) in cases.items() if first is not None
    }
    assert dict(found) == expected
    for row in time_to_dock_by_family(flown, docked)[:-1].iter_rows(named=True):
        docks = row["family"] in expected
        assert row["docked_flight_count"] == docks, row["family"]
        assert row["left_out_count"] == (not docks), row["family"]


def test_of_two_dockings_at_one_time_the_lower_id_is_the_first():
    """Two events of one time, as of Soyuz T-15: the docking with Mir has the lower id."""
    flown = flights(flight_row(1, 0, 100))
    docked = dockings(flown, event(1, 2, 90), event(1, 2, 50, target_name="Salyut 7"))
    assert times_to_dock(flown, docked)["target_name"].to_list() == ["Mir"]
    assert times_to_dock(flown, docked.reverse())["target_name"].to_list() == ["Mir"]


def test_time_to_dock_by_family_by_hand():
    """Falcon took 1, 2 and 4 days and is once unknown; Condor never docked.

    Median 2 days, the 90th percentile 2 + 0.8 × 2 = 3.6 days.
    """
    never = {"family": "Condor", "spacecraft_time_docked": timedelta(0)}
    flown = flights(
        *(flight_row(id_, 0, 100) for id_ in (1, 2, 3, 4)), flight_row(5, 0, 10, **never)
    )
    events = [event(id_, day, 90) for id_, day in ((1, 1), (2, 4), (3, 2))]
    frame = time_to_dock_by_family(flown, dockings(flown, *events))
    assert frame.columns == [
        *("family", "fastest_hours", "median_hours", "p90_hours", "docked_flight_count"),
        *("never_docked_count", "unknown_count", "left_out_count", "flights_count"),
    ]
    assert frame.rows() == [
        ("Condor", None, None, None, 0, 1, 0, 0, 1),
        ("Falcon", 24.0, 48.0, pytest.approx(86.4), 3, 0, 1, 0, 4),
        ("all", 24.0, 48.0, pytest.approx(86.4), 3, 1, 1, 0, 5),
    ]


def test_of_one_docking_all_figures_are_alike():
    """The one of two flights that docked, after 26:40:34, is the fastest, the median and p90."""
    flown = flights(*(flight_row(id_, 0, 100) for id_ in (1, 2)))
    events = dockings(flown, event(1, at(1) + timedelta(hours=2, minutes=40, seconds=34), 90))
    for row in time_to_dock_by_family(flown, events).iter_rows():
        assert row[1:4] == (row[1],) * 3
