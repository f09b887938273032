"""Records with where and when they come from, and the tables made of them."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property
from itertools import groupby
from pathlib import Path
from pkgutil import get_data
from typing import Any

import polars as pl

from spacecraft_analysis.errors import DataWarning, SchemaError, SnapshotError
from spacecraft_analysis.frames import Record, Records, Tables
from spacecraft_analysis.frames.schema import CRAFT, EVENTS, INSTANT, VERSION, RecordKind
from spacecraft_analysis.frames.tables import CONFIGURATIONS, DOCKINGS, FLIGHTS
from spacecraft_analysis.frames.validation import version_of
from spacecraft_analysis.snapshot import file_format
from spacecraft_analysis.snapshot.file_format import Source, is_narrowed

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FETCH_DOCKINGS = "fetch it again with dockings=True, which costs about six more requests"


class Snapshot:
    """Records as received from LL2, where and when they come from, and the tables made of them.

    Made by `load`, by `LaunchLibrary.fetch`, or by hand from the records of any page:

    Args:
        records: Spacecraft records, as decoded from LL2's JSON.
        docking_events: Docking events, likewise; without them nothing is known of dockings.
        url: The address that was requested.
        query: What was requested, by the names of `LaunchLibrary.fetch`.
        retrieved_at: When LL2 answered: one datetime, or one per record. Must have an offset.
        docking_events_retrieved_at: The same of the docking events; by default the latest of the
            records'.
        is_selection: False if the records are all that LL2 has.

    Raises:
        TypeError: The records contain something that JSON does not have, or are a whole page, or
            an instant is not a datetime.
        ValueError: An instant has no offset or no date in UTC, or there are not as many instants
            as records, or none.
        SnapshotError: Two records, or two docking events, have one id, or their addresses name
            different versions of LL2.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> snapshot = sa.load("sample")
        >>> snapshot.count, snapshot.retrieved_at.isoformat()
        (551, '2025-04-07T23:48:35+00:00')
        >>> snapshot.spacecraft.filter(name="Soyuz TM-4")["time_in_space"].dt.total_days().item()
        178
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
        is_selection: bool = True,
    ) -> None:
        self._craft = _Retrieved(records, retrieved_at, CRAFT)
        self.text = self._craft.records
        """The records as the JSON text of LL2's pages, from which the tables are made."""
        self._events: _Retrieved | None = None
        if docking_events is not None:
            at = docking_events_retrieved_at or self._craft.latest
            self._events = _Retrieved(docking_events, at, EVENTS)
        self.url = url
        """The address that was requested, without page and token."""
        self.query: dict[str, Any] = dict(query)
        """What was requested, by the names of `LaunchLibrary.fetch`."""
        self.is_selection = is_selection
        """Whether LL2 has more records than these: a filter, `search`, `name` or `limit` selected
        them, or they were put together by hand. `mode`, `ordering` and `dockings` do not select.
        """
        latest = [part.latest for part in (self._craft, self._events) if part]
        self.retrieved_at: datetime = max(latest)
        """When the latest of its pages was sent (UTC)."""

    @property
    def records(self) -> list[Record]:
        """The records as received, decoded on first access.

        The tables are made of the received text: a change made here does not reach them.
        """
        return self.text.decoded

    @property
    def count(self) -> int:
        """The number of records."""
        return self.text.count

    def __len__(self) -> int:
        return self.count

    @property
    def scope(self) -> str:
        """Which spacecraft the records are, in words for answers and captions.

        Such as "the 551 spacecraft of the bundled sample", or "the 7 spacecraft of Launch Library 2
        selected by in_space=True": what is measured from a selection is not true of all.
        """
        from spacecraft_analysis.snapshot.display import scope

        return scope(self)

    @property
    def has_dockings(self) -> bool:
        """Whether docking events were requested; there may be none all the same."""
        return self._events is not None

    @property
    def docking_events(self) -> list[Record] | None:
        """The docking events as received, or None where they were not requested."""
        return self._events.records.decoded if self._events else None

    @property
    def is_detailed(self) -> bool:
        """Whether it has flights and configurations; without records its query decides."""
        if not self.count:
            return self.query.get("mode") != "normal"
        return self.text.are_detailed

    @property
    def sha256(self) -> str:
        """SHA-256 of the records as compact JSON with sorted keys in UTF-8, in hexadecimal.

        A file has it beside the records, and its own checksum covers both.
        """
        return self.text.sha256

    @property
    def docking_events_sha256(self) -> str | None:
        """The same of the docking events, or None where they were not requested."""
        return self._events.records.sha256 if self._events else None

    @property
    def spacecraft(self) -> pl.DataFrame:
        """One row per spacecraft, in the order of the records; columns as in `data_dictionary`.

        The same columns and types for any data and in both modes. Null means unknown; placeholders
        stay, with their flag. A value of an unexpected type is null too, and a finding of `check`;
        the first table with such a value raises a `DataWarning`.

        Raises:
            SchemaError: A declared field is missing from all records, or has another JSON type in
                all of them. The message names the path and an example.
        """
        return self._warned(self._tables.spacecraft)

    @cached_property
    def _tables(self) -> Tables:
        events = self._events
        return Tables(
            self.text,
            self._craft.sent,
            events.records if events else None,
            events.sent if events else None,
        )

    @property
    def flights(self) -> pl.DataFrame:
        """One row per flight, by spacecraft in the order of the records, then launch.

        Each flight repeats what grouping needs of its craft (family, configuration, status).

        Raises:
            SchemaError: The records were fetched in normal mode, which has no flights; or as in
                `spacecraft`.
        """
        self._require_detailed("flights")
        return self._warned(self._tables.flights)

    @property
    def flights_or_empty(self) -> pl.DataFrame:
        """As `flights`; without rows in normal mode."""
        return self.flights if self.is_detailed else pl.DataFrame(schema=FLIGHTS.schema)

    @property
    def configurations(self) -> pl.DataFrame:
        """One row per configuration, by id; units in the columns' names.

        Raises:
            SchemaError: The records were fetched in normal mode; or as in `spacecraft`.
        """
        self._require_detailed("configurations")
        return self._warned(self._tables.configurations)

    @property
    def configurations_or_empty(self) -> pl.DataFrame:
        """As `configurations`; without rows in normal mode."""
        empty = pl.DataFrame(schema=CONFIGURATIONS.schema)
        return self.configurations if self.is_detailed else empty

    @property
    def dockings(self) -> pl.DataFrame:
        """One row per docking event, by docking; columns as in `data_dictionary`.

        Of a flight of a craft it has what grouping needs of the craft, and joins `flights` by
        `flight_id`; modules and payloads dock too. A docking later than `retrieved_at` is planned.

        Raises:
            SchemaError: The snapshot has no docking events; or as in `spacecraft`.
        """
        dockings = self._tables.dockings
        if dockings is None:
            raise SchemaError(f"this snapshot has no docking events; {_FETCH_DOCKINGS}")
        return self._warned(dockings)

    @property
    def dockings_or_empty(self) -> pl.DataFrame:
        """As `dockings`; without rows where the snapshot has no docking events."""
        return self.dockings if self.has_dockings else pl.DataFrame(schema=DOCKINGS.schema)

    def _warned(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the table, after a warning if it is the first one with values set to null."""
        for message in self._tables.warnings():
            warnings.warn(DataWarning(message), stacklevel=3)
        return table

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the snapshot to a file, `.json` or `.json.gz`, and return its path.

        The same snapshot gives the same bytes. The file is complete or unchanged.

        Raises:
            ValueError: The path is empty.
            SnapshotError: The suffix is another one, or the file can't be written.
        """
        header = {"url": self.url, "query": self.query} | self._craft.header
        if self.is_selection != is_narrowed(self.query, self.count):
            header["selection"] = self.is_selection
        lists = {"records": self.text.texts}
        if self._events:
            header["dockings"] = self._events.header
            lists["docking_events"] = self._events.records.texts
        return file_format.write(path, header, lists)

    def select(self, *, dockings: bool = False, **query: Any) -> Snapshot:
        """Return the records that LL2 would send for a narrower query, in its order.

        Takes the arguments of `LaunchLibrary.fetch` except `refresh`. With a filter or a limit the
        docking events are those whose chaser or target is among the selected craft; without, all.

        Args:
            dockings: Whether docking events are needed; where there are any they stay in any case.
            **query: The query.

        Raises:
            TypeError: An argument is misspelt or of a wrong type.
            ValueError: An argument has a value that LL2 does not know, or `mode="normal"` is
                requested of detailed records.
            SnapshotError: Detailed records are requested of a snapshot in normal mode, or docking
                events of one without.
        """
        from spacecraft_analysis.query import Query, check_names, flag
        from spacecraft_analysis.snapshot.filters import events_of, select

        check_names(query, [*Query.__dataclass_fields__, "dockings"])
        wanted = Query.of(query)
        if wanted.mode == "normal" and self.is_detailed:
            raise ValueError("mode='normal': these records are detailed; leave mode out")
        if query.get("mode") == "detailed" and not self.is_detailed:
            raise SnapshotError(
                "this snapshot was fetched in normal mode and can't give detailed records; "
                "fetch it again with mode='detailed'"
            )
        if flag("dockings", dockings) and not self.has_dockings:
            raise SnapshotError(f"this snapshot has no docking events; {_FETCH_DOCKINGS}")
        craft, events = self._craft.take(select(self.records, wanted)), self._events
        if events and (wanted.filters or wanted.limit):
            events = events.take(events_of(events.records, craft.records))
        return Snapshot(
            craft.records,
            docking_events=events.records if events else None,
            url=self.url,
            query=self.query
            | {name: wanted.arguments[name] for name in query if name in wanted.arguments},
            retrieved_at=craft.times or craft.latest,
            docking_events_retrieved_at=(events.times or events.latest) if events else None,
            is_selection=bool(
                self.is_selection or wanted.filters or craft.records.count < self.count
            ),
        )

    def _require_detailed(self, table: str) -> None:
        if not self.is_detailed:
            raise SchemaError(
                f"these records have no {table}: they were fetched in normal mode. Fetch them with "
                "mode='detailed', which costs no more requests"
            )

    def __repr__(self) -> str:
        from spacecraft_analysis.snapshot.display import as_line

        return f"<{as_line(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from spacecraft_analysis.snapshot.display import as_text

        printer.text(as_text(self))

    def _repr_html_(self) -> str:
        from spacecraft_analysis.snapshot.display import as_html

        return as_html(self)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """The findings of `check`."""
        from spacecraft_analysis.quality import findings

        return findings(self._tables, is_detailed=self.is_detailed, is_selection=self.is_selection)


def read_snapshot(source: Source) -> Snapshot:
    """Return the snapshot in a file that `Snapshot.write` made; raise as `file_format.read`."""
    return Snapshot(**file_format.read(source))


def read_sample() -> Snapshot:
    """Return the bundled snapshot: real facts, compiled for the package, as of April 2025."""
    name = "spacecraft.json.gz"
    # Not by its path, since a package can be in a zip file.
    content = get_data("spacecraft_analysis", f"sample/{name}") or b""
    return Snapshot(**file_format.decode(name, content, is_ours=True))


def check(snapshot: Snapshot) -> pl.DataFrame:
    """Return the findings: values that contradict each other or look wrong.

    One row per finding: `rule`, `severity` (error: it contradicts itself; warning: it probably
    misleads; note: good to know), `table`, `spacecraft_id`, `spacecraft_name`, `flight_id`,
    `docking_id`, `column`, `value` (as text) and `explanation`. Null where a finding concerns no
    single craft, flight, docking event or column. Ordered by rule, table, spacecraft, flight,
    docking event and column. Placeholders are checked too. A snapshot in normal mode has no
    flights: the rules that need them are listed as "rule not run".

    Raises:
        TypeError: The argument is not a snapshot.
        SchemaError: The records can't be read as tables at all.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> found = check(sa.load("sample"))
        >>> found.filter(rule="docked longer than in space")["spacecraft_name"].to_list()
        ['Soyuz TM-4', 'Soyuz TM-2', 'Soyuz T-15']
    """
    if not isinstance(snapshot, Snapshot):
        raise TypeError(f"expected a snapshot, as load returns, got {type(snapshot).__name__}")
    return snapshot.findings


class _Retrieved:
    """Records of one kind, each with the instant at which LL2 sent it."""

    def __init__(
        self,
        records: Iterable[Record] | Records,
        at: datetime | Sequence[datetime],
        kind: RecordKind,
    ) -> None:
        argument = "retrieved_at" if kind is CRAFT else "docking_events_retrieved_at"
        self.kind = kind
        self.records = records if isinstance(records, Records) else _by_hand(records, kind)
        instants = [_in_utc(one, argument) for one in ([at] if isinstance(at, datetime) else at)]
        if not instants:
            raise ValueError(f"{argument} is empty: pass one datetime, or one per record")
        self.latest = max(instants)
        """When the latest page was sent, also where no record was on it."""
        count = self.records.count
        self.times = instants * count if isinstance(at, datetime) else instants
        """When each record was sent, in UTC."""
        if len(self.times) != count:
            raise ValueError(f"{argument}: {len(self.times)} datetimes for {count} records")

    @cached_property
    def sent(self) -> pl.Series:
        """When each record was sent, as a column."""
        # Polars takes numbers faster than instants, of which few differ.
        microseconds = {at: (at - _EPOCH) // timedelta(microseconds=1) for at in {*self.times}}
        return pl.Series([microseconds[at] for at in self.times], dtype=pl.Int64).cast(INSTANT)

    @property
    def header(self) -> dict[str, Any]:
        """The number of records, their checksum, and when each page of them was sent."""
        return {
            "count": self.records.count,
            "sha256": self.records.sha256,
            "retrieved_at": self.latest.isoformat(),
            "pages": [
                {"retrieved_at": instant.isoformat(), "records": len(list(run))}
                for instant, run in groupby(self.times)
            ],
        }

    def take(self, positions: Sequence[int]) -> _Retrieved:
        """Return the records at some positions, in the order of these."""
        if [*positions] == [*range(self.records.count)]:
            return self
        times = [self.times[at] for at in positions]
        return _Retrieved(self.records.take(positions), times or self.latest, self.kind)


def _by_hand(records: Iterable[Record], kind: RecordKind) -> Records:
    if isinstance(records, Mapping | str | bytes | pl.DataFrame):
        hint = ": pass page['results']" if isinstance(records, Mapping) else ""
        raise TypeError(f"expected a list of records, got {type(records).__name__}{hint}")
    made = Records.of(records)
    what = "records" if kind is CRAFT else "docking events"
    objects = [record for record in made.decoded if isinstance(record, dict)]
    ids = Counter(record["id"] for record in objects if isinstance(record.get("id"), int))
    for record_id, count in ids.most_common(1):
        if count > 1:
            raise SnapshotError(f"two {what} have the id {record_id}; pass each one once")
    versions = {version for record in objects if (version := version_of(record))}
    if len(versions) > 1:
        raise SnapshotError(
            f"{what} of LL2 {' and '.join(sorted(versions))} are mixed; use those of {VERSION} only"
        )
    return made


def _in_utc(instant: datetime, argument: str) -> datetime:
    if not isinstance(instant, datetime):
        kind = type(instant).__name__
        raise TypeError(f"{argument}: expected datetime, got {kind} (use datetime.fromisoformat)")
    if instant.tzinfo is None:
        raise ValueError(f"{argument} needs an offset, such as tzinfo=timezone.utc")
    try:
        return instant.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"{argument} has no date in UTC: {instant}") from error
