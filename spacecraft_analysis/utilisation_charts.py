"""Charts of how much craft are used: shares of their time, presence in space, every flight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars import selectors

from spacecraft_analysis import theme
from spacecraft_analysis.chart_vocabulary import (
    BY_DEFAULT,
    IS_ALL,
    ONE_BELOW_THE_OTHER,
    Frame,
    groupless,
    in_days,
    left_out,
    n_of,
    rows_to_draw,
    to_the_minute,
    with_light_groups_as_one,
    with_named_groups,
)
from spacecraft_analysis.fleet import in_order
from spacecraft_analysis.theme import finish, inline, nothing, strips, tips, words

if TYPE_CHECKING:
    import altair as alt

_DOCKED = ("flown_count", "docked_fraction", "docked_craft_count", "docked_left_out_count")
_SERVICE = ("in_space_fraction", "in_space_craft_count", "in_space_left_out_count")
_PRESENCE = ("period_start", "craft_days", "average_in_orbit")
_FLIGHT = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_name", "launch_net"),
    *("mission_end", "in_space", "is_placeholder", "retrieved_at"),
)
_FLATTERED = "A retired craft's service ends with its last landing, which flatters it."
_SHARES = {
    "docked": "docked, of the time in space",
    "in_space": "in space, of the service life",
}


def utilisation_chart(utilisation: Frame) -> alt.LayerChart:
    """How much the craft of each family are used: two shares, each with its own n.

    The upper bar is the time docked as a share of the time in space, the lower one the time in
    space as a share of the service life; the n beside a bar counts the craft that it sums up.
    Families with the most craft flown come first, `all` last.

    Args:
        utilisation: What `utilisation_by_family` returns; without flights it has one bar each. A
            null share has no bar, and a family without any is not drawn but counted.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `utilisation` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import utilisation_by_family
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> utilisation_chart(utilisation_by_family(sample.spacecraft, sample.flights)).title
        'Utilisation by family'
    """
    rows, by = rows_to_draw(utilisation, _DOCKED, "utilisation_by_family", optional=_SERVICE)
    shares = [share for share in _SHARES if f"{share}_fraction" in rows.columns]
    has_share = pl.any_horizontal(pl.col(f"{share}_fraction").is_not_null() for share in shares)
    shown, each = rows.filter(has_share), rows.filter(~IS_ALL)
    parts = shown.filter(~IS_ALL)
    title = f"Utilisation by {words(by)}"
    without = left_out(each.height - parts.height, words(by), "without a share")
    if shown.is_empty():
        return nothing(title, "There is no share to draw.", without)
    marks = _share_marks(with_named_groups(shown, by), shares)
    return finish(
        _share_layers(marks, shares, by),
        title,
        f"Shares of the time, summed over craft, in {n_of(parts.height, words(by))}.",
        *(
            f"{_SHARES[share].capitalize()}: {n_of(each[f'{share}_craft_count'].sum(), 'craft')}, "
            f"{each[f'{share}_left_out_count'].sum()} left out (unknown or impossible)."
            for share in shares
        ),
        without,
        groupless(shown, by, pl.col("flown_count"), "craft"),
        _FLATTERED if "in_space" in shares else "",
        BY_DEFAULT,
        height=(30 + 16 * len(shares)) * marks["row"].n_unique(),
    )


def _share_marks(shown: pl.DataFrame, shares: list[str]) -> pl.DataFrame:
    """One row per bar."""
    rows = shown.sort(IS_ALL, "flown_count", "group", descending=[False, True, False])
    bars = pl.concat(
        rows.select(
            "group",
            row=pl.format("{} · {} flown", "group", "flown_count"),
            share=pl.lit(_SHARES[share]),
            fraction=pl.col(f"{share}_fraction").round(5),
            count=f"{share}_craft_count",
            left_out=f"{share}_left_out_count",
        )
        for share in shares
    )
    percent = (100 * pl.col("fraction")).round(1)
    # Strips stay in the order of the families although not each has each bar.
    nth = pl.int_range(pl.len()).over("share")
    ordered = bars.with_columns(nth=nth).sort("nth", maintain_order=True).drop("nth")
    return ordered.with_columns(text=pl.format("{} %, n = {}", percent, "count")).drop_nulls()


def _share_layers(marks: pl.DataFrame, shares: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    kinds = [_SHARES[share] for share in shares]
    base = alt.Chart(inline(marks)).encode(
        # Beyond 100 % there is room for the text beside a full bar.
        x=alt.X("fraction:Q", title="share of the time")
        .axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
        .scale(domain=[0, 1.45]),
        y=strips(marks, 30 + 16 * len(kinds)),
        tooltip=tips(
            by,
            **{"Share": "share:N", "Value": "fraction:Q", "Craft_summed_up": "count:Q"},
            Craft_left_out="left_out:Q",
        ),
    )
    layers: list[alt.Chart] = []
    for nth, kind in enumerate(kinds):
        bar = base.transform_filter(f"datum.share === '{kind}'")
        shift = 8 + 8 * (2 * nth - len(kinds) + 1)
        layers += [
            bar.mark_bar(height=12, yOffset=shift).encode(
                color=theme.colour("share", kinds, None, columns=1, labelLimit=300)
            ),
            bar.mark_text(align="left", dx=5, yOffset=shift).encode(text="text:N"),
        ]
    return layers


def in_orbit_chart(presence: Frame) -> alt.LayerChart:
    """How many craft were in space in each period, on average, stacked by family.

    At most eight layers: with more families, seven with the most days in space and, in grey, the
    others as one. A click in the legend picks one.

    Args:
        presence: What `in_orbit` returns. Rows with a null are not drawn; the description counts
            them.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `presence` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import in_orbit
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> in_orbit_chart(in_orbit(read_sample().flights)).title
        'Craft in space by family'
    """
    rows, by = rows_to_draw(presence, _PRESENCE, "in_orbit")
    known = rows.drop_nulls(_PRESENCE)
    title = f"Craft in space by {words(by)}"
    unknown = left_out(rows.height - known.height, "row", "with an unknown value")
    if not known["craft_days"].sum():
        return nothing(title, "No craft was in space.", unknown)
    named = with_named_groups(known, by)
    layered, order = with_light_groups_as_one(named, pl.col("craft_days").sum())
    total = named.group_by("period_start").agg(pl.col("average_in_orbit").sum())
    peak = total.sort("average_in_orbit", "period_start", descending=[True, False]).row(0)
    return finish(
        _presence_layers(_stacked(layered, order), order, by),
        title,
        f"{known['craft_days'].sum():,.0f} craft-days in space of "
        f"{n_of(named['group'].n_unique(), words(by))}; "
        f"most in the period from {peak[0]:%Y-%m-%d}, with {peak[1]:,.2f} craft on average. "
        "Suborbital and lunar flights are in it.",
        unknown,
        groupless(known, by, pl.col("craft_days"), "craft-day"),
        BY_DEFAULT,
        height=320,
    )


def _stacked(layered: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """One row per period and layer, with the edges of its rectangle."""
    start, average, time = pl.col("period_start"), pl.col("average_in_orbit"), pl.col("craft_days")
    layers = layered.group_by("period_start", "group").agg(average.sum(), time.sum())
    ends = (
        layers.group_by("period_start")
        # The frame does not say where the last period ends; days and average do, if anything flew.
        .agg(length=pl.when(average.sum() > 0).then(time.sum() / average.sum() * 86_400_000_000))
        .sort("period_start")
        .with_columns(last=start + pl.duration(microseconds=pl.col("length").round()))
        .select("period_start", end=pl.coalesce(start.shift(-1), "last", start))
    )
    edge = start.is_in([ends["period_start"][0], ends["period_start"][-1]])
    return (
        layers.join(ends, on="period_start")
        .sort("period_start", pl.col("group").cast(pl.Enum(order)))
        .with_columns(high=average.cum_sum().over("period_start"))
        .with_columns(low=pl.col("high") - average)
        # Zeros can't be seen, but the first and the last period hold the axis open.
        .filter((average > 0) | edge)
        .with_columns(selectors.float().round(4))
        .with_columns(since=to_the_minute("period_start"), until=to_the_minute("end"))
    )


def _presence_layers(marks: pl.DataFrame, order: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("presence")
    chart = alt.Chart(inline(marks)).encode(
        x=alt.X("period_start:T", title="period (UTC)"),
        x2="end:T",
        # Stacked by us: our order in every version of Vega-Lite.
        y=alt.Y("low:Q", title="craft in space (average)", stack=None),
        y2="high:Q",
        color=theme.colour("group", order, words(by), **ONE_BELOW_THE_OTHER),
        opacity=theme.fade(click),
        tooltip=tips(
            by,
            **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Craft-days": "craft_days:Q"},
            **{"Craft_in_space_(average)": "average_in_orbit:Q"},
        ),
    )
    return [chart.mark_rect().add_params(click)]


def fleet_timeline_chart(
    flights: Frame, *, by: str = "family", min_flights: int = 2
) -> alt.LayerChart:
    """Each flight as a bar from launch to mission end, one strip per craft.

    An open flight, drawn paler, goes up to `retrieved_at`. Craft are ordered by first launch. Craft
    with fewer than `min_flights` flights are not drawn, because most fly once and would hide the
    others; nor are placeholders, nor flights whose launch or end is unknown. The description counts
    them all. Mass simulators are drawn if they flew as often. A bar is at least a line wide. A
    click in the legend picks one colour.

    Args:
        flights: The flights table.
        by: The column that gives the colour: with more than eight values, seven have their own.
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
    marks, order = with_light_groups_as_one(_flight_marks(with_named_groups(fleet, by)), pl.len())
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
        _timeline_layers(marks, order, by),
        title,
        f"{n_of(marks.height, 'flight')} of {n_of(marks['row'].n_unique(), 'craft')}, launched "
        f"{starts[0]} to {starts[-1]}; {marks['open'].sum()} of them still open when the data was "
        f"retrieved, {retrieved} (paler).",
        *missing,
        groupless(fleet, by, pl.col("flight_id").is_not_null(), "flight"),
        height=30 * marks["row"].n_unique(),
    )


def _flight_marks(fleet: pl.DataFrame) -> pl.DataFrame:
    """One row per flight with a known launch and end, or still open."""
    is_open = pl.col("is_last") & pl.col("in_space") & pl.col("mission_end").is_null()
    goes_on = (is_open | (pl.col("known_end") > pl.col("retrieved_at"))).fill_null(False)
    name = pl.when(pl.col("twin")).then(pl.format("{} (id {})", "name", "spacecraft_id"))
    labels = (
        fleet.group_by("spacecraft_id")
        .agg(
            name=pl.col("spacecraft_name").first().fill_null("(no name)"),
            first=pl.col("launch_net").min(),
            n=pl.len(),
        )
        # Two craft of one name must not share a strip.
        .with_columns(twin=pl.col("name").is_duplicated())
        .with_columns(row=pl.format("{} · n = {}", name.otherwise("name"), "n"))
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


def _timeline_layers(marks: pl.DataFrame, order: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("timeline")
    paler = alt.when("datum.open").then(alt.value(0.35)).otherwise(alt.value(1))
    chart = alt.Chart(inline(marks)).encode(
        x=alt.X("start:T", title="launch to mission end (UTC)"),
        x2="end:T",
        y=strips(marks, 30),
        color=theme.colour("group", order, words(by), **ONE_BELOW_THE_OTHER),
        stroke=alt.Stroke("group:N", title=words(by), scale=theme.colours(order)).legend(
            symbolOpacity=1
        ),
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
