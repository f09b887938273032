"""Validation of records field by field: malformed values are reported, a changed API is refused.

Pages that decode strictly need no validation to become tables. If one does not, all are read here,
and a malformed value becomes null.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.pages import MISSING, Records, from_json, json_text
from spacecraft_analysis.frames.schema import (
    CRAFT,
    INTEGER,
    KINDS,
    NUMBER,
    VERSION,
    Column,
    Fields,
    RecordKind,
    Table,
    fields_of,
)
from spacecraft_analysis.frames.tables import IGNORED, SPACECRAFT, TABLES
from spacecraft_analysis.frames.times import READERS

NOT_DECLARED = "not as declared"
RESPELLED = "number in another spelling"
UNREADABLE = "unreadable value"
MISSING_IN_ALL = "field missing in all records"
UNKNOWN = "unknown field"

# LL2 is taken to have changed a field that is malformed in this many records, and right in none.
_CHANGED_RECORDS = 3
# A message names at most this many further paths.
_NAMED_PATHS = 4
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_DECIMALS = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


class Notice(NamedTuple):
    """What is unexpected at one place of the records, and what became of it."""

    rule: str
    table: str | None
    """Of the column; None for an unknown field."""
    record_id: int | None
    flight_id: int | None
    """The id of the flight that it is in, where it is in one."""
    path: str
    """Of the field or object; empty for a record that is not an object."""
    column: str
    """The column made of the field, or the path of an object or an unknown field."""
    value: str | None
    """What was received; None where the field is missing, or unknown."""
    explanation: str


class Validation:
    """Where records of one kind differ from what their tables declare."""

    def __init__(self, records: Records, kind: RecordKind) -> None:
        self._records = records
        self.kind = kind
        self._tables = [table for table in TABLES if table.record_kind is kind]
        self.malformed: list[Notice] = []
        """What is not as declared in any of the records, if they were repaired."""
        self.presence: dict[str, bool] = {}
        """By the path of each optional field read so far, whether any record has it."""
        # The paths at which a value is as declared, or null, in any record.
        self._right: set[str] = set()
        # For each path what is wrong there, by the record that it is in.
        self._wrong: defaultdict[str, dict[str, str]] = defaultdict(dict)
        # Of the value that is looked at: its record in words, and the ids around it.
        self._place = ""
        self._ids: tuple[int | None, int | None] = (None, None)

    @cached_property
    def _table_names(self) -> dict[Column, str]:
        """The name of the table that has a column."""
        return {column: table.name for table in reversed(self._tables) for column in table.own}

    @cached_property
    def _row_paths(self) -> dict[str, str]:
        """By path, the table of which a malformed value at that path drops the whole row."""
        return {
            path: table.name if table.root else "every table"
            for table in reversed(self._tables)
            for path in (table.root, table.path(table.columns[0]))
        }

    @property
    def missing(self) -> list[str]:
        """The paths of the optional fields, of those read so far, that all records lack."""
        return [path for path, is_there in self.presence.items() if not is_there]

    def repaired(self) -> Records:
        """Return the records with the declared fields alone, malformed ones null.

        A record without a whole number as id is null too.
        """
        is_normal = self.kind is CRAFT and not self._records.are_detailed
        fields = fields_of(SPACECRAFT) if is_normal else fields_of(*self._tables)
        repaired = []
        for number, record in enumerate(self._records.each(), 1):
            self._place, self._ids = f"record {number}", (_id_of(record), None)
            declared = self._object(record, fields)
            repaired.append(declared if declared and declared["id"] is not None else None)
        return Records((json_text(repaired).encode(),), len(repaired))

    def notices(self) -> list[Notice]:
        """Return what is malformed, unreadable, unknown or, in all of the records, missing."""
        times: defaultdict[pl.DataType, list[tuple[Any, ...]]] = defaultdict(list)
        unknown: dict[str, int | None] = {}
        known: dict[str, set[str]] = {}

        def look(value: dict[str, Any], fields: Fields, ids: tuple[int | None, ...]) -> None:
            names = known.get(fields.path, fields.names)
            if not names.issuperset(value):
                unknown.update((f"{fields.prefix}{key}", ids[0]) for key in value.keys() - names)
                known[fields.path] = names | value.keys()
            for key, dtype in fields.times:
                if isinstance(text := value.get(key), str) and text:
                    times[dtype].append((text, fields, key, ids))
            for key, child in fields.objects.items():
                if isinstance(inner := value.get(key), dict):
                    look(inner, child, ids)
            for key, child in fields.lists.items():
                inner, are_rows = value.get(key), child.path in self._row_paths
                for item in inner if isinstance(inner, list) else ():
                    if isinstance(item, dict):
                        look(item, child, (ids[0], _id_of(item)) if are_rows else ids)

        fields = fields_of(*self._tables)
        # One at a time: that many objects at once would take as long again to manage.
        for record in map(from_json, self._records.texts):
            if isinstance(record, dict):
                look(record, fields, (_id_of(record), None))
        found = [*self.malformed]
        for dtype, texts in times.items():
            read = READERS[type(dtype)]([text for text, *_ in texts])
            for text, fields, key, ids in (texts[nth] for nth in read.is_null().arg_true()):
                path, column = f"{fields.prefix}{key}", fields.leaves[key]
                words = f"{path} is {text!r}, which is not {KINDS[dtype]}; it is set to null"
                where = (self._table_names[column], ids[0], ids[1], path, column.name, text)
                found.append(Notice(UNREADABLE, *where, words))
        words = "LL2 sends a field that no column is made of; a newer version may know it"
        for path, record_id in unknown.items():
            parents = {path[: dot.start()] for dot in re.finditer(r"\.|$", path)}
            if parents.isdisjoint(IGNORED[self.kind]):
                found.append(Notice(UNKNOWN, None, record_id, None, path, path, None, words))
        columns = {table.path(own): own.name for table in self._tables for own in table.own}
        for path in self.missing:
            words = f"{path} is missing in all records; its columns are null"
            where = ("flights", None, None, path, columns.get(path, path), None)
            found.append(Notice(MISSING_IN_ALL, *where, words))
        return found

    def refuse_changed(self, table: Table) -> None:
        """Raise SchemaError if a field that the table reads is not as declared in any record.

        That is one malformed in three records or more, and right in none.
        """
        paths = ("", *fields_of(table).paths())
        wrong = {path: self._wrong[path] for path in paths if path not in self._right}
        changed = {path: cases for path, cases in wrong.items() if len(cases) >= _CHANGED_RECORDS}
        if changed:
            path, *others = changed
            example = next(iter(changed[path].values()))
            named = ", ".join(others[:_NAMED_PATHS]) + (", …" if len(others) > _NAMED_PATHS else "")
            raise SchemaError(
                f"LL2's format has changed: {example}, and the same in all "
                f"{len(changed[path])} records. "
                + (f"Also affected: {named}. " if others else "")
                + f"The tables are of LL2 {VERSION}; a newer version of this package may read it. "
                f"The records as received are in {self.kind.snapshot_attribute}"
            )

    def _object(self, value: Any, fields: Fields) -> dict[str, Any] | None:
        """Return an object's declared fields, malformed ones null; None if it is not an object."""
        if not isinstance(value, dict):
            self._notice(fields.path, next(fields.columns()), "an object", value)
            return None
        self._right.add(fields.path)
        declared: dict[str, Any] = {}
        for key, column in fields.leaves.items():
            if key in value or not column.optional:
                declared[key] = self._leaf(value.get(key, MISSING), column, fields.prefix + key)
        for children, read in ((fields.objects, self._object), (fields.lists, self._list)):
            for key, child in children.items():
                inner = value.get(key, MISSING)
                if inner is None:
                    self._right.add(fields.prefix + key)
                if inner is None and child.nullable:
                    declared[key] = None
                elif inner is not MISSING or not child.optional:
                    declared[key] = read(inner, child)
        return declared

    def _list(self, value: Any, items: Fields) -> list[dict[str, Any] | None] | None:
        path = items.path.removesuffix("[]")
        if not isinstance(value, list):
            self._notice(path, next(items.columns()), "a list", value)
            return None if value is MISSING else []
        self._right.add(path)
        around, declared = self._ids, []
        for item in value:
            if items.path in self._row_paths:
                self._ids = (around[0], _id_of(item))
            declared.append(self._object(item, items))
        self._ids = around
        return declared

    def _leaf(self, value: Any, column: Column, path: str) -> Any:
        if value is None:
            self._right.add(path)
            if column.nullable:
                return None
        if column.lenient:
            named = value.get("name") if isinstance(value, dict) else value
            value = str(named) if isinstance(named, str | int | float) else value
        if _is_of(column.value_type, value):
            self._right.add(path)
            return value
        read = _respelled(column.value_type, value)
        self._notice(path, column, KINDS[column.value_type], value, column.name, read)
        return read

    def _notice(
        self, path: str, column: Column, expected: str, value: Any, name: str = "", read: Any = None
    ) -> None:
        """Report a value that is not as declared, and what becomes of it."""
        where, sent = path or self._place, None
        words = f"{where} is missing, expected {expected}"
        if value is not MISSING:
            text = json_text(value)
            sent = f"{text[:60]}…" if len(text) > 60 else text
            words = f"{where} should be {expected}, received {sent}"
        if read is None:
            self._wrong[path].setdefault(self._place, words)
            table = self._row_paths.get(path)
            outcome = f"left out of {table}" if table else "set to null"
        else:
            self._right.add(path)
            outcome = f"read as {read}"
        words += f"; it is {outcome}"
        rule = NOT_DECLARED if read is None else RESPELLED
        origin = (self._table_names[column], *self._ids, path)
        self.malformed.append(Notice(rule, *origin, name or path, sent, words))


def _id_of(row: Any) -> int | None:
    """Return the id of an object, if it has one as declared."""
    row_id = row.get("id") if isinstance(row, dict) else None
    return row_id if _is_of(INTEGER, row_id) else None


def _is_of(dtype: pl.DataType, value: Any) -> bool:
    """Return whether a value has the JSON kind of a column's values."""
    if isinstance(dtype, pl.Int64):
        return type(value) is int and -(2**63) <= value < 2**63
    if isinstance(dtype, pl.Float64):
        return type(value) in (int, float)
    return isinstance(value, bool if isinstance(dtype, pl.Boolean) else str)


def _respelled(dtype: pl.DataType, value: Any) -> int | float | None:
    """Return the number that another JSON kind spells (3.0, "3"); None if it does not."""
    if dtype == INTEGER:
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
            return int(value)
        return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else None
    if dtype == NUMBER and isinstance(value, str) and _DECIMALS.fullmatch(value):
        return float(value)
    return None
