"""The tables that records of LL2 become, each declared once.

A declaration is a table's schema, the rule by which records are flattened into it, and its part of
the data dictionary. `IGNORED` lists the known fields that no column is made of; a field inside an
ignored object is ignored too, so a column in a new object needs no entry.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from spacecraft_analysis.frames.schema import (
    CRAFT,
    DAY,
    DEGREES,
    DERIVED_FAMILY,
    DURATION,
    EVENTS,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    RecordKind,
    Table,
    column,
    configuration,
    derived,
    family,
    image,
)

SPACECRAFT = Table.ordered(
    "spacecraft",
    "one row per spacecraft",
    "",
    "spacecraft_id name serial_number family status_name in_space flights_count mission_ends_count "
    "time_in_space time_docked fastest_turnaround is_placeholder status_id config_id config_name "
    "config_type_name config_agency_abbrev",
    column("id", INTEGER, "LL2's id of the spacecraft", "spacecraft_id", nullable=False),
    column("url", TEXT, "LL2's address of the spacecraft"),
    column("name", TEXT, "Name of the spacecraft", nullable=False),
    column("serial_number", TEXT, "Serial number"),
    column("is_placeholder", FLAG, "True for a craft not yet named", nullable=False),
    *image("image", "the spacecraft"),
    column("in_space", FLAG, "True while a flight is open", nullable=False),
    column(
        "time_in_space",
        DURATION,
        "Σ mission end - launch; in space up to retrieved_at; leap seconds not counted",
    ),
    column("time_docked", DURATION, "Σ departure - docking; while docked up to retrieved_at"),
    column("flights_count", INTEGER, "Flights begun"),
    column("mission_ends_count", INTEGER, "Flights ended"),
    column("status.id", INTEGER, "Id of the status", nullable=False),
    column("status.name", TEXT, "Status: Active, Retired, Single Use … (not a flight state)"),
    column("fastest_turnaround", DURATION, "Shortest turnaround of the craft, as in LL2"),
    column("spacecraft_config.id", INTEGER, "LL2's id of the configuration", nullable=False),
    *configuration("spacecraft_config"),
    *DERIVED_FAMILY,
    *family("spacecraft_config.family[]"),
    column("description", TEXT, "Description"),
)

CRAFT_NAMES = {"name": "spacecraft_name", "time_docked": "spacecraft_time_docked"}
"""What other tables call a column of SPACECRAFT that they repeat, where it has another name."""
_COPIED_TO_FLIGHTS = (
    *("spacecraft_id", "is_placeholder", "serial_number", "in_space"),
    *("status_", "config_", "family"),
)
# What a flight repeats of its craft, so that a measure on flights needs no join.
CRAFT_COLUMNS = tuple(
    one._replace(of_craft=True, name=CRAFT_NAMES.get(one.name, one.name))
    for one in SPACECRAFT.columns
    if one.name == "name" or one.name.startswith(_COPIED_TO_FLIGHTS)
)
TIME_DOCKED = next(one for one in SPACECRAFT.columns if one.name == "time_docked")._replace(
    name="spacecraft_time_docked",
    of_craft=True,
    meaning="The craft's time_docked, of all its flights",
)


def _in(parent: str, *fields: tuple[Any, ...]) -> list[Column]:
    """Return columns of fields inside an object, which LL2 may leave out.

    A field is its path from there, its type, its meaning and, if it has one, its unit.
    """
    return [
        column(f"{parent}.{path}", dtype, meaning, optional=True, unit=next(iter(unit), None))
        for path, dtype, meaning, *unit in fields
    ]


_ATTEMPTS = (
    ("orbital", "to orbit by anyone"),
    ("location", "from its site"),
    ("pad", "from its pad"),
    ("agency", "of its agency"),
)
_LAUNCH = _in(
    "launch",
    ("url", TEXT, "LL2's address of the launch"),
    ("launch_designator", TEXT, "COSPAR designator of the launch, such as 1969-059"),
    ("status.id", INTEGER, "Id of the launch's status: 3 success, 4 failure, 7 partial failure"),
    ("status.name", TEXT, "Status of the launch"),
    ("status.abbrev", TEXT, "Abbreviation of the launch's status"),
    ("failreason", TEXT, "Why the launch failed"),
    ("net_precision.id", INTEGER, "Precision of launch_net: 0 second, 1 minute, from 2 on coarser"),
    ("net_precision.name", TEXT, "How well launch_net is known, in words"),
    ("window_start", INSTANT, "Start of the launch window"),
    ("window_end", INSTANT, "End of the launch window"),
    ("launch_service_provider.id", INTEGER, "LL2's id of the agency that launched"),
    ("launch_service_provider.name", TEXT, "Name of the agency that launched"),
    ("launch_service_provider.abbrev", TEXT, "Abbreviation of the agency that launched"),
    ("launch_service_provider.type.name", TEXT, "Type of the agency that launched"),
    ("rocket.configuration.id", INTEGER, "LL2's id of the rocket's configuration: group by this"),
    ("rocket.configuration.name", TEXT, "Name of the rocket's configuration"),
    ("rocket.configuration.full_name", TEXT, "Full name of the rocket's configuration"),
    ("rocket.configuration.variant", TEXT, "Variant of the rocket"),
    ("rocket.configuration.families[].id", INTEGER, "Ids of each family of the rocket"),
    ("rocket.configuration.families[].name", TEXT, "Names of each family of the rocket"),
    ("mission.id", INTEGER, "LL2's id of the mission"),
    ("mission.name", TEXT, "Name of the mission"),
    ("mission.type", TEXT, "Type of the mission, such as Human Exploration or Resupply"),
    ("mission.orbit.id", INTEGER, "Id of the orbit that was aimed at"),
    ("mission.orbit.name", TEXT, "Orbit that was aimed at"),
    ("mission.orbit.abbrev", TEXT, "Abbreviation of that orbit"),
    ("mission.orbit.celestial_body.name", TEXT, "Celestial body of that orbit"),
    ("pad.id", INTEGER, "LL2's id of the launch pad"),
    ("pad.name", TEXT, "Name of the launch pad"),
    ("pad.country.name", TEXT, "Country of the launch pad"),
    ("pad.country.alpha_3_code", TEXT, "Code of that country in three letters (ISO 3166)"),
    ("pad.location.id", INTEGER, "LL2's id of the launch site"),
    ("pad.location.name", TEXT, "Name of the launch site"),
    ("pad.location.timezone_name", TEXT, "Time zone of the launch site, such as Asia/Almaty"),
    ("pad.latitude", NUMBER, "Latitude of the launch pad, positive to the north", DEGREES),
    ("pad.longitude", NUMBER, "Longitude of the launch pad, positive to the east", DEGREES),
    ("program[].id", INTEGER, "Ids of each programme that the launch belongs to"),
    ("program[].name", TEXT, "Names of each programme that the launch belongs to"),
    *(
        (f"{of}_launch_attempt_count{year}", INTEGER, f"Its number among {among} {which}")
        for year, among in (("", "all launch attempts"), ("_year", "that year's launch attempts"))
        for of, which in _ATTEMPTS
    ),
)
_LANDING = _in(
    "landing",
    ("url", TEXT, "LL2's address of the landing"),
    ("attempt", FLAG, "Whether a landing was attempted"),
    ("success", FLAG, "Whether the landing succeeded"),
    ("description", TEXT, "Description of the landing"),
    ("type.id", INTEGER, "LL2's id of the type of landing"),
    ("type.name", TEXT, "Type of landing"),
    ("type.abbrev", TEXT, "Abbreviation of the type of landing"),
    ("downrange_distance", NUMBER, "Distance from the launch site", "km"),
)
_LANDING_LOCATION = _in(
    "landing.landing_location",
    ("id", INTEGER, "LL2's id of the landing location"),
    ("name", TEXT, "Name of the landing location"),
    ("abbrev", TEXT, "Abbreviation of the landing location"),
    ("celestial_body.name", TEXT, "Celestial body of the landing location"),
    ("location.name", TEXT, "Name of the site of the landing location"),
    ("location.country.alpha_3_code", TEXT, "Country code of that site (ISO 3166)"),
    ("latitude", NUMBER, "Latitude of the landing location, positive to the north", DEGREES),
    ("longitude", NUMBER, "Longitude of the landing location, positive to the east", DEGREES),
)

FLIGHTS = Table.ordered(
    "flights",
    "one row per flight",
    "flights[]",
    "flight_id spacecraft_name family flight_number launch_net mission_end duration "
    "turn_around_time destination launch_name launch_status_name launch_rocket_name "
    "launch_pad_location_name launch_mission_type landing_success is_planned is_latest is_open "
    "launch_designator launch_provider_abbrev spacecraft_id in_space serial_number "
    "spacecraft_time_docked is_placeholder status_id status_name config_id config_name "
    "config_type_id config_type_name family_root family_is_config family_ids family_names "
    "launch_id",
    column("id", INTEGER, "LL2's id of the flight", "flight_id", nullable=False),
    column("url", TEXT, "LL2's address of the flight"),
    column("destination", TEXT, "Destination"),
    column("mission_end", INSTANT, "End of the flight; null while open or unknown"),
    column("duration", DURATION, "Mission end - launch, as in LL2"),
    column("turn_around_time", DURATION, "Launch - end of the craft's previous flight"),
    column("launch.id", TEXT, "LL2's id of the launch", nullable=False),
    column("launch.name", TEXT, "Name of the launch"),
    column("launch.net", INSTANT, "Launch time (NET: no earlier than)"),
    derived(
        "flight_number",
        INTEGER,
        "1 for the craft's first flight by launch_net, then flight_id; planned flights "
        "are numbered too; null without a launch time",
    ),
    derived("is_planned", FLAG, "True if launched after retrieved_at; false if unknown"),
    derived("is_latest", FLAG, "True for the craft's last flight begun"),
    derived("is_open", FLAG, "True for that flight, without an end, of a craft in space"),
    TIME_DOCKED,
    *_LAUNCH,
    column("landing.id", INTEGER, "LL2's id of the landing"),
    *_LANDING,
    *_LANDING_LOCATION,
    *CRAFT_COLUMNS,
)

CONFIGURATIONS = Table.ordered(
    "configurations",
    "one row per configuration",
    "spacecraft_config",
    "config_id name family spacecraft_flown total_launch_count successful_launches failed_launches "
    "fastest_turnaround in_use type_name agency_name agency_abbrev maiden_flight human_rated "
    "crew_capacity height_m diameter_m payload_capacity_kg payload_return_capacity_kg flight_life "
    "attempted_landings successful_landings failed_landings",
    column("id", INTEGER, "LL2's id of the configuration", "config_id", nullable=False),
    *configuration(""),
    *DERIVED_FAMILY,
    *family("family[]"),
    column("maiden_flight", DAY, "Day of the first flight"),
    column("height", NUMBER, "Height", unit="m"),
    column("diameter", NUMBER, "Diameter", unit="m"),
    column("human_rated", FLAG, "Whether it may carry people"),
    column("crew_capacity", INTEGER, "People it can carry"),
    column("payload_capacity", NUMBER, "Payload to orbit", unit="kg"),
    column("payload_return_capacity", NUMBER, "Payload back to Earth", unit="kg"),
    column("flight_life", TEXT, "How long a flight may last", lenient=True),
    column("spacecraft_flown", INTEGER, "Spacecraft flown"),
    column("total_launch_count", INTEGER, "Launches"),
    column("successful_launches", INTEGER, "Launches that succeeded"),
    column("failed_launches", INTEGER, "Launches that failed"),
    column("attempted_landings", INTEGER, "Landings attempted"),
    column("successful_landings", INTEGER, "Landings that succeeded"),
    column("failed_landings", INTEGER, "Landings that failed"),
    column("fastest_turnaround", DURATION, "Shortest turnaround, as in LL2"),
    column("capability", TEXT, "Capability"),
    column("history", TEXT, "History"),
    column("details", TEXT, "Details"),
    column("wiki_link", TEXT, "Address of an encyclopedia article"),
    column("info_link", TEXT, "Address of the maker's page"),
)

_CHASER, _TARGET = "flight_vehicle_chaser", "flight_vehicle_target"
_TOTALS = [one for one in SPACECRAFT.columns if one.name in ("time_docked", "time_in_space")]
# What an event repeats of its craft; null where no craft docked.
CHASER_COLUMNS = tuple(
    one._replace(
        of_craft=False,
        nullable=True,
        is_copy=True,
        path=one.path and f"{_CHASER}.spacecraft.{one.path}",
    )
    for one in (*_TOTALS, *CRAFT_COLUMNS)
)

DOCKINGS = Table.ordered(
    "dockings",
    "one row per docking event",
    "",
    "docking_id spacecraft_name family target_name docking departure docked is_open "
    "docking_location_name target_kind flight_id launch_name launch_net mission_end spacecraft_id "
    "in_space time_docked time_in_space target_id",
    column("id", INTEGER, "LL2's id of the event", "docking_id", nullable=False),
    column("url", TEXT, "LL2's address of the docking event"),
    column("docking", INSTANT, "Docking time; planned if after retrieved_at", nullable=False),
    column("departure", INSTANT, "When it departed; null while docked or unknown"),
    column("docking_location.id", INTEGER, "LL2's id of the port", nullable=False),
    column("docking_location.name", TEXT, "Name of the port"),
    derived("target_kind", TEXT, "What was docked to: station, craft or payload"),
    derived("target_id", INTEGER, "LL2's id of that station, craft or payload's flight"),
    derived("target_name", TEXT, "Name of that station, craft or payload"),
    column("space_station_target.id", INTEGER, "LL2's id of the station docked to"),
    column("space_station_target.name", TEXT, "Name of the station docked to"),
    column(f"{_TARGET}.id", INTEGER, "LL2's id of the flight docked to"),
    column(f"{_TARGET}.spacecraft.id", INTEGER, "LL2's id of the craft docked to"),
    column(f"{_TARGET}.spacecraft.name", TEXT, "Name of the craft docked to"),
    column("payload_flight_target.id", INTEGER, "LL2's id of that payload's flight"),
    column("payload_flight_target.payload.name", TEXT, "Name of the payload docked to"),
    column(f"{_CHASER}.id", INTEGER, "LL2's id of the flight that docked", "flight_id"),
    column(f"{_CHASER}.launch.id", TEXT, "LL2's id of its launch", "launch_id", is_copy=True),
    column(f"{_CHASER}.launch.name", TEXT, "Name of its launch", "launch_name", is_copy=True),
    column("space_station_chaser.id", INTEGER, "LL2's id of the module that docked"),
    column("space_station_chaser.name", TEXT, "Name of the module that docked"),
    column("payload_flight_chaser.id", INTEGER, "LL2's id of the docking payload's flight"),
    column("payload_flight_chaser.payload.name", TEXT, "Name of the payload that docked"),
    derived("launch_net", INSTANT, "Launch of the flight, as among the flights"),
    derived("mission_end", INSTANT, "End of the flight, as among the flights"),
    derived(
        "docked",
        DURATION,
        "Departure - docking, up to retrieved_at while open; null if planned or unknown",
    ),
    derived("is_open", FLAG, "True while the craft is in space on this flight and docked"),
    *CHASER_COLUMNS,
    of=EVENTS,
)
TABLES = (SPACECRAFT, FLIGHTS, CONFIGURATIONS, DOCKINGS)


def _paths(ignored: dict[str, str]) -> set[str]:
    """Return the paths of some fields, named by the path of the object that they are in."""
    return {f"{at}.{name}" for at, names in ignored.items() for name in names.split()}


# Fields that LL2 is known to send and that no column is made of: copies and further details.
_AGENCY = (
    "featured country description administrator founding_year launchers spacecraft parent image "
    "logo social_logo"
)
_FAMILY = (
    "spacecraft_flown total_launch_count successful_launches failed_launches "
    "attempted_landings successful_landings failed_landings"
)
_PARENT = f"description manufacturer parent maiden_flight {_FAMILY}"
_FLIGHT = "url destination mission_end landing duration turn_around_time launch spacecraft"
_PAYLOAD = (
    "id url type manufacturer operator image description mass cost wiki_link info_link program"
)
_STATION = (
    "url image status type founded deorbited description orbit owners active_expeditions height "
    "width mass volume onboard_crew docked_vehicles docking_location active_docking_events"
)
IGNORED: dict[RecordKind, set[str]] = {
    CRAFT: _paths(
        {
            "flights[]": "spacecraft",
            "flights[].launch": "slug last_updated image infographic probability weather_concerns "
            "hashtag webcast_live status.description net_precision.abbrev "
            "net_precision.description rocket.id",
            "flights[].launch.launch_service_provider": f"url type.id {_AGENCY}",
            "flights[].launch.rocket.configuration": "url",
            "flights[].launch.rocket.configuration.families[]": _PARENT,
            "flights[].launch.mission": "description image agencies info_urls vid_urls "
            "orbit.celestial_body",
            "flights[].launch.pad": "url active agencies image description info_url wiki_url "
            "map_url map_image total_launch_count orbital_launch_attempt_count fastest_turnaround "
            "country",
            "flights[].launch.pad.location": "url active country description image map_image "
            "longitude latitude celestial_body total_launch_count total_landing_count",
            "flights[].launch.program[]": "url image info_url wiki_url description type agencies "
            "start_date end_date mission_patches",
            "flights[].landing": "type.description",
            "flights[].landing.landing_location": "active description location image "
            "celestial_body successful_landings attempted_landings failed_landings",
            "spacecraft_config.agency": _AGENCY,
            "spacecraft_config.family[]": _FAMILY,
            "spacecraft_config.family[].manufacturer": _AGENCY,
            "spacecraft_config.family[].parent": _PARENT,
        }
    ),
    # What an event repeats of a spacecraft and a launch is looked at in their own records.
    EVENTS: _paths(
        {
            "docking_location": "spacestation spacecraft payload",
            _CHASER: _FLIGHT,
            _TARGET: _FLIGHT,
            "space_station_target": _STATION,
            "space_station_chaser": _STATION,
            "payload_flight_target": f"{_FLIGHT} amount",
            "payload_flight_target.payload": _PAYLOAD,
            "payload_flight_chaser": f"{_FLIGHT} amount",
            "payload_flight_chaser.payload": _PAYLOAD,
        }
    ),
}
"""By kind of record the paths of known fields that no column is made of."""
_OF_DURATIONS = "µs as Arrow duration; a number or text in other files"


def data_dictionary() -> pl.DataFrame:
    """Return one row per column of each table: its type, its meaning and its place in LL2.

    Columns: `table`, `column`, `path` (in LL2's record of a spacecraft, or of a docking event; null
    for a derived column), `dtype`, `unit` (of durations and of numbers that have one), `nullable`
    and `meaning`. It is made from the declarations that build the frames.

    Durations are differences of UTC instants in days of 86,400 seconds. Leap seconds are not
    counted, which is 1 to 6 seconds for the longest stays.

    Examples:
        >>> import polars as pl
        >>> data_dictionary().filter(pl.col("column") == "height_m").row(0)[:5]
        ('configurations', 'height_m', 'spacecraft_config.height', 'Float64', 'm')
    """
    return pl.DataFrame(
        [
            {
                "table": table.name,
                "column": column.name,
                "path": table.path(column) or None,
                "dtype": str(column.dtype),
                "unit": _OF_DURATIONS if column.dtype == DURATION else column.unit,
                # Empty text becomes null, so only a family's fallback is sure to be there.
                "nullable": column.nullable or column.dtype == TEXT,
                "meaning": column.meaning,
            }
            for table in TABLES
            for column in table.columns
        ],
        infer_schema_length=None,
    )
