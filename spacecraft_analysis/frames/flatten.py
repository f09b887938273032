"""From pages of nested JSON to flat, typed columns, by a declaration, nothing passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import polars as pl

from spacecraft_analysis.frames.declaration import (
    CONFIGURATION,
    DAY,
    DURATION,
    INSTANT,
    TEXT,
    Column,
    Fields,
    Table,
    fields_of,
)
from spacecraft_analysis.frames.durations import read_durations
from spacecraft_analysis.frames.instants import read_days, read_instants
from spacecraft_analysis.frames.records import Records

# Reading has a cost of its own, which some pages share without being many bytes together.
_AT_ONCE = 10

RECORD, SENT = "record", "retrieved_at"
"""The columns that say to which record with an id, counted from 0, a row belongs, and its time."""


def flatten(table: Table, records: Records, sent: pl.Series) -> pl.DataFrame:
    """The table's own columns, one row per object of its root, in the order of the records.

    Before them come `record` and the record's id: whose row it is; after them `retrieved_at`.
    What is not as declared is null; a row without an id, or of a record without one, is left out.

    Args:
        table: The declaration.
        records: As LL2 sent them.
        sent: When each of them was sent.

    Raises:
        SchemaError: A field that the table reads is as declared in none of the records.
    """
    rows = _records(table, records).with_columns(sent.alias(SENT))
    if structure := records.known_structure(table.of):
        structure.refuse_changed(table)
    rows = _identified(rows, table.of.owner.path).with_row_index(RECORD)
    if _is_list(table):
        rows = rows.explode(_root(table), empty_as_null=False, keep_nulls=False)
    for names in _nested_columns(table):
        rows = rows.unnest(names, separator=".")
    return _identified(_typed(table, rows.select(_values(table))), table.columns[0].name)


def prove(table: Table, records: Records) -> None:
    """Nothing, where the records, or all but some, have what the table declares.

    Raises:
        SchemaError: A field that the table reads is as declared in none of the records.
    """
    from spacecraft_analysis.frames.proof import is_proven

    structure = records.structure(table.of)
    for nth, page in enumerate(records.pages):
        if not is_proven(table, page):
            structure.mended(nth)
    structure.refuse_changed(table)


def _identified(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows that have an id, which proven ones do."""
    return rows.filter(pl.col(name).is_not_null()) if rows[name].has_nulls() else rows


def _records(table: Table, records: Records) -> pl.DataFrame:
    """The records as rows of nested columns."""
    pages = [*enumerate(records.pages)]
    if len(pages) <= _AT_ONCE:
        return _read(table, records, pages)
    batches = [pages[at : at + _AT_ONCE] for at in range(0, len(pages), _AT_ONCE)]
    # Polars needs no interpreter to read one batch, while the next is proven.
    with ThreadPoolExecutor(2) as pool:
        return pl.concat(pool.map(partial(_read, table, records), batches))


def _read(table: Table, records: Records, pages: Sequence[tuple[int, bytes]]) -> pl.DataFrame:
    from spacecraft_analysis.frames.proof import proven

    def mended(nth: int) -> bytes:
        return records.structure(table.of).mended(nth)

    texts, configurations = proven(table, pages, mended)
    # A page's empty list becomes no row, not one of nulls.
    rows = (
        _read_json(texts, _numbered(table))
        .explode("results", empty_as_null=False, keep_nulls=False)
        .unnest("results")
    )
    if CONFIGURATION not in rows.columns:
        return rows
    told = _read_json(configurations, _configuration(table)).to_struct(CONFIGURATION)
    return rows.with_columns(told.gather(rows[CONFIGURATION]))


def _read_json(objects: Sequence[bytes], schema: pl.Struct) -> pl.DataFrame:
    fields = {field.name: field.dtype for field in schema.fields}
    return pl.read_json(b"[" + b",".join(objects) + b"]", schema=fields)


@cache
def _configuration(table: Table) -> pl.Struct:
    return _nested(fields_of(table).objects[CONFIGURATION])


@cache
def _numbered(table: Table) -> pl.Struct:
    """A page, with a number for each record's configuration."""
    record = {field.name: field.dtype for field in _nested(fields_of(table)).fields}
    numbers = {CONFIGURATION: pl.UInt32()} if CONFIGURATION in record else {}
    return pl.Struct({"results": pl.List(pl.Struct(record | numbers))})


def _typed(table: Table, texts: pl.DataFrame) -> pl.DataFrame:
    """The frame with its durations, instants and days read, all of a kind in one go.

    An expression would call Python for each column, and wait for the others' turn to do so.
    """
    for dtype, read in _READERS.items():
        names = [column.name for column in table.own if column.dtype == dtype]
        if names:
            values = read(pl.concat(texts[name].alias("text") for name in names))
            texts = texts.with_columns(
                values.slice(nth * texts.height, texts.height).alias(name)
                for nth, name in enumerate(names)
            )
    return texts


def _nested(fields: Fields) -> pl.Struct:
    """The fields as Polars reads them: instants, dates and durations come as text."""
    return pl.Struct(
        {name: _sent(column.value_type) for name, column in fields.leaves.items()}
        | {name: _nested(child) for name, child in fields.objects.items()}
        | {name: pl.List(_nested(child)) for name, child in fields.lists.items()}
    )


def _sent(dtype: pl.DataType) -> pl.DataType:
    return TEXT if dtype in _READERS else dtype


def _is_list(table: Table) -> bool:
    """Whether a record holds a list of the table's rows."""
    return table.root.endswith("[]")


def _root(table: Table) -> str:
    return table.root.removesuffix("[]")


@cache
def _nested_columns(table: Table) -> list[list[str]]:
    """The columns that hold objects, depth by depth, named by their paths."""
    record = fields_of(table)
    at = {**record.objects}
    if _is_list(table):
        at[_root(table)] = record.lists[_root(table)]
    depths = []
    while at:
        depths.append(list(at))
        at = {
            f"{path}.{name}": child
            for path, fields in at.items()
            for name, child in fields.objects.items()
        }
    return depths


@cache
def _values(table: Table) -> list[pl.Expr]:
    owner = table.of.owner
    own = [_value(table, column) for column in table.own if column.name != owner.name]
    return [pl.col(RECORD), pl.col(owner.path).alias(owner.name), *own, pl.col(SENT)]


def _value(table: Table, column: Column) -> pl.Expr:
    at = f"{_root(table)}." if table.root else ""
    whole, _, inside = f"{at}{column.path}".partition("[].")
    if not inside:
        return _without_empty(pl.col(whole), column.value_type).alias(column.name)
    item = pl.element()
    for part in inside.split("."):
        item = item.struct.field(part)
    item = _without_empty(item, column.value_type)
    if column.value_type in _READERS:
        item = item.map_batches(_READERS[column.value_type], column.value_type, is_elementwise=True)
    return pl.col(whole).list.eval(item).alias(column.name)


def _without_empty(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The value, null for an empty text, which says nothing."""
    return pl.when(value != "").then(value) if _sent(dtype) == TEXT else value


_READERS: dict[pl.DataType, Callable[[pl.Series], pl.Series]] = {
    DURATION: read_durations,
    INSTANT: read_instants,
    DAY: read_days,
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
