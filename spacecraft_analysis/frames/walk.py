"""One walk over records, field by field: what is as declared is kept, what is not is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spacecraft_analysis.frames.declaration import NUMBER, Column, Fields, Table, fields_of
from spacecraft_analysis.frames.kinds import KINDS, is_integer, plain_text
from spacecraft_analysis.frames.records import Record, json_text

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
