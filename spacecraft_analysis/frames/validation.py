"""Records that are not as declared: mended and told; an API that has changed: refused.

Pages are proven to be as declared in one go by `proof`. Only those that are not, and records that
are checked, are walked field by field.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.pages import Record, Records, json_text
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
from spacecraft_analysis.frames.tables import KNOWN, SPACECRAFT, TABLES
from spacecraft_analysis.frames.times import PARSERS

_DIGITS = re.compile(r"-?[0-9]{1,19}")
_DECIMALS = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


class Kind(NamedTuple):
    """The JSON kind of a column's values: its name, and how a value of it is told and read."""

    name: str
    accepts: Callable[[Any], bool]
    respelled: Callable[[Any], Any] = lambda value: None
    """The value that another kind spells without doubt (3.0, "3"); null if it does not."""
    parse: Callable[[str], Any] | None = None
    """What the column holds of the text; a `ValueError` where it is unreadable."""

    def can_read(self, value: Any) -> bool:
        """Whether a value of this kind is one of the column too; an empty text is null there."""
        if self.parse is None or not value:
            return True
        try:
            self.parse(value)
        except ValueError:
            return False
        return True


def is_integer(value: Any) -> bool:
    """Whether it is a whole number that 64 bits hold."""
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


def _whole(value: Any) -> int | None:
    fits = value.is_integer() if isinstance(value, float) else _is_text_of(_DIGITS, value)
    whole = int(value) if fits else None
    return whole if is_integer(whole) else None


def _number(value: Any) -> float | None:
    return float(value) if _is_text_of(_DECIMALS, value) else None


def _is_text_of(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


_TEXTS = {
    TEXT: Kind("text", _is_text),
    DURATION: Kind("an ISO 8601 duration as text", _is_text, parse=PARSERS[DURATION]),
    INSTANT: Kind("an ISO 8601 instant as text", _is_text, parse=PARSERS[INSTANT]),
    DAY: Kind("an ISO 8601 date as text", _is_text, parse=PARSERS[DAY]),
}
KINDS: dict[pl.DataType, Kind] = {
    INTEGER: Kind("a whole number", is_integer, _whole),
    NUMBER: Kind("a number", _is_number, _number),
    FLAG: Kind("true or false", lambda value: isinstance(value, bool)),
    **_TEXTS,
}


NOT_DECLARED = "not as declared"
RESPELLED = "number in another spelling"
UNREADABLE = "unreadable value"

_MISSING = object()
# In so many records a field has to be odd before the API is taken to have changed.
_MANY = 3


@dataclass(frozen=True)
class Notice:
    """One field of one record that is odd: where, what LL2 sent, and what became of it."""

    rule: str
    table: str
    record_id: int | None
    row_id: int | None
    """Of the row inside the record that is odd: a flight's, where it is in one."""
    path: str
    """Of the field or object; empty for a record that is none."""
    column: str
    """The column made of the field, or the path of an object that is odd."""
    value: str | None
    """What LL2 sent; null where the field is missing."""
    words: str


@dataclass
class Came:
    """What came at one path, in all objects that should have a field there."""

    there: bool = False
    """Whether one of them has it as declared, or null, which is of no kind."""
    odd: set[str] = field(default_factory=set)
    """The records in which it is missing or of another JSON kind."""
    example: str = ""
    """What was odd first."""

    @classmethod
    def together(cls, parts: Iterable[Came]) -> Came:
        """What came in all of the parts."""
        whole = cls()
        for part in parts:
            whole.there |= part.there
            whole.odd |= part.odd
            whole.example = whole.example or part.example
        return whole

    @property
    def is_changed(self) -> bool:
        """Whether it is so in every one of three or more objects from as many records."""
        return not self.there and len(self.odd) >= _MANY


class Walk:
    """A pass over records that keeps of each the declared fields, and what was noticed."""

    def __init__(self, tables: Sequence[Table], known: frozenset[str]) -> None:
        self.notices: list[Notice] = []
        self.unknown: dict[str, int | None] = {}
        """For each path that no declaration knows, the id of the first record that has it."""
        self.came: defaultdict[str, Came] = defaultdict(Came)
        self._fields = fields_of(*tables)
        self._known = known
        self._rows = {
            path: table.name if table.root else "every table"
            for table in reversed(tables)
            for path in (table.root, table.path(table.columns[0]))
        }
        self._table_of = {
            column: table.name for table in reversed(tables) for column in table.own
        } | {tables[0].of.owner: tables[0].name}
        self._at = ""
        self._record_id: int | None = None
        self._row_id: int | None = None

    def record(self, record: Any, at: str) -> Record | None:
        """The record's declared fields, odd ones null; null where it has no whole number as id.

        Args:
            record: As decoded from JSON.
            at: Which of all records it is, in words.
        """
        self._at = at
        self._row_id = None
        self._record_id = _identity(record)
        kept = self._object(record, self._fields, "")
        return kept if kept and kept["id"] is not None else None

    def _object(self, value: Any, fields: Fields, path: str) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self._odd(path, next(fields.columns()), "an object", value, name=path)
            return None
        self.came[path].there = True
        at = f"{path}." if path else ""
        self._look_for_unknown(value, fields, at)
        kept: dict[str, Any] = {}
        for key, column in fields.leaves.items():
            kept[key] = self._leaf(value.get(key, _MISSING), column, at + key)
        for key, child in fields.objects.items():
            inner = value.get(key, _MISSING)
            is_null = self._may_be_null(inner, child, at + key)
            kept[key] = None if is_null else self._object(inner, child, at + key)
        for key, child in fields.lists.items():
            kept[key] = self._list(value.get(key, _MISSING), child, at + key)
        return kept

    def _list(self, value: Any, fields: Fields, path: str) -> list[dict[str, Any] | None] | None:
        if self._may_be_null(value, fields, path):
            return None
        if not isinstance(value, list):
            self._odd(path, next(fields.columns()), "a list", value, name=path)
            return None if value is _MISSING else []
        self.came[path].there = True
        kept = []
        for item in value:
            if f"{path}[]" in self._rows:
                self._row_id = _identity(item)
            kept.append(self._object(item, fields, f"{path}[]"))
        self._row_id = None
        return kept

    def _may_be_null(self, value: Any, fields: Fields, path: str) -> bool:
        self.came[path].there |= value is None
        return value is None and fields.may_be_null

    def _leaf(self, value: Any, column: Column, path: str) -> Any:
        came = self.came[path]
        came.there |= value is None
        if value is None and column.nullable:
            return None
        if column.lenient:
            value = plain_text(value)
        kind = KINDS[column.value_type]
        if not kind.accepts(value):
            read = kind.respelled(value)
            self._odd(path, column, kind.name, value, name=column.name, read=read)
            return read
        came.there = True
        if not kind.can_read(value):
            words = (
                f"{path} is {value!r}, which can't be read as {kind.name}; nothing is made of it"
            )
            self._notice(UNREADABLE, column, path, column.name, value, words)
        return float(value) if column.value_type == NUMBER else value

    def _odd(
        self, path: str, column: Column, expected: str, value: Any, *, name: str, read: Any = None
    ) -> None:
        """Notes what is not as declared, and what becomes of it."""
        came = self.came[path]
        sent = None if value is _MISSING else _shown(value)
        where = path or self._at
        words = f"{where} is missing, expected {expected}"
        if sent is not None:
            words = f"{where} should be {expected}, LL2 sent {sent}"
        if read is not None:
            came.there = True
            self._notice(RESPELLED, column, path, name, sent, f"{words}; it is read as {read}")
            return
        came.odd.add(self._at)
        came.example = came.example or words
        lost = self._rows.get(path)
        outcome = f"it is left out of {lost}" if lost else "nothing is made of it"
        self._notice(NOT_DECLARED, column, path, name, sent, f"{words}; {outcome}")

    def _notice(
        self, rule: str, column: Column, path: str, name: str, value: str | None, words: str
    ) -> None:
        of = (self._table_of[column], self._record_id, self._row_id)
        self.notices.append(Notice(rule, *of, path, name, value, words))

    def _look_for_unknown(self, value: dict[str, Any], fields: Fields, at: str) -> None:
        for key in value.keys() - fields.names:
            # Half a character in a key fits no text of ours.
            path = f"{at}{key}".encode(errors="backslashreplace").decode()
            if key != "response_mode" and path not in self._known:
                self.unknown.setdefault(path, self._record_id)


def _identity(row: Any) -> int | None:
    """The id that an object has beyond doubt."""
    row_id = row.get("id") if isinstance(row, dict) else None
    return row_id if is_integer(row_id) else None


def _shown(value: Any) -> str:
    text = json_text(value, ensure_ascii=False).encode(errors="backslashreplace").decode()
    return f"{text[:60]}…" if len(text) > 60 else text


_IN_ADDRESS = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
# So many further paths a message names.
_NAMED = 4


class Noticed(NamedTuple):
    """What is odd in records that all the same can be read."""

    of: RecordKind
    notices: list[Notice]
    unknown: dict[str, int | None]
    """For each path that no declaration knows, the id of the first record that has it."""


class Structure:
    """What some records are, beside what the tables made of them declare.

    Args:
        records: As LL2 sent them.
        of: What they are records of.
    """

    def __init__(self, records: Records, of: RecordKind) -> None:
        self._records = records
        self._pages = records.pages
        self._of = of
        self._walks: dict[int, Walk] = {}
        self._mended: dict[int, bytes] = {}

    def mended(self, nth: int) -> bytes:
        """A page with the declared fields alone: odd ones are null, and so a record without id."""
        if nth not in self._mended:
            self._mended[nth] = json_text({"results": self._walk(nth)}).encode()
        return self._mended[nth]

    def refuse_changed(self, table: Table) -> None:
        """Nothing, unless a field that the table reads is as declared in none of the records.

        Raises:
            SchemaError: The message names the path, what came, and the API's version.
        """
        if self._changed(table):
            # A page that was proven may have right what is right nowhere else.
            self._walk_others()
        if changed := self._changed(table):
            (path, came), *others = changed.items()
            named = ", ".join(path for path, _ in others[:_NAMED])
            more = f" (nor {named}{', …' if len(others) > _NAMED else ''})" if others else ""
            raise SchemaError(
                f"{came.example}, and {path or 'a record'} is as declared in none of "
                f"{len(came.odd)} records{more}. {self._version()} Look at them in "
                f"{self._of.listed}"
            )

    def count_odd(self) -> int:
        """How many fields of all records are not as declared; 0 while no page had to be mended."""
        if not self._mended:
            return 0
        from spacecraft_analysis.frames.decode import is_proven

        for nth in {*range(len(self._pages))} - {*self._walks}:
            if not all(is_proven(table, self._pages[nth]) for table in self._tables):
                self._walk(nth)
        return sum(notice.rule == NOT_DECLARED for notice in self._notices())

    def noticed(self) -> Noticed:
        """What is odd in any of the records."""
        self._walk_others()
        unknown: dict[str, int | None] = {}
        for _, walk in sorted(self._walks.items()):
            unknown = walk.unknown | unknown
        return Noticed(self._of, self._notices(), unknown)

    @cached_property
    def _tables(self) -> list[Table]:
        """What is made of such records."""
        # Looking for flights takes a while, and proven pages need no walk.
        normal = self._of is CRAFT and not self._records.are_detailed
        return [SPACECRAFT] if normal else [table for table in TABLES if table.of is self._of]

    def _notices(self) -> list[Notice]:
        return [notice for _, walk in sorted(self._walks.items()) for notice in walk.notices]

    def _walk_others(self) -> None:
        for nth in range(len(self._pages)):
            if nth not in self._walks:
                self._walk(nth)

    def _walk(self, nth: int) -> list[Record | None]:
        walk = Walk(self._tables, KNOWN[self._of])
        page = f" of page {nth + 1}" if len(self._pages) > 1 else ""
        records = json.loads(self._pages[nth])["results"]
        kept = [walk.record(record, f"record {at + 1}{page}") for at, record in enumerate(records)]
        self._walks[nth] = walk
        return kept

    def _changed(self, table: Table) -> dict[str, Came]:
        """What came at the paths of the table where, as far as was walked, nothing is right."""
        paths = ("", *fields_of(table).paths())
        walks = [*self._walks.values()]
        came = {path: Came.together(walk.came[path] for walk in walks) for path in paths}
        return {path: one for path, one in came.items() if one.is_changed}

    def _version(self) -> str:
        """Which API the records are of, as they say themselves, and what to do about it."""
        told = {
            found[1]
            for page in self._pages
            for record in json.loads(page)["results"]
            if isinstance(record, dict) and (found := _IN_ADDRESS.search(str(record.get("url"))))
        }
        if told - {VERSION}:
            versions = " and ".join(sorted(told))
            return (
                f"Their url names LL2 {versions}, and tables are made of {VERSION}: set base_url "
                f"to one that ends in /{VERSION}/ and fetch anew."
            )
        return "LL2 has changed since: a newer version of this package may read it."


def structure_of(records: Records, of: RecordKind) -> Structure:
    """What the records are, beside what the tables made of this kind of record declare."""
    # Threads that ask at once get the same one.
    made: Structure = records.found_out.setdefault(of, Structure(records, of))
    return made
