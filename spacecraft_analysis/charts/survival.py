"""How long spacecraft stay on the ground, as a survival curve for each family."""

from __future__ import annotations

import altair as alt
import polars as pl
from polars import selectors

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import IS_ALL, Frame

_CURVE = (
    *("days", "at_risk", "returned", "censored"),
    *("still_waiting_fraction", "low_fraction", "high_fraction"),
)
_LEAST = 3
_CURVE_HEIGHT, _STEP = 72, 110
_YEAR = 365


def turnaround_survival_chart(curve: Frame) -> alt.LayerChart:
    """Draw the fraction of craft still on the ground after so many days, one strip per family.

    Each has a step curve with its 95 % interval, in front of the curve of all craft in grey. A dot
    is a launch, a short vertical line a craft that has waited so long and still waits (censored).
    Families with three turnarounds or more are drawn, those with most first; the description names
    the others.

    Args:
        curve: What `turnaround_survival` returns. Where the band is null none is drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.turnaround_survival_chart(sa.turnaround_survival(sa.load("sample").flights)).title
        'Still on the ground, by family'
    """
    rows, by = captions.rows_to_draw(curve, _CURVE, "turnaround_survival(…)")
    known = rows.drop_nulls(["days", "still_waiting_fraction"])
    counts = (
        known.filter(~IS_ALL)
        .group_by("group")
        .agg(pl.col("returned", "censored").sum())
        .sort("returned", "censored", "group", descending=[True, True, False])
    )
    drawn = counts.filter(pl.col("returned") >= _LEAST)
    rare = counts.filter(pl.col("returned") < _LEAST)["group", "returned"].rows()
    few = ", ".join(f"{name} ({count})" for name, count in rare)
    title = f"Still on the ground, by {by}"
    missing = (
        f"Fewer than three turnarounds, so not drawn: {few}." if few else "",
        captions.left_out(rows.height - known.height, "row", "without days or fraction"),
    )
    if drawn.is_empty():
        reason = f"No {by} has three turnarounds to draw a curve of."
        return drawing.empty_chart(title, reason, *missing)
    # Of a single family it would be the same curve twice.
    every = known.filter(IS_ALL, counts.height > 1)
    return drawing.finish(
        _curve_layers(_steps(known, drawn), every, drawn, by),
        title,
        _after_a_year(every),
        "Dots are launches, vertical lines spacecraft that wait; the bands are 95 % intervals"
        f"{'' if every.is_empty() else ', and grey is the curve of all spacecraft'}.",
        *missing,
        captions.without_group(known, by, pl.col("returned") + pl.col("censored"), "period"),
        "The curves are of spacecraft that can fly again; the last period of a retired one is not "
        "part of them.",
        height=_STEP * drawn.height,
    )


def _after_a_year(every: pl.DataFrame) -> str:
    if captions.most(every["days"]) < _YEAR:
        return ""
    left = every.filter(pl.col("days") <= _YEAR).sort("days")["still_waiting_fraction"]
    fraction = left[-1] if len(left) else 1.0
    return f"An estimated {100 * fraction:.0f} % of periods on the ground last over {_YEAR} days."


def _depth(fraction: str) -> pl.Expr:
    """Return how far below the upper edge of its strip a fraction is, in pixels."""
    return _STEP - _CURVE_HEIGHT * pl.col(fraction)


def _from_day_0(curves: pl.DataFrame) -> pl.DataFrame:
    """Return the points of the curves, each with its beginning, where all are on the ground."""
    start = curves.group_by("group").agg(
        pl.col("at_risk").max(),
        *(pl.lit(0, curves.schema[name]).alias(name) for name in ("days", "returned", "censored")),
        still_waiting_fraction=pl.lit(1.0),
    )
    return pl.concat([start, curves], how="diagonal").sort("group", "days", maintain_order=True)


def _steps(known: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return one row per point of the curves that are drawn, each in the strip of its family."""
    place = drawn.select("group", below=pl.int_range(pl.len()) * _STEP)
    # At its last step down to 0 a curve has no band, but up to there it has one.
    band = pl.col("low_fraction", "high_fraction").forward_fill().over("group")
    return (
        _from_day_0(known)
        .with_columns(band)
        .join(place, on="group", maintain_order="left")
        .with_columns(
            _depth=pl.col("below") + _depth("still_waiting_fraction"),
            _low_depth=pl.col("below") + _depth("low_fraction"),
            _high_depth=pl.col("below") + _depth("high_fraction"),
        )
        .drop("below")
        .with_columns(selectors.float().round(5))
        .pipe(colours.coloured, drawn["group"])
    )


def _curve_layers(
    steps: pl.DataFrame, every: pl.DataFrame, drawn: pl.DataFrame, by: str
) -> drawing.Layers:
    height = _STEP * drawn.height
    y = labels.depth_axis(height)
    x = alt.X("days:Q", title="days since the end of the last flight")
    base = alt.Chart(drawing.dataset(steps)).encode(x=x, y=y)
    events = base.encode(
        tooltip=drawing.tips(
            by,
            **{"Days": "days:Q", "Still_on_the_ground": "still_waiting_fraction:Q"},
            **{"Periods_at_least_so_long": "at_risk:Q", "Launched_then": "returned:Q"},
            Waiting_so_long="censored:Q",
        )
    )
    band = (
        base.transform_filter("isValid(datum._low_depth) && isValid(datum._high_depth)")
        .mark_area(interpolate="step-after", opacity=0.22)
        .encode(y=labels.depth_axis(height, "_low_depth"), y2=alt.Y2("_high_depth:Q"))
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2, opacity=1)
    waits = events.transform_filter("datum.censored > 0").mark_tick(
        orient="vertical", thickness=2, size=12, opacity=1
    )
    returns = events.transform_filter("datum.returned > 0").mark_circle(size=20, opacity=1)
    # The name of each strip, and its lines at 0, 50 and 100 %.
    below = _STEP * pl.int_range(pl.len())
    names = drawn.select(text=captions.label("returned", "censored"), _depth=below + labels.LINE)
    shares = pl.DataFrame({"fraction": [1.0, 0.5, 0.0], "text": ["100 %", "50 %", "0 %"]})
    lines = drawn.select(below=below).join(shares, how="cross")
    depth = pl.col("below") + _depth("fraction")
    return [
        *labels.lines_across(lines.select("text", _depth=depth), y, height),
        labels.names_inside(names, y, height),
        *_layers_behind(every, x, y, drawn.height),
        band if steps.drop_nulls(["_low_depth", "_high_depth"]).height else None,
        line,
        waits if (steps["censored"] > 0).any() else None,
        returns if (steps["returned"] > 0).any() else None,
    ]


def _layers_behind(every: pl.DataFrame, x: alt.X, y: alt.Y, strips: int) -> list[alt.Chart]:
    """Return the curve of all craft in each strip, with its name in the first."""
    if every.is_empty():
        return []
    behind = _from_day_0(every).select(
        "group",
        pl.col("days").cast(pl.Float64).round(5),
        pl.col("still_waiting_fraction").round(5),
        _depth=_depth("still_waiting_fraction").round(2),
    )
    curve = (
        alt.Chart(drawing.dataset(behind))
        .transform_calculate(strip=f"sequence({strips})")
        .transform_flatten(["strip"])
        .transform_calculate(_depth=f"datum._depth + {_STEP} * datum.strip")
        .mark_line(strokeWidth=1, opacity=0.8, interpolate="step-after")
        .encode(x=x, y=y, detail=alt.Detail("strip:N"), color=alt.ColorValue(colours.INK))
    )
    end = drawing.annotation(behind.tail(1)).encode(x=x, y=y)
    name = end.mark_text(text="all spacecraft", align="right", baseline="bottom", yOffset=-5)
    return [curve, name]
