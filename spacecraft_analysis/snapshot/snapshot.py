"""Records with their provenance: in memory, in a file, bundled."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from spacecraft_analysis.errors import DataWarning, SchemaError, SnapshotError
from spacecraft_analysis.frames import (
    Record,
    Records,
    read_configurations,
    read_flights,
    read_spacecraft,
)
from spacecraft_analysis.frames.records import json_text
from spacecraft_analysis.quality import SEVERITIES, findings
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot.file import is_gzip, replace
from spacecraft_analysis.snapshot.selection import select

FORMAT = "spacecraft_analysis snapshot 1"


class Snapshot:
    """Records as LL2 sent them, where and when they come from, and the frames they become.

    Made by `load`, by `LaunchLibrary.fetch`, or by hand from the records of any page:

    Args:
        records: Spacecraft records, as decoded from LL2's JSON.
        url: The address that was asked.
        query: What was asked, by the names of `LaunchLibrary.fetch`.
        retrieved_at: When LL2 answered: one instant, or one for each record. Must have an offset.

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
    """

    def __init__(
        self,
        records: Iterable[Record] | Records,
        *,
        url: str,
        query: Mapping[str, Any],
        retrieved_at: datetime | Sequence[datetime],
    ) -> None:
        self.text = records if isinstance(records, Records) else Records.of(records)
        """The records as the JSON text of LL2's pages, from which the frames are made."""
        self.url = url
        """The address that was asked, without page and token."""
        self._knows_findings = False
        self.query: dict[str, Any] = dict(query)
        """What was asked, by the names of `LaunchLibrary.fetch`."""
        if isinstance(retrieved_at, datetime):
            latest = _in_utc(retrieved_at)
            self._page_times = [latest] * self.count
        else:
            self._page_times = [_in_utc(instant) for instant in retrieved_at]
            if not self._page_times:
                raise ValueError("retrieved_at is empty: give one instant, or one a record")
            latest = max(self._page_times)
        if len(self._page_times) != self.count:
            raise ValueError(f"{len(self._page_times)} instants for {self.count} records")
        self.retrieved_at: datetime = latest
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

    @property
    def is_detailed(self) -> bool:
        """Whether it has flights and configurations; without records its question decides."""
        asked_normal = not self.count and self.query.get("mode") == "normal"
        return self.text.are_detailed and not asked_normal

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the records as compact JSON with sorted keys in UTF-8, in hexadecimal."""
        text = json.dumps(self.records, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

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
        return read_spacecraft(self.text, self._page_times)

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
        return read_flights(self.text, self._page_times, self._spacecraft)

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
        return read_configurations(self.text, self._page_times)

    def _warned(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table, after a warning if it is the first one that fields were amiss for."""
        count = 0 if self._knows_findings else self.text.structure.count_odd()
        if count:
            self._knows_findings = True
            fields = "1 field is" if count == 1 else f"{count:,} fields are"
            message = f"{fields} not as declared and null in the tables: see check(snapshot)"
            warnings.warn(DataWarning(message), stacklevel=3)
        return table

    def write(self, path: str | Path) -> Path:
        """The path of the file now holding this snapshot: `.json` or `.json.gz` by its suffix.

        The same snapshot gives the same bytes. A half-written file is never left behind.

        Raises:
            SnapshotError: The suffix is another one, or the file can't be written.
        """
        path = Path(path)
        text = json.dumps(
            {
                "format": FORMAT,
                "url": self.url,
                "query": self.query,
                "count": self.count,
                "sha256": self.sha256,
                "retrieved_at": self.retrieved_at.isoformat(),
                "pages": [
                    {"retrieved_at": instant.isoformat(), "records": len(list(run))}
                    for instant, run in groupby(self._page_times)
                ],
            },
            ensure_ascii=False,
        ).removesuffix("}")
        lines = [
            json_text(record, ensure_ascii=False, separators=(",", ":")) for record in self.records
        ]
        content = (text + ', "records": [\n' + ",\n".join(lines) + "\n]}\n").encode()
        if is_gzip(path):
            content = gzip.compress(content, compresslevel=9, mtime=0)
        try:
            replace(path, content)
        except OSError as error:
            # The error itself would name a temporary file.
            raise SnapshotError(
                f"{path} can't be written: {error.strerror}. Choose another path"
            ) from error
        return path

    def select(self, **query: Any) -> Snapshot:
        """The records that LL2 would answer with to a narrower question, in its order.

        Takes the arguments of `LaunchLibrary.fetch` except `refresh`.

        Raises:
            TypeError: An argument is misspelt or of a wrong type.
            ValueError: An argument has a value that LL2 does not know.
            SnapshotError: Detailed records are asked of a snapshot in normal mode.
        """
        asked = Query.of(query)
        if query.get("mode") == "detailed" and not self.is_detailed:
            raise SnapshotError(
                "this snapshot was fetched in normal mode and can't give detailed records; "
                "fetch it again with mode='detailed'"
            )
        times = {id(record): at for record, at in zip(self.records, self._page_times, strict=True)}
        pairs = select(self.records, asked)
        return Snapshot(
            [record for _, record in pairs],
            url=self.url,
            query=self.query | {name: asked.asked[name] for name in query if name in asked.asked},
            retrieved_at=[times[id(source)] for source, _ in pairs] or self.retrieved_at,
        )

    def _require_detailed(self, table: str) -> None:
        if not self.is_detailed:
            raise SchemaError(
                f"these records have no {table}: they were fetched in normal mode. "
                "Fetch them with mode='detailed', which costs no more requests"
            )

    def __repr__(self) -> str:
        """Rows, source and time; nothing of the records."""
        return (
            f"<Snapshot of {self.count:,} spacecraft from {self.url}, "
            f"retrieved {self.retrieved_at:%Y-%m-%d %H:%M} UTC>"
        )

    def _repr_html_(self) -> str:
        line = f"{repr(self)[1:-1]}; {self._findings_in_words()}"
        return f"<p><small>{html.escape(line)}</small></p>"

    @cached_property
    def findings(self) -> pl.DataFrame:
        """What in it can't be right, as `check` tells it."""
        self._knows_findings = True
        detailed = self.is_detailed
        configurations, told = self._configurations_as_told if detailed else (None, None)
        return findings(
            self.text.structure.noticed(),
            spacecraft=self._spacecraft,
            flights=self._flights if detailed else None,
            configurations=configurations,
            told=told,
        )

    def _findings_in_words(self) -> str:
        """How many findings there are, by severity."""
        try:
            severities = self.findings["severity"]
        except SchemaError as error:
            return str(error)
        counts = [(severity, severities.eq(severity).sum()) for severity in SEVERITIES]
        told = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count]
        return f"check finds {', '.join(told) or 'nothing'}"


def _in_utc(instant: datetime) -> datetime:
    if not isinstance(instant, datetime):
        kind = type(instant).__name__
        raise TypeError(f"retrieved_at: expected datetime, as fromisoformat makes one, not {kind}")
    if instant.tzinfo is None:
        raise ValueError("retrieved_at needs an offset, such as tzinfo=timezone.utc")
    try:
        return instant.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"retrieved_at is no date in UTC: {instant}") from error
