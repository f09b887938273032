"""Charts as SVG that is safe on a page and the same on every machine.

A picture is drawn in UTC, since the time zone decides where a tick of a time axis falls, and with
the one font that vl-convert brings along.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import textwrap
import threading
import warnings
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from spacecraft_analysis.charts.theme import WIDTH as WIDE
from spacecraft_analysis.charts.theme import description_of, title_of
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.snapshot import write_atomic

WIDTH = 740
"""The width of a picture in pixels: that of the page's column."""
CARD_WIDTH = 520
"""The width of a card's picture, so that its letters are legible in the index."""

# Widths that a chart has unless its notebook chooses another: Altair's word, and this package's.
_DEFAULT_WIDTHS = ("container", WIDE)
_SVG = "http://www.w3.org/2000/svg"
_MEASURED = "Liberation Sans"
# On Linux vl-convert prefers an installed file of that name, which it opens anew for each word,
# and takes letters that the font lacks from any other.
_NO_FONTS = Path(__file__).with_name("no_fonts.xml")
# Fonts with letters of the same widths, so that no label is cut where it is not installed.
_SHOWN = f"{_MEASURED}, Arial, Helvetica, sans-serif"
# vl-convert works on one chart at a time.
_DRAWING = threading.Lock()
# Whatever could fetch, run or link; pictures are made of the rest.
_REFUSED = {"script", "foreignObject", "image", "use", "style", "a", "iframe", "animate", "set"}


class NotDrawnError(ReportError):
    """A chart that could not be drawn, with Vega's message."""


@cache
def vega_lite_version() -> str:
    """Return the newest version of Vega-Lite that draws what the installed Altair writes."""
    major = version("altair").partition(".")[0]
    versions = (name.split(".") for name in _vl_convert().get_vegalite_versions())
    return f"{major}.{max(int(minor) for first, minor in versions if first == major)}"


def for_page(spec: dict[str, Any], *, width: int | str) -> dict[str, Any]:
    """Return the spec as a page draws it: as wide as its column, without its title or any link.

    Views side by side, and a view whose notebook chose a width, keep theirs.
    """
    spec = _without_links(spec)
    # The page writes the title as a heading, which wraps on a phone.
    title, _ = title_of(spec)
    spec.pop("title", None)
    spec["$schema"] = f"https://vega.github.io/schema/vega-lite/v{vega_lite_version()}.json"
    spec["description"] = title or description_of(spec)
    # On a dark page a white rectangle would remain.
    spec.setdefault("background", "transparent")
    if "params" in spec:
        spec["params"] = _zooming_with_shift(spec)
    faceted = {"row", "column", "facet"} & set(spec.get("encoding", {}))
    single = ("mark" in spec or "layer" in spec) and not faceted
    if single and spec.get("width", "container") in _DEFAULT_WIDTHS:
        spec["width"] = width
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec


def draw(spec: dict[str, Any]) -> str:
    """Return the SVG of a spec.

    Raises:
        NotDrawnError: Vega can't draw it, or it would need the network.
    """
    return str(_drawn(engine().vegalite_to_svg, spec))


def draw_png(spec: dict[str, Any]) -> tuple[bytes, int, int]:
    """Return a spec's PNG of twice the screen's resolution, and its width and height.

    Raises:
        NotDrawnError: Vega can't draw it, or it would need the network.
        ReportError: vl-convert is not installed.
    """
    png = _compressed(_drawn(engine().vegalite_to_png, spec, scale=2))
    # A PNG begins with its signature, then its size.
    width, height = (int.from_bytes(png[at : at + 4], "big") // 2 for at in (16, 20))
    return png, width, height


def _compressed(png: bytes) -> bytes:
    """Return a PNG with its pixels compressed well: vl-convert's is over four times as large."""
    signature, at = png[:8], 8
    chunks: list[tuple[bytes, bytes]] = []
    while at < len(png):
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        chunks.append((png[at + 4 : at + 8], png[at + 8 : end]))
        at = end + 4
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    head = [chunk for chunk in chunks if chunk[0] not in (b"IDAT", b"IEND")]
    written = [*head, (b"IDAT", zlib.compress(pixels, 6)), (b"IEND", b"")]
    return signature + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in written
    )


def _drawn(draw: Callable[..., Any], spec: dict[str, Any], **options: Any) -> Any:
    spec = spec | {"config": {**spec.get("config", {}), "font": _MEASURED}}
    try:
        with _DRAWING:
            return draw(spec, vl_version=vega_lite_version(), allowed_base_urls=[], **options)
    except ValueError as error:
        # What follows is a stack of JavaScript.
        lines = [line.strip() for line in str(error).splitlines()]
        reasons = [line for line in lines if line and not line.startswith("at ")]
        reason = reasons[-1].removeprefix("Error: ") if reasons else "Vega gives no reason"
        if "External data url not allowed" in reason:
            reason = "its data is on the network, which a page never uses: pass the data to Altair"
        raise NotDrawnError(reason) from error


def named(svg: str, *, prefix: str, label: str) -> str:
    """Return the SVG as one labelled image whose ids clash with no other picture's.

    The engine counts ids through all that it draws; here each picture has its own count, so that
    no picture depends on what was drawn before it. Without a prefix ids stay as they are.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - made by `draw`, from a spec, without entities
    counted: dict[str, str] = defaultdict(lambda: f"{prefix}{len(counted) + 1}")
    _clean(root, counted.__getitem__ if prefix else str)
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


def label_of(svg: str) -> str:
    """Return the label of a named SVG."""
    return ElementTree.fromstring(svg).get("aria-label", "")  # noqa: S314 - made by `named`


def framed(svg: str, *, title: str, source: str) -> str:
    """Return a named SVG as a file of its own: on white, title above and source below."""
    picture = ElementTree.fromstring(svg)  # noqa: S314 - made by `named`
    width, height = (float(picture.get(side, "0")) for side in ("width", "height"))
    titles = textwrap.wrap(title, _letters_per_line(width, 16))
    sources = textwrap.wrap(source, _letters_per_line(width, 11))
    above, below = 24 * len(titles) + 12, 15 * len(sources) + 20
    size = {"width": f"{width:g}", "height": f"{height + above + below:g}"}
    sheet = ElementTree.Element(f"{{{_SVG}}}svg", size)
    ElementTree.SubElement(sheet, f"{{{_SVG}}}rect", size | {"fill": "#fff"})
    picture.set("y", f"{above}")
    sheet.append(picture)
    for number, line in enumerate(titles):
        _write(sheet, line, y=24 * number + 22, size=16)
    for number, line in enumerate(sources):
        _write(sheet, line, y=above + height + 15 * number + 18, size=11)
    return ElementTree.tostring(sheet, encoding="unicode")


def bundle(cache: Path) -> str:
    """Return the script that makes charts interactive; it is built once for each version.

    Args:
        cache: A folder of the user's. A cached script that was changed or cut is built again.
    """
    made_by = version("vl-convert-python")
    file = cache / f"vega-{vega_lite_version()}-vl-convert-{made_by}.js"
    with suppress(OSError, ValueError):
        digest, _, script = file.read_bytes().decode().partition("\n")
        if digest == _digest(script):
            return script
    script = _build_bundle()
    # A folder that can't be written costs a second each time, and no report.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, f"{_digest(script)}\n{script}".encode())
    return script


@cache
def engine() -> Any:
    """Return vl-convert, with UTC as its time zone and no fonts but its own.

    The engine reads both once, when it starts, so the environment of this process is changed for
    that moment only.
    """
    vl_convert = _vl_convert()
    with _environment("FONTCONFIG_FILE", str(_NO_FONTS)):
        vl_convert.svg_to_png(f'<svg xmlns="{_SVG}" width="1" height="1"/>')
    with _environment("TZ", "UTC"):
        found = vl_convert.get_local_tz()
    if found not in ("UTC", "Etc/UTC"):
        warnings.warn(
            f"charts are drawn in the time zone {found}, on which the bytes of their pages depend;"
            " to change that, set TZ=UTC before Python starts",
            stacklevel=2,
        )
    return vl_convert


def _letters_per_line(width: float, size: int) -> int:
    """Return how many letters fit into a width if they are half as wide as high."""
    return max(20, int((width - 8) / (0.52 * size)))


def _write(sheet: ElementTree.Element, line: str, *, y: float, size: int) -> None:
    style = {"x": "4", "y": f"{y:g}", "font-size": f"{size}", "font-family": _SHOWN}
    text = ElementTree.SubElement(sheet, f"{{{_SVG}}}text", style | {"fill": "#333"})
    text.text = line


def _build_bundle() -> str:
    # Its annotations require a snippet, its documentation does not.
    make: Callable[..., str] = _vl_convert().javascript_bundle
    script = make(vl_version=vega_lite_version())
    return script.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _digest(text: str) -> str:
    return "// sha256 " + hashlib.sha256(text.encode()).hexdigest()


def _without_links(value: Any) -> Any:
    """Return the spec without what would make a record's address a link."""
    if isinstance(value, dict):
        return {
            key: part if key in ("datasets", "values") else _without_links(part)
            for key, part in value.items()
            if key not in ("href", "usermeta")
        }
    return [_without_links(part) for part in value] if isinstance(value, list) else value


def _zooming_with_shift(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a spec's parameters; a reader who scrolls the page does not mean to zoom a chart."""
    encoding = spec.get("encoding", {})
    kinds = {axis: encoding[axis].get("type") for axis in ("x", "y") if axis in encoding}
    # Vega warns of a zoom on an axis of names.
    axes = [axis for axis, kind in kinds.items() if kind not in ("nominal", "ordinal")]
    params = []
    for param in spec.get("params", []):
        if param.get("bind") == "scales":
            select = param["select"] if isinstance(param["select"], dict) else {}
            shift = {"zoom": "wheel![event.shiftKey]"} if select.get("zoom", True) else {}
            limits = {"encodings": axes} if len(axes) < len(kinds) else {}
            param = param | {"select": {"type": "interval"} | select | shift | limits}
        if param.get("bind") != "scales" or axes or not kinds:
            params.append(param)
    return params


def _clean(element: ElementTree.Element, rename: Callable[[str], str]) -> None:
    for child in list(element):
        if child.tag.removeprefix(f"{{{_SVG}}}") in _REFUSED:
            element.remove(child)
        else:
            _clean(child, rename)
    for name, value in list(element.attrib.items()):
        # The whole is one image with one label; its parts have none.
        if name.startswith(("aria-", "on", "{")) or name in ("role", "href", "style"):
            del element.attrib[name]
        elif name == "font-family" and value == _MEASURED:
            element.set(name, _SHOWN)
        elif name == "id":
            element.set(name, rename(value))
        elif "url(" in value:
            element.set(name, re.sub(r"(?<=url\(#)[^)]+", lambda found: rename(found[0]), value))


@contextmanager
def _environment(name: str, text: str) -> Iterator[None]:
    """Set an environment variable of this process for as long as the block runs."""
    before = os.environ.get(name)
    os.environ[name] = text
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def _vl_convert() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise ReportError(
            f"charts can't be drawn without vl-convert-python ({error}); install it with: "
            "pip install 'spacecraft-analysis[notebooks]'"
        ) from error
    return vl_convert
