"""Pages proven to be as declared and decoded, in C, to what a table reads of them.

Whatever reads JSON by a schema fills a missing field with null, makes text of a number and says
nothing. msgspec goes by the same declaration as the table, and stops at a field that is missing or
of another JSON kind; what no column is made of it passes over.

Importing msgspec takes as long as reading the sample, so this module is imported where a page is
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock
from typing import Annotated, Any

import msgspec
import polars as pl

from spacecraft_analysis.frames.schema import (
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
    plain_text,
)


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
# Bytes of a configuration, its id among them.
_START = 64


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


class Proof:
    """The records of pages with a table's fields alone, each of its declared JSON kind.

    LL2 repeats a configuration in each of its spacecraft: each is read once, and has a number.

    Args:
        table: The declaration.
        mended: The page of a number for one that is not proven: what is not as declared is null.
    """

    def __init__(self, table: Table, mended: Callable[[int], bytes]) -> None:
        self.configurations: list[Any] = []
        self._table = table
        self._mended = mended
        self._numbers: dict[bytes, int] = {}
        # The last text of those that begin alike.
        self._last: dict[bytes, bytes] = {}

    def records(self, number: int, page: bytes) -> list[Any]:
        """The records of a page, each an object with the fields as attributes, or null."""
        try:
            return self.proven(page)
        except ValueError:
            return self.proven(self._mended(number), strict=False)

    def proven(self, page: bytes, *, strict: bool = True) -> list[Any]:
        """The same; unless strict, null may stand for anything.

        Raises:
            ValueError: A record is not as declared.
        """
        records: list[Any] = _decoded(_decoder(_page_of(self._table, strict)), page).results
        if CONFIGURATION in fields_of(self._table).objects:
            known = [record for record in records if record is not None]
            texts = [self._same(bytes(record.spacecraft_config)) for record in known]
            self.add(texts, strict=strict)
            for record, text in zip(known, texts, strict=True):
                record.spacecraft_config = self._numbers.get(text)
        return records

    def _same(self, text: bytes) -> bytes:
        """The text as the object that it was before, whose hash is known: hashing takes longer."""
        start = text[:_START]
        before = self._last.get(start)
        if before == text:
            return before
        self._last[start] = text
        return text

    @property
    def texts(self) -> list[bytes]:
        """The text of each configuration, by its number."""
        return [*self._numbers]

    def add(self, texts: Iterable[bytes], *, strict: bool = True) -> None:
        """Reads those of some configurations that were not read before.

        Raises:
            ValueError: One is not as declared.
        """
        decoder = _decoder(_configuration_of(self._table, strict))
        for text in dict.fromkeys(texts):
            if text not in self._numbers and (strict or text != b"null"):
                self.configurations.append(_decoded(decoder, text))
                self._numbers[text] = len(self._numbers)


def is_proven(table: Table, page: bytes) -> bool:
    """Whether every record of the page is as declared."""
    try:
        Proof(table, lambda number: b"").proven(page)
    except ValueError:
        return False
    return True


def matches(kind: type, page: bytes) -> bool:
    """Whether a page is of this kind."""
    try:
        _decoded(_decoder(kind), page)
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
    # msgspec lets a second thread use what the first has built in part, and the process crashes.
    with _BUILDING:
        return msgspec.json.Decoder(page, dec_hook=_plain)


def _plain(_: type, value: Any) -> _Plain:
    text = plain_text(value)
    if not isinstance(text, str):
        raise ValueError(f"{value!r} is no plain value")
    return _Plain(text)


@cache
def _page_of(table: Table, strict: bool) -> type:
    record = _object_of(fields_of(table), strict, **{CONFIGURATION: msgspec.Raw})
    records: Any = list[or_null(record, not strict)]  # type: ignore[misc]
    return msgspec.defstruct("Page", [("results", records)], gc=False)


@cache
def _configuration_of(table: Table, strict: bool) -> type:
    return _object_of(fields_of(table).objects[CONFIGURATION], strict)


def _object_of(fields: Fields, strict: bool, **instead: type) -> type:
    """The class of an object with these fields, all of them required; some as another type.

    Unless strict, null may stand for each of them.
    """
    kinds: list[tuple[str, Any]] = [
        (name, or_null(kind_of(column), column.nullable or not strict))
        for name, column in fields.leaves.items()
    ]
    for name, child in fields.objects.items():
        kind = instead.get(name) or or_null(
            _object_of(child, strict), child.may_be_null or not strict
        )
        kinds.append((name, kind))
    for name, child in fields.lists.items():
        # An empty tuple is no new object, at which Python's collector would look, as a list is.
        item = or_null(_object_of(child, strict), not strict)
        items: Any = tuple[item, ...]  # type: ignore[valid-type]
        kinds.append((name, or_null(items, child.may_be_null or not strict)))
    return msgspec.defstruct("Object", kinds, gc=False)


def kind_of(column: Column) -> Any:
    """The JSON kind of one value of a column."""
    return _Plain if column.lenient else _KINDS[column.value_type]


def or_null(kind: Any, nullable: bool) -> Any:
    """The kind, or null beside it."""
    return kind | None if nullable else kind


def encoded(value: Any) -> bytes:
    """What was decoded here, as JSON."""
    return msgspec.json.encode(value, enc_hook=str)
