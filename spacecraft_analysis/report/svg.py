"""Charts as pictures that are safe to put into a page.

A Vega-Lite spec becomes SVG in UTC: the time zone decides where a tick of a time axis falls, to the
last digit.
"""

from __future__ import annotations

import hashlib
import os
import re
import textwrap
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from spacecraft_analysis.charts.theme import description_of, title_of
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.import_speedups import import_jsonschema
from spacecraft_analysis.snapshot import write_atomic

WIDTH = 740
"""The width of a picture in pixels; the page's column holds just that."""
CARD_WIDTH = 520
"""The width at which a chart is drawn for the gallery, which shows it somewhat smaller."""

_SVG = "http://www.w3.org/2000/svg"
# The font that vl-convert brings along: with any other a picture would depend on what is installed.
_MEASURED = "Liberation Sans"
# On Linux it prefers an installed file of that name, which it opens anew for each word's width, and
# takes letters that the font lacks from any other.
_NO_FONTS = Path(__file__).with_name("no_fonts.xml")
# Fonts whose letters are as wide as its own, so that no label is cut where it is not installed.
_SHOWN = f"{_MEASURED}, Arial, Helvetica, sans-serif"
# One chart at a time, by whichever thread: vl-convert works on one, and starts once.
_DRAWING = threading.Lock()
# Whatever could fetch, run or link; pictures are made of the rest.
_REFUSED = {"script", "foreignObject", "image", "use", "style", "a", "iframe", "animate", "set"}


def vega_lite_version() -> str:
    """The version of Vega-Lite that the charts are written for, as vl-convert names it."""
    import_jsonschema()
    import altair

    return ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def for_page(spec: dict[str, Any], *, width: int | str) -> dict[str, Any]:
    """The spec as the page draws it: as wide as its column, without its title or any link.

    Only a single or layered view can take a width from outside; one that was given a number, and
    views side by side, keep their own.
    """
    spec = _without_links(spec)
    # The page writes the title as a heading, which wraps on a phone.
    title, _ = title_of(spec)
    spec.pop("title", None)
    spec["description"] = title or description_of(spec)
    # On a dark page a white slab would remain.
    spec.setdefault("background", "transparent")
    if "params" in spec:
        spec["params"] = _zooming_with_shift(spec)
    if is_flexible(spec):
        spec["width"] = width
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec


def is_flexible(spec: dict[str, Any]) -> bool:
    """True where the chart may be drawn as wide as the page is."""
    faceted = {"row", "column", "facet"} & set(spec.get("encoding", {}))
    single = ("mark" in spec or "layer" in spec) and not faceted
    return single and spec.get("width", "container") == "container"


def draw(specs: Sequence[dict[str, Any]]) -> list[str]:
    """One SVG for each spec, in order; empty where the chart needs something from the network."""
    with _DRAWING:
        return [_draw_one(spec) for spec in specs]


def named(svg: str, *, prefix: str, label: str) -> str:
    """The SVG as one labelled image, whose inner names clash with no other picture's.

    The engine counts names through all that it draws; here each picture has its own count, so that
    no picture depends on what was drawn before it. Without a prefix names stay as they are.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - made by `draw`, from a spec, without entities
    counted: dict[str, str] = defaultdict(lambda: f"{prefix}{len(counted) + 1}")
    _clean(root, counted.__getitem__ if prefix else str)
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


def label_of(svg: str) -> str:
    """What a named SVG is called."""
    return ElementTree.fromstring(svg).get("aria-label", "")  # noqa: S314 - made by `named`


def framed(svg: str, *, title: str, source: str) -> str:
    """A named SVG as a file by itself: on white, its title above and its source below."""
    picture = ElementTree.fromstring(svg)  # noqa: S314 - made by `named`
    width, height = (float(picture.get(side, "0")) for side in ("width", "height"))
    titles = textwrap.wrap(title, _per_line(width, 16))
    sources = textwrap.wrap(source, _per_line(width, 11))
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
    """The script that makes charts interactive; built once for each version, then kept.

    Args:
        cache: A folder of the user's. A kept script that was changed or cut is built again.
    """
    from importlib.metadata import version

    made_by = version("vl-convert-python")
    file = cache / f"vega-{vega_lite_version()}-vl-convert-{made_by}.js"
    try:
        digest, _, script = file.read_bytes().decode().partition("\n")
        if digest == _digest(script):
            return script
    except (OSError, ValueError):
        pass
    script = _build_bundle()
    _keep(file, f"{_digest(script)}\n{script}")
    return script


@cache
def engine() -> Any:
    """vl-convert, with UTC as its time zone and no fonts but its own.

    The engine asks for both once, when it starts, so that the rest of the process keeps what it has
    but for this moment.
    """
    vl_convert = _vl_convert()
    with _surrounded_by("FONTCONFIG_FILE", str(_NO_FONTS)):
        vl_convert.svg_to_png(f'<svg xmlns="{_SVG}" width="1" height="1"/>')
    with _surrounded_by("TZ", "UTC"):
        found = vl_convert.get_local_tz()
    if found not in ("UTC", "Etc/UTC"):
        warnings.warn(
            f"charts are drawn in the time zone {found}, on which the bytes of their pages depend;"
            " to change that, set TZ=UTC before Python starts",
            stacklevel=2,
        )
    return vl_convert


def _per_line(width: float, size: int) -> int:
    """How many letters of a size fit into a width, taking them for half as wide as high."""
    return max(20, int((width - 8) / (0.52 * size)))


def _write(sheet: ElementTree.Element, line: str, *, y: float, size: int) -> None:
    style = {"x": "4", "y": f"{y:g}", "font-size": f"{size}", "font-family": _SHOWN}
    text = ElementTree.SubElement(sheet, f"{{{_SVG}}}text", style | {"fill": "#333"})
    text.text = line


def _build_bundle() -> str:
    vl_convert = _vl_convert()
    # Its annotations ask for a snippet, its documentation does not.
    make: Callable[..., str] = vl_convert.javascript_bundle
    script = make(vl_version=vega_lite_version())
    return script.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _keep(file: Path, text: str) -> None:
    """A folder that can't be written costs a second each time, and no report."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, text.encode())


def _digest(text: str) -> str:
    return "// sha256 " + hashlib.sha256(text.encode()).hexdigest()


def _without_links(value: Any) -> Any:
    """A record's address must not become one that a reader clicks by mistake."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key not in ("href", "usermeta")}
        return {
            key: part if key in ("datasets", "values") else _without_links(part)
            for key, part in kept.items()
        }
    return [_without_links(part) for part in value] if isinstance(value, list) else value


def _zooming_with_shift(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of a spec; who scrolls through a page does not mean to zoom its charts."""
    encoding = spec.get("encoding", {})
    kinds = {axis: encoding[axis].get("type") for axis in ("x", "y") if axis in encoding}
    # Of names there is no more or less, and Vega would complain to the reader.
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
        # The whole is one image with one label; its parts say nothing of their own.
        if name.startswith(("aria-", "on", "{")) or name in ("role", "href", "style"):
            del element.attrib[name]
        elif name == "font-family" and value == _MEASURED:
            element.set(name, _SHOWN)
        elif name == "id":
            element.set(name, rename(value))
        elif "url(" in value:
            element.set(name, re.sub(r"(?<=url\(#)[^)]+", lambda found: rename(found[0]), value))


@contextmanager
def _surrounded_by(name: str, text: str) -> Iterator[None]:
    """For as long as the block runs, this process's environment has `text` under `name`."""
    before = os.environ.get(name)
    os.environ[name] = text
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
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


def _draw_one(spec: dict[str, Any]) -> str:
    config = {**spec.get("config", {}), "font": _MEASURED}
    try:
        svg: str = engine().vegalite_to_svg(
            spec | {"config": config}, vl_version=vega_lite_version(), allowed_base_urls=[]
        )
    except ValueError:
        return ""
    return svg
