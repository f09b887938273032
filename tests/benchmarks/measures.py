"""The measures over many rows, lazily and streaming, and the same in DuckDB and pandas."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

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
    """Return the tables in a folder as frames of pandas."""
    return {name: as_pandas(table.collect()) for name, table in tables(folder).items()}


def as_pandas(table: pl.DataFrame) -> Any:
    """Return a table as a pandas frame, its instants without zone."""
    import pandas as pd

    instants = selectors.datetime().dt.replace_time_zone(None)
    return pd.DataFrame({column.name: column.to_numpy() for column in table.with_columns(instants)})


def turnaround_in_pandas(flights: Any, **_: Any) -> Any:
    """Return `turnaround_by_family` of each family in pandas, its curve by lifelines."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times
    from pandas import DataFrame

    counted = _counted(flights)
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


def utilisation_in_pandas(flights: Any, spacecraft: Any, **_: Any) -> Any:
    """Return the time in space and in service of `utilisation_by_family` in pandas."""
    counted = _counted(flights)
    per_craft = counted.groupby("spacecraft_id", sort=False)
    last = per_craft.tail(1).set_index("spacecraft_id")
    craft = spacecraft[~spacecraft["is_placeholder"] & (spacecraft["config_type_id"] != 5)]
    craft = craft.set_index("spacecraft_id").assign(
        first_launch=per_craft["launch_net"].min(), last_end=last["known_end"]
    )
    aloft = craft["time_in_space"]
    waits = (craft["status_id"] == 1) & ~craft["in_space"] & craft["last_end"].notna()
    until = craft["last_end"].mask(waits | craft["in_space"], craft["retrieved_at"])
    service = until - craft["first_launch"]
    serving = (waits | (craft["flights_count"] >= 2)) & (aloft <= service)
    serving &= aloft.dt.total_seconds() > 0
    days = craft[["family", "flights_count"]].assign(
        time_in_space_days=aloft.dt.total_seconds() / DAY,
        serving_days=aloft.where(serving).dt.total_seconds() / DAY,
        service_days=service.where(serving).dt.total_seconds() / DAY,
    )
    used = days.groupby("family").sum(min_count=1)
    return used.assign(in_space_fraction=used["serving_days"] / used["service_days"])


def in_orbit_in_pandas(flights: Any, **_: Any) -> Any:
    """Return `in_orbit` by years in pandas, by counting the craft that come and go."""
    import pandas as pd

    counted = _counted(flights)
    until = counted["known_end"].mask(counted["is_open"], counted["retrieved_at"])
    until = until.where(~(until > counted["retrieved_at"]), counted["retrieved_at"])
    stays = pd.DataFrame({"family": counted["family"], "start": counted["launch_net"]})
    return _by_year(
        stays.assign(until=until), "family", counted["retrieved_at"].max(), "craft_days"
    )


def _by_year(spans: Any, by: str, end: Any, name: str) -> Any:
    """Return how many days of each year the spans of each group fill."""
    import pandas as pd

    change, late = 0, 0
    years = pd.date_range(f"{spans['start'].min().year}-01-01", end, freq="YS")
    every = pd.DataFrame(0, index=years, columns=spans[by].unique())
    spans = spans.dropna(subset=["start", "until"])
    for instant, sign in (("start", 1), ("until", -1)):
        start = spans[instant].dt.to_period("Y").dt.start_time
        seconds = (spans[instant] - start).dt.total_seconds()
        by_year = seconds.groupby([start, spans[by]])
        change = change + sign * by_year.size().unstack().reindex_like(every).fillna(0)
        late = late + sign * by_year.sum().unstack().reindex_like(every).fillna(0)
    length = (pd.Series([*years[1:], end], index=years) - years).dt.total_seconds()
    days = (change.cumsum().mul(length, axis=0) - late) / DAY
    days = days.rename_axis("period_start").rename_axis(by, axis="columns")
    presence = days.stack().rename(name).reset_index()
    return presence.set_index(["period_start", by])


def _counted(flights: Any) -> Any:
    """Return the flights that measures count, in order, with their known ends."""
    counted = flights[~flights["is_placeholder"] & (flights["config_type_id"] != 5)]
    counted = counted[~counted["is_planned"]]
    counted = counted.sort_values(["spacecraft_id", "launch_net", "flight_id"])
    known = counted["mission_end"].where(counted["mission_end"] >= counted["launch_net"])
    return counted.assign(known_end=known)


def times_to_dock_in_pandas(dockings: Any, flights: Any, **_: Any) -> Any:
    """Return `times_to_dock` in pandas, in seconds, of pages retrieved at one time."""
    counted = _counted(flights)
    listed = dockings.groupby("spacecraft_id")["docked"].sum().rename("listed")
    both = counted.merge(
        dockings[["flight_id", "docking_id", "docking", "target_name"]], on="flight_id"
    ).join(listed, on="spacecraft_id")
    possible = (both["docking"] > both["launch_net"]) & ~(both["docking"] > both["known_end"])
    lacking = (both["spacecraft_time_docked"] - both["listed"]).dt.total_seconds() > 60
    first = both[possible & ~lacking].sort_values(["docking", "docking_id"])
    first = first.drop_duplicates("flight_id").sort_values(
        ["spacecraft_id", "launch_net", "flight_id"]
    )
    took = (first["docking"] - first["launch_net"]).dt.total_seconds()
    times = first[["flight_id", "family"]].assign(time_to_dock=took)
    return times.set_index(["flight_id", "family"])


def time_to_dock_in_pandas(dockings: Any, flights: Any, **_: Any) -> Any:
    """Return `time_to_dock_by_family` in pandas, of the families that docked."""
    hours = times_to_dock_in_pandas(dockings, flights)["time_to_dock"] / 3600
    return hours.groupby("family").agg(
        docked_flight_count="size",
        fastest_hours="min",
        median_hours="median",
        p90_hours=lambda one: one.quantile(0.9),
    )


def docked_in_pandas(dockings: Any, spacecraft: Any, **_: Any) -> Any:
    """Return the time docked by events of `utilisation_by_family` in pandas."""
    once = _without_overlap(_spans(dockings), ["spacecraft_id"])
    craft = spacecraft.set_index("spacecraft_id")
    union = (once["until"] - once["start"]).groupby(once["spacecraft_id"]).sum()
    listed = dockings.groupby("spacecraft_id")["docked"].sum()
    apart = (craft["time_docked"] - listed.reindex(craft.index)).dt.total_seconds().abs()
    known = craft[apart <= 60].assign(union=union)
    possible = known["union"] <= known["time_in_space"]
    days = known[["family"]].assign(
        docked=known["union"].where(possible).dt.total_seconds(),
        aloft=known["time_in_space"].where(possible).dt.total_seconds(),
    )
    used = days.groupby("family").sum(min_count=1).reindex(craft["family"].unique())
    used = used.rename_axis("family")
    return used.assign(
        docked_event_days=used["docked"] / DAY, docked_fraction=used["docked"] / used["aloft"]
    )


def occupancy_in_pandas(dockings: Any, **_: Any) -> Any:
    """Return `station_occupancy` by years in pandas."""
    spans = _spans(dockings[dockings["target_kind"] == "station"])
    once = _without_overlap(spans, ["flight_id", "target_id"])
    return _by_year(once, "target_name", dockings["retrieved_at"].max(), "docked_days")


def _spans(dockings: Any) -> Any:
    """Return from when to when each craft was docked."""
    departure = dockings["departure"].mask(dockings["is_open"], dockings["retrieved_at"])
    end = dockings["mission_end"].where(dockings["mission_end"] >= dockings["launch_net"])
    until = departure.where(~(departure > end), end)
    until = until.where(~(until > dockings["retrieved_at"]), dockings["retrieved_at"])
    start = dockings["docking"].where(
        ~(dockings["docking"] < dockings["launch_net"]), dockings["launch_net"]
    )
    spans = dockings[["docking_id", "spacecraft_id", "flight_id", "target_id", "target_name"]]
    return spans.assign(start=start, until=until)


def _without_overlap(spans: Any, owner: list[str]) -> Any:
    spans = spans[spans["start"] < spans["until"]]
    spans = spans.sort_values([*owner, "start", "until", "docking_id"])
    until = spans["until"].astype("int64")
    most = until.groupby([spans[name] for name in owner]).cummax()
    covered = most.groupby([spans[name] for name in owner]).shift().astype("Int64")
    start = spans["start"].astype("int64").astype("Int64")
    later = covered.where(covered > start, start).astype("datetime64[us]")
    spans = spans.assign(start=later)
    return spans[spans["start"] < spans["until"]]


IN_PANDAS: dict[str, Callable[..., Any]] = {
    "turnaround_by_family": turnaround_in_pandas,
    "utilisation_by_family": utilisation_in_pandas,
    "utilisation_by_family with dockings": docked_in_pandas,
    "in_orbit": in_orbit_in_pandas,
    "times_to_dock": times_to_dock_in_pandas,
    "time_to_dock_by_family": time_to_dock_in_pandas,
    "station_occupancy": occupancy_in_pandas,
}


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
            same = _equal(ours, pl.from_arrow(work(work_name, folder)()))
        else:
            same = _agree(ours, IN_PANDAS[name](**frames))
        found += [] if same else [work_name]
    return found


def _equal(ours: pl.DataFrame, theirs: Any) -> bool:
    """Whether DuckDB has the same columns, rows and figures, in the same order."""
    ours = ours.with_columns(selectors.duration().dt.total_microseconds())
    if theirs.columns != ours.columns or theirs.height != ours.height:
        return False
    beside = theirs.cast(ours.schema).rename(lambda name: f"{name}_peer")
    return ours.hstack(beside).filter(*map(_same, ours.columns)).height == ours.height


def _agree(ours: pl.DataFrame, theirs: Any) -> bool:
    """Whether pandas has the same rows, and gives the figures that it gives as we do."""
    keys, given = [*theirs.index.names], theirs.reset_index()
    names = [name for name in theirs.columns if name in ours.columns]
    wanted = pl.DataFrame({name: given[name].to_numpy() for name in (*keys, *names)}).fill_nan(None)
    group = pl.col(keys[-1]).cast(pl.String)
    ours = ours.filter(group != "all").with_columns(
        selectors.datetime().dt.replace_time_zone(None), selectors.duration().dt.total_seconds()
    )
    for counted in {"turnaround_count", "docked_flight_count"} & {*names}:
        ours = ours.filter(pl.col(counted) > 0)
    both = ours.join(wanted.cast(ours.select(keys).schema), on=keys, suffix="_peer")
    return ours.height == wanted.height == both.filter(*map(_same, names)).height


def _same(name: str) -> pl.Expr:
    """Whether both have the same value, or numbers that differ by rounding alone."""
    ours, theirs = pl.col(name), pl.col(f"{name}_peer")
    number, other = (one.cast(pl.Float64, strict=False) for one in (ours, theirs))
    close = (number - other).abs() <= 1e-9 * other.abs() + 1e-6
    return ours.eq_missing(theirs) | close.fill_null(False)
