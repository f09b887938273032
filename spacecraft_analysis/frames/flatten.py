"""From pages of nested JSON to flat, typed columns, by a declaration, nothing passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import polars as pl

from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.schema import (
    CONFIGURATION,
    DURATION,
    INSTANT,
    TEXT,
    Column,
    Fields,
    Table,
    fields_of,
)
from spacecraft_analysis.frames.times import PARSERS, READERS, or_null

if TYPE_CHECKING:
    from spacecraft_analysis.frames.decode import Proof

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
    from spacecraft_analysis.frames.decode import encoded

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
            yield column, _cut_like(lists, _parsed(column, values)) if items else lists


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


def _parsed(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """The values inside of lists, which are few and read before they are in one."""
    parse = PARSERS.get(column.value_type)
    return [one and or_null(parse, one) for one in values] if parse else values


# Rows that become columns at once. The objects of more would no longer be near the processor.
_TOGETHER = 2_000
RECORD, SENT = "record", "retrieved_at"
"""The columns that say to which record with an id, counted from 0, a row belongs, and its time."""


def flatten(
    table: Table,
    records: Records,
    sent: pl.Series,
    derived: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
    *,
    proven: Table | None = None,
) -> pl.DataFrame:
    """The table's own columns, one row per object of its root, in the order of the records.

    Before them come `record` and the record's id: whose row it is, and `retrieved_at`. What is not
    as declared is null; a row without an id, or of a record without one, is left out.

    Args:
        table: The declaration.
        records: As LL2 sent them.
        sent: When each of them was sent.
        derived: The columns of some configurations, and what we derive of them.
        proven: The declaration that the records are held to, where it is more than what is read.

    Raises:
        SchemaError: A field that is declared is as declared in none of the records.
    """
    from spacecraft_analysis.frames.decode import Proof

    proof = Proof(proven or table, lambda number: _mended(table, records, number))
    rows, kept = _read(table, records, proof)
    if structure := records.found_out.get(table.of):
        structure.refuse_changed(proven or table)
    times = sent if len(kept) == len(sent) else sent[kept]
    rows = _typed(table, rows.insert_column(2, times[rows[RECORD]].alias(SENT)))
    if told := fields_of(table).objects.get(CONFIGURATION):
        # Many craft are of one configuration: what is made of it is made once.
        each = _typed(table, unpacked(proof.configurations, told))
        each = derived(each) if derived else each
        rows = rows.hstack(each[rows.drop_in_place(CONFIGURATION)])
    elif derived:
        rows = derived(rows)
    key = table.columns[0].name
    return rows.filter(pl.col(key).is_not_null()) if rows[key].has_nulls() else rows


def _mended(table: Table, records: Records, nth: int) -> bytes:
    """A page that is not as declared, as it would be with what is odd as null."""
    # Only now: most records have nothing odd, and whoever loads a sample need not wait for it.
    from spacecraft_analysis.frames.validation import structure_of

    return structure_of(records, table.of).mended(nth)


def _read(table: Table, records: Records, proof: Proof) -> tuple[pl.DataFrame, list[int]]:
    """The rows, with the numbers of their configurations, and where the records with ids are."""
    owner, root = table.of.owner, table.root.removesuffix("[]")
    is_list, is_told = root != table.root, CONFIGURATION in fields_of(table).objects
    if is_told and (told := _told(table, records, proof)):
        return told
    fields = _own_fields(table)
    ids, lengths, numbers = [], [], []
    kept: list[int] = []
    frames: list[pl.DataFrame] = []
    waiting: list[Any] = []
    count = 0
    for page in enumerate(records.pages):
        found = proof.records(*page)
        at = [nth for nth, one in enumerate(found) if one is not None and one.id is not None]
        known = found if len(at) == len(found) else [found[nth] for nth in at]
        kept += [count + nth for nth in at]
        count += len(found)
        ids += [one.id for one in known]
        if is_told:
            numbers += [one.spacecraft_config for one in known]
        if is_list:
            lists = [getattr(one, root) or [] for one in known]
            lengths += [len(one) for one in lists]
            known = [row for one in lists for row in one]
        waiting += known
        if len(waiting) >= _TOGETHER:
            frames.append(unpacked(waiting, fields))
            waiting = []
    own = pl.concat([*frames, unpacked(waiting, fields)], rechunk=True)
    of = [nth for nth, length in enumerate(lengths) for _ in range(length)] if is_list else None
    whose = pl.Series(RECORD, range(len(ids)) if of is None else of, dtype=pl.UInt32)
    owners = pl.Series(owner.name, ids, dtype=owner.dtype)
    columns = [whose, owners if of is None else owners.gather(of), *own.get_columns()]
    if is_told:
        columns.append(pl.Series(CONFIGURATION, numbers, dtype=pl.UInt32))
        if table.of not in records.found_out:
            whole = pl.DataFrame([*columns[:2], columns[-1]])
            records.found_out[CONFIGURATION] = (whole, kept, proof.texts)
    return pl.DataFrame(columns), kept


def _told(table: Table, records: Records, proof: Proof) -> tuple[pl.DataFrame, list[int]] | None:
    """The same without another look at the pages; null where nobody read them for a larger table.

    Only who reads nothing but configurations can have it so.
    """
    if CONFIGURATION not in records.found_out or _own_fields(table).names:
        return None
    rows, kept, texts = records.found_out[CONFIGURATION]
    try:
        proof.add(texts)
    except ValueError:
        # It is for a page to say whose field is odd.
        return None
    return rows.clone(), kept


@cache
def _own_fields(table: Table) -> Fields:
    """What is read of the table's objects beside the record's id and its configuration."""
    fields = fields_of(table)
    if table.root.endswith("[]"):
        return fields.lists[table.root.removesuffix("[]")]
    leaves = {path: one for path, one in fields.leaves.items() if path != table.of.owner.path}
    objects = {name: one for name, one in fields.objects.items() if name != CONFIGURATION}
    return Fields(leaves, objects, fields.lists)


def _typed(table: Table, texts: pl.DataFrame) -> pl.DataFrame:
    """The frame with its durations, instants and days read, all of a kind in one go."""
    there = {*texts.columns}
    for read, of_kind in _times_of(table):
        names = [name for name in of_kind if name in there]
        if names:
            values = read(pl.concat(texts[name].alias("text") for name in names))
            for nth, name in enumerate(names):
                column = values.slice(nth * texts.height, texts.height).alias(name)
                # Without a query to plan, which would take longer.
                texts.replace_column(texts.get_column_index(name), column)
    return texts


@cache
def _times_of(table: Table) -> list[tuple[Callable[[pl.Series], pl.Series], list[str]]]:
    """The names of the table's columns of each type of time, beside what reads them."""
    return [
        (read, [one.name for one in table.own if one.dtype == dtype])
        for dtype, read in READERS.items()
    ]


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
