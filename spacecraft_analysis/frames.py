"""Records into frames, each by its table's declaration, families derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

import polars as pl

from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.flatten import INSTANT, Reading, Row, Table, read
from spacecraft_analysis.query import Record
from spacecraft_analysis.tables import (
    CONFIGURATIONS,
    CRAFT_COLUMNS,
    CRAFT_NAMES,
    DERIVED_FAMILY,
    FLIGHTS,
    KNOWN,
    SPACECRAFT,
)


def read_spacecraft(records: Sequence[Record], retrieved_at: Sequence[datetime]) -> Reading:
    """The spacecraft table: one row per record, in the order of the records.

    Args:
        records: As LL2 sent them, in either mode.
        retrieved_at: When each record was sent.

    Raises:
        SchemaError: A declared field is missing or has another JSON kind.
    """
    reading = read(SPACECRAFT, [Row(record, _id(record)) for record in records], KNOWN)
    reading.frame = _finish(SPACECRAFT, _with_families(reading.frame, "config_name"), retrieved_at)
    return reading


def read_flights(
    records: Sequence[Record], retrieved_at: Sequence[datetime], spacecraft: pl.DataFrame
) -> Reading:
    """The flights table: one row per flight, by spacecraft as in the records, then by launch.

    Args:
        records: As LL2 sent them in detailed mode.
        retrieved_at: When each record was sent.
        spacecraft: The spacecraft table of the same records.

    Raises:
        SchemaError: The records have no flights (normal mode), or a declared field is missing or
            has another JSON kind.
    """
    _require_detailed(records, "flights")
    rows: list[Row] = []
    owners: list[int] = []
    for at, record in enumerate(records):
        for flight in _flights(record):
            rows.append(Row(flight, record["id"], _flight_id(flight)))
            owners.append(at)
    reading = read(FLIGHTS, rows, KNOWN)
    craft = spacecraft.rename(CRAFT_NAMES).select(column.name for column in CRAFT_COLUMNS)
    frame = pl.concat([reading.frame, craft[owners]], how="horizontal")
    frame = _finish(FLIGHTS, frame, [retrieved_at[at] for at in owners])
    order = frame.select(craft=pl.Series(owners, dtype=pl.Int64), at="launch_net", id="flight_id")
    reading.frame = frame[order.select(pl.arg_sort_by("craft", "at", "id", nulls_last=True))[:, 0]]
    return reading


def read_configurations(
    records: Sequence[Record], retrieved_at: Sequence[datetime]
) -> tuple[Reading, pl.DataFrame]:
    """The configurations table, one row per configuration by id, and every telling of them.

    The second frame has one row per record, with its `spacecraft_id`: LL2 repeats a configuration
    in each of its spacecraft. Where the tellings differ, the lowest spacecraft id wins.

    Raises:
        SchemaError: The records lack the detailed fields (normal mode), or a declared field is
            missing or has another JSON kind.
    """
    _require_detailed(records, "configurations")
    rows = [Row(_config(record), _id(record)) for record in records]
    reading = read(CONFIGURATIONS, rows, KNOWN)
    told = _finish(CONFIGURATIONS, _with_families(reading.frame, "name"), retrieved_at)
    ids = pl.Series("spacecraft_id", [row.spacecraft_id for row in rows], pl.Int64)
    told = told.with_columns(ids).sort("config_id", "spacecraft_id")
    reading.frame = told.unique("config_id", keep="first", maintain_order=True).drop(ids.name)
    return reading, told


def is_detailed(records: Sequence[Record]) -> bool:
    """Whether the records carry flights; `response_mode` is no guide, it can lie."""
    return not records or any("flights" in record for record in records)


def refuse_normal(table: str) -> NoReturn:
    """Never returns: says how to get a table that normal mode does not have."""
    raise SchemaError(
        f"these records have no {table}: they were fetched in normal mode. "
        "Fetch them with mode='detailed', which costs no more requests"
    )


def _require_detailed(records: Sequence[Record], table: str) -> None:
    if not is_detailed(records):
        refuse_normal(table)


def _id(record: Any) -> int:
    spacecraft_id = record.get("id") if isinstance(record, dict) else None
    if not isinstance(spacecraft_id, int) or isinstance(spacecraft_id, bool):
        raise SchemaError(
            f"a record has no whole number as id, LL2 sent {str(record)[:60]!r}; "
            "look at it in .records"
        )
    return spacecraft_id


def _flights(record: Record) -> list[Any]:
    if "flights" not in record:
        raise SchemaError(
            f"spacecraft {_id(record)}: flights is missing, though other records have it; "
            "fetch again with refresh=True"
        )
    flights = record["flights"]
    if not isinstance(flights, list):
        raise SchemaError(
            f"spacecraft {_id(record)}: flights should be a list, LL2 sent {str(flights)[:60]!r}"
        )
    return flights


def _flight_id(flight: Any) -> int | None:
    return flight.get("id") if isinstance(flight, dict) else None


def _config(record: Record) -> Any:
    if "spacecraft_config" not in record:
        raise SchemaError(f"spacecraft {_id(record)}: spacecraft_config is missing")
    return record["spacecraft_config"]


def _finish(table: Table, frame: pl.DataFrame, retrieved_at: Sequence[datetime]) -> pl.DataFrame:
    """The frame in the declared columns, types and order."""
    dated = frame.with_columns(pl.Series("retrieved_at", retrieved_at, INSTANT))
    return dated.select(table.schema.names()).match_to_schema(table.schema)


def _with_families(frame: pl.DataFrame, config_name: str) -> pl.DataFrame:
    listed = ("family_ids", "family_names", "family_parent_ids", "family_parent_names")
    derived = [
        _family_of(ids or [], names or [], parent_ids or [], parent_names or [], fallback)
        for ids, names, parent_ids, parent_names, fallback in frame.select(
            *listed, config_name
        ).iter_rows()
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
