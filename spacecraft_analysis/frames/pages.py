"""Records as JSON text, as received from LL2 or made by hand, and their decoding by msgspec.

A reader of JSON that goes by a schema alone fills a missing field with null, makes text of a
number, and does not say so. msgspec checks each declared field while it decodes, in C, stops at
one that is not as declared, and skips every other field.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache, cached_property
from itertools import groupby
from threading import Lock
from typing import Annotated, Any

import msgspec
import polars as pl

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames.schema import (
    CRAFT,
    FLAG,
    FLIGHTS_LIST,
    INSTANT,
    INTEGER,
    NUMBER,
    VERSION,
    Fields,
    RecordKind,
)

Record = dict[str, Any]
_NOT_STRICT = (
    "the records hold text or a number that strict JSON does not allow, such as half of a "
    "surrogate pair, NaN, or a number beyond the range of a float, which is not supported"
)
MISSING = msgspec.UNSET
"""Stands where an optional field is missing."""


class _Named(msgspec.Struct):
    """A lenient value sent as an object, of which `name` is taken."""

    name: str | int | float


_PLAIN = str | int | float | bool | _Named
_KINDS: dict[Any, Any] = {
    # What Polars holds in 64 bits.
    INTEGER: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    NUMBER: float,
    FLAG: bool,
}
# A key, since quotes inside of a text are escaped.
_FLIGHTS = re.compile(rb'"flights"\s*:')
VERSION_IN_URL = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
# Records decoded at once: the objects of more would not stay in a processor's cache.
_RECORDS_AT_ONCE = 1_000
_BUILDING = Lock()
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def json_text(value: Any, **options: Any) -> str:
    """Return the value as unescaped JSON; raise SnapshotError for what strict JSON can't hold."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, **options)
        text.encode()
    except ValueError as error:
        raise SnapshotError(f"{_NOT_STRICT}: {error}") from error
    return text


def from_json(text: bytes | memoryview) -> Any:
    """Return what JSON text holds; a SnapshotError if it is not strict JSON."""
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"{_NOT_STRICT}: {error}") from error


class Records(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The records of a snapshot, as pages of JSON text.

    A page is a list of records, or an object that has the list under `results`, as LL2 sends it.
    Frames are made from the text. Python objects are made on the first use of `decoded`.
    """

    pages: tuple[bytes | memoryview, ...]
    count: int

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Return records that are Python objects; their text is made from them."""
        decoded = list(records)
        text = json_text(decoded, separators=(",", ":"))
        made = cls((text.encode(),), len(decoded))
        made.__dict__["decoded"] = decoded
        return made

    def __reduce__(self) -> tuple[type[Records], tuple[tuple[bytes, ...], int]]:
        # A part of a file's text can't be pickled without being copied.
        return Records, (tuple(map(bytes, self.pages)), self.count)

    def each(self) -> Iterator[Any]:
        """Yield the records as Python objects."""
        for page in self.pages:
            found = from_json(page)
            yield from found["results"] if isinstance(found, dict) else found

    @cached_property
    def decoded(self) -> list[Record]:
        """The records as Python objects, as received."""
        return [*self.each()]

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the records as compact JSON with sorted keys in UTF-8, in hexadecimal."""
        # Not of `decoded`, which a user may have changed: what is written to a file is the text.
        text = json_text([*self.each()], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def texts(self) -> list[bytes]:
        """The JSON text of each record, as received, on one line."""
        texts = [bytes(text) for page in self.pages for text in _listed(msgspec.Raw, page)]
        # In JSON an end of a line is a blank like any other.
        return [text.replace(b"\r", b" ").replace(b"\n", b" ") for text in texts]

    def take(self, positions: Sequence[int]) -> Records:
        """Return the records at some positions, in the order of these."""
        texts = [self.texts[position] for position in positions]
        return Records((b"[" + b",".join(texts) + b"]",), len(texts))

    @cached_property
    def are_detailed(self) -> bool:
        """Whether the records carry flights; `response_mode` is no guide, it can be wrong."""
        return not self.count or any(map(_FLIGHTS.search, self.pages))

    def read(self, fields: Fields, *, strict: bool) -> Iterator[list[Any]]:
        """Yield the records some pages at a time, each an object with the fields as attributes.

        The parts of a record stay text. A value that is not as declared is a `ValueError`; if not
        `strict`, null may stand for anything.
        """
        kind = object_of(fields, strict)
        records: list[Any] = []
        for page in self.pages:
            if len(records) >= _RECORDS_AT_ONCE:
                yield records
                records = []
            records += _listed(kind, page)
        yield records


def _listed(kind: Any, page: bytes | memoryview) -> list[Any]:
    found = decode(_page_of(kind), page)
    records: list[Any] = found if isinstance(found, list) else found.results
    return records


def decode(kind: Any, text: bytes | memoryview) -> Any:
    """Decode the text as `kind`; raise ValueError if it doesn't fit."""
    try:
        return _decoder(kind).decode(text)
    except msgspec.MsgspecError as error:
        # Its errors are a `ValueError` in some of its versions only.
        raise ValueError(str(error)) from error


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    # msgspec lets a second thread use what the first has built in part, and the process crashes.
    with _BUILDING:
        return msgspec.json.Decoder(kind)


@cache
def _page_of(kind: Any) -> Any:
    records: Any = list[kind]
    return records | msgspec.defstruct("Page", [("results", records)], gc=False)


@cache
def list_of(fields: Fields, strict: bool) -> Any:
    """Return the type of a list of such objects."""
    # Unlike lists, empty tuples are all one object.
    objects: Any = tuple[object_of(fields, strict), ...]  # type: ignore[misc]
    return objects if strict else objects | None


@cache
def object_of(fields: Fields, strict: bool) -> Any:
    """Return the type of an object with the fields as attributes, as `Records.read` returns it."""
    kinds: list[tuple[str, Any, bool, bool]] = []
    for name, column in fields.leaves.items():
        kind = _PLAIN if column.lenient else _KINDS.get(column.value_type, str)
        kinds.append((name, kind, column.nullable, column.optional))
    for children, kind_of in ((fields.objects, object_of), (fields.lists, list_of)):
        for name, child in children.items():
            kinds.append((name, kind_of(child, strict), child.nullable, child.optional))
    kinds += [(name, msgspec.Raw, False, name == FLIGHTS_LIST) for name in fields.parts]
    attributes: list[Any] = []
    for name, kind, nullable, optional in kinds:
        kind = kind | None if nullable or (not strict and name not in fields.parts) else kind
        attributes.append((name, kind | msgspec.UnsetType, MISSING) if optional else (name, kind))
    # Optional fields may stand before required ones.
    made = msgspec.defstruct("Object", attributes, kw_only=True, gc=False)
    return made if strict else made | None


class Retrieved:
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
        numbers = [microseconds[at] for at in self.times]
        return pl.Series("retrieved_at", numbers, pl.Int64).cast(INSTANT)

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

    def take(self, positions: Sequence[int]) -> Retrieved:
        """Return the records at some positions, in the order of these."""
        if [*positions] == [*range(self.records.count)]:
            return self
        times = [self.times[position] for position in positions]
        return Retrieved(self.records.take(positions), times or self.latest, self.kind)


def _by_hand(records: Iterable[Record], kind: RecordKind) -> Records:
    if isinstance(records, Mapping | str | bytes | pl.DataFrame):
        hint = ": pass page['results']" if isinstance(records, Mapping) else ""
        raise TypeError(f"expected a list of records, got {type(records).__name__}{hint}")
    made = Records.of(records)
    what = "records" if kind is CRAFT else "docking events"
    objects = [record for record in made.decoded if isinstance(record, dict)]
    ids = Counter(record["id"] for record in objects if type(record.get("id")) is int)
    for record_id, count in ids.most_common(1):
        if count > 1:
            raise SnapshotError(f"two {what} have the id {record_id}; pass each one once")
    urls = (str(record.get("url")) for record in objects)
    versions = {match[1] for match in map(VERSION_IN_URL.search, urls) if match}
    if len(versions) > 1:
        mixed = " and ".join(sorted(versions))
        raise SnapshotError(f"{what} of LL2 {mixed} are mixed; use those of {VERSION} only")
    return made


def _in_utc(instant: datetime, argument: str) -> datetime:
    if not isinstance(instant, datetime):
        kind = type(instant).__name__
        raise TypeError(f"{argument}: expected datetime, got {kind} (use datetime.fromisoformat)")
    if instant.tzinfo is None:
        raise ValueError(f"{argument} needs an offset, such as tzinfo=timezone.utc")
    return instant.astimezone(timezone.utc)
