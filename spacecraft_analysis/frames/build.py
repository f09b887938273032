"""The tables of a snapshot, each made from its records at the first request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import polars as pl

from spacecraft_analysis.frames.flatten import RECORD, Reader, columns_of_craft
from spacecraft_analysis.frames.pages import Retrieved
from spacecraft_analysis.frames.schema import RETRIEVED_AT
from spacecraft_analysis.frames.tables import (
    CHASER_COLUMNS,
    CONFIGURATIONS,
    CRAFT_COLUMNS,
    DOCKINGS,
    FLIGHTS,
    SPACECRAFT,
    TIME_DOCKED,
)
from spacecraft_analysis.frames.validation import NOT_DECLARED, Notice

_TARGETS = {
    # The kind, and the columns with its id and its name.
    "station": ("space_station_target_id", "space_station_target_name"),
    "craft": ("flight_vehicle_target_spacecraft_id", "flight_vehicle_target_spacecraft_name"),
    "payload": ("payload_flight_target_id", "payload_flight_target_payload_name"),
}


class Tables:
    """The tables of a snapshot; a SchemaError where LL2 has changed a field that one declares."""

    def __init__(self, craft: Retrieved, events: Retrieved | None) -> None:
        self._records = craft.records
        self._craft = Reader(craft)
        self._events = Reader(events) if events else None
        readers = (self._craft, self._events)
        self._validations = [reader.validation for reader in readers if reader]
        self._reported: set[str] = set()

    @cached_property
    def spacecraft(self) -> pl.DataFrame:
        """One row per record, in the order of the records."""
        return self._craft.records(SPACECRAFT)[[*SPACECRAFT.schema]]

    @cached_property
    def flights(self) -> pl.DataFrame:
        """One row per flight, by spacecraft as in the records, then by launch."""
        craft = columns_of_craft((*CRAFT_COLUMNS, TIME_DOCKED, RETRIEVED_AT), self.spacecraft)
        own = self._craft.flights()
        return _with_states(own.hstack(craft[own[RECORD]]))[[*FLIGHTS.schema]]

    @cached_property
    def configuration_versions(self) -> pl.DataFrame:
        """Each record's copy of its configuration, by `config_id`, then `spacecraft_id`.

        Copies of one text have the same `text_number`.
        """
        owners = self.spacecraft[["spacecraft_id", "retrieved_at"]]
        rows = self._craft.configurations().hstack(owners)
        return rows.filter(pl.col("config_id").is_not_null()).sort("config_id", "spacecraft_id")

    @cached_property
    def configurations(self) -> pl.DataFrame:
        """One row per configuration, by id; where copies differ, the lowest spacecraft id wins."""
        first = self.configuration_versions.unique("config_id", keep="first", maintain_order=True)
        return first[[*CONFIGURATIONS.schema]]

    @cached_property
    def dockings(self) -> pl.DataFrame | None:
        """One row per docking event, by docking, then id."""
        if self._events is None:
            return None
        flights = self.flights if self._records.are_detailed else FLIGHTS.schema.to_frame()
        events = self._events.records(DOCKINGS)
        # What a flight's own record says counts more than what the event repeats of it,
        times = flights.unique("flight_id", keep="first", maintain_order=True).select(
            "flight_id", "launch_net", "mission_end", _owner="spacecraft_id"
        )
        rows = events.join(times, on="flight_id", how="left", maintain_order="left").with_columns(
            spacecraft_id=pl.coalesce("_owner", "spacecraft_id")
        )
        # and so does a craft's own record, where there is one.
        own = columns_of_craft(CHASER_COLUMNS, self.spacecraft)
        ordered = rows.update(own, on="spacecraft_id", include_nulls=True).sort(
            "docking", "docking_id", nulls_last=True
        )
        return ordered.with_columns(*_target(), *_spans(flights)).select(*DOCKINGS.schema)

    def notices(self) -> dict[str, list[Notice]]:
        """Return what is unexpected in the records, by the column of their id."""
        # A page that is not as declared is noticed when the tables are made.
        _ = self.spacecraft, self.dockings
        if self._records.are_detailed:
            _ = self.flights, self.configuration_versions
        self._reported.update(("malformed", *self._craft.validation.missing))
        return {each.kind.id_column: each.notices() for each in self._validations}

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for what became null in the tables made so far, each once."""
        notices = [notice for each in self._validations for notice in each.malformed]
        malformed = [notice for notice in notices if notice.rule == NOT_DECLARED]
        if malformed and "malformed" not in self._reported:
            self._reported.add("malformed")
            first, count = malformed[0], len(malformed)
            values = f"{count:,} values had an unexpected type and were"
            if count == 1:
                values = "1 value had an unexpected type and was"
            yield (
                f"{values} set to null; see check(snapshot). "
                f"First: {first.path or 'a record'} (id {first.record_id})"
            )
        missing = [path for path in self._craft.validation.missing if path not in self._reported]
        if missing:
            self._reported.update(missing)
            yield (
                f"missing in all records, so that the columns are null: {', '.join(missing)}; "
                "see check(snapshot)"
            )


def _with_states(flights: pl.DataFrame) -> pl.DataFrame:
    """Return the flights by craft, then launch, with what each one is among those of its craft."""
    launch, nth = pl.col("launch_net"), pl.col("nth")
    is_planned = (launch > pl.col("retrieved_at")).fill_null(False)
    is_open = pl.col("is_latest") & pl.col("in_space") & pl.col("mission_end").is_null()
    return (
        # Of one id twice the first comes first, whatever the number of threads.
        flights.sort(
            RECORD, "launch_net", "flight_id", nulls_last=[False, True, False], maintain_order=True
        )
        .with_columns(is_planned=is_planned, nth=pl.int_range(1, pl.len() + 1).over(RECORD))
        .with_columns(
            flight_number=pl.when(launch.is_not_null()).then("nth"),
            is_latest=(nth == nth.filter(~is_planned).max().over(RECORD)).fill_null(False),
        )
        .with_columns(is_open=is_open.fill_null(False))
    )


def _target() -> list[pl.Expr]:
    """Return what was docked to, whichever of the three it is."""
    kind = pl.coalesce(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(kind))
        for kind, (name, _) in _TARGETS.items()
    )
    ids, names = zip(*_TARGETS.values(), strict=True)
    return [
        kind.alias("target_kind"),
        pl.coalesce(ids).alias("target_id"),
        pl.coalesce(names).alias("target_name"),
    ]


def _spans(flights: pl.DataFrame) -> list[pl.Expr]:
    """Return whether an event goes on, and how long the craft was docked, up to now if so."""
    now, docking, departure = pl.col("retrieved_at"), pl.col("docking"), pl.col("departure")
    begun = docking <= now
    goes_on = departure.is_null() | (departure > now)
    # For a craft without flights in the snapshot its last docking decides instead.
    last = pl.col("flight_id").filter(begun).last().over("spacecraft_id")
    is_known = pl.col("spacecraft_id").is_in(flights["spacecraft_id"].implode())
    # With an end to come a flight is not open, since its length is known, but it may be docked.
    has_not_ended = (pl.col("mission_end") > now).fill_null(True)
    open_flights = flights.filter("is_latest", has_not_ended)["flight_id"]
    open_now = pl.col("flight_id").is_in(open_flights.implode())
    on_flight = pl.when(is_known).then(open_now).otherwise(pl.col("flight_id") == last)
    is_open = (pl.col("in_space") & on_flight & begun & goes_on).fill_null(False)
    docked = pl.when(begun).then(pl.when(is_open).then(now).otherwise(departure) - docking)
    return [is_open.alias("is_open"), docked.alias("docked")]
