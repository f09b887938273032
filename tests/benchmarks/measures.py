"""Measures over many flights or dockings, lazily and streaming, and the same in pandas."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

import spacecraft_analysis as sa

DAY = 86_400


def work(name: str, folder: Path) -> Callable[[], Any]:
    """The work of that name on the tables in a folder, ready to be timed.

    A measure reads the files itself; pandas finds its frames made.
    """
    if name in MEASURES:
        lazy = tables(folder)
        return lambda: MEASURES[name](**lazy).collect(engine="streaming")
    frames = in_pandas(folder)
    return lambda: IN_PANDAS[name](**frames)


def tables(folder: Path) -> dict[str, pl.LazyFrame]:
    """The tables in a folder, each by its name."""
    return {file.stem: pl.scan_parquet(file) for file in folder.glob("*.parquet")}


def in_pandas(folder: Path) -> dict[str, Any]:
    """The tables in a folder as frames of pandas."""
    return {name: as_pandas(table.collect()) for name, table in tables(folder).items()}


def as_pandas(flights: pl.DataFrame) -> Any:
    """The flights as a pandas frame, its instants without zone."""
    import pandas as pd

    instants = selectors.datetime().dt.replace_time_zone(None)
    return pd.DataFrame(
        {column.name: column.to_numpy() for column in flights.with_columns(instants)}
    )


def turnaround_in_pandas(flights: Any, **_: Any) -> Any:
    """The observed part of `turnaround_by_family`, as one would write it in pandas.

    Only the quantiles of the turnarounds that ended: no waiting craft, no survival curve.
    """
    counted = _counted(flights)
    craft = counted.groupby("spacecraft_id", sort=False)
    days = (craft["launch_net"].shift(-1) - counted["known_end"]).dt.total_seconds() / DAY
    periods = days[days >= 0].groupby(counted["family"])
    return periods.agg(
        turnaround_count="size",
        fastest_days="min",
        median_days="median",
        p90_days=lambda period: period.quantile(0.9),
    )


def utilisation_in_pandas(flights: Any, spacecraft: Any) -> Any:
    """What `utilisation_by_family` says of time in space and in service, in pandas."""
    counted = _counted(flights)
    per_craft = counted.groupby("spacecraft_id", sort=False)
    craft = per_craft.tail(1).set_index("spacecraft_id")
    told = spacecraft.set_index("spacecraft_id")
    craft = craft.assign(
        flights_count=told["flights_count"],
        aloft=told["time_in_space"],
        first_launch=per_craft["launch_net"].min(),
    )
    waits = (craft["status_id"] == 1) & ~craft["in_space"] & craft["known_end"].notna()
    until = craft["known_end"].mask(waits | craft["in_space"], craft["retrieved_at"])
    service = until - craft["first_launch"]
    serving = (waits | (craft["flights_count"] >= 2)) & (craft["aloft"] <= service)
    serving &= craft["aloft"].dt.total_seconds() > 0
    days = craft[["family", "flights_count"]].assign(
        time_in_space_days=craft["aloft"].dt.total_seconds() / DAY,
        serving_days=craft["aloft"].where(serving).dt.total_seconds() / DAY,
        service_days=service.where(serving).dt.total_seconds() / DAY,
    )
    used = days.groupby("family").sum(min_count=1)
    return used.assign(in_space_fraction=used["serving_days"] / used["service_days"])


def in_orbit_in_pandas(flights: Any, **_: Any) -> Any:
    """`in_orbit` by years in pandas, in the way that costs least: craft that come and go."""
    import pandas as pd

    counted = _counted(flights)
    is_open = counted["in_space"] & ~counted["spacecraft_id"].duplicated(keep="last")
    is_open &= counted["mission_end"].isna()
    until = counted["known_end"].mask(is_open, counted["retrieved_at"])
    until = until.where(~(until > counted["retrieved_at"]), counted["retrieved_at"])
    stays = pd.DataFrame({"family": counted["family"], "start": counted["launch_net"]})
    return _by_year(
        stays.assign(until=until), "family", counted["retrieved_at"].max(), "craft_days"
    )


def _by_year(spans: Any, by: str, end: Any, name: str) -> Any:
    """How many days of each year the spans of each group fill."""
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
    """The flights that measures count, in order, with their ends as far as they are known."""
    counted = flights[~flights["is_placeholder"] & (flights["config_type_id"] != 5)]
    counted = counted.sort_values(["spacecraft_id", "launch_net", "flight_id"])
    known = counted["mission_end"].where(counted["mission_end"] >= counted["launch_net"])
    return counted.assign(known_end=known)


def times_to_dock(dockings: pl.LazyFrame, flights: pl.LazyFrame, **_: Any) -> pl.LazyFrame:
    return sa.times_to_dock(flights, dockings)


def time_to_dock(dockings: pl.LazyFrame, flights: pl.LazyFrame, **_: Any) -> pl.LazyFrame:
    return sa.time_to_dock_by_family(flights, dockings)


def docked(dockings: pl.LazyFrame, spacecraft: pl.LazyFrame, **_: Any) -> pl.LazyFrame:
    return sa.utilisation_by_family(spacecraft, dockings=dockings)


def occupancy(dockings: pl.LazyFrame, **_: Any) -> pl.LazyFrame:
    return sa.station_occupancy(dockings)


def times_to_dock_in_pandas(dockings: Any, flights: Any, **_: Any) -> Any:
    """`times_to_dock` in pandas, in seconds; without what pages of other times would need."""
    counted = _counted(flights)
    events = dockings.groupby("spacecraft_id").agg(
        told=("docked", "sum"), said=("time_docked", "max")
    )
    both = counted.merge(
        dockings[["flight_id", "docking_id", "docking", "target_name"]], on="flight_id"
    ).join(events, on="spacecraft_id")
    possible = (both["docking"] > both["launch_net"]) & ~(both["docking"] > both["known_end"])
    lacking = (both["said"] - both["told"]).dt.total_seconds() > 60
    first = both[possible & ~lacking].sort_values(["docking", "docking_id"])
    first = first.drop_duplicates("flight_id").sort_values(
        ["spacecraft_id", "launch_net", "flight_id"]
    )
    took = (first["docking"] - first["launch_net"]).dt.total_seconds()
    times = first[["flight_id", "family"]].assign(time_to_dock=took)
    return times.set_index(["flight_id", "family"])


def time_to_dock_in_pandas(dockings: Any, flights: Any, **_: Any) -> Any:
    """`time_to_dock_by_family` in pandas, of the families that docked."""
    hours = times_to_dock_in_pandas(dockings, flights)["time_to_dock"] / 3600
    return hours.groupby("family").agg(
        docked_flight_count="size",
        fastest_hours="min",
        median_hours="median",
        p90_hours=lambda one: one.quantile(0.9),
    )


def docked_in_pandas(dockings: Any, spacecraft: Any, **_: Any) -> Any:
    """What `utilisation_by_family` says of time docked by events, in pandas."""
    once = _without_overlap(_spans(dockings), ["spacecraft_id"])
    craft = spacecraft.set_index("spacecraft_id")
    union = (once["until"] - once["start"]).groupby(once["spacecraft_id"]).sum()
    told = dockings.groupby("spacecraft_id")["docked"].sum()
    apart = (craft["time_docked"] - told.reindex(craft.index)).dt.total_seconds().abs()
    known = craft[apart <= 60].assign(union=union)
    possible = known["union"] <= known["time_in_space"]
    days = known[["family"]].assign(
        time_docked_days=known["union"].dt.total_seconds() / DAY,
        docked=known["union"].where(possible).dt.total_seconds(),
        aloft=known["time_in_space"].where(possible).dt.total_seconds(),
    )
    used = days.groupby("family").sum(min_count=1).reindex(craft["family"].unique())
    used = used.rename_axis("family")
    return used[["time_docked_days"]].assign(docked_fraction=used["docked"] / used["aloft"])


def occupancy_in_pandas(dockings: Any, **_: Any) -> Any:
    """`station_occupancy` by years in pandas."""
    spans = _spans(dockings[dockings["target_kind"] == "station"])
    once = _without_overlap(spans, ["flight_id", "target_id"])
    return _by_year(once, "target_name", dockings["retrieved_at"].max(), "docked_days")


def _spans(dockings: Any) -> Any:
    """From when to when each craft was docked, as far as that is known."""
    departure = dockings["departure"].mask(dockings["is_open"], dockings["retrieved_at"])
    end = dockings["mission_end"].where(dockings["mission_end"] >= dockings["launch_net"])
    until = departure.where(~(departure > end), end)
    until = until.where(~(until > dockings["retrieved_at"]), dockings["retrieved_at"])
    start = dockings["docking"].where(
        ~(dockings["docking"] < dockings["launch_net"]), dockings["launch_net"]
    )
    spans = dockings[["docking_id", "spacecraft_id", "flight_id", "target_id", "target_name"]]
    return spans.assign(start=start, until=until)


def _without_overlap(spans: Any, whose: list[str]) -> Any:
    spans = spans[spans["start"] < spans["until"]]
    spans = spans.sort_values([*whose, "start", "until", "docking_id"])
    until = spans["until"].astype("int64")
    most = until.groupby([spans[name] for name in whose]).cummax()
    covered = most.groupby([spans[name] for name in whose]).shift().astype("Int64")
    start = spans["start"].astype("int64").astype("Int64")
    later = covered.where(covered > start, start).astype("datetime64[us]")
    spans = spans.assign(start=later)
    return spans[spans["start"] < spans["until"]]


OF_FLIGHTS: dict[str, Callable[..., pl.LazyFrame]] = {
    "turnaround_by_family": lambda flights, **_: sa.turnaround_by_family(flights),
    "utilisation_by_family": sa.utilisation_by_family,
    "in_orbit": lambda flights, **_: sa.in_orbit(flights),
}
OF_DOCKINGS: dict[str, Callable[..., pl.LazyFrame]] = {
    "times_to_dock": times_to_dock,
    "time_to_dock_by_family": time_to_dock,
    "utilisation_by_family with dockings": docked,
    "station_occupancy": occupancy,
}
MEASURES = OF_FLIGHTS | OF_DOCKINGS
IN_PANDAS: dict[str, Callable[..., Any]] = {
    "turnaround_by_family in pandas": turnaround_in_pandas,
    "utilisation_by_family in pandas": utilisation_in_pandas,
    "in_orbit in pandas": in_orbit_in_pandas,
    "times_to_dock in pandas": times_to_dock_in_pandas,
    "time_to_dock_by_family in pandas": time_to_dock_in_pandas,
    "utilisation_by_family with dockings in pandas": docked_in_pandas,
    "station_occupancy in pandas": occupancy_in_pandas,
}


def differing(names: Iterable[str], folder: Path) -> list[str]:
    """The measures of which pandas gives other figures, for some group."""
    lazy, frames = tables(folder), in_pandas(folder)
    return [
        name
        for name in names
        if not _agree(MEASURES[name](**lazy).collect(), IN_PANDAS[f"{name} in pandas"](**frames))
    ]


def _agree(ours: pl.DataFrame, theirs: Any) -> bool:
    """Whether pandas has the same rows, and gives the figures that it gives as we do."""
    keys, given = [*theirs.index.names], theirs.reset_index()
    names = [name for name in theirs.columns if name in ours.columns]
    wanted = pl.DataFrame({name: given[name].to_numpy() for name in (*keys, *names)})
    group = pl.col(keys[-1]).cast(pl.String)
    ours = ours.filter(group != "all").with_columns(
        selectors.datetime().dt.replace_time_zone(None), selectors.duration().dt.total_seconds()
    )
    for counted in {"turnaround_count", "docked_flight_count"} & {*names}:
        ours = ours.filter(pl.col(counted) > 0)
    both = ours.join(wanted.cast(ours.select(keys).schema), on=keys, suffix="_pandas")
    return ours.height == wanted.height == both.filter(*map(_same, names)).height


def _same(name: str) -> pl.Expr:
    ours, theirs = pl.col(name), pl.col(f"{name}_pandas").fill_nan(None)
    close = (ours - theirs).abs() < 1e-9 * theirs.abs() + 1e-6
    return ours.eq_missing(theirs) | close.fill_null(False)
