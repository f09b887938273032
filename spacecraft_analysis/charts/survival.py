"""The chart of how long craft stay on the ground: a curve for each family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors

from spacecraft_analysis.charts import colours
from spacecraft_analysis.charts.captions import (
    IS_ALL,
    Frame,
    groupless,
    label,
    left_out,
    most,
    named_with_counts,
    rows_to_draw,
    those_with_rows,
    with_named_groups,
)
from spacecraft_analysis.charts.colours import GREY
from spacecraft_analysis.charts.labels import LINE
from spacecraft_analysis.charts.theme import finish, inline, lettering, nothing, tips, words

if TYPE_CHECKING:
    import altair as alt


_CURVE = (
    *("days", "at_risk", "returned", "censored"),
    *("still_waiting_fraction", "low_fraction", "high_fraction"),
)
_LEAST = 3
_CURVE_HEIGHT, _STEP = 72, 110
_YEAR = 365


def turnaround_survival_chart(curve: Frame) -> alt.LayerChart:
    """The fraction of craft still on the ground after so many days: a family below the other.

    A step curve each, in its 95 % interval, before the curve of all craft in grey. A dot is a
    launch, a short upright line a craft that has waited so long and still waits (censored).
    Families with three turnarounds or more are drawn, those with most first; the description names
    the others.

    Args:
        curve: What `turnaround_survival` returns. Where the band is null none is drawn.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `curve` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import turnaround_survival
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> turnaround_survival_chart(turnaround_survival(read_sample().flights)).title
        'Still on the ground, by family'
    """
    rows, by = rows_to_draw(curve, _CURVE, "turnaround_survival")
    known = rows.drop_nulls(["days", "still_waiting_fraction"])
    named = with_named_groups(known, by)
    counts = (
        named.filter(~IS_ALL)
        .group_by("group")
        .agg(pl.col("returned", "censored").sum())
        .sort("returned", "censored", "group", descending=[True, True, False])
    )
    drawn = counts.filter(pl.col("returned") >= _LEAST)
    few = counts.filter(pl.col("returned") < _LEAST)
    title = f"Still on the ground, by {words(by)}"
    missing = (
        f"Fewer than three turnarounds, so not drawn: "
        f"{named_with_counts(dict(few['group', 'returned'].iter_rows()))}."
        if few.height
        else "",
        left_out(rows.height - known.height, "row", "without days or fraction"),
    )
    if drawn.is_empty():
        why = f"No {words(by)} has three turnarounds to draw a curve of."
        return nothing(title, why, *missing)
    every = named.filter(IS_ALL)
    return finish(
        _curve_layers(_steps(named, drawn), _behind(every), drawn, by),
        title,
        _after_a_year(every),
        "Dots are launches, upright lines craft that wait; the bands are 95 % intervals"
        f"{'' if every.is_empty() else ', and grey is the curve of all craft'}.",
        *missing,
        groupless(known, by, pl.col("returned") + pl.col("censored"), "period"),
        "The curves are of craft that can fly again; of a retired one the last period is not in.",
        height=_STEP * drawn.height,
    )


def _after_a_year(every: pl.DataFrame) -> str:
    if most(every["days"]) < _YEAR:
        return ""
    left = every.filter(pl.col("days") <= _YEAR).sort("days")["still_waiting_fraction"]
    fraction = left[-1] if len(left) else 1.0
    return f"{fraction:.0%} of all craft's periods on the ground last longer than {_YEAR} days."


def _depth(fraction: str) -> pl.Expr:
    """How far below the upper edge of its strip a fraction is, in pixels."""
    return _STEP - _CURVE_HEIGHT * pl.col(fraction)


def _from_day_0(curves: pl.DataFrame) -> pl.DataFrame:
    """The curves' points, each curve with its beginning, where all craft are on the ground."""
    start = curves.group_by("group").agg(
        pl.col("at_risk").max(),
        *(pl.lit(0, curves.schema[name]).alias(name) for name in ("days", "returned", "censored")),
        still_waiting_fraction=pl.lit(1.0),
    )
    return pl.concat([start.sort("group"), curves], how="diagonal").sort(
        "group", "days", maintain_order=True
    )


def _steps(named: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """One row per point of the curves that are drawn, each in the strip of its family."""
    place = drawn.select("group", below=pl.int_range(pl.len()) * _STEP)
    # At its last step down to 0 a curve has no band, but up to there it has one.
    band = pl.col("low_fraction", "high_fraction").forward_fill().over("group")
    return (
        _from_day_0(named.join(place, on="group", how="semi"))
        .with_columns(band)
        .join(place, on="group", maintain_order="left")
        .with_columns(
            depth=pl.col("below") + _depth("still_waiting_fraction"),
            low_depth=pl.col("below") + _depth("low_fraction"),
            high_depth=pl.col("below") + _depth("high_fraction"),
        )
        .drop("below")
        .with_columns(selectors.float().round(5))
    )


def _behind(every: pl.DataFrame) -> pl.DataFrame:
    """The curve of all craft, in the uppermost strip."""
    return _from_day_0(every).select(
        "group",
        pl.col("days").cast(pl.Float64).round(5),
        pl.col("still_waiting_fraction").round(5),
        depth=_depth("still_waiting_fraction").round(2),
    )


def _curve_layers(
    steps: pl.DataFrame, behind: pl.DataFrame, drawn: pl.DataFrame, by: str
) -> list[alt.Chart]:
    import altair as alt

    order = drawn["group"].to_list()
    depth = alt.Scale(domain=[0, _STEP * len(order)], reverse=True, nice=False)
    y = alt.Y("depth:Q", scale=depth, axis=None)
    x = alt.X("days:Q", title="days since the end of the last flight")
    base = alt.Chart(inline(steps)).encode(
        x=x, y=y, color=alt.Color("group:N", scale=colours.scale(order, by), legend=None)
    )
    events = base.encode(
        tooltip=tips(
            by,
            **{"Days": "days:Q", "Still_on_the_ground": "still_waiting_fraction:Q"},
            **{"Periods_at_least_so_long": "at_risk:Q", "Launched_then": "returned:Q"},
            Waiting_so_long="censored:Q",
        )
    )
    band = (
        base.transform_filter("isValid(datum.low_depth) && isValid(datum.high_depth)")
        .mark_area(interpolate="step-after", opacity=0.22)
        .encode(
            y=alt.Y("low_depth:Q", stack=None, scale=depth, axis=None), y2=alt.Y2("high_depth:Q")
        )
    )
    waits = events.transform_filter("datum.censored > 0")
    returns = events.transform_filter("datum.returned > 0")
    return [
        *_strip_layers(drawn, y),
        *_grey_layers(behind, x, y, len(order)),
        *those_with_rows(
            (
                band,
                steps.select(pl.col("low_depth", "high_depth").is_not_null().any()).row(0)
                == (True, True),
            ),
            (base.mark_line(interpolate="step-after", strokeWidth=2, opacity=1), True),
            (
                waits.mark_tick(orient="vertical", thickness=2, size=12, opacity=1),
                (steps["censored"] > 0).any(),
            ),
            (returns.mark_circle(size=20, opacity=1), (steps["returned"] > 0).any()),
        ),
    ]


def _strip_layers(drawn: pl.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """The name of each strip and its lines at 0, 50 and 100 %."""
    import altair as alt

    below = _STEP * pl.int_range(pl.len())
    names = drawn.select(text=label("returned", "censored"), depth=below + LINE)
    shares = pl.DataFrame({"fraction": [1.0, 0.5, 0.0], "text": ["100 %", "50 %", "0 %"]})
    lines = drawn.select(below=below).join(shares, how="cross")
    lines = lines.select("text", depth=pl.col("below") + _depth("fraction"))
    at = alt.Chart(lettering(lines, "shares"))
    name = alt.Chart(lettering(names, "names")).encode(
        x=alt.XValue(0), y=y, text=alt.Text("text:N")
    )
    share = at.encode(x=alt.XValue(0), y=y, text=alt.Text("text:N"))
    return [
        at.mark_rule(opacity=0.3).encode(y=y),
        share.mark_text(align="right", baseline="middle", xOffset=-6),
        name.mark_text(align="left", baseline="middle", xOffset=4),
    ]


def _grey_layers(behind: pl.DataFrame, x: alt.X, y: alt.Y, strips: int) -> list[alt.Chart]:
    """The curve of all craft in each strip, with its name in the first."""
    import altair as alt

    if behind.is_empty():
        return []
    curve = alt.Chart(inline(behind)).encode(x=x, y=y)
    look: dict[str, Any] = {"color": GREY, "strokeWidth": 1, "opacity": 0.8}
    end = alt.Chart(lettering(behind.tail(1), "all")).encode(x=x, y=y)
    return [
        *(
            curve.mark_line(**look, interpolate="step-after", yOffset=_STEP * nth)
            for nth in range(strips)
        ),
        end.mark_text(text="all craft", align="right", baseline="bottom", yOffset=-5),
    ]
