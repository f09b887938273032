"""What is particular of an endpoint of LL2: one declaration each."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlencode

from spacecraft_analysis.frames.schema import CRAFT, EVENTS, RecordKind
from spacecraft_analysis.query import Query


@dataclass(frozen=True)
class Endpoint:
    """A list of LL2's that is walked page by page."""

    name: str
    """As its path has it, behind the version."""
    ordering: str
    """By which it is paged; LL2 breaks ties anew at each request."""
    things: str
    """What is on its pages, in words."""
    kind: RecordKind
    """What is on its pages, as the tables declare it."""
    assumed: int
    """More records than it has held so far; what is assumed while the number is unknown."""
    details: str = ""
    """What each record of it carries in detailed mode and none in normal mode, if we ask for it."""

    @property
    def has_ties(self) -> bool:
        """Whether several records can stand at one place of its order."""
        return self.ordering != "id"


SPACECRAFT = Endpoint("spacecraft", "id", "spacecraft", CRAFT, assumed=700, details="flights")
DOCKING_EVENTS = Endpoint("docking_events", "docking", "docking events", EVENTS, assumed=700)
ENDPOINTS = (SPACECRAFT, DOCKING_EVENTS)


PAGE = 100


class Block(NamedTuple):
    """What one page is to hold: so many records from a place on."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        """The first place behind it."""
        return self.offset + self.size


@dataclass(frozen=True)
class Question:
    """What is asked of one endpoint, and the pages that it can be asked for."""

    base_url: str
    endpoint: Endpoint
    asked: tuple[tuple[str, Any], ...]
    """The mode and the filters, by LL2's names."""
    ordering: str
    limit: int | None = None

    @classmethod
    def about_spacecraft(cls, base_url: str, query: Query) -> Question:
        """The question whose pages answer the query, once ordered and cut.

        Only an order by id is safe to page by: more than a page in another one is a full pull.
        """
        asked = (("mode", query.mode), *query.filters.items())
        question = cls(base_url, SPACECRAFT, asked, query.ordering, query.limit)
        return question if question.single or question.pageable else question.safe

    @classmethod
    def about_dockings(cls, base_url: str) -> Question:
        """The question for every docking event."""
        mode = (("mode", "normal"),)
        return cls(base_url, DOCKING_EVENTS, mode, DOCKING_EVENTS.ordering)

    @property
    def safe(self) -> Question:
        """The question for all records, in the order that is safe to page by."""
        return replace(self, ordering=self.endpoint.ordering, limit=None)

    @property
    def single(self) -> bool:
        """Whether one request answers it."""
        return self.limit is not None and self.limit <= PAGE

    @property
    def pageable(self) -> bool:
        """Whether its pages can be had one by one, so that they make one whole."""
        return self.ordering == self.endpoint.ordering

    @property
    def sizes(self) -> tuple[int, ...]:
        """Records on a page, the first choice first, the smaller ones for a slow server."""
        first = self.limit if self.single and self.limit else PAGE
        smaller = (PAGE // 2, PAGE // 4) if self.pageable else ()
        return (first, *(size for size in smaller if size < first))

    @property
    def reach(self) -> int:
        """Records to read at most: whole pages, up to the limit."""
        if self.limit is None:
            return sys.maxsize
        return ceil(self.limit / self.sizes[0]) * self.sizes[0]

    def wanted(self, count: int) -> int:
        """Records to read of a catalogue of so many."""
        return min(count, self.reach)

    @property
    def address(self) -> str:
        """The question without a page."""
        filters = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in self.asked
        }
        asked = {"format": "json"} | filters | {"ordering": self.ordering}
        return f"{self.base_url}{self.endpoint.name}/?{urlencode(asked)}"

    @property
    def kept_as(self) -> str:
        """What its pages are kept under. Smaller ones than usual are of no use to others."""
        small = self.sizes[0] < PAGE
        return f"{self.address}&limit={self.limit}" if small else self.address

    def url(self, block: Block) -> str:
        """The address of a page."""
        return f"{self.address}&limit={block.size}&offset={block.offset}"
