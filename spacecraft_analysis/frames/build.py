"""The tables of a snapshot, each made from its records at the first request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import polars as pl

from spacecraft_analysis.frames.flatten import RECORD, Reader, of_craft, with_families
from spacecraft_analysis.frames.pages import Records
from spacecraft_analysis.frames.schema import CRAFT, EVENTS, INTEGER
from spacecraft_analysis.frames.tables import (
    CONFIGURATIONS,
    CRAFT_COLUMNS,
    FLIGHTS,
    SPACECRAFT,
    TIME_DOCKED,
)
from spacecraft_analysis.frames.validation import (
    NOT_DECLARED,
    Notice,
    Validation,
    missing_in_all,
)


class Tables:
    """The tables of a snapshot's records.

    Each is a `SchemaError` where a field that it declares is as declared in no record.

    Args:
        craft: Spacecraft records, in either mode.
        sent: When each of them was sent.
        events: Docking events, if there are any.
        events_sent: When each of them was sent.
    """

    def __init__(
        self,
        craft: Records,
        sent: pl.Series,
        events: Records | None = None,
        events_sent: pl.Series | None = None,
    ) -> None:
        self._records = craft
        self._craft, self._events = Reader(craft, CRAFT, sent), None
        if events is not None and events_sent is not None:
            self._events = Reader(events, EVENTS, events_sent)
        self._reported: set[str] = set()

    @cached_property
    def spacecraft(self) -> pl.DataFrame:
        """One row per record, in the order of the records."""
        rows = self._craft.records(SPACECRAFT)
        distinct, each = self._craft.configurations(SPACECRAFT)
        self._craft.validation.refuse_changed(SPACECRAFT)
        configurations = with_families(distinct, "config_name")[each["row"]]
        return rows.hstack(configurations)[[*SPACECRAFT.schema]]

    @cached_property
    def flights(self) -> pl.DataFrame:
        """One row per flight, by spacecraft as in the records, then by launch."""
        craft = of_craft((*CRAFT_COLUMNS, TIME_DOCKED), self.spacecraft)
        own = self._craft.flights()
        self._craft.validation.refuse_changed(FLIGHTS)
        rows = own.hstack(craft[own[RECORD]])
        rows = rows.sort(RECORD, "launch_net", "flight_id", nulls_last=True)
        is_planned = (pl.col("launch_net") > pl.col("retrieved_at")).fill_null(False)
        number = pl.int_range(1, pl.len() + 1, dtype=INTEGER).over(RECORD)
        last_begun = pl.col("flight_id").filter(~pl.col("is_planned")).last().over(RECORD)
        is_latest = (pl.col("flight_id") == last_begun).fill_null(False)
        is_open = pl.col("is_latest") & pl.col("in_space") & pl.col("mission_end").is_null()
        return (
            rows.with_columns(
                is_planned=is_planned,
                flight_number=pl.when(pl.col("launch_net").is_not_null()).then(number),
            )
            .with_columns(is_latest=is_latest)
            .with_columns(is_open=is_open.fill_null(False))
            .select(*FLIGHTS.schema)
        )

    @cached_property
    def configuration_versions(self) -> pl.DataFrame:
        """Each record's copy of its configuration, by `config_id`, then `spacecraft_id`.

        Copies of one text have the same `row`.
        """
        _ = self.spacecraft
        distinct, each = self._craft.configurations(CONFIGURATIONS)
        self._craft.validation.refuse_changed(CONFIGURATIONS)
        rows = with_families(distinct, "name")[each["row"]].hstack(each)
        return rows.filter(pl.col("config_id").is_not_null()).sort("config_id", "spacecraft_id")

    @cached_property
    def configurations(self) -> pl.DataFrame:
        """One row per configuration, by id; where copies differ, the lowest spacecraft id wins."""
        copies = self.configuration_versions
        return copies.unique("config_id", keep="first", maintain_order=True)[
            [*CONFIGURATIONS.schema]
        ]

    @cached_property
    def dockings(self) -> pl.DataFrame | None:
        """One row per docking event, by docking, then id."""
        if self._events is None:
            return None
        from spacecraft_analysis.frames.dockings import read_dockings

        flights = self.flights if self._records.are_detailed else FLIGHTS.schema.to_frame()
        return read_dockings(self._events, self.spacecraft, flights)

    def notices(self) -> dict[str, list[Notice]]:
        """Return what is unexpected in the records, by the column of their id."""
        # A page that is not as declared is noticed when the tables are made.
        _ = self.spacecraft, self.dockings
        if self._records.are_detailed:
            _ = self.flights, self.configuration_versions
        missing = self._craft.missing
        self._reported.update(("malformed", *missing))
        found = {each.of.owner.name: each.notices() for each in self._validations()}
        found[CRAFT.owner.name] += missing_in_all(missing)
        return found

    def _validations(self) -> list[Validation]:
        return [reader.validation for reader in (self._craft, self._events) if reader]

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for what became null in the tables made so far, each once."""
        malformed = [
            one
            for validation in self._validations()
            if "malformed" not in self._reported
            for one in validation.malformed
            if one.rule == NOT_DECLARED
        ]
        if malformed:
            self._reported.add("malformed")
            first, count = malformed[0], len(malformed)
            values, were = (f"{count:,} values", "were") if count > 1 else ("1 value", "was")
            yield (
                f"{values} had an unexpected type and {were} set to null; see check(snapshot). "
                f"First: {first.path or 'a record'} (id {first.record_id})"
            )
        missing = [path for path in self._craft.missing if path not in self._reported]
        if missing:
            self._reported.update(missing)
            yield (
                f"missing in all records, so that the columns are null: {', '.join(missing)}; "
                "see check(snapshot)"
            )
