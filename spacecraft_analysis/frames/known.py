"""Fields that LL2 is known to send and that no column is made of: copies and further details."""

from __future__ import annotations

from spacecraft_analysis.frames.declaration import CRAFT, EVENTS, RecordKind, fields_of
from spacecraft_analysis.frames.modes import (
    AGENCY_DETAILS,
    DETAILED_CONFIG,
    FAMILY_DETAILS,
    PARENT_DETAILS,
)
from spacecraft_analysis.frames.tables import SPACECRAFT

_LAUNCH_DETAILS = (
    *("url", "slug", "launch_designator", "status", "last_updated", "net_precision"),
    *("window_end", "window_start", "image", "infographic", "probability", "weather_concerns"),
    *("failreason", "hashtag", "launch_service_provider", "rocket", "mission", "pad"),
    *("webcast_live", "program"),
    *(
        f"{what}_launch_attempt_count{when}"
        for what in ("orbital", "location", "pad", "agency")
        for when in ("", "_year")
    ),
)
_LOCATION_DETAILS = (
    *("active", "abbrev", "description", "location", "longitude", "latitude", "image"),
    *("successful_landings", "attempted_landings", "failed_landings", "celestial_body"),
)
_STATION_DETAILS = (
    *("url", "image", "status", "type", "founded", "deorbited", "description", "orbit", "owners"),
    *("active_expeditions", "height", "width", "mass", "volume", "onboard_crew"),
    *("docked_vehicles", "docking_location", "active_docking_events"),
)
_PAYLOAD_DETAILS = (
    *("id", "url", "type", "manufacturer", "operator", "image", "description", "mass", "cost"),
    *("wiki_link", "info_link", "program"),
)
_FLIGHT_DETAILS = ("url", "destination", "mission_end", "landing", "duration", "turn_around_time")


def _inside(parent: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{parent}.{name}" for name in names)


_FAMILY = "spacecraft_config.family[]"
_CONFIGURATION_DETAILS = (
    *_inside("spacecraft_config", *DETAILED_CONFIG),
    *_inside("spacecraft_config.agency", *AGENCY_DETAILS),
    *_inside(f"{_FAMILY}.manufacturer", *AGENCY_DETAILS),
    *_inside(_FAMILY, *FAMILY_DETAILS),
    *_inside(f"{_FAMILY}.parent", *PARENT_DETAILS),
)
_CRAFT = (
    *("flights", "flights[].spacecraft", "flights[].landing.type.description"),
    *_inside("flights[].launch", *_LAUNCH_DETAILS),
    *_inside("flights[].landing.landing_location", *_LOCATION_DETAILS),
    *_CONFIGURATION_DETAILS,
)
_CRAFT_NAMES = (*fields_of(SPACECRAFT).names, "flights")
_CHASER, _TARGET = "flight_vehicle_chaser", "flight_vehicle_target"
_EVENTS = (
    *_inside("docking_location", "spacestation", "spacecraft", "payload"),
    *_inside(_CHASER, *_FLIGHT_DETAILS),
    *_inside(f"{_CHASER}.launch", "net", *_LAUNCH_DETAILS),
    *_inside(f"{_CHASER}.spacecraft", *_CRAFT_NAMES, *_CONFIGURATION_DETAILS),
    *_inside(_TARGET, *_FLIGHT_DETAILS, "launch"),
    *_inside(f"{_TARGET}.spacecraft", *_CRAFT_NAMES),
    *(
        known
        for side in ("target", "chaser")
        for known in (
            *_inside(f"space_station_{side}", *_STATION_DETAILS),
            *_inside(f"payload_flight_{side}", *_FLIGHT_DETAILS, "amount", "launch"),
            *_inside(f"payload_flight_{side}.payload", *_PAYLOAD_DETAILS),
        )
    ),
)
KNOWN: dict[RecordKind, frozenset[str]] = {CRAFT: frozenset(_CRAFT), EVENTS: frozenset(_EVENTS)}
