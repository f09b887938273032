"""Markdown and HTML of a notebook as HTML that can't run, load or imitate anything."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_MISSING = "A picture that is not in the notebook is not on this page"
_IN_OUTPUT = f"{_MISSING}: IPython.display.Image puts a file into an output"
# How many parts each element of MathML has; None for any number, 0 for text.
_MATH = {
    **dict.fromkeys(("math", "mrow", "mstyle", "mpadded", "msqrt", "mtable", "mtr", "mtd")),
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "mspace"), 0),
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_MATH_ATTRIBUTES = {
    *("display", "displaystyle", "mathvariant", "stretchy", "fence", "form", "accent", "width"),
    *("columnalign", "linethickness", "minsize", "maxsize", "separator", "lspace", "rspace"),
    "scriptlevel",
}
_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl"),
    *("dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p"),
    *("pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "ul", "var", *_MATH),
}
_CELL = {"class", "colspan", "rowspan", "scope"}
_ATTRIBUTES = {
    **{"a": {"href", "title"}, "img": {"alt", "title", "src"}, "details": {"open"}},
    **{"span": {"class"}, "td": _CELL, "th": _CELL, "div": {"class"}},
    **dict.fromkeys(_MATH, _MATH_ATTRIBUTES),
}
# A table may be wider than the page: each scrolls in a box of its own, by keyboard too.
_BOX = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
# In an attribute some releases of nh3 escape neither < nor >.
_TAG = re.compile(r'<((?:[^">]|"[^"]*")*)>')
_HEADING = re.compile(r"<h([1-6])\b([^>]*)>(.*?)</h\1>", flags=re.DOTALL)


class Sanitizer:
    """Makes Markdown and HTML safe, and notes what of it a page can't show."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        """The notebook's folder, whose pictures are shown in its Markdown cells."""
        self.place = ""
        """Where in the notebook the text is from."""
        self.left_out: dict[str, dict[str, None]] = {}
        """What could not be shown, and in which places."""
        self._author = MarkdownWithMath(renderer=_Renderer(self, escape=False))
        self._anyone = MarkdownWithMath(renderer=_Renderer(self, escape=True))

    def leave_out(self, what: str) -> None:
        """Note what of this place can't be shown."""
        self.left_out.setdefault(what, {})[self.place] = None

    def markdown_cell(self, source: str, attachments: dict[str, Any]) -> str:
        """Return an author's text as HTML; HTML in it counts, and so do pictures beside it."""
        return self.html(self._author.render(source), attachments)

    def markdown_output(self, source: str) -> str:
        """Return a computed text, which may hold anyone's words; HTML in it is shown as text."""
        return self.html(self._anyone.render(source))

    def html(self, source: str, attachments: dict[str, Any] | None = None) -> str:
        """Return the HTML with the elements of a plain document alone.

        Only an author's text, which comes with what is pasted into its cell, shows pictures of the
        notebook's folder: a name that was computed must not bring a file onto a page.
        """

        def filtered(tag: str, name: str, value: str) -> str | None:
            if tag == "img" and name == "src":
                return self._picture(value, attachments)
            if tag == "a" and name == "href":
                # Browsers ignore spaces in an address, and so does someone who wants to hide it.
                address = re.sub(r"[\x00-\x20]", "", value).lower()
                return None if address.startswith(("data:", "attachment:")) else value
            if name == "class":
                # Of code and figures; by another of the page's own a text could be hidden.
                known = {"div": "highlight", "span": "[a-z][a-z0-9]?"}.get(tag, "figures")
                return value if re.fullmatch(known, value) else None
            return value

        cleaned = nh3.clean(
            source,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=filtered,
            clean_content_tags={"script", "style"},
            url_schemes={"http", "https", "mailto", "data", "attachment"},
            link_rel=None,
        )

        def written(found: re.Match[str]) -> str:
            tag = f"<{found[1].replace('<', '&lt;').replace('>', '&gt;')}>"
            if tag == "</table>":
                return f"{tag}</div>"
            if tag.startswith("<table"):
                return f"{_BOX}{tag}"
            if not tag.startswith("<img"):
                return tag
            alt = re.search(' alt="([^"]*)"', tag)
            if ' src="' in tag:
                return tag if alt else f'{tag[:-1]} alt="">'
            self.leave_out(_IN_OUTPUT if attachments is None else _MISSING)
            return f"[{_MISSING}{f': {alt[1]}' if alt and alt[1] else ''}]"

        return _TAG.sub(written, cleaned)

    def formula(self, source: str, *, display: bool) -> str:
        """Return a formula as MathML, or its source where it can't be converted."""
        from latex2mathml.converter import convert

        # It raises whatever its parser meets.
        with suppress(Exception):
            made = str(convert(source.strip(), display="block" if display else "inline"))
            root = ElementTree.fromstring(made)  # noqa: S314 - it declares no entities
            if all(map(_is_valid, root.iter())):
                return made
        self.leave_out(f"A formula is shown as its source: {source.strip()[:60]}")
        sign = "$$" if display else "$"
        return html.escape(f"{sign}{source}{sign}", quote=False)

    def _picture(self, address: str, attachments: dict[str, Any] | None) -> str | None:
        """Return a picture's `data:` address, or None if it is not at hand."""
        if re.match(r"data:image/[\w.+-]+[;,]", address):
            return address
        if attachments is None:
            return None
        scheme, colon, name = address.partition(":")
        if scheme == "attachment":
            pasted = attachments.get(name) or attachments.get(unquote(name)) or {}
            kinds = [kind for kind in pasted if kind.startswith("image/")]
            return f"data:{kinds[0]};base64,{pasted[kinds[0]]}" if kinds else None
        kind, _ = mimetypes.guess_type(address)
        if self.folder is None or colon or not (kind or "").startswith("image/"):
            return None
        path = (self.folder / unquote(address)).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            return None
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _is_valid(element: ElementTree.Element) -> bool:
    """Return whether an element of MathML can be what a formula says.

    A backslash is an unknown command, `&` a sign of alignment; several lines have attributes that
    are not in the list.
    """
    parts = _MATH.get(element.tag.rpartition("}")[2], -1)
    is_known = parts in (None, len(element)) and element.attrib.keys() <= _MATH_ATTRIBUTES
    return is_known and not re.search(r"[\\&]", element.text or "")


class _Renderer(IPythonRenderer):
    """nbconvert's, but for pictures, the cells of a table, and formulas."""

    def __init__(self, sanitizer: Sanitizer, *, escape: bool) -> None:
        super().__init__(escape=escape, exclude_anchor_links=True)
        self.sanitizer = sanitizer

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
        return self.sanitizer.formula(body, display=False)

    def block_math(self, body: str) -> str:
        return self.sanitizer.formula(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def text_of(markup: str) -> str:
    """Return the words of some HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def is_empty(cleaned: str) -> bool:
    """Return whether clean HTML shows nothing."""
    return not text_of(cleaned) and "<img" not in cleaned


def breakable(text: str) -> str:
    """Return the text as HTML that a narrow column may break inside names and addresses too."""
    return re.sub(r"([_/]|(?<=[a-z\]])\.(?=[a-z]))", r"\1<wbr>", html.escape(text))


class Headings:
    """Gives each heading an anchor that is unique on its page, and lists them."""

    def __init__(self) -> None:
        self.title = ""
        """The first heading of the first level, as HTML; it is taken out of the text."""
        self.contents: list[tuple[str, str]] = []
        """The anchor and the words of each heading of the second level."""
        self.latest = ""
        """The words of the last heading."""
        # The page's own anchors; a heading of the notebook must not take one of them.
        self._taken = {"card", "code-button", "findings", "provenance", "text"}

    def anchored(self, cleaned: str) -> str:
        """Return the HTML with an anchor in each heading, and without the title."""

        def written(found: re.Match[str]) -> str:
            level, attributes, markup = found.groups()
            self.latest = text_of(markup)
            if level == "1" and not self.title:
                self.title = markup
                return ""
            anchor = self.anchor(self.latest)
            if level == "2":
                self.contents.append((anchor, self.latest))
            return f'<h{level} id="{anchor}"{attributes}>{markup}</h{level}>'

        return _HEADING.sub(written, cleaned)

    def anchor(self, words: str) -> str:
        """Return a name for a heading or a figure, made of its words."""
        slug = re.sub(r"[^\w]+", "-", words.lower()).strip("-") or "section"
        number, anchor = 2, slug
        while anchor in self._taken:
            number, anchor = number + 1, f"{slug}-{number}"
        self._taken.add(anchor)
        return anchor
