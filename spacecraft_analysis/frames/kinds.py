"""The JSON kind of a column's values: what is one, and what is one in another spelling."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from spacecraft_analysis.frames.declaration import (
    DAY,
    DURATION,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
)
from spacecraft_analysis.frames.durations import parse_duration
from spacecraft_analysis.frames.instants import parse_instant

_DIGITS = re.compile(r"-?[0-9]{1,19}")
_DECIMALS = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")


class Kind(NamedTuple):
    """The JSON kind of a column's values: its name, and how a value of it is told and read."""

    name: str
    accepts: Callable[[Any], bool]
    respelled: Callable[[Any], Any] = lambda value: None
    """The value that another kind spells without doubt (3.0, "3"); null if it does not."""
    parse: Callable[[str], Any] | None = None
    """What the column holds of the text; a `ValueError` where it is unreadable."""

    def can_read(self, value: Any) -> bool:
        """Whether a value of this kind is one of the column too; an empty text is null there."""
        if self.parse is None or not value:
            return True
        try:
            self.parse(value)
        except ValueError:
            return False
        return True


def is_integer(value: Any) -> bool:
    """Whether it is a whole number that 64 bits hold."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and -(2**63) <= value < 2**63


def plain_text(value: Any) -> Any:
    """The text of a plain value, or of an object's name; anything else as it is."""
    named = value.get("name") if isinstance(value, dict) else value
    return str(named) if isinstance(named, str | int | float) else value


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**1023


def _is_text(value: Any) -> bool:
    try:
        # Half a character can be written as an escape; it fits no text of ours.
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _whole(value: Any) -> int | None:
    fits = value.is_integer() if isinstance(value, float) else _is_text_of(_DIGITS, value)
    whole = int(value) if fits else None
    return whole if is_integer(whole) else None


def _number(value: Any) -> float | None:
    return float(value) if _is_text_of(_DECIMALS, value) else None


def _is_text_of(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


_TEXTS = {
    TEXT: Kind("text", _is_text),
    DURATION: Kind("an ISO 8601 duration as text", _is_text, parse=parse_duration),
    INSTANT: Kind("an ISO 8601 instant as text", _is_text, parse=parse_instant),
    DAY: Kind("an ISO 8601 date as text", _is_text, parse=date.fromisoformat),
}
KINDS: dict[pl.DataType, Kind] = {
    INTEGER: Kind("a whole number", is_integer, _whole),
    NUMBER: Kind("a number", _is_number, _number),
    FLAG: Kind("true or false", lambda value: isinstance(value, bool)),
    **_TEXTS,
}
