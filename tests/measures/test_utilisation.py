"""How much spacecraft are used, by hand."""

import polars as pl
import pytest

from spacecraft_analysis.measures import in_orbit, utilisation_by_family
from tests.measures.fleets import (
    RETIRED,
    craft_row,
    dockings,
    event,
    flight_row,
    flights,
    one,
    spacecraft,
)


def test_utilisation_by_hand():
    """Two craft: 2 flights with 30 days in space, 15 docked, and 1 flight with 10 and 5.

    The first flew on days 0 to 15 and 85 to 100, then retired: 30 days of 100. The second flew
    once and retired: no service fraction. A third never flew.
    """
    more = {"status_id": RETIRED}
    listed = spacecraft(
        craft_row(1, 2, 30, 15, **more), craft_row(2, 1, 10, 5, **more), craft_row(3, 0, 0, 0)
    )
    flown = flights(
        *(flight_row(1, 0, 15, **more), flight_row(1, 85, 100, **more)),
        flight_row(2, 0, 10, **more),
    )
    # The shares come first, the counts behind them last.
    assert [*one(utilisation_by_family(listed, flown)).items()] == [
        ("family", "all"),
        ("in_space_fraction", 0.3),
        ("docked_fraction", 0.5),
        ("flights_per_craft", 1.5),
        ("time_in_space_days", 40.0),
        ("time_docked_days", 20.0),
        ("in_space_now_count", 0),
        ("craft_count", 3),
        ("flown_count", 2),
        ("flights_count", 3),
        ("service_days", 100.0),
        ("in_space_craft_count", 1),
        ("in_space_left_out_count", 0),
        ("docked_craft_count", 2),
        ("docked_left_out_count", 0),
    ]


def test_what_is_unknown_or_never_flew_is_null():
    """No time, no sum; no flight, no flights a craft; an unknown number of flights is none."""
    frame = spacecraft(craft_row(1, 0, None, None), craft_row(2, None, None, None))
    total = one(utilisation_by_family(frame))
    names = ("time_in_space_days", "time_docked_days", "docked_fraction", "flights_per_craft")
    assert [total[name] for name in names] == [None] * 4
    assert (total["flown_count"], total["docked_left_out_count"]) == (0, 0)
    # Without flights and dockings there is nothing of theirs.
    assert not {"in_space_fraction", "service_days", "docked_event_days"} & {*total}


def docked_by_events(docked, *events, aloft=100, end=100, **more):
    """Utilisation of one craft that flew once, its time docked from events."""
    listed = spacecraft(craft_row(1, 1, aloft, docked, **more))
    flown = flights(flight_row(1, 0, end, **more))
    return one(utilisation_by_family(listed, flown, dockings(flown, *events)))


def test_time_docked_by_events_is_their_union():
    """Docked on days 10 to 40 and 30 to 50, which LL2 adds up to 50 days: 40 days of 100."""
    total = docked_by_events(50, event(1, 10, 40), event(1, 30, 50))
    assert total["docked_fraction"] == 0.4
    assert (total["docked_event_days"], total["time_docked_days"]) == (40, 50)
    assert (total["docked_craft_count"], total["docked_event_count"]) == (1, 2)
    columns = ("docked_event_days", "docked_craft_count", "docked_left_out_count")
    assert [*total][-4:] == [*columns, "docked_event_count"]


@pytest.mark.parametrize(
    ("docked", "departure", "days"),
    [
        pytest.param(9, None, 9, id="docked"),
        pytest.param(9, 1005, 9, id="left since"),
        pytest.param(26.1, None, None, id="more missing than the time between"),
    ],
)
def test_a_docked_craft_is_measured_up_to_its_own_retrieval(docked, departure, days):
    """Launched on day 0, docked on day 991, retrieved on day 1000; the events on day 1008.

    9 days docked, not 17; that 17 days are not LL2's 9 is the time between the two.
    """
    total = docked_by_events(
        docked, event(1, 991, departure, retrieved_at=1008), aloft=1000, end=None, in_space=True
    )
    assert total["docked_event_days"] == days


def test_time_docked_belongs_to_the_chaser_alone():
    """Craft 1 docked with craft 2 on days 10 to 40: of craft 2 nothing is added."""
    listed = spacecraft(craft_row(1, 1, 100, 30), craft_row(2, 1, 100, 0, family="Condor"))
    flown = flights(flight_row(1, 0, 100), flight_row(2, 0, 100, family="Condor"))
    docked = dockings(flown, event(1, 10, 40, target_kind="craft", target_id=2))
    used = utilisation_by_family(listed, flown, docked)
    assert used["docked_fraction"].to_list() == [0, 0.3, 0.15]


def test_sums_of_durations_do_not_wrap():
    """Ten craft of 100,000 years each: 64 bits of microseconds end at 292,271 years."""
    days = 100_000 * 365
    frame = spacecraft(*(craft_row(id_, 1, days, days) for id_ in range(10)))
    total = one(utilisation_by_family(frame))
    assert (total["time_in_space_days"], total["docked_fraction"]) == (10 * days, 1)


def test_all_of_the_sample_is_the_sum_of_its_families(sample):
    """Presence adds up to the flights' time in space, and counts to the row `all`."""
    used = utilisation_by_family(sample.spacecraft, sample.flights, sample.dockings)
    families, total = used.filter(pl.col("family") != "all"), one(used)
    for name in ("craft_count", "flights_count", "docked_craft_count", "in_space_craft_count"):
        assert families[name].sum() == total[name]
    presence = in_orbit(sample.flights, every="1w")["craft_days"].sum()
    assert presence == pytest.approx(total["time_in_space_days"], abs=1 / 86400)
