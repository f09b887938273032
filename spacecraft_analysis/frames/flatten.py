"""From pages of nested JSON to flat, typed columns, by a table's declaration.

The pages are decoded strictly. If one is not as declared, all are decoded again as `validation`
repairs them: what is malformed is null, and a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
import polars as pl

from spacecraft_analysis.frames.pages import (
    MISSING,
    Records,
    decode,
    list_of,
    object_of,
)
from spacecraft_analysis.frames.schema import (
    CONFIGURATION,
    DERIVED_FAMILY,
    DURATION,
    FLIGHTS_LIST,
    INSTANT,
    TEXT,
    Column,
    Fields,
    RecordKind,
    Table,
    fields_of,
    record_fields,
)
from spacecraft_analysis.frames.tables import CRAFT_NAMES, FLIGHTS, SPACECRAFT
from spacecraft_analysis.frames.times import READERS
from spacecraft_analysis.frames.validation import Validation

T = TypeVar("T")
# Of a configuration's text, up to its id and address.
_BEGIN = 80

RECORD = "record"
"""The column that says to which of the records with an id, counted from 0, a row belongs."""


class Reader:
    """Reads the rows that are made of records of one kind.

    Args:
        records: As received.
        of: What they are records of.
        sent: When each of them was sent.
    """

    def __init__(self, records: Records, of: RecordKind, sent: pl.Series) -> None:
        self._records = records
        self._is_repaired = False
        self.validation = Validation(records, of)
        """What repairs the pages where they are not as declared."""
        self._sent = sent
        self._presence: dict[str, bool] = {}
        # The text of each part of the records.
        self._parts: dict[str, list[Any]] = {}
        self._owners = pl.DataFrame()

    @property
    def missing(self) -> list[str]:
        """The paths of the optional fields, of those read so far, that all records lack."""
        return [path for path, is_there in self._presence.items() if not is_there]

    def records(self, table: Table) -> pl.DataFrame:
        """Return the table's own columns and `retrieved_at`, one row per record with an id.

        What the record's parts hold is read by `configurations` and `flights`, afterwards.
        """
        fields = record_fields(table)
        found = self._read(lambda strict: self._records.read(fields, strict=strict))
        known = [one for one in found if one is not None]
        sent = self._sent
        if len(known) < len(found):
            sent = sent.gather([at for at, one in enumerate(found) if one is not None])
        self._parts = {name: [*map(attrgetter(name), known)] for name in fields.parts}
        own = _rows(known, fields, self._presence)
        self._owners = pl.DataFrame([own[table.of.owner.name], sent.alias("retrieved_at")])
        return own.hstack([self._owners["retrieved_at"]])

    def configurations(self, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return a row for each distinct configuration, and the number of each record's own row.

        LL2 repeats a configuration in each of its spacecraft, so each text is read once. The
        second frame has the record's id, `retrieved_at` and `row`, null where there is none.
        """
        fields = fields_of(table).objects[CONFIGURATION]

        def decoded(strict: bool) -> tuple[list[int], list[Any]]:
            numbers, rows = _numbered(map(bytes, self._parts[CONFIGURATION]))
            return rows, [decode(object_of(fields, strict), text) for text in numbers]

        rows, distinct = self._read(decoded)
        numbers = [None if distinct[row] is None else row for row in rows]
        read = _rows(distinct, fields, self._presence)
        return read, self._owners.hstack([pl.Series("row", numbers, pl.UInt32)])

    def flights(self) -> pl.DataFrame:
        """Return FLIGHTS' own columns with `retrieved_at`, one row per flight with an id.

        The column `record` says to which row of `records` it belongs.
        """
        fields = fields_of(FLIGHTS).lists[FLIGHTS_LIST]

        def decoded(strict: bool) -> list[tuple[Any, ...]]:
            parts, kind = self._parts[FLIGHTS_LIST], list_of(fields, strict)
            if strict and MISSING in parts:
                raise ValueError("a record has no flights")
            return [(part is not MISSING and decode(kind, part)) or () for part in parts]

        found = [
            (nth, one)
            for nth, flights in enumerate(self._read(decoded))
            for one in flights
            if one is not None and one.id is not None
        ]
        own = _rows([one for _, one in found], fields, self._presence)
        at = pl.Series(RECORD, [nth for nth, _ in found], pl.UInt32)
        return own.hstack([at, self._owners["retrieved_at"].gather(at)])

    def _read(self, decoded: Callable[[bool], T]) -> T:
        """What is decoded of the pages, strictly, or from now on of the repaired pages."""
        if not self._is_repaired:
            try:
                return decoded(True)
            except ValueError:
                self._records, self._is_repaired = self.validation.repaired(), True
                if self._parts:
                    self.records(SPACECRAFT)
        return decoded(False)


def _numbered(texts: Iterable[bytes]) -> tuple[dict[bytes, int], list[int]]:
    """Return the distinct texts with their numbers, and the number of each text."""
    numbers: dict[bytes, int] = {}
    latest: dict[bytes, bytes] = {}
    rows: list[int] = []
    for text in texts:
        # A text mostly equals the latest that begins alike, whose hash is known already.
        same = latest.get(begin := text[:_BEGIN])
        if text != same:
            latest[begin] = same = text
        rows.append(numbers.setdefault(same, len(numbers)))
    return numbers, rows


def _rows(objects: Sequence[Any], fields: Fields, presence: dict[str, bool]) -> pl.DataFrame:
    """Return one row per object, with times read from their texts.

    Args:
        objects: They have the fields as attributes.
        fields: What to read.
        presence: By path, whether an optional field was there; what is found is added.
    """
    columns: list[pl.Series] = []
    lists: dict[str, tuple[pl.DataType, list[Any]]] = {}
    for column, values in _values(objects, fields, presence):
        kind = type(column.dtype)
        if kind is pl.List:
            lists[column.name] = column.dtype, values
        elif kind in READERS:
            columns.append(READERS[kind](values).alias(column.name))
        else:
            # With the class of the type, which Polars looks at less long than at an instance.
            columns.append(pl.Series(column.name, values, kind))
    return pl.DataFrame(columns + _list_columns(lists))


def _list_columns(lists: dict[str, tuple[pl.DataType, list[Any]]]) -> list[pl.Series]:
    # By way of JSON, all at once: Polars would make a column of each single list.
    if not lists:
        return []
    text = msgspec.json.encode([{name: values for name, (_, values) in lists.items()}])
    schema = {name: pl.List(dtype) for name, (dtype, _) in lists.items()}
    return [column[0].alias(column.name) for column in pl.read_json(text, schema=schema)]


def _values(
    objects: Sequence[Any], fields: Fields, presence: dict[str, bool]
) -> Iterator[tuple[Column, list[Any]]]:
    """Yield each column made of some objects, at any depth, with its values.

    Where an object is null or missing, so is all that it would hold.
    """
    kind = next((type(one) for one in objects if one), None)
    if kind is None:
        yield from ((column, [None] * len(objects)) for column in fields.columns())
        return
    if has_gaps := not all(objects):
        empty = kind(**dict.fromkeys(kind.__struct_fields__, MISSING))
        objects = [one or empty for one in objects]

    def read(name: str, optional: bool) -> list[Any]:
        values = [*map(attrgetter(name), objects)]
        if optional:
            path = f"{fields.at}{name}"
            is_there = any(value is not MISSING for value in values)
            presence[path] = is_there or presence.get(path, False)
        return values

    for name, column in fields.leaves.items():
        values = read(name, column.optional)
        if column.lenient:
            values = [
                str(getattr(one, "name", one)) if one not in (None, MISSING) else None
                for one in values
            ]
        if column.is_text:
            # Empty text holds no information.
            values = [one or None for one in values]
        elif column.optional or has_gaps:
            values = [None if one is MISSING else one for one in values]
        yield column, values
    for name, child in fields.objects.items():
        yield from _values(read(name, child.optional), child, presence)
    for name, child in fields.lists.items():
        lists = [None if one is MISSING else one for one in read(name, child.optional)]
        items = [item for one in lists if one for item in one]
        for column, values in _values(items, child, presence):
            if not items:
                yield column, lists
                continue
            if to_times := READERS.get(type(column.value_type)):
                values = to_times(values).to_list()
            rest = iter(values)
            yield column, [None if one is None else [*islice(rest, len(one))] for one in lists]


def of_craft(columns: Sequence[Column], spacecraft: pl.DataFrame) -> pl.DataFrame:
    """Return what other tables repeat of each craft, as its own table has it."""
    own_names = {repeated: name for name, repeated in CRAFT_NAMES.items()}
    craft = spacecraft[[own_names.get(column.name, column.name) for column in columns]]
    craft.columns = [column.name for column in columns]
    return craft


def with_families(frame: pl.DataFrame, config_name: str) -> pl.DataFrame:
    """Return the frame with the derived families."""
    names = ["family_ids", "family_names", "family_parent_ids", "family_parent_names", config_name]
    values = zip(*(frame[name].to_list() for name in names), strict=True)
    derived = [
        _family_of(ids or [], names or [], parent_ids or [], parent_names or [], fallback)
        for ids, names, parent_ids, parent_names, fallback in values
    ]
    schema = {column.name: column.dtype for column in DERIVED_FAMILY}
    return frame.hstack(pl.DataFrame(derived, schema=schema, orient="row"))


def _family_of(
    ids: list[int | None],
    names: list[str | None],
    parent_ids: list[int | None],
    parent_names: list[str | None],
    config_name: str | None,
) -> tuple[str | None, str | None, bool]:
    """The most specific family, the top of its tree, and whether the configuration stands in."""
    families = {
        family_id: (name, parent_id, parent_name)
        for family_id, name, parent_id, parent_name in zip(
            ids, names, parent_ids, parent_names, strict=True
        )
        if family_id is not None and name is not None
    }
    if not families:
        return config_name, config_name, True
    parents = {parent_id for at, (_, parent_id, _) in families.items() if parent_id != at}
    # A circle of parents has no leaf; the lowest id then stands for it.
    at = min(families.keys() - parents or families.keys())
    family, parent_id, parent_name = families[at]
    root, seen = family, {at}
    while parent_name is not None and parent_id not in seen:
        root = parent_name
        seen.add(parent_id or 0)
        if parent_id not in families:
            break
        root, parent_id, parent_name = families[parent_id]
    return family, root, False


def as_text(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return the values as text: times in ISO 8601, lists joined by commas."""
    if isinstance(dtype, pl.List):
        # Polars types `List.inner` as possibly a class; ours are always instances.
        items = values.list.eval(as_text(pl.element(), dtype.inner).fill_null("null"))  # type: ignore[arg-type]
        return pl.format("[{}]", items.list.join(", "))
    if dtype == DURATION:
        return values.dt.to_string("iso")
    if dtype == INSTANT:
        return values.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")
    return values.cast(TEXT)
