"""Small records in the form of LL2's, for tests with values that can be checked by hand."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from spacecraft_analysis import Snapshot
from spacecraft_analysis.frames.schema import DETAILED_CONFIG
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot.filters import select

STATION = {"id": 4, "url": "https://ll/space_stations/4/", "name": "Station", "image": None}
RETRIEVED = datetime(2025, 1, 1, tzinfo=timezone.utc)


def agency(agency_id: int = 44, name: str = "NASA") -> dict[str, Any]:
    """Return an agency as LL2 sends it inside a configuration."""
    return {
        "response_mode": "list",
        "id": agency_id,
        "url": f"https://ll/agencies/{agency_id}/",
        "name": name,
        "abbrev": name,
        "type": {"id": 1, "name": "Government"},
    }


def family(family_id: int, name: str, parent: tuple[int, str] | None = None) -> dict[str, Any]:
    """Return a family, with its parent's id and name if it has one."""
    return {
        "response_mode": "normal",
        "id": family_id,
        "name": name,
        "description": "",
        "manufacturer": agency(),
        "parent": None
        if parent is None
        else {"response_mode": "list", "id": parent[0], "name": parent[1]},
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
        **dict.fromkeys(DETAILED_CONFIG),
    } | fields


def image() -> dict[str, Any]:
    """A picture as LL2 describes it."""
    return {
        **{"id": 7, "name": "A picture", "image_url": "https://a", "thumbnail_url": "https://b"},
        **{"credit": "Someone", "single_use": True},
        "license": {"id": 1, "name": "Unknown", "priority": 9, "link": "https://l"},
        "variants": [{"id": 4, "type": {"id": 1, "name": "Wide"}, "image_url": "https://c"}],
    }


def country() -> dict[str, Any]:
    """A country."""
    return {
        **{"id": 44, "name": "Kazakhstan", "alpha_2_code": "KZ", "alpha_3_code": "KAZ"},
        **{"nationality_name": "Kazakh", "nationality_name_composed": "Kazakhstani"},
    }


def body() -> dict[str, Any]:
    """A celestial body with all that LL2 sends of it."""
    return {
        **{"response_mode": "normal", "id": 1, "name": "Earth"},
        **{"type": {"id": 1, "name": "Planet"}, "diameter": 12742000, "mass": 5.972168e24},
        **{"gravity": 9.80655, "length_of_day": "1 00:00:00", "atmosphere": True},
        **{"image": image(), "description": "Home", "wiki_url": "https://w"},
        **{"total_attempted_launches": 7572, "successful_launches": 7016},
        **{"failed_launches": 556, "total_attempted_landings": 1342},
        **{"successful_landings": 1294, "failed_landings": 48},
    }


def launch(launch_id: str, net: str | None, **fields: Any) -> dict[str, Any]:
    """A launch with every field of LL2's schema filled, and two of what it lists."""
    agencies = [agency(), agency(63, "Roscosmos")]
    names = {"id": 2, "name": "Precision", "abbrev": "PRC", "description": "As it is known"}
    return {
        **{"id": launch_id, "url": f"https://ll/launches/{launch_id}/", "name": f"L {launch_id}"},
        **{"response_mode": "normal", "slug": launch_id, "launch_designator": "1969-059"},
        "status": {"id": 3, "name": "Launch Successful", "abbrev": "Success", "description": "d"},
        **{"last_updated": "2024-01-01T00:00:00Z", "net": net, "net_precision": names | {"id": 1}},
        **{"window_start": "2020-01-01T00:00:00Z", "window_end": "2020-01-01T01:00:00Z"},
        **{"image": image(), "infographic": "https://i", "probability": 80},
        **{"weather_concerns": "Wind", "failreason": "None known", "hashtag": "#launch"},
        "launch_service_provider": agency(63, "Roscosmos"),
        "rocket": {
            "id": 8,
            "configuration": {
                **{"response_mode": "list", "id": 34, "url": "https://ll/l/34/", "name": "Soyuz"},
                **{"full_name": "Soyuz 2.1a", "variant": "2.1a"},
                "families": [
                    {"response_mode": "list", "id": 5, "name": "Soyuz-2"},
                    {"response_mode": "list", "id": 6, "name": "R-7"},
                ],
            },
        },
        "mission": {
            **{"id": 667, "name": "A mission", "type": "Resupply", "description": "To a station"},
            **{"image": image(), "agencies": agencies, "info_urls": [], "vid_urls": []},
            "orbit": {
                "id": 8,
                "name": "Low Earth Orbit",
                "abbrev": "LEO",
                "celestial_body": body(),
            },
        },
        "pad": {
            **{"id": 32, "url": "https://ll/pads/32/", "active": True, "agencies": agencies},
            **{"name": "1/5", "image": image(), "description": "d", "info_url": "https://i"},
            **{"wiki_url": "https://w", "map_url": "https://m", "latitude": 45.92},
            **{"longitude": 63, "country": country(), "map_image": "https://m"},
            **{"total_launch_count": 487, "orbital_launch_attempt_count": 480},
            "fastest_turnaround": "PT23H32M33S",
            "location": {
                **{"response_mode": "normal", "id": 15, "url": "https://ll/locations/15/"},
                **{"name": "Baikonur Cosmodrome", "celestial_body": body(), "active": True},
                **{"country": country(), "description": "d", "image": image()},
                **{"map_image": "https://m", "longitude": 63.305, "latitude": 45.965},
                **{"timezone_name": "Asia/Qyzylorda", "total_launch_count": 1564},
                "total_landing_count": 0,
            },
        },
        "webcast_live": False,
        "program": [
            {
                **{"response_mode": "normal", "id": number, "url": "https://p", "name": name},
                **{"image": image(), "info_url": None, "wiki_url": None, "description": "d"},
                **{"agencies": agencies, "start_date": None, "end_date": None},
                **{"mission_patches": [], "type": {"id": 2, "name": "Human Spaceflight"}},
            }
            for number, name in ((17, "ISS"), (28, "Soyuz"))
        ],
        **{
            f"{of}_launch_attempt_count{when}": 10 * nth + len(when)
            for nth, of in enumerate(("orbital", "location", "pad", "agency"), 1)
            for when in ("", "_year")
        },
    } | fields


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
    return Snapshot(
        records, **({"url": "https://ll/", "query": {}, "retrieved_at": RETRIEVED} | fields)
    )


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
        "docking_location": {
            "id": 1,
            "name": "Forward",
            "spacestation": STATION,
            "spacecraft": None,
            "payload": None,
        },
        "space_station_target": STATION,
        "flight_vehicle_target": None,
        "payload_flight_target": None,
        "response_mode": "normal",
        "flight_vehicle_chaser": chaser,
        "space_station_chaser": None,
        "payload_flight_chaser": None,
    } | fields


def answer(records: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Return the records that a snapshot of these returns for a query."""
    return [records[at] for at in select(records, query)]


def landing(**fields: Any) -> dict[str, Any]:
    """A landing at sea, with every field of LL2's schema filled."""
    return {
        "id": 3,
        "url": None,
        "attempt": True,
        "success": None,
        "description": "At sea",
        "downrange_distance": 12,
        "landing_location": {
            **{"id": 8, "name": "Pacific", "active": True, "abbrev": "PAC", "description": "d"},
            **{"longitude": -118.1, "latitude": 32, "image": image(), "celestial_body": body()},
            **{"successful_landings": 5, "attempted_landings": 5, "failed_landings": 0},
            "location": {
                **{"id": 9, "name": "Off California", "timezone_name": "America/Los_Angeles"},
                "country": country(),
            },
        },
        "type": {"id": 2, "name": "Ocean", "abbrev": "Ocean", "description": "d"},
    } | fields


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
