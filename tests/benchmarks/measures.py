"""Measures over many flights, lazily and streaming, and the same turnarounds in pandas."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

import spacecraft_analysis as sa

MEASURES = ("turnaround_by_family", "utilisation_by_family", "in_orbit")
PANDAS = "turnaround_by_family in pandas"


def work(name: str, file: Path) -> Callable[[], Any]:
    """The work of that name on a file of flights, ready to be timed.

    A measure reads the file itself; pandas finds its frame made.
    """
    if name == PANDAS:
        frame = as_pandas(pl.read_parquet(file))
        return lambda: in_pandas(frame)
    flights = pl.scan_parquet(file)
    return lambda: measured(name, flights).collect(engine="streaming")


def measured(name: str, flights: pl.LazyFrame) -> pl.LazyFrame:
    """The measure, still lazy."""
    if name == "utilisation_by_family":
        return sa.utilisation_by_family(craft_of(flights), flights)
    return {"turnaround_by_family": sa.turnaround_by_family, "in_orbit": sa.in_orbit}[name](flights)


def craft_of(flights: pl.LazyFrame) -> pl.LazyFrame:
    """A spacecraft table to go with the flights."""
    repeated = ("family", "in_space", "is_placeholder", "status_id", "config_type_id")
    length = pl.coalesce("mission_end", "retrieved_at") - pl.col("launch_net")
    return flights.group_by("spacecraft_id").agg(
        pl.col(*repeated, "retrieved_at").first(),
        flights_count=pl.len().cast(pl.Int64),
        time_in_space=length.sum(),
        time_docked=pl.lit(None, pl.Duration("us")),
    )


def as_pandas(flights: pl.DataFrame) -> Any:
    """The flights as a pandas frame, its instants without zone."""
    import pandas as pd

    instants = selectors.datetime().dt.replace_time_zone(None)
    return pd.DataFrame(
        {column.name: column.to_numpy() for column in flights.with_columns(instants)}
    )


def in_pandas(flights: Any) -> Any:
    """The observed part of `turnaround_by_family`, as one would write it in pandas.

    Only the quantiles of the turnarounds that ended: no waiting craft, no survival curve.
    """
    counted = flights[~flights["is_placeholder"] & (flights["config_type_id"] != 5)]
    counted = counted.sort_values(["spacecraft_id", "launch_net", "flight_id"])
    craft = counted.groupby("spacecraft_id", sort=False)
    known = counted["mission_end"].where(counted["mission_end"] >= counted["launch_net"])
    days = (craft["launch_net"].shift(-1) - known).dt.total_seconds() / 86_400
    periods = days[days >= 0].groupby(counted["family"])
    return periods.agg(
        turnaround_count="size",
        fastest_days="min",
        median_days="median",
        p90_days=lambda period: period.quantile(0.9),
    )


def agree(file: Path) -> bool:
    """Whether pandas and the measure give the same figures for each family."""
    flights = pl.read_parquet(file)
    theirs = pl.DataFrame(in_pandas(as_pandas(flights)).reset_index().to_dict("list"))
    ours = sa.turnaround_by_family(flights).filter(
        pl.col("family") != "all", pl.col("turnaround_count") > 0
    )
    both = ours.join(theirs, on="family", suffix="_pandas", how="full")
    names = ("turnaround_count", "fastest_days", "median_days", "p90_days")
    differ = [(pl.col(name) - pl.col(f"{name}_pandas")).abs() > 1e-6 for name in names]
    return both.filter(pl.any_horizontal(*differ).fill_null(True)).is_empty()
