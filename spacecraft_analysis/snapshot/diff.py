"""What changed between two snapshots."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from spacecraft_analysis.frames.flatten import as_text
from spacecraft_analysis.frames.schema import Column, Table
from spacecraft_analysis.frames.tables import CONFIGURATIONS, DOCKINGS, FLIGHTS, SPACECRAFT
from spacecraft_analysis.snapshot.snapshot import Snapshot

# Of rows with one id, as a snapshot made by hand can have, each is compared with the other side's
# in its place.
_NTH = "_nth"


def diff(old: Snapshot, new: Snapshot) -> pl.DataFrame:
    """What LL2 added, removed or corrected between two snapshots.

    One row per spacecraft, flight, configuration or docking event that was added or removed
    (`column` null), and one per value that changed: `table`, `id`, `spacecraft_name`, `column`,
    `change`, `old`, `new`. Values are text, durations in ISO 8601; null means that LL2 does not
    say. Ordered by table, id and the table's columns.

    Not compared: `retrieved_at`, what a flight repeats of its craft and a docking event of its
    flight, and the totals of craft in space and of flights still open, which grow without being
    corrected. If one of the snapshots is in normal mode, flights and configurations are not
    compared; if one of them has no docking events, these are not.

    Raises:
        TypeError: One of them is no snapshot.
        SchemaError: The records of a snapshot can't be read as tables.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sample = sa.load("sample")
        >>> diff(sample, sample).height
        0
    """
    for given in (old, new):
        if not isinstance(given, Snapshot):
            kind = type(given).__name__
            raise TypeError(f"diff takes two snapshots, as load gives, not a {kind}")
    compared = [SPACECRAFT]
    if old.is_detailed and new.is_detailed:
        compared += [FLIGHTS, CONFIGURATIONS]
    if old.has_dockings and new.has_dockings:
        compared += [DOCKINGS]
    changes = [_changes(table, old, new) for table in compared]
    return pl.concat(changes).with_columns(pl.col("table", "column", "change").cast(pl.String))


def _changes(table: Table, old: Snapshot, new: Snapshot) -> pl.DataFrame:
    key = table.columns[0].name
    own = {column.name for column in table.own if not column.repeats} - {key}
    if table is FLIGHTS:
        # Which craft flew is the flight's own; the rest of its craft is only repeated there.
        own.add("spacecraft_id")
    columns = [column for column in table.columns if column.name in own]
    order = pl.Enum([column.name for column in columns])
    told = {
        side: _as_values(getattr(snapshot, table.name), key, columns).rename({"value": side})
        for side, snapshot in (("old", old), ("new", new))
    }
    row = [key, _NTH]
    rows = {side: values.select(row).unique() for side, values in told.items()}
    values = told["old"].join(told["new"], on=[*row, "column"], suffix="_new")
    changed = values.filter(
        pl.col("old").ne_missing(pl.col("new")) & ~(pl.col("moving") & pl.col("moving_new"))
    ).select(*row, "column", "old", "new", change=pl.lit("changed"))
    whole = [
        rows[side]
        .join(rows[other], on=row, how="anti")
        .with_columns(
            column=pl.lit(None, pl.String),
            old=pl.lit(None, pl.String),
            new=pl.lit(None, pl.String),
            change=pl.lit(change),
        )
        for change, side, other in (("added", "new", "old"), ("removed", "old", "new"))
    ]
    names = pl.concat([_names(table, side) for side in (new, old)]).unique("id", keep="first")
    return (
        pl.concat([changed, *whole])
        .with_columns(pl.col("column").cast(order))
        .rename({key: "id"})
        .join(names, on="id", how="left")
        .sort("id", _NTH, "column", "change")
        .select(
            pl.lit(table.name).alias("table"),
            *("id", "spacecraft_name"),
            pl.col("column").cast(pl.String),
            *("change", "old", "new"),
        )
    )


def _as_values(frame: pl.DataFrame, key: str, columns: Sequence[Column]) -> pl.DataFrame:
    """One row per value, as text; `moving` marks totals that grow while a craft is in space."""
    growing = pl.col("in_space") if "in_space" in frame.columns else pl.lit(False)
    if "mission_end" in frame.columns:
        growing &= pl.col("mission_end").is_null()
    return (
        frame.select(
            key,
            pl.int_range(pl.len()).over(key).alias(_NTH),
            *(as_text(pl.col(column.name), column.dtype).alias(column.name) for column in columns),
            _growing=growing.fill_null(False),
        )
        .unpivot(
            [column.name for column in columns],
            index=[key, _NTH, "_growing"],
            variable_name="column",
        )
        .with_columns(
            moving=pl.col("_growing")
            & pl.col("column").is_in(["time_in_space", "time_docked", "duration"])
        )
        .drop("_growing")
    )


def _names(table: Table, snapshot: Snapshot) -> pl.DataFrame:
    frame: pl.DataFrame = getattr(snapshot, table.name)
    names = {SPACECRAFT: pl.col("name"), CONFIGURATIONS: pl.lit(None, pl.String)}
    name = names.get(table, pl.col("spacecraft_name"))
    return frame.select(id=table.columns[0].name, spacecraft_name=name)
