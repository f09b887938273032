"""The look of the charts, and the parts that all of them are made of.

`use_theme` and `bundle` are for notebooks. The rest makes a chart: rows as plain values, a time
axis, tooltips, a title and a caption.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors

from spacecraft_analysis.charts.colours import GREY, INK, PALETTE

if TYPE_CHECKING:
    import altair as alt

WIDTH = 800
"""The width of a plot in pixels; a report draws a chart of this width as wide as its page."""
TEXT = 13
"""The size of text in pixels: that of the small text of a page."""
LETTERING = "lettering:"
"""What the name of a dataset begins with that holds texts and lines instead of data."""
MIME = "application/vnd.vegalite.v5+json"
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
# The title of a vertical axis, written horizontally above it: it takes no width on a phone.
ON_TOP: dict[str, Any] = {
    **{"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleBaseline": "bottom"},
    **{"titleX": -24, "titleY": -8},
}
# As SVG, so that a screen reader finds the marks; the menu saves pictures and opens no website.
_EMBEDDING = {"renderer": "svg", "actions": {"export": True, "source": True, "editor": False}}
_THEME: Any = {"config": _CONFIG, "usermeta": {"embedOptions": _EMBEDDING}}
# How long a time axis is at least, and what it then writes at its ticks: always the year.
_DATES = (
    (timedelta(days=6 * 365), "%Y"),
    (timedelta(days=150), "%b %Y"),
    (timedelta(days=8), "%-d %b %Y"),
    (timedelta(0), "%-d %b %Y %H:%M"),
)


def use_theme() -> None:
    """Enable the package's Altair theme, and charts of more than 5,000 rows.

    This is a part of the public `use_theme`, which documents it.
    """
    import altair as alt

    alt.theme.register("spacecraft_analysis", enable=True)(lambda: _THEME)
    alt.data_transformers.disable_max_rows()


def bundle(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what a notebook stores of a chart: its specification, and its description as text."""
    if spec.get("width") == "container":
        # JupyterLab would make such a chart wider again and again, and freeze the tab.
        spec = {key: part for key, part in spec.items() if key != "width"}
    # JSON has neither NaN nor infinity: null instead.
    finite = json.loads(json.dumps(spec), parse_constant=lambda _: None)
    return {MIME: finite, "text/plain": description_of(spec)}


def title_of(spec: dict[str, Any]) -> tuple[str, str]:
    """Return a chart's title and its subtitle, each empty if it has none."""
    title = spec.get("title")
    if not isinstance(title, dict):
        title = {"text": title}
    return _line(title.get("text")), _line(title.get("subtitle"))


def description_of(spec: dict[str, Any]) -> str:
    """Return a chart's description; its title if it has none."""
    return _line(spec.get("description")) or title_of(spec)[0] or "A chart without a description"


def _line(text: Any) -> str:
    return " ".join(map(str, text)) if isinstance(text, list) else str(text or "")


def finish(layers: list[alt.Chart], title: str, *sentences: str, height: int) -> alt.LayerChart:
    """Return the layers, the lowest first, as one chart whose caption has these sentences.

    Layers without a colour of their own have that of the row, in the field `colour`.
    """
    import altair as alt

    from spacecraft_analysis.charts.layered import LayeredChart

    caption = " ".join(filter(None, sentences))
    chart = LayeredChart(layer=layers, title=title, description=caption, width=WIDTH, height=height)
    return chart.encode(color=alt.Color("colour:N", scale=None))


def empty_chart(title: str, reason: str, *sentences: str) -> alt.LayerChart:
    """Return a chart that writes why nothing is drawn."""
    text = annotation(pl.DataFrame([{}])).mark_text(text=reason)
    return finish([text], f"{title}: nothing to draw", reason, *sentences, height=40)


def dataset(rows: pl.DataFrame) -> dict[str, Any]:
    """Return the rows as inline data, with instants as text in ISO 8601 and no NaN or infinity."""
    finite = pl.when(selectors.float().is_finite()).then(selectors.float())
    plain = rows.with_columns(finite, selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S"))
    return {"values": plain.to_dicts()}


def lettering(rows: pl.DataFrame) -> dict[str, Any]:
    """Return the rows of texts and lines around the marks; a download of the data omits them."""
    data = dataset(rows)
    return data | {"name": f"{LETTERING} {_digest(data)}"}


def annotation(rows: pl.DataFrame) -> alt.Chart:
    """Return a chart without a mark, for texts and lines in the tone of text."""
    import altair as alt

    return alt.Chart(lettering(rows)).encode(color=alt.value(INK))


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:12]


def time_axis(marks: pl.DataFrame, title: str, *fields: str) -> alt.X:
    """Return an axis of the first field, for the instants of all; each label names the year."""
    import altair as alt

    instants = pl.concat([marks[field] for field in fields])
    first: Any = instants.min()
    last: Any = instants.max()
    if first == last:
        first, last = first - timedelta(days=1), last + timedelta(days=1)
    written = next(form for least, form in _DATES if last - first >= least)
    axis = alt.Axis(format=written, tickCount=6)
    domain = [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in (first, last)]
    return alt.X(f"{fields[0]}:T", title=title, axis=axis, scale=alt.Scale(domain=domain))


def picked(data: dict[str, Any]) -> tuple[alt.Parameter, Any]:
    """Return the selection of a group by a click, named by the data, and the opacity of marks."""
    import altair as alt

    click = alt.selection_point(name=f"picked_{_digest(data)}", fields=["group"])
    return click, alt.when(click).then(alt.value(1)).otherwise(alt.value(0.15))


def tips(by: str, **fields: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: the group, then fields by title, with spaces for `_`.

    A title begins with a capital letter: Vega would draw one that is just "image" as a picture.
    """
    import altair as alt

    def line(title: str, field: str) -> alt.Tooltip:
        if field.endswith(":N"):
            return alt.Tooltip(field, title=title)
        form = ".1%" if "fraction" in field else ",.3~r" if "average" in field else ",.1~f"
        return alt.Tooltip(field, title=title, format=form)

    titles = {words(by).capitalize(): "group:N"}
    titles |= {words(title): field for title, field in fields.items()}
    return [line(title, field) for title, field in titles.items()]


def words(column: str) -> str:
    """Return the name of a column with spaces."""
    return column.replace("_", " ")
