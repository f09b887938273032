"""ISO 8601 text, as LL2 writes it, to durations, instants and days."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
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
_UNITS = {"2": 86_400_000_000, "3": 3_600_000_000, "4": 60_000_000, "5": 1_000_000}
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
    # The groups of the pattern: a sign, the units, and decimals of a second.
    parts = texts.str.extract_groups(_PLAIN).struct.unnest()
    units = [pl.col(name).cast(pl.Int64) * size for name, size in _UNITS.items()]
    length = pl.sum_horizontal(*units, pl.col("6").str.pad_end(6, "0").cast(pl.Int64))
    has_number = pl.any_horizontal(pl.col(*_UNITS).is_not_null()) & ~texts.str.ends_with("T")
    signed = pl.when(pl.col("1").is_null()).then(length).otherwise(-length)
    plain = pl.when(has_number).then(signed).cast(pl.Duration("us"))
    return _read(texts, parts.select(plain.alias("plain")).to_series(), parse_duration)


def _read(texts: pl.Series, read: pl.Series, parse: Callable[[str], Any]) -> pl.Series:
    """What each text states, where the usual spellings are read already; the rest once each."""
    if read.null_count() > texts.null_count():
        parsed: dict[str, Any] = {}
        for text in texts.filter(read.is_null() & texts.is_not_null()).unique():
            with suppress(ValueError):
                parsed[text] = parse(text)
        read = read.fill_null(texts.replace_strict(parsed, default=None, return_dtype=read.dtype))
    return read.rename(texts.name)


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


READERS: dict[pl.DataType, Callable[[pl.Series], pl.Series]] = {
    DURATION: read_durations,
    INSTANT: read_instants,
    DAY: read_days,
}
"""How a column of texts of each type of time is read; what can't be read is null."""
