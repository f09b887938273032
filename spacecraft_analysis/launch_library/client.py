"""`LaunchLibrary`, the class that users create: checks settings, and starts `fetch` and `plan`."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from spacecraft_analysis.errors import CacheError
from spacecraft_analysis.launch_library.api import Api
from spacecraft_analysis.launch_library.cache import Cache, may_write, one_download_at_a_time
from spacecraft_analysis.launch_library.fetch import Fetch, Plan
from spacecraft_analysis.launch_library.http import Secret, signed_session
from spacecraft_analysis.launch_library.pagination import Settings
from spacecraft_analysis.launch_library.progress import Progress, showing, silent
from spacecraft_analysis.paths import local_path
from spacecraft_analysis.query import Query, flag
from spacecraft_analysis.snapshot import Snapshot

_PRODUCTION = "https://ll.thespacedevs.com/2.3.0/"
_LOG = logging.getLogger("spacecraft_analysis")
_NO_HOME = "no home directory: set SPACECRAFT_ANALYSIS_CACHE_DIR"


class LaunchLibrary:
    """Launch Library 2 as a source of snapshots, with a cache that spares its rate limit.

    Every page is cached as soon as it is received, so that none is requested twice while it is
    young enough: not after an error, a rate limit or an interruption either.

    What it does is logged by the logger `spacecraft_analysis`: INFO for each request, retry, wait
    and cached page used, WARNING where something was given up; never the token.

    Args:
        base_url: The API with its version, such as `https://ll.thespacedevs.com/2.3.0/`. Without
            it the environment's `LL2_BASE_URL`, else production.
        token: Your token, sent as `Authorization: Token …` and never written anywhere. Without it
            the environment's `LL2_TOKEN`, else none: 15 requests an hour for your address.
        cache_dir: A folder for the cached pages alone; it is made private (0700). Without it the
            environment's `SPACECRAFT_ANALYSIS_CACHE_DIR`, else the user's cache folder.
        max_age: Cached pages that are older than this when a fetch begins are not used.
        patience: How long LL2 may take for one page. A page that takes longer is requested again
            in two halves, then in quarters. It bounds each wait for the server and the body as a
            whole; headers that are sent byte by byte are noticed only once they are complete.
        offline: Use cached pages only, of any age, and send nothing. Without it the environment's
            `SPACECRAFT_ANALYSIS_OFFLINE=1`.
        wait: Wait when the rate limit is reached and go on, instead of raising `ThrottledError`.
        progress: Called once for each page, retry and wait, with pages done, pages in all (None
            while unknown) and a sentence. Without it: a bar in a terminal, a line in a notebook,
            nothing in scripts and pipes.

    Raises:
        TypeError: An argument has a wrong type.
        ValueError: base_url is not a valid API URL, the token contains invalid characters, max_age
            is negative, patience is not positive, cache_dir is empty, or
            SPACECRAFT_ANALYSIS_OFFLINE is not 0 or 1.

    Examples:
        >>> LaunchLibrary(cache_dir="pages")
        <LaunchLibrary https://ll.thespacedevs.com/2.3.0/>
    """

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
        environment = os.environ.get
        if not (isinstance(token, str | None) and isinstance(base_url, str | None)):
            # Neither value is shown: each may hold what is secret.
            raise TypeError("token and base_url: expected str")
        token = Secret(environment("LL2_TOKEN", "")) if token is None else token
        if not token.isascii() or not token.isprintable() or " " in token:
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
            raise TypeError(f"progress={progress!r}: expected a function")
        if base_url is None:
            base_url = environment("LL2_BASE_URL") or _PRODUCTION
        if not _is_address(base_url):
            # The message leaves it out, since it may hold a password.
            raise ValueError(
                "base_url (LL2_BASE_URL) is not a valid API URL; expected something like "
                f"{_PRODUCTION} (no user name, password or query)"
            )
        self.base_url = f"{base_url.rstrip('/')}/"
        """The API, with its version and a slash at the end."""
        self._token = Secret(token) if token else None
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
        """Return the source, without the token."""
        return f"<LaunchLibrary {self.base_url}>"

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
            limit: At most `limit` records. Up to 100 are one page, on which the order of ties, and
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
        with self._open(query, dockings, refresh) as fetch:
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
        with self._open(query, dockings, refresh, planning=True) as fetch:
            return fetch.plan()

    @contextmanager
    def _open(
        self, query: Query, dockings: bool, refresh: bool, *, planning: bool = False
    ) -> Iterator[Fetch]:
        dockings, refresh = flag("dockings", dockings), flag("refresh", refresh)
        if planning and self._cache_dir is None:
            _LOG.warning(_NO_HOME)
        folder = self._cache_dir if planning else self.cache_dir
        reading = planning or self._offline or folder is None or not may_write(folder)
        with (
            showing(silent if planning else self._progress) as progress,
            one_download_at_a_time(folder, progress) if folder and not reading else nullcontext(),
            Cache.open(folder, reading=reading) as cache,
            signed_session(self._token) as session,
        ):
            api = Api(session, self.base_url, self._token, self._patience)
            online = None if self._offline else api
            settings = Settings(cache, online, progress, self._max_age, refresh, self._wait)
            yield Fetch(self.base_url, query, dockings, settings)


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
