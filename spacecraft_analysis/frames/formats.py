"""Frames as the content of a file, in each format that other programs read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from spacecraft_analysis.errors import SnapshotError

# What a spreadsheet may take for the beginning of a formula, which could send the sheet elsewhere.
# Signs in their East Asian width count, and so does what a program may trim before it looks.
_FORMULA = r"^([\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠])"
_MICROSECONDS = {"seconds": 1_000_000, "days": 86_400_000_000}
DURATIONS = (*_MICROSECONDS, "iso", "native")
"""How durations can be written: as numbers, as ISO 8601 text, or in the format's own type."""


def with_durations(frame: pl.DataFrame, durations: str = "seconds") -> pl.DataFrame:
    """Return the frame with its durations in a form that other tools can read and add up.

    `seconds` and `days` make numbers, in a column whose name ends in `_seconds` or `_days` (a
    duration stays ISO 8601 text where the frame has that column already); `iso` makes ISO 8601
    text, and `native` leaves the type. Anything else is a ValueError.

    Examples:
        >>> from datetime import timedelta
        >>> with_durations(pl.DataFrame({"time_docked": [timedelta(hours=36)]})).to_dicts()
        [{'time_docked_seconds': 129600.0}]
    """
    if durations not in DURATIONS:
        raise ValueError(f"durations={durations!r}: expected one of {', '.join(DURATIONS)}")
    if durations == "native":
        return frame
    columns = []
    for series in frame:
        name = f"{series.name}_{durations}"
        if series.dtype == pl.Duration and (durations == "iso" or name in frame.columns):
            series = series.dt.to_string("iso")
        elif series.dtype == pl.Duration:
            series = (series.dt.total_microseconds() / _MICROSECONDS[durations]).alias(name)
        columns.append(series)
    return pl.DataFrame(columns)


def delimited(frame: pl.DataFrame, *, separator: str = ",", durations: str = "seconds") -> str:
    r"""Return the frame as text: a line of names, then a line for each row.

    What the format has no type for is text: instants in UTC in ISO 8601, lists and structs as
    JSON. Null is nothing between two separators, an empty text is `""`. A whole number of seconds
    has no decimals, and `native` durations are `iso`.

    An apostrophe stands before text that a spreadsheet could take for a formula: a name in a
    catalogue that anyone may edit must not become a command. (LibreOffice 7.4 calculates a cell
    that begins with `=`; Gnumeric 1.12 does so after blanks, no-break and ideographic ones too.)

    Examples:
        >>> from datetime import timedelta
        >>> craft = pl.DataFrame({"name": [" =1+1"], "time_in_space": [timedelta(hours=36)]})
        >>> print(delimited(craft), end="")
        name,time_in_space_seconds
        ' =1+1,129600
    """
    cells: list[pl.Series] = []
    durations = "iso" if durations == "native" else durations
    for series, written in zip(frame, with_durations(frame, durations), strict=True):
        if series.dtype == pl.Duration:
            # Our own text, which needs no guard: a negative duration is not a formula.
            cells.append(written.cast(pl.String).str.strip_suffix(".0"))
        else:
            cell = plain(written)
            cells.append(_guarded(cell) if cell.dtype == pl.String else cell)
    # Polars' own line of names would be without apostrophes.
    names = _guarded(pl.Series([cell.name for cell in cells], dtype=pl.String))
    header = pl.DataFrame([names]).transpose()
    return "".join(
        lines.write_csv(separator=separator, include_header=False)
        for lines in (header, pl.DataFrame(cells))
        if lines.width
    )


def _guarded(texts: pl.Series) -> pl.Series:
    return texts.str.replace(_FORMULA, "'${1}")


NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""The characters that XML 1.0 does not allow, so that no page or drawing has them."""


def xml_text(text: str) -> str:
    r"""Return the text with U+FFFD for each character that XML 1.0, and so a page, does not allow.

    Examples:
        >>> xml_text("Soyuz\x01 TM-4\n")
        'Soyuz� TM-4\n'
    """
    return re.sub(NOT_XML, "\ufffd", text)


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value of JSON with each text in it changed."""
    if isinstance(value, dict):
        return {key: map_texts(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


def plain(series: pl.Series) -> pl.Series:
    """Return the same values as numbers, booleans, dates or text."""
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
    """Return each value as JSON, with times inside in ISO 8601; null and text stay as they are."""
    values = (
        one if isinstance(one, str | None) else json.dumps(one, ensure_ascii=False, default=_text)
        for one in series.to_list()
    )
    return pl.Series(series.name, values, dtype=pl.String)


def _text(value: Any) -> str:
    if isinstance(value, timedelta):
        return str(pl.select(pl.lit(value).dt.to_string("iso")).item())
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)


_EXCEL_LETTERS = 32_767
# A workbook has the day of its making in it; the same frame is to give the same bytes.
_EXCEL_EPOCH = datetime(1980, 1, 1)
# Numbers as they are, ids among them, without groups of three digits; a duration as hours.
_EXCEL_FORMATS: Any = {pl.Int64: "0", pl.Float64: "General", pl.Duration: "[h]:mm:ss"}


def _parquet(frame: pl.DataFrame, durations: str = "native") -> bytes:
    file = io.BytesIO()
    with_durations(frame, durations).write_parquet(file)
    return file.getvalue()


def _ndjson(frame: pl.DataFrame, durations: str = "seconds") -> bytes:
    # JSON has no type for durations.
    written = with_durations(frame, "iso" if durations == "native" else durations)
    numbers = [name for name in written.columns if name not in frame.columns]
    whole = [name for name in numbers if (written[name] % 1 == 0).all()]
    return written.with_columns(pl.col(whole).cast(pl.Int64)).write_ndjson().encode()


def workbook(sheets: Mapping[str, pl.DataFrame], **properties: str) -> bytes:
    """Return an Excel workbook with a sheet for each frame; the same input gives the same bytes.

    Text is text, whatever it begins with, and lists are JSON text. Excel has no time zones, so
    instants in UTC have "(UTC)" in their header.

    Raises:
        SnapshotError: A text is too long for Excel, or xlsxwriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise not_installed("xlsx", "excel", error) from error
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with Workbook(file, {"in_memory": True, "nan_inf_to_errors": True, **options}) as book:
        book.set_properties(properties | {"created": _EXCEL_EPOCH})
        for name, frame in sheets.items():
            _for_excel(frame).write_excel(
                book, name, dtype_formats=_EXCEL_FORMATS, freeze_panes=(1, 0)
            )
    return file.getvalue()


def not_installed(suffix: str, extra: str, error: ImportError) -> SnapshotError:
    """Return the error of a format whose library is missing."""
    return SnapshotError(
        f".{suffix} can't be written ({error}); install what it needs with: "
        f"pip install 'spacecraft-analysis[{extra}]'"
    )


def _for_excel(frame: pl.DataFrame) -> pl.DataFrame:
    columns = []
    for series in frame:
        series = as_json(series) if series.dtype.is_nested() else series
        if series.dtype == pl.String:
            series = series.str.replace_all(NOT_XML, "\ufffd")
            longest = max(series.str.len_chars().drop_nulls(), default=0)
            if longest > _EXCEL_LETTERS:
                raise SnapshotError(
                    f"a text of {longest:,} characters is too long for .xlsx, which takes "
                    f"{_EXCEL_LETTERS:,}; choose another format"
                )
        elif getattr(series.dtype, "time_zone", None):
            series = series.alias(f"{series.name} (UTC)")
        columns.append(series)
    return pl.DataFrame(columns)


FORMATS: dict[str, Callable[..., bytes]] = {
    ".parquet": _parquet,
    ".csv": lambda frame, durations="seconds": delimited(frame, durations=durations).encode(),
    ".tsv": lambda frame, durations="seconds": delimited(
        frame, separator="\t", durations=durations
    ).encode(),
    ".ndjson": _ndjson,
    ".xlsx": lambda frame, durations="days": workbook({"Sheet1": with_durations(frame, durations)}),
}
"""By suffix what makes a file of a frame; the second argument is as in `with_durations`."""
