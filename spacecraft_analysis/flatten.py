"""From pages of nested JSON to flat, typed columns, by a declaration, nothing passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import polars as pl

from spacecraft_analysis.declaration import (
    DAY,
    DURATION,
    INSTANT,
    OWNER,
    TEXT,
    Column,
    Fields,
    Table,
    fields_of,
)
from spacecraft_analysis.durations import durations
from spacecraft_analysis.instants import days, instants
from spacecraft_analysis.structure import conforming, is_proven

RECORD = "record"
"""The column that says to which record, counted from 0, a row belongs."""


def flatten(table: Table, pages: Iterable[bytes]) -> pl.DataFrame:
    """The table's own columns, one row per object of its root, in the order of the pages.

    Before them come `record` and `spacecraft_id`: whose row it is.

    Args:
        table: The declaration.
        pages: JSON objects with records as `results`.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind; the message names the
            spacecraft and the path.
    """
    # A page's empty list becomes no row, not one of nulls.
    rows = (
        pl.concat([_read(table, page) for page in pages])
        .explode("results", empty_as_null=False, keep_nulls=False)
        .unnest("results")
        .with_row_index(RECORD)
    )
    if table.root.endswith("[]"):
        rows = rows.explode(_root(table), empty_as_null=False, keep_nulls=False)
    return rows.select(_values(table))


def _read(table: Table, page: bytes) -> pl.DataFrame:
    text = page if is_proven(table, page) else conforming(table, page)
    return pl.read_json(text, schema=_schema(table))


@cache
def _schema(table: Table) -> dict[str, pl.DataType]:
    return {"results": pl.List(_nested(fields_of(table)))}


def _nested(fields: Fields) -> pl.Struct:
    """The fields as Polars reads them: instants, dates and durations come as text."""
    return pl.Struct(
        {name: _sent(column.value_type) for name, column in fields.leaves.items()}
        | {name: _nested(child) for name, child in fields.objects.items()}
        | {name: pl.List(_nested(child)) for name, child in fields.lists.items()}
    )


def _sent(dtype: pl.DataType) -> pl.DataType:
    return TEXT if dtype in (DURATION, INSTANT, DAY) else dtype


def _root(table: Table) -> str:
    return table.root.removesuffix("[]")


@cache
def _values(table: Table) -> list[pl.Expr]:
    own = [_value(table, column) for column in table.own if column.name != OWNER.name]
    return [pl.col(RECORD), pl.col(OWNER.path).alias(OWNER.name), *own]


def _value(table: Table, column: Column) -> pl.Expr:
    """The column, out of the nested one that the record's field was read into."""
    parts = column.path.split(".")
    parts = [_root(table), *parts] if table.root else parts
    of_list = next((nth for nth, part in enumerate(parts) if part.endswith("[]")), None)
    if of_list is None:
        return _typed(_at(pl.col(parts[0]), parts[1:]), column.value_type).alias(column.name)
    whole = _at(pl.col(parts[0].removesuffix("[]")), parts[1 : of_list + 1])
    item = _typed(_at(pl.element(), parts[of_list + 1 :]), column.value_type)
    return whole.list.eval(item).alias(column.name)


def _at(value: pl.Expr, path: list[str]) -> pl.Expr:
    for part in path:
        value = value.struct.field(part.removesuffix("[]"))
    return value


def _typed(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == TEXT:
        # Empty text says nothing.
        return pl.when(value != "").then(value)
    read = _READERS.get(dtype)
    return read(value) if read else value


_READERS: dict[pl.DataType, Callable[[pl.Expr], pl.Expr]] = {
    DURATION: durations,
    INSTANT: instants,
    DAY: days,
}


def as_text(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The values as text: durations and instants in ISO 8601, lists joined by commas."""
    if isinstance(dtype, pl.List):
        # Polars types `List.inner` as possibly a class; ours are always instances.
        items = values.list.eval(as_text(pl.element(), dtype.inner).fill_null("null"))  # type: ignore[arg-type]
        return pl.format("[{}]", items.list.join(", "))
    if dtype == DURATION:
        return values.dt.to_string("iso")
    if dtype == INSTANT:
        return values.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")
    return values.cast(TEXT)
