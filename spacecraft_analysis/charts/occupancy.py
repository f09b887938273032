"""How many craft were in space, and docked at each station, over the years."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import Frame, n_groups, n_of

_IN_ORBIT = ("period_start", "period_end", "craft_days", "average_in_orbit")
_OCCUPANCY = ("period_start", "period_end", "docked_days", "average_docked")
_UNLISTED = "unlisted_flight_count"
_HEIGHT = 340
_STEP, _BARS = 46, 24
_STRIPS = 16


def in_orbit_chart(presence: Frame) -> alt.LayerChart:
    """Draw how many craft were in space in each period, on average, stacked by family.

    Args:
        presence: What `in_orbit` returns; rows with a null are not drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.in_orbit_chart(sa.in_orbit(sa.load("sample").flights)).title
        'Spacecraft in space by family'
    """
    rows, by = captions.rows_to_draw(presence, _IN_ORBIT, "in_orbit(…)")
    known = rows.drop_nulls(_IN_ORBIT)
    title = f"Spacecraft in space by {by}"
    unknown = captions.left_out(rows.height - known.height, "row", "with an unknown value")
    if not known["average_in_orbit"].sum():
        return drawing.empty_chart(title, "No spacecraft was in space.", unknown)
    layered, order, others = captions.with_light_groups_as_one(known, pl.col("craft_days").sum())
    return drawing.finish(
        _stack_layers(_stacked(layered, order), order, others, by),
        title,
        f"{captions.amount(known['craft_days'].sum())} spacecraft-days in space of "
        f"{n_groups(known['group'].n_unique(), by)}; {_peak(known, 'average_in_orbit', 'in space')}"
        " Suborbital and lunar flights are included.",
        unknown,
        captions.without_group(known, by, pl.col("craft_days"), "spacecraft-day"),
        height=_HEIGHT,
    )


def _peak(known: pl.DataFrame, average: str, where: str) -> str:
    """Return in which period most craft were there, how many, and how far the last one goes."""
    total = known.group_by("period_start").agg(pl.col(average).sum())
    start, most = total.sort(average, "period_start", descending=[True, False]).row(0)
    last, end = known.select("period_start", "period_end").max().row(0)
    return (
        f"most in the period from {start:%Y-%m-%d}, with {captions.amount(most)} spacecraft "
        f"{where} on average; the last one, from {last:%Y-%m-%d}, goes up to {end:%Y-%m-%d}."
    )


def _stacked(layered: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """Return one row per period and layer, with the edges of its rectangle."""
    start, average = pl.col("period_start"), pl.col("average_in_orbit")
    edge = start.is_in([layered["period_start"].min(), layered["period_start"].max()])
    return (
        layered.group_by("period_start", "period_end", "group")
        .agg(average.sum(), pl.col("craft_days").sum())
        .sort("period_start", pl.col("group").cast(pl.Enum(order)))
        .with_columns(_high=average.cum_sum().over("period_start"))
        .with_columns(_low=pl.col("_high") - average)
        # Zeros can't be seen, but the first and the last period hold the axis open.
        .filter((average > 0) | edge)
        .rename({"period_end": "end"})
        .with_columns(
            since=captions.to_the_minute("period_start"), until=captions.to_the_minute("end")
        )
    )


def _stack_layers(marks: pl.DataFrame, order: list[str], others: str, by: str) -> list[alt.Chart]:
    top = 1.04 * captions.most(marks["_high"])
    # Between two layers shows a line of the paper.
    gap = pl.min_horizontal(top / _HEIGHT, pl.col("average_in_orbit") / 2)
    apart = marks.with_columns(_low=pl.col("_low") + gap)
    data = drawing.dataset(colours.coloured(apart, order, others))
    click, opacity = drawing.picked(data)
    y = alt.Y("_low:Q", stack=None, scale=alt.Scale(domain=[0, top], nice=False))
    chart = alt.Chart(data).encode(
        x=drawing.time_axis(marks, "period (UTC)", "period_start", "end"),
        x2=alt.X2("end:T"),
        # Stacked here: the order would differ between versions of Vega-Lite.
        y=y.axis(tickCount=6, **drawing.ON_TOP).title("spacecraft in space, on average"),
        y2=alt.Y2("_high:Q"),
        opacity=opacity,
        tooltip=drawing.tips(
            by,
            **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Spacecraft-days": "craft_days:Q"},
            **{"Spacecraft_in_space_(average)": "average_in_orbit:Q"},
        ),
    )
    # The layers from above, each with its middle in the last period that it has a row of.
    middle = (pl.col("_low") + pl.col("_high")) / 2
    middles = dict(marks.group_by("group").agg(middle.last()).iter_rows())
    wanted = [(name, _HEIGHT * (1 - middles[name] / top)) for name in reversed(order)]
    beside = labels.beside(wanted, _HEIGHT).select(
        *("group", "text", "first"),
        _low=top * (1 - pl.col("depth") / _HEIGHT),
        end=pl.lit(marks["end"].max()),
    )
    return [
        chart.mark_rect().add_params(click),
        *labels.column(colours.coloured(beside, order, others), alt.X("end:T"), y, _HEIGHT),
    ]


def station_occupancy_chart(occupancy: Frame) -> alt.LayerChart:
    """Draw how many craft were docked at each station in each period, a strip per station.

    All strips have one scale. The station that was first occupied comes first. Of more than sixteen
    those with the most docked days are drawn; the description counts the others. A pale background
    marks periods with flights that may have gone there, but have no listed docking, so the bar may
    be too low; it needs the column `unlisted_flight_count`, which the measure adds with flights.

    Args:
        occupancy: What `station_occupancy` returns; rows with a null are not drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.station_occupancy_chart(sa.station_occupancy(sa.load("sample").dockings)).title
        'Spacecraft docked by station'
    """
    rows, by = captions.rows_to_draw(
        occupancy, _OCCUPANCY, "station_occupancy(…)", optional=(_UNLISTED,)
    )
    if _UNLISTED not in rows.columns:
        rows = rows.with_columns(pl.lit(0).alias(_UNLISTED))
    known = rows.drop_nulls(_OCCUPANCY).with_columns(pl.col(_UNLISTED).fill_null(0))
    title = f"Spacecraft docked by {by}"
    unknown = captions.left_out(rows.height - known.height, "row", "with an unknown value")
    if not known["docked_days"].sum():
        return drawing.empty_chart(title, "There is no time docked to draw.", unknown)
    bars = known.filter((pl.col("docked_days") > 0) | (pl.col(_UNLISTED) > 0))
    shown, stations = _strips_of(bars), bars["group"].n_unique()
    return drawing.finish(
        _occupancy_layers(bars.sort("period_start", "group"), shown, by),
        title,
        "The bars are spacecraft docked, on average.",
        f"{captions.amount(known['docked_days'].sum())} docked days at "
        f"{n_groups(stations, by)}; {_peak(known, 'average_docked', 'docked')}",
        _unlisted(bars.filter(pl.col("group").is_in(shown["group"].implode()))),
        unknown,
        captions.groups_left_out(stations - shown.height, by, "with fewer docked days"),
        captions.without_group(known, by, pl.col("docked_days"), "docked day"),
        height=_STEP * shown.height,
    )


def _unlisted(bars: pl.DataFrame) -> str:
    """Return the sentence on the flights of which no docking is listed."""
    pale = bars.filter(pl.col(_UNLISTED) > 0)
    if pale.is_empty():
        return "Only listed dockings are counted."
    most = pale.sort(_UNLISTED, "period_start", "group", descending=[True, False, False])
    count, name, start = most.select(_UNLISTED, "group", "period_start").row(0)
    return (
        f"{n_of(pale.height, 'period')} with a pale background: flights that may have gone to the "
        f"station, but have no listed docking, so the bars lack them, {count:,} at most ({name}, "
        f"from {start:%Y-%m-%d}); the station of a flight without a destination is inferred from "
        "its configuration or family, and one that fits none or two is not counted."
    )


def _strips_of(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the stations with the most docked days, the first occupied first."""
    shown = (
        bars.group_by("group")
        .agg(days=pl.col("docked_days").sum(), first=pl.col("period_start").min())
        .sort("days", "group", descending=[True, False])
        .head(_STRIPS)
        .sort("first", "group")
    )
    texts = [f"{name} · {captions.amount(days)} docked days" for name, days, _ in shown.rows()]
    return shown.select("group", text=pl.Series(texts), _base=_STEP * (1 + pl.int_range(pl.len())))


def _occupancy_layers(bars: pl.DataFrame, shown: pl.DataFrame, by: str) -> drawing.Layers:
    height = _STEP * shown.height
    top = math.ceil(captions.most(bars["average_docked"]))
    base = pl.col("_base")
    marks = bars.join(shown.select("group", "_base"), on="group", maintain_order="left").select(
        *("group", "period_start", "docked_days", "average_docked", _UNLISTED, "_base"),
        _depth=base - _BARS * pl.col("average_docked") / top,
        _full=base - _BARS,
        end="period_end",
        since=captions.to_the_minute("period_start"),
        until=captions.to_the_minute("period_end"),
    )
    y = labels.depth_axis(height)
    lines: dict[str, Any] = {
        **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Docked_days": "docked_days:Q"},
        **{"Spacecraft_docked_(average)": "average_docked:Q"},
    }
    pale = pl.col(_UNLISTED) > 0
    if marks.filter(pale).is_empty():
        marks = marks.drop(_UNLISTED)
    else:
        lines["Flights_without_a_listed_docking"] = f"{_UNLISTED}:Q"
    bar = alt.Chart(drawing.dataset(colours.coloured(marks, shown["group"]))).encode(
        x=drawing.time_axis(marks, "period (UTC)", "period_start", "end"),
        x2=alt.X2("end:T"),
        y=y,
        y2=alt.Y2("_base:Q"),
        tooltip=drawing.tips(by, **lines),
    )
    full = labels.depth_axis(height, "_full")
    background = bar.transform_filter(f"datum.{_UNLISTED} > 0").encode(y=full)
    ticks = pl.DataFrame({"rise": [0, _BARS], "text": ["0", f"{top}"]})
    across = shown.select("_base").join(ticks, how="cross")
    above = shown.select("text", _depth=base - _BARS - labels.LINE / 2)
    return [
        *labels.lines_across(across.select("text", _depth=base - pl.col("rise")), y, height),
        labels.names_inside(above, y, height),
        background.mark_rect(opacity=0.2) if _UNLISTED in marks.columns else None,
        bar.mark_rect(),
    ]
