"""Pages on which nothing is odd, as most are: told in C, so that no walk over them is needed.

What is told here never contradicts the walk: a page may be sound all the same where this says no,
and is then walked over.

As `proof`, imported where a page is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import msgspec

from spacecraft_analysis.frames.declaration import (
    DAY,
    DURATION,
    INSTANT,
    Column,
    Fields,
    Table,
    fields_of,
)
from spacecraft_analysis.frames.proof import kind_of, matches, or_null

# As LL2 writes durations, instants and days: each text of these can be read.
_DURATION = (
    r"-?P(?=[0-9T])(?:[0-9]{1,7}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,6})?S)?)?"
)
_LEAP_YEAR = r"[1-9][0-9](?:0[48]|[2468][048]|[13579][26])"
_DAY = (
    r"(?:[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    rf"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|{_LEAP_YEAR}-02-29)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_READABLE: dict[Any, Any] = {
    dtype: Annotated[str, msgspec.Meta(pattern=rf"\A{pattern}\Z")]
    for dtype, pattern in ((DURATION, _DURATION), (INSTANT, f"{_DAY}T{_TIME}Z"), (DAY, _DAY))
}
_ANYTHING = msgspec.Raw | msgspec.UnsetType
# Says which mode a record is of, at any depth.
_MODE = "response_mode"


def is_sound(tables: Sequence[Table], known: frozenset[str], page: bytes) -> bool:
    """Whether every field that the tables read is there, of its kind and readable, and no other.

    Args:
        tables: All that is made of such records.
        known: The paths of fields of which no column is made.
        page: An object that lists records under `results`.
    """
    return matches(_page_of(tuple(tables), known), page)


@cache
def _page_of(tables: tuple[Table, ...], known: frozenset[str]) -> type:
    records: Any = list[_object_of(fields_of(*tables), known, "")]  # type: ignore[misc]
    return msgspec.defstruct("Page", [("results", records)], gc=False)


def _object_of(fields: Fields, known: frozenset[str], at: str) -> type:
    """The class of an object with these fields, all of them required, and the known ones."""
    kinds: list[tuple[str, Any]] = [
        (name, or_null(_kind_of(column), column.nullable)) for name, column in fields.leaves.items()
    ]
    for name, child in fields.objects.items():
        inner = _object_of(child, known, f"{at}{name}.")
        kinds.append((name, or_null(inner, child.may_be_null)))
    for name, child in fields.lists.items():
        items: Any = list[_object_of(child, known, f"{at}{name}[].")]  # type: ignore[misc]
        kinds.append((name, or_null(items, child.may_be_null)))
    others = {path.removeprefix(at) for path in known if path.startswith(at)} | {_MODE}
    further = [
        (name, _ANYTHING, msgspec.UNSET)
        for name in sorted(others - fields.names)
        if "." not in name
    ]
    return msgspec.defstruct("Object", [*kinds, *further], forbid_unknown_fields=True, gc=False)


def _kind_of(column: Column) -> Any:
    return _READABLE.get(column.value_type) or kind_of(column)
