"""Ways from the bytes of pages to one flat frame with real durations and the lists of families.

Each takes the pages and gives whatever its library calls a frame; `compared` makes the values that
all must share of it.
"""

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import isodate
import polars as pl

from spacecraft_analysis import Snapshot
from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.tables import CRAFT_COLUMNS
from spacecraft_analysis.launch_library.endpoints import Block
from spacecraft_analysis.launch_library.page import Page

DURATIONS = ("time_in_space", "time_docked", "fastest_turnaround")
# LL2's path of each column that is compared, by the name that we give it.
PLAIN = {
    "spacecraft_id": "id",
    "name": "name",
    "serial_number": "serial_number",
    "in_space": "in_space",
    "flights_count": "flights_count",
    "status_name": "status.name",
    "config_id": "spacecraft_config.id",
    "config_name": "spacecraft_config.name",
    "config_type_name": "spacecraft_config.type.name",
    "config_agency_name": "spacecraft_config.agency.name",
}
_RETRIEVED = datetime(2025, 1, 1, tzinfo=timezone.utc)


def read_pages(file: Path) -> list[bytes]:
    """The pages in a file."""
    return file.read_bytes().splitlines()


def ours(pages: list[bytes]) -> pl.DataFrame:
    """`Snapshot.spacecraft`: guards, derived columns and provenance included."""
    return _snapshot(pages).spacecraft


def ours_with_flights(pages: list[bytes]) -> list[pl.DataFrame]:
    """`Snapshot.spacecraft` and `.flights`."""
    data = _snapshot(pages)
    return [data.spacecraft, data.flights]


def _snapshot(pages: list[bytes]) -> Snapshot:
    counts = [len(Page.read(Block(0, 1), page, _RETRIEVED, _RETRIEVED).ids) for page in pages]
    records = Records(tuple(pages), sum(counts))
    return Snapshot(records, url="", query={}, retrieved_at=_RETRIEVED)


def pandas_with_flights(pages: list[bytes]) -> list[Any]:
    """Both tables by `pandas.json_normalize`, as its documentation does it: a path and metadata."""
    import pandas as pd

    records = [record for page in pages for record in json.loads(page)["results"]]
    craft = pd.json_normalize(records)
    repeated = dict.fromkeys(column.path.split("[]")[0] for column in CRAFT_COLUMNS if column.path)
    flights = pd.json_normalize(
        records,
        record_path="flights",
        record_prefix="flight.",
        meta=[["time_docked"], *(path.split(".") for path in repeated)],
        errors="ignore",
    )
    for name in DURATIONS:
        craft[name] = pd.to_timedelta(craft[name])
    for name in ("flight.duration", "flight.turn_around_time", "time_docked"):
        flights[name] = pd.to_timedelta(flights[name])
    for name in ("mission_end", "launch.net", "launch.window_start", "launch.window_end"):
        flights[f"flight.{name}"] = pd.to_datetime(flights[f"flight.{name}"])
    for frame in (craft, flights):
        frame["family_names"] = frame["spacecraft_config.family"].map(_names)
    for name in ("flight.launch.rocket.configuration.families", "flight.launch.program"):
        flights[f"{name}.name"] = flights[name].map(_names)
    return [craft, flights]


def differing_flights(pages: list[bytes]) -> list[str]:
    """The columns of flights in which both ways give other values."""
    ours, theirs = ours_with_flights(pages)[1].sort("flight_id"), pandas_with_flights(pages)[1]
    compared = {
        **{"launch_id": "flight.launch.id", "launch_pad_latitude": "flight.launch.pad.latitude"},
        **{"launch_rocket_full_name": "flight.launch.rocket.configuration.full_name"},
        **{"launch_mission_orbit_name": "flight.launch.mission.orbit.name"},
        **{"launch_program_names": "flight.launch.program.name", "landing_id": "flight.landing.id"},
        **{"spacecraft_name": "name", "duration": "flight.duration"},
    }
    theirs = pl.from_pandas(theirs.sort_values("flight.id")[[*compared.values()]])
    return [
        name for name, path in compared.items() if ours[name].to_list() != theirs[path].to_list()
    ]


def pandas_normalize(pages: list[bytes]) -> Any:
    """What users write today: `json`, `pandas.json_normalize`, `to_timedelta`."""
    import pandas as pd

    records = [record for page in pages for record in json.loads(page)["results"]]
    frame = pd.json_normalize(records, sep="_")
    for name in DURATIONS:
        frame[name] = pd.to_timedelta(frame[name])
    families = frame["spacecraft_config_family"]
    frame["family_names"] = families.map(_names)
    return frame


def polars_normalize(pages: list[bytes]) -> pl.DataFrame:
    """`json`, `pl.json_normalize`, and isodate for each value."""
    records = [record for page in pages for record in json.loads(page)["results"]]
    frame = pl.json_normalize(records, separator="_", infer_schema_length=None)
    read = [
        pl.Series(
            name,
            [None if text is None else isodate.parse_duration(text) for text in frame[name]],
            pl.Duration("us"),
        )
        for name in DURATIONS
    ]
    names = pl.element().struct.field("name")
    return frame.with_columns(
        *read, family_names=pl.col("spacecraft_config_family").list.eval(names)
    )


def orjson_loads(pages: list[bytes]) -> list[Any]:
    """A bound: `orjson.loads` of the same bytes, and nothing of a frame."""
    import orjson

    return [orjson.loads(page) for page in pages]


METHODS: dict[str, Callable[[list[bytes]], Any]] = {
    "ours": ours,
    "pandas.json_normalize + to_timedelta": pandas_normalize,
    "pl.json_normalize + isodate": polars_normalize,
    "orjson.loads alone (bound)": orjson_loads,
}
BOTH_TABLES: dict[str, Callable[[list[bytes]], Any]] = {
    "ours with flights": ours_with_flights,
    "pandas.json_normalize with flights": pandas_with_flights,
}


def compared(frame: Any) -> pl.DataFrame:
    """The columns that all methods must agree on, in one form; empty lists count as null."""
    flat = {path.replace(".", "_"): name for name, path in PLAIN.items()}
    if not isinstance(frame, pl.DataFrame):
        frame = pl.from_pandas(frame[[*flat, *DURATIONS, "family_names"]])
    lengths = [
        pl.col(name).dt.total_seconds() if frame.schema[name] == pl.Duration else pl.col(name)
        for name in DURATIONS
    ]
    listed = pl.col("family_names")
    return (
        frame.rename({path: name for path, name in flat.items() if path in frame.columns})
        .select(*PLAIN, *lengths, family_names=pl.when(listed.list.len() > 0).then(listed))
        .sort("spacecraft_id")
    )


def _names(families: list[dict[str, Any]] | None) -> list[str] | None:
    return [family["name"] for family in families] if isinstance(families, list) else None
