"""Each chart: the specification, and the picture that Vega makes of it."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import polars as pl
import pytest

from spacecraft_analysis import charts, measures
from spacecraft_analysis.charts import colours
from tests.charts import drawing
from tests.charts.drawing import (
    FLIGHTS,
    dockings,
    drawn,
    finding,
    fleet_charts,
    flights,
    flown_often,
    periods,
    rows,
    spec,
    svg,
    utilisation,
)

LONG = "Chinese Reusable Space Vehicle (CSSHQ)"
HOSTILE = "</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"


@pytest.mark.slow
def test_every_period_is_a_mark():
    """Ended turnarounds and waiting craft are drawn one by one, and n stands on each strip."""
    chart = charts.turnaround_chart(
        periods(
            ("Dragon", 100, True), ("Dragon", 100, True), ("Dragon", 7, False), ("Soyuz", 2, True)
        )
    )
    assert len(rows(chart)) == 4
    assert drawn(chart)["point"] == 4
    assert "Dragon · n = 2, 1 waiting" in svg(chart)
    assert chart.description == (
        "3 turnarounds of 3 spacecraft (2 to 100 days), and 1 spacecraft waiting to fly again "
        "(7 days so far, triangles), in 2 families."
    )


@pytest.mark.parametrize(("column", "flight"), [("mission_end", 3), ("launch_net", 4)])
def test_a_turnaround_on_a_flagged_value_has_a_sign_and_is_in_no_range(column, flight):
    """Flagged is the end of the flight before, or the launch after: 2 days, else the fastest."""
    frame = periods(("Dragon", 100, True), ("Dragon", 2, True), ("Dragon", 7, False))
    chart = charts.turnaround_chart(frame, finding(column, flight))
    signs = [(row["name"], row["state"]) for row in rows(chart) if "†" in row["name"]]
    assert signs == [("Craft 1 †", "† flagged by check, may be wrong")]
    assert "† flagged by check" in svg(chart)
    assert "1 turnaround of 1 spacecraft (100 days)" in str(chart.description)
    assert "1 mark (†, hollow) stands on a value that check flags" in str(chart.description)
    for other in (finding(column, flight, severity="note"), finding(column, 99)):
        assert "†" not in json.dumps(spec(charts.turnaround_chart(frame, other)))


def test_equal_turnarounds_do_not_hide_each_other():
    """Marks of one place are on lanes of their own."""
    chart = charts.turnaround_chart(periods(*[("Dragon", 100, True)] * 5))
    assert sorted(row["_lane"] for row in rows(chart)) == [-2, -1, 0, 1, 2]


def test_what_has_no_family_is_drawn_and_counted_in_each_chart():
    """Each caption counts it in what its marks stand for: Soyuz has lost its name here."""
    flown = flown_often("Soyuz", "Dragon").with_columns(pl.col("family").replace("Soyuz", None))
    counts = {"turnaround": "4 periods", "survival": "4 periods", "utilisation": "1 spacecraft"}
    counts |= {
        "in orbit": "4 spacecraft-days",
        "timeline": "4 flights",
        "time to dock": "4 dockings",
    }
    made = fleet_charts(flown)
    for name, count in counts.items():
        assert f"{count} without a family (drawn as such)." in made[name].description
        assert '"(no family)' in json.dumps(spec(made[name]))


@pytest.mark.slow
def test_a_blank_name_is_drawn_as_such():
    """As of flights of no programme, whose names are joined to a text."""
    made = fleet_charts(flown_often(" "))
    for name in ("in orbit", "time to dock", "turnaround", "survival", "utilisation", "timeline"):
        assert "(blank)" in svg(made[name]), name


@pytest.mark.slow
def test_no_name_is_cut_on_a_phone():
    """A long name stands in full above its strip, smaller if need be, and ends within the plot."""
    flown = flown_often(LONG, "Dragon").with_columns(spacecraft_name="family")
    made = fleet_charts(flown)
    for name in ("turnaround", "survival", "by family", "outcomes", "utilisation", "timeline"):
        picture = svg(made[name], width=350)
        (size,) = re.findall(rf'font-size="([\d.]+)px"[^>]*>{re.escape(LONG)} ', picture)
        assert "…" not in picture
        assert float(size) <= 350 / (len(LONG) / 2)
    lines = [row["text"] for row in rows(made["in orbit"], "first") if row["group"] == LONG]
    assert lines == ["Chinese Reusable", "Space Vehicle", "(CSSHQ)"]


def test_the_end_of_a_period_that_goes_on_is_in_the_caption():
    """2022 is drawn up to 27 September, when the data was retrieved."""
    end = "the last one, from 2022-01-01, goes up to 2022-09-27."
    assert end in str(charts.in_orbit_chart(measures.in_orbit(FLIGHTS)).description)


@pytest.mark.parametrize("column", ["config_name", "status.name", "a[0]", "it's:Q", "image"])
def test_groups_may_stand_in_any_column(column):
    """The chart finds the column of the groups; its name needs no escaping."""
    frame = periods(("Dragon", 100, True), ("Soyuz", 3, False)).rename({"family": column})
    chart = charts.turnaround_chart(frame)
    assert [row["group"] for row in rows(chart)] == ["Dragon", "Soyuz"]
    words = column.replace("_", " ")
    assert chart.title == f"Turnarounds by {words}"
    # Vega would draw a line of a tooltip with the title "image" as a picture.
    assert f'"title": "{words.capitalize()}"' in json.dumps(spec(chart))


def test_summary_draws_both_medians_and_their_intervals():
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
    ticks_dots_arrows = 3 + 2 + 2
    assert (drawn(chart)["rule mark"], drawn(chart)["point"]) == (6, ticks_dots_arrows)
    assert [row["_row"] for row in rows(chart)][:3] == [
        "Dragon · n = 3, 1 waiting",
        "(no family) · n = 1, 2 waiting",
        "all · n = 4, 5 waiting",
    ]
    for sentence in (
        "Medians of the ended turnarounds: 5 days ((no family)) to 20 days (Dragon).",
        "2 families with an interval without upper edge (arrow).",
        "Left out: 1 family in which no turnaround ended, with 2 spacecraft waiting.",
        "Left out: 2 periods with an unknown or impossible end.",
        "3 periods without a family (drawn as such).",
        "not independent",
    ):
        assert sentence in chart.description
    assert {row["mid_text"] for row in rows(chart)} >= {"not reached"}


def test_curve_steps_down_from_everyone_on_the_ground():
    """Each curve starts at day 0 with 100 %, in steps, in a strip of its own."""
    curve = measures.turnaround_survival(flown_often("Dragon", "Soyuz"))
    chart = charts.turnaround_survival_chart(curve)
    lines = [layer for layer in spec(chart)["layer"] if layer["mark"]["type"] == "line"]
    assert {line["mark"]["interpolate"] for line in lines} == {"step-after"}
    starts = [row for row in rows(chart, having="at_risk") if row["days"] == 0]
    assert {row["still_waiting_fraction"] for row in starts} == {1}
    above, below = (row["_depth"] for row in starts)
    assert below - above == chart.height / 2  # type: ignore[attr-defined]


def test_a_family_with_two_turnarounds_is_named_not_drawn():
    """Three turnarounds make a curve; the description names what has fewer, with how many."""
    rare = flights((7, "Gemini", 0, 1), (7, "Gemini", 9, 10))
    curve = measures.turnaround_survival(pl.concat([flown_often("Dragon"), rare]))
    chart = charts.turnaround_survival_chart(curve)
    assert {row["group"] for row in rows(chart, having="at_risk")} == {"Dragon"}
    assert "Fewer than three turnarounds, so not drawn: Gemini (1)." in chart.description
    empty = charts.turnaround_survival_chart(measures.turnaround_survival(FLIGHTS))
    assert empty.title == "Still on the ground, by family: nothing to draw"
    assert "not drawn: Dragon (1), Soyuz (0)." in empty.description


def test_the_curve_of_all_is_behind_each_and_named_once():
    """All craft are in the tone of text, without a band, in each strip."""
    curve = measures.turnaround_survival(flown_often("Dragon", "Soyuz"))
    chart = charts.turnaround_survival_chart(curve)
    lines = re.findall('stroke="([^"]+)"[^>]*stroke-width="[12]"', svg(chart))
    assert lines.count(colours.INK) == 2
    assert svg(chart).count(">all spacecraft<") == 1
    assert "grey is the curve of all spacecraft" in chart.description
    alone = charts.turnaround_survival_chart(curve.filter(pl.col("family") != "all"))
    assert "grey" not in alone.description
    assert ">all spacecraft<" not in svg(alone)


# Four turnarounds, and in the end 200 days of waiting.
SLOW = (0, 11, 32, 398, 799)


def test_the_description_gives_the_share_that_waits_after_a_year():
    """Of five periods one ended after 365 days, one after 400, and one goes on since 200."""
    curve = measures.turnaround_survival(flown_often("Dragon", "Soyuz", starts=SLOW))
    chart = charts.turnaround_survival_chart(curve)
    assert "An estimated 30 % of periods on the ground last over 365 days." in chart.description
    short = charts.turnaround_survival_chart(curve.filter(pl.col("days") < 365))
    assert "365 days" not in short.description


def test_curve_marks_returns_and_those_still_waiting():
    """A dot where a craft flew again, a vertical line where one still waits; bands where known."""
    curve = measures.turnaround_survival(flown_often("Dragon", starts=SLOW))
    chart = charts.turnaround_survival_chart(curve)
    found = drawn(chart)
    assert (found["circle"], found["tick"], found["line mark"], found["area mark"]) == (4, 1, 1, 1)
    bands = [(row["low_fraction"], row["high_fraction"]) for row in rows(chart, having="at_risk")]
    assert bands[0] == (None, None)
    assert bands[-1] == bands[-2] != (None, None), "the band reaches the last step"


def test_each_share_has_its_own_n():
    """A bar a known share, beside it what it is and its n; `all` is last."""
    chart = charts.utilisation_chart(utilisation())
    assert drawn(chart)["bar"] == drawn(chart)["text mark"] == 5
    assert [row["text"] for row in rows(chart)] == [
        *("50.0 % docked, n = 7", "25.0 % in space, n = 4", "100.0 % docked, n = 3"),
        *("75.0 % docked, n = 10", "25.0 % in space, n = 4"),
    ]
    assert (
        "Docked is the share of the time in space, summed over 10 spacecraft; 2 left out"
        in chart.description
    )
    assert "Left out: 1 family without a share." in chart.description
    assert "service ends with its last landing" in chart.description


def test_a_share_too_small_to_see_is_named_instead():
    """A family whose bars would be thinner than a line has no strip; the description names it."""
    zero = pl.when(pl.col("family") == "Gemini").then(0.0).otherwise("docked_fraction")
    chart = charts.utilisation_chart(utilisation().with_columns(docked_fraction=zero))
    assert "Gemini" not in {row["group"] for row in rows(chart)}
    assert "Under 0.5 %, so not drawn: Gemini." in chart.description


def test_without_flights_there_is_one_share():
    """The shares of the service life are drawn only where the measure had the flights."""
    chart = charts.utilisation_chart(utilisation().select(pl.exclude("^in_space.*$")))
    assert drawn(chart)["bar"] == 3
    assert "service" not in chart.description


def test_presence_is_stacked_to_the_total():
    """Layers lie on each other but for a line of paper."""
    chart = charts.in_orbit_chart(measures.in_orbit(FLIGHTS, every="1mo"))
    january = [row for row in rows(chart, "craft_days") if row["period_start"][:7] == "2020-01"]
    # Dragon 10 + 5 + 25 days and Soyuz 30 of 31 days.
    assert [row["group"] for row in january] == ["Soyuz", "Dragon"]
    assert [row["_high"] for row in january] == pytest.approx([30 / 31, 70 / 31])
    encoding = spec(chart)["layer"][0]["encoding"]["y"]
    pixel = encoding["scale"]["domain"][1] / chart.height  # type: ignore[attr-defined]
    assert [row["_low"] for row in january] == pytest.approx([pixel, 30 / 31 + pixel])
    assert encoding["stack"] is None
    assert drawn(chart)["rect mark"] == len(rows(chart, "craft_days"))


def test_averages_of_minutes_are_drawn():
    """A flight of eleven minutes in three years is an average of millionths of a craft."""
    flown = flights((1, "X-15", 0, 0.0078))
    chart = charts.in_orbit_chart(measures.in_orbit(flown))
    assert drawn(chart)["rect mark"] > 0
    assert "0.0078 spacecraft-days" in str(chart.description)
    docked = charts.station_occupancy_chart(drawing.occupancy(("Mir", 2000, 0.0004)))
    assert "0.0004 docked days" in str(docked.description)
    assert drawn(docked)["rect mark"] == 1


def test_small_layers_are_one_but_for_a_family_with_a_colour():
    """Of nine families the lightest are one layer, but for Dragon's; and no day is lost."""
    flown = flights(*((n, f"Family {n}", 0, 30 - n) for n in range(8)), (9, "Dragon", 0, 1))
    presence = measures.in_orbit(flown, every="1y")
    found = rows(charts.in_orbit_chart(presence), having="craft_days")
    kept = {*(f"Family {n}" for n in range(6)), "Dragon"}
    assert {row["group"] for row in found} == {*kept, "2 others"}
    total = presence["craft_days"].sum()
    assert sum(row["craft_days"] for row in found) == pytest.approx(total)


def test_a_layer_without_a_row_in_the_last_period_keeps_its_name():
    """Both names are there without the zeros; a family that ended stands where it was last."""
    flown = flights((1, "Soyuz", 0, 90), (2, "Dragon", 0, 10))
    presence = measures.in_orbit(flown, every="1mo").filter(pl.col("craft_days") > 0)
    chart = charts.in_orbit_chart(presence)
    assert {row["group"] for row in rows(chart, having="first")} == {"Soyuz", "Dragon"}


def test_the_names_beside_the_layers_do_not_overlap():
    """Eight layers, most of them thin: their lines of text are at least a line apart, in order."""
    flown = flights(*((n, f"Family {n}", 0, 90 if n == 0 else 1 + n) for n in range(8)))
    chart = charts.in_orbit_chart(measures.in_orbit(flown, every="1mo"))
    top = spec(chart)["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
    heights = [row["_low"] * chart.height / top for row in rows(chart, having="first")]  # type: ignore[attr-defined]
    assert len(heights) == 8
    assert min(a - b for a, b in pairwise(heights)) >= 15.9


def test_timeline_draws_each_flight_of_craft_that_flew_again():
    """A bar a flight, an open one up to `retrieved_at`; what is left out is counted."""
    flown = flights((1, "Dragon", 0, 10), (1, "Dragon", 20, None), (2, "Dragon", 5, 30))
    placeholder = flown[2:].with_columns(spacecraft_id=pl.lit(9, pl.Int64), is_placeholder=True)
    chart = charts.fleet_timeline_chart(pl.concat([flown, placeholder]))
    assert drawn(chart)["bar"] == 2
    assert [row["end"] for row in rows(chart) if row["open"]] == ["2022-09-27T00:00:00"]
    assert "2 flights of 1 spacecraft" in chart.description
    assert "Left out: 1 spacecraft with fewer than 2 flights." in chart.description
    assert "Left out: 1 flight of placeholders." in chart.description


def test_timeline_leaves_out_flights_that_are_planned_or_without_a_known_end():
    """A missing end of a craft that is not in space is unknown, not open."""
    flown = flights((1, "Dragon", 0, 10), (1, "Dragon", 20, 30), (1, "Dragon", 2000, 2001))
    unknown = pl.col("mission_end").replace(flown["mission_end"][1], None)
    chart = charts.fleet_timeline_chart(flown.with_columns(unknown))
    assert drawn(chart)["bar"] == 1
    assert "Left out: 1 flight with an unknown launch or end." in chart.description


def test_a_flight_with_a_flagged_end_is_an_outline():
    """Its strip has the sign, and the caption counts it."""
    chart = charts.fleet_timeline_chart(FLIGHTS, findings=finding("mission_end", 2))
    assert {row["_row"] for row in rows(chart)} == {"Craft 1 (Dragon) · n = 2 †"}
    hollow = [layer for layer in spec(chart)["layer"] if layer["mark"].get("filled") is False]
    assert [layer["mark"]["type"] for layer in hollow] == ["bar", "point"]
    assert "1 mark (†, hollow)" in str(chart.description)


def test_a_strip_names_the_family_where_the_craft_does_not():
    """A name alone, such as Endeavour, does not say what its colour stands for."""
    names = pl.col("spacecraft_name").replace("Craft 1", "Dragon Endeavour")
    chart = charts.fleet_timeline_chart(FLIGHTS.with_columns(names), min_flights=1)
    assert {row["_row"] for row in rows(chart)} == {
        *("Dragon Endeavour · n = 2", "Craft 2 (Dragon) · n = 1", "Craft 3 (Soyuz) · n = 1")
    }


def test_craft_of_one_name_have_strips_of_their_own():
    """Two craft of one name are told apart by id."""
    flown = FLIGHTS.with_columns(spacecraft_name=pl.lit("Twin Dragon"), family=pl.lit("Dragon"))
    chart = charts.fleet_timeline_chart(flown, min_flights=1)
    assert {row["_row"] for row in rows(chart)} == {
        *("Twin Dragon (id 1) · n = 2", "Twin Dragon (id 2) · n = 1", "Twin Dragon (id 3) · n = 1")
    }


def test_outcomes_have_an_interval_and_those_with_failures_come_first():
    """Dragon has failed more often than Soyuz, which flew more often; `all` is last."""
    chart = charts.outcomes_chart(
        pl.DataFrame(
            {
                "family": ["Dragon", "Gemini", "Soyuz", "Vostok", "all"],
                "launch_success_fraction": [0.5, 1.0, 0.9, None, 0.8],
                "low_fraction": [0.15, 0.34, 0.6, None, 0.6],
                "high_fraction": [0.85, 1.0, 0.98, None, 0.9],
                "success_count": [2, 2, 9, 0, 13],
                "partial_failure_count": [1, 0, 0, 0, 1],
                "failure_count": [1, 0, 1, 0, 2],
                "unknown_count": [0, 0, 0, 3, 3],
            }
        )
    )
    assert [row["_row"] for row in rows(chart)] == [
        "Dragon · n = 4, 1 failed, 1 in part",
        "Soyuz · n = 10, 1 failed",
        "Gemini · n = 2",
        "all · n = 16, 2 failed, 1 in part",
    ]
    assert (drawn(chart)["rule mark"], drawn(chart)["circle"]) == (4, 4)
    for sentence in (
        "Of 16 launches shown 13 succeeded, 1 failed in part, and 2 failed.",
        "Left out: 3 flights whose launch has no known outcome.",
        "Left out: 1 family without a known outcome.",
    ):
        assert sentence in chart.description


def test_coverage_sets_flights_listed_beside_launches_counted():
    """The largest difference first; without a count by LL2 there is no strip."""
    chart = charts.coverage_chart(
        pl.DataFrame(
            {
                "config_name": ["A", "B", "C", "D", "all"],
                "flights_count": [3, 10, 5, 1, 19],
                "total_launch_count": [4, 10, None, 9, 23],
            }
        )
    )
    assert [row["_row"] for row in rows(chart)] == [
        *("D · 1 listed, 9 counted", "A · 3 listed, 4 counted", "B · 10 listed, 10 counted")
    ]
    assert drawn(chart)["bar"] == 6
    assert chart.description == (
        "The tables list 14 flights of 3 config names of which LL2 counts 23 launches; 2 config "
        "names with fewer listed than counted, 0 with more. A launch of two spacecraft is two "
        "flights. Left out: 1 config name without a count by LL2."
    )


def test_an_empty_frame_gives_a_chart_that_gives_the_reason(sample):
    """Title and description say that there is nothing, and it can be drawn."""
    frames = (sample.spacecraft, sample.flights, sample.dockings, sample.configurations)
    for chart in drawing.all_charts(*(frame.clear() for frame in frames)).values():
        assert chart.title.endswith(": nothing to draw")  # type: ignore[union-attr]
        assert f">{str(chart.description).split('.')[0]}.</text>" in svg(chart)


def test_a_wrong_frame_is_refused_with_what_it_lacks(sample):
    """The message names the missing columns and the measure that returns them."""
    with pytest.raises(ValueError, match=r"turnaround.*like turnarounds\(…\)"):
        charts.turnaround_chart(FLIGHTS)
    with pytest.raises(TypeError, match=r"turnarounds.*Snapshot"):
        charts.turnaround_chart(sample)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", ["famly", "", None])
def test_a_grouping_that_cannot_be_is_refused(by, sample):
    """The timeline refuses a wrong column as the measures do."""
    with pytest.raises((ValueError, TypeError), match=f"by={by!r}"):
        charts.fleet_timeline_chart(sample.flights, by=by)


def test_large_frames_are_drawn():
    """Altair's limit of 5,000 rows does not stop a chart."""
    chart = charts.turnaround_chart(pl.concat([periods(("Dragon", 100, True))] * 5001))
    assert max(map(len, spec(chart)["datasets"].values())) == 5001


def test_instants_are_utc_wherever_they_were():
    """A frame in another time zone gives the same chart."""
    east = pl.selectors.datetime(time_zone="*").dt.convert_time_zone("Asia/Tokyo")
    moved = charts.fleet_timeline_chart(FLIGHTS.with_columns(east))
    assert spec(moved) == spec(charts.fleet_timeline_chart(FLIGHTS))
    assert rows(moved)[0]["start"] == "2020-01-01T00:00:00"


@pytest.mark.slow
def test_hostile_names_stay_text():
    """What LL2 sends is neither link nor markup in the picture, nor part of an expression."""
    names = ("spacecraft_name", "family", "launch_name")
    flown = flown_often("Dragon").with_columns(pl.lit(HOSTILE).alias(name) for name in names)
    occupied = measures.station_occupancy(dockings(flown), by="spacecraft_name")
    for chart in (*fleet_charts(flown).values(), charts.station_occupancy_chart(occupied)):
        tags = {node.tag.split("}")[-1] for node in ElementTree.fromstring(svg(chart)).iter()}
        assert tags <= {"svg", "g", "path", "rect", "text", "line", "defs", "clipPath", "title"}
        text = json.dumps(spec(chart))
        assert not re.search('"(href|url|labelExpr)"', text)
        expressions = re.findall(r'"(?:filter|expr|test|calculate)": (".*?(?<!\\)")', text)
        assert not any("script" in expression for expression in expressions)
