"""The table of docking events, each with what is known of its flight and its craft."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.frames.flatten import Reader, of_craft, with_families
from spacecraft_analysis.frames.tables import CHASER_COLUMNS, DOCKINGS

_TARGETS = {
    # The kind, and the columns with its id and its name.
    "station": ("space_station_target_id", "space_station_target_name"),
    "craft": ("flight_vehicle_target_spacecraft_id", "flight_vehicle_target_spacecraft_name"),
    "payload": ("payload_flight_target_id", "payload_flight_target_payload_name"),
}


def read_dockings(reader: Reader, spacecraft: pl.DataFrame, flights: pl.DataFrame) -> pl.DataFrame:
    """Return one row per docking event, by docking, then id.

    Args:
        reader: Of the events.
        spacecraft: The spacecraft table of the same snapshot.
        flights: Its flights table, without rows in normal mode.

    Raises:
        SchemaError: A declared field is as declared in no event.
    """
    events = reader.records(DOCKINGS)
    reader.validation.refuse_changed(DOCKINGS)
    # What a flight's own record says counts more than what the event repeats of it,
    times = flights.select("flight_id", "launch_net", "mission_end", _owner="spacecraft_id")
    rows = (
        with_families(events, "config_name")
        .join(times, on="flight_id", how="left", maintain_order="left")
        .with_columns(spacecraft_id=pl.coalesce("_owner", "spacecraft_id"))
    )
    # and so does a craft's own record, where there is one.
    own = of_craft(CHASER_COLUMNS, spacecraft)
    is_copy = ~pl.col("spacecraft_id").is_in(own["spacecraft_id"].implode())
    ordered = (
        rows.join(own, on="spacecraft_id", how="left", suffix="_own", maintain_order="left")
        .with_columns(
            pl.when(is_copy).then(name).otherwise(f"{name}_own").alias(name)
            for name in own.columns
            if name != "spacecraft_id"
        )
        .sort("docking", "docking_id", nulls_last=True)
    )
    return ordered.with_columns(*_target(), *_spans(flights)).select(*DOCKINGS.schema)


def _target() -> list[pl.Expr]:
    """What was docked to, whichever of the three it is."""
    kind = pl.coalesce(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(kind))
        for kind, (name, _) in _TARGETS.items()
    )
    ids, names = zip(*_TARGETS.values(), strict=True)
    return [
        kind.alias("target_kind"),
        pl.coalesce(ids).alias("target_id"),
        pl.coalesce(names).alias("target_name"),
    ]


def _spans(flights: pl.DataFrame) -> list[pl.Expr]:
    """Whether an event goes on, and how long the craft was docked, up to now if so."""
    now, docking, departure = pl.col("retrieved_at"), pl.col("docking"), pl.col("departure")
    begun = docking <= now
    goes_on = departure.is_null() | (departure > now)
    # For a craft without flights in the snapshot its last docking decides instead.
    last = pl.col("flight_id").filter(begun).last().over("spacecraft_id")
    is_known = pl.col("spacecraft_id").is_in(flights["spacecraft_id"].implode())
    end = pl.col("mission_end")
    has_not_ended = end.is_null() | (end > now)
    open_flights = flights.filter("is_latest", has_not_ended)["flight_id"]
    open_now = pl.col("flight_id").is_in(open_flights.implode())
    on_flight = pl.when(is_known).then(open_now).otherwise(pl.col("flight_id") == last)
    is_open = (pl.col("in_space") & on_flight & begun & goes_on).fill_null(False)
    docked = pl.when(begun).then(pl.when(is_open).then(now).otherwise(departure) - docking)
    return [is_open.alias("is_open"), docked.alias("docked")]
