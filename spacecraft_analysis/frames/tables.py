"""What a record of LL2 becomes: columns, their types and meanings, declared once.

Each table below is its schema, its flattening rule and its part of the data dictionary at once.
A column's name is its LL2 path joined by `_`, with three shortenings: `spacecraft_config` becomes
`config`, `spacecraft_config.family[]` becomes `family`, and a word that the path has said already
is not said again (`image.image_url` is `image_url`). A list stays a list under a plural name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from spacecraft_analysis.frames.declaration import (
    CONFIGURATION,
    CRAFT,
    DAY,
    DURATION,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    RecordKind,
    Table,
)
from spacecraft_analysis.frames.modes import (
    AGENCY_DETAILS,
    DETAILED_CONFIG,
    FAMILY_DETAILS,
    PARENT_DETAILS,
)


def _name(path: str) -> str:
    parts = path.replace("spacecraft_config.family[]", "family[]").split(".")
    said: list[str] = []
    for part in parts:
        word = {"spacecraft_config": "config"}.get(part, part.removesuffix("[]"))
        if part == "variants[]":
            word = "variant"
        for earlier in said:
            word = word.removeprefix(f"{earlier}_")
        said.append(word)
    name = "_".join(said)
    return f"{name}s" if "[]" in path else name


def _column(path: str, dtype: pl.DataType, meaning: str, name: str = "", **more: Any) -> Column:
    unit = more.get("unit")
    name = name or _name(path) + (f"_{unit}" if unit else "")
    return Column(name, path, pl.List(dtype) if "[]" in path else dtype, meaning, **more)


def _inside(parent: str, columns: Iterable[Column], of: str, **more: Any) -> list[Column]:
    """The same columns, found inside another object."""
    return [
        _column(
            f"{parent}.{column.path}",
            column.dtype,
            f"{column.meaning} of {of}",
            lenient=column.lenient,
            **({"nullable": column.nullable} | more),
        )
        for column in columns
    ]


_AGENCY = (
    _column("id", INTEGER, "LL2's id", nullable=False),
    _column("url", TEXT, "LL2's address"),
    _column("name", TEXT, "Name"),
    _column("abbrev", TEXT, "Abbreviation"),
    _column("type.id", INTEGER, "Id of the type"),
    _column("type.name", TEXT, "Type, such as Government or Commercial,"),
)
_IMAGE = (
    _column("id", INTEGER, "LL2's id"),
    _column("name", TEXT, "Name"),
    _column("image_url", TEXT, "Address"),
    _column("thumbnail_url", TEXT, "Address of a small version"),
    _column("credit", TEXT, "Credit"),
    _column("license.id", INTEGER, "Id of the licence"),
    _column("license.name", TEXT, "Licence"),
    _column("license.priority", INTEGER, "Priority of the licence"),
    _column("license.link", TEXT, "Address of the licence's text"),
    _column("single_use", FLAG, "Whether one object alone uses it, said"),
)
_IMAGE_VARIANTS = (
    _column("id", INTEGER, "Ids of the variants"),
    _column("type", TEXT, "Types of the variants", lenient=True),
    _column("image_url", TEXT, "Addresses of the variants"),
)
_PARENT = (_column("id", INTEGER, "Id"), _column("name", TEXT, "Name"))


def _image(path: str, of: str) -> list[Column]:
    image = f"the image of {of}"
    return [
        *_inside(path, _IMAGE, image, nullable=True),
        *_inside(f"{path}.variants[]", _IMAGE_VARIANTS, image, nullable=True),
    ]


def _family(path: str) -> list[Column]:
    of = "each family of the configuration"
    return [
        _column(f"{path}.id", INTEGER, f"Ids of {of}; null where LL2 sends no list"),
        _column(f"{path}.name", TEXT, f"Names of {of}"),
        _column(f"{path}.description", TEXT, f"Descriptions of {of}"),
        *_inside(f"{path}.manufacturer", _AGENCY, f"the manufacturer of {of}", nullable=True),
        *_inside(f"{path}.parent", _PARENT, f"the parent of {of}"),
        _column(f"{path}.maiden_flight", DAY, f"Days of the first flight of {of}"),
    ]


DERIVED_FAMILY = (
    _column(
        "",
        TEXT,
        "The most specific family: the one that is no other listed family's parent, among equals "
        "the lowest id; with none, the configuration's name",
        name="family",
    ),
    _column(
        "", TEXT, "The family at the top of that family's tree, else the same", name="family_root"
    ),
    _column(
        "",
        FLAG,
        "True where LL2 lists no family and the configuration's name stands in",
        name="family_is_config",
        nullable=False,
    ),
)
_RETRIEVED_AT = _column(
    "", INSTANT, "When LL2 sent the page that this row comes from", name="retrieved_at",
    nullable=False,
)  # fmt: skip


def _configuration(path: str) -> list[Column]:
    """What LL2 says of a configuration in both modes, families aside."""
    at = f"{path}." if path else ""
    of = "the configuration"
    return [
        _column(f"{at}url", TEXT, f"LL2's address of {of}"),
        _column(f"{at}name", TEXT, f"Name of {of}", nullable=False),
        _column(f"{at}type.id", INTEGER, f"Id of the type of {of}", nullable=False),
        _column(f"{at}type.name", TEXT, f"Type of {of}, such as Capsule or Mass Simulator"),
        *_inside(f"{at}agency", _AGENCY, f"the agency behind {of}"),
        _column(f"{at}in_use", FLAG, f"Whether {of} is still in use", nullable=False),
        *_image(f"{at}image", of),
    ]


SPACECRAFT = Table(
    name="spacecraft",
    grain="one row per spacecraft",
    root="",
    columns=(
        _column("id", INTEGER, "LL2's id of the spacecraft", name="spacecraft_id", nullable=False),
        _column("url", TEXT, "LL2's address of the spacecraft"),
        _column("name", TEXT, "Name of the spacecraft", nullable=False),
        _column("serial_number", TEXT, "Serial number"),
        _column("is_placeholder", FLAG, "True for a craft not yet named", nullable=False),
        *_image("image", "the spacecraft"),
        _column("in_space", FLAG, "True while a flight is open", nullable=False),
        _column(
            "time_in_space",
            DURATION,
            "Sum over flights of mission end - launch; for a craft in space up to retrieved_at",
        ),
        _column(
            "time_docked",
            DURATION,
            "Sum over dockings of departure - docking; while docked up to retrieved_at",
        ),
        _column("flights_count", INTEGER, "Flights begun"),
        _column("mission_ends_count", INTEGER, "Flights ended"),
        _column("status.id", INTEGER, "Id of the status", nullable=False),
        _column("status.name", TEXT, "Status: Active, Retired, Single Use … (no flight state)"),
        _column("description", TEXT, "Description"),
        _column("spacecraft_config.id", INTEGER, "LL2's id of the configuration", nullable=False),
        *_configuration("spacecraft_config"),
        *_family("spacecraft_config.family[]"),
        *DERIVED_FAMILY,
        _column("fastest_turnaround", DURATION, "Shortest turnaround of the craft, as LL2 has it"),
        _RETRIEVED_AT,
    ),
)

CRAFT_NAMES = {"name": "spacecraft_name"}
_CRAFT = (
    *("spacecraft_id", "is_placeholder", "serial_number", "in_space"),
    *("status_", "config_", "family"),
)
# The columns that a flight repeats of its craft, so that a measure on flights needs no join.
CRAFT_COLUMNS = tuple(
    replace(column, of_craft=True, name=CRAFT_NAMES.get(column.name, column.name))
    for column in SPACECRAFT.columns
    if column.name == "name" or column.name.startswith(_CRAFT)
)

FLIGHTS = Table(
    name="flights",
    grain="one row per flight",
    root="flights[]",
    columns=(
        _column("id", INTEGER, "LL2's id of the flight", name="flight_id", nullable=False),
        _column("url", TEXT, "LL2's address of the flight"),
        _column("destination", TEXT, "Destination"),
        _column("mission_end", INSTANT, "End of the flight; null while open or unknown"),
        _column("launch.id", TEXT, "LL2's id of the launch", nullable=False),
        _column("launch.name", TEXT, "Name of the launch"),
        _column("launch.net", INSTANT, "Launch time (NET: no earlier than)"),
        _column("duration", DURATION, "Mission end - launch, as LL2 has it"),
        _column("turn_around_time", DURATION, "Launch - end of the craft's previous flight"),
        _column("landing.id", INTEGER, "LL2's id of the landing"),
        _column("landing.url", TEXT, "LL2's address of the landing"),
        _column("landing.attempt", FLAG, "Whether a landing was attempted"),
        _column("landing.success", FLAG, "Whether the landing succeeded"),
        _column("landing.description", TEXT, "Description of the landing"),
        _column("landing.downrange_distance", NUMBER, "Distance from the launch site", unit="km"),
        _column("landing.landing_location.id", INTEGER, "LL2's id of the landing location"),
        _column("landing.landing_location.name", TEXT, "Name of the landing location"),
        _column("landing.type.id", INTEGER, "LL2's id of the type of landing"),
        _column("landing.type.name", TEXT, "Type of landing"),
        _column("landing.type.abbrev", TEXT, "Abbreviation of the type of landing"),
        *CRAFT_COLUMNS,
        _RETRIEVED_AT,
    ),
)

CONFIGURATIONS = Table(
    name="configurations",
    grain="one row per configuration",
    root="spacecraft_config",
    columns=(
        _column("id", INTEGER, "LL2's id of the configuration", name="config_id", nullable=False),
        *_configuration(""),
        *_family("family[]"),
        *DERIVED_FAMILY,
        _column("capability", TEXT, "Capability"),
        _column("history", TEXT, "History"),
        _column("details", TEXT, "Details"),
        _column("maiden_flight", DAY, "Day of the first flight"),
        _column("height", NUMBER, "Height", unit="m"),
        _column("diameter", NUMBER, "Diameter", unit="m"),
        _column("human_rated", FLAG, "Whether it may carry people"),
        _column("crew_capacity", INTEGER, "People it can carry"),
        _column("payload_capacity", NUMBER, "Payload to orbit", unit="kg"),
        _column("payload_return_capacity", NUMBER, "Payload back to Earth", unit="kg"),
        _column("flight_life", TEXT, "How long a flight may last", lenient=True),
        _column("wiki_link", TEXT, "Address of an encyclopedia article"),
        _column("info_link", TEXT, "Address of the maker's page"),
        _column("spacecraft_flown", INTEGER, "Spacecraft flown"),
        _column("total_launch_count", INTEGER, "Launches"),
        _column("successful_launches", INTEGER, "Launches that succeeded"),
        _column("failed_launches", INTEGER, "Launches that failed"),
        _column("attempted_landings", INTEGER, "Landings attempted"),
        _column("successful_landings", INTEGER, "Landings that succeeded"),
        _column("failed_landings", INTEGER, "Landings that failed"),
        _column("fastest_turnaround", DURATION, "Shortest turnaround, as LL2 has it"),
        _RETRIEVED_AT,
    ),
)
TABLES = (SPACECRAFT, FLIGHTS, CONFIGURATIONS)

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
_FAMILY = "spacecraft_config.family[]"
IGNORED: tuple[str, ...] = (
    "flights[].spacecraft",
    *(f"flights[].launch.{name}" for name in _LAUNCH_DETAILS),
    *(f"flights[].landing.landing_location.{name}" for name in _LOCATION_DETAILS),
    "flights[].landing.type.description",
    *(f"spacecraft_config.agency.{name}" for name in AGENCY_DETAILS),
    *(f"{_FAMILY}.manufacturer.{name}" for name in AGENCY_DETAILS),
    *(f"{_FAMILY}.{name}" for name in FAMILY_DETAILS),
    *(f"{_FAMILY}.parent.{name}" for name in PARENT_DETAILS),
)
KNOWN: dict[RecordKind, frozenset[str]] = {
    CRAFT: frozenset(
        (*IGNORED, "flights", *(f"{CONFIGURATION}.{name}" for name in DETAILED_CONFIG))
    )
}


def data_dictionary() -> pl.DataFrame:
    """Every column of every table: what it means, its type and where LL2 keeps it.

    One row per column: `table`, `column`, `path` (in LL2's spacecraft record; null for a column
    that we derive), `dtype`, `unit` (null for what is typed or has none), `nullable` and
    `meaning`. It is made from the declarations that build the frames.

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
                "unit": column.unit,
                # Empty text becomes null, so no text but a family's fallback is sure to be there.
                "nullable": column.nullable or column.dtype == TEXT,
                "meaning": column.meaning,
            }
            for table in TABLES
            for column in table.columns
        ],
        schema={
            **dict.fromkeys(("table", "column", "path", "dtype", "unit"), pl.String),
            "nullable": pl.Boolean,
            "meaning": pl.String,
        },
    )
