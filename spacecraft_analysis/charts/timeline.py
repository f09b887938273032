"""The chart of every flight of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from spacecraft_analysis.charts import colours, theme
from spacecraft_analysis.charts.captions import (
    Frame,
    groupless,
    heaviest_first,
    in_days,
    left_out,
    n_of,
    rows_to_draw,
    to_the_minute,
    with_named_groups,
)
from spacecraft_analysis.charts.labels import strips
from spacecraft_analysis.charts.theme import finish, inline, nothing, tips
from spacecraft_analysis.measures.selection import in_order

if TYPE_CHECKING:
    import altair as alt


_FLIGHT = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_name", "launch_net"),
    *("mission_end", "in_space", "is_placeholder", "is_planned", "retrieved_at"),
)
_STRIP = 32


def fleet_timeline_chart(
    flights: Frame, *, by: str = "family", min_flights: int = 2
) -> alt.LayerChart:
    """Each flight as a bar from launch to mission end, one strip per craft.

    An open flight, drawn paler, goes up to `retrieved_at`. Craft are ordered by first launch. Craft
    with fewer than `min_flights` flights are not drawn, because most fly once and would hide the
    others; nor are placeholders, nor flights whose launch or end is unknown. The description counts
    them all. Mass simulators are drawn if they flew as often. A bar is at least a line wide. A
    click on a bar makes what has another colour pale.

    Args:
        flights: The flights table.
        by: The column that gives the colour. Its value stands beside the name that lacks it.
        min_flights: How many flights a craft must have begun to be drawn.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `by` is no column of plain values, or `flights` lacks a column. The message
            names close matches.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> fleet_timeline_chart(read_sample().flights).title
        'Flights by craft'
    """
    rows, _ = rows_to_draw(flights, _FLIGHT, "snapshot.flights", by=by)
    title = "Flights by craft"
    begun = in_order(rows.filter(pl.col("is_placeholder").ne_missing(True)).lazy()).collect()
    fleet = begun.filter(pl.len().over("spacecraft_id") >= min_flights)
    marks = _flight_marks(with_named_groups(fleet, by))
    rare = begun["spacecraft_id"].n_unique() - fleet["spacecraft_id"].n_unique()
    missing = (
        left_out(rare, "craft", f"with fewer than {n_of(min_flights, 'flight')}"),
        left_out(rows["is_placeholder"].sum(), "flight", "of placeholders"),
        left_out(fleet.height - marks.height, "flight", "with an unknown launch or end"),
    )
    if marks.is_empty():
        return nothing(title, f"No craft has {n_of(min_flights, 'flight')} to draw.", *missing)
    starts = marks["start"].dt.strftime("%Y-%m-%d").sort()
    retrieved = fleet["retrieved_at"].dt.strftime("%Y-%m-%d").sort()[-1]
    return finish(
        _timeline_layers(marks, by),
        title,
        f"{n_of(marks.height, 'flight')} of {n_of(marks['row'].n_unique(), 'craft')}, launched "
        f"{starts[0]} to {starts[-1]}; {marks['open'].sum()} of them still open when the data was "
        f"retrieved, {retrieved} (paler).",
        *missing,
        groupless(fleet, by, pl.col("flight_id").is_not_null(), "flight"),
        height=_STRIP * marks["row"].n_unique(),
    )


def _flight_marks(fleet: pl.DataFrame) -> pl.DataFrame:
    """One row per flight with a known launch and end, or still open."""
    is_open = pl.col("is_last") & pl.col("in_space") & pl.col("mission_end").is_null()
    goes_on = (is_open | (pl.col("known_end") > pl.col("retrieved_at"))).fill_null(False)
    name = pl.when(pl.col("twin")).then(pl.format("{} (id {})", "name", "spacecraft_id"))
    says_group = pl.col("name").str.contains(pl.col("label"), literal=True)
    label = pl.when(says_group).then("whole").otherwise(pl.format("{} ({})", "whole", "label"))
    labels = (
        fleet.group_by("spacecraft_id")
        .agg(
            name=pl.col("spacecraft_name").first().fill_null("(no name)"),
            label=pl.col("group").first(),
            first=pl.col("launch_net").min(),
            n=pl.len(),
        )
        # Two craft of one name must not share a strip.
        .with_columns(twin=pl.col("name").is_duplicated())
        .with_columns(whole=name.otherwise("name"))
        .with_columns(row=pl.format("{} · n = {}", label, "n"))
        .drop("label")
    )
    return (
        fleet.join(labels, on="spacecraft_id")
        .with_columns(
            open=goes_on,
            end=pl.when(goes_on).then("retrieved_at").otherwise("known_end"),
        )
        .drop_nulls(["launch_net", "end"])
        .sort("first", "spacecraft_id", "launch_net", "flight_id")
        .select(
            *("row", "group", "name", "open", "end"),
            start="launch_net",
            flight=pl.col("launch_name").fill_null("–"),
            since=to_the_minute("launch_net"),
            until=pl.when("open").then(pl.lit("still in space")).otherwise(to_the_minute("end")),
            days=in_days(pl.col("end") - pl.col("launch_net")),
        )
    )


def _timeline_layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("timeline")
    paler = alt.when("datum.open").then(alt.value(0.35)).otherwise(alt.value(1))
    shades = colours.scale(heaviest_first(marks, pl.len()), by)
    chart = alt.Chart(inline(marks)).encode(
        x=alt.X("start:T", title="launch to mission end (UTC)"),
        x2=alt.X2("end:T"),
        y=strips(marks, _STRIP),
        color=alt.Color("group:N", scale=shades, legend=None),
        stroke=alt.Stroke("group:N", scale=shades, legend=None),
        opacity=theme.fade(click),
        fillOpacity=paler,
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Flight": "flight:N", "Launch_(UTC)": "since:N"},
            **{"Mission_end_(UTC)": "until:N", "Days_in_space": "days:Q"},
        ),
    )
    # Its outline keeps a flight of some days visible on an axis of decades.
    return [chart.mark_bar(height=9, yOffset=8, strokeWidth=1).add_params(click)]
