"""Names beside the marks that they name, placed so that none lies over another.

Vega knows nothing of what else is written; here the heights are known, so it is reckoned here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from spacecraft_analysis.charts.theme import INK, TEXT, lettering

if TYPE_CHECKING:
    import altair as alt

LINE = TEXT + 3
"""The height of a line of text in pixels."""
_LETTERS = 18


def strips(marks: pl.DataFrame, step: int) -> alt.Y:
    """A strip for each `row`, its label above its marks: on a phone they have the whole width."""
    import altair as alt

    rows = marks["row"].unique(maintain_order=True).to_list()
    # What is wider than the picture is on a phone ends in dots instead of at its edge.
    label: dict[str, Any] = {"labelAlign": "left", "labelOffset": 11 - step // 2, "labelLimit": 335}
    axis = alt.Axis(labelPadding=-4, ticks=False, **label)
    return alt.Y("row:N", title=None, axis=axis, scale=alt.Scale(domain=rows))


def key(symbols: dict[str, dict[str, Any]]) -> list[alt.Chart]:
    """What each kind of point means, a line each above the marks; for what every strip has."""
    import altair as alt

    layers: list[alt.Chart] = []
    for nth, (name, look) in enumerate(symbols.items()):
        place = alt.YValue(LINE * (nth - len(symbols)) - 2)
        line = alt.Chart(lettering(pl.DataFrame([{}]), name)).encode(y=place)
        text = line.mark_text(text=name, align="left", baseline="middle")
        # To a screen reader its text says all.
        point = line.mark_point(**look | {"color": INK, "opacity": 1, "aria": False})
        layers += [point.encode(x=alt.XValue(9)), text.encode(x=alt.XValue(20))]
    return layers


def beside(wanted: Sequence[tuple[str, float]], room: float) -> pl.DataFrame:
    """The lines of names in a column, each name as near to its height as the others let it.

    Args:
        wanted: Each name and the height, in pixels from above, at which its mark is; from above.
        room: How high the column is.

    Returns:
        One row per line of text: `group`, `line`, its `depth`, and whether it is the `first`.
    """
    lines = {name: textwrap.wrap(name, _LETTERS, break_long_words=False) for name, _ in wanted}
    heights = [LINE * len(lines[name]) for name, _ in wanted]
    middles = apart([depth for _, depth in wanted], heights, room)
    return pl.DataFrame(
        [
            {
                "group": name,
                "line": line,
                "depth": middle + LINE * (nth - (len(lines[name]) - 1) / 2),
                "first": nth == 0,
            }
            for (name, _), middle in zip(wanted, middles, strict=True)
            for nth, line in enumerate(lines[name])
        ]
    )


def apart(wanted: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """The middles of things one below the other, moved so far that none lies over the next.

    Examples:
        >>> apart([10, 12, 90], [16, 16, 16], 100)
        [10.0, 26.0, 90.0]
        >>> apart([95, 97], [16, 16], 100)
        [76.0, 92.0]
    """
    tops: list[float] = []
    free = 0.0
    for middle, height in zip(wanted, heights, strict=True):
        tops.append(max(middle - height / 2, free))
        free = tops[-1] + height
    limit = float(room)
    for nth in reversed(range(len(tops))):
        tops[nth] = min(tops[nth], limit - heights[nth])
        limit = tops[nth]
    return [top + height / 2 for top, height in zip(tops, heights, strict=True)]


def column(names: pl.DataFrame, x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """The names right of the last value, each with a square in its colour."""
    import altair as alt

    base = alt.Chart(lettering(names, "names")).encode(x=x, y=y)
    square = base.transform_filter("datum.first").mark_square(size=90, opacity=1, xOffset=12)
    return [
        square.encode(color=colour),
        base.mark_text(align="left", baseline="middle", xOffset=22).encode(text=alt.Text("line:N")),
    ]
