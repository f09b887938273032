"""Tables of any size to measure, made from the bundled sample."""

from pathlib import Path

import polars as pl
from polars import selectors

import spacecraft_analysis as sa
from tests.measures.fleets import COLUMNS

_READ = selectors.by_name(*COLUMNS, require_all=False) - selectors.list()


def write_flights(folder: Path, count: int) -> None:
    """Write about so many flights, the sample's again and again as other craft's, and the craft."""
    sample = sa.load("sample")
    # Another second each time, so that the turnarounds are not all ties.
    later = pl.duration(seconds=pl.col("spacecraft_id") % (pl.col("nth") + 7))
    # The craft agree with their flights: those are up to so many seconds shorter.
    changes = {
        "flights": [pl.col("mission_end") - later],
        "spacecraft": [pl.col("time_in_space") - later * pl.col("flights_count")],
    }
    tables = {"flights": sample.flights, "spacecraft": sample.spacecraft}
    _write(folder, tables, -(-count // sample.flights.height), changes)


def write_dockings(folder: Path, count: int) -> None:
    """Write about so many dockings, the flights that docked, and their craft."""
    sample = sa.load("sample")
    tables = {
        "dockings": sample.dockings,
        "flights": sample.flights.join(sample.dockings, on="flight_id", how="semi"),
        "spacecraft": sample.spacecraft.join(sample.dockings, on="spacecraft_id", how="semi"),
    }
    _write(folder, tables, -(-count // sample.dockings.height), {})


def _write(
    folder: Path, tables: dict[str, pl.DataFrame], copies: int, changes: dict[str, list[pl.Expr]]
) -> None:
    """Write the tables so many times over, each time with other ids, and the configurations."""
    folder.mkdir()
    nth = pl.LazyFrame({"nth": range(copies)})
    ids = selectors.by_name("spacecraft_id", "flight_id", "docking_id", require_all=False)
    for name, table in tables.items():
        rows = nth.join(table.lazy().select(_READ), how="cross")
        rows = rows.with_columns(ids + pl.col("nth") * 1_000_000, *changes.get(name, []))
        rows.drop("nth").sink_parquet(folder / f"{name}.parquet")
    models = sa.load("sample").configurations.select(_READ)
    models.write_parquet(folder / "configurations.parquet")
