"""The page of the gallery that says what every column of every table means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from spacecraft_analysis.frames import data_dictionary
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.report.export import Page, page
from spacecraft_analysis.report.index import COLUMNS
from spacecraft_analysis.report.page import ANSWER
from spacecraft_analysis.report.payloads import PROVENANCE, provenance, written
from spacecraft_analysis.report.tables import TABLE, table


def columns_page() -> Page:
    """The data dictionary as a page: a notebook that nobody has to run."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    columns = data_dictionary()
    names = ", ".join(one.name for one in TABLES)
    answer = (
        f"**{columns.height} columns** in {len(TABLES)} tables: {names}. A column without a path "
        "is not LL2's but derived from others; every time is in UTC."
    )
    cells = [
        new_markdown_cell("# Which columns are there?"),
        _shown({"text/markdown": answer}, [ANSWER]),
        # It is made of declarations, of no snapshot.
        _shown({PROVENANCE: written(provenance([]))}, []),
    ]
    for one in TABLES:
        rows = columns.filter(pl.col("table") == one.name)
        # Microseconds and UTC are the same everywhere, and would push the meaning aside.
        dtype = pl.col("dtype").str.replace(r"\(time_unit.*\)", "").alias("type")
        told = rows.select("column", "meaning", "unit", dtype, "path")
        cells.append(new_markdown_cell(f"## {one.name}: {one.grain}"))
        cells.append(_shown({TABLE: written(table(told, whole=True))}, []))
    return page(new_notebook(cells=cells), name=COLUMNS, folder=Path())


def _shown(data: dict[str, Any], tags: list[str]) -> Any:
    from nbformat.v4 import new_code_cell, new_output

    cell = new_code_cell(outputs=[new_output("display_data", data=data)])
    cell.metadata.tags = tags
    return cell
