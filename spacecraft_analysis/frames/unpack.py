"""Decoded objects, nested as LL2 sends them, into flat columns; times are still text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

import polars as pl

from spacecraft_analysis.frames.declaration import (
    DAY,
    DURATION,
    INSTANT,
    TEXT,
    Column,
    Fields,
)
from spacecraft_analysis.frames.durations import or_null, read_durations
from spacecraft_analysis.frames.instants import read_days, read_instants
from spacecraft_analysis.frames.kinds import KINDS

READERS: dict[pl.DataType, Callable[[pl.Series], pl.Series]] = {
    DURATION: read_durations,
    INSTANT: read_instants,
    DAY: read_days,
}
"""How the texts of each type of time are read."""
_SENT = dict.fromkeys(READERS, TEXT)


class Unpacked:
    """The columns of some objects, which are added a page at a time.

    Args:
        fields: What the objects have, as attributes.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._columns = {column.name: column for column in fields.columns()}
        self._values: dict[str, list[Any]] = {name: [] for name in self._columns}

    def add(self, objects: Sequence[Any]) -> None:
        """Adds a row for each object; null is one of nulls."""
        for column, values in _values(objects, self._fields):
            self._values[column.name] += values

    def series(self) -> list[pl.Series]:
        """The columns so far."""
        lists = {
            name: column.dtype
            for name, column in self._columns.items()
            if isinstance(column.dtype, pl.List)
        }
        empty = [name for name in lists if not any(self._values[name])]
        plain = [
            # Polars takes a class faster than one of its instances.
            pl.Series(name, self._values[name], _SENT.get(column.dtype, column.dtype).base_type())
            for name, column in self._columns.items()
            if name not in lists
        ]
        plain += [_empty(name, self._values[name], lists.pop(name)) for name in empty]
        return plain + (self._lists(lists) if lists else [])

    def _lists(self, dtypes: dict[str, pl.List]) -> list[pl.Series]:
        # All at once, as JSON: Polars would make a column of each single list.
        from spacecraft_analysis.frames.proof import encoded

        text = encoded([{name: self._values[name] for name in dtypes}])
        schema = {name: pl.List(dtype) for name, dtype in dtypes.items()}
        return [column[0].alias(column.name) for column in pl.read_json(text, schema=schema)]


def _empty(name: str, values: Sequence[list[Any] | None], dtype: pl.List) -> pl.Series:
    """A column of lists without items, and of nulls."""
    either = pl.Series(name, [[], None], dtype=dtype)
    return either[pl.Series([one is None for one in values], dtype=pl.UInt8)]


def _values(objects: Sequence[Any], fields: Fields) -> Iterator[tuple[Column, Sequence[Any]]]:
    """Each column made of some objects, at any depth, with its values."""
    names = [*fields.leaves, *fields.objects, *fields.lists]
    came = dict(zip(names, _each(objects, names), strict=True))
    for name, column in fields.leaves.items():
        # Empty text says nothing.
        said = came[name]
        yield column, [one or None for one in said] if "" in said else said
    for name, child in fields.objects.items():
        yield from _values(came[name], child)
    for name, child in fields.lists.items():
        lists = came[name]
        items = [item for one in lists if one for item in one]
        for column, values in _values(items, child):
            yield column, _cut_like(lists, _read(column, values)) if items else lists


def _each(objects: Sequence[Any], names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """For each of the names what the objects have there; nothing where there is no object."""
    if not names or not objects:
        return [()] * len(names)
    # Of a single name it would not get a tuple.
    get = attrgetter(*names, names[0])
    try:
        rows = [*map(get, objects)]
    except AttributeError:
        nothing = (None,) * (len(names) + 1)
        rows = [nothing if one is None else get(one) for one in objects]
    return islice(zip(*rows, strict=True), len(names))


def _cut_like(lists: Sequence[Any], values: Sequence[Any]) -> Sequence[Any]:
    """The values in lists as long as these."""
    rest = iter(values)
    return [None if one is None else [*islice(rest, len(one))] for one in lists]


def _read(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """The values inside of lists, which are few and read before they are in one."""
    parse = KINDS[column.value_type].parse
    return [one and or_null(parse, one) for one in values] if parse else values
