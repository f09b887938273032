"""The database of catalogues: one table for all servers, each catalogue under its number."""

import json
import marshal
import re
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import connection, models
from django.utils.dateparse import parse_duration

from tests.ll2_server.framework import database


class Row(models.Model):
    """One record as LL2 sends it in detailed mode, and its catalogue."""

    catalogue = models.IntegerField(db_index=True)
    record = models.TextField()

    class Meta:
        """Name the application, which Django can't find out."""

        abstract = True
        app_label = "ll2_server"


class Spacecraft(Row):
    """A spacecraft, and the columns that LL2 filters and orders by."""

    spacecraft_id = models.BigIntegerField()
    name = models.TextField(null=True)
    in_space = models.BooleanField(null=True)
    is_placeholder = models.BooleanField(null=True)
    status = models.BigIntegerField(null=True)
    spacecraft_config = models.BigIntegerField(null=True)
    config_name = models.TextField(null=True)
    flights_count = models.BigIntegerField(null=True)
    mission_ends_count = models.BigIntegerField(null=True)
    time_in_space = models.DurationField(null=True)
    time_docked = models.DurationField(null=True)

    @staticmethod
    def columns(record: dict) -> dict[str, Any]:
        """Return the values of the columns."""
        numbers = ("in_space", "is_placeholder", "flights_count", "mission_ends_count")
        durations = ("time_in_space", "time_docked")
        status, config = record.get("status") or {}, record.get("spacecraft_config") or {}
        return {
            "spacecraft_id": record["id"],
            "name": record.get("name"),
            "status": status.get("id"),
            "spacecraft_config": config.get("id"),
            "config_name": config.get("name"),
            **{name: record.get(name) for name in numbers},
            **{name: parse_duration(record[name]) for name in durations if record.get(name)},
        }


class DockingEvent(Row):
    """A docking event, and the columns that LL2 orders by."""

    docking = models.DateTimeField(null=True)
    departure = models.DateTimeField(null=True)

    @staticmethod
    def columns(record: dict) -> dict[str, Any]:
        """Return the values of the columns."""
        texts = {name: record.get(name) for name in ("docking", "departure")}
        return {name: text and datetime.fromisoformat(text) for name, text in texts.items()}


_stored: dict[bytes, int] = {}


def store(model: type[Row], records: list[dict]) -> int:
    """Return the number of the catalogue of these records, which never changes.

    Servers with the same records share their rows, for it takes longer to write than to read them.
    """
    # Version 0 writes equal values alike; JSON would take most of the time of a small test.
    content = sha256(marshal.dumps([model.__name__, records], 0)).digest()
    with database():
        if content not in _stored:
            number = len(_stored)
            model.objects.bulk_create(
                model(
                    catalogue=number,
                    record=json.dumps(record, separators=(",", ":")),
                    **model.columns(record),
                )
                for record in records
            )
            _stored[content] = number
        return _stored[content]


@lru_cache(maxsize=10_000)
def _upper(text: str) -> str:
    """Return `text` in capitals letter by letter, as PostgreSQL does (ß, which has none, stays)."""
    return "".join(capital if len(capital := letter.upper()) == 1 else letter for letter in text)


def _like(pattern: str, value: str | None, _escape: str) -> bool | None:
    """Return whether `value` holds the words of an icontains pattern, in any alphabet."""
    if value is None:
        return None
    return _upper(re.sub(r"\\(.)", r"\1", pattern[1:-1], flags=re.DOTALL)) in _upper(value)


with connection.schema_editor() as editor:
    for model in (Spacecraft, DockingEvent):
        editor.create_model(model)
# SQLite's own LIKE knows capitals in ASCII only; PostgreSQL's finds "МИР" for "мир".
connection.connection.create_function("like", 3, _like, deterministic=True)
