"""The page that says what each column of each table means; no notebook makes it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from spacecraft_analysis.frames.dictionary import data_dictionary
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.report.export import page
from spacecraft_analysis.report.index import DICTIONARY
from spacecraft_analysis.report.page import ANSWER, Contents
from spacecraft_analysis.report.payloads import PROVENANCE, provenance
from spacecraft_analysis.report.tables import TABLE, table


def dictionary_page() -> Contents:
    """Return the data dictionary as a page."""
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
        # It is made from declarations, not from a snapshot.
        _shown({PROVENANCE: asdict(provenance([]))}, []),
    ]
    for one in TABLES:
        rows = columns.filter(pl.col("table") == one.name)
        # Microseconds and UTC are the same everywhere, and would leave the meaning no room.
        dtype = pl.col("dtype").str.replace(r"\(time_unit.*\)", "").alias("type")
        shown = rows.select("column", "meaning", "unit", dtype, "path")
        cells.append(new_markdown_cell(f"## {one.name}: {one.grain}"))
        cells.append(_shown({TABLE: asdict(table(shown, whole=True))}, []))
    return page(new_notebook(cells=cells), name=DICTIONARY, folder=Path())


def _shown(data: dict[str, Any], tags: list[str]) -> Any:
    from nbformat.v4 import new_code_cell, new_output

    cell = new_code_cell(outputs=[new_output("display_data", data=data)])
    cell.metadata.tags = tags
    return cell
