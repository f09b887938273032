"""The look of the charts, and what a notebook says of them."""

from __future__ import annotations

from typing import Any

from spacecraft_analysis.charts.colours import GREY, INK, PALETTE

WIDTH = 800
"""The width of a plot in pixels; a report draws a chart of this width as wide as its page."""
TEXT = 13
"""The size of text in pixels: that of the small text of a page."""
LETTERING = "lettering:"
"""What the name of a dataset begins with that holds texts and lines instead of data."""
MIME = "application/vnd.vegalite.v5+json"
_TITLES: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "titleFontWeight": "normal"}
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
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
    "axis": {
        **{"gridColor": GREY, "gridOpacity": 0.25, "domainColor": GREY, "tickColor": GREY},
        **{"labelFontSize": TEXT, "titleFontSize": TEXT, **_TITLES, "labelSeparation": 8},
    },
    "legend": {
        **{"orient": "bottom", "columns": 2, "labelLimit": 145},
        **{"labelFontSize": TEXT, "titleFontSize": TEXT, **_TITLES},
    },
}
# As SVG, so that a screen reader finds the marks; the menu saves pictures and opens no website.
_EMBEDDING = {"renderer": "svg", "actions": {"export": True, "source": True, "editor": False}}
THEME: Any = {"config": _CONFIG, "usermeta": {"embedOptions": _EMBEDDING}}


def title_of(spec: dict[str, Any]) -> tuple[str, str]:
    """Return a chart's title and its subtitle, each empty if it has none."""
    title = spec.get("title")
    if not isinstance(title, dict):
        title = {"text": title}
    return _line(title.get("text")), _line(title.get("subtitle"))


def description_of(spec: dict[str, Any]) -> str:
    """Return a chart's description; else its title, else the descriptions of charts beside it."""
    own = _line(spec.get("description")) or title_of(spec)[0]
    parts = [part for key in ("hconcat", "vconcat", "concat") for part in spec.get(key, ())]
    beside = " ".join(dict.fromkeys(map(description_of, parts)))
    return own or beside or "A chart without a description"


def _line(text: Any) -> str:
    return " ".join(map(str, text)) if isinstance(text, list) else str(text or "")
