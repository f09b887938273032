"""The measures over many rows, lazily and streaming, and the same in DuckDB.

pandas, with the curve of lifelines, takes longer than DuckDB.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

from tests.benchmarks.sql import QUERIES
from tests.measures.fleets import ARGUMENTS, call

OF_DOCKINGS = [name for name, tables in ARGUMENTS.items() if "dockings" in tables]
OF_FLIGHTS = [name for name in ARGUMENTS if name not in OF_DOCKINGS]


def work(name: str, folder: Path) -> Callable[[], Any]:
    """Return the work of that name on the tables in a folder, ready to be timed."""
    measure, _, is_peer = name.partition(" in ")
    if not is_peer:
        lazy = tables(folder)
        return lambda: call(measure, lazy).collect(engine="streaming")
    import duckdb

    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    for file in folder.glob("*.parquet"):
        connection.sql(f"CREATE VIEW {file.stem} AS FROM '{file}'")
    return lambda: connection.sql(QUERIES[measure]).to_arrow_table()


def tables(folder: Path) -> dict[str, pl.LazyFrame]:
    """Return the tables in a folder, each by its name."""
    return {file.stem: pl.scan_parquet(file) for file in folder.glob("*.parquet")}


def peers(names: Iterable[str]) -> list[str]:
    """Return the works of DuckDB that do the same as these measures."""
    return [f"{name} in DuckDB" for name in names if name in QUERIES]


def differing(names: Iterable[str], folder: Path) -> list[str]:
    """Return the works of DuckDB that give other figures than ours, for some group."""
    lazy = tables(folder)
    return [
        peer
        for name in names
        for peer in peers([name])
        if not _equal(call(name, lazy).collect(), pl.from_arrow(work(peer, folder)()))
    ]


def _equal(ours: pl.DataFrame, theirs: Any) -> bool:
    """Whether DuckDB has the same columns, rows and figures, in the same order."""
    ours = ours.with_columns(selectors.duration().dt.total_microseconds())
    if theirs.columns != ours.columns or theirs.height != ours.height:
        return False
    beside = theirs.cast(ours.schema).rename(lambda name: f"{name}_peer")
    return ours.hstack(beside).filter(*map(_same, ours.columns)).height == ours.height


def _same(name: str) -> pl.Expr:
    """Whether both have the same value, or numbers that differ by rounding alone."""
    ours, theirs = pl.col(name), pl.col(f"{name}_peer")
    number, other = (one.cast(pl.Float64, strict=False) for one in (ours, theirs))
    close = (number - other).abs() <= 1e-9 * other.abs() + 1e-6
    return ours.eq_missing(theirs) | close.fill_null(False)
