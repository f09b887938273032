"""ISO 8601 text, as LL2 writes it, to durations, instants and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, TypeVar

import msgspec
import polars as pl

from spacecraft_analysis.frames.schema import DAY, DURATION, INSTANT

T = TypeVar("T")

_MICROSECOND = timedelta(microseconds=1)
# Fast path: for text of only these characters msgspec gives the same result as isodate and
# `fromisoformat`, provided an instant is 20 characters long and only seconds (at most nine digits)
# have a fraction (at most six).
_DURATION, _INSTANT, _INSTANT_LENGTH = b"-.0123456789PTDHMS", b"-0123456789T:Z", {20}
_OTHER_FRACTION = re.compile(r"\.(?:(?![0-9]{1,6}S)|(?<=[0-9]{10}\.))")
# Durations with a sign at a number, or with years of 365 days.
_FOREIGN = re.compile(
    r"P(?:([0-9]{1,4})Y)?(?:(-?[0-9]{1,7})D)?"
    r"(?:T(?:(-?[0-9]{1,9})H)?(?:(-?[0-9]{1,9})M)?(?:(-?[0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?"
)
_AWARE = Annotated[datetime, msgspec.Meta(tz=True)]


def parse_duration(text: str) -> timedelta:
    """Return the length of an ISO 8601 duration, exact to the microsecond.

    isodate decides what a duration is. Years and months are refused because they have no fixed
    length, and so is a text without any number.

    Args:
        text: For example `"P178DT22H54M29S"`, `"PT18M"` or `"-PT38M"`.

    Raises:
        ValueError: The text is not a duration, has no number, counts years or months, or is longer
            than `pl.Duration("us")` can hold (about 292,000 years). Where another program probably
            wrote it, the message says which, and how to write it instead.

    Examples:
        >>> parse_duration("P178DT22H54M29S")
        datetime.timedelta(days=178, seconds=82469)
        >>> parse_duration("P1M")
        Traceback (most recent call last):
        ...
        ValueError: 'P1M' counts years or months, which have no fixed length
        >>> parse_duration("PT-38M")
        Traceback (most recent call last):
        ...
        ValueError: 'PT-38M' is not an ISO 8601 duration; if Luxon or PostgreSQL wrote it, write \
'-PT38M'
    """
    import isodate

    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not an ISO 8601 duration: expected text such as 'P1DT2H'")
    try:
        length = isodate.parse_duration(text)
    except (ValueError, OverflowError) as error:
        reason = _other_spelling(text) or f": {error}"
        raise ValueError(f"{text!r} is not an ISO 8601 duration{reason}") from error
    if not isinstance(length, timedelta):
        reason = "counts years or months, which have no fixed length"
        raise ValueError(f"{text!r} {reason}{_other_spelling(text)}")
    if not any(character.isdigit() for character in text):
        raise ValueError(f"{text!r} is not an ISO 8601 duration: it has no number")
    if not -(2**63) <= length // _MICROSECOND < 2**63:
        raise ValueError(f"{text!r} is longer than a duration in microseconds can hold")
    return length


def _other_spelling(text: str) -> str:
    """Return who probably wrote a duration that is none, and how to write it; else nothing."""
    import isodate

    found = _FOREIGN.fullmatch(text)
    if not found or bool(found[1]) == ("-" in text):
        return ""
    years, *parts = (float(part or 0) for part in found.groups())
    days, hours, minutes, seconds = parts
    length = timedelta(days=365 * years + days, hours=hours, minutes=minutes, seconds=seconds)
    # Only pandas writes a negative day with the rest of it as positive times.
    by = "Luxon or PostgreSQL" if min(parts[1:]) < 0 else "pandas"
    by = "pydantic, with years of 365 days," if years else by
    return f"; if {by} wrote it, write {isodate.duration_isoformat(length)!r}"


def durations(expr: pl.Expr) -> pl.Expr:
    """Return the lengths of ISO 8601 durations, as `pl.Duration("us")`.

    Row by row the same as `parse_duration`; null where that would raise, and where the text is
    null.

    Args:
        expr: An expression of text.

    Raises:
        TypeError: It is not an expression, or, when that is evaluated, not one of text.

    Examples:
        >>> frame = pl.DataFrame({"time_docked": ["P1DT2H", "PT0.5S", "P1M", None]})
        >>> read = frame.select(durations(pl.col("time_docked")))["time_docked"]
        >>> read.dt.total_milliseconds().to_list()
        [93600000, 500, None, None]
    """
    if not isinstance(expr, pl.Expr):
        kind = type(expr).__name__
        raise TypeError(f"durations takes an expression, such as pl.col('column'), not {kind}")
    return expr.map_batches(_durations, return_dtype=pl.Duration("us"), is_elementwise=True)


def _durations(texts: pl.Series) -> pl.Series:
    if texts.dtype not in (pl.String, pl.Null):
        raise TypeError(f"durations reads text in ISO 8601; {texts.name} is {texts.dtype}")
    return read_durations(texts.to_list()).alias(texts.name)


def read_durations(texts: Sequence[str | None]) -> pl.Series:
    """Return the lengths of ISO 8601 durations; null where one can't be read."""
    joined = "".join(filter(None, texts))
    if _has_only(joined, _DURATION) and not _OTHER_FRACTION.search(joined):
        # Also an error where one is too long for 64 bits.
        with suppress(msgspec.ValidationError, TypeError):
            return _lengths(msgspec.convert(texts, list[timedelta | None]))
    return _lengths(_parsed(texts, parse_duration))


def _has_only(text: str, characters: bytes) -> bool:
    return not text.encode().translate(None, characters)


def _lengths(lengths: list[timedelta | None]) -> pl.Series:
    # Polars takes numbers faster.
    numbers = [None if one is None else one // _MICROSECOND for one in lengths]
    return pl.Series("", numbers, pl.Int64).cast(DURATION)


def _parsed(texts: Sequence[str | None], parse: Callable[[str], T]) -> list[T | None]:
    """Return what each text states, parsed once; None where it can't be."""
    parsed: dict[str | None, T] = {}
    for text in {*texts}:
        with suppress(ValueError, OverflowError):
            if text is not None:
                parsed[text] = parse(text)
    return [parsed.get(text) for text in texts]


def parse_instant(text: str) -> datetime:
    """Return the instant of an ISO 8601 date and time, in UTC; it needs an offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return instant.astimezone(timezone.utc)


def read_instants(texts: Sequence[str | None]) -> pl.Series:
    """Return the instants of ISO 8601 texts, in UTC; null where one can't be read."""
    known = [*filter(None, texts)]
    if _has_only("".join(known), _INSTANT) and {*map(len, known)} <= _INSTANT_LENGTH:
        with suppress(msgspec.ValidationError):
            instants = msgspec.convert(texts, list[_AWARE | None])
            seconds = [None if one is None else int(one.timestamp()) for one in instants]
            return (pl.Series("", seconds, pl.Int64) * 1_000_000).cast(INSTANT)
    return pl.Series("", _parsed(texts, parse_instant), INSTANT)


def read_days(texts: Sequence[str | None]) -> pl.Series:
    """Return the days of ISO 8601 texts; null where one can't be read."""
    return pl.Series("", _parsed(texts, date.fromisoformat), DAY)


READERS: dict[type[pl.DataType], Callable[[Sequence[str | None]], pl.Series]] = {
    pl.Duration: read_durations,
    pl.Datetime: read_instants,
    pl.Date: read_days,
}
"""How texts of each type of time are read into a column; what can't be read is null."""
