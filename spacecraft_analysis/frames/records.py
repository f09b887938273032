"""Spacecraft records as JSON text, from LL2 or made by hand; decoded where someone asks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """The records of a snapshot, as pages: JSON objects that list them under `results`.

    Frames are made straight of the text. A Python object for each record is made at the first
    look at `decoded`.
    """

    pages: tuple[bytes, ...]
    count: int

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Records that are there as Python objects; their text is made of them.

        Raises:
            TypeError: They hold something that JSON has not.
        """
        decoded = list(records)
        made = cls((json.dumps({"results": decoded}).encode(),), len(decoded))
        made.__dict__["decoded"] = decoded
        return made

    @cached_property
    def decoded(self) -> list[Record]:
        """The records as Python objects, as LL2 sent them."""
        return [record for page in self.pages for record in json.loads(page)["results"]]

    @cached_property
    def are_detailed(self) -> bool:
        """Whether the records carry flights; `response_mode` is no guide, it can lie."""
        from spacecraft_analysis.frames.proof import has_flights

        try:
            return not self.count or any(has_flights(page) for page in self.pages)
        except ValueError:
            # Not all of them are objects: the table that is asked for will say so.
            return any(isinstance(one, dict) and "flights" in one for one in self.decoded)
