"""What changed between two snapshots."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.frames.flatten import as_text
from spacecraft_analysis.frames.schema import Column, Table
from spacecraft_analysis.frames.tables import CONFIGURATIONS, FLIGHTS, SPACECRAFT, TABLES
from spacecraft_analysis.snapshot.snapshot import Snapshot, missing_tables, require_snapshot

_TOTALS = ("time_in_space", "time_docked", "duration")


def diff(old: Snapshot, new: Snapshot) -> pl.DataFrame:
    """Return what LL2 added, removed or corrected between two snapshots.

    One row per spacecraft, flight, configuration or docking event that was added or removed
    (`column` null), and one per value that changed: `table`, `id`, `spacecraft_name`, `column`,
    `change`, `old`, `new`. Values are text, durations in ISO 8601; null means unknown. Ordered by
    table, id and the table's columns.

    Not compared: `retrieved_at`, columns that are derived, what a flight repeats of its craft and
    a docking event of its flight, and the totals of craft in space and of flights still open,
    which grow without being corrected. If one of the snapshots is in normal mode, flights and
    configurations are not compared; if one of them has no docking events, these are not.

    Raises:
        TypeError: One of them is not a snapshot.
        SchemaError: The records of a snapshot can't be read as tables.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sample = sa.load("sample")
        >>> diff(sample, sample).height
        0
    """
    for snapshot in (old, new):
        require_snapshot(snapshot)
    missing = missing_tables(old) | missing_tables(new)
    return pl.concat(
        _changes(table, getattr(old, table.name), getattr(new, table.name))
        for table in TABLES
        if table.name not in missing
    )


def _changes(table: Table, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    key = table.columns[0].name
    # Two flights can have one id.
    old, new = (frame.unique(key, keep="first", maintain_order=True) for frame in (old, new))
    own = {column.name for column in table.own if not column.is_copy} - {key}
    if table is FLIGHTS:
        # Which craft flew is the flight's own; the rest of its craft is only repeated there.
        own.add("spacecraft_id")
    columns = [column for column in table.columns if column.name in own]
    name = {SPACECRAFT: pl.col("name"), CONFIGURATIONS: pl.lit(None, pl.String)}.get(
        table, pl.col("spacecraft_name")
    )
    names = pl.concat(frame.select(id=key, spacecraft_name=name) for frame in (new, old))
    values = _as_values(old, key, columns).join(
        _as_values(new, key, columns), on=["id", "column"], suffix="_new"
    )
    changed = values.filter(
        pl.col("value").ne_missing(pl.col("value_new")),
        ~(pl.col("is_growing") & pl.col("is_growing_new")),
    ).select("id", "column", change=pl.lit("changed"), old="value", new="value_new")
    rows = [
        here.join(there, on=key, how="anti").select(id=key, change=pl.lit(change))
        for change, here, there in (("added", new, old), ("removed", old, new))
    ]
    order = pl.Enum([column.name for column in columns])
    return (
        pl.concat([changed, *rows], how="diagonal")
        .join(names.unique("id", keep="first", maintain_order=True), on="id", how="left")
        .sort("id", pl.col("column").cast(order), "change")
        .select(
            pl.lit(table.name).alias("table"),
            *("id", "spacecraft_name", "column", "change", "old", "new"),
        )
    )


def _as_values(frame: pl.DataFrame, key: str, columns: list[Column]) -> pl.DataFrame:
    """Return one row per value, as text, with whether it is a total that grows by itself."""
    # A craft in space has no `is_open`: that is said of its flights and dockings.
    state = next((name for name in ("is_open", "in_space") if name in frame.columns), None)
    grows = pl.col(state) if state else pl.lit(False)
    names = [column.name for column in columns]
    texts = [as_text(pl.col(column.name), column.dtype).alias(column.name) for column in columns]
    return (
        frame.select(pl.col(key).alias("id"), *texts, is_growing=grows.fill_null(False))
        .unpivot(names, index=["id", "is_growing"], variable_name="column")
        .with_columns(pl.col("is_growing") & pl.col("column").is_in(_TOTALS))
    )
