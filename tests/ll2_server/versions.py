"""How other versions of the API send a record of 2.3.0."""

from typing import Any

# What a client may request from 2.4.0 instead of a mode.
PATHS = {"": "normal", "mini/": "list", "detailed/": "detailed"}


def mode_of(version: str, path: str, requested: str | None) -> str:
    """Return the mode of the answer: 2.4.0 goes by the path and ignores `mode`."""
    return PATHS[path] if version == "2.4.0" else requested or "normal"


def in_version(version: str, record: dict) -> dict:
    """Return the record as a version has it; 2.4.0's and 2.3.0's are alike."""
    return _older(record) if version == "2.2.0" else record


def _older(thing: Any) -> Any:
    """Return it without what 2.2.0 lacks: modes, families, images as objects, turnarounds."""
    if isinstance(thing, list):
        return [_older(item) for item in thing]
    if not isinstance(thing, dict):
        return thing
    older = {key: _older(value) for key, value in thing.items() if key not in _NEW}
    if "image" in thing:
        older["image_url"] = thing["image"] and thing["image"].get("image_url")
    return older


_NEW = {"response_mode", "image", "fastest_turnaround", "turn_around_time", "family"}
