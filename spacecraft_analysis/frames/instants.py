"""ISO 8601 instants and dates, as LL2 writes them, to Polars' types."""

from __future__ import annotations

from datetime import date, datetime, timezone

import polars as pl

from spacecraft_analysis.frames.durations import read_texts

# What LL2 writes. Python decides on every other spelling, so these are spelled out to the digit.
_PLAIN_INSTANT = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z\z"
_PLAIN_DAY = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}\z"


def parse_instant(text: str) -> datetime:
    """The instant that a text names, in UTC.

    Raises:
        ValueError: It names none.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError(f"{text!r} has no offset")
        return instant.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"{text!r} is too far away") from error


def read_instants(texts: pl.Series) -> pl.Series:
    """The instants that ISO 8601 texts name, in UTC; null where a text names none.

    A text without an offset names no instant.
    """
    return read_texts(texts, _plain_instants, parse_instant)


def _plain_instants(texts: pl.Series) -> pl.Series:
    text = pl.col(texts.name)
    read = text.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", strict=False)
    spelled = pl.when(text.str.contains(_PLAIN_INSTANT)).then(read)
    return texts.to_frame().select(spelled.dt.replace_time_zone("UTC")).to_series()


def read_days(texts: pl.Series) -> pl.Series:
    """The days that ISO 8601 texts name; null where a text names none."""
    return read_texts(texts, _plain_days, date.fromisoformat)


def _plain_days(texts: pl.Series) -> pl.Series:
    text = pl.col(texts.name)
    read = pl.when(text.str.contains(_PLAIN_DAY)).then(text.str.to_date("%Y-%m-%d", strict=False))
    return texts.to_frame().select(read).to_series()
