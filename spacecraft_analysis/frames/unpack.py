"""Decoded objects, nested as LL2 sends them, into flat columns; times are still text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
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


def unpacked(objects: Sequence[Any], fields: Fields) -> pl.DataFrame:
    """One row per object, or null, which is one of nulls.

    Args:
        objects: What was decoded.
        fields: What the objects have, as attributes.
    """
    columns, lists = [], {}
    for column, values in _values(objects, fields):
        if isinstance(column.dtype, pl.List):
            lists[column] = values
        else:
            # Polars takes a class faster than one of its instances.
            dtype = _SENT.get(column.dtype, column.dtype).base_type()
            columns.append(pl.Series(column.name, values, dtype))
    return pl.DataFrame([*columns, *_lists(lists)])


def _lists(values: dict[Column, Sequence[Any]]) -> Iterator[pl.Series]:
    """The columns of lists, in their order."""
    filled = {column: lists for column, lists in values.items() if any(lists)}
    read = _read_as_json(filled) if filled else {}
    for column, lists in values.items():
        yield read[column.name] if column in filled else _empty(column.name, lists, column.dtype)


def _read_as_json(values: dict[Column, Sequence[Any]]) -> dict[str, pl.Series]:
    # All at once: Polars would make a column of each single list.
    from spacecraft_analysis.frames.proof import encoded

    text = encoded([{column.name: lists for column, lists in values.items()}])
    schema = {column.name: pl.List(column.dtype) for column in values}
    read = pl.read_json(text, schema=schema)
    return {column.name: column[0].alias(column.name) for column in read}


def _empty(name: str, values: Sequence[Sequence[Any] | None], dtype: pl.DataType) -> pl.Series:
    """A column of lists without items, and of nulls."""
    either = _empty_or_null(dtype)[pl.Series([one is None for one in values], dtype=pl.UInt8)]
    return either.rename(name)


@cache
def _empty_or_null(dtype: pl.DataType) -> pl.Series:
    return pl.Series([[], None], dtype=dtype)


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


def _each(objects: Sequence[Any], names: Sequence[str]) -> list[list[Any]]:
    """For each of the names what the objects have there; nothing where there is no object."""
    try:
        # A tuple for each object would be no faster, and Python's collector would look at each.
        return [[*map(attrgetter(name), objects)] for name in names]
    except AttributeError:
        return [[None if one is None else getattr(one, name) for one in objects] for name in names]


def _cut_like(lists: Sequence[Any], values: Sequence[Any]) -> Sequence[Any]:
    """The values in lists as long as these."""
    rest = iter(values)
    return [None if one is None else [*islice(rest, len(one))] for one in lists]


def _read(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """The values inside of lists, which are few and read before they are in one."""
    parse = KINDS[column.value_type].parse
    return [one and or_null(parse, one) for one in values] if parse else values
