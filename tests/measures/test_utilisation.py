"""How much spacecraft are used, by hand."""

from spacecraft_analysis.measures import utilisation_by_family
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


def test_time_docked_by_events_is_their_union():
    """Docked on days 10 to 40 and 30 to 50, which LL2 adds up to 50 days: 40 days of 100."""
    listed, flown = spacecraft(craft_row(1, 1, 100, 50)), flights(flight_row(1, 0, 100))
    docked = dockings(flown, event(1, 10, 40), event(1, 30, 50))
    total = one(utilisation_by_family(listed, flown, docked))
    assert total["docked_fraction"] == 0.4
    assert (total["docked_event_days"], total["time_docked_days"]) == (40, 50)
    assert (total["docked_craft_count"], total["docked_event_count"]) == (1, 2)
    columns = ("docked_event_days", "docked_craft_count", "docked_left_out_count")
    assert [*total][-4:] == [*columns, "docked_event_count"]


def test_sums_of_durations_do_not_wrap():
    """Ten craft of 100,000 years each: 64 bits of microseconds end at 292,271 years."""
    days = 100_000 * 365
    frame = spacecraft(*(craft_row(id_, 1, days, days) for id_ in range(10)))
    total = one(utilisation_by_family(frame))
    assert (total["time_in_space_days"], total["docked_fraction"]) == (10 * days, 1)
