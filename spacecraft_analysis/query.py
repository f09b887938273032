"""The arguments of a request for spacecraft: checked before anything is sent, used on files too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_MODES = ("detailed", "normal")
# A run without blanks, except in complete quotes inside it.
_TERM = re.compile(r"""(?:[^\s'"]*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))+[^\s'"]*|\S+""")
_FLAGS = ("in_space", "is_placeholder")
_NUMBERS = ("spacecraft_config", "status", "limit")
_COLUMNS = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")
_ORDERINGS = (*_COLUMNS, *(f"-{name}" for name in _COLUMNS))


@dataclass(frozen=True)
class Query:
    """What is requested of `/spacecraft/`; a TypeError or ValueError if LL2 does not know that."""

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
        for name, given in list(vars(self).items()):
            value = _plain(given)
            object.__setattr__(self, name, value)
            expected = bool if name in _FLAGS else int if name in _NUMBERS else str
            # A bool is an int to Python, but never an id or a limit to LL2.
            is_other = isinstance(value, bool) and expected is int
            if value is not None and (is_other or not isinstance(value, expected)):
                raise TypeError(f"{name}={value!r}: expected {expected.__name__}")
        for name, allowed in (("mode", _MODES), ("ordering", _ORDERINGS)):
            if (value := getattr(self, name)) not in allowed:
                raise ValueError(f"{name}={value!r}: expected one of {', '.join(allowed)}")
        for name in ("name", "search"):
            value = getattr(self, name)
            # What Python makes of bytes that are not valid in the shell's encoding.
            if re.search("[\ud800-\udfff]", value or ""):
                raise ValueError(f"{name}={value!r} contains bytes that are not valid UTF-8")
            # LL2 strips a name, and splits a search into words.
            words = search_words if name == "search" else str.strip
            if value is not None and not words(value):
                raise ValueError(f"{name}={value!r} would select everything; leave {name} out")
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value!r}: must be at least 1")

    @property
    def filters(self) -> dict[str, Any]:
        """The filters and the search that are set, by LL2's names for them."""
        others = ("mode", "ordering", "limit")
        return {name: value for name, value in self.arguments.items() if name not in others}

    @property
    def arguments(self) -> dict[str, Any]:
        """Every argument that is set, in the order of declaration."""
        return {name: value for name, value in vars(self).items() if value is not None}


def flag(name: str, value: object) -> bool:
    """Return an argument that is true or false, also one of NumPy's, else raise TypeError."""
    value = _plain(value)
    if not isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: expected bool")
    return value


def _plain(value: Any) -> Any:
    """Return a NumPy number, bool or text as Python's own; anything else unchanged."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def search_words(search: str) -> list[str]:
    """Return the words that must all occur, split as Django REST framework does it for LL2.

    Blanks and commas separate words, and a phrase in quotes is one word. A quote inside a word is
    a part of it, and a lone quote is an empty word, which every text has.
    """
    words: list[str] = []
    for term in _TERM.findall(search):
        term = term.strip(",")
        if term[:1] in ('"', "'") and term[0] == term[-1]:
            words.append(re.sub(rf"\\([{term[0]}\\])", r"\1", term[1:-1]))
        else:
            words += [word.strip() for word in term.split(",") if word]
    return words
