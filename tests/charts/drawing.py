"""Frames to draw, and what is in a chart's specification and picture."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import chain
from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis import charts, measures
from spacecraft_analysis.report.svg import engine
from spacecraft_analysis.snapshot import read_sample
from tests.measures import fleets

Chart = alt.LayerChart
VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
DAY = timedelta(days=1)


def periods(*rows: tuple[str | None, float, bool]) -> pl.DataFrame:
    """Return the turnarounds of one craft a row: its family, the days, whether they ended."""
    flown = [
        fleets.ground_period(nth, days, ended, family=family)
        for nth, (family, days, ended) in enumerate(rows)
    ]
    return measures.turnarounds(fleets.flights(*chain.from_iterable(flown)))


def flights(*rows: tuple[int, str | None, float, float | None]) -> pl.DataFrame:
    """Return a flights table: craft, family, launch and end in days of 2020, no end if open."""
    table = fleets.flights(
        *(
            fleets.flight_row(craft, start, end, family=family, in_space=end is None)
            for craft, family, start, end in rows
        )
    )
    name = pl.format("Launch {}", "flight_id")
    return table.with_columns(launch_name=name, config_name=pl.col("family"))


FLIGHTS = flights(
    (1, "Dragon", 0, 10), (1, "Dragon", 20, 25), (2, "Dragon", 5, 30), (3, "Soyuz", 1, 93)
)


def flown_often(*families: str, starts: Sequence[float] = (0, 4, 9, 15)) -> pl.DataFrame:
    """Return flights of a day of one craft each, by default with turnarounds of 3, 4, 5 days."""
    return flights(
        *(
            (craft, family, start, start + 1)
            for craft, family in enumerate(families, start=1)
            for start in starts
        )
    )


def dockings(flown: pl.DataFrame) -> pl.DataFrame:
    """Return a dockings table: each flight at Mir, a day after its launch, for three days."""
    events = [
        fleets.event(id_, launch + DAY, launch + 4 * DAY)
        for id_, launch in flown.select("flight_id", "launch_net").iter_rows()
    ]
    return fleets.dockings(flown, *events)


def arrivals(*rows: tuple[str | None, float, float]) -> pl.DataFrame:
    """Return the times to dock with Mir of one craft a row: a family, the launch day, the hours."""
    flown = flights(*((nth, family, day, None) for nth, (family, day, _) in enumerate(rows, 1)))
    times = enumerate((day + hours / 24 for _, day, hours in rows), 1)
    events = [fleets.event(nth, time, None) for nth, time in times]
    return measures.times_to_dock(flown, fleets.dockings(flown, *events))


def occupancy(*rows: tuple[str | None, int, float], unlisted: Any = None) -> pl.DataFrame:
    """Return what `station_occupancy` returns by the year: a station, the year, docked days."""
    columns = {"target_name": pl.String, "year": pl.Int32, "docked_days": pl.Float64}
    start = pl.datetime("year", 1, 1, time_zone="UTC")
    frame = pl.DataFrame(rows, columns, orient="row").select(
        period_start=start,
        period_end=start.dt.offset_by("1y"),
        target_name="target_name",
        docked_days="docked_days",
        average_docked=pl.col("docked_days") / 365,
    )
    counts = pl.Series("unlisted_flight_count", unlisted, pl.Int64)
    return frame if unlisted is None else frame.with_columns(counts)


def utilisation() -> pl.DataFrame:
    """Return what `utilisation_by_family` returns of three families."""
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


def finding(column: str, flight_id: int, value: str = "", severity: str = "error") -> pl.DataFrame:
    """Return what `check` returns of one value."""
    table = "dockings" if column == "docking" else "flights"
    row = {"severity": severity, "table": table, "column": column, "value": value}
    return pl.DataFrame([row | {"flight_id": flight_id}])


def all_charts(
    spacecraft: pl.DataFrame,
    flown: pl.DataFrame,
    docked: pl.DataFrame,
    configurations: pl.DataFrame,
    by: str = "family",
) -> dict[str, Chart]:
    """Return every chart of the package, by name; coverage and occupancy as by default."""
    where = "target_name" if by == "family" else by
    return {
        "turnaround": charts.turnaround_chart(measures.turnarounds(flown, by=by)),
        "by family": charts.turnaround_by_family_chart(measures.turnaround_by_family(flown, by=by)),
        "survival": charts.turnaround_survival_chart(measures.turnaround_survival(flown, by=by)),
        "utilisation": charts.utilisation_chart(
            measures.utilisation_by_family(spacecraft, flown, by=by)
        ),
        "in orbit": charts.in_orbit_chart(measures.in_orbit(flown, by=by)),
        "timeline": charts.fleet_timeline_chart(flown, by=by, min_flights=2),
        "time to dock": charts.time_to_dock_chart(measures.times_to_dock(flown, docked, by=by)),
        "occupancy": charts.station_occupancy_chart(measures.station_occupancy(docked, by=where)),
        "outcomes": charts.outcomes_chart(measures.outcomes_by_family(flown, by=by)),
        "coverage": charts.coverage_chart(measures.coverage(configurations, flown)),
    }


def fleet_charts(flown: pl.DataFrame) -> dict[str, Chart]:
    """Return every chart of these flights, all successful, and of the first one's spacecraft."""
    succeeded = flown.with_columns(pl.lit(fleets.SUCCESS).alias("launch_status_id"))
    family = flown["family"][0]
    craft = fleets.spacecraft(fleets.craft_row(1, 4, 4, 3, family=family))
    models = fleets.configurations({"name": family, "total_launch_count": 1})
    return all_charts(craft, succeeded, dockings(flown), models)


@cache
def sample_charts(by: str = "family") -> dict[str, Chart]:
    """Return every chart of the bundled sample."""
    sample = read_sample()
    return all_charts(sample.spacecraft, sample.flights, sample.dockings, sample.configurations, by)


_specs: dict[int, tuple[Any, dict[str, Any]]] = {}


def spec(chart: Any) -> dict[str, Any]:
    """Return the specification of a chart, made once, which takes longer than most tests.

    It is not validated here, but for each chart in the test of JSON.
    """
    if id(chart) not in _specs:
        # With the chart itself, so that no other one gets its number.
        _specs[id(chart)] = (chart, chart.to_dict(validate=False))
    return _specs[id(chart)][1]


def svg(chart: Any, version: str = VERSION, **changes: Any) -> str:
    """Return the picture of a chart, drawn by a version of Vega-Lite."""
    return _picture(json.dumps(spec(chart) | changes), version)


@cache
def _picture(described: str, version: str) -> str:
    return engine().vegalite_to_svg(described, vl_version=version)  # type: ignore[no-any-return]


def drawn(chart: Any, version: str = VERSION) -> Counter[str]:
    """Return how many marks of each kind the picture has."""
    return Counter(re.findall('aria-roledescription="([a-z ]+)"', svg(chart, version)))


def rows(chart: Chart, having: str = "group") -> list[dict[str, Any]]:
    """Return the rows behind the marks, of those layers whose rows have this field."""
    data = [chart.data, *(layer.data for layer in chart.layer)]
    # Several layers draw the same rows.
    sets = {json.dumps(one["values"]): one["values"] for one in data if one is not alt.Undefined}
    return [row for found in sets.values() for row in found if having in row]


def colours_in(chart: Chart) -> dict[str, str]:
    """Return the colour of each series of a chart."""
    return {row["group"]: row["_colour"] for row in rows(chart, having="_colour")}
