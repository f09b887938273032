"""Every column of every table, from the declarations that build the frames."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.frames.schema import TEXT
from spacecraft_analysis.frames.tables import TABLES


def data_dictionary() -> pl.DataFrame:
    """Every column of every table: what it means, its type and where LL2 keeps it.

    One row per column: `table`, `column`, `path` (in LL2's record of a craft, or of a docking
    event; null for a column that we derive), `dtype`, `unit` (null for what is typed or has none),
    `nullable` and `meaning`. It is made from the declarations that build the frames.

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
                "unit": column.unit,
                # Empty text becomes null, so no text but a family's fallback is sure to be there.
                "nullable": column.nullable or column.dtype == TEXT,
                "meaning": column.meaning,
            }
            for table in TABLES
            for column in table.columns
        ],
        schema={
            **dict.fromkeys(("table", "column", "path", "dtype", "unit"), pl.String),
            "nullable": pl.Boolean,
            "meaning": pl.String,
        },
    )
