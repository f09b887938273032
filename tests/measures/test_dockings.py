"""How long craft take to dock and how many are docked at a time, by hand."""

from datetime import timedelta

import polars as pl
import pytest

from spacecraft_analysis.measures import station_occupancy, time_to_dock_by_family, times_to_dock
from tests.measures.fleets import (
    RETRIEVED,
    at,
    craft,
    dockings,
    event,
    flight,
    flights,
    one,
    spacecraft,
)

DAY = timedelta(days=1)
MINUTE = 1 / 1440


def single(*events, launch=0, end=100, docked=None, **more):
    """The flights and the dockings of one craft that flew once."""
    flown = flights(flight(1, launch, end, **more))
    return flown, dockings(spacecraft(craft(1, 1, 100, docked)), flown, *events)


# times_to_dock


def test_time_to_dock_is_launch_to_first_docking():
    """Launched on day 0, docked on day 2 and, after a relocation, on day 50: 2 days."""
    frames = single(event(1, 50, 90), event(1, 2, 49, target_name="ISS"))
    assert times_to_dock(*frames).rows(named=True) == [
        {
            "spacecraft_id": 1,
            "spacecraft_name": "Craft 1",
            "family": "Falcon",
            "flight_id": 1,
            "launch_net": at(0),
            "docking": at(2),
            "target_name": "ISS",
            "time_to_dock": 2 * DAY,
        }
    ]


def test_columns_of_times_to_dock_are_in_the_stated_order():
    """The craft, its group, the flight, the docking, how long it took."""
    frame = times_to_dock(*single(event(1, 2, 90)), by="config_name")
    assert frame.columns == [
        *("spacecraft_id", "spacecraft_name", "config_name", "flight_id", "launch_net"),
        *("docking", "target_name", "time_to_dock"),
    ]
    assert frame.schema["time_to_dock"] == pl.Duration("us")


@pytest.mark.parametrize(
    ("when", "flown"),
    [
        pytest.param(-1, {}, id="before the launch"),
        pytest.param(0, {}, id="at the launch"),
        pytest.param(101, {}, id="after the mission end"),
        pytest.param(None, {}, id="nobody knows when"),
        pytest.param(1, {"launch": None}, id="launch unknown"),
        pytest.param(2.5, {"launch": 1.5, "end": 2}, id="on the day of an end known to the day"),
    ],
)
def test_an_impossible_docking_is_left_out_and_counted(when, flown):
    """The flight docked, but nobody knows after how long."""
    frames = single(event(1, when, 102), **flown)
    assert times_to_dock(*frames).is_empty()
    assert one(time_to_dock_by_family(*frames))["left_out_count"] == 1


def test_the_first_possible_docking_counts():
    """A docking before the launch is no reason to leave out the one that followed."""
    frames = single(event(1, -1, 1), event(1, 3, 90))
    assert times_to_dock(*frames)["time_to_dock"].to_list() == [3 * DAY]
    summary = one(time_to_dock_by_family(*frames))
    assert (summary["docked_flight_count"], summary["left_out_count"]) == (1, 0)


@pytest.mark.parametrize("end", [None, -5])
def test_an_unknown_end_bounds_nothing(end):
    """Neither a missing one nor one before the launch keeps a docking from being possible."""
    frames = single(event(1, 3, 90), end=end)
    assert times_to_dock(*frames)["time_to_dock"].to_list() == [3 * DAY]


def test_a_docking_at_the_mission_end_is_possible():
    """Not after it."""
    assert times_to_dock(*single(event(1, 100, 101))).height == 1


def test_a_planned_docking_has_not_happened():
    """Launched on day 999, to dock on day 1001, asked on day 1000: it never docked so far."""
    frames = single(event(1, RETRIEVED + 1, None), launch=999, end=None, in_space=True)
    assert times_to_dock(*frames).is_empty()
    summary = one(time_to_dock_by_family(*frames))
    assert (summary["flights_count"], summary["left_out_count"]) == (1, 0)


def test_of_two_dockings_at_one_time_the_lower_id_is_the_first():
    """Two events of one time, as of Soyuz T-15: the docking with Mir has the lower id."""
    frames = single(event(1, 2, 90), event(1, 2, 50, target_name="Salyut 7"))
    assert times_to_dock(*frames)["target_name"].to_list() == ["Mir"]
    flown, docked = frames
    assert times_to_dock(flown, docked.reverse())["target_name"].to_list() == ["Mir"]


@pytest.mark.parametrize("kind", ["station", "craft", "payload"])
def test_whatever_it_docked_with_counts(kind):
    """A station, another craft, a payload."""
    frames = single(event(1, 2, 90, target_kind=kind, target_name="Agena"))
    assert times_to_dock(*frames)["target_name"].to_list() == ["Agena"]


@pytest.mark.parametrize(
    ("docked", "counted"),
    [
        pytest.param(88, True, id="all there"),
        pytest.param(88 + MINUTE, True, id="a minute more"),
        pytest.param(88 + 1.1 * MINUTE, False, id="over a minute more"),
        pytest.param(5, True, id="less than the events give"),
        pytest.param(None, True, id="unknown"),
    ],
)
def test_a_craft_with_missing_events_is_left_out_and_counted(docked, counted):
    """Docked from day 2 to 90; LL2's sum says whether there was more, perhaps before."""
    frames = single(event(1, 2, 90), docked=docked)
    assert times_to_dock(*frames).height == counted
    assert one(time_to_dock_by_family(*frames))["left_out_count"] == 1 - counted


def test_all_flights_of_a_craft_with_missing_events_are_left_out():
    """Two flights, one of them with an event: who knows which docking is missing."""
    flown = flights(flight(1, 0, 100), flight(1, 200, 300))
    docked = dockings(spacecraft(craft(1, 2, 200, 160)), flown, event(1, 2, 90))
    assert times_to_dock(flown, docked).is_empty()
    assert one(time_to_dock_by_family(flown, docked))["left_out_count"] == 2


@pytest.mark.parametrize(("docked", "counted"), [(10, 1), (10.1, 0)])
def test_a_craft_that_is_docked_is_compared_up_to_the_same_time(docked, counted):
    """Docked since day 990; its page is of day 1000, the events' of day 999: a day is no lack."""
    frames = single(
        event(1, 990, None, retrieved_at=999), launch=980, end=None, docked=docked, in_space=True
    )
    assert times_to_dock(*frames).height == counted


def test_a_craft_that_left_between_the_pages_is_compared_the_same_way():
    """Its page, of day 1000, has 10 days; the events', of day 1002, that it left on day 1001."""
    frames = single(
        event(1, 990, 1001, retrieved_at=1002), launch=980, end=None, docked=13, in_space=True
    )
    assert times_to_dock(*frames).height == 1


def test_a_docking_of_an_unknown_flight_is_of_no_row():
    """Flight 9 is not in the flights table."""
    frames = single(event(9, 2, 90))
    assert times_to_dock(*frames).is_empty()
    assert one(time_to_dock_by_family(*frames))["left_out_count"] == 0


# time_to_dock_by_family


def test_time_to_dock_by_family_by_hand():
    """Falcon took 1, 2 and 4 days and once did not dock; Condor never docked.

    Median 2 days, the 90th percentile 2 + 0.8 × 2 = 3.6 days.
    """
    flown = flights(
        *(flight(id_, 0, 100) for id_ in (1, 2, 3, 4)), flight(5, 0, 10, family="Condor")
    )
    events = [event(id_, day, 90) for id_, day in ((1, 1), (2, 4), (3, 2))]
    frame = time_to_dock_by_family(flown, dockings(spacecraft(), flown, *events))
    assert frame.columns == [
        *("family", "fastest_hours", "median_hours", "p90_hours"),
        *("docked_flight_count", "flights_count", "left_out_count"),
    ]
    assert frame.rows() == [
        ("Condor", None, None, None, 0, 1, 0),
        ("Falcon", 24.0, 48.0, pytest.approx(86.4), 3, 4, 0),
        ("all", 24.0, 48.0, pytest.approx(86.4), 3, 5, 0),
    ]


def test_the_summary_counts_what_times_to_dock_lists():
    """Each flight that docked is one row there."""
    flown = flights(flight(1, 0, 100), flight(1, 200, 300), flight(2, 0, 50))
    events = (event(1, 2, 90), event(1, 91, 95), event(2, 203, 250), event(3, -1, 9))
    frames = flown, dockings(spacecraft(), flown, *events)
    assert times_to_dock(*frames)["flight_id"].to_list() == [1, 2]
    summary = one(time_to_dock_by_family(*frames))
    assert (summary["docked_flight_count"], summary["left_out_count"]) == (2, 1)


# station_occupancy


def occupied(*events, **more):
    """The docked days of all stations together, of one craft that flew once."""
    return station_occupancy(single(*events, **more)[1])["docked_days"].sum()


def test_occupancy_by_hand():
    """Two craft at Mir: days 356 to 376 and 366 to 386, so 10 days of 2020 and 30 of 2021.

    2021 is cut at day 466, and has 100 days.
    """
    more = {"retrieved_at": 466}
    flown = flights(flight(1, 350, 390, **more), flight(2, 360, 400, **more))
    events = (event(1, 356, 376, **more), event(2, 366, 386, **more))
    frame = station_occupancy(dockings(spacecraft(), flown, *events))
    assert frame.columns == ["period_start", "target_name", "docked_days", "average_docked"]
    assert frame.rows() == [
        (at(0), "Mir", 10.0, pytest.approx(10 / 366)),
        (at(366), "Mir", 30.0, pytest.approx(30 / 100)),
    ]


def test_every_station_has_every_period():
    """Mir in 2020, ISS in 2021, both with a zero beside it, from the first docking on."""
    mir = event(1, 40, 50, retrieved_at=500)
    iss = event(1, 400, 410, retrieved_at=500, target_id=2, target_name="ISS")
    frame = station_occupancy(single(mir, iss, launch=-400, end=500)[1])
    assert frame["target_name"].to_list() == ["ISS", "Mir"] * 2
    assert frame["docked_days"].to_list() == [0, 10, 10, 0]


@pytest.mark.parametrize(
    ("of", "flown", "days"),
    [
        pytest.param((2, 90), {}, 88, id="as they stand"),
        pytest.param((-5, 90), {}, 90, id="docked before the launch"),
        pytest.param((2, 363), {}, 98, id="departed after the mission end"),
        pytest.param((101, 102), {}, 0, id="docked after the mission end"),
        pytest.param((90, 2), {}, 0, id="departed before docking"),
        pytest.param((2, 363), {"end": -1}, 361, id="an end before the launch is no end"),
        pytest.param((2, None), {}, 0, id="departure unknown"),
        pytest.param((990, None), {"end": None, "in_space": True}, 10, id="open"),
        pytest.param((990, 1200), {"end": None, "in_space": True}, 10, id="departure planned"),
        pytest.param((990, 1200), {"end": None}, 10, id="departure later, though not in space"),
        pytest.param((1001, 1002), {"end": None}, 0, id="docking planned"),
        pytest.param((2, 90), {"launch": None}, 88, id="launch unknown"),
        pytest.param((None, 90), {}, 0, id="docking unknown"),
    ],
)
def test_an_event_lasts_as_long_as_its_flight_allows(of, flown, days):
    """The flight goes from day 0 to 100 unless it says otherwise; asked on day 1000."""
    assert occupied(event(1, *of), **flown) == days


def test_an_unknown_flight_bounds_nothing():
    """Only the events know flight 9."""
    assert occupied(event(9, 2, 90, config_type_id=2)) == 88


@pytest.mark.parametrize(
    ("second", "days"),
    [
        pytest.param({}, 40, id="of the same flight, at the same station"),
        pytest.param({"target_id": 2, "target_name": "ISS"}, 50, id="at another station"),
        pytest.param({"flight_id": 2}, 50, id="of another flight"),
    ],
)
def test_overlapping_dockings_of_one_flight_at_one_station_count_once(second, days):
    """From day 10 to 40 and from 30 to 50."""
    flown = flights(flight(1, 0, 100), flight(2, 0, 100))
    events = (event(1, 10, 40), event(1, 30, 50) | second)
    frame = station_occupancy(dockings(spacecraft(), flown, *events))
    assert frame["docked_days"].sum() == days


def test_one_docking_inside_another_adds_nothing():
    """From day 10 to 90; a relocation within, and one that begins before it is over."""
    assert occupied(event(1, 20, 30), event(1, 10, 90), event(1, 40, 95)) == 85


def test_an_unknown_docking_does_not_begin_where_another_ends():
    """From day 2 to 90; of one that ended on day 95 nobody knows when it began."""
    assert occupied(event(1, 2, 90), event(1, None, 95)) == 88


def test_a_relocation_is_two_dockings():
    """From day 10 to 20 at one port and from 21 to 40 at another."""
    assert occupied(event(1, 10, 20), event(1, 21, 40)) == 29


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(event(1, 2, 90, target_kind="craft"), id="at a craft"),
        pytest.param(event(1, 2, 90, target_kind="payload"), id="at a payload"),
        pytest.param(event(None, 2, 90), id="a module, which is no flight of a craft"),
    ],
)
def test_only_craft_at_stations_count(odd):
    """Neither who docks elsewhere nor what else docks."""
    assert occupied(odd) == 0
    assert occupied(odd, event(1, 50, 60)) == 10


def test_a_station_whose_departures_are_all_unknown_has_zeros():
    """It was there, but nobody knows how long it was occupied."""
    frame = station_occupancy(single(event(1, 2, None), retrieved_at=366)[1])
    assert frame.select("target_name", "docked_days").row(0) == ("Mir", 0.0)
