"""Small fleets to check by hand: instants are days from the first of January 2020."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import polars as pl

from spacecraft_analysis.frames.tables import FLIGHTS, SPACECRAFT
from spacecraft_analysis.measures import (
    in_orbit,
    station_occupancy,
    time_to_dock_by_family,
    times_to_dock,
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
RETRIEVED = 1000
ACTIVE, RETIRED, DESTROYED, SINGLE_USE = 1, 2, 3, 4

# What every row is unless it says otherwise.
_USUAL = {
    "is_placeholder": False,
    "in_space": False,
    "status_id": ACTIVE,
    "config_type_id": 2,
    "family": "Falcon",
    "retrieved_at": RETRIEVED,
}
Measure = Callable[..., Any]


def _of_flights(measure: Measure) -> Measure:
    return lambda spacecraft, flights, dockings, **options: measure(flights, **options)


# Each with all the frames that one may give it, and utilisation with fewer.
MEASURES: Mapping[str, Measure] = {
    "turnarounds": _of_flights(turnarounds),
    "turnaround_by_family": _of_flights(turnaround_by_family),
    "turnaround_survival": _of_flights(turnaround_survival),
    "in_orbit": _of_flights(in_orbit),
    "utilisation_by_family": utilisation_by_family,
    "utilisation_by_family without dockings": (
        lambda spacecraft, flights, dockings, **options: utilisation_by_family(
            spacecraft, flights, **options
        )
    ),
    "utilisation_by_family without flights": (
        lambda spacecraft, flights, dockings, **options: utilisation_by_family(
            spacecraft, **options
        )
    ),
    "times_to_dock": (
        lambda spacecraft, flights, dockings, **options: times_to_dock(flights, dockings, **options)
    ),
    "time_to_dock_by_family": (
        lambda spacecraft, flights, dockings, **options: time_to_dock_by_family(
            flights, dockings, **options
        )
    ),
    "station_occupancy": (
        lambda spacecraft, flights, dockings, **options: station_occupancy(
            dockings, **({"by": "family"} | options)
        )
    ),
}


def at(day: float | datetime | None) -> datetime | None:
    """The instant of a day; a datetime and None stay what they are."""
    return EPOCH + timedelta(days=day) if isinstance(day, int | float) else day


def one(frame: pl.DataFrame, by: str = "family", group: str = "all") -> dict[str, Any]:
    """The row of a group, as a dictionary."""
    return frame.filter(pl.col(by) == group).row(0, named=True)


def flight(craft: int, launch: Any, end: Any, **more: Any) -> dict[str, Any]:
    """A flight of a craft from one day to another, or with no end."""
    row = _USUAL | {"spacecraft_id": craft, "spacecraft_name": f"Craft {craft}"} | more
    row |= {"launch_net": at(launch), "mission_end": at(end)}
    return row | {"retrieved_at": at(row["retrieved_at"])}


def flights(*rows: dict[str, Any]) -> pl.DataFrame:
    """A flights table, with ids from 1 in the order of the rows."""
    return _table(FLIGHTS.schema, [{"flight_id": id_} | row for id_, row in enumerate(rows, 1)])


def craft(
    id_: int, flown: int | None, aloft: float | None, docked: float | None, **more: Any
) -> dict[str, Any]:
    """A craft with its number of flights and its days in space and docked."""
    row = _USUAL | {"spacecraft_id": id_, "name": f"Craft {id_}", "flights_count": flown} | more
    return row | {
        "time_in_space": None if aloft is None else timedelta(days=aloft),
        "time_docked": None if docked is None else timedelta(days=docked),
        "retrieved_at": at(row["retrieved_at"]),
    }


def spacecraft(*rows: dict[str, Any]) -> pl.DataFrame:
    """A spacecraft table."""
    return _table(SPACECRAFT.schema, list(rows))


def event(flight_id: int | None, docking: Any, departure: Any, **more: Any) -> dict[str, Any]:
    """A docking of a flight from one day to another, or with no departure; with Mir unless said."""
    usual = {"target_kind": "station", "target_id": 1, "target_name": "Mir"}
    row = usual | {"flight_id": flight_id, "retrieved_at": RETRIEVED} | more
    row |= {"docking": at(docking), "departure": at(departure)}
    return row | {"retrieved_at": at(row["retrieved_at"])}


def dockings(listed: pl.DataFrame, flown: pl.DataFrame, *events: dict[str, Any]) -> pl.DataFrame:
    """A dockings table of these craft and flights, with ids from 1 in the order of the events."""
    craft = {row["spacecraft_id"]: row for row in listed.rows(named=True)}
    legs = {row["flight_id"]: row for row in flown.rows(named=True)}
    last = {
        row["spacecraft_id"]: row["flight_id"]
        for row in flown.sort("launch_net", "flight_id", nulls_last=True).rows(named=True)
        if row["launch_net"] is None or row["launch_net"] <= row["retrieved_at"]
    }
    rows = []
    for id_, given in enumerate(events, 1):
        leg = legs.get(given["flight_id"], {})
        own = craft.get(leg.get("spacecraft_id"), {})
        row = {"docking_id": id_} | leg | given | {"time_docked": own.get("time_docked")}
        row["is_open"] = _is_open(row, leg, last)
        rows.append(row | {"docked": _docked(row)})
    kept = [{name: row.get(name) for name in DOCKINGS} for row in rows]
    return pl.DataFrame(kept, schema=DOCKINGS, orient="row")


def _is_open(row: dict[str, Any], leg: dict[str, Any], last: dict[int, int]) -> bool:
    flying = leg.get("in_space") and leg["mission_end"] is None
    on_it = flying and last.get(leg["spacecraft_id"]) == leg["flight_id"]
    return bool(on_it and (row["departure"] is None or row["departure"] > row["retrieved_at"]))


def _docked(row: dict[str, Any]) -> timedelta | None:
    until = row["retrieved_at"] if row["is_open"] else row["departure"]
    is_known = row["docking"] is not None and until is not None
    return until - row["docking"] if is_known and row["docking"] <= row["retrieved_at"] else None


def period(craft: int, days: float, observed: bool, **more: Any) -> list[dict[str, Any]]:
    """Flights of one craft with a single ground period, over or still going on after `days`."""
    # Not at midnight, when an end may be known to the day only, nor are days of 64 parts later.
    odd = 1 / 256
    if not observed:
        until = RETRIEVED + odd
        return [flight(craft, 0, until - days, **more, retrieved_at=until)]
    retired = more | {"status_id": RETIRED}
    return [flight(craft, 0, odd, **retired), flight(craft, odd + days, RETRIEVED, **retired)]


def fleet(periods: list[tuple[float, bool]], **more: Any) -> pl.DataFrame:
    """Flights of one craft for each period, which is (days, whether it ended with a launch)."""
    rows = [period(id_, *one, **more) for id_, one in enumerate(periods, 1)]
    return flights(*(row for craft_rows in rows for row in craft_rows))


_INSTANT, _LENGTH = pl.Datetime("us", "UTC"), pl.Duration("us")
DOCKINGS = {
    **{"docking_id": pl.Int64, "docking": _INSTANT, "departure": _INSTANT},
    **{"target_kind": pl.String, "target_id": pl.Int64, "target_name": pl.String},
    **{"flight_id": pl.Int64, "launch_net": _INSTANT, "mission_end": _INSTANT},
    **{"docked": _LENGTH, "is_open": pl.Boolean, "time_docked": _LENGTH},
    **{"spacecraft_id": pl.Int64, "spacecraft_name": pl.String, "is_placeholder": pl.Boolean},
    **{"in_space": pl.Boolean, "status_id": pl.Int64, "config_type_id": pl.Int64},
    **{"config_name": pl.String, "family_ids": pl.List(pl.Int64), "family": pl.String},
    "retrieved_at": _INSTANT,
}


def _table(schema: pl.Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    usual = set(_USUAL) | {"spacecraft_id", "spacecraft_name", "name", "destination", "config_name"}
    own = {"flight_id", "launch_net", "mission_end"}
    own |= {"flights_count", "time_in_space", "time_docked", "family_ids"}
    kept = {name: dtype for name, dtype in schema.items() if name in usual | own}
    return pl.DataFrame(rows, schema=kept, orient="row")
