"""Small records in the form of LL2's, for tests with values that can be checked by hand."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from spacecraft_analysis import Snapshot
from spacecraft_analysis.frames.tables import CONFIGURATIONS, SPACECRAFT
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot.filters import select

STATION = {"id": 4, "url": "https://ll/space_stations/4/", "name": "Station", "image": None}
_IN_BOTH_MODES = {column.path for column in SPACECRAFT.own}
_IN_DETAILED_MODE = [
    column.path
    for column in CONFIGURATIONS.own
    if CONFIGURATIONS.path(column) not in _IN_BOTH_MODES
]
_FILE = Path(__file__).parent / "pages" / "parts.json"
# As text, so that each record gets its own copy.
PARTS = {name: json.dumps(one) for name, one in json.loads(_FILE.read_text("utf-8")).items()}
RETRIEVED = datetime(2025, 1, 1, tzinfo=timezone.utc)


def part(kind: str, /, **fields: Any) -> dict[str, Any]:
    """Return a part of a record with every field that LL2 sends, some of them replaced."""
    return json.loads(PARTS[kind]) | fields


def agency(agency_id: int = 44, name: str = "NASA") -> dict[str, Any]:
    """Return an agency as LL2 sends it inside a configuration."""
    address = f"https://ll/agencies/{agency_id}/"
    return part("agency", id=agency_id, url=address, name=name, abbrev=name)


def family(family_id: int, name: str, parent: tuple[int, str] | None = None) -> dict[str, Any]:
    """Return a family, with its parent's id and name if it has one."""
    return {
        "response_mode": "normal",
        "id": family_id,
        "name": name,
        "description": "",
        "manufacturer": agency(),
        "parent": parent and {"response_mode": "list", "id": parent[0], "name": parent[1]},
        "maiden_flight": "1966-11-28",
    }


def config(config_id: int = 1, name: str = "Capsule One", **fields: Any) -> dict[str, Any]:
    """Return a configuration with all detailed fields, the unknown ones null."""
    return {
        "response_mode": "detailed",
        "id": config_id,
        "url": f"https://ll/spacecraft_configurations/{config_id}/",
        "name": name,
        "type": {"id": 2, "name": "Capsule"},
        "agency": agency(),
        "family": [],
        "in_use": True,
        "image": None,
        **dict.fromkeys(_IN_DETAILED_MODE),
    } | fields


def launch(launch_id: str, net: str | None, **fields: Any) -> dict[str, Any]:
    """A launch with every field of LL2's schema filled, and two of what it lists."""
    names = {"id": launch_id, "url": f"https://ll/launches/{launch_id}/", "name": f"L {launch_id}"}
    return part("launch", **names, slug=launch_id, net=net) | fields


def flight(flight_id: int, net: str | None, end: str | None, **fields: Any) -> dict[str, Any]:
    """One flight, from launch to end."""
    return {
        "id": flight_id,
        "url": f"https://ll/spacecraft_flights/{flight_id}/",
        "destination": "Low Earth Orbit",
        "mission_end": end,
        "launch": launch(f"launch-{flight_id}", net, name=f"Launch {flight_id}"),
        "landing": None,
        "duration": None,
        "turn_around_time": None,
        "response_mode": "normal",
    } | fields


def craft(spacecraft_id: int, **fields: Any) -> dict[str, Any]:
    """Return a detailed spacecraft record; any field can be set."""
    return {
        "response_mode": "detailed",
        "id": spacecraft_id,
        "url": f"https://ll/spacecraft/{spacecraft_id}/",
        "name": f"Craft {spacecraft_id}",
        "serial_number": f"S{spacecraft_id}",
        "is_placeholder": False,
        "image": None,
        "in_space": False,
        "time_in_space": "P10D",
        "time_docked": "P5D",
        "flights_count": 0,
        "mission_ends_count": 0,
        "status": {"id": 1, "name": "Active"},
        "description": "",
        "spacecraft_config": config(),
        "fastest_turnaround": None,
        "flights": [],
    } | fields


def snapshot(*records: dict[str, Any], **fields: Any) -> Snapshot:
    """Return a snapshot of these records."""
    source: dict[str, Any] = {"url": "https://ll/", "query": {}, "retrieved_at": RETRIEVED}
    return Snapshot(records, **(source | fields))


def docking(event_id: int, of: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    """Return the docking of a spacecraft's only flight with a station; any field can be set."""
    chaser = None
    if of is not None:
        leg = of["flights"][0]
        brief = {name: leg["launch"][name] for name in ("id", "name")}
        chaser = leg | {"spacecraft": normal(of), "launch": brief}
    return {
        "id": event_id,
        "url": f"https://ll/docking_events/{event_id}/",
        "docking": "2020-01-03T00:00:00Z",
        "departure": "2020-01-05T00:00:00Z",
        "docking_location": {"id": 1, "name": "Forward", "spacestation": STATION}
        | dict.fromkeys(("spacecraft", "payload")),
        "space_station_target": STATION,
        "flight_vehicle_chaser": chaser,
        **dict.fromkeys(("flight_vehicle_target", "payload_flight_target")),
        **dict.fromkeys(("space_station_chaser", "payload_flight_chaser")),
        "response_mode": "normal",
    } | fields


def answer(records: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Return the records that a snapshot of these returns for a query."""
    return [records[at] for at in select(records, query)]


def in_normal_mode(detailed: Snapshot) -> Snapshot:
    """The same spacecraft as LL2 sends them in normal mode, and the same docking events."""
    return Snapshot(
        map(normal, detailed.records),
        docking_events=detailed.docking_events,
        url=detailed.url,
        query=detailed.query | {"mode": "normal"},
        retrieved_at=detailed.retrieved_at,
        is_selection=detailed.is_selection,
    )


def normal(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record as LL2 sends it in normal mode."""
    # The stand-in makes its catalogues of the records here.
    from tests.ll2_server.modes import normal

    return normal(record)
