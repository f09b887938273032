"""Which kind of an output's data a page shows, made safe."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

from spacecraft_analysis.charts import theme
from spacecraft_analysis.report import text
from spacecraft_analysis.report.outputs import PROVENANCE, TABLE

NEEDS_SCRIPTS = "An output that needs a script of its own is not on this page"
NEEDS_THEME = "A chart is not on this page: sa.use_theme() in the notebook’s first cell keeps it"

_JSON = "application/json"
# Where one of these has another shape than ours the text beside it says it.
_READ = (_JSON, PROVENANCE, TABLE, theme.MIME)
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


class Shown(NamedTuple):
    """What a page shows of an output."""

    kind: str
    """`text/html`, `text/plain`, or `image/png` for a picture of any kind."""
    content: str
    """Clean HTML, text as it is, or the address of a picture that holds it."""
    left_out: str = ""
    """What of it a page does not grant, in a sentence that the content says too."""


def richest(data: dict[str, Any]) -> Shown:
    """The richest kind of an output's data that a page can show."""
    for kind in _IMAGES:
        if kind in data:
            return Shown("image/png", _held(kind, data[kind]))
    if "text/markdown" in data:
        return Shown("text/html", text.markdown_output(data["text/markdown"]))
    source = data.get("text/html", "")
    cleaned = text.clean_html(source)
    active = [kind for kind in data if kind.startswith("application/") and kind not in _READ]
    if text.needs_scripts(source) or (active and text.is_empty(cleaned)):
        left_out = NEEDS_THEME if _is_chart(data) else NEEDS_SCRIPTS
        return Shown("text/html", f'{cleaned}<p class="missing">{left_out}.</p>', left_out)
    if not text.is_empty(cleaned):
        return Shown("text/html", cleaned)
    if _JSON in data:
        return Shown("text/plain", json.dumps(data[_JSON], indent=2, ensure_ascii=False))
    return Shown("text/plain", data.get("text/latex") or data.get("text/plain", ""))


def _is_chart(data: dict[str, Any]) -> bool:
    """True for a chart that Altair displayed by a renderer of its own."""
    specified = any(kind.startswith("application/vnd.vega") for kind in data)
    return specified or "altair-viz" in data.get("text/html", "")


def _held(kind: str, content: str) -> str:
    """A picture as an address that holds it."""
    if kind.endswith("xml"):
        content = base64.b64encode(content.encode()).decode()
    return f"data:{kind};base64,{''.join(content.split())}"
