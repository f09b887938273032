"""The database of catalogues: one table for all servers, each catalogue under its number."""

import itertools
import json
import marshal
import random
import re
import sqlite3
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import connection, models
from django.db.backends.signals import connection_created

from tests.ll2_server.modes import seconds_of


class Row(models.Model):
    """One record as LL2 sends it in detailed mode, and where it lies in which catalogue."""

    catalogue = models.IntegerField(db_index=True)
    place = models.IntegerField()
    record = models.TextField()

    class Meta:
        """Name the application, which Django can't find out."""

        abstract = True
        app_label = "ll2_server"


class Spacecraft(Row):
    """A spacecraft, and the columns that LL2 filters and orders by."""

    spacecraft_id = models.BigIntegerField(null=True)
    name = models.TextField(null=True)
    in_space = models.BooleanField(null=True)
    is_placeholder = models.BooleanField(null=True)
    status_id = models.BigIntegerField(null=True)
    config_id = models.BigIntegerField(null=True)
    config_name = models.TextField(null=True)
    flights_count = models.BigIntegerField(null=True)
    mission_ends_count = models.BigIntegerField(null=True)
    # Seconds: Django stores a duration as 64-bit microseconds, too few for the longest timedelta.
    time_in_space = models.FloatField(null=True)
    time_docked = models.FloatField(null=True)


class DockingEvent(Row):
    """A docking event, and the columns that LL2 orders by."""

    docking = models.DateTimeField(null=True)
    departure = models.DateTimeField(null=True)


_stored: dict[bytes, int] = {}
_numbers = itertools.count(1)


def store(model: type[Row], records: list[dict]) -> int:
    """Return the number of the catalogue of these records, which never changes.

    Like rows on a disk they lie in no useful order: `place` says where. Servers with the same
    records in the same places share their rows, for it takes longer to write than to read them.
    """
    places = random.Random(0).sample(range(len(records)), len(records))
    # Version 0 writes equal values alike; JSON would take most of the time of a small test.
    content = sha256(marshal.dumps([model.__name__, places, records], 0)).digest()
    if content not in _stored:
        number = next(_numbers)
        rows = [
            model(
                catalogue=number,
                place=place,
                record=json.dumps(record, separators=(",", ":")),
                **_COLUMNS[model](record),
            )
            for place, record in zip(places, records, strict=True)
        ]
        try:
            model.objects.bulk_create(rows)
        finally:
            connection.close()
        _stored[content] = number
    return _stored[content]


def _spacecraft(record: dict) -> dict[str, Any]:
    columns = {name: record.get(name) for name in ("name", "in_space", "is_placeholder")}
    columns |= {name: record.get(name) for name in ("flights_count", "mission_ends_count")}
    columns |= {name: seconds_of(record.get(name)) for name in ("time_in_space", "time_docked")}
    status, config = record.get("status") or {}, record.get("spacecraft_config") or {}
    return columns | {
        "spacecraft_id": record["id"],
        "status_id": status.get("id"),
        "config_id": config.get("id"),
        "config_name": config.get("name"),
    }


def _docking_event(event: dict) -> dict[str, Any]:
    texts = {name: event.get(name) for name in ("docking", "departure")}
    return {name: text and datetime.fromisoformat(text) for name, text in texts.items()}


_COLUMNS = {Spacecraft: _spacecraft, DockingEvent: _docking_event}


@lru_cache(maxsize=10_000)
def _upper(text: str) -> str:
    """Return `text` in capitals letter by letter, as PostgreSQL does (ß, which has none, stays)."""
    return "".join(capital if len(capital := letter.upper()) == 1 else letter for letter in text)


def _like(pattern: str, value: str | None, _escape: str) -> bool | None:
    """Return whether `value` holds the words of an icontains pattern, in any alphabet."""
    if value is None:
        return None
    return _upper(re.sub(r"\\(.)", r"\1", pattern[1:-1], flags=re.DOTALL)) in _upper(value)


def _teach_like(connection: Any, **_: Any) -> None:
    # SQLite's own LIKE knows capitals in ASCII only; PostgreSQL's finds "МИР" for "мир".
    database: sqlite3.Connection = connection.connection
    database.create_function("like", 3, _like, deterministic=True)


connection_created.connect(_teach_like)
with connection.schema_editor() as editor:
    for model in _COLUMNS:
        editor.create_model(model)
connection.close()
