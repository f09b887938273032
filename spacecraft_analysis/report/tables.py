"""Frames as tables for readers."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from spacecraft_analysis.charts.colours import GREY
from spacecraft_analysis.frames import delimited

TABLE = "application/vnd.spacecraft-analysis.table+json"

STRIP_WIDTH = 160
"""How wide a strip is drawn, in pixels."""
_NARROWEST = 1.5
_ROWS = 20
_LETTERS = 160
_FILE_SIZE = 1_000_000
_MOST_DECIMALS = 6
# Below, a group of three digits is not set apart: years never are, in whatever column.
_GROUPED = 10_000


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    kind: str
    """`figures`, `instant` or `words`."""


@dataclass(frozen=True)
class Strips:
    """The flights of each row of a table, on one axis of time from 0 to 1."""

    ticks: list[tuple[float, str]]
    """Where the axis has a label, and which."""
    marks: list[list[tuple[float, float]]]
    """From where to where each flight of a row goes."""
    colours: list[str]
    """A row's colour."""
    also: list[str]
    """By which words that it does not show a row is found too."""


@dataclass(frozen=True)
class Table:
    """A frame as a reader sees it, and as a file to take along."""

    columns: list[Column]
    rows: list[list[str]]
    """The rows that are shown; an empty text stands for null."""
    row_count: int
    """How many rows the frame has."""
    first_names_row: bool
    shown_csv: str
    whole_csv: str
    """All rows as CSV; empty where that would be over a megabyte."""
    strips: Strips | None = None
    """Behind the first column, where its rows are to be searched and sorted."""

    @property
    def is_whole(self) -> bool:
        """True where each row has what the page shows of it."""
        parts = (self.strips.marks, self.strips.colours, self.strips.also) if self.strips else ()
        rows = all(len(row) == len(self.columns) for row in self.rows)
        return rows and all(len(part) == len(self.rows) for part in parts)


def table(frame: pl.DataFrame, *, strips: Strips | None = None, whole: bool = False) -> Table:
    """A frame as a reader's table, and as CSV.

    Up to twenty rows are shown (Polars' `tbl_rows` changes that), all of them if they have strips
    or the table is to be whole. Null becomes an empty text.
    """
    limit = -1 if strips or whole else int(os.environ.get("POLARS_FMT_MAX_ROWS", _ROWS))
    shown = frame if limit < 0 else frame.head(limit)
    columns = [_texts(series) for series in shown]
    return Table(
        columns=[Column(_label(series), _kind(series.dtype)) for series in shown],
        rows=[list(row) for row in zip(*columns, strict=True)],
        row_count=frame.height,
        first_names_row=frame.width > 1 and frame.dtypes[0] in (pl.String, pl.Enum),
        shown_csv=delimited(shown, days=True),
        whole_csv=_whole_csv(frame),
        strips=strips,
    )


def _whole_csv(frame: pl.DataFrame) -> str:
    # A cell takes at least the character behind it.
    if frame.height * frame.width > _FILE_SIZE:
        return ""
    text = delimited(frame, days=True)
    return text if len(text.encode()) <= _FILE_SIZE else ""


def _label(series: pl.Series) -> str:
    """The column's name with spaces, so that a narrow screen can break it."""
    zone = getattr(series.dtype, "time_zone", None)
    return series.name.replace("_", " ") + (f" ({zone})" if zone else "")


def _kind(dtype: pl.DataType) -> str:
    """How the page sets a column: figures to the right, instants unbroken, words as they fall."""
    if dtype.is_numeric() or dtype == pl.Duration:
        return "figures"
    return "instant" if dtype.is_temporal() else "words"


def _texts(series: pl.Series) -> list[str]:
    write = _writer(series)
    # A float that is not a number says as little as a null.
    return ["" if value is None or value != value else write(value) for value in series.to_list()]


def _writer(series: pl.Series) -> Callable[[Any], str]:
    dtype = series.dtype
    if dtype.is_integer():
        is_name = series.name.split("_")[-1] == "id"
        return str if is_name else f"{{:{_comma(series)}}}".format
    if dtype.is_float():
        return _float_writer(series)
    if dtype == pl.Datetime:
        whole = series.drop_nulls().dt.second().eq(0).all()
        return lambda instant: _instant(instant, seconds=not whole)
    return _text


def _float_writer(series: pl.Series) -> Callable[[float], str]:
    """With as many decimals as keep apart from zero what is not zero, or as the notebook set."""
    chosen = pl.Config.state()["set_float_precision"]
    decimals = _decimals(series) if chosen is None else int(chosen)
    comma = _comma(series)

    def write(value: float) -> str:
        is_lost = chosen is None and abs(value) < 0.5 * 10**-decimals
        if value and is_lost:
            return f"{value:.1e}"
        # Zero has no sign.
        return f"{value or 0.0:{comma}.{decimals}f}"

    return write


def _decimals(series: pl.Series) -> int:
    sizes = series.filter(series.is_finite() & (series != 0)).abs()
    largest: Any = sizes.max() or 0.0
    smallest: Any = sizes.min() or 1.0
    usual = 1 if largest >= 10 else 2 if largest >= 1 else 3
    needed = math.ceil(-math.log10(smallest))
    return min(max(usual, needed), _MOST_DECIMALS)


def _comma(series: pl.Series) -> str:
    """What sets groups of three digits apart in this column."""
    finite = series.filter(series.is_finite()) if series.dtype.is_float() else series.drop_nulls()
    largest: Any = finite.max() or 0
    smallest: Any = finite.min() or 0
    return "," if max(largest, -smallest) >= _GROUPED else ""


def _instant(instant: datetime, *, seconds: bool) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def _text(value: Any) -> str:
    """A value of any other kind, to read."""
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    told = str(value)
    return told if len(told) <= _LETTERS else told[: _LETTERS - 1] + "…"


def duration_text(duration: timedelta) -> str:
    """A duration to read, in days and time of day.

    Examples:
        >>> duration_text(timedelta(days=178, hours=22, minutes=54, seconds=29))
        '178 d 22:54:29'
        >>> duration_text(timedelta(hours=-5))
        '−05:00:00'
    """
    size = abs(duration)
    minutes, seconds = divmod(size.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    days = f"{size.days:,} d " if size.days else ""
    return ("−" if duration < timedelta() else "") + days + clock + fraction


def path_of(marks: list[tuple[float, float]]) -> str:
    """The flights of a strip as the path of an SVG, each at least a line wide.

    Examples:
        >>> path_of([(0, 0.5)])
        'M0 2h80v8h-80z'
    """
    parts = []
    for start, end in marks:
        left = min(max(start, 0), 1) * STRIP_WIDTH
        width = max((min(end, 1) - start) * STRIP_WIDTH, _NARROWEST)
        parts.append(f"M{left:.4g} 2h{width:.4g}v8h-{width:.4g}z")
    return "".join(parts)


def years_of(strips: Strips) -> str:
    """The lines of the years behind a strip, as the path of an SVG."""
    return "".join(f"M{at * STRIP_WIDTH:.4g} 0v12" for at, _ in strips.ticks)


def safe_colour(text: str) -> str:
    """The text if it is a colour and nothing else, which might be an address; else grey."""
    return text if re.fullmatch("#[0-9a-f]{6}", text) else GREY
