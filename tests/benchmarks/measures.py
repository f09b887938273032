"""The measures over many rows, lazily and streaming, and the same in DuckDB and pandas."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors
from polars.testing import assert_frame_equal

from tests.benchmarks.sql import QUERIES
from tests.measures.fleets import ARGUMENTS, call

DAY = 86_400
OF_DOCKINGS = [name for name, tables in ARGUMENTS.items() if "dockings" in tables]
OF_FLIGHTS = [name for name in ARGUMENTS if name not in OF_DOCKINGS]


def work(name: str, folder: Path) -> Callable[[], Any]:
    """Return the work of that name on the tables in a folder, ready to be timed.

    Ours and DuckDB read the files themselves; pandas finds its frames made.
    """
    measure, _, peer = name.partition(" in ")
    if not peer:
        lazy = tables(folder)
        return lambda: call(measure, lazy).collect(engine="streaming")
    if peer == "DuckDB":
        connection = views_of(folder)
        return lambda: connection.sql(QUERIES[measure]).to_arrow_table()
    frames = in_pandas(folder)
    return lambda: IN_PANDAS[measure](**frames)


def tables(folder: Path) -> dict[str, pl.LazyFrame]:
    """Return the tables in a folder, each by its name."""
    return {file.stem: pl.scan_parquet(file) for file in folder.glob("*.parquet")}


def views_of(folder: Path) -> Any:
    """Return a connection to DuckDB with the tables in a folder as views."""
    import duckdb

    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    for file in folder.glob("*.parquet"):
        connection.sql(f"CREATE VIEW {file.stem} AS FROM '{file}'")
    return connection


def in_pandas(folder: Path) -> dict[str, Any]:
    """Return the tables in a folder as frames of pandas, their instants without zone."""
    import pandas as pd

    instants = selectors.datetime().dt.replace_time_zone(None)
    frames = {
        name: table.with_columns(instants).collect() for name, table in tables(folder).items()
    }
    return {
        name: pd.DataFrame({column.name: column.to_numpy() for column in frame})
        for name, frame in frames.items()
    }


def turnaround_in_pandas(flights: Any, **_: Any) -> Any:
    """Return `turnaround_by_family` of each family in pandas, its curve by lifelines."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times
    from pandas import DataFrame

    counted = flights[~flights["is_placeholder"] & (flights["config_type_id"] != 5)]
    counted = counted[~counted["is_planned"]]
    counted = counted.sort_values(["spacecraft_id", "launch_net", "flight_id"])
    known = counted["mission_end"].where(counted["mission_end"] >= counted["launch_net"])
    counted = counted.assign(known_end=known)
    craft = counted.groupby("spacecraft_id", sort=False)
    is_next = craft["flight_number"].shift(-1) == counted["flight_number"] + 1
    waits = counted["is_latest"] & (counted["status_id"] == 1) & ~counted["in_space"]
    until = craft["launch_net"].shift(-1).where(is_next)
    until = until.mask(waits, counted["retrieved_at"])
    days = (until - counted["known_end"]).dt.total_seconds() / DAY
    at_midnight = counted["known_end"].dt.normalize() == counted["known_end"]
    periods = DataFrame(
        {"family": counted["family"], "days": days, "observed": ~counted["is_latest"]}
    )[days >= at_midnight.astype(float)]
    observed = periods[periods["observed"]].groupby("family")["days"]
    summary = observed.agg(
        turnaround_count="size",
        fastest_days="min",
        median_days="median",
        p90_days=lambda period: period.quantile(0.9),
    )
    fitter, medians = KaplanMeierFitter(), {}
    for family, of_family in periods.groupby("family"):
        fitter.fit(of_family["days"], of_family["observed"])
        band = median_survival_times(fitter.confidence_interval_)
        medians[family] = (fitter.median_survival_time_, *band.to_numpy()[0])
    names = ["km_median_days", "km_low_days", "km_high_days"]
    curves = DataFrame.from_dict(medians, orient="index", columns=names)
    return summary.join(curves.replace(float("inf"), float("nan")))


# DuckDB is the faster one for all the others.
IN_PANDAS = {"turnaround_by_family": turnaround_in_pandas}


def peers(names: Iterable[str]) -> list[str]:
    """Return the works of the peers that do the same as these measures."""
    both = (("DuckDB", QUERIES), ("pandas", IN_PANDAS))
    return [f"{name} in {peer}" for name in names for peer, works in both if name in works]


def differing(names: Iterable[str], folder: Path) -> list[str]:
    """Return the works of peers that give other figures than ours, for some group."""
    lazy, frames = tables(folder), in_pandas(folder)
    found = []
    for work_name in peers(names):
        name, _, peer = work_name.partition(" in ")
        ours = call(name, lazy).collect()
        if peer == "DuckDB":
            ours = ours.with_columns(selectors.duration().dt.total_microseconds())
            theirs = pl.DataFrame(work(work_name, folder)())
        else:
            theirs = pl.from_pandas(IN_PANDAS[name](**frames).reset_index())
            # Of each family with a turnaround pandas gives some of the figures.
            counted = ours.filter(pl.col("family") != "all", pl.col("turnaround_count") > 0)
            ours = counted.select(theirs.columns)
        try:
            # Numbers may differ by rounding.
            assert_frame_equal(ours, theirs, check_dtypes=False, rel_tol=1e-9, abs_tol=1e-6)
        except AssertionError:
            found.append(work_name)
    return found
