"""Frames as tables for readers: which rows are shown, and how each value is written."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from spacecraft_analysis.frames.formats import delimited
from spacecraft_analysis.report.notebook import as_shown

TABLE = "application/vnd.spacecraft-analysis.table+json"

# A table of so many rows is shown whole; of a longer one the first rows are.
_WHOLE, _FIRST = 40, 20
_FIRST_OF_RULE = 3
_TEXT_LENGTH = 160
FILE_SIZE = 1_000_000
"""The most characters of a file that a page holds."""
_MOST_DECIMALS = 6
_SCIENTIFIC = 1e15
# Below, thousands are not separated: years never are, whatever their column is called.
_GROUPED = 10_000
# The last word of the name of a column that counts or measures; any other integer may be an id.
_COUNTED = {
    *("count", "counts", "total", "sum", "n", "number", "flights", "launches", "dockings", "rows"),
    *("craft", "spacecraft", "flown", "landings", "findings", "len"),
    *("days", "hours", "minutes", "seconds", "years", "km", "m", "kg", "capability", "cost"),
}


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    """Its name in the frame, by which a reader finds it in the data dictionary and in the CSV."""
    kind: str
    """`figures`, `instant` or `words`."""
    zone: str = ""
    """The time zone of its instants."""


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
    """Words that find a row though it does not show them."""


@dataclass(frozen=True)
class Table:
    """A frame as a reader sees it, and as a file to download."""

    columns: list[Column]
    rows: list[list[str]]
    """The rows that are shown; "" stands for null."""
    row_count: int
    """How many rows the frame has."""
    first_names_row: bool
    csv: str
    csv_is_whole: bool
    """False if it has the rows that are shown, since all would be over a megabyte."""
    strips: Strips | None = None
    """Behind the first column, where rows are to be searched and sorted."""
    groups: list[tuple[str, int]] | None = None
    """The heading and the number of rows of each group of consecutive rows."""
    empty: list[str] = field(default_factory=list)
    """Columns without a value, which are not shown."""
    column_count: int = 0
    """How many columns have a value, if Polars' `tbl_cols` leaves some of them out."""
    has_last: bool = False
    """True if the last of the rows shown is the frame's last, and not the next."""

    @property
    def is_valid(self) -> bool:
        """Return whether each row has what the page shows of it."""
        parts = (self.strips.marks, self.strips.colours, self.strips.also) if self.strips else ()
        # Anything but a colour could be an address.
        colours = self.strips.colours if self.strips else []
        coloured = all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
        grouped = self.groups is None or sum(n for _, n in self.groups) == len(self.rows)
        rows = all(len(row) == len(self.columns) for row in self.rows)
        return rows and grouped and coloured and all(len(part) == len(self.rows) for part in parts)


def table(frame: pl.DataFrame, *, strips: Strips | None = None, whole: bool = False) -> Table:
    """Return a frame as a reader's table, and as CSV.

    Up to 40 rows are shown, of a longer frame the first 20 and, where it is the row `all` of a
    measure, the last; Polars' `tbl_rows` changes that, and `tbl_cols` shows the first and the last
    columns. All is shown if rows have strips or the table is to be whole. Findings are grouped by
    their rule; of over 40 the first three of each rule are shown. Columns that are null in all rows
    are named, not shown.
    """
    usual = _FIRST if frame.height > _WHOLE else -1
    limit = -1 if whole or strips else int(os.environ.get("POLARS_FMT_MAX_ROWS", usual))
    is_cut = 0 <= limit < frame.height
    groups, has_last = None, False
    if {"rule", "explanation"} <= set(frame.columns):
        by_rule = frame.partition_by("rule", maintain_order=True)
        few = [rows.head(_FIRST_OF_RULE) if is_cut else rows for rows in by_rule]
        titles = [f"{rows['rule'][0]}: {rows.height:,}" for rows in by_rule]
        groups = [(title, rows.height) for title, rows in zip(titles, few, strict=True)]
        frame, shown = (pl.concat([frame.clear(), *parts]) for parts in (by_rule, few))
        visible = shown.drop("rule")
    else:
        # The row of everything is the one that a reader looks for first.
        has_last = is_cut and frame.dtypes[0] == pl.String and frame[-1, 0] == "all"
        last = frame.tail(1 if has_last else 0)
        visible = shown = pl.concat([frame.head(limit), last]) if is_cut else frame
    empty = [s.name for s in frame.select(visible.columns) if 0 < s.len() == s.null_count()]
    empty = empty if len(empty) < visible.width else []
    visible = visible.drop(empty)
    width = visible.width
    most = -1 if whole or strips else int(os.environ.get("POLARS_FMT_MAX_COLS", -1))
    if 0 < most < width:
        visible = visible[:, [*range(most - most // 2), *range(width - most // 2, width)]]
    instants = visible.select(pl.selectors.datetime())
    seconds = any(series.dt.second().max() for series in instants)
    columns = [_texts(series, seconds=seconds) for series in visible]
    # A cell takes at least the character behind it.
    is_small = frame.height * frame.width <= FILE_SIZE
    csv = delimited(frame) if is_small else ""
    csv_is_whole = is_small and len(csv.encode()) <= FILE_SIZE
    return Table(
        columns=[_column(series) for series in visible],
        rows=[list(row) for row in zip(*columns, strict=True)],
        row_count=frame.height,
        first_names_row=frame.width > 1 and visible.dtypes[0] in (pl.String, pl.Enum),
        csv=csv if csv_is_whole else delimited(shown),
        csv_is_whole=csv_is_whole,
        strips=strips,
        groups=groups,
        empty=empty,
        column_count=width if visible.width < width else 0,
        has_last=has_last,
    )


def _column(series: pl.Series) -> Column:
    dtype = series.dtype
    if dtype.is_numeric() or dtype == pl.Duration:
        return Column(series.name, "figures")
    zone = getattr(dtype, "time_zone", None) or ""
    return Column(series.name, "instant" if dtype.is_temporal() else "words", zone)


def _texts(series: pl.Series, *, seconds: bool) -> list[str]:
    """Return the values of a column as a reader sees them, all written alike; "" for null."""
    dtype = series.dtype
    write: Callable[[Any], str] = _text
    if dtype == pl.Duration:
        series = series.dt.to_string("polars").replace("0µs", "0s")
    elif dtype == pl.Datetime:
        write = ("{:%Y-%m-%d %H:%M:%S}" if seconds else "{:%Y-%m-%d %H:%M}").format
    elif dtype.is_integer() or dtype.is_float():
        # Zero has no sign.
        series, write = series.replace(0, 0), _number_format(series).format
    # A float that is not a number says as little as a null.
    return ["" if value is None or value != value else write(value) for value in series.to_list()]


def _number_format(series: pl.Series) -> str:
    """Return the format of a column's numbers.

    Floats have as many decimals as keep apart from zero what is not zero, or as the notebook set;
    scientific notation where that would take more than six decimals or sixteen digits.
    """
    sizes = series.filter(series.is_finite() & (series != 0)).abs()
    largest: Any = sizes.max() or 0
    smallest: Any = sizes.min() or 1.0
    comma = "," if largest >= _GROUPED else ""
    if series.dtype.is_integer():
        last = series.name.rpartition("_")[2].lower()
        wanted = last in _COUNTED or (last != "id" and pl.Config.state()["set_thousands_separator"])
        return f"{{:{comma if wanted else ''}}}"
    chosen = pl.Config.state()["set_float_precision"]
    if chosen is None and (largest >= _SCIENTIFIC or smallest < 0.5 * 10**-_MOST_DECIMALS):
        return "{:.2e}"
    usual = 1 if largest >= 10 else 2 if largest > 1 else 3
    needed = max(usual, math.ceil(-math.log10(smallest)))
    return f"{{:{comma}.{min(needed, _MOST_DECIMALS) if chosen is None else chosen}f}}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    text = as_shown(str(value))
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
