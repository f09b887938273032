"""Small fleets to check by hand: instants are days from the first of January 2020."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import polars as pl

from spacecraft_analysis.frames.tables import FLIGHTS, SPACECRAFT
from spacecraft_analysis.measures import (
    in_orbit,
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
MEASURES: Mapping[str, Callable[..., Any]] = {
    "turnarounds": lambda spacecraft, flights, **options: turnarounds(flights, **options),
    "turnaround_by_family": lambda spacecraft, flights, **options: turnaround_by_family(
        flights, **options
    ),
    "turnaround_survival": lambda spacecraft, flights, **options: turnaround_survival(
        flights, **options
    ),
    "utilisation_by_family": utilisation_by_family,
    "utilisation_by_family without flights": (
        lambda spacecraft, flights, **options: utilisation_by_family(spacecraft, **options)
    ),
    "in_orbit": lambda spacecraft, flights, **options: in_orbit(flights, **options),
}


def at(day: float | datetime | None) -> datetime | None:
    """The instant of a day; a datetime and None stay what they are."""
    return EPOCH + timedelta(days=day) if isinstance(day, int | float) else day


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


def period(craft: int, days: float, observed: bool, **more: Any) -> list[dict[str, Any]]:
    """Flights of one craft with a single ground period, over or still going on after `days`."""
    if not observed:
        end = RETRIEVED - days
        return [flight(craft, end - 1, end, **more)]
    retired = more | {"status_id": RETIRED}
    return [flight(craft, 0, 1, **retired), flight(craft, 1 + days, 2 + days, **retired)]


def fleet(periods: list[tuple[float, bool]], **more: Any) -> pl.DataFrame:
    """Flights of one craft for each period, which is (days, whether it ended with a launch)."""
    rows = [period(id_, *one, **more) for id_, one in enumerate(periods, 1)]
    return flights(*(row for craft_rows in rows for row in craft_rows))


def _table(schema: pl.Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    usual = set(_USUAL) | {"spacecraft_id", "spacecraft_name", "name", "destination", "config_name"}
    own = {"flight_id", "launch_net", "mission_end"}
    own |= {"flights_count", "time_in_space", "time_docked", "family_ids"}
    kept = {name: dtype for name, dtype in schema.items() if name in usual | own}
    return pl.DataFrame(rows, schema=kept, orient="row")
