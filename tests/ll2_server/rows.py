"""The database of catalogues: one table for all servers, each catalogue under its number."""

import itertools
import json
import marshal
import random
import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import connection, models
from django.db.backends.signals import connection_created

from tests.ll2_server.modes import seconds_of


class Spacecraft(models.Model):
    """One record as LL2 sends it, and beside it the columns that LL2 filters and orders by."""

    catalogue = models.IntegerField(db_index=True)
    place = models.IntegerField()
    record = models.TextField()
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

    class Meta:
        """Name the application, which Django can't find out."""

        app_label = "ll2_server"


class DockingEvent(models.Model):
    """One event as LL2 sends it in detailed mode, and the columns that LL2 orders by."""

    catalogue = models.IntegerField(db_index=True)
    place = models.IntegerField()
    record = models.TextField()
    docking = models.DateTimeField(null=True)
    departure = models.DateTimeField(null=True)

    class Meta:
        """Name the application, which Django can't find out."""

        app_label = "ll2_server"


_stored: dict[bytes, int] = {}
_numbers = itertools.count(1)


def store(model: type[models.Model], records: list[dict]) -> int:
    """Return the number of the catalogue of these records, which never changes.

    Like rows on a disk they lie in no useful order: `place` says where. Servers with the same
    records in the same places share their rows, for it takes longer to write than to read them.
    """
    places = random.Random(0).sample(range(len(records)), len(records))
    # Version 0 writes equal values alike; JSON would take most of the time of a small test.
    content = sha256(marshal.dumps([model.__name__, places, records], 0)).digest()
    if content not in _stored:
        number = next(_numbers)
        _write(model, number, zip(places, records, strict=True))
        _stored[content] = number
    return _stored[content]


def _write(model: type[models.Model], catalogue: int, lines: Iterable[tuple[int, dict]]) -> None:
    rows = [
        model(
            catalogue=catalogue,
            place=place,
            record=json.dumps(record, separators=(",", ":")),
            **_COLUMNS[model](record),
        )
        for place, record in lines
    ]
    try:
        model.objects.bulk_create(rows)
    finally:
        connection.close()


def _spacecraft(record: dict) -> dict[str, Any]:
    config = _object(record.get("spacecraft_config"))
    return {
        "spacecraft_id": _whole(record.get("id")),
        "name": _text(record.get("name")),
        "in_space": _boolean(record.get("in_space")),
        "is_placeholder": _boolean(record.get("is_placeholder")),
        "status_id": _whole(_object(record.get("status")).get("id")),
        "config_id": _whole(config.get("id")),
        "config_name": _text(config.get("name")),
        "flights_count": _whole(record.get("flights_count")),
        "mission_ends_count": _whole(record.get("mission_ends_count")),
        "time_in_space": seconds_of(record.get("time_in_space")),
        "time_docked": seconds_of(record.get("time_docked")),
    }


def _docking_event(event: dict) -> dict[str, Any]:
    return {
        "docking": _instant(event.get("docking")),
        "departure": _instant(event.get("departure")),
    }


_COLUMNS = {Spacecraft: _spacecraft, DockingEvent: _docking_event}


# A record may have any shape: tests also serve records that LL2 would never send.


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if fits else None


def _instant(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


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
