"""Names beside the marks that they name, placed so that none lies over another.

Vega does not know what else is written, so the places are calculated here, in pixels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis.charts.drawing import annotation, lettering
from spacecraft_analysis.charts.theme import TEXT

LINE = TEXT + 3
"""The height of a line of text in pixels."""
HOLLOW: Any = {"shape": "circle", "filled": False, "size": 46, "strokeWidth": 1.5, "opacity": 1}
"""The look of a mark whose value has a finding."""
NO_AXIS = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
"""An axis that is not seen. Vega-Lite 6.4 can't lay a chart under one whose axis is null."""
_CHARACTERS = 18


def strips(marks: pl.DataFrame, step: int) -> alt.Y:
    """Return an axis with a strip for each `_row`, whose label stands above its marks."""
    rows = marks["_row"].unique(maintain_order=True).to_list()
    axis = alt.Axis(
        labelAlign="left",
        labelFontSize=scaled(TEXT, step * len(rows), rows),
        labelLimit=0,
        labelOffset=scaled(11 - step // 2, step * len(rows)),
        labelPadding=-4,
        ticks=False,
    )
    return alt.Y("_row:N", title=None, axis=axis, scale=alt.Scale(domain=rows))


def depth_axis(height: int, field: str = "_depth") -> alt.Y:
    """Return a hidden axis of pixels from the upper edge, for what is placed in strips."""
    scale = alt.Scale(domain=[0, height], reverse=True, nice=False)
    return alt.Y(f"{field}:Q", stack=None, scale=scale, axis=NO_AXIS)


def scaled(pixels: float, height: int, texts: Iterable[str] = ()) -> alt.ExprRef:
    """Return a length that shrinks in a plot lower than this, or too narrow for one of the texts.

    So labels stay apart in a plot that a user makes lower, and none is cut on a phone.
    """
    # In the widest name of the sample a character is 0.53 of its height wide on average.
    wide = max(map(len, texts), default=0) * pixels * 0.55
    fit = f"min(1, height / {height}{f', width / {wide}' if wide else ''})"
    return alt.ExprRef(f"{pixels} * (height > 0 ? {fit} : 1)")


def key(symbols: Mapping[str, dict[str, Any]]) -> list[alt.Chart]:
    """Return the layers that explain each kind of point, a line each above the plot."""
    layers: list[alt.Chart] = []
    for nth, (name, look) in enumerate(symbols.items()):
        line = annotation(pl.DataFrame({"text": [name]})).encode(
            y=alt.YValue(LINE * (nth - len(symbols)) - 2)
        )
        text = line.mark_text(text=name, align="left", baseline="middle")
        # A screen reader reads the text; the point would be noise.
        point = line.mark_point(**look | {"opacity": 1, "aria": False})
        layers += [point.encode(x=alt.XValue(9)), text.encode(x=alt.XValue(20))]
    return layers


def lines_across(lines: pl.DataFrame, y: alt.Y, height: int) -> list[alt.Chart]:
    """Return lines across the plot, each with its `text` on the left."""
    text = _text(lines, scaled(TEXT, height), align="right", xOffset=-6)
    # A screen reader reads the text.
    line = annotation(lines).mark_rule(opacity=0.3, aria=False)
    return [line.encode(y=y), text.encode(x=alt.XValue(0), y=y)]


def names_inside(names: pl.DataFrame, y: alt.Y, height: int) -> alt.Chart:
    """Return the `text` of each strip, inside the plot on the left."""
    size = scaled(TEXT, height, names["text"])
    return _text(names, size, align="left", xOffset=4).encode(x=alt.XValue(0), y=y)


def beside(wanted: Sequence[tuple[str, float]], height: float) -> pl.DataFrame:
    """Return the lines of names in a column, each name as near to its mark as the others let it.

    `wanted` has each name and the depth of its mark, in pixels from above, the highest first. The
    result has a row per line: `group`, `text`, its `depth`, and whether it is the `first`.
    """
    lines = {name: textwrap.wrap(name, _CHARACTERS, break_long_words=False) for name, _ in wanted}
    heights = [LINE * len(lines[name]) for name, _ in wanted]
    middles = apart([depth for _, depth in wanted], heights, height)
    rows = [
        (name, line, middle + LINE * (nth - (len(lines[name]) - 1) / 2), nth == 0)
        for (name, _), middle in zip(wanted, middles, strict=True)
        for nth, line in enumerate(lines[name])
    ]
    return pl.DataFrame(rows, schema=["group", "text", "depth", "first"], orient="row")


def apart(wanted: Sequence[float], heights: Sequence[float], limit: float) -> list[float]:
    """Return the middles of boxes in a column, moved so far that none lies over the next."""
    tops: list[float] = []
    free = 0.0
    for middle, height in zip(wanted, heights, strict=True):
        tops.append(max(middle - height / 2, free))
        free = tops[-1] + height
    below = float(limit)
    for nth in reversed(range(len(tops))):
        tops[nth] = min(tops[nth], below - heights[nth])
        below = tops[nth]
    return [top + height / 2 for top, height in zip(tops, heights, strict=True)]


def column(names: pl.DataFrame, x: alt.X, y: alt.Y, height: int) -> list[alt.Chart]:
    """Return the names right of the last value, each with a square in its group's colour."""
    square = alt.Chart(lettering(names)).mark_square(size=90, opacity=1, xOffset=12)
    text = _text(names, scaled(TEXT, height), align="left", xOffset=22)
    return [square.encode(x=x, y=y).transform_filter("datum.first"), text.encode(x=x, y=y)]


def _text(rows: pl.DataFrame, size: alt.ExprRef, **look: Any) -> alt.Chart:
    text: alt.Chart = annotation(rows).mark_text(baseline="middle", fontSize=size, **look)
    return text.encode(text=alt.Text("text:N"))
