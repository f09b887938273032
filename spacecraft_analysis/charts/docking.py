"""Charts of dockings: how long craft take to reach a station, and how many are docked there."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

import polars as pl
from polars import selectors

from spacecraft_analysis.charts import colours, labels, theme
from spacecraft_analysis.charts.captions import (
    Frame,
    groupless,
    left_out,
    most,
    n_of,
    rows_to_draw,
    to_the_minute,
    with_light_groups_as_one,
    with_named_groups,
)
from spacecraft_analysis.charts.labels import LINE
from spacecraft_analysis.charts.occupancy import with_ends
from spacecraft_analysis.charts.theme import finish, inline, lettering, nothing, tips, words

if TYPE_CHECKING:
    import altair as alt

_ARRIVAL = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_net"),
    *("docking", "target_name", "time_to_dock"),
)
_OCCUPANCY = ("period_start", "docked_days", "average_docked")
_HEIGHT = 380
# Where a line is drawn and said, in hours.
_LINES = (1, 3, 6, 12, *(24 * 2**nth for nth in range(12)))
_STEP, _BARS = 46, 24
_STRIPS = 16


def time_to_dock_chart(times_to_dock: Frame) -> alt.LayerChart:
    """Each first docking as a dot: when the craft was launched, and how long it took.

    The scale of hours is logarithmic, so that hours and days are both seen. At most eight colours,
    named beside the plot: with more families, seven, those with a colour of their own first, and in
    grey the others as one. A click on a dot makes the other families pale.

    Args:
        times_to_dock: What `times_to_dock` returns. Rows without a launch or a time, or with none
            that is longer than nothing, are not drawn; the description counts them.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `times_to_dock` lacks a column, or has text as times.

    Examples:
        >>> from spacecraft_analysis.measures import times_to_dock
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> time_to_dock_chart(times_to_dock(sample.flights, sample.dockings)).title
        'From launch to first docking, by family'
    """
    rows, by = rows_to_draw(times_to_dock, _ARRIVAL, "times_to_dock")
    known = rows.drop_nulls("launch_net").filter(pl.col("time_to_dock") > pl.duration())
    title = f"From launch to first docking, by {words(by)}"
    unknown = left_out(rows.height - known.height, "row", "without a launch or a possible time")
    if known.is_empty():
        return nothing(title, "There is no time to dock to draw.", unknown)
    named = with_named_groups(known, by)
    drawn, order, rest = with_light_groups_as_one(named, pl.len(), by)
    marks = _arrival_marks(drawn, order)
    hours = marks["hours"].sort().to_list()
    launched = known["launch_net"].dt.strftime("%Y-%m-%d").sort()
    return finish(
        _arrival_layers(marks, order, rest, by),
        title,
        f"{n_of(known.height, 'first docking')} of {n_of(named['group'].n_unique(), words(by))}, "
        f"launched {launched[0]} to {launched[-1]}: "
        f"after {_said(hours[0])} to {_said(hours[-1])}, half of them within "
        f"{_said(median(hours))}.",
        unknown,
        groupless(known, by, pl.col("flight_id").is_not_null(), "docking"),
        height=_HEIGHT,
    )


def _said(hours: float) -> str:
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.1f} days"


def _arrival_marks(drawn: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """One row per docking, the groups with the most first, so that the others lie on them."""
    return drawn.sort(
        pl.col("group").cast(pl.Enum(order)), "launch_net", "spacecraft_id", "flight_id"
    ).select(
        "group",
        launch="launch_net",
        hours=(pl.col("time_to_dock").dt.total_microseconds() / 3_600_000_000).round(4),
        name="spacecraft_name",
        target=pl.col("target_name").fill_null("–"),
        since=to_the_minute("launch_net"),
        until=to_the_minute("docking"),
    )


def _arrival_layers(marks: pl.DataFrame, order: list[str], rest: str, by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("arrivals")
    hours = marks["hours"].to_list()
    low, high = min(hours) / 1.15, max(hours) * 1.15
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    y = alt.Y("hours:Q", scale=scale, axis=None)
    colour = alt.Color("group:N", scale=colours.scale(order, by, grey=(rest,)), legend=None)
    dots = alt.Chart(inline(marks)).encode(
        x=alt.X("launch:T", title="launch (UTC)"),
        y=y,
        color=colour,
        opacity=theme.fade(click),
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Launch_(UTC)": "since:N", "First_docking_(UTC)": "until:N"},
            **{"With": "target:N", "Hours": "hours:Q"},
        ),
    )
    texts = {line: f"{line} h" if line < 48 else f"{line // 24} days" for line in _LINES}
    lines = pl.DataFrame(
        [(line, text) for line, text in texts.items() if low <= line <= high],
        schema={"hours": pl.Int64, "text": pl.String},
        orient="row",
    )
    return [
        *_lines_across(lines, "hours", y),
        dots.mark_circle(size=34).add_params(click),
        *labels.column(_names_beside(marks, low, high), alt.X("launch:T"), y, colour),
    ]


def _lines_across(lines: pl.DataFrame, what: str, y: alt.Y) -> list[alt.Chart]:
    """Lines across the plot, each with its text on the left."""
    import altair as alt

    at = alt.Chart(lettering(lines, what)).encode(y=y)
    text = at.mark_text(align="right", baseline="middle", xOffset=-6)
    return [at.mark_rule(opacity=0.3), text.encode(x=alt.XValue(0), text=alt.Text("text:N"))]


def _names_beside(marks: pl.DataFrame, low: float, high: float) -> pl.DataFrame:
    """The names of the groups, each as near as can be to the height of its last ten dots."""
    pixels = _HEIGHT / math.log(high / low)
    last = marks.group_by("group", maintain_order=True).agg(pl.col("hours").tail(10).median())
    ordered = last.sort("hours", descending=True, maintain_order=True)
    wanted = [(name, pixels * math.log(high / hours)) for name, hours in ordered.rows()]
    return labels.beside(wanted, _HEIGHT).select(
        *("group", "line", "first"),
        hours=high * (-pl.col("depth") / pixels).exp(),
        launch=pl.lit(marks["launch"].max()),
    )


def station_occupancy_chart(occupancy: Frame) -> alt.LayerChart:
    """How many craft were docked at each station in each period, on average: a strip per station.

    All strips have one scale. The station that was first occupied comes first. Of more than sixteen
    those with the most docked days are drawn; the description counts the others.

    Args:
        occupancy: What `station_occupancy` returns. Rows with a null are not drawn; the description
            counts them.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `occupancy` lacks a column, or has text as times.

    Examples:
        >>> from spacecraft_analysis.measures import station_occupancy
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> station_occupancy_chart(station_occupancy(read_sample().dockings)).title
        'Craft docked by station'
    """
    rows, by = rows_to_draw(occupancy, _OCCUPANCY, "station_occupancy")
    by = "station" if by == "target_name" else by
    known = rows.drop_nulls(_OCCUPANCY)
    title = f"Craft docked by {words(by)}"
    unknown = left_out(rows.height - known.height, "row", "with an unknown value")
    if not known["docked_days"].sum():
        return nothing(title, "There is no time docked to draw.", unknown)
    bars = _bars(with_named_groups(known, by))
    shown = _strips_of(bars)
    total = known.group_by("period_start").agg(pl.col("average_docked").sum())
    peak = total.sort("average_docked", "period_start", descending=[True, False]).row(0)
    return finish(
        _occupancy_layers(bars, shown, by),
        title,
        f"{known['docked_days'].sum():,.0f} docked days at "
        f"{n_of(bars['group'].n_unique(), words(by))}; most in the period from {peak[0]:%Y-%m-%d}, "
        f"with {peak[1]:,.2f} craft docked on average. "
        "Where dockings are not listed a station looks emptier than it was.",
        unknown,
        left_out(bars["group"].n_unique() - shown.height, words(by), "with fewer docked days"),
        groupless(known, by, pl.col("docked_days"), "docked day"),
        height=_STEP * shown.height,
    )


def _bars(named: pl.DataFrame) -> pl.DataFrame:
    """One row per period in which anything was docked at a station."""
    return (
        with_ends(named, "docked_days", "average_docked")
        .filter(pl.col("docked_days") > 0)
        .sort("period_start", "group")
        .with_columns(selectors.float().round(4))
        .with_columns(since=to_the_minute("period_start"), until=to_the_minute("end"))
    )


def _strips_of(bars: pl.DataFrame) -> pl.DataFrame:
    """The stations with the most docked days, the first occupied first."""
    shown = (
        bars.group_by("group")
        .agg(days=pl.col("docked_days").sum(), first=pl.col("period_start").min())
        .sort("days", "group", descending=[True, False])
        .head(_STRIPS)
        .sort("first", "group")
    )
    texts = [f"{name} · {days:,.0f} docked days" for name, days, _ in shown.rows()]
    base = _STEP * (1 + pl.int_range(pl.len()))
    return shown.select("group", text=pl.Series(texts), base=base)


def _occupancy_layers(bars: pl.DataFrame, shown: pl.DataFrame, by: str) -> list[alt.Chart]:
    import altair as alt

    order = shown["group"].to_list()
    top = math.ceil(most(bars["average_docked"]))
    marks = bars.join(
        shown.select("group", "base"), on="group", maintain_order="left"
    ).with_columns(depth=(pl.col("base") - _BARS * pl.col("average_docked") / top).round(2))
    scale = alt.Scale(domain=[0, _STEP * len(order)], reverse=True, nice=False)
    y = alt.Y("depth:Q", scale=scale, axis=None)
    bar = alt.Chart(inline(marks)).encode(
        x=alt.X("period_start:T", title="period (UTC)"),
        x2=alt.X2("end:T"),
        y=y,
        y2=alt.Y2("base:Q"),
        color=alt.Color("group:N", scale=colours.scale(order, by), legend=None),
        tooltip=tips(
            by,
            **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Docked_days": "docked_days:Q"},
            **{"Craft_docked_(average)": "average_docked:Q"},
        ),
    )
    return [*_strip_layers(shown, top, y), bar.mark_rect()]


def _strip_layers(shown: pl.DataFrame, top: int, y: alt.Y) -> list[alt.Chart]:
    """The name of each strip and its lines at nothing and at the most."""
    import altair as alt

    line = pl.DataFrame({"rise": [0, _BARS], "text": ["0", f"{top}"]})
    lines = shown.select("base").join(line, how="cross")
    lines = lines.select("text", depth=pl.col("base") - pl.col("rise"))
    above = shown.select("text", depth=pl.col("base") - _BARS - LINE / 2)
    name = alt.Chart(lettering(above, "names")).encode(
        x=alt.XValue(0), y=y, text=alt.Text("text:N")
    )
    return [
        *_lines_across(lines, "craft", y),
        name.mark_text(align="left", baseline="middle", xOffset=4),
    ]
