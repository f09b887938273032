"""Queries on records at hand, answered as LL2 would answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames import Record, Records, parse_duration
from spacecraft_analysis.query import Query, search_words

# What a filter compares, where that is not the field of its name.
_PATHS = {"search": "name", "spacecraft_config": "spacecraft_config.id", "status": "status.id"}
_MISSING = object()


def select(records: list[Record], query: Query) -> list[int]:
    """Return the positions of the records that LL2 would send, in its order.

    Ties are in the order of their ids; nulls come last in ascending and first in descending order,
    as in PostgreSQL. A field that all records lack is a SchemaError.
    """
    key = query.ordering.removeprefix("-")
    for name in (key, *query.filters):
        path = _PATHS.get(name, name)
        if records and all(_value(record, path, _MISSING) is _MISSING for record in records):
            raise SchemaError(
                f"{path} is missing from every record, so they can't be selected or ordered by it; "
                "look at .records, or leave that argument out"
            )
    sign = -1 if query.ordering.startswith("-") else 1

    def place(position: int) -> tuple[float, ...]:
        rank, record_id = _rank(_value(records[position], key)), _id_in(records[position])
        return sign * (rank is None), sign * (rank or 0), record_id is None, record_id or 0

    filters = query.filters.items()
    matching = [
        position
        for position, record in enumerate(records)
        if all(_passes(record, name, wanted) for name, wanted in filters)
    ]
    return sorted(matching, key=place)[: query.limit]


def events_of(events: Records, craft: Records) -> list[int]:
    """Return the positions of the docking events whose chaser or target is one of the craft."""
    ids = {_id_in(record) for record in craft.decoded} - {None}
    sides = ("flight_vehicle_chaser.spacecraft", "flight_vehicle_target.spacecraft")
    return [
        position
        for position, event in enumerate(events.decoded)
        if ids & {_id_in(_value(event, side)) for side in sides}
    ]


def _passes(record: Record, name: str, wanted: Any) -> bool:
    """Return whether a record passes one of LL2's filters; only `search` ignores letter case."""
    if name == "search":
        names = (_value(record, "name"), _value(record, "spacecraft_config.name"))
        texts = [_upper(name) for name in names if isinstance(name, str)]
        words = map(_upper, search_words(wanted))
        return all(any(word in text for text in texts) for word in words)
    value = _value(record, _PATHS.get(name, name))
    return bool(value == (wanted.strip() if name == "name" else wanted))


def _upper(text: str) -> str:
    """Return the text in capitals as PostgreSQL has it: a letter with two of them stays."""
    return "".join(capital if len(capital := letter.upper()) == 1 else letter for letter in text)


def _rank(value: Any) -> float | None:
    """Return what LL2 sorts by: a number as it is, a duration by its microseconds."""
    if isinstance(value, int | float):
        return value
    try:
        return parse_duration(value) // timedelta(microseconds=1)
    except ValueError:
        return None


def _id_in(record: Any) -> int | None:
    found = _value(record, "id")
    return found if isinstance(found, int) else None


def _value(record: Any, path: str, otherwise: Any = None) -> Any:
    """Return the value at a path, or what stands for one that is not there."""
    for key in path.split("."):
        record = record.get(key, otherwise) if isinstance(record, dict) else otherwise
    return record
