"""Markdown and HTML of a notebook as HTML that can neither run, load nor pretend anything."""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bleach import html5lib_shim  # type: ignore[import-untyped]
from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def escape_markdown(text: object) -> str:
    r"""The text as Markdown that shows it letter by letter, on one line.

    What LL2 sends is anyone's text: as it is, a name could become a link, or a picture that
    JupyterLab fetches. Every sign that could mean something in Markdown, HTML or a formula is
    escaped, and line breaks become blanks; no text becomes "unknown".

    Args:
        text: What to show, such as a name; null where LL2 does not say.

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


_PLAIN = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt"),
    *("em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre"),
    *("q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "tr", "ul", "var"),
}
_UNPRINTED = re.compile(r"<(style|script)\b.*?(</\1\s*>|\Z)", flags=re.DOTALL | re.IGNORECASE)
_ACTIVE = re.compile(r"<(script|iframe|object|embed|canvas|video|audio|form)\b", re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", flags=re.DOTALL)
# The page's own anchors; no heading of a notebook may turn the page's links away from them.
_OWN_ANCHORS = {"card", "code-button", "findings", "provenance", "text"}

MISSING_PICTURE = "A picture that is not in the notebook is not on this page"

Finder = Callable[[str], str]
"""From a picture's address to a `data:` address, or an empty text if it isn't at hand."""


def markdown_cell(source: str, find: Finder) -> str:
    """An author's text as HTML; plain HTML in it counts."""
    return clean_html(_render(source, escape=False), find)


def markdown_output(source: str) -> str:
    """A computed text, which may hold anyone's words: HTML in it is shown, not obeyed."""
    return clean_html(_render(source, escape=True))


def clean_html(source: str, find: Finder | None = None) -> str:
    """The HTML without whatever could run, load, restyle or send: a plain document's elements.

    Args:
        source: Any HTML.
        find: Where its pictures are looked for; without it only those that it holds are shown.
    """
    cleaner = Cleaner(
        tags=_PLAIN,
        attributes=_allowed,
        protocols={"http", "https", "mailto", "data", "attachment"},
        strip=True,
        filters=[partial(_Pictures, find=find or _held)],
    )
    cleaned: str = cleaner.clean(_UNPRINTED.sub("", source))
    # Any table may be wider than the page: each scrolls in a box of its own, by keyboard too.
    box = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    return re.sub(r"<table\b", rf"{box}\g<0>", cleaned).replace("</table>", "</table></div>")


def needs_scripts(source: str) -> bool:
    """True where HTML would show something only by means that a page does not grant."""
    return _ACTIVE.search(source) is not None


def is_empty(cleaned: str) -> bool:
    """True where clean HTML shows nothing."""
    return not text_of(cleaned) and "<img" not in cleaned


def text_of(markup: str) -> str:
    """The words of some HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def breakable(text: str) -> str:
    """The text as HTML that a narrow column may break after `_` and `/` too.

    Examples:
        >>> print(breakable("time_docked <"))
        time_<wbr>docked &lt;
    """
    return re.sub("([_/])", r"\1<wbr>", html.escape(text))


def finder(attachments: dict[str, Any], folder: Path | None) -> Finder:
    """A look at what was pasted into a cell, and at the pictures in its notebook's folder."""

    def find(address: str) -> str:
        scheme, _, name = address.partition(":")
        if scheme == "attachment":
            pasted = attachments.get(name) or attachments.get(unquote(name)) or {}
            kinds = [kind for kind in pasted if kind.startswith("image/")]
            return f"data:{kinds[0]};base64,{pasted[kinds[0]]}" if kinds else ""
        return _held(address) or _beside(address, folder)

    return find


class Headings:
    """Gives each heading an anchor, the page's only one of that name, and keeps the list."""

    def __init__(self) -> None:
        self.title = ""
        """The first heading of the first level, as HTML; it is taken out of the text."""
        self.contents: list[tuple[str, str]] = []
        """The anchor and the words of each heading of the second level."""
        self.latest = ""
        """The words of the last heading."""
        self._taken = set(_OWN_ANCHORS)

    def anchored(self, cleaned: str) -> str:
        """The HTML with an anchor in each heading, and without the title."""
        return _HEADING.sub(self._anchor_heading, cleaned)

    def anchor(self, words: str) -> str:
        """A name for a heading or a figure, made of its words."""
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


def _render(source: str, *, escape: bool) -> str:
    renderer = _Renderer(escape=escape, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


class _Renderer(IPythonRenderer):
    """nbconvert's, but for two things."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # nbconvert stops at a picture that is missing, and leaves out those in HTML.
        named = f' title="{html.escape(title)}"' if title else ""
        return f'<img src="{html.escape(url)}" alt="{html.escape(text_of(text))}"{named}>'

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        # The policy refuses style attributes, by which a cell is aligned elsewhere.
        name = "th" if head else "td"
        kind = ' class="figures"' if align == "right" else ""
        return f"<{name}{kind}>{text}</{name}>\n"


class _Pictures(html5lib_shim.Filter):  # type: ignore[misc]
    """Pictures that are at hand are held by the page itself; of the others their words stay."""

    def __init__(self, source: Any, find: Finder) -> None:
        super().__init__(source)
        self.find = find

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") != "img" or token["type"] not in ("StartTag", "EmptyTag"):
                yield token
                continue
            held = self.find(html.unescape(token["data"].get((None, "src"), "")))
            words = token["data"].get((None, "alt"), "")
            if held:
                token["data"][None, "src"] = held
                token["data"].setdefault((None, "alt"), "")
                yield token
            else:
                told = f"[{MISSING_PICTURE}{f': {words}' if words else ''}]"
                yield {"type": "Characters", "data": told}


def _held(address: str) -> str:
    return address if re.match(r"data:image/[\w.+-]+[;,]", address) else ""


def _beside(address: str, folder: Path | None) -> str:
    """A picture's file as a `data:` address, if it lies in the notebook's folder or below."""
    kind, _ = mimetypes.guess_type(address)
    if folder is None or not kind or not kind.startswith("image/") or ":" in address:
        return ""
    path = (folder / unquote(address)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return name in ("alt", "title", "src")
    if tag == "a":
        # Browsers read an address without its spaces, and so does who wants to hide it.
        address = re.sub(r"[\x00-\x20]", "", html.unescape(value)).lower()
        elsewhere = not address.startswith(("data:", "attachment:"))
        return name == "title" or (name == "href" and elsewhere)
    if name == "class":
        return tag in ("span", "td", "th") or (tag == "div" and value == "highlight")
    return tag in ("td", "th") and name in ("colspan", "rowspan", "scope")
