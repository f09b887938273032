"""A query, put to one server page by page."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from urllib.parse import urlencode

from spacecraft_analysis.query import Query

PAGE = 100


@dataclass(frozen=True)
class Question:
    """A query, put to one server page by page."""

    base_url: str
    query: Query

    @property
    def single(self) -> bool:
        """Whether one request answers it, in LL2's own ordering."""
        return self.query.limit is not None and self.query.limit <= PAGE

    @property
    def size(self) -> int:
        """Records on a page."""
        return self.query.limit if self.single and self.query.limit else PAGE

    def wanted(self, count: int) -> int:
        """Records to read of a catalogue of so many: whole pages, up to the limit."""
        limit = self.query.limit
        if limit is None or not (self.single or self.query.ordering == "id"):
            return count
        return min(count, ceil(limit / self.size) * self.size)

    def offsets(self, count: int) -> list[int]:
        """Where the pages of so many records begin; the first is always asked."""
        return list(range(0, max(1, self.wanted(count)), self.size))

    def url(self, offset: int | None = None) -> str:
        """The address of a page, or without an offset of the whole question."""
        query = self.query
        filters = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in query.filters.items()
        }
        ordering = query.ordering if self.single else "id"
        page = {} if offset is None else {"limit": self.size, "offset": offset}
        asked = {"format": "json", "mode": query.mode} | filters | {"ordering": ordering} | page
        return f"{self.base_url}spacecraft/?{urlencode(asked)}"
