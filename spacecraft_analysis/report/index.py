"""The gallery: a card for each page of a folder, with its question, its answer and its picture.

A page carries its own card, so that the gallery can list what lies in a folder, whenever and from
whichever notebook it was made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from spacecraft_analysis.report import svg
from spacecraft_analysis.report.payloads import Source, read

_CARD = re.compile(r'<script type="application/json" id="card">(.*?)</script>', flags=re.DOTALL)
_FIGURE = re.compile(r"<strong>(.*?)</strong>", flags=re.DOTALL)


COLUMNS = "columns"
"""The page of the data dictionary, which stands last."""
# As one would read them; whatever else there is follows by name.
READING_ORDER = ("spacecraft", "turnaround", "utilisation", "docking", "data_quality")


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
    from spacecraft_analysis.report.sanitize import clean_html

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


def _clean_svg(picture: str) -> str:
    try:
        # A declaration of entities could unfold without an end.
        return (
            svg.named(picture, prefix="", label=svg.label_of(picture))
            if "<!" not in picture
            else ""
        )
    except ParseError:
        return ""


def index_of(folder: Path, environment: Any) -> str:
    """The HTML of the gallery: it lists all pages of ours in the folder, whenever made."""
    first = [name for name in READING_ORDER if (folder / f"{name}.html").exists()]
    others = sorted(path.stem for path in folder.glob("*.html"))
    names = dict.fromkeys([*first, *sorted(others, key=COLUMNS.__eq__)])
    cards = {}
    for name in names:
        # What can't be read is none that we made just now.
        with suppress(OSError, UnicodeError):
            cards[name] = card_of((folder / f"{name}.html").read_text(encoding="utf-8"))
    return index({n: card for n, card in cards.items() if card}, environment)


def index(cards: Mapping[str, Card], environment: Any) -> str:
    """The HTML of the gallery.

    Args:
        cards: By the name of their page, in the order in which they are shown.
        environment: That of the exporter's templates.
    """
    sources = {repr(source): source for card in cards.values() for source in card.sources}
    template = environment.get_template("gallery.html.j2")
    return str(template.render(cards=cards, sources=list(sources.values())))
