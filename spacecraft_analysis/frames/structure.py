"""What a record must look like, told exactly: which one fails, where, and what it holds instead.

Pages are proven to be right in one go by `proof`. Only those that are not, and records that are
checked, are walked here one by one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.declaration import (
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
from spacecraft_analysis.frames.durations import parse_duration
from spacecraft_analysis.frames.instants import parse_instant
from spacecraft_analysis.frames.records import Record


def conforming(table: Table, page: bytes) -> bytes:
    """The page with the table's fields alone, lenient ones as text; for a page not proven.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind; the message names the
            spacecraft and the path.
    """
    walk = _Walk()
    fields = fields_of(table)
    return json.dumps(
        {"results": [walk.record(record, fields) for record in json.loads(page)["results"]]}
    ).encode()


@dataclass(frozen=True)
class Unreadable:
    """A value of the right JSON kind that its column's type can't hold, so it is null."""

    spacecraft_id: int
    flight_id: int | None
    column: Column
    value: str


@dataclass
class Noticed:
    """What is odd in records that all the same can be read."""

    unreadable: list[Unreadable] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """For each path that no declaration knows, the id of the first spacecraft that has it."""


def notice(tables: Iterable[Table], records: Iterable[Record], known: frozenset[str]) -> Noticed:
    """Values that became null, and fields that no table reads, `known` ones aside.

    Raises:
        SchemaError: As `conforming`.
    """
    walk = _Walk(known)
    fields = fields_of(*tables)
    for record in records:
        walk.record(record, fields)
    return walk.noticed


class _Walk:
    """One pass over records that keeps of each the declared fields, and what it noticed."""

    def __init__(self, known: frozenset[str] | None = None) -> None:
        self.noticed = Noticed()
        self._known = known
        self._spacecraft_id = 0
        self._flight_id: int | None = None

    def record(self, record: Any, fields: Fields) -> Record:
        spacecraft_id = record.get("id") if isinstance(record, dict) else None
        if spacecraft_id is None or not _is_integer(spacecraft_id):
            raise SchemaError(
                f"a record has no whole number as id, LL2 sent {_shortened(record)}; look at it "
                "in .records"
            )
        self._spacecraft_id = spacecraft_id
        return self._object(record, fields, "")

    def _object(self, value: Any, fields: Fields, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(path, "an object", value)
        at = f"{path}." if path else ""
        self._look_for_unknown(value, fields, at)
        kept: dict[str, Any] = {}
        for key, column in fields.leaves.items():
            kept[key] = self._leaf(self._field(value, key, at), column, f"{at}{key}")
        for key, child in fields.objects.items():
            inner = self._field(value, key, at)
            is_null = inner is None and child.may_be_null
            kept[key] = None if is_null else self._object(inner, child, f"{at}{key}")
        for key, child in fields.lists.items():
            kept[key] = self._list(self._field(value, key, at), child, f"{at}{key}[]")
        return kept

    def _list(self, value: Any, fields: Fields, path: str) -> list[dict[str, Any]] | None:
        if value is None and fields.may_be_null:
            return None
        if not isinstance(value, list):
            raise self._wrong(path, "a list", value)
        kept = []
        for item in value:
            if path == "flights[]":
                self._flight_id = item.get("id") if isinstance(item, dict) else None
            kept.append(self._object(item, fields, path))
        self._flight_id = None
        return kept

    def _look_for_unknown(self, value: dict[str, Any], fields: Fields, at: str) -> None:
        if self._known is None:
            return
        for key in value.keys() - fields.names:
            # Half a character in a key fits no text of ours.
            path = f"{at}{key}".encode(errors="backslashreplace").decode()
            if key != "response_mode" and path not in self._known:
                self.noticed.unknown.setdefault(path, self._spacecraft_id)

    def _field(self, value: dict[str, Any], key: str, at: str) -> Any:
        if key not in value:
            raise SchemaError(
                f"spacecraft {self._spacecraft_id}: {at}{key} is missing; LL2 has changed or the "
                "record was cut, so no table is made. Look at the record in .records"
            )
        return value[key]

    def _leaf(self, value: Any, column: Column, path: str) -> Any:
        if value is None and column.nullable:
            return None
        if column.lenient:
            if isinstance(value, dict):
                value = value.get("name")
            value = str(value) if isinstance(value, str | int | float) else None
            if value is None:
                return None
        kind = _KINDS[column.value_type]
        if value is None or not kind.accepts(value):
            raise self._wrong(path, "a value" if value is None else kind.name, value)
        if kind.parse and value and not _is_readable(kind.parse, value):
            self.noticed.unreadable.append(
                Unreadable(self._spacecraft_id, self._flight_id, column, value)
            )
        return float(value) if column.value_type == NUMBER else value

    def _wrong(self, path: str, expected: str, value: Any) -> SchemaError:
        return SchemaError(
            f"spacecraft {self._spacecraft_id}: {path or 'the record'} should be {expected}, LL2 "
            f"sent {_shortened(value)}; no table is made of it. Look at the record in .records"
        )


def _shortened(value: Any) -> str:
    shown = repr(value)
    return f"{shown[:60]}…" if len(shown) > 60 else shown


def _is_integer(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and -(2**63) <= value < 2**63


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**1023


def _is_text(value: Any) -> bool:
    try:
        # Half a character can be written as an escape; it fits no text of ours.
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_readable(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


class _Kind(NamedTuple):
    """The JSON kind of a column's values: its name, what is one, and how such a text is read."""

    name: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], Any] | None = None


_KINDS: dict[pl.DataType, _Kind] = {
    INTEGER: _Kind("a whole number", _is_integer),
    NUMBER: _Kind("a number", _is_number),
    FLAG: _Kind("true or false", lambda value: isinstance(value, bool)),
    TEXT: _Kind("text", _is_text),
    DURATION: _Kind("an ISO 8601 duration as text", _is_text, parse_duration),
    INSTANT: _Kind("an ISO 8601 instant as text", _is_text, parse_instant),
    DAY: _Kind("an ISO 8601 date as text", _is_text, date.fromisoformat),
}
