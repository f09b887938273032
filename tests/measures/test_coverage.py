"""What the tables list beside what LL2 counts, by hand."""

from datetime import timedelta

import polars as pl
import pytest

from spacecraft_analysis.measures import coverage, time_to_dock_by_family
from tests.measures.fleets import configurations, dockings, event, flight_row, flights, one


def test_coverage_by_hand():
    """Two models of Falcon and one of Condor, which LL2 counts and of which no flight is listed."""
    models = configurations(
        {"name": "Falcon 1", "total_launch_count": 5, "spacecraft_flown": 2},
        {"name": "Falcon 2", "total_launch_count": None, "spacecraft_flown": 1},
        {"name": "Condor 1", "total_launch_count": 4, "spacecraft_flown": 4, "family": "Condor"},
        {"name": "Roadster", "total_launch_count": 1, "spacecraft_flown": 1, "type_id": 5}
        | {"family": "Roadster"},
    )
    never = {"spacecraft_time_docked": timedelta(0)}
    flown = flights(
        *(flight_row(1, 0, 10, **never), flight_row(1, 20, None, **never)),
        flight_row(2, 30, 40, config_id=2),
        flight_row(2, 990, None, config_id=2, in_space=True),
        *(flight_row(2, 1100, None, config_id=2), flight_row(3, 0, 5, is_placeholder=True)),
        flight_row(4, 0, None, config_id=4, config_type_id=5),
    )
    frame = coverage(models, flown, dockings(flown, event(3, 31, 39)))
    assert frame.columns == [
        *("config_name", "flights_count", "total_launch_count", "craft_count"),
        *("spacecraft_flown", "unknown_end_count", "docked_flight_count", "docking_unknown_count"),
    ]
    assert frame.rows() == [
        ("Condor 1", 0, 4, 0, 4, 0, 0, 0),
        ("Falcon 1", 2, 5, 1, 2, 1, 0, 0),
        ("Falcon 2", 2, None, 1, 1, 0, 1, 1),
        ("all", 4, 9, 2, 7, 1, 1, 1),
    ]
    named = models.with_columns(config_name="name")
    assert coverage(named, flown, dockings(flown, event(3, 31, 39))).equals(frame)
    with_simulators = one(
        coverage(models, flown, by="family", mass_simulators=True), group="Roadster"
    )
    assert (with_simulators["flights_count"], with_simulators["total_launch_count"]) == (1, 1)
    falcon = one(coverage(models, flown, by="family"), group="Falcon")
    assert falcon == {
        "family": "Falcon",
        "flights_count": 4,
        "total_launch_count": 5,
        "craft_count": 2,
        "spacecraft_flown": 3,
        "unknown_end_count": 1,
    }


def test_flights_of_an_unlisted_configuration_have_no_group():
    """A configuration 9 that the table lacks: a row of its own, counted by LL2 as unknown."""
    frame = coverage(
        configurations({"name": "Falcon 1"}), flights(flight_row(1, 0, 1, config_id=9))
    )
    assert frame.select("config_name", "flights_count", "total_launch_count").rows() == [
        ("Falcon 1", 0, None),
        (None, 1, None),
        ("all", 1, None),
    ]


@pytest.mark.parametrize(
    "by", ["config_name", "family", "config_type_name", "config_agency_abbrev"]
)
def test_coverage_of_the_sample_adds_up(by, sample):
    """By each group the counts add up to `all`, which are those of the tables and of dockings."""
    frame = coverage(sample.configurations, sample.flights, sample.dockings, by=by)
    groups, total = frame.head(-1), frame.row(-1, named=True)
    assert total[by] == "all"
    for name in frame.columns[1:]:
        assert groups[name].sum() == total[name]
    roadster = pl.col("name") == "Tesla Roadster"
    assert total["flights_count"] == sample.flights.height - 1 == 738
    configurations = sample.configurations.filter(~roadster)
    assert total["total_launch_count"] == configurations["total_launch_count"].sum()
    docking = one(time_to_dock_by_family(sample.flights, sample.dockings))
    assert total["docked_flight_count"] == docking["docked_flight_count"]
    unknown = docking["unknown_count"] + docking["left_out_count"]
    assert total["docking_unknown_count"] == unknown
