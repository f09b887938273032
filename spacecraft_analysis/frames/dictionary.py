"""Every column of every table, from the declarations that build the frames."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.frames.schema import DURATION, TEXT
from spacecraft_analysis.frames.tables import TABLES

_OF_DURATIONS = "µs as Arrow duration; a number or text in other files"


def data_dictionary() -> pl.DataFrame:
    """Return one row per column of each table: its type, its meaning and its place in LL2.

    Columns: `table`, `column`, `path` (in LL2's record of a spacecraft, or of a docking event; null
    for a derived column), `dtype`, `unit` (of durations and of numbers that have one), `nullable`
    and `meaning`. It is made from the declarations that build the frames.

    Durations are differences of UTC instants in days of 86,400 seconds. Leap seconds are not
    counted, which is 1 to 6 seconds for the longest stays.

    Examples:
        >>> import polars as pl
        >>> data_dictionary().filter(pl.col("column") == "height_m").row(0)[:5]
        ('configurations', 'height_m', 'spacecraft_config.height', 'Float64', 'm')
    """
    return pl.DataFrame(
        [
            {
                "table": table.name,
                "column": column.name,
                "path": table.path(column) or None,
                "dtype": str(column.dtype),
                "unit": _OF_DURATIONS if column.dtype == DURATION else column.unit,
                # Empty text becomes null, so only a family's fallback is sure to be there.
                "nullable": column.nullable or column.dtype == TEXT,
                "meaning": column.meaning,
            }
            for table in TABLES
            for column in table.columns
        ],
        infer_schema_length=None,
    )
