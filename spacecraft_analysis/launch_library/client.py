"""Launch Library 2 with its settings, what a fetch costs, and snapshots from wherever they are."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spacecraft_analysis.errors import AnswerError, CacheError, LaunchLibraryError
from spacecraft_analysis.launch_library.endpoints import Limits, Listing
from spacecraft_analysis.launch_library.progress import Progress, showing, silent
from spacecraft_analysis.query import Query, flag
from spacecraft_analysis.snapshot import (
    Snapshot,
    Source,
    events_of,
    local_path,
    read_sample,
    read_snapshot,
)

if TYPE_CHECKING:
    from spacecraft_analysis.launch_library.api import Api, RateLimit
    from spacecraft_analysis.launch_library.cache import Cache
    from spacecraft_analysis.launch_library.pagination import Download

_LOG = logging.getLogger("spacecraft_analysis")
_PRODUCTION = "https://ll.thespacedevs.com/2.3.0/"
_NO_HOME = "no home directory: set SPACECRAFT_ANALYSIS_CACHE_DIR or pass cache_dir"


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

    def __str__(self) -> str:
        """Three lines: the requests, the rate limit, and when the fetch can be complete."""
        up_to = "up to " if self.estimated else ""
        rate_limit = "unknown, LL2 does not report it"
        if self.offline:
            rate_limit = "unknown, not requested offline"
        elif self.unanswered:
            rate_limit = "unknown, LL2 did not respond"
        elif self.next_in is not None:
            wait = ceil(self.next_in.total_seconds())
            next_in = f"in {wait} s" if wait else "now"
            rate_limit = f"{self.allowance_left} left, next request possible {next_in}"
        complete = f"{self.complete_at:%Y-%m-%d %H:%M:%S} UTC at the earliest"
        if self.offline and self.requests:
            complete = "not offline, since pages are missing"
        elif self.unanswered and self.requests:
            complete = "not now, since LL2 did not respond"
        return (
            f"requests needed: {up_to}{self.requests} ({self.kept} pages cached)\n"
            f"rate limit: {rate_limit}\n"
            f"can be complete: {complete}"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


class LaunchLibrary:
    """Launch Library 2 as a source of snapshots, with a cache that spares its rate limit.

    Every page is cached as soon as it is received, so that none is requested twice while it is
    young enough: not after an error, a rate limit or an interruption either.

    What it does is logged by the logger `spacecraft_analysis`: INFO for each request, retry, wait
    and cached page used, WARNING where something was given up; never the token.

    Args:
        base_url: The API with its version, such as `https://ll.thespacedevs.com/2.3.0/`. Without
            it the environment's `LL2_BASE_URL`, else production.
        token: Your key, sent as `Authorization: Token …` and never written anywhere. Without it
            the environment's `LL2_TOKEN`, else none: 15 requests an hour for your address.
        cache_dir: A folder for the cached pages alone; it is made private (0700). Without it the
            environment's `SPACECRAFT_ANALYSIS_CACHE_DIR`, else the user's cache folder.
        max_age: Cached pages that are older than this when a fetch begins are not used.
        patience: How long LL2 may take for one page. A page that takes longer is requested again
            in two halves, then in quarters.
        offline: Use cached pages only, of any age, and send nothing. Without it the environment's
            `SPACECRAFT_ANALYSIS_OFFLINE=1`.
        wait: Wait when the rate limit is reached and go on, instead of raising `ThrottledError`.
        progress: Called once for each page, retry and wait, with pages done, pages in all (None
            while unknown) and a sentence. Without it: a bar in a terminal, a line in a notebook,
            nothing in scripts and pipes.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: base_url is not a valid API URL, the token contains invalid characters, max_age
            is negative, patience is not positive, or SPACECRAFT_ANALYSIS_OFFLINE is not 0 or 1.

    Examples:
        >>> LaunchLibrary(cache_dir="pages")
        <LaunchLibrary https://ll.thespacedevs.com/2.3.0/>
    """

    _limits = Limits()

    def __init__(
        self,
        *,
        base_url: str | None = None,
        token: str | None = None,
        cache_dir: str | Path | None = None,
        max_age: timedelta = timedelta(days=1),
        patience: timedelta = timedelta(minutes=2),
        offline: bool | None = None,
        wait: bool = False,
        progress: Progress | None = None,
    ) -> None:
        from spacecraft_analysis.launch_library.http import Secret

        environment = os.environ.get
        if not (isinstance(token, str | None) and isinstance(base_url, str | None)):
            # Neither value is shown: each may hold what is secret.
            raise TypeError("token and base_url: expected str")
        key = Secret(environment("LL2_TOKEN", "")) if token is None else token
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("the token (LL2_TOKEN) contains spaces or invalid characters")
        for name, length in (("max_age", max_age), ("patience", patience)):
            if not isinstance(length, timedelta):
                raise TypeError(
                    f"{name}={length!r}: expected a timedelta, such as timedelta(hours=1)"
                )
        if max_age < timedelta(0):
            raise ValueError(f"max_age={max_age!r}: must not be negative")
        if patience <= timedelta(0):
            raise ValueError(f"patience={patience!r}: must be positive")
        if cache_dir == "":
            raise ValueError("cache_dir='': expected a folder; leave it out for the default one")
        if progress is not None and not callable(progress):
            raise TypeError(f"progress={progress!r}: expected a function; leave it out for a bar")
        if base_url is None:
            base_url = environment("LL2_BASE_URL") or _PRODUCTION
        if not _is_address(base_url):
            # The message leaves it out, since it may hold a password.
            raise ValueError(
                "base_url (LL2_BASE_URL) is not a valid API URL; expected something like "
                f"{_PRODUCTION} (no user name, password or query)"
            )
        self._base_url = f"{base_url.rstrip('/')}/"
        self._token = Secret(key) if key else None
        folder = cache_dir or environment("SPACECRAFT_ANALYSIS_CACHE_DIR")
        self._cache_dir = local_path(folder) if folder else _users_cache()
        self._max_age = max_age
        self._patience = patience
        word = environment("SPACECRAFT_ANALYSIS_OFFLINE", "")
        if offline is None and word not in ("", "0", "1"):
            raise ValueError(f"SPACECRAFT_ANALYSIS_OFFLINE={word!r}: expected 1, 0 or nothing")
        self._offline = word == "1" if offline is None else flag("offline", offline)
        self._wait = flag("wait", wait)
        self._progress = progress

    def __repr__(self) -> str:
        """The source, without the token."""
        return f"<LaunchLibrary {self._base_url}>"

    @property
    def base_url(self) -> str:
        """The API, with its version and a slash at the end."""
        return self._base_url

    @property
    def cache_dir(self) -> Path:
        """The folder of cached pages, which need not exist yet.

        Raises:
            CacheError: There is no home directory, and no folder was passed.
        """
        if self._cache_dir is None:
            raise CacheError(_NO_HOME)
        return self._cache_dir

    def fetch(
        self,
        *,
        dockings: bool = False,
        mode: str = "detailed",
        in_space: bool | None = None,
        is_placeholder: bool | None = None,
        name: str | None = None,
        spacecraft_config: int | None = None,
        status: int | None = None,
        search: str | None = None,
        ordering: str = "id",
        limit: int | None = None,
        refresh: bool = False,
    ) -> Snapshot:
        """Return every spacecraft that matches, or the first `limit` of them.

        The whole catalogue takes 6 or 7 requests, in detailed mode with all its flights. Pages are
        requested by id, since other orderings of LL2 can repeat and skip rows between pages, and
        ordered afterwards: nulls last in ascending and first in descending order, ties by id.

        Args:
            dockings: Whether to download docking events, too: all of them, or with a filter or a
                limit those whose chaser or target is in the answer. They take 6 more requests.
            mode: "detailed" (with flights and configurations) or "normal".
            in_space: Only craft that are, or are not, in space.
            is_placeholder: Only placeholders, or only real craft.
            name: Only craft of exactly this name.
            spacecraft_config: Only craft of the configuration with this id.
            status: Only craft with the status of this id.
            search: Words that must all occur in the craft's or the configuration's name.
            ordering: One of LL2's: flights_count, id, mission_ends_count, time_docked,
                time_in_space, each with an optional "-", which puts nulls first: the first 20 by
                "-time_docked" may all have none.
            limit: At most so many records. Up to 100 are one page, on which the order of ties, and
                which of them are cut off, is LL2's choice.
            refresh: Ignore the cache and download every page again. A refresh that was interrupted
                is continued by the next one, while its oldest page is younger than `max_age`.

        Raises:
            TypeError: An argument is misspelt or has a wrong type; nothing was sent.
            ValueError: An argument has a value that LL2 does not know; nothing was sent.
            ThrottledError: The rate limit is reached; the same call continues later.
            OfflineError: `offline=True` and a page is not in the cache.
            IncompleteError: The catalogue changed during the download; try again later.
            AnswerError: LL2 did not send a page; the message says what was received.
            CacheError: The cache folder can't be used.
        """
        query = Query(
            mode=mode,
            in_space=in_space,
            is_placeholder=is_placeholder,
            name=name,
            spacecraft_config=spacecraft_config,
            status=status,
            search=search,
            ordering=ordering,
            limit=limit,
        )
        with (
            showing(self._progress) as progress,
            self._open(query, dockings, refresh, progress) as fetch,
        ):
            try:
                return fetch.snapshot()
            except KeyboardInterrupt as error:
                cached = sum(len(download.pages) for download in fetch.downloads)
                error.add_note(
                    f"{cached} page{'' if cached == 1 else 's'} cached; fetching again with the "
                    "same arguments requests only the rest"
                )
                raise

    def plan(
        self,
        *,
        dockings: bool = False,
        mode: str = "detailed",
        in_space: bool | None = None,
        is_placeholder: bool | None = None,
        name: str | None = None,
        spacecraft_config: int | None = None,
        status: int | None = None,
        search: str | None = None,
        ordering: str = "id",
        limit: int | None = None,
        refresh: bool = False,
    ) -> Plan:
        """Return what `fetch` with the same arguments needs; send nothing that counts.

        Raises:
            TypeError: An argument is misspelt or has a wrong type.
            ValueError: An argument has a value that LL2 does not know.
            CacheError: The cache folder can't be used.
        """
        query = Query(
            mode=mode,
            in_space=in_space,
            is_placeholder=is_placeholder,
            name=name,
            spacecraft_config=spacecraft_config,
            status=status,
            search=search,
            ordering=ordering,
            limit=limit,
        )
        with self._open(query, dockings, refresh, silent, planning=True) as fetch:
            return fetch.plan()

    @contextmanager
    def _open(
        self,
        query: Query,
        dockings: bool,
        refresh: bool,
        progress: Progress,
        *,
        planning: bool = False,
    ) -> Iterator[_Fetch]:
        dockings, refresh = flag("dockings", dockings), flag("refresh", refresh)
        # Imported here, since a snapshot in a file needs none of it.
        from spacecraft_analysis.launch_library.api import Api
        from spacecraft_analysis.launch_library.cache import (
            Cache,
            may_write,
            one_download_at_a_time,
        )
        from spacecraft_analysis.launch_library.http import Http

        if planning and self._cache_dir is None:
            _LOG.warning(_NO_HOME)
        folder = self._cache_dir if planning else self.cache_dir
        reading = planning or self._offline or folder is None or not may_write(folder)
        limits = self._limits
        with (
            nullcontext()
            if folder is None or reading
            else one_download_at_a_time(folder, progress),
            Cache.open(folder, limits, reading=reading) as cache,
            Http(self._token, limits.largest_body) as http,
        ):
            api = Api(http, self._base_url, self._token, self._patience, limits)
            yield _Fetch(
                self, query, cache, None if self._offline else api, progress, dockings, refresh
            )


@dataclass
class _Fetch:
    """One call: its downloads, and the snapshot or the plan made of them."""

    library: LaunchLibrary
    query: Query
    cache: Cache
    api: Api | None
    """LL2; None offline."""
    progress: Progress
    dockings: bool
    is_refresh: bool

    def __post_init__(self) -> None:
        size = self.library._limits.page_size
        self._listing = Listing.of_spacecraft(self.library.base_url, self.query, size)
        listings = [self._listing, self._listing.full]
        if self.dockings:
            listings.append(Listing.of_docking_events(self.library.base_url, size))
        craft, full, *events = self._of(listings)
        # A cached download of all records answers what would only order and cut them.
        use_full = craft.missing and not full.missing
        self.downloads = [full if use_full else craft, *events]

    def _of(self, listings: list[Listing]) -> list[Download]:
        """Return the downloads of some listings, as they are cached at one moment."""
        from spacecraft_analysis.launch_library.cache import Stored
        from spacecraft_analysis.launch_library.pagination import Download, usable

        library, downloads = self.library, []
        for listing, stored in zip(listings, self.cache.stored(listings), strict=True):
            chosen = usable(
                stored,
                is_online=self.api is not None,
                is_refresh=self.is_refresh,
                max_age=library._max_age,
            )
            download = Download(
                listing=listing,
                stored=chosen or Stored(),
                older=next((one for one in stored if one.is_complete and one is not chosen), None),
                cache=self.cache,
                api=self.api,
                progress=self.progress,
                limits=library._limits,
                is_refresh=self.is_refresh,
                wait=library._wait,
            )
            downloads.append(download)
        return downloads

    def snapshot(self) -> Snapshot:
        """Return the records that answer the query, from complete downloads."""
        from spacecraft_analysis.launch_library.api import SlowError

        unfinished = [download for download in self.downloads if download.missing]
        if unfinished and self.api:
            rate_limit, _ = self._rate_limit()
            unfinished[0].say(self._announcement(rate_limit))
        try:
            records, times = self.downloads[0].complete()
        except SlowError:
            if self._listing.is_pageable:
                raise
            # Ties would repeat and skip on smaller pages, so all is downloaded, ordered and cut.
            [self.downloads[0]] = self._of([self._listing.full])
            records, times = self.downloads[0].complete()
        completed = [download.complete() for download in self.downloads[1:]]
        self.cache.finish(
            [
                (download.listing, download.stored)
                for download in self.downloads
                if not download.stored.is_complete
            ]
        )
        query = self.query
        events = events_times = None
        for events, events_times in completed:
            if query.filters or query.limit:
                stay = events_of(events, records)
                events = events.take(stay)
                events_times = [events_times[at] for at in stay]
        snapshot = Snapshot(
            records,
            docking_events=events,
            url=self._listing.url,
            query=query.arguments | ({"dockings": True} if completed else {}),
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
        from spacecraft_analysis.launch_library.pagination import not_cached

        requests = sum(len(download.missing) for download in self.downloads)
        urls = tuple(url for download in self.downloads for url in download.urls)
        rate_limit, failure = self._rate_limit()
        if urls and self.api is None:
            failure = not_cached(urls[0])
        return Plan(
            requests=requests,
            kept=sum(len(download.pages) for download in self.downloads),
            allowance_left=rate_limit.left if rate_limit else None,
            next_in=rate_limit.next_in if rate_limit else None,
            complete_at=datetime.now(timezone.utc) + _time_needed(requests, rate_limit),
            urls=urls,
            estimated=any(download.is_estimate for download in self.downloads),
            offline=self.api is None,
            unanswered=str(failure) if failure else None,
            temporary=failure is not None and failure.temporary,
        )

    def _rate_limit(self) -> tuple[RateLimit | None, LaunchLibraryError | None]:
        """Return what LL2 grants, as far as it says, or why it did not respond."""
        try:
            return self.api.rate_limit() if self.api else None, None
        except AnswerError as error:
            return None, error

    def _announcement(self, rate_limit: RateLimit | None) -> str:
        """Return what is missing, and whether the rate limit allows it."""
        missing = sum(len(download.missing) for download in self.downloads)
        if rate_limit is None:
            return "downloading from Launch Library 2"
        up_to = "up to " if any(download.is_estimate for download in self.downloads) else ""
        pages = f"{up_to}{missing} page{'' if missing == 1 else 's'}"
        requests = f"{rate_limit.left} request{'' if rate_limit.left == 1 else 's'}"
        if rate_limit.left < missing:
            # Short enough for a terminal of 80 columns, beside a bar.
            return f"{pages} missing, {requests} allowed now"
        return f"downloading {pages}; {requests} allowed now"


def _time_needed(requests: int, rate_limit: RateLimit | None) -> timedelta:
    """Return how long until LL2 has granted so many requests: what is left now, then by periods.

    LL2 does not say when earlier requests stop to count; a period later they surely do.
    """
    if rate_limit is None or requests <= rate_limit.left:
        return timedelta(0)
    if rate_limit.left:
        return ceil((requests - rate_limit.left) / rate_limit.limit) * rate_limit.period
    return rate_limit.next_in + (requests - 1) // rate_limit.limit * rate_limit.period


def _users_cache() -> Path | None:
    import platformdirs

    try:
        # Without a home older releases give the path with its tilde.
        return platformdirs.user_cache_path("spacecraft_analysis").expanduser()
    except RuntimeError:
        return None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        # What the libraries would only find at the first request: an empty or too long label, and
        # an impossible port.
        host.encode("idna")
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    named = re.fullmatch(r"[\w.:%-]+", host) is not None
    return parts.scheme in ("http", "https") and named and port != 0 and plain


def load(
    source: Source = "live",
    *,
    dockings: bool = False,
    mode: str | None = None,
    in_space: bool | None = None,
    is_placeholder: bool | None = None,
    name: str | None = None,
    spacecraft_config: int | None = None,
    status: int | None = None,
    search: str | None = None,
    ordering: str | None = None,
    limit: int | None = None,
    refresh: bool = False,
) -> Snapshot:
    """Return a snapshot: live, the bundled sample, or from a file.

    Args:
        source: "live" for `LaunchLibrary().fetch(…)`, "sample" for the bundled sample, or a file
            that `Snapshot.write` made: its path, or the file itself, open for reading.
        dockings: Live, whether to download docking events; else they must be there.
        mode: "detailed", which is the default for "live", or "normal".
        in_space: Like the other filters as in `LaunchLibrary.fetch`; on the sample and on a file
            they select as LL2 would.
        is_placeholder: Only placeholders, or only real craft.
        name: Only craft of exactly this name.
        spacecraft_config: Only craft of the configuration with this id.
        status: Only craft with the status of this id.
        search: Words that must all occur in the craft's or the configuration's name.
        ordering: As in `LaunchLibrary.fetch`; without it a file keeps its own.
        limit: At most so many records.
        refresh: Live, download every page again; there is nothing to refresh in a file.

    Raises:
        TypeError: An argument is misspelt or has a wrong type.
        ValueError: An argument has a value that LL2 does not know, or the path is empty.
        SnapshotError: There is no such file, it is not an unchanged snapshot, or it lacks what is
            requested.
        LaunchLibraryError: As `LaunchLibrary.fetch`, for "live".

    Examples:
        >>> load("sample", search="Shuttle").spacecraft["flights_count"].sum()
        135
    """
    arguments: dict[str, Any] = {
        "dockings": flag("dockings", dockings) or None,
        "mode": mode,
        "in_space": in_space,
        "is_placeholder": is_placeholder,
        "name": name,
        "spacecraft_config": spacecraft_config,
        "status": status,
        "search": search,
        "ordering": ordering,
        "limit": limit,
    }
    query = {name: value for name, value in arguments.items() if value is not None}
    if source == "live":
        return LaunchLibrary().fetch(**query, refresh=refresh)
    if flag("refresh", refresh):
        raise TypeError("refresh=True: there is nothing to refresh in a file; use source='live'")
    snapshot = read_sample() if source == "sample" else read_snapshot(source)
    return snapshot.select(**query) if query else snapshot
