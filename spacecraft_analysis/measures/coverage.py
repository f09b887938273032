"""Compare what the tables list with what LL2 counts."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.measures.dockings import TOTAL, with_dockings
from spacecraft_analysis.measures.selection import (
    MASS_SIMULATOR,
    Frame,
    Options,
    check_by,
    checked,
    count,
    same_kind,
    select_flights,
    summarise,
)

# What the flights table calls `config_…` of these.
_PREFIXED = ("name", "type_", "agency_")
_COUNTED = ("total_launch_count", "spacecraft_flown")


def coverage(
    configurations: Frame,
    flights: Frame,
    dockings: Frame | None = None,
    *,
    by: str = "config_name",
    mass_simulators: bool = False,
) -> Frame:
    """Return what is listed beside what LL2 counts, one row per configuration and a row `all`.

    * `flights_count`: flights begun that the flights table lists; `total_launch_count`: launches
      that LL2 counts for the configurations. A launch of two spacecraft is two flights.
    * `craft_count`: spacecraft with a listed flight; `spacecraft_flown`: those that LL2 counts.
    * `unknown_end_count`: listed flights that are not open and whose end is unknown or before
      their launch.
    * `docked_flight_count`, `docking_unknown_count` (with `dockings`): listed flights that docked,
      and those that count as unknown or left out in `time_to_dock_by_family`.

    LL2's counts are sums over the configurations of a group that have one, null where none has.
    They are as of the `retrieved_at` of the configurations. Flights of placeholders are left out,
    and mass simulators with what LL2 counts of them. A configuration without a listed flight has
    counts of 0. Rows are ordered by group, null last, then `all`.

    Args:
        configurations: The configurations table.
        flights: The flights table of the same snapshot. Needs `is_planned` and `is_open`, with
            `dockings` also `spacecraft_time_docked`.
        dockings: The dockings table of the same snapshot.
        by: The column of `configurations` to group by, under its name in the flights table:
            `config_name`, `family`, `family_root`, `config_type_name`, `config_agency_name` …; the
            first column has its name.
        mass_simulators: Whether mass simulators count.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> listed = coverage(sample.configurations, sample.flights, by="family")
        >>> names = ("family", "flights_count", "total_launch_count", "craft_count")
        >>> listed.filter(family="Space Shuttle").select(names).row(0)
        ('Space Shuttle', 135, 135, 5)
    """
    needed = ("config_id", "name", "type_id", *_COUNTED)
    models = checked(configurations, "snapshot.configurations", needed)
    if not mass_simulators:
        models = models.filter(pl.col("type_id").ne_missing(MASS_SIMULATOR))
    schema = models.collect_schema()
    renamed = {name: f"config_{name}" for name in schema if name.startswith(_PREFIXED)}
    models = models.rename({old: new for old, new in renamed.items() if new not in schema})
    options = Options("config_id", placeholders=False, mass_simulators=mass_simulators)
    columns = ("config_id", "is_open", *(() if dockings is None else (TOTAL,)))
    rows = select_flights(flights, options, (), columns).drop("group")
    listed = pl.col("is_listed")
    counted = {
        name: pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in _COUNTED
    }
    no_end = pl.col("known_end").is_null() & pl.col("is_open").ne_missing(True)
    terms: dict[str, pl.Expr] = {
        "flights_count": count(listed),
        "total_launch_count": counted["total_launch_count"],
        "craft_count": pl.col("spacecraft_id").drop_nulls().n_unique().cast(pl.Int64),
        "spacecraft_flown": counted["spacecraft_flown"],
        "unknown_end_count": count(listed & no_end),
    }
    if dockings is not None:
        rows = with_dockings(rows, flights, dockings)
        terms["docked_flight_count"] = count(pl.col("has_docked"))
        terms["docking_unknown_count"] = count(pl.col("is_unknown") | pl.col("is_left_out"))
    check_by(by, models, "snapshot.configurations", terms)
    models = models.select("config_id", *_COUNTED, group=by)
    rows = rows.join(models.select("config_id", "group"), on="config_id", how="left")
    # Each row is a configuration, with what LL2 counts, or a listed flight.
    rows = pl.concat([models, rows.with_columns(is_listed=True)], how="diagonal")
    return same_kind(summarise(rows, terms, by), configurations, flights, dockings)
