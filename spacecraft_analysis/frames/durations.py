"""ISO 8601 durations, between LL2's text and `pl.Duration`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl

_MICROSECOND = timedelta(microseconds=1)
# What LL2 writes: whole days, hours, minutes and seconds, with up to six decimals of a second.
# Digits are bounded so that the sum stays far inside the 64 bits of `pl.Duration("us")`.
_HOURS, _MINUTES, _SECONDS = "[0-9]{1,9}H", "[0-9]{1,9}M", r"[0-9]{1,9}(?:\.[0-9]{1,6})?S"
_TIME = f"T(?:{_HOURS}(?:{_MINUTES})?(?:{_SECONDS})?|{_MINUTES}(?:{_SECONDS})?|{_SECONDS})"
_PLAIN = rf"\A-?P(?:[0-9]{{1,7}}D(?:{_TIME})?|{_TIME})\z"
_UNITS = (
    (r"P([0-9]+)D", 86_400_000_000),
    (r"T([0-9]+)H", 3_600_000_000),
    (r"[TH]([0-9]+)M", 60_000_000),
    (r"[THM]([0-9]+)(?:\.[0-9]+)?S", 1_000_000),
)


def parse_duration(text: str) -> timedelta:
    """The length of time that an ISO 8601 duration states, exact to the microsecond.

    isodate decides what a duration is. Years and months are refused because they have no fixed
    length, and so is a text without any number.

    Args:
        text: For example `"P178DT22H54M29S"`, `"PT18M"` or `"-PT38M"`.

    Raises:
        ValueError: The text is no duration, has no number, counts years or months, or is longer
            than `pl.Duration("us")` can hold (about 292,000 years). Check the record it came from.

    Examples:
        >>> parse_duration("P178DT22H54M29S")
        datetime.timedelta(days=178, seconds=82469)
        >>> parse_duration("P1M")
        Traceback (most recent call last):
        ...
        ValueError: 'P1M' counts years or months, which have no fixed length
    """
    import isodate

    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no ISO 8601 duration: expected text such as 'P1DT2H'")
    try:
        length = isodate.parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no ISO 8601 duration: {error}") from error
    if not isinstance(length, timedelta):
        raise ValueError(f"{text!r} counts years or months, which have no fixed length")
    if not any(character.isdigit() for character in text):
        raise ValueError(f"{text!r} is no ISO 8601 duration: it has no number")
    if not -(2**63) <= length // _MICROSECOND < 2**63:
        raise ValueError(f"{text!r} is longer than a duration in microseconds can hold")
    return length


def durations(expr: pl.Expr) -> pl.Expr:
    """The lengths of time that ISO 8601 texts state, as `pl.Duration("us")`.

    Row by row the same as `parse_duration`; null where that would raise, and where the text is
    null.

    Args:
        expr: An expression of text.

    Raises:
        TypeError: It is no expression.

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
    """As `durations`, for a column at hand."""
    return read_texts(texts, _plain_durations, parse_duration)


def _plain_durations(text: pl.Expr) -> pl.Expr:
    """LL2's own spellings; null for every other text."""
    fraction = text.str.extract(r"\.([0-9]+)S").str.pad_end(6, "0").cast(pl.Int64)
    parts = [text.str.extract(pattern).cast(pl.Int64) * size for pattern, size in _UNITS]
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    size = sign * pl.sum_horizontal(*parts, fraction)
    return pl.when(text.str.contains(_PLAIN)).then(size.cast(pl.Duration("us")))


def read_texts(
    texts: pl.Series, plain: Callable[[pl.Expr], pl.Expr], parse: Callable[[str], Any]
) -> pl.Series:
    """What each text states: most by one expression, the rest once each by `parse`.

    Args:
        texts: Null where there is none.
        plain: The value of the usual spellings, null for any other text.
        parse: The value of any text; a `ValueError` makes it null.
    """
    text = pl.col(texts.name)
    read = texts.to_frame().select(text, value=plain(text))
    if read["value"].null_count() > texts.null_count():
        left = read.filter(pl.col("value").is_null() & text.is_not_null()).to_series(0).unique()
        parsed = pl.Series([_or_null(parse, text) for text in left], dtype=read["value"].dtype)
        rest = text.replace_strict(left, parsed, default=None, return_dtype=parsed.dtype)
        read = read.with_columns(value=pl.coalesce("value", rest))
    return read["value"].rename(texts.name)


def _or_null(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None
