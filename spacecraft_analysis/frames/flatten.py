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

from spacecraft_analysis.frames.pages import MISSING, Retrieved, decode, list_of, object_of
from spacecraft_analysis.frames.schema import (
    CONFIGURATION,
    DERIVED_FAMILY,
    DURATION,
    FLIGHTS_LIST,
    INSTANT,
    SHARED_OBJECTS,
    TEXT,
    Column,
    Fields,
    Table,
    fields_of,
    record_fields,
)
from spacecraft_analysis.frames.tables import CONFIGURATIONS, CRAFT_NAMES, FLIGHTS, SPACECRAFT
from spacecraft_analysis.frames.times import READERS
from spacecraft_analysis.frames.validation import Validation

T = TypeVar("T")

RECORD = "record"
"""The position, among the records with an id, of the record that a row comes from."""


class Reader:
    """Reads the rows that are made of records of one kind, each with when it was sent."""

    def __init__(self, retrieved: Retrieved) -> None:
        self._records = retrieved.records
        self._is_repaired = False
        self.validation = Validation(retrieved.records, retrieved.kind)
        """What repairs the pages where they are not as declared."""
        self._sent = retrieved.sent
        # Of each record the texts of the objects that LL2 repeats, and that of its flights.
        self._texts: dict[str, _Texts] = {}
        self._flights: list[Any] = []

    def records(self, table: Table) -> pl.DataFrame:
        """Return the table's columns and `retrieved_at`, one row per record with an id.

        `configurations` and `flights` read the rest of a spacecraft's record, afterwards.
        """
        fields, objects = record_fields(table), fields_of(table).objects

        def decoded(strict: bool) -> pl.DataFrame:
            texts = {name: _Texts() for name in SHARED_OBJECTS if name in fields.parts}
            own: list[pl.DataFrame] = []
            flights: list[Any] = []
            is_known: list[bool] = []
            for found in self._records.read(fields, strict=strict):
                is_known += [record is not None for record in found]
                # Strict types have no None.
                known = found if strict else [record for record in found if record is not None]
                own.append(_rows(known, fields, self.validation.presence))
                for name, of_part in texts.items():
                    of_part.add(map(attrgetter(name), known))
                if FLIGHTS_LIST in fields.parts:
                    flights += map(attrgetter(FLIGHTS_LIST), known)
            frames = [pl.concat(own, rechunk=True)]
            for name, of_part in texts.items():
                frames.append(of_part.rows(objects[name], strict, self.validation.presence))
            sent = self._sent if all(is_known) else self._sent.filter(pl.Series(is_known))
            self._texts, self._flights = texts, flights
            return pl.DataFrame([column for frame in frames for column in frame] + [sent])

        return self._read(table, decoded)

    def configurations(self) -> pl.DataFrame:
        """Return CONFIGURATIONS' columns for each record; the same text has the same number."""
        fields = fields_of(CONFIGURATIONS).objects[CONFIGURATION]

        def decoded(strict: bool) -> pl.DataFrame:
            texts = self._texts[CONFIGURATION]
            return texts.rows(fields, strict, self.validation.presence).hstack([texts.numbers])

        return self._read(CONFIGURATIONS, decoded)

    def flights(self) -> pl.DataFrame:
        """Return FLIGHTS' own columns, one row per flight with an id, and its record's place."""
        fields = fields_of(FLIGHTS).lists[FLIGHTS_LIST]

        def decoded(strict: bool) -> list[tuple[Any, ...]]:
            texts, kind = self._flights, list_of(fields, strict)
            if strict and MISSING in texts:
                raise ValueError("a record has no flights")
            return [(text is not MISSING and decode(kind, text)) or () for text in texts]

        found = [
            (position, flight)
            for position, flights in enumerate(self._read(FLIGHTS, decoded))
            for flight in flights
            if flight is not None and flight.id is not None
        ]
        own = _rows([flight for _, flight in found], fields, self.validation.presence)
        return own.hstack([pl.Series(RECORD, [position for position, _ in found], pl.UInt32)])

    def _read(self, table: Table, decoded: Callable[[bool], T]) -> T:
        """Decode strictly; at the first page that does not fit, switch to repaired records."""
        if not self._is_repaired:
            try:
                return decoded(True)
            except ValueError:
                self._records, self._is_repaired = self.validation.repaired(), True
                # Parts that were read before are not of the repaired records.
                if self._texts:
                    self.records(SPACECRAFT)
        self.validation.refuse_changed(table)
        return decoded(False)


class _Texts:
    """The texts of an object that LL2 repeats in many records: each distinct one is read once."""

    def __init__(self) -> None:
        self._distinct: dict[bytes, int] = {}
        self._of_records: list[int] = []

    def add(self, texts: Iterable[Any]) -> None:
        """Take the texts of some more records."""
        latest, number = None, 0
        for text in texts:
            # Neighbours often have the same text, which needs neither a copy nor a hash then.
            if text != latest:
                latest, number = text, self._distinct.setdefault(bytes(text), len(self._distinct))
            self._of_records.append(number)

    @property
    def numbers(self) -> pl.Series:
        """The number of each record's text."""
        return pl.Series("text_number", self._of_records, pl.UInt32)

    def rows(self, fields: Fields, strict: bool, presence: dict[str, bool]) -> pl.DataFrame:
        """Return the object of each record as a row."""
        kind: Any = object_of(fields, strict)
        objects: Any = list[kind | None] if fields.nullable else list[kind]
        distinct = decode(objects, b"[%s]" % b",".join(self._distinct))
        return _rows(distinct, fields, presence)[self.numbers]


def _rows(objects: Sequence[Any], fields: Fields, presence: dict[str, bool]) -> pl.DataFrame:
    """Return one row per object; note in `presence` which optional fields are there."""
    columns: list[pl.Series] = []
    lists: dict[str, Sequence[Any]] = {}
    schema: dict[str, pl.DataType] = {}
    for column, values in _values(objects, fields, presence):
        kind = type(column.dtype)
        if kind is pl.List:
            lists[column.name], schema[column.name] = values, pl.List(column.dtype)
        elif kind in READERS:
            columns.append(READERS[kind](values).alias(column.name))
        else:
            # With the class of the type, which Polars looks at less long than at an instance.
            columns.append(pl.Series(column.name, values, kind))
    if lists:
        # By way of JSON, all at once: Polars would make a column of each single list.
        read = pl.read_json(msgspec.json.encode([lists]), schema=schema)
        columns += [column[0].alias(column.name) for column in read]
    return pl.DataFrame(columns)


def _values(
    objects: Sequence[Any], fields: Fields, presence: dict[str, bool]
) -> Iterator[tuple[Column, Sequence[Any]]]:
    """Yield each column made of some objects, at any depth, with its values.

    Where an object is null or missing, so is all that it would hold.
    """
    if "family" in fields.lists:
        families = [_family_of(config) if config else (None, None, None) for config in objects]
        for position, column in enumerate(DERIVED_FAMILY):
            yield column, [family[position] for family in families]
    kind = next((type(value) for value in objects if value), None)
    has_gaps = not all(objects)
    if kind and has_gaps:
        empty = kind(**dict.fromkeys(kind.__struct_fields__, MISSING))
        objects = [value or empty for value in objects]

    def read(name: str, optional: bool) -> Sequence[Any]:
        if not kind:
            # What they would hold is as null or missing as they are.
            return objects
        # Column by column: a tuple for each object would be one more for the garbage collector.
        values = [*map(attrgetter(name), objects)]
        if optional:
            path = f"{fields.prefix}{name}"
            is_there = any(value is not MISSING for value in values)
            presence[path] = is_there or presence.get(path, False)
        return values

    for name, column in fields.leaves.items():
        values = read(name, column.optional)
        if column.lenient:
            values = [
                str(getattr(value, "name", value)) if value not in (None, MISSING) else None
                for value in values
            ]
        if name in fields.texts:
            # Empty text holds no information. Most columns have none.
            values = values if all(values) else [value or None for value in values]
        elif column.optional or has_gaps:
            values = [None if value is MISSING else value for value in values]
        yield column, values
    for name, child in fields.objects.items():
        yield from _values(read(name, child.optional), child, presence)
    for name, child in fields.lists.items():
        lists = [None if inner is MISSING else inner for inner in read(name, child.optional)]
        items = [item for inner in lists if inner for item in inner]
        for column, values in _values(items, child, presence):
            if to_times := READERS.get(type(column.value_type)):
                values = to_times(values).to_list()
            rest = iter(values)
            cells = [None if inner is None else [*islice(rest, len(inner))] for inner in lists]
            yield column, cells


def _family_of(configuration: Any) -> tuple[str | None, str | None, bool]:
    """Return the most specific family, the top of its tree, and if the configuration stands in."""
    families = {
        listed.id: (listed.name, listed.parent)
        for listed in configuration.family or ()
        if listed and listed.id is not None and listed.name
    }
    if not families:
        name = configuration.name or None
        return name, name, True
    parents = {parent.id for id_, (_, parent) in families.items() if parent and parent.id != id_}
    # A circle of parents has no leaf; the lowest id then stands for it.
    lowest = min(families.keys() - parents or families.keys())
    family, parent = families[lowest]
    root, seen = family, {lowest}
    while parent and parent.name and parent.id not in seen:
        root = parent.name
        seen.add(parent.id)
        if parent.id not in families:
            break
        root, parent = families[parent.id]
    return family, root, False


def columns_of_craft(columns: Sequence[Column], spacecraft: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that other tables repeat of each craft, as its own table has them."""
    own_names = {copied: name for name, copied in CRAFT_NAMES.items()}
    craft = spacecraft[[own_names.get(column.name, column.name) for column in columns]]
    craft.columns = [column.name for column in columns]
    return craft


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
