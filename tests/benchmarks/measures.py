"""Measures over many flights, lazily and streaming, and the same in pandas."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

import spacecraft_analysis as sa

DAY = 86_400


def work(name: str, file: Path) -> Callable[[], Any]:
    """The work of that name on a file of flights, ready to be timed.

    A measure reads the file itself; pandas finds its frame made.
    """
    if name in MEASURES:
        flights = pl.scan_parquet(file)
        return lambda: MEASURES[name](flights).collect(engine="streaming")
    frame = as_pandas(pl.read_parquet(file))
    return lambda: IN_PANDAS[name](frame)


def utilisation(flights: pl.LazyFrame) -> pl.LazyFrame:
    """`utilisation_by_family`, with a spacecraft table made of the flights."""
    repeated = ("family", "in_space", "is_placeholder", "status_id", "config_type_id")
    length = pl.coalesce("mission_end", "retrieved_at") - pl.col("launch_net")
    craft = flights.group_by("spacecraft_id").agg(
        pl.col(*repeated, "retrieved_at").first(),
        flights_count=pl.len().cast(pl.Int64),
        time_in_space=length.sum(),
        time_docked=pl.lit(None, pl.Duration("us")),
    )
    return sa.utilisation_by_family(craft, flights)


def as_pandas(flights: pl.DataFrame) -> Any:
    """The flights as a pandas frame, its instants without zone."""
    import pandas as pd

    instants = selectors.datetime().dt.replace_time_zone(None)
    return pd.DataFrame(
        {column.name: column.to_numpy() for column in flights.with_columns(instants)}
    )


def turnaround_in_pandas(flights: Any) -> Any:
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


def utilisation_in_pandas(flights: Any) -> Any:
    """What `utilisation_by_family` says of time in space and in service, in pandas."""
    counted = _counted(flights)
    length = counted["mission_end"].fillna(counted["retrieved_at"]) - counted["launch_net"]
    per_craft = counted.assign(length=length).groupby("spacecraft_id", sort=False)
    craft = per_craft.tail(1).set_index("spacecraft_id")
    craft = craft.assign(
        flights_count=per_craft.size(),
        aloft=per_craft["length"].sum(),
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


def in_orbit_in_pandas(flights: Any) -> Any:
    """`in_orbit` by years in pandas, in the way that costs least: craft that come and go."""
    import pandas as pd

    counted = _counted(flights)
    is_open = counted["in_space"] & ~counted["spacecraft_id"].duplicated(keep="last")
    is_open &= counted["mission_end"].isna()
    until = counted["known_end"].mask(is_open, counted["retrieved_at"])
    until = until.where(~(until > counted["retrieved_at"]), counted["retrieved_at"])
    stays = pd.DataFrame(
        {"family": counted["family"], "launch": counted["launch_net"], "until": until}
    ).dropna(subset=["launch", "until"])
    change, late = 0, 0
    end = counted["retrieved_at"].max()
    years = pd.date_range(f"{counted['launch_net'].min().year}-01-01", end, freq="YS")
    for instant, sign in (("launch", 1), ("until", -1)):
        start = stays[instant].dt.to_period("Y").dt.start_time
        seconds = (stays[instant] - start).dt.total_seconds()
        by_year = seconds.groupby([start, stays["family"]])
        change = change + sign * by_year.size().unstack().reindex(years).fillna(0)
        late = late + sign * by_year.sum().unstack().reindex(years).fillna(0)
    length = (pd.Series([*years[1:], end], index=years) - years).dt.total_seconds()
    craft_days = (change.cumsum().mul(length, axis=0) - late) / DAY
    presence = craft_days.rename_axis("period_start").stack().rename("craft_days").reset_index()
    return presence.set_index(["period_start", "family"])


def _counted(flights: Any) -> Any:
    """The flights that measures count, in order, with their ends as far as they are known."""
    counted = flights[~flights["is_placeholder"] & (flights["config_type_id"] != 5)]
    counted = counted.sort_values(["spacecraft_id", "launch_net", "flight_id"])
    known = counted["mission_end"].where(counted["mission_end"] >= counted["launch_net"])
    return counted.assign(known_end=known)


MEASURES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "turnaround_by_family": sa.turnaround_by_family,
    "utilisation_by_family": utilisation,
    "in_orbit": sa.in_orbit,
}
IN_PANDAS: dict[str, Callable[[Any], Any]] = {
    "turnaround_by_family in pandas": turnaround_in_pandas,
    "utilisation_by_family in pandas": utilisation_in_pandas,
    "in_orbit in pandas": in_orbit_in_pandas,
}


def differing(file: Path) -> list[str]:
    """The measures of which pandas gives other figures, for some family."""
    flights = pl.read_parquet(file)
    frame = as_pandas(flights)
    return [
        name
        for name, measure in MEASURES.items()
        if not _agree(measure(flights.lazy()).collect(), IN_PANDAS[f"{name} in pandas"](frame))
    ]


def _agree(ours: pl.DataFrame, theirs: Any) -> bool:
    """Whether pandas has the same rows, and gives the figures that it gives as we do."""
    keys, given = [*theirs.index.names], theirs.reset_index()
    names = [name for name in theirs.columns if name in ours.columns]
    wanted = pl.DataFrame({name: given[name].to_numpy() for name in (*keys, *names)})
    ours = ours.filter(pl.col("family") != "all").with_columns(
        selectors.datetime().dt.replace_time_zone(None)
    )
    if "turnaround_count" in names:
        ours = ours.filter(pl.col("turnaround_count") > 0)
    both = ours.join(wanted.cast(ours.select(keys).schema), on=keys, suffix="_pandas")
    return ours.height == wanted.height == both.filter(*map(_same, names)).height


def _same(name: str) -> pl.Expr:
    ours, theirs = pl.col(name), pl.col(f"{name}_pandas").fill_nan(None)
    close = (ours - theirs).abs() < 1e-9 * theirs.abs() + 1e-6
    return ours.eq_missing(theirs) | close.fill_null(False)
