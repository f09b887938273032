"""One page of LL2: checked when it is received, and read for what its completeness needs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from spacecraft_analysis.launch_library.endpoints import DOCKING_EVENTS, Block, Endpoint, Listing

# LL2 has had at most 607 spacecraft so far.
_LARGEST_COUNT = 100_000
# What 64 bits hold.
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
# The first records may be malformed; this many of them show what kind of page it is.
_DECIDE = 3
_VERSION = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
_SUPPORTED = "2.3.0"


@dataclass(frozen=True, eq=False)
class Page:
    """One page as LL2 sent it."""

    block: Block
    """What was requested."""
    count: int
    """Of all records of the listing."""
    ids: list[int]
    keys: list[str | None]
    """What the records are ordered by, where that is not their id."""
    is_last: bool
    """Whether its `next` is null."""
    bounds: list[tuple[int, int]]
    """Where each record begins and ends in the body."""
    body: bytes = field(repr=False)
    sent_at: datetime | None
    """By LL2's clock, where that can be believed."""
    received_at: datetime
    """By this computer's clock."""

    @property
    def retrieved_at(self) -> datetime:
        """When LL2 sent it, else when it was received."""
        return self.sent_at or self.received_at

    @property
    def end(self) -> int:
        """The first row behind its records."""
        return self.block.offset + len(self.ids)

    @property
    def last_key(self) -> str | None:
        """The last key on it."""
        return next((key for key in reversed(self.keys) if key is not None), None)

    def records(self) -> list[bytes]:
        """Return the JSON text of each record."""
        return [self.body[start:end] for start, end in self.bounds]

    @classmethod
    def read(
        cls,
        endpoint: Endpoint,
        block: Block,
        body: bytes,
        sent_at: datetime | None,
        received_at: datetime,
    ) -> Page:
        """Return the page with this text.

        Raises:
            ValueError: It is not a page of records with ids.
        """
        try:
            page = _PAGE.decode(body)
            records = [_RECORD.decode(text) for text in page.results]
        except msgspec.MsgspecError as error:
            # Its errors are a `ValueError` in some of its versions only.
            raise ValueError(str(error)) from error
        ids = [record.id for record in records]
        keys: list[str | None] = []
        if endpoint.by_key:
            keys = [key if isinstance(key := record.key, str) else None for record in records]
        bounds, end = [], 0
        for text in page.results:
            start = body.index(text, end)
            end = start + len(text)
            bounds.append((start, end))
        is_last = page.next is None
        return cls(block, page.count, ids, keys, is_last, bounds, body, sent_at, received_at)


class _Page(msgspec.Struct):
    count: int
    results: list[msgspec.Raw]
    next: Any = None


class _Record(msgspec.Struct, gc=False, rename={"key": DOCKING_EVENTS.ordering}):
    id: Annotated[int, msgspec.Meta(ge=_SMALLEST, le=_LARGEST)]
    key: Any = None


# Made at import, since msgspec lets a second thread use what the first has built in part.
_PAGE = msgspec.json.Decoder(_Page)
_RECORD = msgspec.json.Decoder(_Record)


def problem(body: bytes, listing: Listing, block: Block) -> str | None:
    """Return what keeps this from being the page that was requested, or None.

    No text of the page is in it, since that may hold the token.
    """
    try:
        # From bytes Python would read other encodings too, and lone surrogates.
        page = json.loads(body.decode(), parse_constant=_reject)
        found = _shape(page) or _mismatch(page, listing, block)
        if found is None:
            # The cache reads a page this way, which heeds the first of two equal keys as well.
            Page.read(listing.endpoint, block, body, None, datetime.min)
            # A lone surrogate can be written as an escape.
            json.dumps(page, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        if not body.strip():
            return "an empty body"
        kind = "HTML" if body.lstrip()[:1] == b"<" else "not valid JSON"
        return f"{kind} ({type(error).__name__})"
    return found


def _reject(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _shape(page: Any) -> str | None:
    """Return what keeps this from being a page of records."""
    if not isinstance(page, dict):
        return f"a JSON {type(page).__name__}"
    if not isinstance(page.get("results"), list):
        return "an object without a list of results"
    count = page.get("count")
    if not isinstance(count, int) or isinstance(count, bool):
        return "a count that is not a number"
    if not 0 <= count <= _LARGEST_COUNT:
        return "an impossible count"
    for at, record in enumerate(page["results"]):
        record_id = record.get("id") if isinstance(record, dict) else None
        if type(record_id) is not int or not _SMALLEST <= record_id <= _LARGEST:
            return f"a record without a whole number as id (number {at + 1} of the page)"
    return None


def _mismatch(page: dict[str, Any], listing: Listing, block: Block) -> str | None:
    """Return what shows that the answer is to another request."""
    records: list[dict[str, Any]] = page["results"]
    decide = min(_DECIDE, block.limit, page["count"])
    if not records or len(records) < decide:
        return None
    requested = (_VERSION.findall(listing.base_url) or [_SUPPORTED])[-1]
    urls = (record.get("url") for record in records)
    found = [match[1] for url in urls if isinstance(url, str) and (match := _VERSION.search(url))]
    # Both may be another version, which this package can't read even on request.
    if len(found) >= decide and not {requested, _SUPPORTED} <= {*found}:
        versions = " and ".join(sorted(set(found)))
        return (
            f"records of LL2 {versions} (by their url) where {requested} was requested; this "
            f"package supports {_SUPPORTED}"
        )
    details = listing.endpoint.details
    detailed = ("mode", "detailed") in listing.parameters
    if details and detailed and not any(details in record for record in records):
        return (
            f"records without {details} though mode=detailed was requested, as versions of LL2 "
            f"send them that do not know the mode; this package supports {_SUPPORTED}"
        )
    return None
