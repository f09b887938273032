"""Records into frames, each by its table's declaration, families derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import partial

import polars as pl

from spacecraft_analysis.frames.flatten import RECORD, flatten
from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.schema import CRAFT, DERIVED_FAMILY, INSTANT, Column, Table
from spacecraft_analysis.frames.tables import (
    CONFIGURATIONS,
    CRAFT_COLUMNS,
    CRAFT_NAMES,
    FLIGHTS,
    SPACECRAFT,
)

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=timezone.utc), timedelta(microseconds=1)


def read_spacecraft(records: Records, sent: pl.Series) -> pl.DataFrame:
    """The spacecraft table: one row per record, in the order of the records.

    Args:
        records: As LL2 sent them, in either mode.
        sent: When each record was sent.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind.
    """
    families = partial(with_families, config_name="config_name")
    rows = flatten(SPACECRAFT, records, sent, families)
    return declared(SPACECRAFT, rows)


def read_flights(records: Records, sent: pl.Series, spacecraft: pl.DataFrame) -> pl.DataFrame:
    """The flights table: one row per flight, by spacecraft as in the records, then by launch.

    Args:
        records: As LL2 sent them in detailed mode.
        sent: When each record was sent.
        spacecraft: The spacecraft table of the same records.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind.
    """
    flights = flatten(FLIGHTS, records, sent)
    flights.drop_in_place(CRAFT.owner.name)
    rows = flights.hstack(of_craft(CRAFT_COLUMNS, spacecraft)[flights[RECORD]])
    return declared(FLIGHTS, rows.sort(RECORD, "launch_net", "flight_id", nulls_last=True))


def of_craft(columns: Sequence[Column], spacecraft: pl.DataFrame) -> pl.DataFrame:
    """What other tables repeat of each craft in these columns, as its own table has it."""
    own_names = {repeated: name for name, repeated in CRAFT_NAMES.items()}
    craft = spacecraft[[own_names.get(column.name, column.name) for column in columns]]
    craft.columns = [column.name for column in columns]
    return craft


def read_configurations(records: Records, sent: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The configurations table, one row per configuration by id, and every telling of them.

    The second frame has one row per record, with its `spacecraft_id`: LL2 repeats a configuration
    in each of its spacecraft. Where the tellings differ, the lowest spacecraft id wins.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind.
    """
    families = partial(with_families, config_name="name")
    rows = flatten(CONFIGURATIONS, records, sent, families)
    owner = rows[CRAFT.owner.name]
    told = declared(CONFIGURATIONS, rows).hstack([owner]).sort("config_id", owner.name)
    each = told.unique("config_id", keep="first", maintain_order=True)
    return declared(CONFIGURATIONS, each), told


def instants(times: Sequence[datetime]) -> pl.Series:
    """The instants as a column."""
    # Polars takes numbers faster than instants, of which few differ: whole pages were sent at once.
    numbers = {instant: (instant - _EPOCH) // _MICROSECOND for instant in {*times}}
    return pl.Series([numbers[instant] for instant in times], dtype=pl.Int64).cast(INSTANT)


def declared(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in the declared columns and order."""
    return frame[[column.name for column in table.columns]]


def with_families(frame: pl.DataFrame, config_name: str) -> pl.DataFrame:
    """The frame with the derived families."""
    names = ["family_ids", "family_names", "family_parent_ids", "family_parent_names", config_name]
    derived = [
        _family_of(ids or [], names or [], parent_ids or [], parent_names or [], fallback)
        for ids, names, parent_ids, parent_names, fallback in frame[names].iter_rows()
    ]
    schema = {column.name: column.dtype for column in DERIVED_FAMILY}
    return frame.hstack(pl.DataFrame(derived, schema=schema, orient="row"))


def _family_of(
    ids: list[int | None],
    names: list[str | None],
    parent_ids: list[int | None],
    parent_names: list[str | None],
    config_name: str | None,
) -> tuple[str | None, str | None, bool]:
    """The most specific family, the top of its tree, and whether the configuration stands in."""
    families = {
        family_id: (name, parent_id, parent_name)
        for family_id, name, parent_id, parent_name in zip(
            ids, names, parent_ids, parent_names, strict=True
        )
        if family_id is not None and name is not None
    }
    if not families:
        return config_name, config_name, True
    parents = {parent_id for at, (_, parent_id, _) in families.items() if parent_id != at}
    # A tree that bites its own tail has no leaf; the lowest id then stands for it.
    at = min(families.keys() - parents or families.keys())
    family, parent_id, parent_name = families[at]
    root, seen = family, {at}
    while parent_name is not None and parent_id not in seen:
        root = parent_name
        seen.add(parent_id or 0)
        if parent_id not in families:
            break
        root, parent_id, parent_name = families[parent_id]
    return family, root, False
