"""A record with every field that LL2 2.3.0 is known to send has none that is unknown."""

import json
from typing import Any

import spacecraft_analysis as sa
from tests.records import landing, launch, snapshot

TYPE = {"id": 1, "name": "A type"}
COUNTS = dict.fromkeys(
    (
        *("spacecraft_flown", "total_launch_count", "successful_launches", "failed_launches"),
        *("attempted_landings", "successful_landings", "failed_landings"),
    ),
    1,
)
IMAGE = {
    **{"id": 1, "name": "A picture", "image_url": "https://a", "thumbnail_url": "https://b"},
    **{"credit": "Someone", "single_use": True},
    "license": {"id": 1, "name": "Unknown", "priority": 9, "link": None},
    "variants": [{"id": 4, "type": TYPE, "image_url": "https://c"}],
}
AGENCY = {
    **{"response_mode": "normal", "id": 44, "url": "https://ll/agencies/44/", "name": "NASA"},
    **{"abbrev": "NASA", "type": TYPE, "featured": True, "country": [{"id": 2, "name": "A"}]},
    **{"description": "", "administrator": None, "founding_year": 1958, "launchers": ""},
    **{"spacecraft": "", "parent": None, "image": IMAGE, "logo": IMAGE, "social_logo": IMAGE},
}
FAMILY = {
    **{"response_mode": "normal", "id": 6, "name": "Dragon", "description": ""},
    **{"manufacturer": AGENCY, "parent": None, "maiden_flight": "2010-12-08", **COUNTS},
}
CONFIG = {
    **{"response_mode": "detailed", "id": 6, "url": "https://ll/spacecraft_configurations/6/"},
    **{"name": "Crew Dragon 2", "type": TYPE, "agency": AGENCY, "in_use": True, "image": IMAGE},
    "family": [FAMILY, FAMILY | {"id": 7, "parent": FAMILY}],
    **{"capability": "", "history": "", "details": "", "maiden_flight": "2019-03-02"},
    **{"height": 8.1, "diameter": 4, "human_rated": True, "crew_capacity": 4},
    **{"payload_capacity": 6000, "payload_return_capacity": 3000, "flight_life": "210 days"},
    **{"wiki_link": "", "info_link": "", "fastest_turnaround": "P137D", **COUNTS},
}
CRAFT = {
    **{"response_mode": "normal", "id": 1, "url": "https://ll/spacecraft/1/", "name": "Endeavour"},
    **{"serial_number": "C206", "is_placeholder": False, "image": IMAGE, "in_space": False},
    **{"time_in_space": "P1D", "time_docked": "P1D", "flights_count": 1, "mission_ends_count": 1},
    **{"status": TYPE, "description": "", "spacecraft_config": CONFIG, "fastest_turnaround": None},
}
LAUNCH = launch("a", "2020-05-30T19:22:45Z")
LANDING = landing()
FLIGHT = {
    **{"id": 1, "url": "https://ll/spacecraft_flights/1/", "destination": "A station"},
    **{"mission_end": "2020-08-02T18:48:06Z", "spacecraft": CRAFT, "launch": LAUNCH},
    **{"landing": LANDING, "duration": "P63DT23H25M21S", "turn_around_time": None},
    "response_mode": "normal",
}


STATION = {
    **{"response_mode": "normal", "id": 4, "url": "https://ll/space_stations/4/", "image": IMAGE},
    **{"name": "ISS", "status": TYPE, "type": TYPE, "founded": "1998-11-20", "deorbited": None},
    **{"description": "", "orbit": "Low Earth Orbit"},
}
PAYLOAD = {
    **{"response_mode": "normal", "id": 1, "url": "https://ll/payloads/1/", "name": "MEV-1"},
    **{"type": TYPE, "manufacturer": AGENCY, "operator": AGENCY, "image": IMAGE, "description": ""},
    **{"mass": 2326, "cost": None, "wiki_link": "", "info_link": "", "program": []},
}
PAYLOAD_FLIGHT = {
    **{"response_mode": "normal", "id": 1, "url": "https://ll/payload_flights/1/", "amount": 1},
    **{"destination": "", "payload": PAYLOAD, "launch": LAUNCH, "landing": LANDING},
}
EVENT = {
    **{"response_mode": "detailed", "id": 1, "url": "https://ll/docking_events/1/"},
    **{"docking": "2020-05-31T14:16:00Z", "departure": "2020-08-01T23:35:00Z"},
    "docking_location": {
        **{"id": 1, "name": "Harmony forward", "spacestation": STATION, "spacecraft": CONFIG},
        "payload": PAYLOAD,
    },
    **{f"space_station_{side}": STATION for side in ("target", "chaser")},
    **{f"flight_vehicle_{side}": FLIGHT for side in ("target", "chaser")},
    **{f"payload_flight_{side}": PAYLOAD_FLIGHT for side in ("target", "chaser")},
}


def test_every_field_of_a_detailed_record_is_known() -> None:
    """The first detailed answer of LL2 gives no "unknown field", nor anything not as declared."""
    record = json.loads(json.dumps(CRAFT | {"response_mode": "detailed", "flights": [FLIGHT]}))
    rules = {*sa.check(snapshot(record, docking_events=[EVENT]))["rule"]}
    assert not rules & {"unknown field", "not as declared", "unreadable value"}


def test_a_field_at_any_depth_is_unknown() -> None:
    """What LL2 adds later is told once, by its path, wherever it is."""

    def grown(value: Any) -> Any:
        if isinstance(value, list):
            return [grown(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: grown(inner) for key, inner in value.items()} | {"added": 1}

    record = grown(CRAFT | {"flights": [FLIGHT]})
    found = sa.check(snapshot(record, record | {"id": 2})).filter(rule="unknown field")
    config, flights = "spacecraft_config.", "flights[]."
    assert {*found["column"]} >= {
        *("added", "status.added", "image.added", "image.license.added", "image.variants[].added"),
        *(f"{config}{at}added" for at in ("", "agency.type.", "image.variants[].")),
        *(f"{config}family[].{at}added" for at in ("", "manufacturer.type.", "parent.")),
        *(f"{flights}{at}added" for at in ("", "launch.", "landing.landing_location.")),
        *(f"{flights}launch.{at}added" for at in ("pad.location.", "mission.orbit.", "status.")),
    }
    assert found.height == found["column"].n_unique()
    assert {*found["spacecraft_id"]} == {1}


def test_the_sample_holds_nothing_unknown() -> None:
    """No record of the bundled sample has a field that no declaration knows."""
    found = sa.check(sa.load("sample"))["rule"]
    assert "unknown field" not in found
    assert "not as declared" not in found
