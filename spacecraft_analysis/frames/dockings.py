"""Docking events into their table, each beside the flight and the craft that it is of."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from spacecraft_analysis.frames.build import declared, of_craft, with_families
from spacecraft_analysis.frames.flatten import flatten
from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.tables import CHASER_COLUMNS, DOCKINGS, FLIGHTS

_CRAFT = [column.name for column in CHASER_COLUMNS]
_OWN = tuple(
    column
    for column in DOCKINGS.columns
    if column not in CHASER_COLUMNS or column.name == "spacecraft_id"
)
# Reading what an event repeats of its craft takes longer than all the rest, and is seldom needed.
_EVENTS = replace(DOCKINGS, columns=_OWN)
_COPIES = replace(DOCKINGS, columns=(DOCKINGS.columns[0], *CHASER_COLUMNS))
_TARGETS = {
    # The kind, and the columns with its id and its name.
    "station": ("space_station_target_id", "space_station_target_name"),
    "craft": ("flight_vehicle_target_spacecraft_id", "flight_vehicle_target_spacecraft_name"),
    "payload": ("payload_flight_target_id", "payload_flight_target_payload_name"),
}


def read_dockings(
    events: Records,
    sent: pl.Series,
    spacecraft: pl.DataFrame,
    flights: pl.DataFrame | None,
) -> pl.DataFrame:
    """The dockings table: one row per docking event, by docking, then id.

    Args:
        events: As LL2 sent them.
        sent: When each event was sent.
        spacecraft: The spacecraft table of the same snapshot.
        flights: Its flights table, which normal mode has not.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind in all events.
    """
    flown = FLIGHTS.schema.to_frame() if flights is None else flights
    rows = _with_craft(
        _with_flight(flatten(_EVENTS, events, sent, proven=DOCKINGS), flown), spacecraft
    )
    if rows["_is_copy"].any():
        rows = _with_copies(rows, with_families(flatten(_COPIES, events, sent), "config_name"))
    ordered = rows.sort("docking", "docking_id", nulls_last=True)
    return declared(DOCKINGS, ordered.with_columns(*_target(), *_spans(flown)))


def _with_flight(rows: pl.DataFrame, flights: pl.DataFrame) -> pl.DataFrame:
    """The events with what the flights say of theirs; where they are silent, null."""
    own = flights.select("flight_id", "launch_net", "mission_end", _owner="spacecraft_id")
    joined = _beside(rows, own, "flight_id")
    return joined.with_columns(spacecraft_id=pl.coalesce("_owner", "spacecraft_id"))


def _with_craft(rows: pl.DataFrame, spacecraft: pl.DataFrame) -> pl.DataFrame:
    """The events with their craft as its own record has it, where there is one."""
    own = of_craft(CHASER_COLUMNS, spacecraft)
    is_known = pl.col("spacecraft_id").is_in(own["spacecraft_id"].implode())
    return _beside(rows, own, "spacecraft_id").with_columns(_is_copy=~is_known)


def _with_copies(rows: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """The events, for a craft without a record of its own with what they repeat of it."""
    copied = rows.hstack(copies.select(pl.col(_CRAFT).name.suffix("_copy")))
    return copied.with_columns(
        pl.when("_is_copy").then(f"{name}_copy").otherwise(name).alias(name)
        for name in _CRAFT
        if name != "spacecraft_id"
    )


def _beside(rows: pl.DataFrame, own: pl.DataFrame, key: str) -> pl.DataFrame:
    if own[key].n_unique() < own.height:
        # In a snapshot made by hand two rows can have one id.
        own = own.unique(key, keep="first", maintain_order=True)
    return rows.join(own, on=key, how="left", maintain_order="left")


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
    # Where no flights tell which of them is open, the craft's last docking has to do.
    last = pl.col("flight_id").filter(begun).last().over("spacecraft_id")
    is_known = pl.col("spacecraft_id").is_in(flights["spacecraft_id"].implode())
    open_now = pl.col("flight_id").is_in(_open_flights(flights).implode())
    on_flight = pl.when(is_known).then(open_now).otherwise(pl.col("flight_id") == last)
    is_open = (pl.col("in_space") & on_flight & begun & goes_on).fill_null(False)
    docked = pl.when(begun).then(pl.when(is_open).then(now).otherwise(departure) - docking)
    return [is_open.alias("is_open"), docked.alias("docked")]


def _open_flights(flights: pl.DataFrame) -> pl.Series:
    """The last flights begun, if they have no end yet."""
    launch = flights["launch_net"]
    begun = (launch <= flights["retrieved_at"]) | launch.is_null()
    names = ("flight_id", "spacecraft_id", "mission_end", "retrieved_at")
    flight, craft, end, now = (flights[name].filter(begun) for name in names)
    return flight.filter(craft.is_last_distinct() & (end.is_null() | (end > now)))
