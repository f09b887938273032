"""How many craft are in space at a time, by hand and by adding up overlaps."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacecraft_analysis.measures import in_orbit, station_occupancy
from spacecraft_analysis.snapshot import read_sample
from tests.measures.fleets import (
    DESTROYED,
    EPOCH,
    at,
    dockings,
    event,
    flight,
    flights,
    spacecraft,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def sample():
    return read_sample()


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


@pytest.mark.slow
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


def test_dragon_c109_is_not_in_orbit_after_2015(sample):
    """Lost in 2015 without an end in LL2: it never counts as in space."""
    presence = in_orbit(sample.flights, by="spacecraft_name")
    assert presence.filter(spacecraft_name="Dragon C109")["craft_days"].sum() == 0


def test_too_many_rows_are_refused_with_what_to_do():
    """Sixty years by the hour are half a million periods for each of four families."""
    rows = [flight(id_, 0, 10, family=f"Family {id_}") for id_ in range(4)]
    frame = flights(*rows).with_columns(retrieved_at=pl.lit(at(60 * 365.25)))
    with pytest.raises(ValueError, match=r"about 525,960 periods .* 4 groups .* 2,000,000") as told:
        in_orbit(frame, "1h")
    assert "flights.filter(pl.col('launch_net').dt.year() >= 2020)" in str(told.value)
    assert in_orbit(frame, "12h").height == 43_830 * 4
    assert isinstance(in_orbit(frame.lazy(), "1h"), pl.LazyFrame)


def test_too_many_rows_of_occupancy_are_refused_with_what_to_do():
    """Sixty years by the hour at each of four stations."""
    flown = flights(flight(1, 0, 1))
    events = [event(1, 0.1, 1, target_name=f"Station {nth}") for nth in range(4)]
    docked = dockings(spacecraft(), flown, *events)
    with pytest.raises(ValueError, match=r"dockings\.filter\(pl\.col\('docking'\)"):
        station_occupancy(docked.with_columns(retrieved_at=pl.lit(at(60 * 365.25))), "1h")
