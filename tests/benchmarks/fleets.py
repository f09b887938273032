"""Tables of any size to measure, made from the bundled sample."""

from pathlib import Path

import polars as pl

import spacecraft_analysis as sa

# What measures read.
_CRAFT = (
    *("spacecraft_id", "family", "in_space", "is_placeholder", "status_id"),
    *("config_id", "config_type_id", "retrieved_at"),
)
_FLIGHT = (
    *(*_CRAFT, "spacecraft_name", "flight_id", "flight_number", "launch_net", "mission_end"),
    *("is_planned", "is_latest", "is_open", "destination", "spacecraft_time_docked"),
    *("launch_status_id", "landing_attempt", "landing_success"),
    "launch_mission_orbit_celestial_body_name",
)
_DOCKING = (
    *(*_CRAFT, "docking_id", "docking", "departure", "docked", "is_open", "flight_id"),
    *("launch_net", "mission_end", "target_kind", "target_id", "target_name"),
)
_USE = (*_CRAFT, "flights_count", "time_in_space", "time_docked")
_MODEL = ("config_id", "name", "type_id", "total_launch_count", "spacecraft_flown")


def write_flights(folder: Path, count: int) -> None:
    """Write about so many flights, the sample's again and again as other craft's, and the craft."""
    sample = sa.load("sample")
    # Another second each time, so that the turnarounds are not all ties.
    later = pl.duration(seconds=pl.col("spacecraft_id") % (pl.col("nth") + 7))
    flights = sample.flights.select(_FLIGHT)
    craft = sample.spacecraft.select(_USE)
    copies = -(-count // flights.height)
    folder.mkdir()
    _repeated(flights, copies, pl.col("mission_end") - later).sink_parquet(
        folder / "flights.parquet"
    )
    # The craft agree with their flights: those are up to so many seconds shorter.
    shorter = pl.col("time_in_space") - later * pl.col("flights_count")
    _repeated(craft, copies, shorter).sink_parquet(folder / "spacecraft.parquet")
    sample.configurations.select(_MODEL).write_parquet(folder / "configurations.parquet")


def write_dockings(folder: Path, count: int) -> None:
    """Write about so many dockings, the flights that docked, and their craft."""
    sample = sa.load("sample")
    dockings = sample.dockings.select(_DOCKING)
    tables = {
        "dockings": dockings,
        "flights": sample.flights.select(_FLIGHT).join(dockings, on="flight_id", how="semi"),
        "spacecraft": sample.spacecraft.select(_USE).join(dockings, on="spacecraft_id", how="semi"),
    }
    folder.mkdir()
    for name, table in tables.items():
        _repeated(table, -(-count // dockings.height)).sink_parquet(folder / f"{name}.parquet")
    sample.configurations.select(_MODEL).write_parquet(folder / "configurations.parquet")


def _repeated(table: pl.DataFrame, copies: int, *changes: pl.Expr) -> pl.LazyFrame:
    """Return the table so many times, each time with other ids."""
    ids = [name for name in ("spacecraft_id", "flight_id", "docking_id") if name in table.columns]
    nth = pl.LazyFrame({"nth": range(copies)})
    rows = nth.join(table.lazy(), how="cross")
    return rows.with_columns(pl.col(ids) + pl.col("nth") * 1_000_000, *changes).drop("nth")
