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
    Column,
    Fields,
    Table,
    fields_of,
)
from spacecraft_analysis.frames.kinds import plain_text


class _Plain(str):
    """The text of a value whose JSON kind no source settles."""

    __slots__ = ()


_KINDS: dict[pl.DataType, Any] = {
    # What Polars holds in 64 bits.
    INTEGER: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    NUMBER: float,
    FLAG: bool,
} | dict.fromkeys((TEXT, DURATION, INSTANT, DAY), str)


_BUILDING = Lock()


class _Flown(msgspec.Struct):
    flights: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _FlownPage(msgspec.Struct):
    results: list[_Flown]


class _RawPage(msgspec.Struct):
    results: list[msgspec.Raw]


def has_flights(page: bytes) -> bool:
    """Whether a record of the page lists its flights.

    Raises:
        ValueError: It is no page of records.
    """
    records = _decoded(_decoder(_FlownPage), page).results
    return any(record.flights is not msgspec.UNSET for record in records)


def texts_on(page: bytes) -> list[bytes]:
    """The text of each record of a page.

    Raises:
        ValueError: It is no page.
    """
    return [bytes(record) for record in _decoded(_decoder(_RawPage), page).results]


class Proven(NamedTuple):
    """The records of some pages with a table's fields alone, as JSON."""

    pages: list[bytes]
    """Objects with records as `results`; for its configuration a record has a number."""
    configurations: list[bytes]
    """The configuration of each number."""


def proven(
    table: Table, pages: Iterable[tuple[int, bytes]], mended: Callable[[int], bytes]
) -> Proven:
    """The records, each with the table's fields, each of its declared JSON kind.

    Args:
        table: The declaration.
        pages: JSON objects with records as `results`, each with its number.
        mended: The page of a number for one that is not proven: what is not as declared is null.
    """
    told: dict[bytes, _Configuration] = {}
    cut = []
    for number, page in pages:
        try:
            cut.append(_cut(table, page, told))
        except ValueError:
            cut.append(_cut(table, mended(number), told, strict=False))
    return Proven(cut, [configuration.text for configuration in told.values()])


def is_proven(table: Table, page: bytes) -> bool:
    """Whether every record of the page is as declared."""
    try:
        _proof(table, page, {})
    except ValueError:
        return False
    return True


class _Configuration(NamedTuple):
    """A configuration with the table's fields alone, and the number that stands for it."""

    number: int
    text: bytes


def _cut(
    table: Table, page: bytes, told: dict[bytes, _Configuration], *, strict: bool = True
) -> bytes:
    return _encode(_proof(table, page, told, strict=strict))


def _proof(
    table: Table, page: bytes, told: dict[bytes, _Configuration], *, strict: bool = True
) -> Any:
    read = _decoded(_decoder(_page_of(table, strict)), page)
    kind = _configuration_of(table, strict)
    for record in read.results if kind else ():
        text = b"null" if record is None else bytes(record.spacecraft_config)
        if text == b"null" and not strict:
            continue
        if text not in told:
            # Polars must not see what LL2 sent: it reads the first of two equal keys, and
            # fails on a number that is no 64-bit float, though no column is made of it.
            proof = _decoded(_decoder(kind), text)
            told[text] = _Configuration(len(told), _encode(proof))
        record.spacecraft_config = told[text].number
    return read


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
        return msgspec.json.Decoder(page, dec_hook=_plain)


def _plain(_: type, value: Any) -> _Plain:
    text = plain_text(value)
    if not isinstance(text, str):
        raise ValueError(f"{value!r} is no plain value")
    return _Plain(text)


# A subclass of `str` is none for it.
_encode = msgspec.json.Encoder(enc_hook=str).encode


@cache
def _page_of(table: Table, strict: bool) -> type:
    record = _object_of(fields_of(table), strict, **{CONFIGURATION: msgspec.Raw})
    records: Any = list[_or_null(record, not strict)]  # type: ignore[misc]
    return msgspec.defstruct("Page", [("results", records)], gc=False)


@cache
def _configuration_of(table: Table, strict: bool) -> type | None:
    fields = fields_of(table).objects.get(CONFIGURATION)
    return _object_of(fields, strict) if fields else None


def _object_of(fields: Fields, strict: bool, **instead: type) -> type:
    """The class of an object with these fields, all of them required; some as another type.

    Unless strict, null may stand for each of them.
    """
    kinds: list[tuple[str, Any]] = [
        (name, _or_null(_kind_of(column), column.nullable or not strict))
        for name, column in fields.leaves.items()
    ]
    for name, child in fields.objects.items():
        kind = instead.get(name) or _or_null(
            _object_of(child, strict), child.may_be_null or not strict
        )
        kinds.append((name, kind))
    for name, child in fields.lists.items():
        items: Any = list[_or_null(_object_of(child, strict), not strict)]  # type: ignore[misc]
        kinds.append((name, _or_null(items, child.may_be_null or not strict)))
    return msgspec.defstruct("Object", kinds, gc=False)


def _kind_of(column: Column) -> Any:
    return _Plain if column.lenient else _KINDS[column.value_type]


def _or_null(kind: Any, nullable: bool) -> Any:
    return kind | None if nullable else kind
