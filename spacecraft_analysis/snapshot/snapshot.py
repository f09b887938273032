"""Records with their provenance: in memory, in a file, bundled."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from spacecraft_analysis.errors import DataWarning, SchemaError, SnapshotError
from spacecraft_analysis.frames import (
    Record,
    Records,
    instants,
    read_configurations,
    read_dockings,
    read_flights,
    read_spacecraft,
)
from spacecraft_analysis.frames.pages import json_text
from spacecraft_analysis.frames.schema import CRAFT, EVENTS, RecordKind
from spacecraft_analysis.frames.tables import DOCKINGS
from spacecraft_analysis.query import Query, check_names, flag
from spacecraft_analysis.snapshot import file_format
from spacecraft_analysis.snapshot.display import as_html, as_line, as_text
from spacecraft_analysis.snapshot.file_format import Source
from spacecraft_analysis.snapshot.filters import as_normal, events_of, select

_FETCH_DETAILED = (
    "fetched in normal mode. Fetch them with mode='detailed', which costs no more requests"
)
_FETCH_DOCKINGS = "fetch it again with dockings=True, which costs about six more requests"


class Snapshot:
    """Records as LL2 sent them, where and when they come from, and the frames they become.

    Made by `load`, by `LaunchLibrary.fetch`, or by hand from the records of any page:

    Args:
        records: Spacecraft records, as decoded from LL2's JSON.
        docking_events: Docking events, likewise; without them nothing is known of dockings.
        url: The address that was asked.
        query: What was asked, by the names of `LaunchLibrary.fetch`.
        retrieved_at: When LL2 answered: one instant, or one for each record. Must have an offset.
        docking_events_retrieved_at: The same of the docking events; without it the latest of the
            records'.

    Raises:
        TypeError: The records hold something that JSON has not, or an instant is no datetime.
        ValueError: An instant has no offset or no date in UTC, or there are not as many instants
            as records, or none.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> snapshot = sa.load("sample")
        >>> snapshot.count, snapshot.retrieved_at.isoformat()
        (551, '2025-04-07T23:48:35+00:00')
        >>> snapshot.spacecraft.filter(name="Soyuz TM-4")["time_in_space"].dt.total_days().item()
        178

        Altair takes no durations, and DuckDB and Excel take them for other things; one line makes
        them all numbers of days:

        >>> import polars as pl
        >>> days = pl.selectors.duration().dt.total_days(fractional=True)
        >>> snapshot.flights.with_columns(days)["duration"].dtype
        Float64
    """

    def __init__(
        self,
        records: Iterable[Record] | Records,
        *,
        docking_events: Iterable[Record] | Records | None = None,
        url: str,
        query: Mapping[str, Any],
        retrieved_at: datetime | Sequence[datetime],
        docking_events_retrieved_at: datetime | Sequence[datetime] | None = None,
    ) -> None:
        self._craft = Retrieved(records, retrieved_at)
        self.text = self._craft.records
        """The records as the JSON text of LL2's pages, from which the frames are made."""
        self._events: Retrieved | None = None
        if docking_events is not None:
            at = docking_events_retrieved_at or self._craft.latest
            self._events = Retrieved(docking_events, at, EVENTS)
        self.url = url
        """The address that was asked, without page and token."""
        self._knows_findings = False
        self.query: dict[str, Any] = dict(query)
        """What was asked, by the names of `LaunchLibrary.fetch`."""
        self._parts = [self._craft, self._events] if self._events else [self._craft]
        self.retrieved_at: datetime = max(part.latest for part in self._parts)
        """When the latest of its pages was sent (UTC)."""

    @property
    def records(self) -> list[Record]:
        """The records as LL2 sent them, decoded at the first look.

        The frames are made of the text: a change made here does not reach them.
        """
        return self.text.decoded

    @property
    def count(self) -> int:
        """The number of records."""
        return self.text.count

    def __len__(self) -> int:
        return self.count

    @property
    def has_dockings(self) -> bool:
        """Whether docking events were asked for, so that those there are, are here."""
        return self._events is not None

    @property
    def docking_events(self) -> list[Record] | None:
        """The docking events as LL2 sent them, or None where they were not asked for."""
        return self._events.records.decoded if self._events else None

    @property
    def is_detailed(self) -> bool:
        """Whether it has flights and configurations; without records its question decides."""
        asked_normal = not self.count and self.query.get("mode") == "normal"
        return self.text.are_detailed and not asked_normal

    @property
    def sha256(self) -> str:
        """SHA-256 over the records as compact JSON with sorted keys in UTF-8, in hexadecimal."""
        return self._craft.sha256

    @property
    def docking_events_sha256(self) -> str | None:
        """The same over the docking events, or None where there are none."""
        return self._events.sha256 if self._events else None

    @property
    def spacecraft(self) -> pl.DataFrame:
        """One row per spacecraft, in the order of the records; columns as in `data_dictionary`.

        The same columns and types for any data and in both modes. Null means that LL2 does not
        say; placeholders are kept, with their flag. A field that is not as declared is null too,
        and a finding of `check`; the first table with such a field says so in a `DataWarning`.

        Raises:
            SchemaError: A declared field is missing from all records, or has another JSON kind in
                all of them. The message names the path and what came.
        """
        return self._warned(self._spacecraft)

    @cached_property
    def _spacecraft(self) -> pl.DataFrame:
        return read_spacecraft(self.text, self._craft.sent)

    @property
    def flights(self) -> pl.DataFrame:
        """One row per flight, by spacecraft in the order of the records, then launch.

        Each flight repeats what grouping needs of its craft (family, configuration, status).

        Raises:
            SchemaError: The records were fetched in normal mode, which has no flights; or as in
                `spacecraft`.
        """
        return self._warned(self._flights)

    @cached_property
    def _flights(self) -> pl.DataFrame:
        self._require_detailed("flights")
        return read_flights(self.text, self._craft.sent, self._spacecraft)

    @property
    def configurations(self) -> pl.DataFrame:
        """One row per configuration, by id; units in the columns' names.

        Raises:
            SchemaError: The records were fetched in normal mode; or as in `spacecraft`.
        """
        return self._warned(self._configurations_as_told[0])

    @cached_property
    def _configurations_as_told(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The configurations table, and what each record says of its configuration."""
        self._require_detailed("configurations")
        return read_configurations(self.text, self._craft.sent)

    @property
    def dockings(self) -> pl.DataFrame:
        """One row per docking event, by docking; columns as in `data_dictionary`.

        Of a flight of a craft it has what grouping needs of the craft, and joins `flights` by
        `flight_id`; modules and payloads dock too. A docking later than `retrieved_at` is planned.

        Raises:
            SchemaError: The snapshot has no docking events; or as in `spacecraft`.
        """
        return self._warned(self._dockings)

    @cached_property
    def _dockings(self) -> pl.DataFrame:
        if self._events is None:
            raise SchemaError(f"this snapshot has no docking events; {_FETCH_DOCKINGS}")
        flights = self._flights if self.is_detailed else None
        return read_dockings(self._events.records, self._events.sent, self._spacecraft, flights)

    @property
    def dockings_or_empty(self) -> pl.DataFrame:
        """As `dockings`; without rows where the snapshot has no docking events."""
        return self.dockings if self.has_dockings else pl.DataFrame(schema=DOCKINGS.schema)

    def _warned(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table, after a warning if it is the first one that fields were amiss for."""
        parts = () if self._knows_findings else self._parts
        structures = [part.records.found_out.get(part.kind) for part in parts]
        odd = sum(one.count_odd() for one in structures if one)
        if odd:
            self._knows_findings = True
            fields = "1 field is" if odd == 1 else f"{odd:,} fields are"
            message = f"{fields} not as declared and null in the tables: see check(snapshot)"
            warnings.warn(DataWarning(message), stacklevel=3)
        return table

    def write(self, path: str | os.PathLike[str]) -> Path:
        """The path of the file now holding this snapshot: `.json` or `.json.gz` by its suffix.

        The same snapshot gives the same bytes. A half-written file is never left behind.

        Raises:
            ValueError: The path is empty.
            SnapshotError: The suffix is another one, or the file can't be written.
        """
        header = {"url": self.url, "query": self.query} | self._craft.provenance
        lists = {"records": self._craft.records.texts}
        if self._events:
            header["dockings"] = self._events.provenance
            lists["docking_events"] = self._events.records.texts
        return file_format.write(path, header, lists)

    def select(self, *, dockings: bool = False, **query: Any) -> Snapshot:
        """The records that LL2 would answer with to a narrower question, in its order.

        Takes the arguments of `LaunchLibrary.fetch` except `refresh`. With a filter or a limit the
        docking events are those whose chaser or target is among the craft that stay; without, all.

        Args:
            dockings: Whether docking events must be there; where they are they stay in any case.
            **query: What is asked.

        Raises:
            TypeError: An argument is misspelt or of a wrong type.
            ValueError: An argument has a value that LL2 does not know.
            SnapshotError: Detailed records are asked of a snapshot in normal mode, or docking
                events of one without.
        """
        check_names(query, [*Query.__dataclass_fields__, "dockings"])
        asked = Query.of(query)
        if query.get("mode") == "detailed" and not self.is_detailed:
            raise SnapshotError(
                "this snapshot was fetched in normal mode and can't give detailed records; "
                "fetch it again with mode='detailed'"
            )
        if flag("dockings", dockings) and not self.has_dockings:
            raise SnapshotError(f"this snapshot has no docking events; {_FETCH_DOCKINGS}")
        craft, events = self._craft.take(select(self.records, asked)), self._events
        if events and (asked.filters or asked.limit):
            events = events.take(events_of(events.records, craft.records))
        records = craft.records
        if asked.mode == "normal":
            records = Records.of(map(as_normal, records.decoded))
        return Snapshot(
            records,
            docking_events=events.records if events else None,
            url=self.url,
            query=self.query | {name: asked.asked[name] for name in query if name in asked.asked},
            retrieved_at=craft.at,
            docking_events_retrieved_at=events.at if events else None,
        )

    def _require_detailed(self, table: str) -> None:
        if not self.is_detailed:
            raise SchemaError(f"these records have no {table}: they were {_FETCH_DETAILED}")

    def __repr__(self) -> str:
        return f"<{as_line(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(as_text(self))

    def _repr_html_(self) -> str:
        return as_html(self)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """What in it can't be right, as `check` tells it."""
        from spacecraft_analysis.frames.validation import structure_of
        from spacecraft_analysis.quality import findings

        self._knows_findings = True
        detailed = self.is_detailed
        configurations, told = self._configurations_as_told if detailed else (None, None)
        return findings(
            [structure_of(part.records, part.kind).noticed() for part in self._parts],
            spacecraft=self._spacecraft,
            flights=self._flights if detailed else None,
            configurations=configurations,
            told=told,
            dockings=self._dockings if self._events else None,
        )


def read_snapshot(source: Source) -> Snapshot:
    """Return the snapshot in a file that `Snapshot.write` made; raise as `file_format.read`."""
    return Snapshot(**file_format.read(source))


def read_sample() -> Snapshot:
    """Return the bundled snapshot: real facts, compiled for the package, as of April 2025."""
    # Not by its path, since a package can be in a zip file.
    name = "spacecraft.json.gz"
    content = files("spacecraft_analysis").joinpath("sample", name).read_bytes()
    return Snapshot(**file_format.decode(name, content))


def check(snapshot: Snapshot) -> pl.DataFrame:
    """What in a snapshot can't be right, or deserves a second look.

    One row per finding: `rule`, `severity` (error: it contradicts itself; warning: it probably
    misleads; note: good to know), `table`, `spacecraft_id`, `spacecraft_name`, `flight_id`,
    `docking_id`, `column`, `value` (as text) and `explanation`. Null where a finding concerns no
    single craft, flight, docking event or column. Ordered by rule, table, spacecraft, flight,
    docking event and column. Placeholders are checked too. A snapshot in normal mode has no
    flights: the rules that need them are listed as "rule not run".

    Raises:
        TypeError: It is no snapshot.
        SchemaError: The records can't be read as tables at all.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> found = check(sa.load("sample"))
        >>> found.filter(rule="docked longer than in space")["spacecraft_name"].to_list()
        ['Soyuz TM-4', 'Soyuz TM-2', 'Soyuz T-15']
    """
    if not isinstance(snapshot, Snapshot):
        kind = type(snapshot).__name__
        raise TypeError(f"check takes a snapshot, as load gives, not a {kind}")
    return snapshot.findings


class Retrieved:
    """Records of one kind, each with the instant at which LL2 sent it.

    Args:
        records: As LL2 sent them.
        at: One instant for all of them, or one for each. Each must have an offset.
        kind: What they are records of.

    Raises:
        TypeError: The records hold something that JSON has not, or an instant is no datetime.
        ValueError: An instant has no offset or no date in UTC, or there are not as many instants
            as records, or none.
    """

    def __init__(
        self,
        records: Iterable[Record] | Records,
        at: datetime | Sequence[datetime],
        kind: RecordKind = CRAFT,
    ) -> None:
        argument = "retrieved_at" if kind is CRAFT else "docking_events_retrieved_at"
        self.kind = kind
        self.records = records if isinstance(records, Records) else Records.of(records)
        if isinstance(at, datetime):
            self.times = [_in_utc(at, argument)] * self.records.count
        else:
            self.times = [_in_utc(instant, argument) for instant in at]
        """When each record was sent, in UTC."""
        if not isinstance(at, datetime) and not self.times:
            raise ValueError(f"{argument} is empty: give one instant, or one a record")
        if len(self.times) != self.records.count:
            raise ValueError(
                f"{argument}: {len(self.times)} instants for {self.records.count} records"
            )
        self.latest = _in_utc(at, argument) if isinstance(at, datetime) else max(self.times)
        """When the latest page was sent, also where no record was on it."""

    @cached_property
    def sent(self) -> pl.Series:
        """When each record was sent, as a column."""
        return instants(self.times)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the records as compact JSON with sorted keys in UTF-8, in hexadecimal."""
        text = json_text(
            self.records.decoded, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        # Half a character, which an escape can name, has no UTF-8 of its own.
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    @property
    def provenance(self) -> dict[str, Any]:
        """How many they are, their checksum, and when each run of them was sent."""
        return {
            "count": self.records.count,
            "sha256": self.sha256,
            "retrieved_at": self.latest.isoformat(),
            "pages": [
                {"retrieved_at": instant.isoformat(), "records": len(list(run))}
                for instant, run in groupby(self.times)
            ],
        }

    @property
    def at(self) -> list[datetime] | datetime:
        """When they were sent, as an argument of what is made of them."""
        return self.times or self.latest

    def take(self, positions: Sequence[int]) -> Retrieved:
        """Those at some positions, in the order of these."""
        if [*positions] == [*range(self.records.count)]:
            return self
        times = [self.times[at] for at in positions]
        return Retrieved(self.records.take(positions), times or self.latest, self.kind)


def _in_utc(instant: datetime, argument: str) -> datetime:
    if not isinstance(instant, datetime):
        kind = type(instant).__name__
        raise TypeError(f"{argument}: expected datetime, as fromisoformat makes one, not {kind}")
    if instant.tzinfo is None:
        raise ValueError(f"{argument} needs an offset, such as tzinfo=timezone.utc")
    try:
        return instant.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"{argument} is no date in UTC: {instant}") from error
