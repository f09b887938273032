"""Spacecraft records as JSON text, from LL2 or made by hand; decoded where someone asks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

Record = dict[str, Any]


class _Identified(msgspec.Struct):
    id: int


class _IdentifiedPage(msgspec.Struct):
    count: int
    results: list[_Identified]


class _Flown(msgspec.Struct):
    flights: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _FlownPage(msgspec.Struct):
    results: list[_Flown]


_identified = msgspec.json.Decoder(_IdentifiedPage)
_flown = msgspec.json.Decoder(_FlownPage)


def count_and_ids(page: bytes) -> tuple[int, list[int]]:
    """What a page of LL2 counts in all, and the ids of its own records.

    Raises:
        ValueError: It is no page of records with ids.
    """
    try:
        read = _identified.decode(page)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    return read.count, [record.id for record in read.results]


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
        if not self.count:
            return True
        try:
            records = (record for page in self.pages for record in _flown.decode(page).results)
            return any(record.flights is not msgspec.UNSET for record in records)
        except msgspec.MsgspecError:
            # Not all of them are objects: the table that is asked for will say so.
            return any(isinstance(one, dict) and "flights" in one for one in self.decoded)
