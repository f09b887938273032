"""Frames as the content of a file, in each format that other programs read."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames.delimited import as_json, delimited

_EXCEL_LETTERS = 32_767
# A workbook bears the day it was made; the same frame is to be the same bytes on any day.
_EXCEL_EPOCH = datetime(1980, 1, 1)
# Numbers as they are, ids among them, without groups of three digits; a duration as hours.
_EXCEL_FORMATS: Any = {pl.Int64: "0", pl.Float64: "General", pl.Duration: "[h]:mm:ss"}


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _csv(frame: pl.DataFrame) -> bytes:
    return delimited(frame).encode()


def _tsv(frame: pl.DataFrame) -> bytes:
    return delimited(frame, separator="\t").encode()


def _ndjson(frame: pl.DataFrame) -> bytes:
    return frame.with_columns(pl.col(pl.Duration).dt.to_string("iso")).write_ndjson().encode()


def _xlsx(frame: pl.DataFrame) -> bytes:
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise SnapshotError(
            f".xlsx can't be written without xlsxwriter ({error}); install it with: "
            "pip install 'spacecraft-analysis[excel]'"
        ) from error
    told = pl.DataFrame(
        [as_json(series) if series.dtype.is_nested() else series for series in frame]
    )
    longest = told.select(pl.max_horizontal(pl.col(pl.String).str.len_chars().max(), 0)).item()
    if longest > _EXCEL_LETTERS:
        raise SnapshotError(
            f"a text of {longest:,} characters is too long for .xlsx, which takes "
            f"{_EXCEL_LETTERS:,}; choose another format"
        )
    file = io.BytesIO()
    # Excel knows no time zones, and ours is always UTC. Text is text, whatever it begins with.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with Workbook(file, {"in_memory": True, "nan_inf_to_errors": True, **plain}) as book:
        book.set_properties({"created": _EXCEL_EPOCH})
        told.write_excel(book, dtype_formats=_EXCEL_FORMATS, freeze_panes=(1, 0))
    return file.getvalue()


FORMATS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".tsv": _tsv,
    ".ndjson": _ndjson,
    ".xlsx": _xlsx,
}
"""What makes the content of a file, by the file's suffix.

What a format has no type for is text: durations in ISO 8601, lists as JSON. Only `.csv` and `.tsv`
guard what a spreadsheet would take for a formula, as `delimited` says.
"""
