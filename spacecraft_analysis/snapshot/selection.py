"""Questions answered from records, as LL2 would answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.frames.durations import parse_duration
from spacecraft_analysis.frames.modes import (
    AGENCY_DETAILS,
    DETAILED_CONFIG,
    FAMILY_DETAILS,
    PARENT_DETAILS,
)
from spacecraft_analysis.frames.records import Record
from spacecraft_analysis.query import Query, search_words

# For each object of a record: its `response_mode` in normal mode, and what it then lacks.
_NORMAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("normal", ("flights",)),
    "spacecraft_config": ("normal", DETAILED_CONFIG),
    "spacecraft_config.agency": ("list", AGENCY_DETAILS),
    "spacecraft_config.family": ("normal", FAMILY_DETAILS),
    "spacecraft_config.family.manufacturer": ("list", AGENCY_DETAILS),
    "spacecraft_config.family.parent": ("list", PARENT_DETAILS),
}


def select(records: list[Record], query: Query) -> list[tuple[Record, Record]]:
    """The records that LL2 would answer with, in its order: each with the record it is made of.

    Text is compared as LL2 does it: `name` exactly, but for blanks around it, `search` without
    regard to case, every word of it in the spacecraft's or the configuration's name.
    """
    matching = [record for record in records if _matches(record, query)]
    kept = order(matching, query.ordering)[: query.limit]
    return [(record, _as_normal(record) if query.mode == "normal" else record) for record in kept]


def order(records: list[Record], ordering: str) -> list[Record]:
    """The records in LL2's order, ties by id.

    Nulls come last in ascending and first in descending order, as PostgreSQL does it.
    """
    key = ordering.removeprefix("-")
    descending = ordering.startswith("-")
    by_id = sorted(records, key=lambda record: record["id"])
    ranks = [(_rank(_field(record, key)), record) for record in by_id]
    known = [(rank, record) for rank, record in ranks if rank is not None]
    unknown = [record for rank, record in ranks if rank is None]
    # A stable sort keeps ties in the order of their ids, in reverse too.
    known.sort(key=lambda pair: pair[0], reverse=descending)
    ordered = [record for _, record in known]
    return unknown + ordered if descending else ordered + unknown


def _rank(value: Any) -> int | None:
    """What LL2 sorts by: a number as it is, a duration by its microseconds."""
    if isinstance(value, int):
        return value
    try:
        return parse_duration(value) // timedelta(microseconds=1)
    except ValueError:
        return None


def _matches(record: Record, query: Query) -> bool:
    config = "spacecraft_config"
    paths = {config: f"{config}.id", "status": "status.id"}
    names = [str(_field(record, path)).upper() for path in ("name", f"{config}.name")]
    return all(
        all(any(word.upper() in text for text in names) for word in search_words(value))
        if name == "search"
        else _field(record, paths.get(name, name)) == (value.strip() if name == "name" else value)
        for name, value in query.filters.items()
    )


def _field(record: Record, path: str) -> Any:
    value: Any = record
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            raise SchemaError(
                f"spacecraft {record.get('id')}: {path} is missing, so the records can't be "
                "selected or ordered by it; look at .records, or leave that argument out"
            )
        value = value[key]
    return value


def _as_normal(value: Any, path: str = "") -> Any:
    """The value at a path of a detailed record as LL2 sends it in normal mode."""
    if isinstance(value, list):
        return [_as_normal(item, path) for item in value]
    if not isinstance(value, dict) or path not in _NORMAL:
        return value
    mode, details = _NORMAL[path]
    at = f"{path}." if path else ""
    kept = {key: _as_normal(inner, at + key) for key, inner in value.items() if key not in details}
    return kept | {"response_mode": mode} if "response_mode" in kept else kept
