"""What a page of LL2 is: told from anything else that came, and read for what it counts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import msgspec

from spacecraft_analysis.launch_library.endpoints import ENDPOINTS, Block, Endpoint, Question

# LL2 has held at most 607 spacecraft so far.
_LARGEST_COUNT = 100_000
# What 64 bits hold.
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
# Fewer records of many may all be odd ones.
_DECIDE = 3
_VERSION = re.compile(r"/([0-9]+\.[0-9]+\.[0-9]+)/")
_SPOKEN = "2.3.0"


@dataclass(frozen=True, eq=False)
class Page:
    """One page as LL2 sent it."""

    block: Block
    """What was asked for."""
    count: int
    """Of the whole catalogue."""
    ids: list[int]
    """Of its records."""
    places: list[bytes]
    """What they are ordered by, as it was sent."""
    body: bytes
    sent_at: datetime | None
    """By LL2's clock, if it tells the time."""
    kept_at: datetime
    """By this computer's."""

    @property
    def retrieved_at(self) -> datetime:
        """What LL2's clock said, else when the page was kept."""
        return self.sent_at or self.kept_at

    def overlaps(self, other: Page) -> bool:
        """Whether both were asked for the same place."""
        return self.block.offset < other.block.end and other.block.offset < self.block.end

    @classmethod
    def read(
        cls,
        endpoint: Endpoint,
        block: Block,
        body: bytes,
        sent_at: datetime | None,
        kept_at: datetime,
    ) -> Page:
        """The page with this text.

        Raises:
            ValueError: It is no page of records with ids.
        """
        count, ids, places = _counted(endpoint, body)
        return cls(block, count, ids, places, body, sent_at, kept_at)


class _Identified(msgspec.Struct, gc=False):
    id: Annotated[int, msgspec.Meta(ge=_SMALLEST, le=_LARGEST)]


def _decoder(endpoint: Endpoint) -> msgspec.json.Decoder[Any]:
    place = [(endpoint.ordering, msgspec.Raw, msgspec.Raw(b"null"))] if endpoint.has_ties else []
    record = msgspec.defstruct("Record", place, bases=(_Identified,), gc=False)
    fields = [("count", int), ("results", list[record])]  # type: ignore[valid-type]
    return msgspec.json.Decoder(msgspec.defstruct("Page", fields))


# Made here, since msgspec lets a second thread use what the first has built in part.
_DECODERS = {endpoint: _decoder(endpoint) for endpoint in ENDPOINTS}


class _Listed(msgspec.Struct):
    results: list[msgspec.Raw]


_LISTED = msgspec.json.Decoder(_Listed)


def records_of(body: bytes) -> list[bytes]:
    """The text of each record of a page."""
    return [bytes(record) for record in _LISTED.decode(body).results]


def _counted(endpoint: Endpoint, body: bytes) -> tuple[int, list[int], list[bytes]]:
    try:
        page = _DECODERS[endpoint].decode(body)
    except msgspec.MsgspecError as error:
        # Its errors are a `ValueError` in some of its versions only.
        raise ValueError(str(error)) from error
    ids = [record.id for record in page.results]
    if not endpoint.has_ties:
        return page.count, ids, [b""] * len(ids)
    return page.count, ids, [bytes(getattr(one, endpoint.ordering)) for one in page.results]


def problem(body: bytes, question: Question, block: Block) -> str | None:
    """What keeps this from being the page that was asked for, in words; null if nothing does."""
    try:
        # From bytes Python would read other encodings too, and half a character.
        page = json.loads(body.decode(), parse_constant=_no_constant)
        found = _shape(page) or _another(page, question, block)
        if found is None:
            # What is kept is read by this, which heeds the first of two equal keys as well.
            _counted(question.endpoint, body)
        if b"\\ud" in body or b"\\uD" in body:
            # Half a character can be written as an escape; it fits no text of ours.
            json.dumps(page, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else "no whole JSON"
        return f"{kind} ({type(error).__name__})" if body.strip() else "nothing at all"
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _shape(page: Any) -> str | None:
    """What keeps this from being a page of records."""
    if not isinstance(page, dict):
        return f"a JSON {type(page).__name__}"
    if not isinstance(page.get("results"), list):
        return "an object without a list of results"
    count = page.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return f"a count that is no number ({str(count)[:20]!r})"
    if count > _LARGEST_COUNT:
        return f"a count that no catalogue has ({count})"
    for at, record in enumerate(page["results"]):
        record_id = record.get("id") if isinstance(record, dict) else None
        if not _is_whole(record_id):
            return f"a record without a whole number as id (number {at + 1} of the page)"
    return None


def _is_whole(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and _SMALLEST <= value <= _LARGEST


def _another(page: dict[str, Any], question: Question, block: Block) -> str | None:
    """What shows that something else was answered than what was asked."""
    records: list[dict[str, Any]] = page["results"]
    decide = min(_DECIDE, block.size, page["count"])
    if not records or len(records) < decide:
        return None
    asked = (_VERSION.findall(question.base_url) or [_SPOKEN])[-1]
    told = [version for record in records if (version := _version(record))]
    # Both may be another one, which this package can't read even though it was asked for.
    if len(told) >= decide and not {asked, _SPOKEN} <= {*told}:
        versions = " and ".join(sorted(set(told)))
        return (
            f"records of LL2 {versions} (their url says so) where {asked} was asked; this package "
            f"speaks {_SPOKEN}"
        )
    details = question.endpoint.details
    detailed = ("mode", "detailed") in question.asked
    if details and detailed and not any(details in record for record in records):
        return (
            f"records without {details} though mode=detailed was asked, as versions of LL2 send "
            f"them that do not know the mode; this package speaks {_SPOKEN}"
        )
    return None


def _version(record: dict[str, Any]) -> str | None:
    url = record.get("url")
    found = _VERSION.search(url) if isinstance(url, str) else None
    return found[1] if found else None


def shortened(text: object, token: str | None) -> str:
    """At most one line of what came, without control characters and without the token."""
    line = " ".join(str(text).split())
    if token:
        line = line.replace(token, "…")
    line = "".join(character for character in line if character.isprintable())
    return f"{line[:120]}…" if len(line) > 120 else line or "empty"


def http_date(value: str) -> datetime | None:
    """The instant that a header names; null if it names none."""
    try:
        date = parsedate_to_datetime(value)
        # HTTP's dates are in UTC; "-0000" says so without an offset.
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None
