"""What one may ask of `/spacecraft/`: checked before it is sent, and answered alike from a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from spacecraft_analysis.durations import parse_duration
from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.records import Record

MODES = ("detailed", "normal")
ORDERINGS = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")
# What LL2 sends only in detailed mode; without these a detailed record is a normal one.
DETAILED_CONFIG = (
    *("capability", "history", "details", "maiden_flight", "height", "diameter", "human_rated"),
    *("crew_capacity", "payload_capacity", "payload_return_capacity", "flight_life", "wiki_link"),
    *("info_link", "spacecraft_flown", "total_launch_count", "successful_launches"),
    *("failed_launches", "attempted_landings", "successful_landings", "failed_landings"),
    "fastest_turnaround",
)
AGENCY_DETAILS = (
    *("featured", "country", "description", "administrator", "founding_year", "launchers"),
    *("spacecraft", "parent", "image", "logo", "social_logo"),
)
FAMILY_DETAILS = (
    *("spacecraft_flown", "total_launch_count", "successful_launches", "failed_launches"),
    *("attempted_landings", "successful_landings", "failed_landings"),
)
PARENT_DETAILS = ("description", "manufacturer", "parent", "maiden_flight", *FAMILY_DETAILS)
# For each object of a record: its `response_mode` in normal mode, and what it then lacks.
_NORMAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("normal", ("flights",)),
    "spacecraft_config": ("normal", DETAILED_CONFIG),
    "spacecraft_config.agency": ("list", AGENCY_DETAILS),
    "spacecraft_config.family": ("normal", FAMILY_DETAILS),
    "spacecraft_config.family.manufacturer": ("list", AGENCY_DETAILS),
    "spacecraft_config.family.parent": ("list", PARENT_DETAILS),
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question to `/spacecraft/`; `None` leaves a filter out.

    Raises:
        TypeError: An argument has a type that LL2 can't take.
        ValueError: An argument has a value that LL2 does not know.
    """

    mode: str = "detailed"
    in_space: bool | None = None
    is_placeholder: bool | None = None
    name: str | None = None
    spacecraft_config: int | None = None
    status: int | None = None
    search: str | None = None
    ordering: str = "id"
    limit: int | None = None

    def __post_init__(self) -> None:
        _one_of("mode", self.mode, MODES)
        _one_of("ordering", self.ordering, [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)])
        for name in ("in_space", "is_placeholder"):
            _of_type(name, getattr(self, name), bool)
        parts: dict[str, Callable[[str], Any]] = {"name": str.strip, "search": search_words}
        for name, part in parts.items():
            value = getattr(self, name)
            _of_type(name, value, str)
            # LL2 takes the blanks off a name, and a search apart into words.
            if value is not None and not part(value):
                raise ValueError(
                    f"{name}={value!r} would select everything: leave {name} out instead"
                )
        for name in ("spacecraft_config", "status", "limit"):
            _of_type(name, getattr(self, name), int)
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)!r}: expected a number from 1")

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Query:
        """The query made of named arguments; a misspelt one is answered with the nearest name."""
        check_names(arguments, [field.name for field in fields(cls)])
        return cls(**arguments)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters and the search that are set, by LL2's names for them."""
        return {
            name: value
            for name, value in self.asked.items()
            if name not in ("mode", "ordering", "limit")
        }

    @property
    def asked(self) -> dict[str, Any]:
        """Every argument that is set, in the order of declaration."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Nothing, if every name is known.

    Raises:
        TypeError: A name is not known; the message suggests the nearest one.
    """
    known = sorted(known)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise TypeError(f"unknown argument {name!r}: {hint}")


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


def search_words(search: str) -> list[str]:
    """The words that must all occur; quotes keep several together, as in LL2's search."""
    words = re.findall(r'"([^"]*)"|\'([^\']*)\'|([^\s,]+)', search)
    return [word for parts in words if (word := "".join(parts).strip())]


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


def _one_of(name: str, value: object, allowed: Iterable[str]) -> None:
    _of_type(name, value, str)
    allowed = list(allowed)
    if value not in allowed:
        near = get_close_matches(str(value), allowed, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(allowed)}{hint}")


def _of_type(name: str, value: object, expected: type) -> None:
    # A bool is an int to Python, but never an id or a limit to LL2.
    wrong = not isinstance(value, expected) or (expected is int and isinstance(value, bool))
    if value is not None and wrong:
        raise TypeError(f"{name}={value!r}: expected {expected.__name__}")
