"""The index of a folder of pages: a card for each, with its question, answer and picture.

A page carries its own card, so that the index can list whatever pages a folder holds, whenever and
from whichever notebook they were made.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spacecraft_analysis.report import svg
from spacecraft_analysis.report.notebook import DICTIONARY, READING_ORDER
from spacecraft_analysis.report.payloads import Source, read

_CARD = re.compile(r'<script type="application/json" id="card">(.*?)</script>', flags=re.DOTALL)
_FIGURE = re.compile(r"<strong>(.*?)</strong>", flags=re.DOTALL)


@dataclass(frozen=True)
class Card:
    """What the index shows of a page."""

    title: str
    answer: str
    """The computed sentence, as HTML."""
    picture: str
    """The SVG of the chart that shows it; empty where there is none."""
    unfinished: str
    sources: list[Source]

    @property
    def figure(self) -> str:
        """Return the first figure of the answer that its notebook set in bold, as HTML."""
        found = _FIGURE.search(self.answer)
        return found[1] if found else ""

    @property
    def is_tall(self) -> bool:
        """Return whether the index shows only the upper part of the picture."""
        width, height = svg.size(self.picture)
        return height > 0.95 * width


def card_of(page: str) -> Card | None:
    """Return the card of a page as it was written; None if it is not a page of ours."""
    from spacecraft_analysis.report.sanitize import Sanitizer

    found = _CARD.search(page)
    with suppress(ValueError):
        if found and (card := read(json.loads(found[1]), Card)):
            # Anyone may have written the file; the index shows a plain document.
            answer, picture = Sanitizer().html(card.answer), svg.cleaned(card.picture)
            return replace(card, answer=answer, picture=picture)
    return None


def index_of(folder: Path, environment: Any) -> str:
    """Return the HTML of an index of all pages of ours in a folder, whenever they were made."""
    found = sorted(path.stem for path in folder.glob("*.html"))
    order = [*READING_ORDER, *(name for name in found if name != DICTIONARY), DICTIONARY]
    cards = {}
    for name in dict.fromkeys(order):
        # What can't be read is not a page that we made just now.
        with suppress(OSError, UnicodeError):
            if card := card_of((folder / f"{name}.html").read_text(encoding="utf-8")):
                cards[name] = card
    sources = {repr(source): source for card in cards.values() for source in card.sources}
    template = environment.get_template("gallery.html.j2")
    return str(template.render(cards=cards, sources=list(sources.values())))
