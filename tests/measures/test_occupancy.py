"""How many craft are in space, and docked at a station, over periods, by hand."""

from datetime import datetime, timedelta, timezone

import polars as pl
import pytest

from spacecraft_analysis.measures import in_orbit, station_occupancy
from tests.measures.fleets import EPOCH, at, dockings, event, flight_row, flights

# in_orbit


def test_presence_by_hand():
    """2020 has 366 days: a craft up from 1 December 2020 to 11 January 2021.

    31 days in 2020; 10 days in 2021, a year of 365 cut at day 366 + 100.
    """
    day = (datetime(2020, 12, 1, tzinfo=timezone.utc) - EPOCH).days
    frame = in_orbit(flights(flight_row(1, day, day + 41, retrieved_at=466)))
    assert frame.columns == [
        *("period_start", "period_end", "family", "craft_days", "average_in_orbit")
    ]
    assert frame.rows() == [
        (EPOCH, at(366), "Falcon", 31.0, pytest.approx(31 / 366)),
        (at(366), at(466), "Falcon", 10.0, pytest.approx(10 / 100)),
    ]


def test_a_craft_in_space_for_ages_does_not_wrap():
    """A thousand craft through periods of 999 years: 365,000 years of them and more."""
    rows = [flight_row(id_, 0, 10**6, retrieved_at=10**6) for id_ in range(1000)]
    assert in_orbit(flights(*rows), every="999y")["craft_days"].sum() == 10**9


@pytest.mark.parametrize(
    "every", ["1yr", "0y", "-1y", "1m", "y", "1mo2d", "", "1y\n", "1000y", timedelta(1)]
)
def test_an_impossible_period_is_refused(every):
    """`1m` would be a minute: the message names what can be meant."""
    with pytest.raises(ValueError, match="such as '1y', '1q', '1mo'"):
        in_orbit(flights(flight_row(1, 0, 10)), every)


def test_too_many_rows_are_refused_with_what_to_do():
    """Sixty years by the hour are half a million periods for each of four groups."""
    later = pl.lit(at(60 * 365.25))
    rows = [flight_row(id_, 0, 10, family=f"Family {id_}") for id_ in range(4)]
    frame = flights(*rows).with_columns(retrieved_at=later)
    with pytest.raises(
        ValueError, match=r"about 525,960 periods .* 4 groups .* 2,000,000"
    ) as error:
        in_orbit(frame, "1h")
    assert "flights.filter(pl.col('launch_net').dt.year() >= 2020)" in str(error.value)
    assert in_orbit(frame, "12h").height == 43_830 * 4
    assert isinstance(in_orbit(frame.lazy(), "1h"), pl.LazyFrame)
    events = [event(1, 0.1, 1, target_name=f"Station {nth}") for nth in range(4)]
    docked = dockings(frame, *events).with_columns(retrieved_at=later)
    with pytest.raises(ValueError, match=r"dockings\.filter\(pl\.col\('docking'\)"):
        station_occupancy(docked, every="1h")


# station_occupancy


def test_occupancy_by_hand():
    """Two craft at Mir: days 356 to 376 and 366 to 386, so 10 days of 2020 and 30 of 2021.

    2021 is cut at day 466, and has 100 days.
    """
    more = {"retrieved_at": 466}
    flown = flights(flight_row(1, 350, 390, **more), flight_row(2, 360, 400, **more))
    events = (event(1, 356, 376, **more), event(2, 366, 386, **more))
    frame = station_occupancy(dockings(flown, *events))
    assert frame.columns == [
        *("period_start", "period_end", "target_name", "docked_days", "average_docked")
    ]
    assert frame.rows() == [
        (at(0), at(366), "Mir", 10.0, pytest.approx(10 / 366)),
        (at(366), at(466), "Mir", 30.0, pytest.approx(30 / 100)),
    ]


def test_an_event_lasts_as_long_as_its_flight_allows():
    """The flight goes from day 0 to 100 unless it says otherwise; retrieved on day 1000."""
    up, known = {"end": None, "in_space": True}, {"launch": 0, "end": 100}
    cases = {
        "as they are": (2, 90, {}, 88),
        "docked before the launch": (-5, 90, {}, 90),
        "departed after the mission end": (2, 363, {}, 98),
        "docked after the mission end": (101, 102, {}, 0),
        "departed before docking": (90, 2, {}, 0),
        "an end before the launch is no end": (2, 363, {"end": -1}, 361),
        "departure unknown": (2, None, {}, 0),
        "open": (990, None, up, 10),
        "departure planned": (990, 1200, up, 10),
        "departure later, though not in space": (990, 1200, {"end": None}, 10),
        "docking planned": (1001, 1002, {"end": None}, 0),
        "launch unknown": (2, 90, {"launch": None}, 88),
        "docking unknown": (None, 90, {}, 0),
    }
    rows = [
        flight_row(nth, **(known | changed), family=case)
        for nth, (case, (*_, changed, _)) in enumerate(cases.items(), 1)
    ]
    events = [event(nth, *of) for nth, (*of, _, _) in enumerate(cases.values(), 1)]
    found = station_occupancy(dockings(flights(*rows), *events), by="family")
    days = found.group_by("family").agg(pl.col("docked_days").sum())
    assert dict.fromkeys(cases, 0) | dict(days.iter_rows()) == {
        case: days for case, (*_, days) in cases.items()
    }


# unlisted_flight_count


@pytest.mark.parametrize(
    ("flight", "counts"),
    [
        pytest.param(flight_row(2, 300, 800, destination="MIR"), [1, 1, 1], id="by destination"),
        pytest.param(flight_row(2, 15, 30, config_id=1), [1, 0, 0], id="by its configuration"),
        pytest.param(flight_row(2, 15, 30, config_id=2), [1, 0, 0], id="by its family"),
        pytest.param(
            flight_row(2, 15, 30, config_id=3, family="Gemini"), [0, 0, 0], id="docks with none"
        ),
        pytest.param(flight_row(2, 15, 700, config_id=1), [0, 0, 0], id="fits two stations"),
    ],
)
def test_flights_to_a_station_without_an_event_are_counted_in_their_periods(flight, counts):
    """By destination, else at the one station in use that its configuration, or family, docks with.

    Mir was on days 10 to 20, the ISS on days 700 to 710. No docking of configuration 2 is listed.
    """
    more = {"config_id": 1, "spacecraft_time_docked": timedelta(days=400)}
    flown = flights(flight_row(1, 0, 900, **more), flight)
    iss = {"target_id": 2, "target_name": "ISS"}
    docked = dockings(
        flown,
        event(1, 10, 20),
        event(1, 700, 710, **iss),
        event(1, 890, 900, target_kind="craft", target_name="Agena"),
    )
    frame = station_occupancy(docked, flown)
    mir = frame.filter(target_name="Mir")
    assert mir["unlisted_flight_count"].to_list() == counts
    by_family = station_occupancy(docked, flown, by="family")
    assert by_family["unlisted_flight_count"].null_count() == by_family.height == 3
