"""One page of LL2: checked when it is received, and read for what its completeness needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from spacecraft_analysis.frames import Records
from spacecraft_analysis.frames.pages import VERSION_IN_URL, decode
from spacecraft_analysis.frames.schema import VERSION
from spacecraft_analysis.launch_library.endpoints import DOCKING_EVENTS, Block, Listing

# LL2 has had at most 607 spacecraft so far.
_LARGEST_COUNT = 100_000
# The first records may be malformed; this many of them show what kind of page it is.
_DECISIVE_RECORDS = 3


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
    body: bytes = field(repr=False)
    retrieved_at: datetime
    """When LL2 sent it, by its own clock where that can be believed."""
    received_at: datetime
    """By this computer's clock."""

    @property
    def end(self) -> int:
        """The first row after its records."""
        return self.block.offset + len(self.ids)

    @property
    def last_key(self) -> str | None:
        """The last key on it."""
        return next((key for key in reversed(self.keys) if key is not None), None)

    @property
    def records(self) -> Records:
        """Its records."""
        return Records((self.body,), len(self.ids))

    @classmethod
    def read(cls, block: Block, body: bytes, retrieved: datetime, received: datetime) -> Page:
        """Return the page with this text, in which `problem` found nothing."""
        page: _Records = decode(_Records, body)
        ids = [record.id for record in page.results]
        keys = [key if isinstance(key := record.key, str) else None for record in page.results]
        return cls(block, page.count, ids, keys, page.next is None, body, retrieved, received)


class _Record(msgspec.Struct, gc=False, rename={"key": DOCKING_EVENTS.ordering}):
    id: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    key: Any = None
    url: Any = None
    flights: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Records(msgspec.Struct):
    count: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_COUNT)]
    results: list[_Record]
    next: Any = None


def problem(body: bytes, listing: Listing, block: Block) -> str | None:
    """Return what keeps this from being the page that was requested, or None.

    No text of the page is in it, since that may hold the token.
    """
    try:
        # All of it, as strict JSON in UTF-8.
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if not body.strip():
            return "an empty body"
        kind = "HTML" if body.lstrip()[:1] == b"<" else "not valid JSON"
        return f"{kind} ({type(error).__name__})"
    try:
        page: _Records = decode(_Records, body)
    except ValueError as error:
        # It names kinds and places, and no value.
        return f"JSON that is not a page of records with ids ({error})"
    # What shows that it is the answer to another request.
    records = page.results
    decide = min(_DECISIVE_RECORDS, block.limit, page.count)
    if not records or len(records) < decide:
        return None
    requested = (VERSION_IN_URL.findall(listing.base_url) or [VERSION])[-1]
    urls = (record.url for record in records if isinstance(record.url, str))
    found = [match[1] for match in map(VERSION_IN_URL.search, urls) if match]
    # Another version can't be read, even if it was requested.
    if len(found) >= decide and (requested != VERSION or VERSION not in found):
        versions = " and ".join(sorted(set(found)))
        return (
            f"records of LL2 {versions} (by their url) where {requested} was requested; this "
            f"package supports {VERSION}"
        )
    detailed = ("mode", "detailed") in listing.parameters
    if detailed and all(record.flights is msgspec.UNSET for record in records):
        return (
            "records without flights though mode=detailed was requested, as versions of LL2 send "
            f"them that do not know the mode; this package supports {VERSION}"
        )
    return None
