"""`Fetch`: the downloads of one call, and the `Snapshot` or the `Plan` that is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import Any

from spacecraft_analysis.errors import AnswerError
from spacecraft_analysis.launch_library.api import RateLimit
from spacecraft_analysis.launch_library.endpoints import Listing
from spacecraft_analysis.launch_library.http import SlowError
from spacecraft_analysis.launch_library.pagination import Settings, downloads, not_cached
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot import Snapshot
from spacecraft_analysis.snapshot.filters import events_of


@dataclass(frozen=True)
class Plan:
    """What a fetch needs; prints as three lines.

    Attributes:
        requests: Requests that the fetch would send; an upper estimate if `estimated`.
        kept: Pages that are cached, young enough and fitting together.
        allowance_left: Requests that LL2 grants now; None where it does not say.
        next_in: How long until LL2 grants the next request; None where it does not say.
        complete_at: The earliest instant (UTC) at which the fetch can be complete.
        urls: The addresses of the requests, in order, as far as they are known beforehand: those
            of docking events follow from one page to the next.
        estimated: True while no page is cached, so that the number of records is unknown.
        offline: True where nothing may be requested, so that missing pages can't be had.
        unanswered: What went wrong where LL2 did not respond, or offline what is missing first;
            else None.
        temporary: Whether the same call may succeed later where LL2 did not respond.
    """

    requests: int
    kept: int
    allowance_left: int | None
    next_in: timedelta | None
    complete_at: datetime
    urls: tuple[str, ...]
    estimated: bool
    offline: bool = False
    unanswered: str | None = None
    temporary: bool = False

    @property
    def rate_limit(self) -> str:
        """The requests left and when the next one is possible, in words."""
        if self.offline:
            return "unknown, not requested offline"
        if self.unanswered:
            return "unknown, LL2 did not respond"
        if self.next_in is None:
            return "unknown, LL2 does not report it"
        wait = ceil(self.next_in.total_seconds())
        next_in = f"in {wait} s" if wait else "now"
        return f"{self.allowance_left} left, next request possible {next_in}"

    def __str__(self) -> str:
        """Three lines: the requests, the rate limit, and when the fetch can be complete."""
        up_to = "up to " if self.estimated else ""
        complete = f"{self.complete_at:%Y-%m-%d %H:%M:%S} UTC at the earliest"
        if self.offline and self.requests:
            complete = "not offline, since pages are missing"
        elif self.unanswered and self.requests:
            complete = "not now, since LL2 did not respond"
        return (
            f"requests needed: {up_to}{self.requests} ({self.kept} pages cached)\n"
            f"rate limit: {self.rate_limit}\n"
            f"can be complete: {complete}"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


class Fetch:
    """One call: its downloads, and the snapshot or the plan made of them."""

    def __init__(self, base_url: str, query: Query, dockings: bool, settings: Settings) -> None:
        self._query, self._settings = query, settings
        self._listing = Listing.of_spacecraft(base_url, query)
        listings = [self._listing, self._listing.full]
        if dockings:
            listings.append(Listing.of_docking_events(base_url))
        craft, full, *events = downloads(settings, listings)
        # A cached download of all records answers what would only order and cut them.
        use_full = craft.missing and not full.missing
        self.downloads = [full if use_full else craft, *events]

    def snapshot(self) -> Snapshot:
        """Return the records that answer the query, from complete downloads."""
        try:
            records, times = self.downloads[0].complete()
        except SlowError:
            if self._listing.is_pageable:
                raise
            # Ties would repeat and skip on smaller pages, so all is downloaded, ordered and cut.
            self.downloads[0] = downloads(self._settings, [self._listing.full])[0]
            records, times = self.downloads[0].complete()
        query, dockings = self._query, self.downloads[1:]
        events = events_times = None
        for download in dockings:
            events, events_times = download.complete()
            if query.filters or query.limit:
                stay = events_of(events, records)
                events, events_times = events.take(stay), [events_times[row] for row in stay]
        self._settings.cache.finish([download.cached for download in self.downloads])
        snapshot = Snapshot(
            records,
            docking_events=events,
            url=self._listing.url,
            query=query.arguments | ({"dockings": True} if dockings else {}),
            is_selection=bool(query.filters) or records.count < self.downloads[0].pages[0].count,
            retrieved_at=times or self.downloads[0].pages[0].retrieved_at,
            docking_events_retrieved_at=events_times or self.downloads[-1].pages[0].retrieved_at,
        )
        listing = self.downloads[0].listing
        if listing.ordering == query.ordering and records.count <= (query.limit or records.count):
            return snapshot
        return snapshot.select(ordering=query.ordering, limit=query.limit)

    def plan(self) -> Plan:
        """Return what the snapshot needs."""
        requests = sum(len(download.missing) for download in self.downloads)
        urls = tuple(
            url
            for download in self.downloads
            # The next pages by key are not known yet.
            for url in dict.fromkeys(map(download.listing.page_url, download.missing))
        )
        api, rate_limit, failure = self._settings.api, None, None
        try:
            rate_limit = api.rate_limit() if api else None
        except AnswerError as error:
            failure = error
        missing = not_cached(urls[0]) if urls and api is None else failure
        return Plan(
            requests=requests,
            kept=sum(len(download.pages) for download in self.downloads),
            allowance_left=rate_limit.left if rate_limit else None,
            next_in=rate_limit.next_in if rate_limit else None,
            complete_at=datetime.now(timezone.utc) + _time_needed(requests, rate_limit),
            urls=urls,
            estimated=any(download.is_estimate for download in self.downloads),
            offline=api is None,
            unanswered=str(missing) if missing else None,
            temporary=missing is not None and missing.temporary,
        )


def _time_needed(requests: int, rate_limit: RateLimit | None) -> timedelta:
    """Return how long until LL2 has granted that many requests: what is left now, then by periods.

    When earlier requests stop counting is unknown; a period later they surely have.
    """
    if rate_limit is None or requests <= rate_limit.left:
        return timedelta(0)
    if rate_limit.left:
        return ceil((requests - rate_limit.left) / rate_limit.limit) * rate_limit.period
    return rate_limit.next_in + (requests - 1) // rate_limit.limit * rate_limit.period
