"""How much craft are used, by hand."""

from datetime import timedelta

import polars as pl
import pytest

from spacecraft_analysis.measures import (
    in_orbit,
    utilisation_by_family,
)
from spacecraft_analysis.snapshot import read_sample
from tests.measures.fleets import (
    RETIRED,
    RETRIEVED,
    craft,
    dockings,
    event,
    flight,
    flights,
    one,
    spacecraft,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sample():
    return read_sample()


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


def test_columns_of_utilisation_are_in_the_stated_order():
    """The shares first, the counts behind them last; each frame adds the columns that it allows."""
    listed, flown = spacecraft(craft(1, 2, 30, 15)), flights(flight(1, 0, 15))
    usual = [
        *("family", "docked_fraction", "flights_per_craft", "time_in_space_days"),
        *("time_docked_days", "in_space_now_count", "craft_count", "flown_count", "flights_count"),
    ]
    docked = ["docked_craft_count", "docked_left_out_count"]
    served = ["service_days", "in_space_craft_count", "in_space_left_out_count"]
    first = ["family", "in_space_fraction", *usual[1:]]
    events = dockings(listed, flown)
    assert utilisation_by_family(listed).columns == [*usual, *docked]
    assert utilisation_by_family(listed, flown).columns == [*first, *served, *docked]
    assert utilisation_by_family(listed, flown, events).columns == [
        *(*first, *served, *docked, "docked_event_count")
    ]
    assert utilisation_by_family(listed, dockings=events).columns == [
        *(*usual, *docked, "docked_event_count")
    ]


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


def docked_by_events(docked, *events, aloft=100, end=100, **more):
    """Utilisation of one craft that flew once, its time docked from events."""
    listed, flown = (
        spacecraft(craft(1, 1, aloft, docked, **more)),
        flights(flight(1, 0, end, **more)),
    )
    return one(utilisation_by_family(listed, flown, dockings(listed, flown, *events)))


def test_time_docked_by_events_is_their_union():
    """Docked on days 10 to 40 and 30 to 50, which LL2 adds up to 50 days: 40 days of 100."""
    total = docked_by_events(50, event(1, 10, 40), event(1, 30, 50))
    assert total["docked_fraction"] == 0.4
    assert total["time_docked_days"] == 40
    assert (total["docked_craft_count"], total["docked_event_count"]) == (1, 2)


def test_time_docked_by_events_is_what_the_flight_allows():
    """As Soyuz TM-4: a departure on day 365 from a flight that ended on day 100."""
    total = docked_by_events(363, event(1, 2, 365))
    assert total["docked_fraction"] == 0.98
    assert total["docked_left_out_count"] == 0


@pytest.mark.parametrize(
    ("docked", "counted"),
    [
        pytest.param(30, True, id="as many days as the events give"),
        pytest.param(30 + 1 / 1440, True, id="a minute more"),
        pytest.param(30 - 1 / 1440, True, id="a minute less"),
        pytest.param(30 + 1.1 / 1440, False, id="over a minute more"),
        pytest.param(30 - 1.1 / 1440, False, id="over a minute less"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_only_craft_whose_events_add_up_are_known(docked, counted):
    """Docked on days 10 to 40, as far as the events say; LL2's sum tells if that is all."""
    total = docked_by_events(docked, event(1, 10, 40))
    assert total["docked_fraction"] == (0.3 if counted else None)
    assert total["time_docked_days"] == (30 if counted else None)
    assert total["docked_craft_count"] == total["docked_event_count"] == counted
    assert total["docked_left_out_count"] == 1 - counted


def test_a_craft_that_never_docked_is_known():
    """No event, and LL2's sum is nothing: none of its 100 days."""
    total = docked_by_events(0)
    assert (total["docked_fraction"], total["docked_event_count"]) == (0, 0)


def test_a_craft_without_events_that_was_docked_is_left_out():
    """LL2 sums up 30 days, of which no event is listed."""
    total = docked_by_events(30)
    assert (total["docked_fraction"], total["docked_left_out_count"]) == (None, 1)


def test_a_docked_craft_is_measured_up_to_its_own_page():
    """Launched on day 990 and docked on day 991; its page is of day 1000, the events' of 1008.

    9 days of 10, not 17; and that 17 days are not LL2's 9 is the time between the pages.
    """
    total = docked_by_events(
        9, event(1, 991, None, retrieved_at=1008), aloft=1000, end=None, in_space=True
    )
    assert total["time_docked_days"] == 9
    left = docked_by_events(
        9, event(1, 991, 1005, retrieved_at=1008), aloft=1000, end=None, in_space=True
    )
    assert left["time_docked_days"] == 9


def test_a_docked_craft_may_be_apart_by_the_time_between_the_pages_and_no_more():
    """Eight days between them, and nine missing."""
    event_now = event(1, 991, None, retrieved_at=1008)
    total = docked_by_events(26.1, event_now, aloft=1000, end=None, in_space=True)
    assert total["docked_left_out_count"] == 1


def test_time_docked_belongs_to_the_chaser_alone():
    """Craft 1 docked with craft 2 on days 10 to 40: of craft 2 nothing is added."""
    listed = spacecraft(craft(1, 1, 100, 30), craft(2, 1, 100, 0, family="Condor"))
    flown = flights(flight(1, 0, 100), flight(2, 0, 100, family="Condor"))
    docked = dockings(listed, flown, event(1, 10, 40, target_kind="craft", target_id=2))
    used = utilisation_by_family(listed, flown, docked)
    assert used["docked_fraction"].to_list() == [0, 0.3, 0.15]


def test_a_planned_docking_is_not_counted():
    """Asked on day 1000: the docking of day 1001 is none of its events."""
    total = docked_by_events(
        9, event(1, 991, 1000), event(1, 1001, None), aloft=1000, end=None, in_space=True
    )
    assert total["docked_event_count"] == 1


def test_several_flights_of_a_craft_are_summed_up():
    """Docked for 10 and for 20 days of two flights that lasted 50 each."""
    listed = spacecraft(craft(1, 2, 100, 30))
    flown = flights(flight(1, 0, 50), flight(1, 100, 150))
    docked = dockings(listed, flown, event(1, 5, 15), event(2, 110, 130))
    assert one(utilisation_by_family(listed, flown, docked))["docked_fraction"] == 0.3


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


def test_a_craft_whose_flights_were_filtered_is_left_out_and_counted():
    """Time in space of all three flights over a service life of two would be far too much."""
    whole = flights(flight(1, 0, 10), flight(1, 500, 510), flight(1, 980, 1000))
    listed = spacecraft(craft(1, 3, 40, 0, status_id=RETIRED))
    assert one(utilisation_by_family(listed, whole))["in_space_fraction"] == 0.04
    total = one(utilisation_by_family(listed, whole.tail(2)))
    assert total["in_space_fraction"] is None
    assert (total["in_space_craft_count"], total["in_space_left_out_count"]) == (0, 1)


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


def test_soyuz_tm4_leaves_the_docked_ratio(sample):
    """363 docked days of 178 in space: one of the craft left out."""
    craft_frame = sample.spacecraft.filter(pl.col("name") == "Soyuz TM-4")
    total = one(utilisation_by_family(craft_frame))
    assert (total["docked_fraction"], total["docked_left_out_count"]) == (None, 1)


def test_soyuz_tm4_counts_with_what_its_flight_allows(sample):
    """By its event it is docked from two days after the launch to the end of its 178 days."""
    craft_frame = sample.spacecraft.filter(pl.col("name") == "Soyuz TM-4")
    total = one(utilisation_by_family(craft_frame, dockings=sample.dockings))
    assert 176 < total["time_docked_days"] < total["time_in_space_days"] < 179
    assert (total["docked_craft_count"], total["docked_event_count"]) == (1, 1)


def test_all_of_the_sample_is_the_sum_of_its_families(sample):
    """Presence adds up to the flights' time in space, and counts to the row `all`."""
    used = utilisation_by_family(sample.spacecraft, sample.flights)
    families, total = used.filter(pl.col("family") != "all"), one(used)
    for name in ("craft_count", "flights_count", "docked_craft_count", "in_space_craft_count"):
        assert families[name].sum() == total[name]
    presence = in_orbit(sample.flights, every="1w")["craft_days"].sum()
    assert presence == pytest.approx(total["time_in_space_days"], abs=1 / 86400)


def test_suborbital_craft_can_be_told_by_their_flights_alone():
    """Without the flights nobody knows how long each was."""
    with pytest.raises(ValueError, match="suborbital=False needs the flights"):
        utilisation_by_family(spacecraft(craft(1, 1, 1, 0)), suborbital=False)
