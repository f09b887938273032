"""The charts of dockings: what is drawn, where, and what is said of the rest."""

import json

import polars as pl
import pytest

from spacecraft_analysis import charts
from tests.charts.drawing import arrivals, drawn, finding, occupancy, rows, spec, svg


def test_each_first_docking_is_a_dot_at_its_launch_and_its_hours():
    """Soyuz after 50 hours and after 6, and the caption says so."""
    chart = charts.time_to_dock_chart(arrivals(("Soyuz", 0, 50), ("Soyuz", 9, 6)))
    dots = [(row["launch"][:10], row["hours"]) for row in rows(chart, "target")]
    assert dots == [("2020-01-01", 50), ("2020-01-10", 6)]
    assert chart.description == (
        "2 flights of 1 family whose first docking is known, launched 2020-01-01 to 2020-01-10: "
        "first docked after 6.0 hours to 2.1 days, half of them within 28.0 hours."
    )


def test_hours_are_on_a_logarithmic_scale_with_lines_that_have_a_name():
    """From three hours to four days: lines at 3, 6, 12 and 24 h, and at 2 and 4 days."""
    chart = charts.time_to_dock_chart(arrivals(("Soyuz", 0, 3), ("Soyuz", 9, 96)))
    encodings = [layer["encoding"] for layer in spec(chart)["layer"]]
    assert {encoding["y"]["scale"]["type"] for encoding in encodings} == {"log"}
    texts = [row["text"] for row in rows(chart, "text")]
    assert texts == ["3 h", "6 h", "12 h", "24 h", "2 days", "4 days", "Soyuz"]


@pytest.mark.parametrize("hours", [5, 0.0001])
def test_a_single_docking_can_be_drawn(hours):
    """Both scales have room around it, however short the time is."""
    chart = charts.time_to_dock_chart(arrivals(("Soyuz", 0, hours)))
    assert drawn(chart)["circle"] == 1
    assert '["2019-12-31T00:00:00", "2020-01-02T00:00:00"]' in json.dumps(spec(chart))
    (dot,) = rows(chart, "target")
    assert dot["hours"] == pytest.approx(hours, rel=0.01)


def test_names_stand_at_the_height_of_the_last_dots():
    """Soyuz came down from 50 hours to 3, Dragon stayed at 28: Soyuz is the lower name."""
    soyuz = [("Soyuz", day, 50) for day in range(20)] + [("Soyuz", day, 3) for day in range(30, 40)]
    chart = charts.time_to_dock_chart(arrivals(*soyuz, ("Dragon", 5, 28)))
    names = {row["text"]: row["hours"] for row in rows(chart, "first")}
    assert names["Soyuz"] == pytest.approx(3, rel=0.3)
    assert names["Dragon"] == pytest.approx(28, rel=0.1)


FIRST = pl.col("flight_id") == 1


@pytest.mark.parametrize(
    "invalid",
    [
        pl.when(~FIRST).then("launch_net").alias("launch_net"),
        pl.when(~FIRST).then("time_to_dock").alias("time_to_dock"),
        pl.when(~FIRST).then("time_to_dock").otherwise(pl.duration()).alias("time_to_dock"),
    ],
)
def test_what_a_logarithm_or_a_date_lacks_is_left_out_and_counted(invalid):
    """No launch, no time, or a time of zero: one row beside the one that is drawn."""
    frame = arrivals(("Soyuz", 0, 9), ("Soyuz", 9, 6)).with_columns(invalid)
    chart = charts.time_to_dock_chart(frame)
    assert len(rows(chart, "target")) == 1
    assert "Left out: 1 row without a launch or a possible time." in str(chart.description)


@pytest.mark.parametrize("fraction", ["", ".250"])
def test_a_flagged_docking_has_a_sign_and_is_in_no_range(fraction):
    """The finding is about this docking of the flight; one about a later docking is not."""
    frame = arrivals(("Soyuz", 0, 768), ("Soyuz", 9, 6)).with_columns(
        pl.col("docking") + pl.duration(milliseconds=float(f"0{fraction}") * 1000)
    )
    late = finding("docking", 1, f"2020-02-02T00:00:00{fraction}Z", "warning")
    chart = charts.time_to_dock_chart(frame, late)
    assert [row["name"] for row in rows(chart, "target")] == ["Craft 1 †", "Craft 2"]
    assert (drawn(chart)["circle"], "† flagged by check" in svg(chart)) == (1, True)
    assert "first docked after 6.0 hours. 1 mark (†, hollow)" in str(chart.description)
    other = late.with_columns(value=pl.lit("2020-03-04T00:00:00Z"))
    assert "†" not in str(charts.time_to_dock_chart(frame, other).description)
    assert svg(charts.time_to_dock_chart(frame[:1], late)).startswith("<svg")


def test_each_station_has_a_strip_the_first_occupied_first():
    """Mir before the ISS, though it has fewer days; years without docked days have no bar."""
    chart = charts.station_occupancy_chart(
        occupancy(("ISS", 1999, 0), ("Mir", 1999, 73), ("ISS", 2000, 730), ("Mir", 2000, 0))
    )
    texts = [row["text"] for row in rows(chart, "text") if "days" in row["text"]]
    assert texts == ["Mir · 73 docked days", "ISS · 730 docked days"]
    bars = {row["group"]: row for row in rows(chart, "docked_days")}
    # Two craft on average fill a strip of 24 pixels.
    assert bars["ISS"]["_base"] - bars["ISS"]["_depth"] == 24
    assert bars["Mir"]["_base"] - bars["Mir"]["_depth"] == pytest.approx(24 / 10)
    assert bars["ISS"]["end"] == "2001-01-01T00:00:00"
    assert len(bars) == 2
    assert chart.description == (
        "The bars are spacecraft docked, on average. "
        "803 docked days at 2 stations; most in the period from 2000-01-01, with 2 spacecraft "
        "docked on average; the last one, from 2000-01-01, goes up to 2001-01-01. "
        "Only listed dockings are counted."
    )


def test_periods_with_unlisted_flights_have_a_pale_background():
    """Also where no docking at all is listed; the caption says how many flights."""
    frame = occupancy(("ISS", 2019, 730), ("ISS", 2020, 73), ("ISS", 2021, 0), unlisted=[0, 3, 16])
    chart = charts.station_occupancy_chart(frame)
    assert drawn(chart)["rect mark"] == 3 + 2
    (pale,) = (layer for layer in spec(chart)["layer"] if layer["mark"].get("opacity") == 0.2)
    assert "unlisted_flight_count" in pale["transform"][0]["filter"]
    assert (
        "2 periods with a pale background: flights that may have gone to the station, but have no "
        "listed docking, so the bars lack them, 16 at most (ISS, from 2021-01-01); the "
        "station of a flight " in str(chart.description)
    )


def test_of_many_stations_the_fullest_are_drawn_and_the_others_counted():
    """Eighteen: the two with the fewest days have no strip."""
    chart = charts.station_occupancy_chart(
        occupancy(*((f"Station {nth}", 2000, nth + 1) for nth in range(18)))
    )
    groups = {row["group"] for row in rows(chart, "docked_days")}
    assert groups == {f"Station {nth}" for nth in range(2, 18)}
    assert "Left out: 2 stations with fewer docked days." in str(chart.description)


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (charts.time_to_dock_chart, arrivals(("Soyuz", 0, 5))),
        (charts.station_occupancy_chart, occupancy(("Mir", 2000, 5))),
    ],
)
def test_text_instead_of_times_is_refused_as_the_measures_do(draw, frame):
    """A frame read from a CSV file; one with times in another unit is drawn."""
    text = frame.with_columns(pl.selectors.temporal().dt.to_string())
    with pytest.raises(ValueError, match="try_parse_dates=True"):
        draw(text)
    unit = frame.with_columns(pl.selectors.temporal().dt.cast_time_unit("ms"))
    assert spec(draw(unit)) == spec(draw(frame))
