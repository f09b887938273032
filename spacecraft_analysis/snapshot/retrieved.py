"""Records of one kind, each with the instant at which LL2 sent it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from functools import cached_property
from itertools import groupby
from typing import Any

import polars as pl

from spacecraft_analysis.frames import Record, Records, instants
from spacecraft_analysis.frames.pages import json_text
from spacecraft_analysis.frames.schema import CRAFT, RecordKind


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
