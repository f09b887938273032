"""What one may ask of `/spacecraft/`: checked before it is sent, and answered alike from a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

MODES = ("detailed", "normal")
# Half a character; also what Python makes of a byte that the locale has no character for.
_HALF = re.compile("[\ud800-\udfff]")
ORDERINGS = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")


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
        for field in fields(self):
            object.__setattr__(self, field.name, _plain(getattr(self, field.name)))
        _one_of("mode", self.mode, MODES)
        _one_of("ordering", self.ordering, [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)])
        for name in ("in_space", "is_placeholder"):
            _of_type(name, getattr(self, name), bool)
        parts: dict[str, Callable[[str], Any]] = {"name": str.strip, "search": search_words}
        for name, part in parts.items():
            value = getattr(self, name)
            _of_type(name, value, str)
            if _HALF.search(value or ""):
                raise ValueError(
                    f"{name}={value!r}: no text that UTF-8 has; in a shell, look at LC_ALL"
                )
            # LL2 takes the blanks off a name, and a search apart into words.
            if value is not None and not part(value):
                raise ValueError(
                    f"{name}={value!r} would select everything: leave {name} out instead"
                )
        columns = {"spacecraft_config": "config_id", "status": "status_id", "limit": ""}
        for name, column in columns.items():
            hint = f", as in the column {column}" if column else ""
            _of_type(name, getattr(self, name), int, hint)
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


def flag(name: str, value: object) -> bool:
    """An argument that is true or false, NumPy's own ones too.

    Raises:
        TypeError: It is neither.
    """
    value = _plain(value)
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: expected bool")
    return value


def _plain(value: Any) -> Any:
    """A NumPy number, bool or text as Python's own; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def check_names(names: Iterable[str], known: Iterable[str]) -> None:
    """Nothing, if every name is known.

    Raises:
        TypeError: A name is not known; the message suggests the nearest one.
    """
    known = sorted(known)
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"expected one of {', '.join(known)}"
            raise TypeError(f"unknown argument {name!r}: {hint}")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of some names that is spelled most alike, if any is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, [*names], n=1)), None)


def search_words(search: str) -> list[str]:
    """The words that must all occur; quotes keep several together, as in LL2's search."""
    words = re.findall(r'"([^"]*)"|\'([^\']*)\'|([^\s,]+)', search)
    return [word for parts in words if (word := "".join(parts).strip())]


def _one_of(name: str, value: object, allowed: Iterable[str]) -> None:
    _of_type(name, value, str)
    allowed = list(allowed)
    if value not in allowed:
        near = nearest(str(value), allowed)
        hint = f" (did you mean {near!r}?)" if near else ""
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(allowed)}{hint}")


def _of_type(name: str, value: object, expected: type, hint: str = "") -> None:
    # A bool is an int to Python, but never an id or a limit to LL2.
    wrong = not isinstance(value, expected) or (expected is int and isinstance(value, bool))
    if value is not None and wrong:
        raise TypeError(f"{name}={value!r}: expected {expected.__name__}{hint}")
