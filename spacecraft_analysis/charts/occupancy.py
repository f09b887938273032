"""The chart of presence in space over the years."""

from __future__ import annotations

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
from spacecraft_analysis.charts.theme import finish, inline, nothing, tips, words

if TYPE_CHECKING:
    import altair as alt


_PRESENCE = ("period_start", "craft_days", "average_in_orbit")
_HEIGHT = 340


def in_orbit_chart(presence: Frame) -> alt.LayerChart:
    """How many craft were in space in each period, on average, stacked by family.

    At most eight layers, named beside the last period: with more families, seven with the most days
    in space, those with a colour of their own first, and in grey the others as one. A click on a
    layer makes the others pale.

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
    layered, order, rest = with_light_groups_as_one(named, pl.col("craft_days").sum(), by)
    total = named.group_by("period_start").agg(pl.col("average_in_orbit").sum())
    peak = total.sort("average_in_orbit", "period_start", descending=[True, False]).row(0)
    return finish(
        _presence_layers(_stacked(layered, order), order, rest, by),
        title,
        f"{known['craft_days'].sum():,.0f} craft-days in space of "
        f"{n_of(named['group'].n_unique(), words(by))}; "
        f"most in the period from {peak[0]:%Y-%m-%d}, with {peak[1]:,.2f} craft on average. "
        "Suborbital and lunar flights are in it.",
        unknown,
        groupless(known, by, pl.col("craft_days"), "craft-day"),
        height=_HEIGHT,
    )


def with_ends(rows: pl.DataFrame, days: str, average: str) -> pl.DataFrame:
    """The rows with the `end` of their period.

    The frame does not say where the last period ends; days and average do, if there is anything.
    """
    start, mean = pl.col("period_start"), pl.col(average).sum()
    length = pl.when(mean > 0).then(pl.col(days).sum() / mean * 86_400_000_000)
    ends = (
        rows.group_by("period_start")
        .agg(length=length)
        .sort("period_start")
        .with_columns(last=start + pl.duration(microseconds=pl.col("length").round()))
        .select("period_start", end=pl.coalesce(start.shift(-1), "last", start))
    )
    return rows.join(ends, on="period_start")


def _stacked(layered: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """One row per period and layer, with the edges of its rectangle."""
    start, average, time = pl.col("period_start"), pl.col("average_in_orbit"), pl.col("craft_days")
    layers = layered.group_by("period_start", "group").agg(average.sum(), time.sum())
    edge = start.is_in([layers["period_start"].min(), layers["period_start"].max()])
    return (
        with_ends(layers, "craft_days", "average_in_orbit")
        .sort("period_start", pl.col("group").cast(pl.Enum(order)))
        .with_columns(high=average.cum_sum().over("period_start"))
        .with_columns(low=pl.col("high") - average)
        # Zeros can't be seen, but the first and the last period hold the axis open.
        .filter((average > 0) | edge)
        .with_columns(selectors.float().round(4))
        .with_columns(since=to_the_minute("period_start"), until=to_the_minute("end"))
    )


def _presence_layers(marks: pl.DataFrame, order: list[str], rest: str, by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("presence")
    top = 1.04 * most(marks["high"])
    y = alt.Y("low:Q", stack=None, scale=alt.Scale(domain=[0, top], nice=False))
    colour = alt.Color("group:N", scale=colours.scale(order, by, grey=(rest,)), legend=None)
    # Between two layers shows a line of the paper: two that are grey stay two.
    gap = pl.min_horizontal(top / _HEIGHT, pl.col("average_in_orbit") / 2)
    chart = alt.Chart(inline(marks.with_columns(low=pl.col("low") + gap))).encode(
        x=alt.X("period_start:T", title="period (UTC)"),
        x2=alt.X2("end:T"),
        # Stacked by us: our order in every version of Vega-Lite.
        y=y.axis(tickCount=6, **theme.ON_TOP).title("craft in space, on average"),
        y2=alt.Y2("high:Q"),
        color=colour,
        opacity=theme.fade(click),
        tooltip=tips(
            by,
            **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Craft-days": "craft_days:Q"},
            **{"Craft_in_space_(average)": "average_in_orbit:Q"},
        ),
    )
    wanted = [(name, _HEIGHT * (1 - at / top)) for name, at in _last_middles(marks, order)]
    beside = labels.beside(wanted, _HEIGHT).select(
        *("group", "line", "first"),
        low=top * (1 - pl.col("depth") / _HEIGHT),
        end=pl.lit(marks["end"].max()),
    )
    return [
        chart.mark_rect().add_params(click),
        *labels.column(beside, alt.X("end:T"), y, colour),
    ]


def _last_middles(marks: pl.DataFrame, order: list[str]) -> list[tuple[str, float]]:
    """The layers from above, each with its middle in the last period that it has a row of."""
    middle = (pl.col("low") + pl.col("high")) / 2
    middles = dict(marks.group_by("group").agg(middle.last()).iter_rows())
    return [(name, middles[name]) for name in reversed(order)]
