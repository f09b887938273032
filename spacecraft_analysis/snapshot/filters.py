"""Queries on records at hand, answered as LL2 would answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames import Record, Records, parse_duration
from spacecraft_analysis.query import Query, search_words

_MISSING = object()


def select(records: list[Record], query: Query) -> list[int]:
    """Return the positions of the records that LL2 would send, in its order.

    Text is compared as LL2 does it: `name` exactly, but for blanks around it, `search` without
    regard to case, every word of it in the spacecraft's or the configuration's name.

    Raises:
        SchemaError: A field that the query needs is missing from every record.
    """
    tests = [_test(records, name, value) for name, value in query.filters.items()]
    matching = [at for at in _order(records, query.ordering) if all(test[at] for test in tests)]
    return matching[: query.limit]


def events_of(events: Records, craft: Records) -> list[int]:
    """Return the positions of the docking events whose chaser or target is one of the craft."""
    ids = {_id_in(record) for record in craft.decoded} - {None}
    sides = ("flight_vehicle_chaser.spacecraft", "flight_vehicle_target.spacecraft")
    return [
        at
        for at, event in enumerate(events.decoded)
        if ids & {_id_in(_value(event, side)) for side in sides}
    ]


def _order(records: list[Record], ordering: str) -> list[int]:
    """Return the positions in LL2's order: ties by id, nulls as in PostgreSQL.

    Nulls come last in ascending and first in descending order.
    """
    key = ordering.removeprefix("-")
    descending = ordering.startswith("-")
    ranks = [_rank(value) for value in _values(records, key)]
    ids = [_id_in(record) for record in records]
    by_id = sorted(range(len(records)), key=lambda at: (ids[at] is None, ids[at]))
    known = [at for at in by_id if ranks[at] is not None]
    unknown = [at for at in by_id if ranks[at] is None]
    # A stable sort leaves ties in the order of their ids, in reverse too.
    known.sort(key=lambda at: ranks[at] or 0, reverse=descending)
    return unknown + known if descending else known + unknown


def _id_in(value: Any) -> int | None:
    found = _value(value, "id")
    return found if isinstance(found, int) else None


def _rank(value: Any) -> float | None:
    """Return what LL2 sorts by: a number as it is, a duration by its microseconds."""
    if isinstance(value, int | float):
        return value
    try:
        return parse_duration(value) // timedelta(microseconds=1)
    except ValueError:
        return None


def _test(records: list[Record], name: str, wanted: Any) -> list[bool]:
    """Return for each record whether it passes one of LL2's filters."""
    if name == "search":
        words = [_upper(word) for word in search_words(wanted)]
        names = (_values(records, "name"), _values(records, "spacecraft_config.name"))
        texts = [
            [_upper(name) for name in both if isinstance(name, str)]
            for both in zip(*names, strict=True)
        ]
        return [all(any(word in text for text in both) for word in words) for both in texts]
    path = {"spacecraft_config": "spacecraft_config.id", "status": "status.id"}.get(name, name)
    wanted = wanted.strip() if name == "name" else wanted
    return [value == wanted for value in _values(records, path)]


def _upper(text: str) -> str:
    """Return the text in capitals as PostgreSQL has it: a letter with two of them stays."""
    return "".join(capital if len(capital := letter.upper()) == 1 else letter for letter in text)


def _values(records: list[Record], path: str) -> list[Any]:
    """Return the value at a path of each record, None where it is missing."""
    values = [_value(record, path, _MISSING) for record in records]
    if values and all(value is _MISSING for value in values):
        raise SchemaError(
            f"{path} is missing from every record, so they can't be selected or ordered by it; "
            "look at .records, or leave that argument out"
        )
    return [None if value is _MISSING else value for value in values]


def _value(value: Any, path: str, otherwise: Any = None) -> Any:
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return otherwise
        value = value[key]
    return value
