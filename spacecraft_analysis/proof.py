"""Whether a whole page is as declared, proven in C.

Polars' reader fills a missing field with null, makes text of a number and says nothing. So before
it reads a page, msgspec goes through the same bytes by the same declaration: each declared field
there, each of its JSON kind.

Importing msgspec takes as long as reading the sample, so this module is imported where a page is
read.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import msgspec
import polars as pl

from spacecraft_analysis.declaration import (
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

# What Polars holds in an Int64, and what its reader takes for a Float64.
_KINDS: dict[pl.DataType, Any] = {
    INTEGER: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    NUMBER: Annotated[float, msgspec.Meta(gt=-(2.0**63), lt=2.0**63)],
    FLAG: bool,
} | dict.fromkeys((TEXT, DURATION, INSTANT, DAY), str)


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


def is_proven(table: Table, page: bytes) -> bool:
    """Whether all records of a page have the table's fields, each of its declared JSON kind.

    False also for what only a look at each record can settle, such as a lenient field that is no
    text.
    """
    try:
        _decoded(_decoder(_page_of(table)), page)
    except ValueError:
        return False
    return True


def _decoded(decoder: msgspec.json.Decoder[Any], page: bytes) -> Any:
    try:
        return decoder.decode(page)
    except msgspec.MsgspecError as error:
        # Its errors are a `ValueError` in some of its versions only.
        raise ValueError(str(error)) from error


@cache
def _decoder(page: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(page)


@cache
def _page_of(table: Table) -> type:
    record = _object_of(fields_of(table))
    return msgspec.defstruct("Page", [("results", list[record])], gc=False)  # type: ignore[valid-type]


def _object_of(fields: Fields) -> type:
    """The class of an object with these fields, all of them required."""
    kinds: list[tuple[str, Any]] = [
        (name, _or_null(_KINDS[column.value_type], column.nullable))
        for name, column in fields.leaves.items()
    ]
    for name, child in fields.objects.items():
        kinds.append((name, _or_null(_object_of(child), child.may_be_null)))
    for name, child in fields.lists.items():
        items: Any = list[_object_of(child)]  # type: ignore[misc]
        kinds.append((name, _or_null(items, child.may_be_null)))
    return msgspec.defstruct("Object", kinds, gc=False)


def _or_null(kind: Any, nullable: bool) -> Any:
    return kind | None if nullable else kind
