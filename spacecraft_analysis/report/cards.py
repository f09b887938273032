"""The gallery: a card for each page of a folder, with its question, its answer and its picture.

A page carries its own card, so that the gallery can list what lies in a folder, whenever and from
whichever notebook it was made.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from xml.etree.ElementTree import ParseError

from spacecraft_analysis.report import draw
from spacecraft_analysis.report.outputs import Source, read

_CARD = re.compile(r'<script type="application/json" id="card">(.*?)</script>', flags=re.DOTALL)
_FIGURE = re.compile(r"<strong>(.*?)</strong>", flags=re.DOTALL)


@dataclass(frozen=True)
class Card:
    """What the gallery shows of a page."""

    title: str
    answer: str
    """The computed sentence, as HTML."""
    picture: str
    """The SVG of the chart that shows it; empty where there is none."""
    unfinished: str
    sources: list[Source]

    @property
    def figure(self) -> str:
        """The first figure of the answer that its notebook set in bold, as HTML."""
        found = _FIGURE.search(self.answer)
        return found[1] if found else ""

    @property
    def is_tall(self) -> bool:
        """True where the gallery shows only the upper part of the picture."""
        size = re.search(r' width="([\d.]+)" height="([\d.]+)"', self.picture)
        return size is not None and float(size[2]) > 0.95 * float(size[1])

    @property
    def script(self) -> str:
        """The card as a page carries it."""
        from spacecraft_analysis.report.figures import script_json

        return script_json(asdict(self))


def card_of(page: str) -> Card | None:
    """The card of a page as it was written, or None if it isn't one of ours."""
    from spacecraft_analysis.report.text import clean_html

    found = _CARD.search(page)
    try:
        card = read(json.loads(found[1]), Card) if found else None
    except ValueError:
        return None
    if card is None:
        return None
    # Whoever wrote the file, the gallery shows a plain document.
    return Card(
        card.title, clean_html(card.answer), _clean_svg(card.picture), card.unfinished, card.sources
    )


def _clean_svg(svg: str) -> str:
    try:
        # A declaration of entities could unfold without an end.
        return draw.named(svg, prefix="", label=draw.label_of(svg)) if "<!" not in svg else ""
    except ParseError:
        return ""
