"""Records with where and when they come from, and the tables made of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from pkgutil import get_data
from typing import TYPE_CHECKING, Any

import polars as pl

from spacecraft_analysis.errors import DataWarning, SchemaError, SnapshotError
from spacecraft_analysis.frames import Record, Records, Tables
from spacecraft_analysis.frames.pages import Retrieved
from spacecraft_analysis.frames.schema import CRAFT, EVENTS
from spacecraft_analysis.frames.tables import CONFIGURATIONS, DOCKINGS, FLIGHTS, TABLES
from spacecraft_analysis.snapshot import file_format

if TYPE_CHECKING:
    from spacecraft_analysis.query import Query

SAMPLE = "the bundled sample"
"""How the address of the sample's records begins."""
_FETCH_DOCKINGS = "fetch it again with dockings=True, which costs about six more requests"
# 5 is the mass simulator; in the sample the Tesla Roadster.
_NOT_MEASURED = pl.any_horizontal("is_planned", "is_placeholder", pl.col("config_type_id") == 5)


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
        ValueError: An instant has no offset, or there are not as many instants as records, or
            none.
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
        self._craft = Retrieved(records, retrieved_at, CRAFT)
        self.text = self._craft.records
        """The records as the JSON text of LL2's pages, from which the tables are made."""
        self._events: Retrieved | None = None
        if docking_events is not None:
            at = docking_events_retrieved_at
            self._events = Retrieved(
                docking_events, self._craft.latest if at is None else at, EVENTS
            )
        self.url = url
        """The address that was requested, without page and token."""
        self.query: dict[str, Any] = dict(query)
        """What was requested, by the names of `LaunchLibrary.fetch`."""
        self.is_selection = is_selection
        """Whether LL2 has more records than these: a filter, `search`, `name` or `limit` selected
        them, or they were put together by hand. `mode`, `ordering` and `dockings` do not select.
        """
        self.retrieved_at = max(part.latest for part in (self._craft, self._events) if part)
        """When the latest of its pages was sent (UTC)."""

    @property
    def records(self) -> list[Record]:
        """The records as received; a change made here does not reach the tables."""
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
        source = SAMPLE if self.url.startswith(SAMPLE) else "Launch Library 2"
        words = f"the {self.count:,} spacecraft of {source}"
        if not self.is_selection:
            return words
        query = as_arguments(self.query)
        if not query:
            return f"{words} that were selected by hand"
        none = "" if self.count else " (none match: change or leave out a filter)"
        return f"{words} selected by {query}{none}"

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
        """SHA-256 of the records as compact JSON with sorted keys in UTF-8, in hexadecimal."""
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
        return Tables(self._craft, self._events)

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
        return self.flights if self.is_detailed else FLIGHTS.schema.to_frame()

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
        return self.configurations if self.is_detailed else CONFIGURATIONS.schema.to_frame()

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
        return self.dockings if self.has_dockings else DOCKINGS.schema.to_frame()

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
        if self.is_selection != file_format.is_narrowed(self.query, self.count):
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
            ValueError: An argument has a value that LL2 does not know or another one than the
                records were selected by, or `mode="normal"` is requested of detailed records.
            SnapshotError: Detailed records are requested of a snapshot in normal mode, or docking
                events of one without.
            SchemaError: A field that the query needs is missing from every record.
        """
        from spacecraft_analysis.query import Query, flag
        from spacecraft_analysis.snapshot.filters import events_of, select

        wanted = Query(**query)
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
        is_part = craft.records.count < self.count
        if events and (wanted.filters or wanted.limit):
            events = events.take(events_of(events.records, craft.records))
        return Snapshot(
            craft.records,
            docking_events=events.records if events else None,
            url=self.url,
            query=self.query | self._narrowed(wanted, query),
            retrieved_at=craft.times or craft.latest,
            docking_events_retrieved_at=(events.times or events.latest) if events else None,
            is_selection=self.is_selection or bool(wanted.filters) or is_part,
        )

    def _narrowed(self, wanted: Query, names: Iterable[str]) -> dict[str, Any]:
        """Return the arguments of these names; what selected the records before still holds."""
        narrowed = {name: wanted.arguments[name] for name in names if name in wanted.arguments}
        for name, value in file_format.selecting(self.query).items():
            if narrowed.get(name, value) == value:
                continue
            if name == "search":
                # Of several words all must occur.
                narrowed[name] = f"{value} {narrowed[name]}"
            elif name == "limit":
                narrowed[name] = min(value, narrowed[name])
            else:
                given = f"{name}={narrowed[name]!r}"
                raise ValueError(f"{given}: these records were selected by {name}={value!r}")
        return narrowed

    def _require_detailed(self, table: str) -> None:
        if not self.is_detailed:
            raise SchemaError(
                f"these records have no {table}: they were fetched in normal mode. Fetch them with "
                "mode='detailed', which costs no more requests"
            )

    def __repr__(self) -> str:
        """Return the number of records, the source and the time; nothing of the records."""
        query = as_arguments({k: v for k, v in self.query.items() if k != "limit"})
        none = f" (no spacecraft match {query})" if query and not self.count else ""
        verb = "as of" if self.url.startswith(SAMPLE) else "retrieved"
        return (
            f"<Snapshot of {self.count:,} spacecraft{none} from {self.url}, "
            f"{verb} {self.retrieved_at:%Y-%m-%d %H:%M} UTC>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the line, the number of findings, and a line for each table."""
        lines = [f"{repr(self)[:-1]}; {self._count_findings()}>"]
        lines += [f"  .{name:<14} {size}" for name, size in self._sizes().items()]
        printer.text("\n".join(lines))

    def _repr_html_(self) -> str:
        """Return the same as HTML, with any markup in the text escaped."""
        from html import escape

        line = f"{repr(self)[1:-1]}; {self._count_findings()}"
        rows = "".join(
            f"<tr><th><code>.{name}</code></th><td>{escape(size, quote=False)}</td></tr>"
            for name, size in self._sizes().items()
        )
        return f"<p><small>{escape(line, quote=False)}</small></p><table>{rows}</table>"

    def _sizes(self) -> dict[str, str]:
        """Return the size of each table, or why there is none."""
        sizes = {table.name: "can't be read" for table in TABLES}
        missing = {name: f"none: fetch with {how}" for name, how in missing_tables(self).items()}
        for name in [name for name in sizes if name not in missing]:
            with suppress(SchemaError):
                rows, columns = getattr(self, name).shape
                sizes[name] = f"{rows:,} row{'' if rows == 1 else 's'}, {columns} columns"
                if name == "flights" and (left_out := self.flights.filter(_NOT_MEASURED).height):
                    left_out_are = "planned, placeholder, mass simulator"
                    sizes[name] += f"; measures leave out {left_out:,} ({left_out_are})"
        return sizes | missing

    def _count_findings(self) -> str:
        from spacecraft_analysis.quality import SEVERITIES

        try:
            severities = self.findings["severity"]
        except SchemaError as error:
            return str(error)
        counts = [(severities.eq(name).sum(), name) for name in SEVERITIES]
        found = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
        return f"check finds {', '.join(found) or 'nothing'}"

    @cached_property
    def findings(self) -> pl.DataFrame:
        """The findings of `check`."""
        from spacecraft_analysis.quality import findings

        return findings(self._tables, is_detailed=self.is_detailed, is_selection=self.is_selection)


def missing_tables(snapshot: Snapshot) -> dict[str, str]:
    """Return the tables that a snapshot does not have, each with the argument that gets it."""
    detailed = () if snapshot.is_detailed else ("flights", "configurations")
    missing = dict.fromkeys(detailed, "mode='detailed'")
    return missing if snapshot.has_dockings else missing | {"dockings": "dockings=True"}


def require_snapshot(value: object) -> None:
    """Raise TypeError for what is not a snapshot."""
    if not isinstance(value, Snapshot):
        raise TypeError(f"expected a snapshot, as load returns, got {type(value).__name__}")


def read_sample() -> Snapshot:
    """Return the bundled snapshot: real facts, compiled for the package, as of April 2025."""
    name = "spacecraft.json.gz"
    # Not by its path, since a package can be in a zip file.
    content = get_data("spacecraft_analysis", f"sample/{name}") or b""
    return Snapshot(**file_format.decode(name, content, is_bundled=True))


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
    require_snapshot(snapshot)
    return snapshot.findings


def as_arguments(query: Mapping[str, Any]) -> str:
    """Return the filters and the limit of a query as Python arguments."""
    selecting = file_format.selecting(query)
    return ", ".join(f"{name}={value!r}" for name, value in selecting.items())
