"""Turnaround, utilisation and presence in space, by hand and by what must not change them."""

import os
import time
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from spacecraft_analysis.measures import (
    in_orbit,
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)
from spacecraft_analysis.snapshot import read_sample
from tests.measures.fleets import (
    DESTROYED,
    EPOCH,
    MEASURES,
    RETIRED,
    RETRIEVED,
    SINGLE_USE,
    at,
    craft,
    flight,
    flights,
    spacecraft,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sample():
    return read_sample()


def one(frame, by="family", group="all"):
    """The row of a group, as a dictionary."""
    return frame.filter(pl.col(by) == group).row(0, named=True)


# turnarounds


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
        flight(1, 20, 20, flight_id=9),
        flight(1, 20, 20, flight_id=8),
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
    frame = flights(flight(1, 0, 10, status_id=RETIRED), flight(1, 10, 20, status_id=RETIRED))
    assert turnarounds(frame)["turnaround"].to_list() == [timedelta(0)]


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
    again = at(10) + timedelta(microseconds=1)
    frame = flights(flight(1, 0, 10, status_id=RETIRED), flight(1, again, 20, status_id=RETIRED))
    assert turnarounds(frame)["turnaround"].to_list() == [timedelta(microseconds=1)]


# turnaround_by_family


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
    """As in the docstring, what was left out last, and counts that can be subtracted."""
    summary = turnaround_by_family(flights(flight(1, 0, 10)), by="config_name")
    assert summary.columns == [
        *("config_name", "craft_count", "flights_count", "turnaround_count", "fastest_days"),
        *("median_days", "p90_days", "censored_count", "not_waiting_count", "km_median_days"),
        *("km_low_days", "km_high_days", "left_out_count"),
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


# utilisation_by_family


def test_utilisation_by_hand():
    """Two craft: 2 flights with 30 days in space, 15 docked, and 1 flight with 10 and 5.

    The first flew on days 0 to 15 and 85 to 100, then retired: 30 days of 100. The second flew
    once and retired: no service fraction. A third never flew.
    """
    craft_frame = spacecraft(
        craft(1, 2, 30, 15, status_id=RETIRED),
        craft(2, 1, 10, 5, status_id=RETIRED),
        craft(3, 0, 0, 0),
    )
    flown = flights(
        flight(1, 0, 15, status_id=RETIRED),
        flight(1, 85, 100, status_id=RETIRED),
        flight(2, 0, 10, status_id=RETIRED),
    )
    assert one(utilisation_by_family(craft_frame, flown)) == {
        "family": "all",
        "craft_count": 3,
        "flown_count": 2,
        "flights_count": 3,
        "flights_per_craft": 1.5,
        "in_space_now_count": 0,
        "time_in_space_days": 40.0,
        "time_docked_days": 20.0,
        "docked_fraction": 0.5,
        "docked_craft_count": 2,
        "docked_left_out_count": 0,
        "in_space_fraction": 0.3,
        "service_days": 100.0,
        "in_space_craft_count": 1,
        "in_space_left_out_count": 0,
    }


def test_without_flights_there_are_no_service_columns():
    """The columns from `in_space_fraction` on are absent."""
    frame = spacecraft(craft(1, 2, 30, 15))
    without = utilisation_by_family(frame)
    assert without.columns[-1] == "docked_left_out_count"
    with_flights = utilisation_by_family(frame, flights(flight(1, 0, 15)))
    assert with_flights.columns[: without.width] == without.columns


@pytest.mark.parametrize(
    ("aloft", "docked"),
    [(178, 363), (None, 5), (10, None), (0, 0), (-1, 0), (10, -1)],
    ids=["docked longer than in space", "in space unknown", "docked unknown", "no time in space",
         "negative time in space", "negative time docked"],
)  # fmt: skip
def test_impossible_and_unknown_docking_leaves_the_ratio_and_is_counted(aloft, docked):
    """Beside a craft docked 5 of 10 days the ratio stays 1/2, and one craft is left out."""
    frame = spacecraft(craft(1, 1, 10, 5), craft(2, 1, aloft, docked))
    total = one(utilisation_by_family(frame))
    assert total["docked_fraction"] == 0.5
    assert (total["docked_craft_count"], total["docked_left_out_count"]) == (1, 1)
    assert total["flown_count"] == 2


def test_a_craft_that_never_flew_is_in_no_ratio():
    """Whatever its times say: 5 of 10 days stay 1/2."""
    total = one(utilisation_by_family(spacecraft(craft(1, 1, 10, 5), craft(2, 0, 10, 10))))
    assert total["docked_fraction"] == 0.5
    assert (total["docked_craft_count"], total["docked_left_out_count"]) == (1, 0)


def test_unknown_times_do_not_become_zero():
    """Where LL2 gives no time, the sum and the ratios are null."""
    total = one(utilisation_by_family(spacecraft(craft(1, 1, None, None))))
    assert total["time_in_space_days"] is None
    assert total["time_docked_days"] is None
    assert total["docked_fraction"] is None


def test_a_family_that_never_flew_has_no_ratio():
    """No flights a craft rather than 0/0; an unknown number of flights is none."""
    total = one(utilisation_by_family(spacecraft(craft(1, 0, 0, 0), craft(2, None, None, None))))
    assert total["flights_per_craft"] is None
    assert total["docked_fraction"] is None
    assert (total["flown_count"], total["docked_left_out_count"]) == (0, 0)


@pytest.mark.parametrize(
    ("more", "last_end", "service"),
    [
        pytest.param({"status_id": RETIRED}, 100, 100, id="retired: to the last landing"),
        pytest.param({}, 100, RETRIEVED, id="waiting: to retrieved_at"),
        pytest.param({"in_space": True}, None, RETRIEVED, id="in space: to retrieved_at"),
    ],
)
def test_service_life_ends_when_the_craft_can_no_longer_fly(more, last_end, service):
    """First launched on day 0, last landed on day 100, asked on day 1000."""
    total = one(
        utilisation_by_family(
            spacecraft(craft(1, 2, 30, 15, **more)),
            flights(flight(1, 0, 15, **more), flight(1, 85, last_end, **more)),
        )
    )
    assert total["service_days"] == service
    assert total["in_space_fraction"] == 30 / service


def test_a_craft_waiting_after_its_only_flight_has_a_service_life():
    """Flew on days 0 to 10 and waits on day 1000: 10 days of 1000."""
    total = one(utilisation_by_family(spacecraft(craft(1, 1, 10, 5)), flights(flight(1, 0, 10))))
    assert total["in_space_fraction"] == 0.01


@pytest.mark.parametrize(
    ("aloft", "last_end"),
    [(30, None), (None, 100), (0, 100), (-5, 100), (101, 100)],
    ids=["end unknown", "time unknown", "no time", "negative", "longer than the service"],
)
def test_unknown_and_impossible_service_leaves_the_ratio_and_is_counted(aloft, last_end):
    """Beside a craft in space for 30 of 100 days the ratio stays 0.3, and one is left out."""
    more = {"status_id": RETIRED}
    total = one(
        utilisation_by_family(
            spacecraft(craft(1, 2, 30, 15, **more), craft(2, 2, aloft, 0, **more)),
            flights(
                *(flight(1, 0, 15, **more), flight(1, 85, 100, **more)),
                *(flight(2, 0, 15, **more), flight(2, 85, last_end, **more)),
            ),
        )
    )
    assert total["in_space_fraction"] == 0.3
    assert (total["in_space_craft_count"], total["in_space_left_out_count"]) == (1, 1)


def test_an_unknown_launch_could_be_the_first():
    """Waits since day 100, one of two launches unknown: no service life, one left out."""
    flown = flights(flight(1, 85, 100), flight(1, None, 60))
    total = one(utilisation_by_family(spacecraft(craft(1, 2, 30, 15, status_id=RETIRED)), flown))
    assert total["in_space_left_out_count"] == 1
    aloft = flights(flight(1, None, 60), flight(1, 85, 100)).with_columns(in_space=True)
    total = one(utilisation_by_family(spacecraft(craft(1, 2, 30, 15, in_space=True)), aloft))
    assert (total["service_days"], total["in_space_left_out_count"]) == (None, 1)


def test_a_craft_whose_flights_are_not_listed_is_left_out_and_counted():
    """LL2 says two flights and lists none."""
    total = one(utilisation_by_family(spacecraft(craft(1, 2, 30, 15)), flights()))
    assert total["in_space_fraction"] is None
    assert total["in_space_left_out_count"] == 1


def test_an_active_craft_with_an_unknown_last_end_does_not_wait():
    """Two flights, the last end unknown: left out. A single flight like that: no service at all."""
    twice = flights(flight(1, 0, 15), flight(1, 85, None))
    total = one(utilisation_by_family(spacecraft(craft(1, 2, 30, 15)), twice))
    assert (total["in_space_craft_count"], total["in_space_left_out_count"]) == (0, 1)
    once = flights(flight(1, 0, None))
    total = one(utilisation_by_family(spacecraft(craft(1, 1, 30, 15)), once))
    assert (total["in_space_craft_count"], total["in_space_left_out_count"]) == (0, 0)


def test_sums_of_durations_do_not_wrap():
    """Ten craft of 100,000 years each: 64 bits of microseconds end at 292,271 years."""
    days = 100_000 * 365
    frame = spacecraft(*(craft(id_, 1, days, days) for id_ in range(10)))
    total = one(utilisation_by_family(frame))
    assert total["time_in_space_days"] == 10 * days
    assert total["docked_fraction"] == 1


# in_orbit


def test_presence_by_hand():
    """2020 has 366 days: a craft up from 1 December 2020 to 11 January 2021.

    31 days in 2020; 10 days in 2021, a year of 365 cut at day 366 + 100.
    """
    day = (datetime(2020, 12, 1, tzinfo=timezone.utc) - EPOCH).days
    frame = in_orbit(flights(flight(1, day, day + 41, retrieved_at=466)))
    assert frame.columns == ["period_start", "family", "craft_days", "average_in_orbit"]
    assert frame.rows() == [
        (EPOCH, "Falcon", 31.0, pytest.approx(31 / 366)),
        (at(366), "Falcon", 10.0, pytest.approx(10 / 100)),
    ]


def test_a_flight_through_a_period_fills_it():
    """Up from 2020 to 2023: 365 craft-days in 2021, an average of one craft."""
    frame = in_orbit(flights(flight(1, 10, 1200, retrieved_at=2000)))
    year = frame.filter(period_start=datetime(2021, 1, 1, tzinfo=timezone.utc))
    assert year.select("craft_days", "average_in_orbit").row(0) == (365.0, 1.0)


def test_period_edges_belong_to_the_later_period():
    """Landed at the stroke of the year and launched at it: nothing spills over."""
    rows = [flight(1, 356, 366), flight(2, 366, 376)]
    frame = in_orbit(flights(*rows, flight(3, 0, 0), flight(3, 731, 731)))
    assert frame["craft_days"].to_list() == [10.0, 10.0, 0.0]


def test_retrieved_at_on_an_edge_adds_no_empty_period():
    """Asked at the first second of 2021: 2020 is the last period, and whole."""
    frame = in_orbit(flights(flight(1, 0, None, in_space=True, retrieved_at=366)))
    assert frame.select("craft_days", "average_in_orbit").rows() == [(366.0, 1.0)]


def test_a_craft_in_space_does_not_spill_into_the_next_group():
    """Asked at the first second of 2021, Condor in space all year, Falcon never."""
    open_flight = flight(1, 0, None, in_space=True, family="Condor")
    rows = [row | {"retrieved_at": at(366)} for row in (open_flight, flight(2, 9, 9))]
    assert in_orbit(flights(*rows))["craft_days"].to_list() == [366, 0]


def test_every_group_has_every_period_zeros_included():
    """Falcon flew in 2020, Condor in 2022: three years for each, in order."""
    frame = in_orbit(flights(flight(1, 0, 10), flight(2, 731, 741, family="Condor")))
    assert frame["period_start"].dt.year().to_list() == [2020, 2020, 2021, 2021, 2022, 2022]
    assert frame["family"].to_list() == ["Condor", "Falcon"] * 3
    assert frame["craft_days"].to_list() == [0, 10, 0, 0, 10, 0]


def test_an_open_flight_lasts_up_to_retrieved_at():
    """Launched on day 990, in space on day 1000: 10 days."""
    frame = in_orbit(flights(flight(1, 990, None, in_space=True)))
    assert frame["craft_days"].sum() == 10


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([flight(1, 0, None, status_id=DESTROYED)], id="lost, not in space"),
        pytest.param([flight(1, 0, -9000)], id="ends before its launch"),
        pytest.param([flight(1, None, 10)], id="no launch"),
        pytest.param(
            [flight(1, 0, None, in_space=True), flight(1, 500, 500, in_space=True)],
            id="an earlier flight of a craft in space",
        ),
    ],
)
def test_a_flight_with_an_unknown_end_is_left_out(rows):
    """Only the last flight of a craft in space is open; any other missing end is unknown."""
    assert in_orbit(flights(*rows))["craft_days"].sum() == 0


def test_a_later_end_than_retrieved_at_is_cut():
    """Launched on day 990, to land on day 1010, asked on day 1000: 10 days so far."""
    assert in_orbit(flights(flight(1, 990, 1010)))["craft_days"].sum() == 10


def test_a_craft_in_space_for_ages_does_not_wrap():
    """A thousand craft through periods of 999 years: 365,000 years of them and more."""
    rows = [flight(id_, 0, 10**6) for id_ in range(1000)]
    rows = [row | {"retrieved_at": at(10**6)} for row in rows]
    frame = in_orbit(flights(*rows), every="999y")
    assert frame["craft_days"].sum() == 10**9


EDGES = {
    "1y": lambda year, month: datetime(year, 1, 1, tzinfo=timezone.utc),
    "1q": lambda year, month: datetime(year, month - (month - 1) % 3, 1, tzinfo=timezone.utc),
    "1mo": lambda year, month: datetime(year, month, 1, tzinfo=timezone.utc),
}


def overlap_sums(rows, every, last):
    """Seconds in space within each period, by adding up overlaps one by one in Python."""
    months = [(year, month) for year in range(1955, 2026) for month in range(1, 13)]
    edges = sorted({EDGES[every](year, month) for year, month in months})
    begun = min(launch for launch, _ in rows)
    pairs = [(a, min(b, last)) for a, b in pairwise(edges)]
    return {
        start: (
            sum(max((min(e, end) - max(s, start)).total_seconds(), 0) for s, e in rows),
            (end - start).total_seconds(),
        )
        for start, end in pairs
        if start < last and (end > begun)
    }


@pytest.mark.parametrize("every", EDGES)
@given(
    stays=st.lists(
        st.tuples(st.integers(-(10**9), 10**8), st.integers(0, 3 * 10**8)), min_size=1, max_size=12
    )
)
@settings(max_examples=30, deadline=None)
def test_presence_equals_a_sum_of_overlaps(every, stays):
    """From the sixties, any flights of any length, to the second."""
    rows = [(EPOCH + timedelta(seconds=s), EPOCH + timedelta(seconds=s + d)) for s, d in stays]
    last = EPOCH + timedelta(seconds=1.2e8)
    frame = in_orbit(
        flights(*(flight(id_, *row, retrieved_at=last) for id_, row in enumerate(rows))), every
    )
    expected = overlap_sums(rows, every, last)
    assert frame["period_start"].to_list() == list(expected)
    for days, average, (seconds, length) in zip(
        frame["craft_days"], frame["average_in_orbit"], expected.values(), strict=True
    ):
        assert days * 86400 == pytest.approx(seconds, abs=1e-6)
        assert average == pytest.approx(seconds / length, abs=1e-12)


@pytest.mark.parametrize(
    "every", ["1yr", "0y", "-1y", "1m", "y", "1mo2d", "", "1y\n", "1000y", timedelta(1)]
)
def test_an_impossible_period_is_refused(every):
    """`1m` would be a minute: the message names what can be meant."""
    with pytest.raises(ValueError, match="such as '1y', '1q', '1mo'"):
        in_orbit(flights(flight(1, 0, 10)), every)


# what is common to all


def fleet_of_everything():
    """Three families, waits, retired and open flights, unknown ends."""
    rows = [
        *(flight(1, day, day + 5, config_name="Falcon 1") for day in (0, 20, 70, 400)),
        *(flight(2, day, day + 9, config_name="Falcon 2") for day in (3, 90, 200)),
        *(flight(3, day, day + 2, status_id=RETIRED, family="Condor") for day in (5, 50)),
        flight(4, 600, 640, in_space=True, family="Condor"),
        flight(4, 900, None, in_space=True, family="Condor"),
        flight(5, 100, None, status_id=DESTROYED, family="Kite"),
        flight(6, 100, 160, family=None),
    ]
    listed = [
        craft(1, 4, 20, 10, config_name="Falcon 1"),
        craft(2, 3, 27, 99, config_name="Falcon 2"),
        craft(3, 2, 4, 1, status_id=RETIRED, family="Condor"),
        craft(4, 2, 140, 100, in_space=True, family="Condor"),
        craft(5, 1, None, None, status_id=DESTROYED, family="Kite"),
        craft(6, 1, 60, 30, family=None),
    ]
    return spacecraft(*listed), flights(*rows)


@pytest.fixture(params=MEASURES)
def measure(request):
    return MEASURES[request.param]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_lazy_frame_stays_lazy_and_gives_the_same(measure, engine, monkeypatch):
    """Nothing is collected on the way, and either engine gives what a frame in memory gives."""
    frames = fleet_of_everything()
    eager = measure(*frames)

    def collect(*args, **more):
        raise AssertionError("a measure collected a lazy frame")

    with monkeypatch.context() as patch:
        for name in ("collect", "collect_async", "collect_batches", "sink_parquet"):
            patch.setattr(pl.LazyFrame, name, collect)
        patch.setattr(pl, "collect_all", collect)
        lazy = measure(*(frame.lazy() for frame in frames))
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.collect(engine=engine), eager)


def test_either_frame_of_utilisation_may_be_lazy():
    """A lazy frame is never collected, so one makes the result lazy."""
    craft_frame, flown = fleet_of_everything()
    expected = utilisation_by_family(craft_frame, flown)
    for pair in ((craft_frame.lazy(), flown), (craft_frame, flown.lazy())):
        mixed = utilisation_by_family(*pair)
        assert isinstance(mixed, pl.LazyFrame)
        assert_frame_equal(mixed.collect(), expected)


def test_shuffled_rows_change_nothing(measure):
    """The order of the result is stated and total."""
    expected = measure(*fleet_of_everything())
    for seed in range(5):
        shuffled = (
            frame.sample(fraction=1, shuffle=True, seed=seed) for frame in fleet_of_everything()
        )
        assert_frame_equal(measure(*shuffled), expected)


@pytest.mark.parametrize(
    ("odd", "option"),
    [({"is_placeholder": True}, "placeholders"), ({"config_type_id": 5}, "mass_simulators")],
)
def test_placeholders_and_mass_simulators_count_only_when_asked_for(measure, odd, option):
    """One more of them, in space since 2019, changes nothing by default."""
    craft_frame, flown = fleet_of_everything()
    more_craft = pl.concat([craft_frame, spacecraft(craft(99, 3, 700, 70, **odd))])
    odd_flights = flights(flight(99, -300, -200, **odd), flight(99, -10, 70, **odd))
    more_flights = pl.concat([flown, odd_flights.with_columns(pl.col("flight_id") + 90)])
    assert_frame_equal(measure(more_craft, more_flights), measure(craft_frame, flown))
    asked = measure(more_craft, more_flights, **{option: True})
    assert not asked.equals(measure(craft_frame, flown))


def test_splitting_a_family_changes_neither_all_nor_the_others(measure):
    """Falcon becomes Falcon 1 and Falcon 2: Condor, Kite, null and the total stay."""
    frames = fleet_of_everything()
    whole = measure(*frames)
    split = measure(
        *(
            frame.with_columns(family=pl.coalesce("config_name", "family").alias("family"))
            for frame in frames
        )
    )
    others = ~pl.col("family").str.starts_with("Falcon").fill_null(False)
    assert_frame_equal(split.filter(others), whole.filter(others))


def test_the_time_zone_of_the_machine_changes_nothing(measure, monkeypatch):
    """West of Greenwich, east of it, and half an hour beside the hour."""
    expected = measure(*fleet_of_everything())
    try:
        for zone in ("America/Los_Angeles", "Pacific/Apia", "Asia/Kolkata"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            assert_frame_equal(measure(*fleet_of_everything()), expected)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("turned", [["launch_net"], ["launch_net", "mission_end", "retrieved_at"]])
def test_columns_turned_to_another_time_zone_change_nothing(measure, turned):
    """Periods stay those of UTC, and instants of two zones can be compared."""
    craft_frame, flown = fleet_of_everything()
    local = flown.with_columns(pl.col(turned).dt.convert_time_zone("Asia/Kolkata"))
    assert_frame_equal(measure(craft_frame, local), measure(craft_frame, flown))


def test_empty_frames_have_the_same_schema(measure):
    """No rows, or for what has a row `all`, that row with counts of 0."""
    frames = fleet_of_everything()
    empty = measure(*(frame.clear() for frame in frames))
    assert empty.schema == measure(*frames).schema
    assert empty.height <= 1
    for row in empty.rows(named=True):
        assert row.pop("family") == "all"
        assert set(row.values()) == {0, None}


def test_a_single_flight_is_enough(measure):
    """One craft, one flight: the same columns, and no failure."""
    frames = fleet_of_everything()
    single = measure(spacecraft(craft(1, 1, 10, 0)), flights(flight(1, 0, 10)))
    assert single.schema == measure(*frames).schema


def test_a_null_group_is_a_group_and_the_last(measure):
    """Craft 6 has no family: it has rows of its own below the others and above `all`."""
    groups = measure(*fleet_of_everything())["family"].unique(maintain_order=True).to_list()
    if "all" in groups:
        assert groups.pop() == "all"
        assert groups == [*sorted(groups[:-1]), None]
    assert None in groups


def test_a_group_without_a_name_is_measured_like_any_other(measure):
    """Falcon's name is lost: its rows only move to the end."""
    frames = fleet_of_everything()
    named = measure(*(frame.filter(pl.col("family").is_not_null()) for frame in frames))
    lost = measure(
        *(
            frame.filter(pl.col("family").is_not_null()).with_columns(
                family=pl.col("family").replace("Falcon", None)
            )
            for frame in frames
        )
    )
    falcon = named.filter(family="Falcon").drop("family")
    assert_frame_equal(lost.filter(pl.col("family").is_null()).drop("family"), falcon)


def test_any_plain_column_groups(measure):
    """Numbers keep their order (2 before 10) although `all` makes them text."""
    craft_frame, flown = fleet_of_everything()
    number = pl.when(pl.col("spacecraft_id") < 3).then(10).otherwise(2).alias("crew")
    frame = measure(craft_frame.with_columns(number), flown.with_columns(number), by="crew")
    groups = [str(group) for group in frame["crew"].unique(maintain_order=True)]
    assert {"2", "10"} <= set(groups)
    if groups[-1] == "all":
        assert groups == ["2", "10", "all"]


def test_a_length_of_time_groups(measure):
    """Craft 1 to 3 are of 0 days, the others of 1: as ISO 8601 where `all` makes groups text."""
    craft_frame, flown = fleet_of_everything()
    size = pl.duration(days=pl.col("spacecraft_id") // 4).alias("size")
    frame = measure(craft_frame.with_columns(size), flown.with_columns(size), by="size")
    groups = frame["size"].unique(maintain_order=True).to_list()
    assert groups in (["PT0S", "P1D", "all"], [timedelta(0), DAY])


def test_a_group_called_all_is_not_mixed_with_the_total(measure):
    """A family of that name has its own rows; the total is the last."""
    craft_frame, flown = fleet_of_everything()
    named = pl.col("family").replace("Condor", "all")
    frame = measure(craft_frame.with_columns(named), flown.with_columns(named))
    expected = measure(craft_frame, flown)
    assert frame.height == expected.height
    last = [name for name in frame.columns if name != "family"]
    assert frame.select(last).tail(1).equals(expected.select(last).tail(1))


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("famly", "no column.*did you mean family"),
        ("family_ids", "holds lists.*did you mean family"),
        (["family"], "name of one column"),
        (None, "name of one column"),
        ("zzz", "did you mean family or family_root or config_name"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_close_matches(measure, by, message):
    """At the call, also for a lazy frame."""
    craft_frame, flown = fleet_of_everything()
    with pytest.raises(ValueError, match=message):
        measure(craft_frame.lazy(), flown.lazy(), by=by)


def test_a_group_named_like_a_result_is_refused():
    """Two columns of one name can't be: rename it first."""
    craft_frame, flown = fleet_of_everything()
    with pytest.raises(ValueError, match="rename it"):
        utilisation_by_family(craft_frame, by="flights_count")
    with pytest.raises(ValueError, match="rename it"):
        turnarounds(flown, by="spacecraft_name")


def test_text_from_a_csv_file_is_refused_until_it_is_read_as_instants(tmp_path):
    """A CSV file knows no instants; with try_parse_dates Polars makes them, and measures agree."""
    flown = flights(flight(1, 0, 10), flight(1, 30, 40))
    flat = flown.select(pl.exclude(pl.List, pl.Duration))
    flat.write_csv(tmp_path / "flights.csv")
    with pytest.raises(ValueError, match=r"launch_net, mission_end: .*try_parse_dates=True"):
        turnarounds(pl.read_csv(tmp_path / "flights.csv"))
    read = pl.read_csv(tmp_path / "flights.csv", try_parse_dates=True)
    assert_frame_equal(turnarounds(read), turnarounds(flown))


def test_a_wrong_frame_is_refused_with_what_to_give():
    """Turnarounds instead of flights, a list instead of a frame."""
    flown = flights(flight(1, 0, 10))
    with pytest.raises(ValueError, match=r"lacks config_type_id.*give snapshot\.flights"):
        turnaround_by_family(turnarounds(flown))
    with pytest.raises(TypeError, match=r"as snapshot\.flights is, not a list"):
        turnaround_survival([])
    with pytest.raises(ValueError, match=r"give snapshot\.flights"):
        utilisation_by_family(spacecraft(craft(1, 1, 1, 1)), turnarounds(flown))


# the sample


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


def test_dragon_c109_is_not_in_orbit_after_2015(sample):
    """Lost in 2015 without an end in LL2: it never counts as in space."""
    presence = in_orbit(sample.flights, by="spacecraft_name")
    assert presence.filter(spacecraft_name="Dragon C109")["craft_days"].sum() == 0


def test_ll2s_own_fastest_turnarounds_are_reproduced(sample):
    """Wherever LL2 gives one, it is the shortest observed period of the craft."""
    own = turnarounds(sample.flights, placeholders=True, mass_simulators=True)
    fastest = own.filter("observed").group_by("spacecraft_id").agg(pl.col("turnaround").min())
    both = sample.spacecraft.drop_nulls("fastest_turnaround").join(fastest, on="spacecraft_id")
    assert both.height == fastest.height > 10
    assert both.filter(pl.col("turnaround") != pl.col("fastest_turnaround")).is_empty()


def test_soyuz_tm4_leaves_the_docked_ratio(sample):
    """363 docked days of 178 in space: one of the craft left out."""
    craft_frame = sample.spacecraft.filter(pl.col("name") == "Soyuz TM-4")
    total = one(utilisation_by_family(craft_frame))
    assert (total["docked_fraction"], total["docked_left_out_count"]) == (None, 1)


def test_all_of_the_sample_is_the_sum_of_its_families(sample):
    """Presence adds up to the flights' time in space, and counts to the row `all`."""
    used = utilisation_by_family(sample.spacecraft, sample.flights)
    families, total = used.filter(pl.col("family") != "all"), one(used)
    for name in ("craft_count", "flights_count", "docked_craft_count", "in_space_craft_count"):
        assert families[name].sum() == total[name]
    presence = in_orbit(sample.flights, every="1w")["craft_days"].sum()
    assert presence == pytest.approx(total["time_in_space_days"], abs=1 / 86400)
