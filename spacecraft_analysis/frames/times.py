"""ISO 8601 text, as LL2 writes it, to durations, instants and days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import reduce
from operator import add, mul, or_
from typing import Any

import polars as pl

from spacecraft_analysis.frames.schema import DAY, DURATION, INSTANT

_MICROSECOND = timedelta(microseconds=1)
# What LL2 writes: whole days, hours, minutes and seconds, with up to six decimals of a second.
# Digits are bounded so that the sum stays far inside the 64 bits of `pl.Duration("us")`.
_PLAIN = (
    r"\A(-)?P(?:([0-9]{1,7})D)?"
    r"(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,6}))?S)?)?\z"
)
_SIGN, _FRACTION = "1", "6"
_UNITS = {"2": 86_400_000_000, "3": 3_600_000_000, "4": 60_000_000, "5": 1_000_000}
_ZERO, _UNKNOWN = pl.Series([0]), pl.Series([None], dtype=pl.Int64)
# Instants and dates as LL2 writes them; Python decides on every other spelling.
_PLAIN_INSTANT = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z\z"
_PLAIN_DAY = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}\z"
# Durations as other programs write them: with a sign at each number, or with years of 365 days.
_FOREIGN = re.compile(
    r"P(?:([0-9]{1,4})Y)?(?:(-?[0-9]{1,7})D)?"
    r"(?:T(?:(-?[0-9]{1,9})H)?(?:(-?[0-9]{1,9})M)?(?:(-?[0-9]{1,9}(?:\.[0-9]{1,6})?)S)?)?"
)


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
        >>> parse_duration("P-1DT23H22M0S")
        Traceback (most recent call last):
        ...
        ValueError: 'P-1DT23H22M0S' is not an ISO 8601 duration: signs stand before the P; if it \
was written by pandas, write '-PT38M'
    """
    import isodate

    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not an ISO 8601 duration: expected text such as 'P1DT2H'")
    try:
        length = isodate.parse_duration(text)
    except (ValueError, OverflowError) as error:
        hint = _other_spelling(text)
        reason = f"signs stand before the P{hint}" if hint else error
        raise ValueError(f"{text!r} is not an ISO 8601 duration: {reason}") from error
    if not isinstance(length, timedelta):
        reason = "counts years or months, which have no fixed length"
        raise ValueError(f"{text!r} {reason}{_other_spelling(text)}")
    if not any(character.isdigit() for character in text):
        raise ValueError(f"{text!r} is not an ISO 8601 duration: it has no number")
    if not -(2**63) <= length // _MICROSECOND < 2**63:
        raise ValueError(f"{text!r} is longer than a duration in microseconds can hold")
    return length


def _other_spelling(text: str) -> str:
    """Say how to write a duration with signs inside, or in years; empty for any other text."""
    import isodate

    found = _FOREIGN.fullmatch(text)
    if not found or bool(found[1]) == ("-" in text):
        return ""
    if found[1]:
        by = "pydantic, with years of 365 days"
    else:
        # Only pandas writes a negative day with the rest of it as positive times.
        others = any(part and part.startswith("-") for part in found.groups()[2:])
        by = "Luxon or PostgreSQL" if others else "pandas"
    years, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    length = timedelta(days=365 * years + days, hours=hours, minutes=minutes, seconds=seconds)
    return f"; if it was written by {by}, write {isodate.duration_isoformat(length)!r}"


def durations(expr: pl.Expr) -> pl.Expr:
    """Return the lengths of ISO 8601 durations, as `pl.Duration("us")`.

    Row by row the same as `parse_duration`; null where that would raise, and where the text is
    null.

    Args:
        expr: An expression of text.

    Raises:
        TypeError: It is not an expression.

    Examples:
        >>> frame = pl.DataFrame({"time_docked": ["P1DT2H", "PT0.5S", "P1M", None]})
        >>> read = frame.select(durations(pl.col("time_docked")))["time_docked"]
        >>> read.dt.total_milliseconds().to_list()
        [93600000, 500, None, None]
    """
    if not isinstance(expr, pl.Expr):
        kind = type(expr).__name__
        raise TypeError(f"durations takes an expression, such as pl.col('column'), not a {kind}")
    return expr.map_batches(read_durations, return_dtype=pl.Duration("us"), is_elementwise=True)


def read_durations(texts: pl.Series) -> pl.Series:
    """Return what `durations` does, for a column."""
    return _read(texts, _plain_durations(texts), parse_duration)


def _plain_durations(texts: pl.Series) -> pl.Series:
    """The durations as LL2 spells them; null for every other text."""
    # One pass over the texts: as a part of an expression it would be made once for each group.
    # And no expression at all, since for some hundred texts planning one would take longer.
    parts = texts.str.extract_groups(_PLAIN).struct.unnest()
    numbers = pl.concat(parts[name].alias("") for name in _UNITS).cast(pl.Int64)
    has_number = numbers.is_not_null()
    numbers = numbers.zip_with(has_number, _ZERO)

    def cut(units: pl.Series) -> list[pl.Series]:
        return [units.slice(nth * parts.height, parts.height) for nth in range(len(_UNITS))]

    size: pl.Series = reduce(add, map(mul, cut(numbers), _UNITS.values()))
    days, *times = cut(has_number)
    is_plain = reduce(or_, times)
    if (days & ~is_plain).any():
        # A "T" at the end has no time after it.
        is_plain |= days & ~texts.str.ends_with("T")
    if parts[_FRACTION].null_count() < parts.height:
        fraction = parts[_FRACTION].str.pad_end(6, "0").cast(pl.Int64)
        size += fraction.zip_with(fraction.is_not_null(), _ZERO)
    if parts[_SIGN].null_count() < parts.height:
        size = size.zip_with(parts[_SIGN].is_null(), -size)
    return size.zip_with(is_plain, _UNKNOWN).cast(pl.Duration("us")).alias(texts.name)


def _read(texts: pl.Series, read: pl.Series, parse: Callable[[str], Any]) -> pl.Series:
    """What each text states, where the usual spellings are read already; the rest once each."""
    if read.null_count() > texts.null_count():
        left = texts.filter(read.is_null() & texts.is_not_null()).unique()
        parsed = pl.Series([or_null(parse, text) for text in left], dtype=read.dtype)
        rest = texts.replace_strict(left, parsed, default=None, return_dtype=parsed.dtype)
        read = read.fill_null(rest)
    return read.rename(texts.name)


def or_null(parse: Callable[[str], Any], text: str) -> Any:
    """Return what a text states, None where it can't be read."""
    try:
        return parse(text)
    except ValueError:
        return None


def parse_instant(text: str) -> datetime:
    """Return the instant of an ISO 8601 date and time with an offset, in UTC.

    Raises:
        ValueError: It is not one, or has no offset.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError(f"{text!r} has no offset")
        return instant.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"{text!r} is too far away") from error


def read_instants(texts: pl.Series) -> pl.Series:
    """Return the instants of ISO 8601 texts, in UTC; null where one can't be read."""
    text = pl.col(texts.name)
    read = text.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=False)
    plain = pl.when(text.str.contains(_PLAIN_INSTANT)).then(read).dt.replace_time_zone("UTC")
    return _read(texts, texts.to_frame().select(plain).to_series(), parse_instant)


def read_days(texts: pl.Series) -> pl.Series:
    """Return the days of ISO 8601 texts; null where one can't be read."""
    text = pl.col(texts.name)
    plain = pl.when(text.str.contains(_PLAIN_DAY)).then(text.str.to_date("%Y-%m-%d", strict=False))
    return _read(texts, texts.to_frame().select(plain).to_series(), date.fromisoformat)


PARSERS: dict[pl.DataType, Callable[[str], Any]] = {
    DURATION: parse_duration,
    INSTANT: parse_instant,
    DAY: date.fromisoformat,
}
"""How one text of each type of time is read; a `ValueError` where that fails."""
READERS: dict[pl.DataType, Callable[[pl.Series], pl.Series]] = {
    DURATION: read_durations,
    INSTANT: read_instants,
    DAY: read_days,
}
"""How a column of such texts is read."""
