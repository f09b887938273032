"""How our charts look, and how a notebook hands them on.

`use_theme` is for notebooks. The rest is what every chart is made with: rows as plain values,
tooltips, a title and a caption.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors

from spacecraft_analysis.charts.colours import GREY, PALETTE

if TYPE_CHECKING:
    import altair as alt

# The one tone that is text on white and on a dark page: JupyterLab does not tell which it has.
INK = "#767676"
# Pixels: as large as the small text of a page.
TEXT = 13
LETTERING = "lettering:"
MIME = "application/vnd.vegalite.v5+json"
_NAME = "spacecraft_analysis"
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_TITLES: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal"}
_AXIS: dict[str, Any] = {
    **{"gridColor": GREY, "gridOpacity": 0.25, "domainColor": GREY, "tickColor": GREY},
    **{"labelFontSize": TEXT, "titleFontSize": TEXT, **_TITLES, "labelSeparation": 8},
}
_LEGEND: dict[str, Any] = {
    **{"orient": "bottom", "columns": 2, "labelLimit": 145},
    **{"labelFontSize": TEXT, "titleFontSize": TEXT, **_TITLES},
}
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": _FONT,
    # Vega-Lite 5 and 6 differ in the size of a view and in the thickness of a tick.
    "view": {"continuousWidth": 600, "continuousHeight": 300, "stroke": "transparent"},
    "tick": {"thickness": 2},
    "mark": {"color": PALETTE[0]},
    "text": {"color": INK, "fontSize": TEXT},
    # Black whiskers would vanish on a dark page.
    "rule": {"color": GREY},
    "boxplot": {"rule": {"color": GREY}, "median": {"color": INK}},
    "range": {"category": [*PALETTE, GREY]},
    "title": {"anchor": "start", "color": INK, "fontSize": 15},
    "axis": _AXIS,
    "legend": _LEGEND,
}
# A title of the upright axis that is read like any other line, and takes no width on a phone.
ON_TOP: dict[str, Any] = {
    **{"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleBaseline": "bottom"},
    **{"titleX": -24, "titleY": -8},
}
# In a notebook a screen reader finds the marks, and the menu, which saves pictures, leads nowhere.
_EMBEDDING = {"renderer": "svg", "actions": {"export": True, "source": True, "editor": False}}
_THEME: Any = {"config": _CONFIG, "usermeta": {"embedOptions": _EMBEDDING}}


def use_theme() -> None:
    """Our Altair theme and renderer are on, for every chart that is shown from now on.

    The part of the public `use_theme` that is Altair's; what it does for a reader is told there.

    Examples:
        >>> import altair as alt
        >>> use_theme()
        >>> alt.renderers.active
        'spacecraft_analysis'
    """
    import altair as alt

    alt.theme.register(_NAME, enable=True)(lambda: _THEME)
    alt.renderers.register(_NAME, bundle)
    alt.renderers.enable(_NAME)


def bundle(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What a notebook stores of a chart: its specification and, as plain text, its description."""
    if spec.get("width") == "container":
        # JupyterLab's drawing would follow its own growth without an end, and freeze the tab.
        spec = {key: part for key, part in spec.items() if key != "width"}
    return {MIME: _finite(spec), "text/plain": description_of(spec)}


def title_of(spec: dict[str, Any]) -> tuple[str, str]:
    """A chart's title and its subtitle, each empty if it has none."""
    title = spec.get("title") or ""
    if not isinstance(title, dict):
        title = {"text": title}
    return _line(title.get("text")), _line(title.get("subtitle"))


def description_of(spec: dict[str, Any]) -> str:
    """What a chart says of itself in words; its title if it says nothing."""
    described = _line(spec.get("description")) or title_of(spec)[0]
    return described or "A chart without a description"


def _line(text: Any) -> str:
    return " ".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _finite(value: Any) -> Any:
    """The same value with null for every number that JSON can't hold."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def finish(layers: list[alt.Chart], title: str, *sentences: str, height: int) -> alt.LayerChart:
    """The layers as one chart as wide as its place, with title and caption; "" is no sentence."""
    import altair as alt

    description = " ".join(sentence for sentence in sentences if sentence)
    # Its method for that would copy every row.
    return alt.LayerChart(
        layer=layers, title=title, description=description, width="container", height=height
    )


def nothing(title: str, why: str, *sentences: str) -> alt.LayerChart:
    """A chart that says why it is empty."""
    import altair as alt

    text = alt.Chart(alt.InlineData(values=[{}])).mark_text(text=why, color=INK)
    return finish([text], f"{title}: nothing to draw", why, *sentences, height=40)


def inline(rows: pl.DataFrame) -> dict[str, Any]:
    """The rows as plain values: instants as text in ISO 8601, what JSON does not have as null."""
    finite = pl.when(selectors.float().is_finite()).then(selectors.float())
    plain = rows.with_columns(finite, selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S"))
    # A tuple, since Altair copies a list with all that is in it, again and again.
    return {"values": tuple(plain.to_dicts())}


def picked(chart: str) -> alt.Parameter:
    """What a click on a mark picks; the name keeps charts of one concatenation apart."""
    import altair as alt

    return alt.selection_point(name=f"{chart}_pick", fields=["group"])


def fade(click: alt.Parameter) -> Any:
    """The opacity of what is picked, and of the others."""
    import altair as alt

    return alt.when(click).then(alt.value(1)).otherwise(alt.value(0.15))


def lettering(rows: pl.DataFrame, what: str) -> dict[str, Any]:
    """The rows of texts and lines around the marks, named: who takes the data needs none of it."""
    return inline(rows) | {"name": f"{LETTERING} {what}"}


def tips(by: str, **fields: str) -> list[alt.Tooltip]:
    """The lines of a tooltip: the group, then fields by title, with spaces for `_`.

    A title begins with a capital: one that is just "image" Vega would draw as a picture.
    """
    import altair as alt

    titles = {words(by).capitalize(): "group:N"}
    titles |= {title.replace("_", " "): field for title, field in fields.items()}
    return [
        alt.Tooltip(field, title=title, format=".1%" if "fraction" in field else ",.1~f")
        if field.endswith(":Q")
        else alt.Tooltip(field, title=title)
        for title, field in titles.items()
    ]


def words(column: str) -> str:
    """The name of a column as one says it."""
    return column.replace("_", " ")
