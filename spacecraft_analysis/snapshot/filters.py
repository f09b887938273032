"""Questions answered from records, as LL2 would answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.pages import Record, Records
from spacecraft_analysis.frames.schema import (
    AGENCY_DETAILS,
    DETAILED_CONFIG,
    FAMILY_DETAILS,
    PARENT_DETAILS,
)
from spacecraft_analysis.frames.times import parse_duration
from spacecraft_analysis.query import Query, search_words

_MISSING = object()
# For each object of a record: its `response_mode` in normal mode, and what it then lacks.
_NORMAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("normal", ("flights",)),
    "spacecraft_config": ("normal", DETAILED_CONFIG),
    "spacecraft_config.agency": ("list", AGENCY_DETAILS),
    "spacecraft_config.family": ("normal", FAMILY_DETAILS),
    "spacecraft_config.family.manufacturer": ("list", AGENCY_DETAILS),
    "spacecraft_config.family.parent": ("list", PARENT_DETAILS),
}


def select(records: list[Record], query: Query) -> list[int]:
    """Which records LL2 would answer with, in its order, by their positions.

    Text is compared as LL2 does it: `name` exactly, but for blanks around it, `search` without
    regard to case, every word of it in the spacecraft's or the configuration's name.
    """
    tests = [_test(records, name, value) for name, value in query.filters.items()]
    matching = [at for at in order(records, query.ordering) if all(passes[at] for passes in tests)]
    return matching[: query.limit]


def order(records: list[Record], ordering: str) -> list[int]:
    """The positions of the records in LL2's order, ties by id.

    Nulls come last in ascending and first in descending order, as PostgreSQL does it.
    """
    key = ordering.removeprefix("-")
    descending = ordering.startswith("-")
    values = _values(records, key)
    ids = [_id_in(record) for record in records]
    by_id = sorted(range(len(records)), key=lambda at: (ids[at] is None, ids[at]))
    ranks = {at: _rank(values[at]) for at in by_id}
    known = {at: rank for at, rank in ranks.items() if rank is not None}
    unknown = [at for at in by_id if at not in known]
    # A stable sort keeps ties in the order of their ids, in reverse too.
    ordered = sorted(known, key=lambda at: known[at], reverse=descending)
    return unknown + ordered if descending else ordered + unknown


def events_of(events: Records, craft: Records) -> list[int]:
    """The positions of the docking events whose chaser or target is one of the craft."""
    ids = {_id_in(record) for record in craft.decoded} - {None}
    return [at for at, event in enumerate(events.decoded) if ids & _craft_of(event)]


def _craft_of(event: Record) -> set[int | None]:
    sides = ("flight_vehicle_chaser", "flight_vehicle_target")
    return {_id_in(_value(event, f"{side}.spacecraft")) for side in sides}


def _id_in(value: Any) -> int | None:
    """The whole number that an object has as id."""
    found = _value(value, "id")
    return found if isinstance(found, int) else None


def _rank(value: Any) -> float | None:
    """What LL2 sorts by: a number as it is, a duration by its microseconds."""
    if isinstance(value, int | float):
        return value
    try:
        return parse_duration(value) // timedelta(microseconds=1)
    except ValueError:
        return None


def _test(records: list[Record], name: str, wanted: Any) -> list[bool]:
    """Of each record whether it passes one of LL2's filters."""
    config = "spacecraft_config"
    if name == "search":
        words = [word.upper() for word in search_words(wanted)]
        both = zip(_values(records, "name"), _values(records, f"{config}.name"), strict=True)
        texts = [[str(name or "").upper() for name in names] for names in both]
        return [all(any(word in name for name in names) for word in words) for names in texts]
    path = {config: f"{config}.id", "status": "status.id"}.get(name, name)
    wanted = wanted.strip() if name == "name" else wanted
    return [value == wanted for value in _values(records, path)]


def _values(records: list[Record], path: str) -> list[Any]:
    """What each record holds at a path, null where it lacks it."""
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


def as_normal(value: Any, path: str = "") -> Any:
    """The value at a path of a detailed record as LL2 sends it in normal mode."""
    if isinstance(value, list):
        return [as_normal(item, path) for item in value]
    if not isinstance(value, dict) or path not in _NORMAL:
        return value
    mode, details = _NORMAL[path]
    at = f"{path}." if path else ""
    kept = {key: as_normal(inner, at + key) for key, inner in value.items() if key not in details}
    return kept | {"response_mode": mode} if "response_mode" in kept else kept
