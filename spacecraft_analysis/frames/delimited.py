"""Frames as delimited text: for spreadsheets, for other programs, for people."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import polars as pl

# What a spreadsheet takes for the beginning of a formula, which could send the sheet elsewhere.
_FORMULA = r"^([=+\-@\t\r])"


def delimited(frame: pl.DataFrame, *, separator: str = ",", days: bool = False) -> str:
    r"""The whole frame as text: a line of names, then a line for each row.

    What the format has no type for is text: instants in UTC and durations in ISO 8601, lists and
    structs as JSON. Null is nothing between two separators, an empty text is `""`. Numbers stay as
    they are. Text that a spreadsheet would take for a formula, since it begins with `=`, `+`, `-`,
    `@`, a tab or a carriage return, gets an apostrophe in front: a name in a catalogue that
    anyone may edit must not become a command.

    Args:
        frame: Any frame.
        separator: A comma or a tab.
        days: Whether each duration is told as a number of days of 24 hours too, in a column beside
            it with `_days` in its name.

    Examples:
        >>> from datetime import timedelta
        >>> craft = pl.DataFrame({"name": ["=1+1"], "time_in_space": [timedelta(hours=36)]})
        >>> print(delimited(craft, days=True), end="")
        name,time_in_space,time_in_space_days
        '=1+1,P1DT12H,1.5
    """
    columns: list[pl.Series] = []
    for series in frame:
        columns.append(plain(series))
        beside = f"{series.name}_days"
        if days and series.dtype == pl.Duration and beside not in frame.columns:
            columns.append(series.dt.total_days(fractional=True).alias(beside))
    # Polars' own line of names would be without apostrophes.
    names = pl.Series([series.name for series in columns], dtype=pl.String).to_frame("name")
    header = names.select(guarded(pl.col("name"))).transpose()
    cells = pl.DataFrame(columns).with_columns(guarded(pl.col(pl.String)))
    return "".join(
        lines.write_csv(separator=separator, include_header=False)
        for lines in (header, cells)
        if lines.width
    )


def guarded(text: pl.Expr) -> pl.Expr:
    """Text with an apostrophe before what a spreadsheet would take for a formula.

    Examples:
        >>> names = pl.DataFrame({"name": ["@here", "Soyuz T-15", None]})
        >>> names.select(guarded(pl.col("name"))).to_series().to_list()
        ["'@here", 'Soyuz T-15', None]
    """
    return text.str.replace(_FORMULA, "'${1}")


def plain(series: pl.Series) -> pl.Series:
    """The same values as numbers, truth values, days or text."""
    dtype = series.dtype
    if dtype == pl.Datetime:
        zone = getattr(dtype, "time_zone", None)
        in_utc = series.dt.convert_time_zone("UTC") if zone else series
        return in_utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("Z" if zone else ""))
    if dtype == pl.Duration:
        return series.dt.to_string("iso")
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return as_json(series)
    return series.cast(pl.String) if dtype in (pl.Enum, pl.Categorical) else series


def as_json(series: pl.Series) -> pl.Series:
    """Each value as JSON, with instants and durations inside in ISO 8601; null stays null."""
    values = (
        None if value is None else json.dumps(value, ensure_ascii=False, default=_text)
        for value in series.to_list()
    )
    return pl.Series(series.name, values, dtype=pl.String)


def _text(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(pl.select(pl.lit(value).dt.to_string("iso")).item())
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)
