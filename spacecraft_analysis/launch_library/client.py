"""Launch Library 2 as a source of snapshots: where it is asked, and what one may ask of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spacecraft_analysis.launch_library.plan import Plan
from spacecraft_analysis.launch_library.progress import Progress, showing, untold
from spacecraft_analysis.query import Query, check_names, flag
from spacecraft_analysis.snapshot import Snapshot, Source, local_path, read_sample, read_snapshot

if TYPE_CHECKING:
    from spacecraft_analysis.launch_library.fetch import Fetch

PRODUCTION = "https://ll.thespacedevs.com/2.3.0/"


class LaunchLibrary:
    """Launch Library 2 as a source of snapshots, with a cache that answers its allowance.

    Every page is kept on disk as it comes, so that nothing is asked twice while it is young
    enough: not after an error, a throttle or an interruption either.

    Args:
        base_url: The API with its version, such as `https://ll.thespacedevs.com/2.3.0/`. Without
            it the environment's `LL2_BASE_URL`, else production.
        token: Your key, sent as `Authorization: Token …` and never written anywhere. Without it
            the environment's `LL2_TOKEN`, else none: 15 requests an hour for your address.
        cache_dir: A folder for the kept pages alone; it is made private (0700). Without it the
            environment's `SPACECRAFT_ANALYSIS_CACHE_DIR`, else the user's cache folder.
        max_age: Pages that are older than this when a fetch begins are asked again.
        patience: How long LL2 may take for one page. What is not there by then is asked for in
            smaller pages: half as large, then a quarter.
        offline: Answer from kept pages of any age and send nothing. Without it the environment's
            `SPACECRAFT_ANALYSIS_OFFLINE=1`.
        wait: Wait out a throttle and go on, instead of raising `ThrottledError`.
        progress: Called with pages done, pages in all (None while unknown) and a sentence.
            Without it: a bar in a terminal, a line in a notebook, nothing in scripts and pipes.

    Raises:
        TypeError: An argument is of a wrong type.
        ValueError: base_url is no http address, the token holds blanks, max_age is negative,
            patience is none, the environment says neither 1 nor 0 of being offline, or there is
            no home to keep pages in.

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
        from spacecraft_analysis.launch_library.http import Secret

        environment = os.environ.get
        if not (isinstance(token, str | None) and isinstance(base_url, str | None)):
            # Neither value is shown: each may hold what is secret.
            raise TypeError("token and base_url: expected str")
        key = Secret(environment("LL2_TOKEN", "")) if token is None else token
        if not key.isascii() or not key.isprintable() or " " in key:
            # The value itself stays out of the message.
            raise ValueError("the token (LL2_TOKEN) holds blanks or characters that no key has")
        for name, length in (("max_age", max_age), ("patience", patience)):
            if not isinstance(length, timedelta):
                raise TypeError(
                    f"{name}={length!r}: expected a timedelta, such as timedelta(hours=1)"
                )
        if max_age < timedelta(0):
            raise ValueError(f"max_age={max_age!r}: expected a length of time from 0")
        if patience <= timedelta(0):
            raise ValueError(f"patience={patience!r}: expected a length of time above 0")
        if cache_dir == "":
            raise ValueError("cache_dir='': expected a folder; leave it out for the default one")
        if progress is not None and not callable(progress):
            raise TypeError(f"progress={progress!r}: expected a function; a bar needs none")
        if base_url is None:
            base_url = environment("LL2_BASE_URL") or PRODUCTION
        self._base_url = _checked_address(base_url)
        self._token = Secret(key) if key else None
        folder = cache_dir or environment("SPACECRAFT_ANALYSIS_CACHE_DIR")
        self._cache_dir = local_path(folder or _users_cache())
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
        """The API that is asked, with its version and a slash at the end."""
        return self._base_url

    @property
    def cache_dir(self) -> Path:
        """The folder of kept pages, which need not be there yet."""
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
        """Every spacecraft that answers the question, or the first `limit` of them.

        The whole catalogue is 6 or 7 requests, in detailed mode with all its flights. A full pull
        pages by id, since other orderings of LL2 can repeat and skip rows between pages, and is
        ordered afterwards: nulls last in ascending and first in descending order, ties by id.

        Args:
            dockings: Whether to fetch docking events, too: all of them, or with a filter or a
                limit those whose chaser or target is in the answer. They are 6 requests more.
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
            limit: At most so many records. Up to 100 come on one page, on which ties stand, or are
                cut off, as LL2 happened to order them.
            refresh: Ask for every page again, however young.

        Raises:
            TypeError: An argument is misspelt or of a wrong type; nothing was sent.
            ValueError: An argument has a value that LL2 does not know; nothing was sent.
            ThrottledError: The allowance is used up; the same call goes on later.
            OfflineError: `offline=True` and a page is not kept.
            IncompleteError: LL2 changed while it was read; ask again.
            AnswerError: LL2 did not send a page; the message says what came.
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
        with showing(self._progress) as tell, self._open(query, dockings, tell, refresh) as one:
            return one.snapshot()

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
        """What `fetch` with the same arguments would cost; sends nothing that counts.

        Raises:
            TypeError: An argument is misspelt or of a wrong type.
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
        with self._open(query, dockings, untold, refresh, planning=True) as one:
            return one.plan()

    @contextmanager
    def _open(
        self,
        query: Query,
        dockings: bool,
        tell: Progress,
        refresh: bool,
        *,
        planning: bool = False,
    ) -> Iterator[Fetch]:
        dockings, refresh = flag("dockings", dockings), flag("refresh", refresh)
        # Imported here: a file needs none of it.
        from spacecraft_analysis.launch_library.api import Server
        from spacecraft_analysis.launch_library.cache import Cache, may_write, one_pull_at_a_time
        from spacecraft_analysis.launch_library.fetch import Fetch
        from spacecraft_analysis.launch_library.http import Wire

        reading = planning or self._offline or not may_write(self._cache_dir)
        # Who only reads need not wait for who pulls.
        lock = nullcontext() if reading else one_pull_at_a_time(self._cache_dir, tell)
        with lock, Cache.open(self._cache_dir, reading=reading) as cache, Wire(self._token) as wire:
            server = Server(wire, self._base_url, self._token, self._patience)
            yield Fetch(
                self._base_url,
                query,
                dockings,
                cache,
                None if self._offline else server,
                tell,
                self._max_age,
                refresh,
                self._wait,
            )


def _users_cache() -> Path:
    import platformdirs

    try:
        # Without a home older releases give the path with its tilde.
        return platformdirs.user_cache_path("spacecraft_analysis").expanduser()
    except RuntimeError as error:
        raise ValueError(
            "there is no home to keep pages in: set SPACECRAFT_ANALYSIS_CACHE_DIR or give cache_dir"
        ) from error


def _checked_address(url: str) -> str:
    """The address, with a slash at its end.

    Raises:
        ValueError: It is no address of an API. The message leaves it out, since it may hold a
            password.
    """
    if not _is_address(url):
        raise ValueError(
            f"base_url (LL2_BASE_URL) is no address such as {PRODUCTION}: scheme, host and path "
            "with the version, without user, password and query"
        )
    return f"{url.rstrip('/')}/"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        # What the network's libraries would only find when they ask: a label that is empty or
        # too long, and a port that is none.
        host.encode("idna")
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    named = re.fullmatch(r"[\w.:%-]+", host) is not None
    return parts.scheme in ("http", "https") and named and port != 0 and plain


def load(source: Source = "live", **query: object) -> Snapshot:
    """A snapshot: live, the bundled sample, or from a file.

    Args:
        source: "live" for `LaunchLibrary().fetch(**query)`, "sample" for the bundled sample, or
            a file that `Snapshot.write` made: its path, or the file itself, open for reading.
        **query: The arguments of `LaunchLibrary.fetch`. On the sample and on a file they select
            and order as LL2 would, and `dockings=True` asks that docking events be there.

    Raises:
        TypeError: An argument is misspelt or of a wrong type.
        ValueError: An argument has a value that LL2 does not know, or the path is empty.
        SnapshotError: There is no such file, it holds no unchanged snapshot, or it lacks what is
            asked.
        LaunchLibraryError: As `LaunchLibrary.fetch`, for "live".

    Examples:
        >>> load("sample", search="Shuttle").spacecraft["flights_count"].sum()
        135
    """
    if source == "live":
        for name in query:
            # The value stays out of the message: it may be a token.
            if name in (LaunchLibrary.__init__.__kwdefaults__ or ()):
                raise TypeError(f"{name!r} is LaunchLibrary's: LaunchLibrary({name}=…).fetch(…)")
        check_names(query, [*Query.__dataclass_fields__, "dockings", "refresh"])
        return LaunchLibrary().fetch(**query)  # type: ignore[arg-type]
    snapshot = read_sample() if source == "sample" else read_snapshot(source)
    return snapshot.select(**query) if query else snapshot  # type: ignore[arg-type]
