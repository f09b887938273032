"""Every flight of a fleet."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import FLAGGED, Frame, n_of
from spacecraft_analysis.measures.selection import check_by, checked

_FLIGHT = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_name", "launch_net"),
    *("mission_end", "is_planned", "is_open", "is_placeholder", "retrieved_at"),
)
_STRIP = 32


def fleet_timeline_chart(
    flights: Frame, *, by: str = "family", min_flights: int = 2, findings: Frame | None = None
) -> alt.LayerChart:
    """Draw each flight as a bar from launch to mission end, one strip per craft.

    An open flight, drawn paler, goes up to `retrieved_at`. Craft are ordered by first launch. Craft
    with fewer than `min_flights` flights are not drawn, because most fly once and would hide the
    others; nor are placeholders, nor flights whose launch or end is unknown. The description counts
    them all. Mass simulators are drawn if they flew as often. A bar is at least a line wide. A
    click on a bar makes those of other colours pale.

    Args:
        flights: The flights table.
        by: The column that gives the colour. Its value follows a craft's name that lacks it.
        min_flights: How many flights a craft must have begun to be drawn.
        findings: What `check` returns. A bar whose launch or mission end is flagged (error or
            warning) is an outline, and its strip has a †.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.fleet_timeline_chart(sa.load("sample").flights).title
        'Flights by spacecraft'
    """
    source = "snapshot.flights"
    check_by(by, checked(flights, source, _FLIGHT), source, ())
    rows, by = captions.rows_to_draw(flights, _FLIGHT, source, by=by)
    title = "Flights by spacecraft"
    begun = rows.filter(~pl.col("is_planned"), pl.col("is_placeholder").ne_missing(True))
    fleet = begun.filter(pl.len().over("spacecraft_id") >= min_flights)
    launches = captions.flagged_ids(findings, "flights", "launch_net")
    ends = captions.flagged_ids(findings, "flights", "mission_end")
    marks = _marks(fleet, [*launches, *ends])
    rare = begun["spacecraft_id"].n_unique() - fleet["spacecraft_id"].n_unique()
    missing = (
        captions.left_out(rare, "spacecraft", f"with fewer than {n_of(min_flights, 'flight')}"),
        captions.left_out(rows["is_placeholder"].sum(), "flight", "of placeholders"),
        captions.left_out(fleet.height - marks.height, "flight", "with an unknown launch or end"),
    )
    if marks.is_empty():
        reason = f"No spacecraft has {n_of(min_flights, 'flight')} to draw."
        return drawing.empty_chart(title, reason, *missing)
    opened = marks["open"].sum()
    retrieved = fleet["retrieved_at"].dt.strftime("%Y-%m-%d").sort()[-1]
    return drawing.finish(
        _layers(marks, by),
        title,
        f"{n_of(marks.height, 'flight')} of {n_of(marks['_row'].n_unique(), 'spacecraft')}"
        f"{captions.launched(marks.filter(~pl.col('flagged'))['start'])}; {opened} still open when "
        f"the data was retrieved, {retrieved}{' (paler)' if opened else ''}.",
        captions.flagged_count(marks),
        *missing,
        captions.without_group(fleet, by, pl.col("flight_id").is_not_null(), "flight"),
        height=_STRIP * marks["_row"].n_unique(),
    )


def _marks(fleet: pl.DataFrame, flagged: list[int]) -> pl.DataFrame:
    """Return one row per flight with a known launch and end, or still open."""
    ended = pl.col("mission_end") >= pl.col("launch_net")
    is_open = pl.col("is_open") | (pl.col("mission_end") > pl.col("retrieved_at")).fill_null(False)
    # Two craft of one name must not share a strip.
    is_shared = pl.col("spacecraft_id").n_unique().over("name") > 1
    which = pl.when(is_shared).then(pl.format(" (id {})", "spacecraft_id")).otherwise(pl.lit(""))
    has_group = pl.col("name").str.contains(pl.col("group"), literal=True)
    of_group = pl.when(has_group).then(pl.lit("")).otherwise(pl.format(" ({})", "group"))
    any_flagged = pl.col("flagged").any().over("spacecraft_id")
    until = pl.when("open").then(pl.lit("still in space")).otherwise(captions.to_the_minute("end"))
    return (
        fleet.with_columns(name=pl.col("spacecraft_name").fill_null("(no name)"))
        .with_columns(
            title=pl.concat_str("name", which, of_group),
            flagged=pl.col("flight_id").is_in(flagged),
            open=is_open,
            end=pl.when(is_open).then("retrieved_at").when(ended).then("mission_end"),
            n=pl.len().over("spacecraft_id"),
            first=pl.col("launch_net").min().over("spacecraft_id"),
        )
        .drop_nulls(["launch_net", "end"])
        .sort("first", "spacecraft_id", "launch_net", "flight_id")
        .select(
            *("group", "name", "open", "flagged", "end"),
            _row=captions.signed(pl.format("{} · n = {}", "title", "n"), any_flagged),
            craft="spacecraft_id",
            start="launch_net",
            flight=pl.col("launch_name").fill_null("–"),
            since=captions.to_the_minute("launch_net"),
            until=until,
            days=captions.in_days(pl.col("end") - pl.col("launch_net")),
        )
    )


def _layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    height = _STRIP * marks["_row"].n_unique()
    data = drawing.dataset(colours.coloured(marks, captions.heaviest_first(marks, pl.len())))
    click, opacity = drawing.picked(data)
    chart = alt.Chart(data).encode(
        x=drawing.time_axis(marks, "launch to mission end (UTC)", "start", "end"),
        x2=alt.X2("end:T"),
        y=labels.strips(marks, _STRIP),
        opacity=opacity,
        tooltip=drawing.tips(
            by,
            **{"Spacecraft": "name:N", "Flight": "flight:N", "Launch_(UTC)": "since:N"},
            **{"Mission_end_(UTC)": "until:N", "Days_in_space": "days:Q"},
        ),
    )
    # A pixel more keeps a flight of some days visible on an axis of decades.
    bar: dict[str, Any] = {
        **{"height": labels.scaled(9, height), "yOffset": labels.scaled(8, height)},
        **{"xOffset": -0.5, "x2Offset": 0.5},
    }
    paler = alt.when("datum.open").then(alt.value(0.35)).otherwise(alt.value(1))
    sure = chart.mark_bar(**bar).encode(fillOpacity=paler)
    outline = chart.mark_bar(**bar, filled=False, strokeWidth=1.5)
    key = labels.key({FLAGGED: labels.HOLLOW}) if marks["flagged"].any() else []
    return [*drawing.sure_and_flagged(sure, outline, marks["flagged"], click), *key]
