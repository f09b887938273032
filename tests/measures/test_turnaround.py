"""The time on the ground, period by period and family by family, by hand."""

from datetime import timedelta

import polars as pl
import pytest

from spacecraft_analysis.measures import (
    turnaround_by_family,
    turnarounds,
)
from spacecraft_analysis.snapshot import read_sample
from tests.measures.fleets import (
    DESTROYED,
    RETIRED,
    RETRIEVED,
    SINGLE_USE,
    at,
    flight,
    flights,
    one,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sample():
    return read_sample()


def test_turnaround_is_landing_to_next_launch():
    """Landed on day 10, launched again on day 40: 30 days on the ground."""
    periods = turnarounds(flights(flight(7, 0, 10), flight(7, 40, 50, in_space=True)))
    assert periods.row(0, named=True) == {
        "spacecraft_id": 7,
        "spacecraft_name": "Craft 7",
        "family": "Falcon",
        "flight_id": 1,
        "mission_end": at(10),
        "next_flight_id": 2,
        "next_launch_net": at(40),
        "turnaround": 30 * DAY,
        "observed": True,
    }


def test_columns_of_turnarounds_are_in_the_stated_order():
    """The craft, its group, the flight, the next one, the period."""
    frame = turnarounds(flights(flight(1, 0, 10)), by="config_name")
    assert frame.columns == [
        *("spacecraft_id", "spacecraft_name", "config_name", "flight_id", "mission_end"),
        *("next_flight_id", "next_launch_net", "turnaround", "observed"),
    ]
    assert frame.schema["turnaround"] == pl.Duration("us")


def test_a_waiting_craft_has_a_censored_period_up_to_retrieved_at():
    """Landed on day 10, asked on day 1000: 990 days so far, and no next flight."""
    row = turnarounds(flights(flight(1, 0, 10))).row(0, named=True)
    assert row["turnaround"] == 990 * DAY
    assert row["observed"] is False
    assert row["next_flight_id"] is None
    assert row["next_launch_net"] is None


@pytest.mark.parametrize("status", [RETIRED, DESTROYED, SINGLE_USE, 5, None])
def test_a_craft_that_is_not_active_does_not_wait(status):
    """Its last landing begins no ground period."""
    assert turnarounds(flights(flight(1, 0, 10, status_id=status))).is_empty()


def test_a_craft_in_space_does_not_wait():
    """Neither with its flight open nor if LL2 already gives an end."""
    rows = [flight(1, 0, None, in_space=True), flight(2, 0, 10, in_space=True)]
    assert turnarounds(flights(*rows)).is_empty()


def test_flights_are_ordered_by_launch_then_by_id():
    """Three flights in any order of rows; the two launched on day 20 follow their ids."""
    frame = flights(
        flight(1, 20.5, 20.5, flight_id=9),
        flight(1, 20.5, 20.5, flight_id=8),
        flight(1, 0, 10, flight_id=10, status_id=RETIRED),
    ).with_columns(status_id=pl.lit(RETIRED, pl.Int64))
    periods = turnarounds(frame)
    assert periods["flight_id"].to_list() == [10, 8]
    assert periods["next_flight_id"].to_list() == [8, 9]


def test_periods_of_different_craft_do_not_meet():
    """Craft 1 landed before craft 2 flew: no period leads from one to the other."""
    rows = [flight(1, 0, 10, status_id=RETIRED), flight(2, 20, 30, status_id=RETIRED)]
    assert turnarounds(flights(*rows)).is_empty()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((0, 50), (40, 60), id="launched before the last landing"),
        pytest.param((0, None), (40, 60), id="unknown end"),
        pytest.param((0, -9000), (40, 60), id="an end before its own launch is no end"),
        pytest.param((0, 10), (None, 60), id="unknown launch"),
    ],
)
def test_impossible_and_unknown_periods_are_left_out_and_counted(first, second):
    """Of two flights of a retired craft: no turnaround, one period left out."""
    frame = flights(flight(1, *first, status_id=RETIRED), flight(1, *second, status_id=RETIRED))
    assert turnarounds(frame).is_empty()
    summary = one(turnaround_by_family(frame))
    assert (summary["turnaround_count"], summary["left_out_count"]) == (0, 1)


def test_a_period_of_no_length_counts():
    """Launched the moment it landed: 0 days, which is not negative."""
    frame = flights(flight(1, 0, 9.5, status_id=RETIRED), flight(1, 9.5, 20, status_id=RETIRED))
    assert turnarounds(frame)["turnaround"].to_list() == [timedelta(0)]


@pytest.mark.parametrize(
    ("end", "again", "counted"),
    [
        pytest.param(10, 10.9, 0, id="hours after an end at midnight"),
        pytest.param(10, 11, 1, id="a day after an end at midnight"),
        pytest.param(10.5, 10.9, 1, id="hours after an end at noon"),
        pytest.param(999, None, 1, id="waits for a day since midnight"),
        pytest.param(999.5, None, 1, id="waits for hours since noon"),
        pytest.param(1000, None, 0, id="asked at midnight, the moment it landed"),
    ],
)
def test_hours_after_an_end_known_to_the_day_are_left_out_and_counted(end, again, counted):
    """Who landed some time on day 10 and flew on day 10 may have flown before it landed."""
    rows = [flight(1, 0, end)] + ([flight(1, again, None)] if again else [])
    frame = flights(*(row | {"in_space": again is not None} for row in rows))
    summary = one(turnaround_by_family(frame))
    assert turnarounds(frame).height == counted
    assert summary["turnaround_count"] + summary["censored_count"] == counted
    assert summary["left_out_count"] == 1 - counted


def test_a_wait_that_touches_an_unknown_end_is_left_out_and_counted():
    """Active and not in space, but nobody says when it landed; or only after we asked."""
    frame = flights(flight(1, 0, None), flight(2, 0, RETRIEVED + 1))
    assert turnarounds(frame).is_empty()
    assert one(turnaround_by_family(frame))["left_out_count"] == 2


def test_a_flight_without_a_launch_time_is_the_last():
    """Landed on day 10, and flew again nobody knows when: both periods are left out, none waits."""
    frame = flights(flight(1, 0, 10), flight(1, None, 60))
    assert turnarounds(frame).is_empty()
    assert one(turnaround_by_family(frame))["left_out_count"] == 2


def test_a_planned_flight_has_not_begun():
    """Asked on day 1000 with a launch planned for day 1200: the craft still waits, 990 days."""
    frame = flights(flight(1, 0, 10), flight(1, 1200, None))
    assert turnarounds(frame)["turnaround"].to_list() == [990 * DAY]
    assert one(turnaround_by_family(frame))["flights_count"] == 1


def test_each_row_is_measured_up_to_its_own_page():
    """Pages are sent at different times: landed on day 10, asked on day 11 and on day 12."""
    frame = flights(flight(1, 0, 10, retrieved_at=11), flight(2, 0, 10, retrieved_at=12))
    assert turnarounds(frame)["turnaround"].to_list() == [DAY, 2 * DAY]


def test_periods_are_exact_to_the_microsecond():
    """One microsecond on the ground is one microsecond."""
    again = at(9.5) + timedelta(microseconds=1)
    frame = flights(flight(1, 0, 9.5, status_id=RETIRED), flight(1, again, 20, status_id=RETIRED))
    assert turnarounds(frame)["turnaround"].to_list() == [timedelta(microseconds=1)]


def test_summary_by_hand():
    """Falcon: 10, 20, 30, 40 days between flights, then waiting; Condor flew once, retired.

    Fastest 10, median 25, the 90th percentile 10 + 0.9 × 30 = 37. The curve falls to 4/5, 3/5,
    2/5 at 10, 20, 30 days: its median is 30.
    """
    ends = [0, 10, 30, 60, 100]
    frame = flights(
        *(flight(1, end, end) for end in ends),
        flight(2, 0, 10, status_id=RETIRED, family="Condor"),
        flight(3, 0, None, in_space=True, family="Condor"),
    )
    summary = turnaround_by_family(frame)
    falcon = one(summary, group="Falcon")
    assert falcon == one(summary) | {
        "family": "Falcon",
        "craft_count": 1,
        "flights_count": 5,
        "not_waiting_count": 0,
    }
    assert (falcon["turnaround_count"], falcon["censored_count"]) == (4, 1)
    assert falcon["fastest_days"] == 10
    assert falcon["median_days"] == 25
    assert falcon["p90_days"] == pytest.approx(37)
    assert falcon["km_median_days"] == 30
    condor = one(summary, group="Condor")
    assert condor["not_waiting_count"] == 1
    assert condor["km_median_days"] is None
    assert condor["fastest_days"] is None


def test_columns_of_the_summary_are_in_the_stated_order():
    """The group, the answer, what stands behind it; and counts that can be subtracted."""
    summary = turnaround_by_family(flights(flight(1, 0, 10)), by="config_name")
    assert summary.columns == [
        *("config_name", "fastest_days", "median_days", "p90_days", "km_median_days"),
        *("km_low_days", "km_high_days", "turnaround_count", "censored_count", "craft_count"),
        *("flights_count", "not_waiting_count", "left_out_count"),
    ]
    counts = [dtype for name, dtype in summary.schema.items() if name.endswith("_count")]
    assert counts == [pl.Int64] * 6


def test_every_flight_is_followed_by_exactly_one_thing(sample):
    """Flights = turnarounds + waits + craft that are done + periods left out + craft in space."""
    summary = turnaround_by_family(sample.flights)
    chosen = sample.flights.filter(~pl.col("is_placeholder"), pl.col("config_type_id") != 5)
    aloft = chosen.filter("in_space")["spacecraft_id"].n_unique()
    parts = ("turnaround_count", "censored_count", "not_waiting_count", "left_out_count")
    total = one(summary)
    assert total["flights_count"] == sum(total[part] for part in parts) + aloft
    assert total["flights_count"] == chosen.height


def test_the_summary_counts_what_turnarounds_lists(sample):
    """Its observed rows are the turnarounds, the others the waits."""
    listed = turnarounds(sample.flights)["observed"].value_counts().rows()
    total = one(turnaround_by_family(sample.flights))
    assert dict(listed) == {True: total["turnaround_count"], False: total["censored_count"]}


def test_all_counts_a_craft_of_two_groups_once():
    """Grouped by destination, one craft flew to two: once in each, once in all."""
    frame = flights(flight(1, 0, 10, destination="Mir"), flight(1, 20, 30, destination="ISS"))
    summary = turnaround_by_family(frame, by="destination")
    assert summary.select("destination", "craft_count").rows() == [
        ("ISS", 1),
        ("Mir", 1),
        ("all", 1),
    ]


def test_the_shuttles_fastest_turnaround(sample):
    """Atlantis, 1985: 50 days 7 hours 29 minutes; 135 flights make 130 turnarounds."""
    shuttle = one(turnaround_by_family(sample.flights), group="Space Shuttle")
    assert (shuttle["flights_count"], shuttle["turnaround_count"]) == (135, 130)
    periods = turnarounds(sample.flights).filter(pl.col("family") == "Space Shuttle", "observed")
    assert periods["turnaround"].min() == timedelta(days=50, hours=7, minutes=29)
    assert shuttle["fastest_days"] * 86400 == pytest.approx(50 * 86400 + 7 * 3600 + 29 * 60)


def test_crew_dragons_fastest_turnaround(sample):
    """136 days 17:05:56."""
    periods = turnarounds(sample.flights, by="config_name").filter(config_name="Crew Dragon 2")
    fastest = periods.filter("observed")["turnaround"].min()
    assert fastest == timedelta(days=136, hours=17, minutes=5, seconds=56)


def test_discovery_flew_39_times(sample):
    """38 turnarounds, then retired."""
    by_craft = turnaround_by_family(sample.flights, by="spacecraft_name")
    discovery = one(by_craft, "spacecraft_name", "Space Shuttle Discovery")
    assert (discovery["flights_count"], discovery["turnaround_count"]) == (39, 38)
    assert discovery["not_waiting_count"] == 1


def test_ll2s_own_fastest_turnarounds_are_reproduced(sample):
    """Wherever LL2 gives one, it is the shortest observed period of the craft."""
    own = turnarounds(sample.flights, placeholders=True, mass_simulators=True)
    fastest = own.filter("observed").group_by("spacecraft_id").agg(pl.col("turnaround").min())
    both = sample.spacecraft.drop_nulls("fastest_turnaround").join(fastest, on="spacecraft_id")
    assert both.height == fastest.height > 10
    assert both.filter(pl.col("turnaround") != pl.col("fastest_turnaround")).is_empty()
