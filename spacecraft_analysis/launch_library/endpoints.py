"""`Listing`: what is requested of one of LL2's endpoints, and the addresses of its pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from spacecraft_analysis.query import Query


@dataclass(frozen=True)
class Endpoint:
    """A list of LL2 that is downloaded page by page."""

    name: str
    """Its path after the version."""
    ordering: str
    """The ordering that is safe to page by: `id`, or the field of a filter `…__gte`."""
    things: str
    """What is on its pages, for messages."""

    @property
    def by_key(self) -> bool:
        """Whether pages follow a field, since LL2 offers no ordering without ties."""
        return self.ordering != "id"


SPACECRAFT = Endpoint("spacecraft", "id", "spacecraft")
DOCKING_EVENTS = Endpoint("docking_events", "docking", "docking events")
PAGE_SIZE = 100
"""Records on a full page; LL2 sends no more."""


class Block(NamedTuple):
    """The rows that one page is requested for: by offset, or by the key that they begin with."""

    limit: int
    offset: int = 0
    after: str | None = None

    @property
    def end(self) -> int:
        """The first row after it."""
        return self.offset + self.limit


@dataclass(frozen=True)
class Listing:
    """What is requested of one endpoint: mode, filters, ordering and limit."""

    base_url: str
    endpoint: Endpoint
    parameters: tuple[tuple[str, Any], ...]
    """The mode and the filters, by LL2's names."""
    ordering: str
    limit: int | None = None

    @classmethod
    def of_spacecraft(cls, base_url: str, query: Query) -> Listing:
        """Return the listing whose records answer the query, once ordered and cut.

        In an ordering that is not safe to page by, more than a page is a full download by id.
        """
        parameters = (("mode", query.mode), *query.filters.items())
        listing = cls(base_url, SPACECRAFT, parameters, query.ordering, query.limit)
        return listing if listing.is_single or listing.is_pageable else listing.full

    @classmethod
    def of_docking_events(cls, base_url: str) -> Listing:
        """Return the listing of all docking events."""
        return cls(base_url, DOCKING_EVENTS, (("mode", "normal"),), DOCKING_EVENTS.ordering)

    @property
    def full(self) -> Listing:
        """The listing of all records, in the ordering that is safe to page by."""
        return replace(self, ordering=self.endpoint.ordering, limit=None)

    @property
    def is_single(self) -> bool:
        """Whether one request is enough."""
        return self.limit is not None and self.limit <= PAGE_SIZE

    @property
    def is_pageable(self) -> bool:
        """Whether its pages can be requested one by one."""
        return self.ordering == self.endpoint.ordering

    @property
    def sizes(self) -> tuple[int, ...]:
        """Records on a page: the usual size, then the smaller ones for a slow server."""
        first = min(self.limit or PAGE_SIZE, PAGE_SIZE)
        smaller = (PAGE_SIZE // 2, PAGE_SIZE // 4) if self.is_pageable else ()
        return (first, *(size for size in smaller if size < first))

    def wanted(self, count: int) -> int:
        """Return how many of `count` records are needed."""
        return min(count, self.limit or count)

    @property
    def url(self) -> str:
        """The address without a page."""
        filters = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in self.parameters
        }
        parameters = {"format": "json"} | filters | {"ordering": self.ordering}
        return f"{self.base_url}{self.endpoint.name}/?{urlencode(parameters)}"

    @property
    def cache_key(self) -> str:
        """What its pages are cached under; there is no blank in it."""
        return self.url if self.limit is None else f"{self.url}&limit={self.limit}"

    def page_url(self, block: Block) -> str:
        """Return the address of a page."""
        if not self.endpoint.by_key:
            return f"{self.url}&limit={block.limit}&offset={block.offset}"
        key = {} if block.after is None else {f"{self.ordering}__gte": block.after}
        return f"{self.url}&{urlencode({'limit': block.limit} | key)}"
