"""Pages proven to be as declared, in C, and cut down to what a table reads of them.

Polars' reader fills a missing field with null, makes text of a number and says nothing. So before
it reads a page, msgspec goes through the same bytes by the same declaration: each declared field
there, each of its JSON kind. What it writes again is smaller by all that is not declared, and LL2
repeats a configuration in each of its spacecraft: each is written once.

Importing msgspec takes as long as reading the sample, so this module is imported where a page is
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock
from typing import Annotated, Any, NamedTuple

import msgspec
import polars as pl

from spacecraft_analysis.frames.declaration import (
    CONFIGURATION,
    DAY,
    DURATION,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Fields,
    Table,
    fields_of,
)

_KINDS: dict[pl.DataType, Any] = {
    # What Polars holds in 64 bits.
    INTEGER: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    NUMBER: float,
    FLAG: bool,
} | dict.fromkeys((TEXT, DURATION, INSTANT, DAY), str)


_BUILDING = Lock()


class _Identified(msgspec.Struct):
    id: int


class _IdentifiedPage(msgspec.Struct):
    count: int
    results: list[_Identified]


class _Flown(msgspec.Struct):
    flights: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _FlownPage(msgspec.Struct):
    results: list[_Flown]


def count_and_ids(page: bytes) -> tuple[int, list[int]]:
    """What a page of LL2 counts in all, and the ids of its own records.

    Raises:
        ValueError: It is no page of records with ids.
    """
    read = _decoded(_decoder(_IdentifiedPage), page)
    return read.count, [record.id for record in read.results]


def has_flights(page: bytes) -> bool:
    """Whether a record of the page lists its flights.

    Raises:
        ValueError: It is no page of records.
    """
    records = _decoded(_decoder(_FlownPage), page).results
    return any(record.flights is not msgspec.UNSET for record in records)


class Proven(NamedTuple):
    """The records of some pages with a table's fields alone, as JSON."""

    pages: list[bytes]
    """Objects with records as `results`; for its configuration a record has a number."""
    configurations: list[bytes]
    """The configuration of each number."""


def proven(table: Table, pages: Iterable[bytes], otherwise: Callable[[bytes], bytes]) -> Proven:
    """The records, each with the table's fields, each of its declared JSON kind.

    Args:
        table: The declaration.
        pages: JSON objects with records as `results`.
        otherwise: Makes a page that is not proven into one that is, or raises.
    """
    told: dict[bytes, _Configuration] = {}
    cut = []
    for page in pages:
        try:
            cut.append(_cut(table, page, told))
        except ValueError:
            cut.append(_cut(table, otherwise(page), told))
    return Proven(cut, [configuration.text for configuration in told.values()])


class _Configuration(NamedTuple):
    """A configuration with the table's fields alone, and the number that stands for it."""

    number: int
    text: bytes


def _cut(table: Table, page: bytes, told: dict[bytes, _Configuration]) -> bytes:
    read = _decoded(_decoder(_page_of(table)), page)
    kind = _configuration_of(table)
    if kind:
        for record in read.results:
            text = bytes(record.spacecraft_config)
            if text not in told:
                # Polars must not see what LL2 sent: it reads the first of two equal keys, and
                # fails on a number that is no 64-bit float, though no column is made of it.
                proof = _decoded(_decoder(kind), text)
                told[text] = _Configuration(len(told), msgspec.json.encode(proof))
            record.spacecraft_config = told[text].number
    return msgspec.json.encode(read)


def _decoded(decoder: msgspec.json.Decoder[Any], page: bytes) -> Any:
    try:
        return decoder.decode(page)
    except msgspec.MsgspecError as error:
        # Its errors are a `ValueError` in some of its versions only.
        raise ValueError(str(error)) from error


@cache
def _decoder(page: type) -> msgspec.json.Decoder[Any]:
    # msgspec lets a second thread use what the first has built in part, and the process crashes.
    with _BUILDING:
        return msgspec.json.Decoder(page)


@cache
def _page_of(table: Table) -> type:
    record = _object_of(fields_of(table), **{CONFIGURATION: msgspec.Raw})
    return msgspec.defstruct("Page", [("results", list[record])], gc=False)  # type: ignore[valid-type]


@cache
def _configuration_of(table: Table) -> type | None:
    fields = fields_of(table).objects.get(CONFIGURATION)
    return _object_of(fields) if fields else None


def _object_of(fields: Fields, **instead: type) -> type:
    """The class of an object with these fields, all of them required; some as another type."""
    kinds: list[tuple[str, Any]] = [
        (name, _or_null(_KINDS[column.value_type], column.nullable))
        for name, column in fields.leaves.items()
    ]
    for name, child in fields.objects.items():
        kind = instead.get(name) or _or_null(_object_of(child), child.may_be_null)
        kinds.append((name, kind))
    for name, child in fields.lists.items():
        items: Any = list[_object_of(child)]  # type: ignore[misc]
        kinds.append((name, _or_null(items, child.may_be_null)))
    return msgspec.defstruct("Object", kinds, gc=False)


def _or_null(kind: Any, nullable: bool) -> Any:
    return kind | None if nullable else kind
