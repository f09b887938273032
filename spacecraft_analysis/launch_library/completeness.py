"""Whether pages are one state of the catalogue, and the records that they hold together.

Pages by offset are requested from the last row to the first, after the first page, which gives the
count, and each overlaps the one above it by one row. A record that goes, or comes, between two
pages moves the rows of one of them, so that the shared row has two ids.

Pages by key begin with the last key received. No row moves: an event is received or it is not,
and their number shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil

from spacecraft_analysis.frames import Records
from spacecraft_analysis.launch_library.endpoints import Block, Listing
from spacecraft_analysis.launch_library.page import Page

# Records of an endpoint while their number is unknown: seven pages, where neighbours share a row.
_ASSUMED_COUNT = 100 + 6 * 99


def missing_blocks(listing: Listing, pages: Sequence[Page], size: int | None = None) -> list[Block]:
    """Return what is still to be requested, in order, in full pages if no size is passed.

    Only the first one is exact where pages are by key; their number is an estimate.
    """
    size = size or listing.sizes[0]
    wanted = listing.wanted(pages[0].count if pages else _ASSUMED_COUNT)
    if listing.endpoint.by_key:
        if pages and pages[-1].is_last:
            return []
        known = len({record_id for page in pages for record_id in page.ids})
        # Each page but the very first repeats the last row of the one before it.
        number = max(1, ceil((wanted - max(1, known)) / (size - 1)))
        return [Block(size, after=pages[-1].last_key if pages else None)] * number
    covered = [(page.block.offset, page.end) for page in pages]
    blocks: list[Block] = []
    while block := _next_block(covered, wanted, size) if covered else Block(size):
        blocks.append(block)
        covered.append((block.offset, block.end))
    return blocks


def _next_block(covered: list[tuple[int, int]], wanted: int, size: int) -> Block | None:
    """Return the next block: it ends in the lowest row covered without a gap from the last row."""
    lowest = wanted
    for start, end in sorted(covered, key=lambda rows: rows[1], reverse=True):
        if end >= min(lowest + 1, wanted):
            lowest = min(lowest, start)
    if not lowest:
        return None
    end = min(lowest + 1, wanted)
    offset = max(0, end - size)
    return Block(end - offset, offset)


def contradiction(listing: Listing, pages: Sequence[Page]) -> str | None:
    """Return what shows that pages are not of one state of the catalogue, or None."""
    if listing.endpoint.by_key:
        return _contradiction_of_keys(listing, pages)
    counts = list(dict.fromkeys(page.count for page in pages))
    if len(counts) > 1:
        return f"the reported total changed from {counts[0]} to {counts[1]}"
    [count] = counts
    ids: dict[int, int] = {}
    for page in pages:
        cuts = listing.limit is not None and page.block.end >= listing.limit
        is_last = page.is_last if cuts else page.block.end >= count
        if found := _misfit(page, max(0, count - page.block.offset), is_last):
            return found
        for row, record_id in enumerate(page.ids, page.block.offset):
            if ids.setdefault(row, record_id) != record_id:
                return f"row {row} was requested twice and received with different ids"
    in_order = [ids[row] for row in sorted(ids)]
    if len(set(in_order)) < len(in_order):
        return "a record was received in two rows"
    if listing.is_pageable and in_order != sorted(in_order):
        return "the records do not come by id"
    return None


def _contradiction_of_keys(listing: Listing, pages: Sequence[Page]) -> str | None:
    for page in pages:
        if found := _misfit(page, page.count, page.count <= page.block.limit):
            return found
        if len(set(page.ids)) < len(page.ids):
            return "a record was received in two rows"
    have, want = len({record_id for page in pages for record_id in page.ids}), pages[0].count
    if pages[-1].is_last and have != want:
        return f"{have} {listing.endpoint.things} were received, and {want} reported at first"
    return None


def _misfit(page: Page, available: int, is_last: bool) -> str | None:
    expected = min(page.block.limit, available)
    if len(page.ids) != expected:
        return f"a page has {len(page.ids)} records instead of {expected}"
    if page.is_last != is_last:
        is_it = "is" if page.is_last else "is not"
        return f"a page {is_it} the last by its `next`, but not by the total of {page.count}"
    return None


def merged(listing: Listing, pages: Sequence[Page]) -> tuple[Records, list[datetime]]:
    """Return the records of complete pages, each once, in order, and when each was sent."""
    if listing.endpoint.by_key:
        # '~' sorts after every date: events without a docking time come last.
        events = {
            record_id: (key or "~", record_id, text, page.retrieved_at)
            for page in pages
            for record_id, key, text in zip(page.ids, page.keys, page.records.texts, strict=True)
        }
        ordered = sorted(events.values(), key=lambda event: event[:2])
        body = b"[" + b",".join(event[2] for event in ordered) + b"]"
        return Records((body,), len(ordered)), [event[3] for event in ordered]
    bodies: list[bytes | memoryview] = []
    times: list[datetime] = []
    for page in sorted(pages, key=lambda page: page.block.offset):
        # Without the rows that an earlier page already gave.
        new = range(len(times) - page.block.offset, len(page.ids))
        bodies += page.records.take(new).pages
        times += [page.retrieved_at] * len(new)
    return Records(tuple(bodies), len(times)), times
