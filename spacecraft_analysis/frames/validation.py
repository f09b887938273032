"""Validation of records field by field: malformed values are reported, a changed API is refused.

Pages that decode strictly need no validation to become tables. Others are repaired
here: a malformed value becomes null. `check` validates every page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.pages import Records, from_json, json_text
from spacecraft_analysis.frames.schema import (
    CRAFT,
    DAY,
    DURATION,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    VERSION,
    Column,
    Fields,
    RecordKind,
    Table,
    fields_of,
    plain_text,
)
from spacecraft_analysis.frames.tables import IGNORED, SPACECRAFT, TABLES
from spacecraft_analysis.frames.times import PARSERS, or_null

NOT_DECLARED = "not as declared"
RESPELLED = "number in another spelling"
UNREADABLE = "unreadable value"
MISSING_IN_ALL = "field missing in all records"

_MISSING = object()
# LL2 is taken to have changed a field that is malformed in so many records, and right in none.
_MANY = 3
# So many further paths a message names.
_NAMED = 4
_IN_ADDRESS = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_DECIMALS = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")
_KIND_NAMES: dict[pl.DataType, str] = {
    INTEGER: "a whole number",
    NUMBER: "a number",
    FLAG: "true or false",
    TEXT: "text",
    DURATION: "an ISO 8601 duration",
    INSTANT: "an ISO 8601 date and time",
    DAY: "an ISO 8601 date",
}


class Notice(NamedTuple):
    """One malformed value: where it is, what was received, and what became of it."""

    rule: str
    table: str
    record_id: int | None
    row_id: int | None
    """The id of the flight that it is in, where it is in one."""
    path: str
    """Of the field or object; empty for a record that is not an object."""
    column: str
    """The column made of the field, or the path of a malformed object."""
    value: str | None
    """What was received; None where the field is missing."""
    explanation: str


class Notices(NamedTuple):
    """What is unexpected in records of one kind that can be read all the same."""

    of: RecordKind
    notices: list[Notice]
    unknown: dict[str, int | None]
    """For each path that no declaration has, the id of the first record with such a field."""


@dataclass
class _Received:
    """What all objects that should have a field at some path have there."""

    is_declared: bool = False
    """Whether one of them has it as declared, or null, which is of no kind."""
    malformed: set[str] = field(default_factory=set)
    """The records in which it is missing or of another JSON kind."""
    example: str = ""
    """The first such value, as the object of a sentence."""


class Validation:
    """What records of one kind have that their tables' declarations do not say.

    Args:
        records: As received.
        of: What they are records of.
    """

    def __init__(self, records: Records, of: RecordKind) -> None:
        self._records = records
        self._of = of
        of_kind = [table for table in TABLES if table.of is of]
        self._tables = {
            column: table.name for table in reversed(of_kind) for column in table.own
        } | {of.owner: of_kind[0].name}
        # The path of each row's object and of its id, by which a row that is left out is known.
        self._rows = {
            path: table.name if table.root else "every table"
            for table in reversed(of_kind)
            for path in (table.root, table.path(table.columns[0]))
        }
        # Each path that is no field's, and whether the declaration ignores it.
        self._ignored: dict[str, bool] = {}
        self._pages: dict[int, list[dict[str, Any] | None]] = {}
        self._notices: dict[int, list[Notice]] = {}
        self._unknown: dict[int, dict[str, int | None]] = {}
        self._received: defaultdict[str, _Received] = defaultdict(_Received)
        # Of the value that is looked at: its page, its record in words, and the ids around it.
        self._page = 0
        self._at = ""
        self._record_id: int | None = None
        self._row_id: int | None = None

    @cached_property
    def _fields(self) -> Fields:
        """The fields that a record should have."""
        if self._of is CRAFT and not self._records.are_detailed:
            return fields_of(SPACECRAFT)
        return fields_of(*(table for table in TABLES if table.of is self._of))

    @property
    def is_clean(self) -> bool:
        """Whether no page had to be repaired so far."""
        return not self._pages

    def repaired(self, nth: int) -> bytes:
        """Return a page with the declared fields alone, malformed ones null.

        A record without a whole number as id is null too.
        """
        return json_text({"results": self._validated(nth)}).encode()

    def _validated(self, nth: int) -> list[dict[str, Any] | None]:
        if nth not in self._pages:
            self._page = nth
            self._notices[nth], self._unknown[nth] = [], {}
            page = f" of page {nth + 1}" if len(self._records.pages) > 1 else ""
            self._pages[nth] = [
                self._record(record, f"record {at + 1}{page}")
                for at, record in enumerate(from_json(self._records.pages[nth])["results"])
            ]
        return self._pages[nth]

    def notices(self) -> Notices:
        """Return what is unexpected in any of the records, page by page."""
        for nth in range(len(self._records.pages)):
            self._validated(nth)
        notices = [one for _, page in sorted(self._notices.items()) for one in page]
        unknown: dict[str, int | None] = {}
        for _, page in sorted(self._unknown.items()):
            unknown = page | unknown
        return Notices(self._of, notices, unknown)

    def refuse_changed(self, table: Table) -> None:
        """Raise SchemaError if a field that the table reads is not as declared in any record.

        The message names the path, an example, and the API's version.
        """
        if self.is_clean or not self._changed(table):
            return
        # A page that was as declared may have right what is right nowhere else.
        self.notices()
        if changed := self._changed(table):
            path, *others = changed
            received = changed[path]
            named = ", ".join(others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
            raise SchemaError(
                f"LL2's format has changed: {received.example}, and the same in all "
                f"{len(received.malformed)} records. "
                + (f"Also affected: {named}. " if others else "")
                + f"{self._advice()} The records as received are in {self._of.listed}"
            )

    def _changed(self, table: Table) -> dict[str, _Received]:
        """The table's paths at which three records or more are malformed, and none is right."""
        received = {path: self._received[path] for path in ("", *fields_of(table).paths())}
        return {
            path: one
            for path, one in received.items()
            if not one.is_declared and len(one.malformed) >= _MANY
        }

    def _advice(self) -> str:
        """Which API the records are of, by their addresses, and what to do about it."""
        records = [one for page in self._records.pages for one in from_json(page)["results"]]
        versions = {version for record in records if (version := version_of(record))}
        if versions - {VERSION}:
            return (
                f"The records are of LL2 {' and '.join(sorted(versions))}, the tables of "
                f"{VERSION}: set base_url to an address that ends in /{VERSION}/ and fetch again."
            )
        return "A newer version of this package may read it."

    def _record(self, record: Any, at: str) -> dict[str, Any] | None:
        self._at, self._row_id, self._record_id = at, None, _id_of(record)
        declared = self._object(record, self._fields, "")
        return declared if declared and declared["id"] is not None else None

    def _object(self, value: Any, fields: Fields, path: str) -> dict[str, Any] | None:
        """The object's declared fields, malformed ones null; None if it is not an object."""
        if not isinstance(value, dict):
            self._malformed(path, next(fields.columns()), "an object", value, name=path)
            return None
        self._received[path].is_declared = True
        at = f"{path}." if path else ""
        self._look_for_unknown(value, fields, at)
        declared: dict[str, Any] = {}
        for key, column in fields.leaves.items():
            if key in value or not column.optional:
                declared[key] = self._leaf(value.get(key, _MISSING), column, at + key)
        for children, read in ((fields.objects, self._object), (fields.lists, self._list)):
            for key, child in children.items():
                inner = value.get(key, _MISSING)
                if inner is None:
                    self._received[at + key].is_declared = True
                if inner is None and child.nullable:
                    declared[key] = None
                elif inner is not _MISSING or not child.optional:
                    declared[key] = read(inner, child, at + key)
        return declared

    def _list(self, value: Any, fields: Fields, path: str) -> list[dict[str, Any] | None] | None:
        if not isinstance(value, list):
            self._malformed(path, next(fields.columns()), "a list", value, name=path)
            return None if value is _MISSING else []
        self._received[path].is_declared = True
        are_rows, items = f"{path}[]" in self._rows, []
        for item in value:
            self._row_id = _id_of(item) if are_rows else self._row_id
            items.append(self._object(item, fields, f"{path}[]"))
        self._row_id = None if are_rows else self._row_id
        return items

    def _leaf(self, value: Any, column: Column, path: str) -> Any:
        received = self._received[path]
        if value is None:
            received.is_declared = True
            if column.nullable:
                return None
        if column.lenient:
            value = plain_text(value)
        if not _is_of(column.value_type, value):
            read = _respelled(column.value_type, value)
            kind = _KIND_NAMES[column.value_type]
            self._malformed(path, column, kind, value, name=column.name, read=read)
            return read
        received.is_declared = True
        parse = PARSERS.get(column.value_type) if isinstance(value, str) else None
        if parse and value and or_null(parse, value) is None:
            kind = _KIND_NAMES[column.value_type]
            words = f"{path} is {value!r}, which is not {kind}; it is set to null"
            self._notice(UNREADABLE, column, path, column.name, value, words)
        return value

    def _malformed(
        self, path: str, column: Column, expected: str, value: Any, *, name: str, read: Any = None
    ) -> None:
        """Report a value that is not as declared, and what becomes of it."""
        received = self._received[path]
        where, sent = path or self._at, None
        words = f"{where} is missing, expected {expected}"
        if value is not _MISSING:
            text = json_text(value)
            sent = f"{text[:60]}…" if len(text) > 60 else text
            words = f"{where} should be {expected}, received {sent}"
        if read is not None:
            received.is_declared = True
            self._notice(RESPELLED, column, path, name, sent, f"{words}; it is read as {read}")
            return
        received.malformed.add(self._at)
        received.example = received.example or words
        table = self._rows.get(path)
        outcome = f"it is left out of {table}" if table else "it is set to null"
        self._notice(NOT_DECLARED, column, path, name, sent, f"{words}; {outcome}")

    def _notice(
        self, rule: str, column: Column, path: str, name: str, value: str | None, words: str
    ) -> None:
        where = (self._tables[column], self._record_id, self._row_id)
        self._notices[self._page].append(Notice(rule, *where, path, name, value, words))

    def _look_for_unknown(self, value: dict[str, Any], fields: Fields, at: str) -> None:
        for key in value.keys() - fields.names - {"response_mode"}:
            path = f"{at}{key}"
            if path not in self._ignored:
                parents = (path[: dot.start()] for dot in re.finditer(r"\.|$", path))
                self._ignored[path] = not IGNORED[self._of].isdisjoint(parents)
            if not self._ignored[path]:
                self._unknown[self._page].setdefault(path, self._record_id)


def version_of(record: Any) -> str | None:
    """Return the version of LL2 that the address of a record names, None without one."""
    address = record.get("url") if isinstance(record, dict) else None
    found = _IN_ADDRESS.search(address) if isinstance(address, str) else None
    return found[1] if found else None


def missing_in_all(paths: Iterable[str]) -> list[Notice]:
    """Return a notice for each optional field of a flight that no record has."""
    columns = {table.path(column): column.name for table in TABLES for column in table.own}
    return [
        Notice(
            *(MISSING_IN_ALL, "flights", None, None, path, columns.get(path, path), None),
            f"{path} is missing in all records; its columns are null",
        )
        for path in paths
    ]


def _id_of(row: Any) -> int | None:
    """The id of an object, if it has one as declared."""
    row_id = row.get("id") if isinstance(row, dict) else None
    return row_id if _is_of(INTEGER, row_id) else None


def _is_of(dtype: pl.DataType, value: Any) -> bool:
    """Whether a value has the JSON kind of a column's values."""
    if isinstance(value, str):
        return not isinstance(dtype, pl.Boolean | pl.Int64 | pl.Float64)
    if isinstance(dtype, pl.Int64):
        return type(value) is int and -(2**63) <= value < 2**63
    if isinstance(dtype, pl.Float64):
        return type(value) in (int, float)
    return isinstance(dtype, pl.Boolean) and isinstance(value, bool)


def _respelled(dtype: pl.DataType, value: Any) -> int | float | None:
    """The number that another JSON kind spells (3.0, "3"); None if it does not."""
    if dtype == INTEGER:
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
            return int(value)
        return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else None
    if dtype == NUMBER and isinstance(value, str) and _DECIMALS.fullmatch(value):
        return float(value)
    return None
