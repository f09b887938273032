"""The charts of dockings: what is drawn, where, and what is said of the rest."""

from datetime import datetime, timedelta, timezone
from typing import Any

import altair as alt
import polars as pl
import pytest

from spacecraft_analysis import charts
from spacecraft_analysis.charts.colours import GREY

NOW = datetime(2025, 4, 7, tzinfo=timezone.utc)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def _arrivals(*rows: tuple[str | None, int | None, float | None]) -> pl.DataFrame:
    """What `times_to_dock` returns: a family, the day of the launch, the hours."""
    return pl.DataFrame(
        [
            {
                "spacecraft_id": nth,
                "spacecraft_name": f"Craft {nth}",
                "family": family,
                "flight_id": nth,
                "launch_net": None if day is None else NOW + day * DAY,
                "docking": NOW + (day or 0) * DAY + (hours or 0) * HOUR,
                "target_name": "Mir",
                "time_to_dock": None if hours is None else hours * HOUR,
            }
            for nth, (family, day, hours) in enumerate(rows)
        ],
        schema_overrides={
            "family": pl.String,
            "launch_net": pl.Datetime("us", "UTC"),
            "time_to_dock": pl.Duration("us"),
        },
    )


def _occupancy(*rows: tuple[str | None, int, float]) -> pl.DataFrame:
    """What `station_occupancy` returns by the year: a station, the year, the docked days."""
    return pl.DataFrame(
        {
            "period_start": [datetime(year, 1, 1, tzinfo=timezone.utc) for _, year, _ in rows],
            "target_name": [station for station, *_ in rows],
            "docked_days": [days for *_, days in rows],
            "average_docked": [days / 365 for *_, days in rows],
        },
        schema_overrides={"target_name": pl.String, "docked_days": pl.Float64},
    )


def _rows(chart: alt.LayerChart, having: str) -> list[dict[str, Any]]:
    """The rows behind the layers whose rows have this field."""
    spec = chart.to_dict()
    named = [layer["data"] for layer in spec["layer"] if "values" in layer.get("data", {})]
    sets = spec["datasets"] | {data["name"]: data["values"] for data in named}
    return [row for rows in sets.values() for row in rows if having in row]


def test_each_first_docking_is_a_dot_at_its_launch_and_its_hours() -> None:
    """Soyuz after 50 hours and after 6, and the caption says so."""
    chart = charts.time_to_dock_chart(_arrivals(("Soyuz", 0, 50), ("Soyuz", 9, 6)))
    dots = [(row["launch"][:10], row["hours"]) for row in _rows(chart, "target")]
    assert dots == [("2025-04-07", 50), ("2025-04-16", 6)]
    assert chart.description.startswith(  # type: ignore[union-attr]
        "2 first dockings of 1 family, launched 2025-04-07 to 2025-04-16: "
        "after 6.0 hours to 2.1 days, half of them within 28.0 hours."
    )


def test_hours_are_on_a_logarithmic_scale_with_lines_that_one_can_name() -> None:
    """From three hours to four days: lines at 3, 6, 12 and 24 h, and at 2 and 4 days."""
    chart = charts.time_to_dock_chart(_arrivals(("Soyuz", 0, 3), ("Soyuz", 9, 96)))
    scales = [layer["encoding"]["y"]["scale"] for layer in chart.to_dict()["layer"]]
    assert {scale["type"] for scale in scales} == {"log"}
    texts = [row["text"] for row in _rows(chart, "text")]
    assert texts == ["3 h", "6 h", "12 h", "24 h", "2 days", "4 days"]


def test_a_single_docking_can_be_drawn() -> None:
    """The scale has room above and below it."""
    chart = charts.time_to_dock_chart(_arrivals(("Soyuz", 0, 5)))
    low, high = chart.to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low < 5 < high


def test_names_stand_at_the_height_of_the_last_dots() -> None:
    """Soyuz came down from 50 hours to 3, Dragon stayed at 28: Soyuz is the lower name."""
    soyuz = [("Soyuz", day, 50) for day in range(20)] + [("Soyuz", day, 3) for day in range(30, 40)]
    chart = charts.time_to_dock_chart(_arrivals(*soyuz, ("Dragon", 5, 28)))
    names = {row["line"]: row["hours"] for row in _rows(chart, "first")}
    assert names["Soyuz"] == pytest.approx(3, rel=0.3)
    assert names["Dragon"] == pytest.approx(28, rel=0.1)


def test_more_than_eight_families_are_seven_and_the_others() -> None:
    """Ten families: three of them are one, in grey."""
    chart = charts.time_to_dock_chart(_arrivals(*((f"F{nth}", nth, 9) for nth in range(10))))
    groups = {row["group"] for row in _rows(chart, "target")}
    assert len(groups) == 8
    assert "3 others" in groups
    scale = chart.to_dict()["layer"][2]["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True))["3 others"] == GREY


@pytest.mark.parametrize("odd", [("Soyuz", None, 9), ("Soyuz", 0, None), ("Soyuz", 0, 0)])
def test_what_a_logarithm_or_a_date_lacks_is_left_out_and_counted(odd: Any) -> None:
    """No launch, no time, or none at all: one row beside the one that is drawn."""
    chart = charts.time_to_dock_chart(_arrivals(odd, ("Soyuz", 9, 6)))
    assert len(_rows(chart, "target")) == 1
    assert "Left out: 1 row without a launch or a possible time." in str(chart.description)


def test_a_craft_without_a_family_is_drawn_and_counted() -> None:
    """As a group of its own."""
    chart = charts.time_to_dock_chart(_arrivals((None, 0, 9)))
    assert _rows(chart, "target")[0]["group"] == "(no family)"
    assert "1 docking without a family (drawn as such)." in str(chart.description)


def test_each_station_has_a_strip_the_first_occupied_first() -> None:
    """Mir before the ISS, though it has fewer days; years without docked days have no bar."""
    chart = charts.station_occupancy_chart(
        _occupancy(("ISS", 1999, 0), ("Mir", 1999, 73), ("ISS", 2000, 730), ("Mir", 2000, 0))
    )
    texts = [row["text"] for row in _rows(chart, "text") if "days" in row["text"]]
    assert texts == ["Mir · 73 docked days", "ISS · 730 docked days"]
    bars = {row["group"]: row for row in _rows(chart, "docked_days")}
    # Two craft on average fill a strip of 24 pixels.
    assert bars["ISS"]["base"] - bars["ISS"]["depth"] == 24
    assert bars["Mir"]["base"] - bars["Mir"]["depth"] == pytest.approx(24 / 10)
    assert len(bars) == 2


def test_the_last_bar_ends_where_its_period_does() -> None:
    """Asked in March: 31 + 28 days, two craft on average."""
    year = datetime(2025, 1, 1, tzinfo=timezone.utc)
    frame = pl.DataFrame(
        {"period_start": [year], "target_name": ["Mir"], "docked_days": [118.0]},
    ).with_columns(average_docked=2.0)
    bar = _rows(charts.station_occupancy_chart(frame), "docked_days")[0]
    assert bar["end"] == "2025-03-01T00:00:00"


def test_the_caption_of_occupancy_says_how_much_and_when_most() -> None:
    """Both stations together."""
    chart = charts.station_occupancy_chart(_occupancy(("ISS", 1999, 365), ("Mir", 1999, 365)))
    assert "730 docked days at 2 stations; most in the period from 1999-01-01, with 2.00" in str(
        chart.description
    )


def test_of_many_stations_the_fullest_are_drawn_and_the_others_counted() -> None:
    """Eighteen: the two with the fewest days have no strip."""
    chart = charts.station_occupancy_chart(
        _occupancy(*((f"Station {nth}", 2000, nth + 1) for nth in range(18)))
    )
    groups = {row["group"] for row in _rows(chart, "docked_days")}
    assert groups == {f"Station {nth}" for nth in range(2, 18)}
    assert "Left out: 2 stations with fewer docked days." in str(chart.description)


@pytest.mark.parametrize("draw", [charts.time_to_dock_chart, charts.station_occupancy_chart])
def test_another_frame_is_refused_with_what_to_give(draw: Any) -> None:
    """The message names the measure."""
    with pytest.raises(
        ValueError, match=r"lacks .*; pass a frame like (times_to_dock|station_occupancy)"
    ):
        draw(pl.DataFrame({"family": ["Soyuz"]}))


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (charts.time_to_dock_chart, _arrivals(("Soyuz", 0, 5))),
        (charts.station_occupancy_chart, _occupancy(("Mir", 2000, 5))),
        (
            charts.in_orbit_chart,
            _occupancy(("Soyuz", 2000, 5)).rename(
                {"docked_days": "craft_days", "average_docked": "average_in_orbit"}
            ),
        ),
    ],
)
def test_text_instead_of_times_is_refused_as_the_measures_do(
    draw: Any, frame: pl.DataFrame
) -> None:
    """A frame read from a CSV file; read with its times as such it is drawn."""
    text = frame.with_columns(pl.selectors.temporal().dt.to_string())
    with pytest.raises(ValueError, match=r"as String: .*try_parse_dates=True"):
        draw(text)
    unit = frame.with_columns(pl.selectors.temporal().dt.cast_time_unit("ms"))
    assert draw(unit).to_dict() == draw(frame).to_dict()
