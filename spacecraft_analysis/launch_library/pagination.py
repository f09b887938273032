"""`Download`: requests the pages of one listing until they are complete, and caches each."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from spacecraft_analysis.errors import AnswerError, IncompleteError, OfflineError, ThrottledError
from spacecraft_analysis.frames import Records
from spacecraft_analysis.launch_library.api import Api, throttled
from spacecraft_analysis.launch_library.cache import Cache, CachedDownload, age_in_words, file_error
from spacecraft_analysis.launch_library.completeness import contradiction, merged, missing_blocks
from spacecraft_analysis.launch_library.endpoints import Block, Listing
from spacecraft_analysis.launch_library.http import DownError, SlowError
from spacecraft_analysis.launch_library.page import Page
from spacecraft_analysis.launch_library.progress import Progress

_LOG = logging.getLogger("spacecraft_analysis")
# A pause is this fraction of the patience.
_PAUSES = 12
# LL2 counts in whole seconds: a request sent a moment early would be refused.
_RATE_LIMIT_MARGIN = timedelta(seconds=1)


class PageSize:
    """The size of the next page: halved after one that was too slow, doubled after quick ones.

    A size that failed twice is not tried again.
    """

    def __init__(self, sizes: tuple[int, ...], patience: timedelta) -> None:
        self.size = sizes[0]
        self._sizes = sizes
        self._quick = patience.total_seconds() / 3
        self._failures: Counter[int] = Counter()
        self._quick_in_a_row = 0

    def succeeded(self, seconds: float) -> None:
        """Note a page that was received: after two quick ones the next may be larger."""
        self._quick_in_a_row = self._quick_in_a_row + 1 if seconds < self._quick else 0
        larger = self._sizes[: self._sizes.index(self.size)][-1:]
        if self._quick_in_a_row >= 2 and larger and self._failures[larger[0]] < 2:
            self.size = larger[0]
            self._quick_in_a_row = 0

    def failed(self, limit: int) -> bool:
        """Note that `limit` records were too slow; return whether a smaller size is left."""
        self._failures[self.size] += 1
        self._quick_in_a_row = 0
        smaller = [size for size in self._sizes if size < limit]
        self.size = smaller[0] if smaller else self.size
        return bool(smaller)


@dataclass(frozen=True)
class Settings:
    """What all downloads of one call share."""

    cache: Cache
    api: Api | None
    """LL2; None offline."""
    progress: Progress
    max_age: timedelta
    is_refresh: bool
    """Whether the caller wants no older page."""
    wait: bool
    """Whether to wait when the rate limit is reached."""


class Download:
    """The pages of one listing, of which some may be cached."""

    def __init__(self, settings: Settings, listing: Listing, cached: list[CachedDownload]) -> None:
        self.listing = listing
        self.cached = _usable(cached, settings) or CachedDownload(listing)
        """Its pages, and its id in the cache."""
        # The last complete download, if that is another one and no page of it is damaged.
        older = [one for one in cached if one.is_complete and one is not self.cached]
        intact = [one for one in older if not missing_blocks(listing, one.pages)]
        self._older = intact[0] if intact else None
        self._settings = settings
        self._patience = settings.api.patience if settings.api else timedelta(0)
        self._short_pause = self._patience / _PAUSES
        self._size = PageSize(listing.sizes, self._patience)
        self._slow: set[Block] = set()
        self._contradiction: str | None = None

    @property
    def pages(self) -> list[Page]:
        """The pages that are there."""
        return self.cached.pages

    @property
    def missing(self) -> list[Block]:
        """What is still to be requested; an estimate where the number of records is unknown."""
        return missing_blocks(self.listing, self.pages)

    @property
    def is_estimate(self) -> bool:
        """Whether the number of pages is not known."""
        return not self.pages and not self.listing.is_single

    def complete(self) -> tuple[Records, list[datetime]]:
        """Request what is missing; return the records and when each was sent."""
        api = self._settings.api
        if self.cached.is_damaged:
            if api is None:
                raise file_error(self._settings.cache.file, "a page in it is damaged")
            _LOG.warning("a cached page is damaged and requested again")
            self._begin(self.pages)
        for page in self.pages:
            _LOG.info("using the cached page %s", self.listing.page_url(page.block))
        if self.missing:
            if api is None:
                raise not_cached(self.listing.page_url(self.missing[0]))
            self._say(f"downloading {self.listing.endpoint.things}")
        try:
            while api and self.missing:
                self._request(api)
        except (AnswerError, IncompleteError, ThrottledError) as error:
            error.args = (f"{error}{self._what_is_cached()}",)
            raise
        if self._older is None:
            # No older download has to wait for what else is downloaded with this one.
            self._settings.cache.finish([self.cached])
        return merged(self.listing, self.pages)

    def _say(self, message: str) -> None:
        """Report how far the download is."""
        total = None if self.is_estimate else len(self.pages) + len(self.missing)
        self._settings.progress(len(self.pages), total, message)

    def _begin(self, pages: Sequence[Page] = ()) -> None:
        """Begin a download in the cache, with the pages that are known to be right."""
        is_refresh = self._settings.is_refresh or self.cached.is_refresh
        self.cached = self._settings.cache.begin(self.listing, is_refresh=is_refresh)
        for page in pages:
            self._settings.cache.add(self.cached, page)

    def _request(self, api: Api) -> None:
        """Add the next page from LL2; after one that was too slow a smaller one is next."""
        sizes = (size for size in self.listing.sizes if size <= self._size.size)
        blocks = (missing_blocks(self.listing, self.pages, size)[0] for size in sizes)
        block = next(block for block in blocks if block not in self._slow)
        url = self.listing.page_url(block)
        self._check_key(block, url)
        self._settings.cache.check_writable()
        begun = time.monotonic()
        try:
            page = self._within_rate_limit(block, api)
        except SlowError:
            self._slow.add(block)
            if not self._size.failed(block.limit):
                raise
            size, number = self._size.size, len(self.pages) + 1
            _LOG.warning("page %d was too slow; going on with %d records a page", number, size)
            self._pause(self._short_pause, f"page {number} was too slow; going on with {size} rows")
            return
        self._size.succeeded(time.monotonic() - begun)
        first = next((key for key in page.keys if key is not None), None)
        if block.after and first and first < block.after:
            raise AnswerError(
                f"requested {url}: received events before that docking time. The server ignores "
                "the filter, without which events can't be downloaded; check base_url"
            )
        self._add(page)

    def _check_key(self, block: Block, url: str) -> None:
        """Raise AnswerError if the next page by key would be the last one again."""
        if not self.pages or not self.listing.endpoint.by_key:
            return
        if block.after is None or block.after == self.pages[-1].block.after:
            when = "one docking time" if block.after else "no docking time"
            raise AnswerError(
                f"requested {url}: more than {self.pages[-1].block.limit - 1} events have {when}, "
                "so that the next ones can't be requested; download without docking events"
            )

    def _within_rate_limit(self, block: Block, api: Api, attempts: int = 3) -> Page:
        """Return a page; wait as long as the rate limit is reached if the caller wants that."""
        try:
            self._check_rate_limit(api, self.listing.page_url(block))
            return self._once_or_twice(block, api)
        except ThrottledError as error:
            self._settings.cache.remember_rate_limit(api.rate_limit_id, error.available_at)
            if not self._settings.wait or attempts == 1:
                raise
            self._pause(error.wait + _RATE_LIMIT_MARGIN, "the rate limit is reached")
        return self._within_rate_limit(block, api, attempts - 1)

    def _check_rate_limit(self, api: Api, url: str) -> None:
        """Raise ThrottledError if a rate limit is remembered and LL2 still grants nothing."""
        at = self._settings.cache.rate_limit(api.rate_limit_id)
        if at is None:
            return
        limit = None
        with suppress(AnswerError):
            limit = api.rate_limit()
        if limit is None or not limit.left:
            raise throttled(url, limit.next_in if limit else at - _now())
        self._settings.cache.remember_rate_limit(api.rate_limit_id, None)

    def _once_or_twice(self, block: Block, api: Api) -> Page:
        """Return a page; where the server is unavailable it is requested again a little later."""
        try:
            return api.page(self.listing, block)
        except DownError as error:
            wait = self._short_pause if error.retry_after is None else error.retry_after
            if wait > self._patience:
                raise
            _LOG.info("%s", error)
            self._pause(wait, "LL2 can't be reached; trying once more")
        return api.page(self.listing, block)

    def _add(self, page: Page) -> None:
        if not self.cached.id:
            self._begin()
        self._settings.cache.add(self.cached, page)
        if found := contradiction(self.listing, self.pages):
            self._start_again(found)
        things = self.listing.endpoint.things
        self._say(f"downloading {things}" if self.missing else f"{things} downloaded")

    def _start_again(self, found: str) -> None:
        """Drop all pages, since nobody knows which are right; raise the second time."""
        have = len({record_id for page in self.pages for record_id in page.ids})
        want = self.listing.wanted(self.pages[0].count)
        before, self._contradiction = self._contradiction, found
        self._begin()
        if before is None:
            _LOG.warning("the pages received contradict each other (%s); reading again", found)
            return
        things = self.listing.endpoint.things
        if before == found and self.listing.endpoint.by_key:
            raise AnswerError(
                f"requested {self.listing.url}: {found}, twice. An event without a docking time "
                "can't be requested by docking time, so that the download can't be complete. "
                "Nothing was saved; download without docking events, or try again later"
            )
        raise IncompleteError(
            f"requested {self.listing.url}: the catalogue changed during the download: {have} of "
            f"{want} {things} after two attempts ({found}). Nothing was saved; try again later"
        )

    def _pause(self, wait: timedelta, reason: str) -> None:
        until = _now() + wait
        message = f"{reason}; continuing at {until:%H:%M:%S} UTC"
        _LOG.info("%s", message)
        self._say(message)
        # By the wall clock, since the other one stands still while a computer sleeps.
        while (left := (until - _now()).total_seconds()) > 0:
            time.sleep(min(1.0, left))

    def _what_is_cached(self) -> str:
        """Return what there is in spite of an error, as an end of its message."""
        facts = ""
        if self.pages:
            total = f" of {len(self.pages) + len(self.missing)}"
            facts = f". {len(self.pages)}{total} pages are cached and will not be requested again"
        if self._older is not None:
            oldest = min(page.received_at for page in self._older.pages)
            facts += (
                f". A complete download of {self.listing.endpoint.things}, of "
                f"{oldest:%Y-%m-%d %H:%M} UTC ({age_in_words(_now() - oldest)} old), is cached and "
                "can be used offline (SPACECRAFT_ANALYSIS_OFFLINE=1)"
            )
        return facts


def downloads(settings: Settings, listings: list[Listing]) -> list[Download]:
    """Return the downloads of some listings, as they are cached at one moment."""
    cached = settings.cache.downloads(listings)
    return [Download(settings, *pair) for pair in zip(listings, cached, strict=True)]


def _usable(cached: list[CachedDownload], settings: Settings) -> CachedDownload | None:
    """Return the cached download to use or to go on with, or None to begin anew.

    Online that is one without an old page, and for a refresh only an unfinished refresh. Offline
    it is the last complete one, of any age.
    """
    if settings.api is None:
        return cached[-1] if cached else None
    for one in cached:
        # A page from the future was received by a wrong clock; nobody knows how old it is.
        is_young = all(abs(_now() - page.received_at) <= settings.max_age for page in one.pages)
        if one.pages and is_young and (one.is_refresh or not settings.is_refresh):
            return one
    return None


def not_cached(url: str) -> OfflineError:
    """Return the error of a page that is missing offline."""
    return OfflineError(
        f"offline, and {url} is not in the cache, or belongs to another download: fetch it once "
        "online with the same arguments",
        url=url,
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)
