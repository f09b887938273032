"""Charts as SVG that is safe on a page and the same on every machine.

A picture is drawn in UTC, since the time zone decides where a tick of a time axis falls, and with
the one font that vl-convert brings along.
"""

from __future__ import annotations

import html
import os
import re
import struct
import textwrap
import threading
import warnings
import zlib
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.paths import write_atomic

WIDTH = 740
"""The width of a picture in pixels: that of the page's column."""
CARD_WIDTH = 520
"""The width of a card's picture, so that its letters are legible in the index."""

_SVG = "http://www.w3.org/2000/svg"
_MEASURED = "Liberation Sans"
# On Linux vl-convert prefers an installed file of that name, which it opens anew for each word,
# and takes letters that the font lacks from any other.
_NO_FONTS = Path(__file__).with_name("no_fonts.xml")
# Fonts with letters of the same widths, so that no label is cut where it is not installed.
_SHOWN = f"{_MEASURED}, Arial, Helvetica, sans-serif"
# vl-convert works on one chart at a time.
_DRAWING = threading.Lock()
# What pictures are made of: nothing that could fetch, run or link.
_TAGS = {
    *("svg", "g", "path", "rect", "line", "circle", "text", "tspan", "defs", "clipPath"),
    *("linearGradient", "radialGradient", "stop"),
}
# The whole is one image with one label; its parts have none.
_LABELS = {"role", "aria-label"}
_ATTRIBUTES = {
    "svg": _LABELS,
    "*": {
        *("xmlns", "class", "width", "height", "viewBox", "id", "display", "transform", "opacity"),
        *("x", "y", "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "r1", "r2", "fx", "fy"),
        *("d", "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "clip-path"),
        *("stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
        *("stroke-miterlimit", "pointer-events", "text-anchor", "font-family", "font-size"),
        *("font-weight", "font-style", "gradientUnits", "offset", "stop-color", "stop-opacity"),
    },
}


@cache
def vega_lite_version() -> str:
    """Return the newest version of Vega-Lite that draws what the installed Altair writes."""
    import vl_convert

    major = version("altair").partition(".")[0]
    versions = (name.split(".") for name in vl_convert.get_vegalite_versions())
    return f"{major}.{max(int(minor) for first, minor in versions if first == major)}"


def for_page(spec: dict[str, Any], *, width: int | str) -> dict[str, Any]:
    """Return the spec as a page draws it: as wide as its column, without its title or any link.

    Views side by side, and a view whose notebook chose a width, keep theirs.
    """
    spec = _without_links(spec)
    # The page writes the title as a heading, which wraps on a phone.
    title, _ = theme.title_of(spec)
    spec.pop("title", None)
    spec["$schema"] = f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json"
    spec["description"] = title or theme.description_of(spec)
    # On a dark page a white rectangle would remain.
    spec.setdefault("background", "transparent")
    faceted = {"row", "column", "facet"} & set(spec.get("encoding", {}))
    single = ("mark" in spec or "layer" in spec) and not faceted
    # The widths that no notebook chooses: Altair's word, and this package's.
    if single and spec.get("width", "container") in ("container", theme.WIDTH):
        spec["width"] = width
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec


def draw(spec: dict[str, Any]) -> str:
    """Return the SVG of a spec; raise ReportError if it needs the network, or Vega fails."""
    return str(_drawn(engine().vegalite_to_svg, spec))


def draw_png(spec: dict[str, Any]) -> tuple[bytes, int, int]:
    """Return a spec's PNG of twice the screen's resolution, and its width and height."""
    png = _compressed(_drawn(engine().vegalite_to_png, spec, scale=2))
    # A PNG begins with its signature, then its size.
    width, height = (int.from_bytes(png[at : at + 4], "big") // 2 for at in (16, 20))
    return png, width, height


def _compressed(png: bytes) -> bytes:
    """Return a PNG with its pixels compressed well: vl-convert's is over four times as large."""
    # After the signature come chunks: length, kind, content, checksum. The last ends the picture.
    chunks, at = [], 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        chunks.append(png[at:end])
        at = end
    pixels = b"".join(chunk[8:-4] for chunk in chunks if chunk[4:8] == b"IDAT")
    packed = b"IDAT" + zlib.compress(zlib.decompress(pixels), 6)
    smaller = struct.pack(f">I{len(packed)}sI", len(packed) - 4, packed, zlib.crc32(packed))
    *others, last = (chunk for chunk in chunks if chunk[4:8] != b"IDAT")
    return b"".join([png[:8], *others, smaller, last])


def _drawn(draw: Callable[..., Any], spec: dict[str, Any], **options: Any) -> Any:
    spec = spec | {"config": {**spec.get("config", {}), "font": _MEASURED}}
    try:
        with _DRAWING:
            return draw(spec, vl_version=vega_lite_version(), allowed_base_urls=[], **options)
    except ValueError as error:
        # What follows is a stack of JavaScript.
        lines = [line.strip() for line in str(error).splitlines()]
        reasons = [line for line in lines if line and not line.startswith("at ")]
        reason = reasons[-1].removeprefix("Error: ")
        if "External data url not allowed" in reason:
            reason = "its data is on the network, which a page never uses: pass the data to Altair"
        raise ReportError(reason) from error


def cleaned(svg: str, *, prefix: str = "", label: str | None = None) -> str:
    """Return the SVG as one image in which nothing can run, load or link; "" if it is not SVG.

    The engine counts ids through all that it draws; with a prefix each picture has its own count.
    A screen reader calls the picture by the label, without one by its own.
    """
    import nh3

    counted: dict[str, str] = defaultdict(lambda: f"{prefix}{len(counted) + 1}")

    def changed(tag: str, name: str, value: str) -> str | None:
        if name in _LABELS:
            return value if label is None else None
        # Letter case and escapes say the same in an address of CSS.
        if "\\" in value or re.search(r"url\((?!#)", value, flags=re.IGNORECASE):
            return None
        if name == "font-family" and value == _MEASURED:
            return _SHOWN
        if not prefix:
            return value
        if name == "id":
            return counted[value]
        return re.sub(r"(?<=url\(#)[^)]+", lambda found: counted[found[0]], value)

    made = nh3.clean(
        svg,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=changed,
        clean_content_tags={"script", "style"},
        url_schemes=set(),
        link_rel=None,
    )
    if not made.startswith("<svg "):
        return ""
    labels = "" if label is None else f'role="img" aria-label="{html.escape(label)}" '
    # XML, as which a downloaded picture is read, has no such name.
    return made.replace("&nbsp;", "\u00a0").replace("<svg ", f"<svg {labels}", 1)


def size(svg: str) -> tuple[float, float]:
    """Return the width and the height of a drawn SVG; zeros where it has none."""
    found = re.search(r' width="([\d.]+)" height="([\d.]+)"', svg)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def framed(svg: str, *, title: str, source: str) -> str:
    """Return a clean SVG as a file of its own: on white, title above and source below."""
    width, height = size(svg)
    # A letter is about half as wide as high.
    above = textwrap.wrap(title, max(20, int(width / 8.5)))
    below = textwrap.wrap(source, max(20, int(width / 5.8)))
    top = 24 * len(above) + 12
    whole = f'width="{width:g}" height="{top + height + 15 * len(below) + 20:g}"'
    lines = [(line, 24.0 * number + 22, 16) for number, line in enumerate(above)]
    lines += [(line, top + height + 15 * number + 18, 11) for number, line in enumerate(below)]
    texts = "".join(
        f'<text x="4" y="{y:g}" font-size="{points}" font-family="{_SHOWN}" fill="#333">'
        f"{html.escape(line)}</text>"
        for line, y, points in lines
    )
    picture = svg.replace("<svg ", f'<svg y="{top}" ', 1)
    return f'<svg xmlns="{_SVG}" {whole}><rect {whole} fill="#fff"/>{picture}{texts}</svg>'


def bundle(cache: Path) -> str:
    """Return the script that makes charts interactive; a folder caches it for each version."""
    import vl_convert

    file = cache / f"bundle-{vega_lite_version()}-vl-convert-{version('vl-convert-python')}.js"
    with suppress(OSError):
        return file.read_text(encoding="utf-8")
    # Its annotations require a snippet, its documentation does not.
    script = vl_convert.javascript_bundle(vl_version=vega_lite_version())  # type: ignore[call-arg]
    script = script.replace("</script", r"<\/script").replace("<!--", r"<\!--")
    # A folder that can't be written costs a second each time, and no report.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, script.encode())
    return script


@cache
def engine() -> Any:
    """Return vl-convert, with UTC as its time zone and no fonts but its own.

    The engine reads both once, when it starts, so the environment of this process is changed for
    that moment only.
    """
    import vl_convert

    ours = {"FONTCONFIG_FILE": str(_NO_FONTS), "TZ": "UTC"}
    before = {name: os.environ[name] for name in ours if name in os.environ}
    os.environ.update(ours)
    try:
        vl_convert.svg_to_png(f'<svg xmlns="{_SVG}" width="1" height="1"/>')
        found = vl_convert.get_local_tz()
    finally:
        for name in ours:
            del os.environ[name]
        os.environ.update(before)
    if found not in ("UTC", "Etc/UTC"):
        warnings.warn(
            f"charts are drawn in the time zone {found}, on which the bytes of their pages depend;"
            " to change that, set TZ=UTC before Python starts",
            stacklevel=2,
        )
    return vl_convert


def _without_links(value: Any) -> Any:
    """Return the spec without what would make a record's address a link."""
    if isinstance(value, dict):
        return {
            key: part if key in ("datasets", "values") else _without_links(part)
            for key, part in value.items()
            if key not in ("href", "usermeta")
        }
    return [_without_links(part) for part in value] if isinstance(value, list) else value
