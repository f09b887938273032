"""What a record of LL2 becomes: the tables, each declared once.

Each is its schema, its flattening rule and its part of the data dictionary at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from spacecraft_analysis.frames.schema import (
    AGENCY_DETAILS,
    CRAFT,
    DAY,
    DERIVED_FAMILY,
    DETAILED_CONFIG,
    DURATION,
    EVENTS,
    FAMILY_DETAILS,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    PARENT_DETAILS,
    RETRIEVED_AT,
    TEXT,
    Column,
    RecordKind,
    Table,
    column,
    configuration,
    family,
    fields_of,
    image,
)

SPACECRAFT = Table(
    name="spacecraft",
    grain="one row per spacecraft",
    root="",
    columns=(
        column("id", INTEGER, "LL2's id of the spacecraft", name="spacecraft_id", nullable=False),
        column("url", TEXT, "LL2's address of the spacecraft"),
        column("name", TEXT, "Name of the spacecraft", nullable=False),
        column("serial_number", TEXT, "Serial number"),
        column("is_placeholder", FLAG, "True for a craft not yet named", nullable=False),
        *image("image", "the spacecraft"),
        column("in_space", FLAG, "True while a flight is open", nullable=False),
        column(
            "time_in_space",
            DURATION,
            "Sum over flights of mission end - launch; for a craft in space up to retrieved_at",
        ),
        column(
            "time_docked",
            DURATION,
            "Sum over dockings of departure - docking; while docked up to retrieved_at",
        ),
        column("flights_count", INTEGER, "Flights begun"),
        column("mission_ends_count", INTEGER, "Flights ended"),
        column("status.id", INTEGER, "Id of the status", nullable=False),
        column("status.name", TEXT, "Status: Active, Retired, Single Use … (no flight state)"),
        column("description", TEXT, "Description"),
        column("spacecraft_config.id", INTEGER, "LL2's id of the configuration", nullable=False),
        *configuration("spacecraft_config"),
        *family("spacecraft_config.family[]"),
        *DERIVED_FAMILY,
        column("fastest_turnaround", DURATION, "Shortest turnaround of the craft, as LL2 has it"),
        RETRIEVED_AT,
    ),
)

CRAFT_NAMES = {"name": "spacecraft_name"}
_CRAFT = (
    *("spacecraft_id", "is_placeholder", "serial_number", "in_space"),
    *("status_", "config_", "family"),
)
# The columns that a flight repeats of its craft, so that a measure on flights needs no join.
CRAFT_COLUMNS = tuple(
    replace(one, of_craft=True, name=CRAFT_NAMES.get(one.name, one.name))
    for one in SPACECRAFT.columns
    if one.name == "name" or one.name.startswith(_CRAFT)
)

FLIGHTS = Table(
    name="flights",
    grain="one row per flight",
    root="flights[]",
    columns=(
        column("id", INTEGER, "LL2's id of the flight", name="flight_id", nullable=False),
        column("url", TEXT, "LL2's address of the flight"),
        column("destination", TEXT, "Destination"),
        column("mission_end", INSTANT, "End of the flight; null while open or unknown"),
        column("launch.id", TEXT, "LL2's id of the launch", nullable=False),
        column("launch.name", TEXT, "Name of the launch"),
        column("launch.net", INSTANT, "Launch time (NET: no earlier than)"),
        column("duration", DURATION, "Mission end - launch, as LL2 has it"),
        column("turn_around_time", DURATION, "Launch - end of the craft's previous flight"),
        column("landing.id", INTEGER, "LL2's id of the landing"),
        column("landing.url", TEXT, "LL2's address of the landing"),
        column("landing.attempt", FLAG, "Whether a landing was attempted"),
        column("landing.success", FLAG, "Whether the landing succeeded"),
        column("landing.description", TEXT, "Description of the landing"),
        column("landing.downrange_distance", NUMBER, "Distance from the launch site", unit="km"),
        column("landing.landing_location.id", INTEGER, "LL2's id of the landing location"),
        column("landing.landing_location.name", TEXT, "Name of the landing location"),
        column("landing.type.id", INTEGER, "LL2's id of the type of landing"),
        column("landing.type.name", TEXT, "Type of landing"),
        column("landing.type.abbrev", TEXT, "Abbreviation of the type of landing"),
        *CRAFT_COLUMNS,
        RETRIEVED_AT,
    ),
)

CONFIGURATIONS = Table(
    name="configurations",
    grain="one row per configuration",
    root="spacecraft_config",
    columns=(
        column("id", INTEGER, "LL2's id of the configuration", name="config_id", nullable=False),
        *configuration(""),
        *family("family[]"),
        *DERIVED_FAMILY,
        column("capability", TEXT, "Capability"),
        column("history", TEXT, "History"),
        column("details", TEXT, "Details"),
        column("maiden_flight", DAY, "Day of the first flight"),
        column("height", NUMBER, "Height", unit="m"),
        column("diameter", NUMBER, "Diameter", unit="m"),
        column("human_rated", FLAG, "Whether it may carry people"),
        column("crew_capacity", INTEGER, "People it can carry"),
        column("payload_capacity", NUMBER, "Payload to orbit", unit="kg"),
        column("payload_return_capacity", NUMBER, "Payload back to Earth", unit="kg"),
        column("flight_life", TEXT, "How long a flight may last", lenient=True),
        column("wiki_link", TEXT, "Address of an encyclopedia article"),
        column("info_link", TEXT, "Address of the maker's page"),
        column("spacecraft_flown", INTEGER, "Spacecraft flown"),
        column("total_launch_count", INTEGER, "Launches"),
        column("successful_launches", INTEGER, "Launches that succeeded"),
        column("failed_launches", INTEGER, "Launches that failed"),
        column("attempted_landings", INTEGER, "Landings attempted"),
        column("successful_landings", INTEGER, "Landings that succeeded"),
        column("failed_landings", INTEGER, "Landings that failed"),
        column("fastest_turnaround", DURATION, "Shortest turnaround, as LL2 has it"),
        RETRIEVED_AT,
    ),
)

_CHASER = "flight_vehicle_chaser"
_TOTALS = [
    one
    for name in ("time_docked", "time_in_space")
    for one in SPACECRAFT.columns
    if one.name == name
]


def _repeated(columns: Iterable[Column]) -> list[Column]:
    """The columns of a craft as an event repeats them, null where no craft docked."""
    at = f"{_CHASER}.spacecraft."
    return [
        replace(one, of_craft=False, nullable=True, repeats=True, path=one.path and at + one.path)
        for one in columns
    ]


CHASER_COLUMNS = tuple(_repeated([*_TOTALS, *CRAFT_COLUMNS]))

DOCKINGS = Table(
    name="dockings",
    grain="one row per docking event",
    root="",
    of=EVENTS,
    columns=(
        column("id", INTEGER, "LL2's id of the docking event", name="docking_id", nullable=False),
        column("url", TEXT, "LL2's address of the docking event"),
        column(
            "docking", INSTANT, "When it docked; planned if later than retrieved_at", nullable=False
        ),
        column("departure", INSTANT, "When it departed; null while docked or unknown"),
        column("docking_location.id", INTEGER, "LL2's id of the port", nullable=False),
        column("docking_location.name", TEXT, "Name of the port"),
        column("", TEXT, "What was docked to: station, craft or payload", name="target_kind"),
        column(
            "", INTEGER, "LL2's id of that station, craft or payload's flight", name="target_id"
        ),
        column("", TEXT, "Name of that station, craft or payload", name="target_name"),
        column("space_station_target.id", INTEGER, "LL2's id of the station docked to"),
        column("space_station_target.name", TEXT, "Name of the station docked to"),
        column("flight_vehicle_target.id", INTEGER, "LL2's id of the flight docked to"),
        column("flight_vehicle_target.spacecraft.id", INTEGER, "LL2's id of the craft docked to"),
        column("flight_vehicle_target.spacecraft.name", TEXT, "Name of the craft docked to"),
        column("payload_flight_target.id", INTEGER, "LL2's id of the payload's flight docked to"),
        column("payload_flight_target.payload.name", TEXT, "Name of the payload docked to"),
        column(f"{_CHASER}.id", INTEGER, "LL2's id of the flight that docked", name="flight_id"),
        column(
            f"{_CHASER}.launch.id", TEXT, "LL2's id of its launch", name="launch_id", repeats=True
        ),
        column(
            f"{_CHASER}.launch.name", TEXT, "Name of its launch", name="launch_name", repeats=True
        ),
        column("space_station_chaser.id", INTEGER, "LL2's id of the module that docked"),
        column("space_station_chaser.name", TEXT, "Name of the module that docked"),
        column("payload_flight_chaser.id", INTEGER, "LL2's id of the payload's flight that docked"),
        column("payload_flight_chaser.payload.name", TEXT, "Name of the payload that docked"),
        column("", INSTANT, "Launch of the flight, as among the flights", name="launch_net"),
        column("", INSTANT, "End of the flight, as among the flights", name="mission_end"),
        column(
            "",
            DURATION,
            "Departure - docking, up to retrieved_at while open; null if planned or unknown",
            name="docked",
        ),
        column(
            "",
            FLAG,
            "True while the craft is in space on this flight and has not departed",
            name="is_open",
            nullable=False,
        ),
        *CHASER_COLUMNS,
        RETRIEVED_AT,
    ),
)
TABLES = (SPACECRAFT, FLIGHTS, CONFIGURATIONS, DOCKINGS)

# Fields that LL2 is known to send and that no column is made of: copies and further details.
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
_KNOWN_CRAFT = (
    *("flights", "flights[].spacecraft", "flights[].landing.type.description"),
    *_inside("flights[].launch", *_LAUNCH_DETAILS),
    *_inside("flights[].landing.landing_location", *_LOCATION_DETAILS),
    *_CONFIGURATION_DETAILS,
)
_RECORD_NAMES = (*fields_of(SPACECRAFT).names, "flights")
_TARGET = "flight_vehicle_target"
_KNOWN_EVENTS = (
    *_inside("docking_location", "spacestation", "spacecraft", "payload"),
    *_inside(_CHASER, *_FLIGHT_DETAILS),
    *_inside(f"{_CHASER}.launch", "net", *_LAUNCH_DETAILS),
    *_inside(f"{_CHASER}.spacecraft", *_RECORD_NAMES, *_CONFIGURATION_DETAILS),
    *_inside(_TARGET, *_FLIGHT_DETAILS, "launch"),
    *_inside(f"{_TARGET}.spacecraft", *_RECORD_NAMES),
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
KNOWN: dict[RecordKind, frozenset[str]] = {
    CRAFT: frozenset(_KNOWN_CRAFT),
    EVENTS: frozenset(_KNOWN_EVENTS),
}
