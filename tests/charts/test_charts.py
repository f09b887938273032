"""Each chart: the specification, and the picture that Vega makes of it."""

import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import altair as alt
import polars as pl
import pytest

from spacecraft_analysis import charts, measures
from spacecraft_analysis.charts import colours
from spacecraft_analysis.report.svg import engine
from spacecraft_analysis.snapshot import read_sample
from tests.measures.fleets import dockings, event, with_states

Chart = alt.LayerChart
LONG = "Chinese Reusable Space Vehicle (CSSHQ)"
HOSTILE = "</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
NOW = datetime(2025, 4, 7, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def _periods(*rows: tuple[str | None, float | None, bool | None]) -> pl.DataFrame:
    """What `turnarounds` returns: one craft per row, of a family, some days, ended or not."""
    end = NOW - 1000 * DAY
    return pl.DataFrame(
        [
            {
                "spacecraft_id": nth,
                "spacecraft_name": f"Craft {nth}",
                "family": family,
                "flight_id": 10 * nth,
                "mission_end": end,
                "next_flight_id": 10 * nth + 1 if ended else None,
                "next_launch_net": end + days * DAY if ended and days else None,
                "turnaround": None if days is None else days * DAY,
                "observed": ended,
            }
            for nth, (family, days, ended) in enumerate(rows)
        ],
        schema={
            "spacecraft_id": pl.Int64,
            "spacecraft_name": pl.String,
            "family": pl.String,
            "flight_id": pl.Int64,
            "mission_end": pl.Datetime("us", "UTC"),
            "next_flight_id": pl.Int64,
            "next_launch_net": pl.Datetime("us", "UTC"),
            "turnaround": pl.Duration("us"),
            "observed": pl.Boolean,
        },
    )


def _flights(*rows: tuple[int, str, int, int | None]) -> pl.DataFrame:
    """The flights table: craft, its family, launch and end in days of 2025, no end if open."""
    start = datetime(2025, 1, 1, tzinfo=timezone.utc)
    frame = pl.DataFrame(
        [
            {
                "spacecraft_id": craft,
                "spacecraft_name": f"Craft {craft}",
                "family": family,
                "flight_id": nth,
                "launch_name": f"Launch {nth}",
                "launch_net": start + launch * DAY,
                "mission_end": None if end is None else start + end * DAY,
                "in_space": end is None,
                "is_placeholder": False,
                "status_id": 1,
                "config_type_id": 1,
                "retrieved_at": NOW,
            }
            for nth, (craft, family, launch, end) in enumerate(rows)
        ],
        schema_overrides={"mission_end": pl.Datetime("us", "UTC")},
    )
    total = pl.lit(None, pl.Duration("us"))
    return with_states(frame).with_columns(spacecraft_time_docked=total)


def _dockings(flights: pl.DataFrame) -> pl.DataFrame:
    """The dockings table: each flight at Mir, a day after its launch, for three days."""
    legs = flights.with_columns(config_name=pl.col("family"), family_ids=pl.lit(None))
    events = [
        event(id_, launch + DAY, launch + 4 * DAY, retrieved_at=NOW)
        for id_, launch in flights.select("flight_id", "launch_net").iter_rows()
    ]
    return dockings(legs, *events)


FLIGHTS = _flights(
    (1, "Dragon", 0, 10), (1, "Dragon", 20, 25), (2, "Dragon", 5, 30), (3, "Soyuz", 1, 93)
)


def _flown_often(*families: str) -> pl.DataFrame:
    """Four flights of a day of one craft each, and three turnarounds: 3, 4 and 5 days."""
    return _flights(
        *(
            (craft, family, start, start + 1)
            for craft, family in enumerate(families, start=1)
            for start in (0, 4, 9, 15)
        )
    )


def _utilisation() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "family": ["Dragon", "Gemini", "Soyuz", "all"],
            "flown_count": [8, 1, 3, 12],
            "docked_fraction": [0.5, None, 1.0, 0.75],
            "docked_craft_count": [7, 0, 3, 10],
            "docked_left_out_count": [1, 1, 0, 2],
            "in_space_fraction": [0.25, None, None, 0.25],
            "in_space_craft_count": [4, 0, 0, 4],
            "in_space_left_out_count": [0, 0, 0, 0],
        }
    )


def _drawn(chart: Chart, version: str = VERSION) -> Counter[str]:
    """How many marks of each kind the picture has."""
    return Counter(re.findall('aria-roledescription="([a-z ]+)"', _svg(chart, version)))


def _svg(chart: Chart, version: str = VERSION, width: int = 630) -> str:
    return _picture(json.dumps(_spec(chart) | {"width": width}), version)


@cache
def _picture(spec: str, version: str) -> str:
    return engine().vegalite_to_svg(spec, vl_version=version)  # type: ignore[no-any-return]


_specs: dict[int, tuple[Chart, dict[str, Any]]] = {}


def _spec(chart: Chart) -> dict[str, Any]:
    """The chart as its specification; to make and validate it takes longer than most tests."""
    if id(chart) not in _specs:
        # With the chart itself, whose number no other one gets as long as it is there.
        _specs[id(chart)] = (chart, chart.to_dict())
    return _specs[id(chart)][1]


def _rows(chart: Chart, having: str = "group") -> list[dict[str, Any]]:
    """The rows behind the marks, of those layers whose rows have this field."""
    spec = _spec(chart)
    named = [layer["data"] for layer in spec["layer"] if "values" in layer.get("data", {})]
    sets = spec["datasets"] | {data["name"]: data["values"] for data in named}
    return [row for rows in sets.values() for row in rows if having in row]


def _sample_charts(by: str = "family") -> dict[str, Chart]:
    sample = read_sample()
    flights = sample.flights
    used = measures.utilisation_by_family(sample.spacecraft, flights, by=by)
    return {
        "turnaround": charts.turnaround_chart(measures.turnarounds(flights, by=by)),
        "by family": charts.turnaround_by_family_chart(
            measures.turnaround_by_family(flights, by=by)
        ),
        "survival": charts.turnaround_survival_chart(measures.turnaround_survival(flights, by=by)),
        "utilisation": charts.utilisation_chart(used),
        "in orbit": charts.in_orbit_chart(measures.in_orbit(flights, by=by)),
        "timeline": charts.fleet_timeline_chart(flights, by=by),
        "time to dock": charts.time_to_dock_chart(
            measures.times_to_dock(flights, sample.dockings, by=by)
        ),
        "occupancy": charts.station_occupancy_chart(
            measures.station_occupancy(sample.dockings, by=by)
        ),
    }


@pytest.fixture(scope="module")
def sample_charts() -> dict[str, Chart]:
    """Every chart of the bundled sample."""
    return _sample_charts()


@pytest.mark.slow
def test_importing_the_package_does_not_import_altair() -> None:
    """Altair waits until a chart is made."""
    code = "import sys, spacecraft_analysis.charts; sys.exit('altair' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.slow
def test_every_period_is_a_mark() -> None:
    """Ended turnarounds and waiting craft are drawn one by one, and n stands on each strip."""
    chart = charts.turnaround_chart(
        _periods(
            ("Dragon", 100, True), ("Dragon", 100, True), ("Dragon", 7, False), ("Soyuz", 2, True)
        )
    )
    assert len(_rows(chart)) == 4
    assert _drawn(chart)["point"] == 4
    assert "Dragon · n = 2, 1 waiting" in _svg(chart)
    assert chart.description.startswith(  # type: ignore[union-attr]
        "3 turnarounds of 3 craft (2 to 100 days), and 1 craft waiting to fly again "
        "(7 days so far, triangles), in 2 families."
    )


def test_waiting_craft_have_a_mark_of_their_own() -> None:
    """A censored period is an open triangle in its family's colour, explained above."""
    chart = charts.turnaround_chart(_periods(("Dragon", 100, True), ("Dragon", 7, False)))
    ended, waiting = _spec(chart)["layer"][:2]
    assert (ended["mark"]["filled"], waiting["mark"]["filled"]) == (True, False)
    assert (ended["mark"]["shape"], waiting["mark"]["shape"]) == ("circle", "triangle-right")
    assert "waiting so far" in _svg(chart)
    (triangle,) = re.findall(f'<path[^>]*stroke="{colours.STATED["Dragon"]}"[^>]*>', _svg(chart))
    assert 'fill="' not in triangle


def test_no_state_is_explained_that_is_not_drawn() -> None:
    """Where no craft waits nothing is said of triangles."""
    assert "waiting so far" not in _svg(charts.turnaround_chart(_periods(("Dragon", 1, True))))


def test_equal_turnarounds_do_not_hide_each_other() -> None:
    """Marks of one place are on lanes of their own."""
    chart = charts.turnaround_chart(_periods(*[("Dragon", 100, True)] * 5))
    assert sorted(row["lane"] for row in _rows(chart)) == [-2, -1, 0, 1, 2]


@pytest.mark.slow
def test_no_turnaround_lies_over_the_name_of_its_strip(sample_charts: dict[str, Chart]) -> None:
    """However many periods are alike, their marks stay below the line on which the name stands."""
    chart = sample_charts["turnaround"]
    svg = _svg(chart)
    height = r'transform="translate\([\d.]+,([\d.]+)\)"'
    axis = svg[svg.index("Y-axis") : svg.index("</text></g>", svg.index("Y-axis"))]
    names = [float(one) for one in re.findall(f"<text[^>]*{height}", axis)]
    marks = [float(one) for one in re.findall(f"<path[^>]*{height}", svg)]
    step, radius = chart.height / len(names), (30 / math.pi) ** 0.5  # type: ignore[attr-defined]
    assert len(marks) > 100
    assert all(mark - radius > names[int(mark // step)] for mark in marks)


def test_periods_without_length_are_counted() -> None:
    """A null turnaround, or not knowing whether it ended, is not drawn but told."""
    chart = charts.turnaround_chart(
        _periods(("Dragon", 100, True), ("Dragon", None, True), ("Dragon", 3, None))
    )
    assert len(_rows(chart)) == 1
    assert "Left out: 2 rows without a known length." in chart.description


def test_null_family_is_drawn_and_counted() -> None:
    """A group that LL2 does not name keeps its strip."""
    chart = charts.turnaround_chart(_periods((None, 100, True), ("Dragon", 3, True)))
    assert "(no family) · n = 1<" in _svg(chart)
    assert "1 period without a family (drawn as such)." in chart.description


@pytest.mark.slow
def test_what_has_no_family_is_counted_in_each_chart() -> None:
    """Each caption counts it in what its marks stand for: Soyuz has lost its name here."""
    flights = _flown_often("Dragon", "Soyuz").with_columns(pl.col("family").replace("Soyuz", None))
    used = _utilisation().with_columns(pl.col("family").replace("Soyuz", None))
    for chart, told in (
        (charts.turnaround_survival_chart(measures.turnaround_survival(flights)), "4 periods"),
        (charts.utilisation_chart(used), "3 craft"),
        (charts.in_orbit_chart(measures.in_orbit(flights)), "4 craft-days"),
        (charts.fleet_timeline_chart(flights, min_flights=1), "4 flights"),
    ):
        assert f"{told} without a family (drawn as such)." in chart.description
        assert "(no family)" in _svg(chart)


@pytest.mark.slow
def test_no_name_is_cut_on_a_phone() -> None:
    """A long name stands in full above its strip, and in two lines beside a layer."""
    flights = _flown_often("Dragon", LONG)
    for chart in (
        charts.turnaround_chart(measures.turnarounds(flights)),
        charts.turnaround_survival_chart(measures.turnaround_survival(flights)),
        charts.fleet_timeline_chart(flights, min_flights=1),
    ):
        assert f">{LONG}" in _svg(chart, width=350).replace("Craft 2 (", "")
    beside = _rows(charts.in_orbit_chart(measures.in_orbit(flights)), having="first")
    lines = [row["line"] for row in beside if row["group"] == LONG]
    assert lines == ["Chinese Reusable", "Space Vehicle", "(CSSHQ)"]


def test_a_length_of_time_groups_by_its_iso_text() -> None:
    """A Duration has no text of Polars' own; it is a group like any other."""
    flights = FLIGHTS.with_columns(duration=pl.duration(days=pl.col("spacecraft_id")))
    presence = measures.in_orbit(flights, by="duration")
    assert {row["group"] for row in _rows(charts.in_orbit_chart(presence))} == {"P1D", "P2D", "P3D"}


def test_a_chart_of_no_frame_says_what_it_takes() -> None:
    """Who gives the snapshot itself is told which frame the chart draws."""
    with pytest.raises(TypeError, match="a Polars frame like turnarounds, got a Snapshot"):
        charts.turnaround_chart(read_sample())  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["config_name", "status.name", "a[0]", "it's:Q", "image"])
def test_groups_may_stand_in_any_column(column: str) -> None:
    """The chart finds the column of the groups; its name needs no escaping."""
    periods = _periods(("Dragon", 100, True), ("Soyuz", 3, False)).rename({"family": column})
    chart = charts.turnaround_chart(periods)
    assert [row["group"] for row in _rows(chart)] == ["Dragon", "Soyuz"]
    assert chart.title == f"Turnarounds by {column.replace('_', ' ')}"


def test_summary_draws_both_medians_and_their_intervals() -> None:
    """Two lines a family: of the ended ones, and of the waiting ones too; n stands on the strip."""
    chart = charts.turnaround_by_family_chart(
        pl.DataFrame(
            {
                "family": ["Dragon", "Gemini", None, "all"],
                "turnaround_count": [3, 0, 1, 4],
                "fastest_days": [10.0, None, 5.0, 5.0],
                "median_days": [20.0, None, 5.0, 15.0],
                "p90_days": [90.0, None, 5.0, 80.0],
                "censored_count": [1, 2, 2, 5],
                "km_median_days": [25.0, None, None, 30.0],
                "km_low_days": [10.0, None, 5.0, 10.0],
                "km_high_days": [None, None, None, 95.0],
                "left_out_count": [2, 0, 0, 2],
            }
        )
    )
    drawn = _drawn(chart)
    ticks_dots_arrows = 3 + 2 + 2
    assert (drawn["rule mark"], drawn["point"]) == (6, ticks_dots_arrows)
    assert [row["row"] for row in _rows(chart)][:3] == [
        "Dragon · n = 3, 1 waiting",
        "(no family) · n = 1, 2 waiting",
        "all · n = 4, 5 waiting",
    ]
    for told in (
        "Medians of the ended turnarounds: 5 days ((no family)) to 20 days (Dragon).",
        "2 families with an interval without upper edge (arrow).",
        "Left out: 1 family in which no turnaround ended, with 2 craft waiting.",
        "Left out: 2 periods with an unknown or impossible end.",
        "3 periods without a family (drawn as such).",
        "not independent",
    ):
        assert told in chart.description
    assert {row["mid_text"] for row in _rows(chart)} >= {"not reached"}


def test_curve_steps_down_from_everyone_on_the_ground() -> None:
    """Each curve starts at day 0 with 100 %, in steps, in a strip of its own."""
    curve = measures.turnaround_survival(_flown_often("Dragon", "Soyuz"))
    chart = charts.turnaround_survival_chart(curve)
    line = next(layer for layer in _spec(chart)["layer"] if _is_curve(layer))
    assert line["mark"]["interpolate"] == "step-after"
    starts = [row for row in _rows(chart, having="at_risk") if row["days"] == 0]
    assert {row["still_waiting_fraction"] for row in starts} == {1}
    above, below = (row["depth"] for row in starts)
    assert below - above == chart.height / 2  # type: ignore[attr-defined]


def _is_curve(layer: dict[str, Any]) -> bool:
    return layer["mark"]["type"] == "line" and "color" in layer["encoding"]


def test_a_family_with_two_turnarounds_is_named_not_drawn() -> None:
    """Three turnarounds make a curve; the description names what has fewer, with how many."""
    flights = pl.concat(
        [_flown_often("Dragon"), _flights((7, "Gemini", 0, 1), (7, "Gemini", 9, 10))]
    )
    chart = charts.turnaround_survival_chart(measures.turnaround_survival(flights))
    assert {row["group"] for row in _rows(chart, having="at_risk")} == {"Dragon"}
    assert "Fewer than three turnarounds, so not drawn: Gemini (1)." in chart.description


def test_no_family_with_three_turnarounds_gives_a_chart_that_says_so() -> None:
    """The picture says that no curve can be drawn, the description who has how many."""
    chart = charts.turnaround_survival_chart(measures.turnaround_survival(FLIGHTS))
    assert chart.title == "Still on the ground, by family: nothing to draw"
    assert "not drawn: Dragon (1), Soyuz (0)." in chart.description


def test_the_curve_of_all_is_behind_each_and_says_so() -> None:
    """All craft are in grey, without a band, in each strip, and named once."""
    curve = measures.turnaround_survival(_flown_often("Dragon", "Soyuz"))
    chart = charts.turnaround_survival_chart(curve)
    greys = [
        layer["mark"].get("yOffset")
        for layer in _spec(chart)["layer"]
        if layer["mark"].get("color") == colours.GREY
    ]
    assert greys == [0, chart.height / 2]  # type: ignore[attr-defined]
    assert _svg(chart).count(">all craft<") == 1
    assert "grey is the curve of all craft" in chart.description
    alone = charts.turnaround_survival_chart(curve.filter(pl.col("family") != "all"))
    assert "grey" not in alone.description
    assert ">all craft<" not in _svg(alone)


def test_the_description_says_how_many_wait_after_a_year() -> None:
    """What this picture alone says: of four periods of all craft one is longer than 365 days."""
    days = [10, 20, 365, 400]
    curve = pl.DataFrame(
        {
            "family": ["Dragon"] * 4 + ["all"] * 4,
            "days": [float(day) for day in days] * 2,
            "at_risk": [4, 3, 2, 1] * 2,
            "returned": [1] * 8,
            "censored": [0] * 8,
            "still_waiting_fraction": [0.75, 0.5, 0.25, 0.0] * 2,
            "low_fraction": [None] * 8,
            "high_fraction": [None] * 8,
        },
        schema_overrides={"low_fraction": pl.Float64, "high_fraction": pl.Float64},
    )
    chart = charts.turnaround_survival_chart(curve)
    assert (
        "25% of all craft's periods on the ground last longer than 365 days." in chart.description
    )
    short = charts.turnaround_survival_chart(curve.filter(pl.col("days") < 365))
    assert "365 days" not in short.description


def test_curve_marks_returns_and_those_still_waiting() -> None:
    """A dot where a craft flew again, an upright line where one still waits; bands where known."""
    curve = pl.DataFrame(
        {
            "family": ["Dragon"] * 4,
            "days": [10.0, 20.0, 30.0, 40.0],
            "at_risk": [4, 3, 2, 1],
            "returned": [1, 1, 0, 1],
            "censored": [0, 0, 1, 0],
            "still_waiting_fraction": [0.75, 0.5, 0.5, 0.0],
            "low_fraction": [0.05, 0.05, 0.05, None],
            "high_fraction": [0.95, 0.95, 0.95, None],
        }
    )
    chart = charts.turnaround_survival_chart(curve)
    drawn = _drawn(chart)
    assert (drawn["circle"], drawn["tick"], drawn["line mark"], drawn["area mark"]) == (3, 1, 1, 1)
    bands = [(row["low_fraction"], row["high_fraction"]) for row in _rows(chart, having="at_risk")]
    assert bands[0] == (None, None)
    assert len(set(bands[1:])) == 1, "the band reaches the last step"


def test_each_share_has_its_own_n() -> None:
    """A bar a known share, beside it what it is and its n; `all` is last."""
    chart = charts.utilisation_chart(_utilisation())
    assert _drawn(chart)["bar"] == _drawn(chart)["text mark"] == 5
    assert [row["text"] for row in _rows(chart)] == [
        *("50.0 % docked, n = 7", "25.0 % in space, n = 4", "100.0 % docked, n = 3"),
        *("75.0 % docked, n = 10", "25.0 % in space, n = 4"),
    ]
    assert (
        "Docked is the share of the time in space, summed over 10 craft; 2 left out"
        in chart.description
    )
    assert "Left out: 1 family without a share." in chart.description
    assert "flatters" in chart.description


def test_a_share_too_small_to_see_is_told_instead() -> None:
    """A family whose bars would be thinner than a line has no strip; the description names it."""
    none = _utilisation().with_columns(
        pl.when(pl.col("family") == "Gemini")
        .then(0.0)
        .otherwise("docked_fraction")
        .alias("docked_fraction")
    )
    chart = charts.utilisation_chart(none)
    assert "Gemini" not in {row["group"] for row in _rows(chart)}
    assert "Under 0.5 %, so not drawn: Gemini." in chart.description


def test_without_flights_there_is_one_share() -> None:
    """The shares of the service life are drawn only where the measure had the flights."""
    chart = charts.utilisation_chart(_utilisation().select(pl.exclude("^in_space.*$")))
    assert _drawn(chart)["bar"] == 3
    assert "flatters" not in chart.description


def test_presence_is_stacked_to_the_total() -> None:
    """Layers lie on each other but for a line of paper; the last period ends at `retrieved_at`."""
    chart = charts.in_orbit_chart(measures.in_orbit(FLIGHTS, every="1mo"))
    rows = _rows(chart, having="craft_days")
    january = [row for row in rows if row["period_start"].startswith("2025-01")]
    # Dragon 10 + 5 + 25 days and Soyuz 30 of 31 days.
    assert [(row["group"], row["high"]) for row in january] == [
        ("Soyuz", 0.9677),
        ("Dragon", 2.2581),
    ]
    top = _spec(chart)["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
    pixel = top / chart.height  # type: ignore[attr-defined]
    assert [row["low"] for row in january] == pytest.approx([pixel, 0.9677 + pixel], abs=1e-4)
    assert {row["end"] for row in rows} >= {"2025-04-07T00:00:00"}
    assert _spec(chart)["layer"][0]["encoding"]["y"]["stack"] is None
    assert _drawn(chart)["rect mark"] == len(rows)


def test_small_layers_are_one() -> None:
    """With more families than names fit the lightest are one grey layer, and nothing is lost."""
    flights = _flights(*((n, f"Family {n}", 0, 30 - n) for n in range(10)))
    presence = measures.in_orbit(flights, every="1y")
    chart = charts.in_orbit_chart(presence)
    rows = _rows(chart, having="craft_days")
    assert {row["group"] for row in rows} == {*(f"Family {n}" for n in range(7)), "3 others"}
    total = presence["craft_days"].sum()
    assert sum(row["craft_days"] for row in rows) == pytest.approx(total, abs=1e-3)


def test_a_family_with_a_colour_keeps_its_layer_before_a_heavier_one_without() -> None:
    """Dragon has the least time of nine, but a colour that readers look for."""
    flights = _flights(*((n, f"Family {n}", 0, 30 - n) for n in range(8)), (9, "Dragon", 0, 1))
    chart = charts.in_orbit_chart(measures.in_orbit(flights, every="1y"))
    named = {row["group"] for row in _rows(chart, having="first")}
    assert named == {*(f"Family {n}" for n in range(6)), "Dragon", "2 others"}


def test_a_layer_without_a_row_in_the_last_period_keeps_its_name() -> None:
    """Who drops the zeros still gets both names; a family that ended stands where it was last."""
    flights = _flights((1, "Soyuz", 0, 90), (2, "Dragon", 0, 10))
    presence = measures.in_orbit(flights, every="1mo").filter(pl.col("craft_days") > 0)
    chart = charts.in_orbit_chart(presence)
    assert {row["group"] for row in _rows(chart, having="first")} == {"Soyuz", "Dragon"}


def test_the_names_beside_the_layers_do_not_overlap() -> None:
    """Eight layers, most of them thin: their lines of text are at least a line apart, in order."""
    flights = _flights(*((n, f"Family {n}", 0, 90 if n == 0 else 1 + n) for n in range(8)))
    chart = charts.in_orbit_chart(measures.in_orbit(flights, every="1mo"))
    top = _spec(chart)["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
    heights = [row["low"] * chart.height / top for row in _rows(chart, having="first")]  # type: ignore[attr-defined]
    assert len(heights) == 8
    assert min(a - b for a, b in pairwise(heights)) >= 15.9


def test_timeline_draws_each_flight_of_craft_that_flew_again() -> None:
    """A bar a flight, an open one up to `retrieved_at`; what is left out is counted."""
    flights = _flights((1, "Dragon", 0, 10), (1, "Dragon", 20, None), (2, "Dragon", 5, 30))
    placeholder = flights[2:].with_columns(spacecraft_id=pl.lit(9, pl.Int64), is_placeholder=True)
    in_space = flights.with_columns(in_space=pl.col("spacecraft_id") == 1)
    chart = charts.fleet_timeline_chart(pl.concat([in_space, placeholder]))
    assert _drawn(chart)["bar"] == 2
    assert [row["end"] for row in _rows(chart) if row["open"]] == ["2025-04-07T00:00:00"]
    assert "2 flights of 1 craft" in chart.description
    assert "Left out: 1 craft with fewer than 2 flights." in chart.description
    assert "Left out: 1 flight of placeholders." in chart.description


def test_timeline_leaves_out_flights_without_a_known_end() -> None:
    """A missing end of a craft that is not in space is unknown, not open."""
    flights = _flights((1, "Dragon", 0, 10), (1, "Dragon", 20, None)).with_columns(in_space=False)
    chart = charts.fleet_timeline_chart(flights)
    assert _drawn(chart)["bar"] == 1
    assert "Left out: 1 flight with an unknown launch or end." in chart.description


def test_craft_of_one_name_have_strips_of_their_own() -> None:
    """Two craft of one name are told apart by id."""
    flights = FLIGHTS.with_columns(spacecraft_name=pl.lit("Twin Dragon"), family=pl.lit("Dragon"))
    chart = charts.fleet_timeline_chart(flights, min_flights=1)
    assert {row["row"] for row in _rows(chart)} == {
        *("Twin Dragon (id 1) · n = 2", "Twin Dragon (id 2) · n = 1", "Twin Dragon (id 3) · n = 1"),
    }


def test_a_strip_names_the_family_where_the_craft_does_not() -> None:
    """A name alone, such as Endeavour, does not say what its colour stands for."""
    names = pl.col("spacecraft_name").replace("Craft 1", "Dragon Endeavour")
    chart = charts.fleet_timeline_chart(FLIGHTS.with_columns(names), min_flights=1)
    assert {row["row"] for row in _rows(chart)} == {
        *("Dragon Endeavour · n = 2", "Craft 2 (Dragon) · n = 1", "Craft 3 (Soyuz) · n = 1"),
    }


EMPTY: list[Callable[[pl.DataFrame], Chart]] = [
    lambda flights: charts.turnaround_chart(measures.turnarounds(flights)),
    lambda flights: charts.turnaround_by_family_chart(measures.turnaround_by_family(flights)),
    lambda flights: charts.turnaround_survival_chart(measures.turnaround_survival(flights)),
    lambda flights: charts.utilisation_chart(_utilisation().clear()),
    lambda flights: charts.in_orbit_chart(measures.in_orbit(flights)),
    lambda flights: charts.fleet_timeline_chart(flights),
    lambda flights: charts.time_to_dock_chart(measures.times_to_dock(flights, _dockings(flights))),
    lambda flights: charts.station_occupancy_chart(measures.station_occupancy(_dockings(flights))),
]


@pytest.mark.parametrize("make", EMPTY)
def test_an_empty_frame_gives_a_chart_that_says_so(make: Callable[[pl.DataFrame], Chart]) -> None:
    """Title and description tell that there is nothing, and it can be drawn."""
    chart = make(FLIGHTS.clear())
    assert chart.title.endswith(": nothing to draw")  # type: ignore[union-attr]
    assert chart.description
    assert f">{chart.description.split('.')[0]}.</text>" in _svg(chart)  # type: ignore[union-attr]


@pytest.mark.parametrize("make", EMPTY)
def test_a_single_flight_can_be_drawn_or_says_why_not(
    make: Callable[[pl.DataFrame], Chart],
) -> None:
    """A snapshot of one flight breaks no chart."""
    assert _svg(make(FLIGHTS[:1])).startswith("<svg")


def test_a_lazy_frame_is_drawn_the_same() -> None:
    """A chart takes what a measure gives, of either kind."""
    lazy = charts.in_orbit_chart(measures.in_orbit(FLIGHTS.lazy()))
    assert lazy.to_dict() == charts.in_orbit_chart(measures.in_orbit(FLIGHTS)).to_dict()


def test_a_wrong_frame_is_refused_with_what_it_lacks() -> None:
    """The message names the missing columns and the measure that gives them."""
    with pytest.raises(ValueError, match=r"lacks .*turnaround.*; pass a frame like turnarounds"):
        charts.turnaround_chart(FLIGHTS)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("famly", "by='famly' is not a column of this frame; did you mean family"),
        ("family_names", "by='family_names' holds lists or structs; did you mean "),
        (None, "by=None should be the name of one column"),
    ],
)
def test_a_colour_that_cannot_be_is_refused_with_close_matches(by: Any, message: str) -> None:
    """The timeline says of a wrong column what the measures say of it."""
    with pytest.raises(ValueError, match=message):
        charts.fleet_timeline_chart(read_sample().flights, by=by)


@pytest.mark.slow
def test_large_frames_are_drawn() -> None:
    """Altair's limit of 5,000 rows does not stop a chart."""
    chart = charts.turnaround_chart(_periods(*[("Dragon", 100 + n, True) for n in range(6000)]))
    assert len(_rows(chart)) == 6000


def test_instants_are_utc_wherever_they_were() -> None:
    """A frame in another time zone gives the same chart."""
    east = pl.selectors.datetime(time_zone="*").dt.convert_time_zone("Asia/Tokyo")
    moved = charts.fleet_timeline_chart(FLIGHTS.with_columns(east))
    assert moved.to_dict() == charts.fleet_timeline_chart(FLIGHTS).to_dict()
    assert _rows(moved)[0]["start"] == "2025-01-01T00:00:00"


@pytest.mark.slow
def test_hostile_names_stay_text() -> None:
    """What LL2 sends is neither link nor markup in the picture, nor part of an expression."""
    flights = FLIGHTS.with_columns(
        pl.lit(HOSTILE).alias(name) for name in ("spacecraft_name", "family", "launch_name")
    )
    for chart in (
        charts.fleet_timeline_chart(flights, min_flights=1),
        charts.in_orbit_chart(measures.in_orbit(flights)),
        charts.turnaround_survival_chart(measures.turnaround_survival(flights)),
        charts.turnaround_chart(measures.turnarounds(flights)),
        charts.time_to_dock_chart(measures.times_to_dock(flights, _dockings(flights))),
        charts.station_occupancy_chart(
            measures.station_occupancy(_dockings(flights), by="spacecraft_name")
        ),
    ):
        spec = _spec(chart)
        tags = {node.tag.split("}")[-1] for node in ElementTree.fromstring(_svg(chart)).iter()}
        assert tags <= {"svg", "g", "path", "rect", "text", "line", "defs", "clipPath", "title"}
        assert not re.search('"(href|url|labelExpr|expr|calculate)"', json.dumps(spec))
        filters = re.findall(r'"filter": (".*?(?<!\\)")', json.dumps(spec))
        assert not any("script" in text for text in filters)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *("turnaround", "by family", "survival", "utilisation", "in orbit", "timeline"),
        *("time to dock", "occupancy"),
    ],
)
class TestOnTheSample:
    def test_has_title_description_and_units(
        self, name: str, sample_charts: dict[str, Chart]
    ) -> None:
        """Title, a caption with figures, tooltips, and a unit on the axis."""
        chart = sample_charts[name]
        spec = json.dumps(_spec(chart))
        assert chart.title
        assert re.search(r"\d", chart.description)  # type: ignore[arg-type]
        assert '"tooltip": [' in spec
        assert re.search(r'"title": "[^"]*(days|UTC|share)', spec)
        assert chart.width == "container"  # type: ignore[attr-defined]

    def test_title_and_axes_are_in_the_picture(
        self, name: str, sample_charts: dict[str, Chart]
    ) -> None:
        """The title and what each axis counts, with its unit, are written in the drawn SVG."""
        chart = sample_charts[name]
        encodings = [layer["encoding"] for layer in _spec(chart)["layer"]]
        drawn = [
            encoding[axis] for encoding in encodings for axis in ("x", "y") if axis in encoding
        ]
        axes = {axis["title"] for axis in drawn if axis.get("title")}
        written = re.findall(">([^<>]+)</text>", _svg(chart))
        assert axes
        assert {chart.title, *axes} <= set(written)

    def test_looks_the_same_in_the_version_that_jupyterlab_has(
        self, name: str, sample_charts: dict[str, Chart]
    ) -> None:
        """Vega-Lite 5 draws as many marks of each kind as Vega-Lite 6."""
        assert _drawn(sample_charts[name], "5.8") == _drawn(sample_charts[name])


@pytest.mark.slow
def test_charts_are_the_same_again(sample_charts: dict[str, Chart]) -> None:
    """The same frame gives the same specification, to the byte."""
    for name, chart in _sample_charts().items():
        assert json.dumps(_spec(chart)) == json.dumps(_spec(sample_charts[name]))


def test_every_turnaround_of_the_sample_is_drawn(sample_charts: dict[str, Chart]) -> None:
    """As many marks as `turnarounds` has rows."""
    rows = measures.turnarounds(read_sample().flights).height
    assert _drawn(sample_charts["turnaround"])["point"] == rows


@pytest.mark.slow
@pytest.mark.parametrize("by", ["family", "config_name", "status_name"])
def test_a_name_has_one_colour_in_every_chart(by: str) -> None:
    """Whatever else is drawn a name has its own colour, or grey where another has it."""
    found: dict[str, set[str]] = {}
    for chart in _sample_charts(by).values():
        for layer in _spec(chart)["layer"]:
            scale = layer["encoding"].get("color", {}).get("scale", {"domain": [], "range": []})
            for name, colour in zip(scale["domain"], scale["range"], strict=True):
                found.setdefault(name, set()).add(colour)
    assert len(found) > 4
    for name, shades in found.items():
        assert len(shades - {colours.GREY}) <= 1, name
    for name in {*found} & {*colours.STATED}:
        assert found[name] == {colours.STATED[name]}


@pytest.mark.slow
def test_no_chart_of_the_sample_needs_a_legend(sample_charts: dict[str, Chart]) -> None:
    """What is drawn is named at its marks."""
    assert not any("role-legend" in _svg(chart) for chart in sample_charts.values())


def test_no_sentence_is_in_two_captions_of_the_sample(sample_charts: dict[str, Chart]) -> None:
    """A caption says what its own picture says."""
    told = [
        sentence
        for chart in sample_charts.values()
        for sentence in re.split(r"(?<=\.) ", chart.description)  # type: ignore[arg-type]
    ]
    assert [sentence for sentence, times in Counter(told).items() if times > 1] == []


@pytest.mark.slow
def test_charts_follow_any_grouping() -> None:
    """Grouping by configuration renames titles and tooltips."""
    for name, chart in _sample_charts("config_name").items():
        assert name == "timeline" or "config name" in chart.title
        assert '"title": "Config name"' in json.dumps(_spec(chart))
