"""What a stored record becomes in a response: its mode, its format, its version."""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rest_framework.renderers import JSONRenderer

_RECORD = (
    *("response_mode", "id", "url", "name", "serial_number", "is_placeholder", "image"),
    *("in_space", "time_in_space", "time_docked", "flights_count", "mission_ends_count"),
    *("status", "description", "spacecraft_config", "fastest_turnaround"),
)
_CONFIG = ("response_mode", "id", "url", "name", "type", "agency", "family", "in_use", "image")
_FAMILY = ("response_mode", "id", "name", "description", "manufacturer", "parent", "maiden_flight")
_PARENT = ("response_mode", "id", "name")
_AGENCY = ("response_mode", "id", "url", "name", "abbrev", "type")

_STATION = ("id", "url", "name", "image")
_LAUNCH = ("id", "url", "name")
_PAYLOAD = ("response_mode", "id", "name", "type", "manufacturer", "operator", "image")
# What is inside a configuration: its fields, and the mode that it names.
_INSIDE = {
    "agency": (_AGENCY, "list"),
    "family": (_FAMILY, "normal"),
    "manufacturer": (_AGENCY, "list"),
    "parent": (_PARENT, "list"),
}

_API_URL = re.compile(r'("url":"https?://[^"?/]*/[0-9.]+/[^"?]*)(?:\?[^"]*)?"')


@lru_cache(maxsize=5_000)
def as_sent(
    text: str, format: str | None, mode: str | None, shortened: Callable[[dict], dict]
) -> bytes:
    """Return the stored record as it is sent, with the request's `format` on its `url` fields."""
    query = f"?format={format}" if format else ""
    record = json.loads(_API_URL.sub(rf'\g<1>{query}"', text))
    return JSONRenderer().render(record if mode == "detailed" else shortened(record))


def normal(record: dict) -> dict:
    """Return the `normal` record that belongs to a detailed one."""
    short = _only(record, _RECORD, mode="normal")
    if isinstance(config := short.get("spacecraft_config"), dict):
        short["spacecraft_config"] = _normal(config, _CONFIG, "normal")
    return short


def _normal(thing: Any, keys: tuple[str, ...], mode: str) -> Any:
    """Return these fields of an object, of each in a list, and of what is inside; others stay."""
    if isinstance(thing, list):
        return [_normal(one, keys, mode) for one in thing]
    if not isinstance(thing, dict):
        return thing
    short = _only(thing, keys, mode=mode)
    inside = {key: _normal(short[key], *_INSIDE[key]) for key in short if key in _INSIDE}
    return short | inside


def normal_event(event: dict) -> dict:
    """Return the `normal` docking event that belongs to a detailed one.

    Detailed mode has more about the chaser: the full launch of a flight, say, with its time.
    """
    short = event | {"response_mode": "normal"} if "response_mode" in event else dict(event)
    if isinstance(station := short.get("space_station_chaser"), dict):
        short["space_station_chaser"] = _only(station, _STATION, mode="list")
    for chaser in ("flight_vehicle_chaser", "payload_flight_chaser"):
        if isinstance(flight := short.get(chaser), dict):
            short[chaser] = brief_flight(flight)
    return short


def brief_flight(flight: dict) -> dict:
    """Return what an event has of a flight in normal mode, and of its target in either."""
    short = dict(flight)
    if "payload" not in short:  # a payload's flight has a mode in either
        short.pop("response_mode", None)
    if isinstance(launch := short.get("launch"), dict):
        short["launch"] = _only(launch, _LAUNCH, mode="list")
    if isinstance(payload := short.get("payload"), dict):
        short["payload"] = _only(payload, _PAYLOAD, mode="list")
    return short


def _only(thing: dict, keys: tuple[str, ...], *, mode: str) -> dict:
    short = {key: thing[key] for key in keys if key in thing}
    if "response_mode" in short:
        short["response_mode"] = mode
    return short
