"""Markdown and HTML of a notebook as HTML that can't run, load or imitate anything."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

MISSING_PICTURE = "A picture that is not in the notebook is not on this page"
NOT_CONVERTED = "A formula is shown as its source"

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl"),
    *("dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p"),
    *("pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "ul", "var"),
}
_CELL = {"class", "colspan", "rowspan", "scope"}
_ATTRIBUTES = {
    **{"a": {"href", "title"}, "img": {"alt", "title", "src"}, "details": {"open"}},
    **{"span": {"class"}, "td": _CELL, "th": _CELL, "div": {"class"}},
}
# In clean HTML every < and > of a text or of an attribute's value is escaped.
_TAG = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", flags=re.DOTALL)
# The page's own anchors; a heading of the notebook must not take one of them.
_OWN_ANCHORS = {"card", "code-button", "findings", "provenance", "text"}
# Letters of no alphabet, between which the number of a formula stands until its text is clean.
_BEFORE, _AFTER = "\ue000", "\ue001"
_FORMULA = re.compile(f"{_BEFORE}(\\d+){_AFTER}")
# How many parts each element of MathML has; None for any number, 0 for text.
_PARTS = {
    **{"math": None, "mrow": None, "mstyle": None, "msqrt": None, "mtable": None, "mtr": None},
    **{"mtd": None, "mpadded": None, "mi": 0, "mn": 0, "mo": 0, "mtext": 0, "mspace": 0},
    **{"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2},
    **{"msubsup": 3, "munderover": 3},
}
_MATH_ATTRIBUTES = {
    *("display", "displaystyle", "mathvariant", "stretchy", "fence", "form", "accent", "width"),
    *("columnalign", "linethickness", "minsize", "maxsize", "separator", "lspace", "rspace"),
}
_MATHML = "http://www.w3.org/1998/Math/MathML"

Finder = Callable[[str], str]
"""Returns the `data:` address of a picture's address, or "" if the picture is not at hand."""


def escape_markdown(text: object) -> str:
    r"""Return the text escaped for Markdown, on one line.

    Text that LL2 sends can be anything: unescaped, a name could become a link, or a picture that
    JupyterLab fetches. Every sign with a meaning in Markdown, HTML or a formula is escaped, and
    line breaks become blanks.

    Args:
        text: What to show, such as a name; None becomes "unknown".

    Examples:
        >>> print(escape_markdown("Soyuz TM-4"))
        Soyuz TM\-4
        >>> print(escape_markdown("![](http://x/)"))
        \!\[\]\(http\:\/\/x\/\)
        >>> escape_markdown(None)
        'unknown'
    """
    if text is None:
        return "unknown"
    return _PUNCTUATION.sub(r"\\\g<0>", " ".join(str(text).split()))


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value of JSON with each text in it changed."""
    if isinstance(value, dict):
        return {key: map_texts(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


class Sanitizer:
    """Makes Markdown and HTML safe, and notes what of it a page can't show."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        """The notebook's folder, whose pictures are shown in its Markdown cells."""
        self.left_out: list[str] = []
        """What could not be shown since this list was last emptied, a sentence each."""

    def markdown_cell(self, source: str, attachments: dict[str, Any]) -> str:
        """Return an author's text as HTML; HTML in it counts, and so do pictures beside it."""
        return self._markdown(source, escape=False, find=_finder(attachments, self.folder))

    def markdown_output(self, source: str) -> str:
        """Return a computed text, which may hold anyone's words; HTML in it is shown as text."""
        return self._markdown(source, escape=True, find=_held)

    def html(self, source: str, find: Finder | None = None) -> str:
        """Return the HTML with the elements of a plain document alone.

        Args:
            source: Any HTML.
            find: Finds its pictures; without it only those that it holds are shown.
        """
        import nh3

        cleaned = nh3.clean(
            source,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_attribute,
            clean_content_tags={"script", "style"},
            url_schemes={"http", "https", "mailto", "data", "attachment"},
            link_rel=None,
        )
        return "".join(
            self._tag(part, find or _held) if part.startswith("<") else part
            for part in _TAG.split(cleaned)
        )

    def formula(self, source: str, *, display: bool) -> str:
        """Return a formula as MathML, or its source where it can't be converted."""
        made = mathml(source, display=display)
        if made:
            return made
        self.left_out.append(f"{NOT_CONVERTED}: {source.strip()[:60]}")
        sign = "$$" if display else "$"
        return html.escape(f"{sign}{source}{sign}", quote=False)

    def _markdown(self, source: str, *, escape: bool, find: Finder) -> str:
        formulas: list[tuple[str, bool]] = []
        cleaned = self.html(_markdown_parser(escape)(source, formulas), find)

        def written(found: re.Match[str]) -> str:
            number = int(found[1])
            source, display = formulas[number] if number < len(formulas) else ("", False)
            # Inside a tag a formula is the text of an attribute.
            in_tag = found.string.startswith("<")
            return (
                html.escape(source) if in_tag else source and self.formula(source, display=display)
            )

        return "".join(_FORMULA.sub(written, part) for part in _TAG.split(cleaned))

    def _tag(self, tag: str, find: Finder) -> str:
        # A table may be wider than the page: each scrolls in a box of its own, by keyboard too.
        if tag.startswith("<table"):
            return f'<div class="scroll" tabindex="0" role="region" aria-label="Table">{tag}'
        if tag == "</table>":
            return "</table></div>"
        if not tag.startswith("<img"):
            return tag
        attributes = {name: html.unescape(text) for name, text in _ATTRIBUTE.findall(tag)}
        held, words = find(attributes.get("src", "")), attributes.get("alt", "")
        if held:
            title = attributes.get("title")
            named = f' title="{html.escape(title)}"' if title else ""
            return f'<img src="{html.escape(held)}" alt="{html.escape(words)}"{named}>'
        self.left_out.append(MISSING_PICTURE)
        return html.escape(f"[{MISSING_PICTURE}{f': {words}' if words else ''}]", quote=False)


def text_of(markup: str) -> str:
    """Return the words of some HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def is_empty(cleaned: str) -> bool:
    """Return whether clean HTML shows nothing."""
    return not text_of(cleaned) and "<img" not in cleaned


def breakable(text: str) -> str:
    """Return the text as HTML that a narrow column may break inside names and addresses too.

    Examples:
        >>> print(breakable("agency.time_docked < 1.5"))
        agency.<wbr>time_<wbr>docked &lt; 1.5
    """
    return re.sub(r"([_/]|(?<=[a-z\]])\.(?=[a-z]))", r"\1<wbr>", html.escape(text))


def mathml(source: str, *, display: bool) -> str:
    r"""Return a formula of LaTeX as MathML; "" where that would not say the same.

    Examples:
        >>> mathml(r"\alpha", display=False)  # doctest: +ELLIPSIS
        '<math ...display="inline"><mrow><mi>α</mi></mrow></math>'
        >>> mathml(r"\unknown{x}", display=False)
        ''
    """
    from latex2mathml.converter import convert

    # What it makes of lines of equations has no lines.
    if re.search(r"\\begin\{(aligned?|gather(ed)?|split|multline)|\\\\\s*$", source):
        return ""
    try:
        made = convert(source.strip(), display="block" if display else "inline")
        root = ElementTree.fromstring(made)  # noqa: S314 - it declares no entities
    except Exception:
        # latex2mathml raises whatever its parser meets, and may write what is not XML.
        return ""
    ElementTree.register_namespace("", _MATHML)
    valid = all(map(_is_valid, root.iter()))
    return ElementTree.tostring(root, encoding="unicode") if valid else ""


def _is_valid(element: ElementTree.Element) -> bool:
    name = element.tag.removeprefix(f"{{{_MATHML}}}")
    text = (element.text or "") + (element.tail or "")
    parts = _PARTS.get(name, -1)
    # A backslash is an unknown command; "&" has a meaning in lines and cells only.
    is_text_plain = "\\" not in text and "&" not in text
    return (
        parts in (None, len(element)) and is_text_plain and set(element.attrib) <= _MATH_ATTRIBUTES
    )


class Headings:
    """Gives each heading an anchor that is unique on its page, and lists them."""

    def __init__(self) -> None:
        self.title = ""
        """The first heading of the first level, as HTML; it is taken out of the text."""
        self.contents: list[tuple[str, str]] = []
        """The anchor and the words of each heading of the second level."""
        self.latest = ""
        """The words of the last heading."""
        self._taken = set(_OWN_ANCHORS)

    def anchored(self, cleaned: str) -> str:
        """Return the HTML with an anchor in each heading, and without the title."""
        return _HEADING.sub(self._anchor_heading, cleaned)

    def anchor(self, words: str) -> str:
        """Return a name for a heading or a figure, made of its words."""
        slug = re.sub(r"[^\w]+", "-", words.lower()).strip("-") or "section"
        number, anchor = 2, slug
        while anchor in self._taken:
            number, anchor = number + 1, f"{slug}-{number}"
        self._taken.add(anchor)
        return anchor

    def _anchor_heading(self, found: re.Match[str]) -> str:
        level, markup = found.groups()
        self.latest = text_of(markup)
        if level == "1" and not self.title:
            self.title = markup
            return ""
        anchor = self.anchor(self.latest)
        if level == "2":
            self.contents.append((anchor, self.latest))
        return f'<h{level} id="{anchor}">{markup}</h{level}>'


@cache
def _markdown_parser(escape: bool) -> Callable[[str, list[tuple[str, bool]]], str]:
    """Return a function that renders Markdown as HTML, each formula as its number in a list."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        """nbconvert's, but for pictures, the cells of a table, and formulas."""

        formulas: list[tuple[str, bool]]

        def image(self, text: str, url: str, title: str | None = None) -> str:
            # nbconvert stops at a picture that is missing, and leaves out those in HTML.
            named = f' title="{html.escape(title)}"' if title else ""
            return f'<img src="{html.escape(url)}" alt="{html.escape(text_of(text))}"{named}>'

        def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
            # The policy refuses style attributes, by which a cell is aligned elsewhere.
            name = "th" if head else "td"
            kind = ' class="figures"' if align == "right" else ""
            return f"<{name}{kind}>{text}</{name}>\n"

        def inline_math(self, body: str) -> str:
            # "$5 to $6" is no formula.
            if body != body.strip():
                return f"${html.escape(body, quote=False)}$"
            return self._numbered(body, display=False)

        def block_math(self, body: str) -> str:
            return self._numbered(body, display=True)

        def latex_environment(self, name: str, body: str) -> str:
            return self._numbered(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

        def _numbered(self, body: str, *, display: bool) -> str:
            self.formulas.append((body, display))
            return f"{_BEFORE}{len(self.formulas) - 1}{_AFTER}"

    # One text at a time, for the formulas are the renderer's.
    rendering = Lock()
    renderer = Renderer(escape=escape, exclude_anchor_links=True)
    parser = MarkdownWithMath(renderer=renderer)

    def render(source: str, formulas: list[tuple[str, bool]]) -> str:
        with rendering:
            renderer.formulas = formulas
            return parser.render(source)

    return render


def _finder(attachments: dict[str, Any], folder: Path | None) -> Finder:
    """Find what was pasted into a cell, and pictures in the notebook's folder."""

    def find(address: str) -> str:
        scheme, _, name = address.partition(":")
        if scheme == "attachment":
            pasted = attachments.get(name) or attachments.get(unquote(name)) or {}
            kinds = [kind for kind in pasted if kind.startswith("image/")]
            return f"data:{kinds[0]};base64,{pasted[kinds[0]]}" if kinds else ""
        return _held(address) or _beside(address, folder)

    return find


def _held(address: str) -> str:
    return address if re.match(r"data:image/[\w.+-]+[;,]", address) else ""


def _beside(address: str, folder: Path | None) -> str:
    """Return a picture's file as a `data:` address, if it is in the notebook's folder or below."""
    kind, _ = mimetypes.guess_type(address)
    if folder is None or not kind or not kind.startswith("image/") or ":" in address:
        return ""
    path = (folder / unquote(address)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "a" and name == "href":
        # Browsers ignore spaces in an address, and so does someone who wants to hide it.
        address = re.sub(r"[\x00-\x20]", "", value).lower()
        return None if address.startswith(("data:", "attachment:")) else value
    if tag == "div" and value != "highlight":
        return None
    return value
