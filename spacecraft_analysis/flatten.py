"""From nested records to flat, typed columns, by a declaration and with nothing passed over."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.durations import durations
from spacecraft_analysis.errors import SchemaError

TEXT, INTEGER, NUMBER, FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
DURATION, INSTANT, DAY = pl.Duration("us"), pl.Datetime("us", "UTC"), pl.Date()


@dataclass(frozen=True)
class Column:
    """One column of a table: where it comes from and what it means.

    `path` starts at the object that is the table's row, or with `of_craft` at the spacecraft
    record around it; it is empty for a column that we derive. `lenient` marks the few fields
    whose JSON kind no source settles: any plain value is kept as text.
    """

    name: str
    path: str
    dtype: pl.DataType
    meaning: str
    nullable: bool = True
    unit: str | None = None
    of_craft: bool = False
    lenient: bool = False


@dataclass(frozen=True)
class Table:
    """One table: what a row is, where in the record its object is, and its columns."""

    name: str
    grain: str
    root: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """The columns' names and types; the same for any data."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def own(self) -> list[Column]:
        """The columns read from the row's own object."""
        return [column for column in self.columns if column.path and not column.of_craft]

    def path(self, column: Column) -> str:
        """The column's path from LL2's spacecraft record; empty if we derive it."""
        own = column.path and self.root and not column.of_craft
        return f"{self.root}.{column.path}" if own else column.path


class Row(NamedTuple):
    """The object that becomes one row, and the record it belongs to."""

    value: Any
    spacecraft_id: int
    flight_id: int | None = None


@dataclass(frozen=True)
class Unreadable:
    """A value of the right JSON kind that its column's type can't hold, so it became null."""

    spacecraft_id: int
    flight_id: int | None
    column: str
    value: str


@dataclass
class Reading:
    """A frame, and what was noticed while its records were read."""

    frame: pl.DataFrame
    unreadable: list[Unreadable] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    """For each undeclared path the id of the first spacecraft that has it."""


def read(table: Table, rows: Sequence[Row], known: frozenset[str]) -> Reading:
    """The table's own columns, one row per object, in the order of the objects.

    Args:
        table: The declaration.
        rows: The objects, as LL2 sent them.
        known: Paths from the spacecraft record that are no surprise, although not read here.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind; the message names the
            spacecraft and the path.
    """
    shape = _Object.of(table.own)
    walk = _Walk({column.name: [] for column in table.own}, table.root, known)
    for row in rows:
        walk.spacecraft_id = row.spacecraft_id
        walk.object(row.value, shape, table.root, walk.columns)
    reading = Reading(pl.DataFrame(), unknown=walk.unknown)
    reading.frame = pl.DataFrame(
        {
            column.name: _typed(column, walk.columns[column.name], rows, reading.unreadable)
            for column in table.own
        }
    )
    return reading


@dataclass
class _Object:
    """The declared fields of one object, at any depth."""

    leaves: dict[str, Column] = field(default_factory=dict)
    objects: dict[str, _Object] = field(default_factory=dict)
    lists: dict[str, _Object] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Iterable[Column]) -> _Object:
        top = cls()
        for column in columns:
            *parents, leaf = column.path.split(".")
            at = top
            for part in parents:
                group = at.lists if part.endswith("[]") else at.objects
                at = group.setdefault(part.removesuffix("[]"), cls())
            at.leaves[leaf] = column
        return top

    def columns(self) -> Iterator[Column]:
        yield from self.leaves.values()
        for child in (*self.objects.values(), *self.lists.values()):
            yield from child.columns()

    def names(self) -> set[str]:
        return {*self.leaves, *self.objects, *self.lists}

    def may_be_null(self) -> bool:
        return all(column.nullable for column in self.columns())


@dataclass
class _Walk:
    """One pass over the records: fills the columns and remembers unknown fields."""

    columns: dict[str, list[Any]]
    root: str
    known: frozenset[str]
    spacecraft_id: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    def object(self, value: Any, shape: _Object, path: str, out: dict[str, list[Any]]) -> None:
        if value is None and shape.may_be_null() and path != self.root:
            for column in shape.columns():
                out[column.name].append(None)
            return
        if not isinstance(value, dict):
            raise self.wrong(path, "an object", value)
        for key in value.keys() - shape.names():
            inner = f"{path}.{key}" if path else key
            if key != "response_mode" and inner not in self.known:
                self.unknown.setdefault(inner, self.spacecraft_id)
        for key, column in shape.leaves.items():
            inner = f"{path}.{key}" if path else key
            out[column.name].append(self.leaf(self.field(value, key, inner), column, inner))
        for key, child in shape.objects.items():
            inner = f"{path}.{key}" if path else key
            self.object(self.field(value, key, inner), child, inner, out)
        for key, child in shape.lists.items():
            inner = f"{path}.{key}" if path else key
            self.list(self.field(value, key, inner), child, f"{inner}[]", out)

    def list(self, value: Any, shape: _Object, path: str, out: dict[str, list[Any]]) -> None:
        names = [column.name for column in shape.columns()]
        if value is None:
            for name in names:
                out[name].append(None)
            return
        if not isinstance(value, list):
            raise self.wrong(path, "a list", value)
        inner: dict[str, list[Any]] = {name: [] for name in names}
        for item in value:
            if item is None:
                raise self.wrong(path, "an object", item)
            self.object(item, shape, path, inner)
        for name in names:
            out[name].append(inner[name])

    def field(self, value: dict[str, Any], key: str, path: str) -> Any:
        if key not in value:
            raise SchemaError(
                f"spacecraft {self.spacecraft_id}: {path} is missing; LL2 has changed or the "
                "record was cut, so no table is made. Look at the record in .records"
            )
        return value[key]

    def leaf(self, value: Any, column: Column, path: str) -> Any:
        if value is None:
            if column.nullable:
                return None
            raise self.wrong(path, "a value", value)
        if column.lenient:
            if isinstance(value, dict):
                value = value.get("name")
            return str(value) if isinstance(value, str | int | float) else None
        kind, accepts = _KINDS[_inner(column.dtype)]
        if not accepts(value):
            raise self.wrong(path, kind, value)
        return value

    def wrong(self, path: str, expected: str, value: Any) -> SchemaError:
        shown = repr(value)
        shown = f"{shown[:60]}…" if len(shown) > 60 else shown
        return SchemaError(
            f"spacecraft {self.spacecraft_id}: {path or 'the record'} should be {expected}, LL2 "
            f"sent {shown}; no table is made of it. Look at the record in .records"
        )


def _is_integer(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and -(2**63) <= value < 2**63


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**1023


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_KINDS: dict[pl.DataType, tuple[str, Callable[[Any], bool]]] = {
    INTEGER: ("a whole number", _is_integer),
    NUMBER: ("a number", _is_number),
    FLAG: ("true or false", lambda value: isinstance(value, bool)),
    TEXT: ("text", _is_text),
    DURATION: ("an ISO 8601 duration as text", _is_text),
    INSTANT: ("an ISO 8601 instant as text", _is_text),
    DAY: ("an ISO 8601 date as text", _is_text),
}


def _inner(dtype: pl.DataType) -> pl.DataType:
    # Polars types `List.inner` as possibly a class; ours are always instances.
    return dtype.inner if isinstance(dtype, pl.List) else dtype  # type: ignore[return-value]


def _typed(
    column: Column, values: list[Any], rows: Sequence[Row], unreadable: list[Unreadable]
) -> pl.Series:
    """The column in its declared type; what it can't hold is null and added to `unreadable`."""
    inner = _inner(column.dtype)
    listed = isinstance(column.dtype, pl.List)
    flat = [item for value in values for item in value or ()] if listed else values
    owners = (
        [row for value, row in zip(values, rows, strict=True) for _ in value or ()]
        if listed
        else rows
    )
    typed = _readers.get(inner, _plain)(pl.Series(column.name, flat, _sent(inner)), inner)
    lost = typed.is_null() & pl.Series(flat, dtype=_sent(inner)).is_not_null()
    if inner != TEXT and lost.any():
        unreadable.extend(
            Unreadable(owners[at].spacecraft_id, owners[at].flight_id, column.name, flat[at])
            for at in lost.arg_true()
            if flat[at] != ""
        )
    if not listed:
        return typed
    items = iter(typed.to_list())
    again = [None if value is None else [next(items) for _ in value] for value in values]
    return pl.Series(column.name, again, column.dtype)


def _sent(dtype: pl.DataType) -> pl.DataType:
    """The type as LL2 sends it: instants, dates and durations come as text."""
    return TEXT if dtype in (DURATION, INSTANT, DAY) else dtype


def _plain(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return values


def _without_empty(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return values.replace("", None)


def _durations(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return values.to_frame().select(durations(pl.col(values.name))).to_series()


def _instants(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.Series(values.name, [_instant(value) for value in values], dtype)


def _days(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.Series(values.name, [_day(value) for value in values], dtype)


_readers: dict[pl.DataType, Callable[[pl.Series, pl.DataType], pl.Series]] = {
    TEXT: _without_empty,
    DURATION: _durations,
    INSTANT: _instants,
    DAY: _days,
}


def _instant(text: str | None) -> datetime | None:
    """The instant, in UTC; null for a text without an offset, which names no instant."""
    try:
        instant = datetime.fromisoformat(text or "")
        return instant.astimezone(timezone.utc) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def as_text(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The values as text: durations and instants in ISO 8601, lists joined by commas."""
    if isinstance(dtype, pl.List):
        items = values.list.eval(as_text(pl.element(), _inner(dtype)).fill_null("null"))
        return pl.format("[{}]", items.list.join(", "))
    if dtype == DURATION:
        return values.dt.to_string("iso")
    if dtype == INSTANT:
        return values.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")
    return values.cast(TEXT)
