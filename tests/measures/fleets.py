"""The list of all measures, fleets to check by hand and random ones; day 0 is 1 January 2020."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import polars as pl

from spacecraft_analysis import measures
from spacecraft_analysis.frames.tables import CONFIGURATIONS, DOCKINGS, FLIGHTS, SPACECRAFT

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
RETRIEVED = 1000
ACTIVE, RETIRED = 1, 2
SUCCESS, FAILURE, PARTIAL_FAILURE = 3, 4, 7
_NEVER = datetime.max.replace(tzinfo=timezone.utc)

Tables = Mapping[str, Any]


# Every measure with the tables that it is called with, once for each choice of tables that changes
# what it does. The shared tests, the malformed records and the benchmarks draw from this list.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "turnarounds": ("flights",),
    "turnaround_by_family": ("flights",),
    "turnaround_survival": ("flights",),
    "utilisation_by_family": ("spacecraft", "flights"),
    "utilisation_by_family with dockings": ("spacecraft", "flights", "dockings"),
    "in_orbit": ("flights",),
    "times_to_dock": ("flights", "dockings"),
    "time_to_dock_by_family": ("flights", "dockings"),
    "station_occupancy": ("dockings",),
    "station_occupancy with flights": ("dockings", "flights"),
    "outcomes_by_family": ("flights",),
    "coverage": ("configurations", "flights"),
    "coverage with dockings": ("configurations", "flights", "dockings"),
}


def call(name: str, tables: Tables, **options: Any) -> Any:
    """Return the result of a measure of the list."""
    measure = getattr(measures, name.split()[0])
    return measure(*(tables[table] for table in ARGUMENTS[name]), **options)


# What every row is unless a test says otherwise.
_USUAL = {
    "is_placeholder": False,
    "in_space": False,
    "status_id": ACTIVE,
    "config_id": 1,
    "config_type_id": 2,
    "family": "Falcon",
    "retrieved_at": RETRIEVED,
}
# The columns of the tables that measures read; the benchmarks write these.
COLUMNS = {
    *(*_USUAL, "spacecraft_id", "spacecraft_name", "name", "config_name", "family_ids"),
    *("flight_id", "launch_net", "mission_end", "destination", "spacecraft_time_docked"),
    *(
        "launch_mission_orbit_celestial_body_name",
        "flight_number",
        "is_planned",
        "is_latest",
        "is_open",
        "launch_status_id",
    ),
    *("landing_attempt", "landing_success", "flights_count", "time_in_space", "time_docked"),
    *("docking_id", "docking", "departure", "docked", "target_kind", "target_id", "target_name"),
    *("type_id", "total_launch_count", "spacecraft_flown"),
}


def at(day: float | datetime | None) -> datetime | None:
    """Return the instant of a day; a datetime and None stay what they are."""
    return EPOCH + timedelta(days=day) if isinstance(day, int | float) else day


def one(frame: pl.DataFrame, by: str = "family", group: str = "all") -> dict[str, Any]:
    """Return the row of a group as a dictionary."""
    return frame.filter(pl.col(by) == group).row(0, named=True)


def flight_row(craft: int, launch: Any, end: Any, **more: Any) -> dict[str, Any]:
    """Return a flight of a craft from one day to another, or without an end."""
    row = _USUAL | {"spacecraft_id": craft, "spacecraft_name": f"Craft {craft}"} | more
    row |= {"launch_net": at(launch), "mission_end": at(end)}
    return row | {"retrieved_at": at(row["retrieved_at"])}


def flights(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a flights table, with ids from 1 in the order of the rows."""
    numbered = [{"flight_id": id_} | row for id_, row in enumerate(rows, 1)]
    return with_states(_table(FLIGHTS.schema, numbered))


def with_states(flights: pl.DataFrame) -> pl.DataFrame:
    """Return the flights with their number and states, by loops that follow the definitions."""
    careers: dict[int, list[dict[str, Any]]] = {}
    rows = [dict(row) for row in flights.rows(named=True)]
    for row in sorted(rows, key=lambda row: (row["launch_net"] or _NEVER, row["flight_id"])):
        careers.setdefault(row["spacecraft_id"], []).append(row)
    for career in careers.values():
        for number, row in enumerate(career, 1):
            launch = row["launch_net"]
            row["flight_number"] = None if launch is None else number
            row["is_planned"] = launch is not None and launch > row["retrieved_at"]
        latest = [row for row in career if not row["is_planned"]][-1:]
        for row in career:
            row["is_latest"] = row in latest
            row["is_open"] = row["is_latest"] and row["in_space"] and row["mission_end"] is None
    states = {"flight_number": pl.Int64} | dict.fromkeys(
        ("is_planned", "is_latest", "is_open"), pl.Boolean
    )
    return flights.with_columns(
        pl.Series(name, [row[name] for row in rows], dtype) for name, dtype in states.items()
    )


def craft_row(
    id_: int, flown: int | None, aloft: float | None, docked: float | None, **more: Any
) -> dict[str, Any]:
    """Return a craft with its number of flights and its days in space and docked."""
    row = _USUAL | {"spacecraft_id": id_, "name": f"Craft {id_}", "flights_count": flown} | more
    return row | {
        "time_in_space": None if aloft is None else timedelta(days=aloft),
        "time_docked": None if docked is None else timedelta(days=docked),
        "retrieved_at": at(row["retrieved_at"]),
    }


def spacecraft(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a spacecraft table."""
    return _table(SPACECRAFT.schema, list(rows))


def configurations(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a configurations table, with ids from 1 in the order of the rows."""
    usual = {"family": "Falcon", "type_id": 2, "retrieved_at": at(RETRIEVED)}
    return _table(
        CONFIGURATIONS.schema, [{"config_id": n} | usual | r for n, r in enumerate(rows, 1)]
    )


def event(flight_id: int | None, docking: Any, departure: Any, **more: Any) -> dict[str, Any]:
    """Return a docking of a flight at Mir from one day to another, or without a departure."""
    row = _MIR | {"flight_id": flight_id, "retrieved_at": RETRIEVED} | more
    row |= {"docking": at(docking), "departure": at(departure)}
    return row | {"retrieved_at": at(row["retrieved_at"])}


def dockings(flown: pl.DataFrame, *events: dict[str, Any]) -> pl.DataFrame:
    """Return a dockings table of these flights, with ids from 1 in the order of the events."""
    by_id = {row["flight_id"]: row for row in flown.rows(named=True)}
    rows = []
    for id_, given in enumerate(events, 1):
        flight = by_id.get(given["flight_id"], {})
        row = {"docking_id": id_} | flight | given
        later = row["departure"] is None or row["departure"] > row["retrieved_at"]
        begun = row["docking"] is not None and row["docking"] <= row["retrieved_at"]
        row["is_open"] = bool(flight.get("is_open") and later and begun)
        until = row["retrieved_at"] if row["is_open"] else row["departure"]
        row["docked"] = until - row["docking"] if begun and until else None
        rows.append(row)
    return _table(DOCKINGS.schema, rows)


def ground_period(craft: int, days: float, observed: bool, **more: Any) -> list[dict[str, Any]]:
    """Return flights of one craft with a single ground period of `days`, over or going on."""
    # Not at midnight, when an end may be known to the day only, nor are days of 64 parts later.
    moment = 1 / 256
    if not observed:
        until = RETRIEVED + moment
        return [flight_row(craft, 0, until - days, **more, retrieved_at=until)]
    retired = more | {"status_id": RETIRED}
    return [
        flight_row(craft, 0, moment, **retired),
        flight_row(craft, moment + days, RETRIEVED, **retired),
    ]


_MODELS = [
    {"config_id": 1, "config_name": "Falcon 1", "family": "Falcon"},
    {"config_id": 2, "config_name": "Falcon 2", "family": "Falcon"},
    {"config_id": 3, "config_name": "Condor 1", "family": "Condor"},
    {"config_id": 4, "config_name": "Kite 1", "family": "Kite"},
    {"config_id": 5, "config_name": "Craft", "family": None},
]
_MIR = {"target_kind": "station", "target_id": 1, "target_name": "Mir"}
_ISS = {"target_kind": "station", "target_id": 2, "target_name": "ISS"}
_AGENA = {"target_kind": "craft", "target_id": 7, "target_name": "Agena"}
# Half days, since an end at midnight may be known to the day only; a year ends on day 366.
_LAUNCHES = [*20 * [None], *(350 + half / 2 for half in range(111))]
_LENGTHS = [*20 * [None], *(half / 2 for half in range(-2, 41))]
_STAYS = [*16 * [None], *(half / 2 for half in range(-2, 31))]
_IN_SPACE = [*5 * [None], *5 * [0], *40 * [60], *range(-2, 71)]
_DOCKED = [*35 * [None], *range(-2, 71)]
# By how many minutes LL2's total differs from the sum of the events.
_MINUTES = [*10 * [0], 1, 1.5, -1, -1.5, 1440, 1441, -1440, 3000, -3000]


def random_fleet(seed: int) -> dict[str, pl.DataFrame]:
    """Return the four tables of 1 to 128 random craft, with what data can hold.

    Unknown launches and ends, ends before the launch or after the retrieval, overlapping and
    planned flights, flights launched at one time or hours after an end, craft in space with an end,
    pages of different times, placeholders, mass simulators, groups without a name. Dockings before
    the launch, after the end, planned and unknown ones, departures before the docking, after the
    end, planned and unknown ones, several of a flight that overlap or follow each other (also at
    two stations), unknown flights, no flight at all, targets that are not stations, pages of other
    times than the craft's, and totals of LL2 that are the events' sum, other ones, or unknown.
    """
    rng = random.Random(seed)
    pick = rng.choice
    craft, flown, events = [], [], []
    for id_ in range(1, 2 ** (seed % 8) + 1):
        fields = pick(_MODELS) | {
            "status_id": pick([ACTIVE, RETIRED, None]),
            "in_space": pick([True, False]),
            "is_placeholder": pick([*7 * [False], True]),
            "config_type_id": pick([2, 2, 2, 2, 2, 5, None, None]),
            "retrieved_at": pick([400, 402]),
        }
        legs, aloft, docked = pick([0, 1, 1, 1, 2, 3, 4]), pick(_IN_SPACE), pick(_DOCKED)
        craft.append(craft_row(id_, legs, aloft, docked, **fields))
        end = None
        for _ in range(legs):
            launch, length = pick(_LAUNCHES), pick(_LENGTHS)
            if end is not None and rng.random() < 0.3:
                launch = end + pick([0, 0.5, 1])
            end = pick(_LAUNCHES) if launch is None else None
            if launch is not None and length is not None:
                end = launch + length
            leg = fields | {
                "destination": pick([None, None, None, "mir", "Moon"]),
                "launch_mission_orbit_celestial_body_name": pick([None, None, "Earth", "Moon"]),
                "launch_status_id": pick([SUCCESS, SUCCESS, FAILURE, PARTIAL_FAILURE, 1, None]),
                "landing_attempt": pick([True, True, False, None]),
                "landing_success": pick([True, False, None]),
            }
            flown.append(flight_row(id_, launch, end, **leg))
            count = pick([0, 0, 0, 1, 1, 2, 3])
            events += [_random_event(rng, len(flown), launch or 350) for _ in range(count)]
    events += [_random_event(rng, pick([None, 999]), 360) for _ in range(rng.randrange(3))]
    of_fleet = dockings(flights(*flown), *events)
    for row in craft:
        if rng.random() < 0.7:
            mine = of_fleet.filter(spacecraft_id=row["spacecraft_id"])
            listed = mine["docked"].sum() or timedelta(0)
            row["time_docked"] = listed + timedelta(minutes=pick(_MINUTES))
    totals = {row["spacecraft_id"]: row["time_docked"] for row in craft}
    for row in flown:
        row["spacecraft_time_docked"] = totals[row["spacecraft_id"]]
    counts = {"total_launch_count": 3, "spacecraft_flown": 1}
    return {
        "spacecraft": spacecraft(*craft),
        "flights": flights(*flown),
        "configurations": configurations(
            *(model | {"name": model["config_name"], **counts} for model in _MODELS)
        ),
        "dockings": of_fleet,
    }


def _random_event(rng: random.Random, flight_id: int | None, launch: float) -> dict[str, Any]:
    """Return a docking of the flight within days of its launch, early ones mostly at Mir."""
    day, stay = launch + rng.randrange(-2, 13) / 2, rng.choice(_STAYS)
    docking = rng.choice([*20 * [day], None])
    departure = None if stay is None else day + stay
    usual = _ISS if day > 375 else _MIR
    target = rng.choice([*20 * [usual], *6 * [_AGENA], _MIR, _ISS])
    page = rng.choice([400, 401, 403])
    return event(flight_id, docking, departure, retrieved_at=page, **target)


def _table(schema: pl.Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    used = {name: dtype for name, dtype in schema.items() if name in COLUMNS}
    return pl.DataFrame(
        [{name: row.get(name) for name in used} for row in rows], schema=used, orient="row"
    )
