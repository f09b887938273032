"""The cache: one SQLite file with the pages of each download, private to the user.

Each page is one row of a requests-cache table, as text and never a pickle. Its key begins with the
listing and the id of the download that it belongs to. One more row for each listing says which
download is the last complete one, and which one is unfinished. So a page is never mixed with those
of another download, and the complete one stays until the next is complete.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from requests_cache.backends.sqlite import SQLiteDict

from spacecraft_analysis.errors import CacheError
from spacecraft_analysis.launch_library.endpoints import Block, Listing
from spacecraft_analysis.launch_library.page import Page
from spacecraft_analysis.launch_library.progress import Progress

_FILE = "downloads.sqlite"
# That of older versions, whose rows this one can't read.
_OLD_FILE = "pages.sqlite"
_LOCK = "pull.lock"
# Bytes that must be free on the disk before a page is requested.
_FREE_BYTES = 4 * 2**20
# Milliseconds to wait for another process that reads or writes the cache.
_BUSY_TIMEOUT = 30_000
# Wait until a page is on the disk, so that the file stays readable if the power fails.
_FAST_SAVE = False
_ELSEWHERE = (
    "make it writable, with room on its disk, or set SPACECRAFT_ANALYSIS_CACHE_DIR or cache_dir to "
    "another folder"
)


class _Table(SQLiteDict):
    """requests-cache's table, of which the connection is used, and not the transactions.

    These wait for ever for a file that is read-only, and drop what finds no room.
    """

    def init_db(self) -> None:
        """Leave the file as it is, since a reader creates nothing."""


@dataclass
class CachedDownload:
    """The cached pages of one download."""

    listing: Listing
    id: str = ""
    pages: list[Page] = field(default_factory=list)
    """In the order in which they were received."""
    is_damaged: bool = False
    """Whether some of its pages could not be read."""
    is_complete: bool = False
    is_refresh: bool = False
    """Whether the caller wanted no older page."""


@dataclass(frozen=True)
class Cache:
    """The cached pages of one folder; what can't be read or written is a CacheError."""

    file: Path
    _database: sqlite3.Connection
    _reading: bool

    @classmethod
    @contextmanager
    def open(cls, cache_dir: Path | None, *, reading: bool) -> Iterator[Cache]:
        """Open the cache of a folder, which a writer has locked.

        A reader writes nothing and needs no permission to write, nor a folder.
        """
        file, size = (cache_dir or Path()) / _FILE, 0
        with _cache_errors(file):
            with suppress(FileNotFoundError):
                size = file.stat().st_size if cache_dir else 0
            if cache_dir and not reading:
                file.touch(mode=0o600)
                (cache_dir / _OLD_FILE).unlink(missing_ok=True)
        # Where there is nothing, a reader reads an empty database and creates no file.
        path = file if size or not reading else ":memory:"
        options: Any = {"serializer": None, "busy_timeout": _BUSY_TIMEOUT, "fast_save": _FAST_SAVE}
        with closing(_Table(path, **options)) as table:
            with _cache_errors(file), table.connection() as database:
                if not (reading and size):
                    columns = "key TEXT PRIMARY KEY, value BLOB"
                    database.execute(f"CREATE TABLE IF NOT EXISTS pages ({columns})")
            yield cls(file, database, reading)

    @contextmanager
    def connection(self, commit: bool = False) -> Iterator[sqlite3.Connection]:
        """Return a connection for one transaction, which writes if it is to commit."""
        if commit and self._reading:
            raise CacheError(f"{self.file} is read-only: {_ELSEWHERE}")
        with _cache_errors(self.file):
            self._database.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
            with self._database:  # commits, or rolls back at an error
                yield self._database

    def downloads(self, listings: Sequence[Listing]) -> list[list[CachedDownload]]:
        """Return the cached downloads of some listings at one moment, the complete one last."""
        with self.connection() as database:
            return [_cached_downloads(database, listing) for listing in listings]

    def begin(self, listing: Listing, *, is_refresh: bool) -> CachedDownload:
        """Begin a download: an older unfinished one of the listing is removed."""
        new = CachedDownload(listing, datetime.now(timezone.utc).isoformat(), is_refresh=is_refresh)
        with self.connection(commit=True) as database:
            complete = None
            with suppress(ValueError):
                complete = _get(database, _state_key(listing)).get("complete")
            _delete_others(database, listing, complete)
            state = {"complete": complete, "unfinished": new.id, "is_refresh": is_refresh}
            _put(database, _state_key(listing), state)
        return new

    def add(self, cached: CachedDownload, page: Page) -> None:
        """Add a page to a cached download."""
        about = {
            "block": page.block,
            "retrieved_at": page.retrieved_at.isoformat(),
            "received_at": page.received_at.isoformat(),
        }
        with self.connection(commit=True) as database:
            # By time, since a page that replaces a damaged one comes after the others.
            key = f"{cached.listing.cache_key} {cached.id} {page.received_at.isoformat()}"
            _put(database, key, about, page.body)
        cached.pages.append(page)

    def finish(self, downloads: Sequence[CachedDownload]) -> None:
        """Make downloads the last complete ones of their listings, all at one moment."""
        new = [cached for cached in downloads if not cached.is_complete]
        if self._reading or not new:
            return
        with self.connection(commit=True) as database:
            for cached in new:
                _put(database, _state_key(cached.listing), {"complete": cached.id})
                _delete_others(database, cached.listing, cached.id)
        for cached in new:
            cached.is_complete = True

    def check_writable(self) -> None:
        """Check that a page can be cached, before one is requested."""
        with self.connection(commit=True) as database:
            # Begins to write, what a transaction on a read-only file does not.
            database.execute("DELETE FROM pages WHERE key=''")
            if shutil.disk_usage(self.file.parent).free < _FREE_BYTES:
                raise OSError("the disk is full")

    def remember_rate_limit(self, rate_limit_id: str, available_at: datetime | None) -> None:
        """Remember when the next request is allowed; None where it is now."""
        with self.connection(commit=True) as database:
            about = {"available_at": available_at and available_at.isoformat()}
            _put(database, f"rate limit {rate_limit_id}", about)

    def rate_limit(self, rate_limit_id: str) -> datetime | None:
        """Return when the next request is allowed, if that is remembered and to come."""
        found = None
        with self.connection() as database, suppress(ValueError):
            found = _get(database, f"rate limit {rate_limit_id}").get("available_at")
        available_at = datetime.fromisoformat(found) if found else None
        return available_at if available_at and available_at > datetime.now(timezone.utc) else None


def _bounds(prefix: str) -> tuple[str, str]:
    """Return bounds of the keys that begin with the prefix and a space ('!' follows ' ')."""
    return f"{prefix} ", f"{prefix}!"


def _delete_others(database: sqlite3.Connection, listing: Listing, download_id: str | None) -> None:
    bounds = (*_bounds(listing.cache_key), *_bounds(f"{listing.cache_key} {download_id}"))
    where = "key >= ? AND key < ? AND NOT (key >= ? AND key < ?)"
    database.execute(f"DELETE FROM pages WHERE {where}", bounds)  # noqa: S608


def _state_key(listing: Listing) -> str:
    return f"state {listing.cache_key}"


def _cached_downloads(database: sqlite3.Connection, listing: Listing) -> list[CachedDownload]:
    try:
        state = _get(database, _state_key(listing))
    except ValueError:
        return [CachedDownload(listing, is_damaged=True)]
    downloads = []
    if unfinished := state.get("unfinished"):
        downloads.append(CachedDownload(listing, unfinished, is_refresh=state["is_refresh"]))
    if complete := state.get("complete"):
        downloads.append(CachedDownload(listing, complete, is_complete=True))
    select = "SELECT key, value FROM pages WHERE key >= ? AND key < ? ORDER BY key"
    for cached in downloads:
        bounds = _bounds(f"{listing.cache_key} {cached.id}")
        for key, value in database.execute(select, bounds).fetchall():
            try:
                cached.pages.append(_next_page(cached, key, value))
            except ValueError:
                cached.is_damaged = True
    return downloads


def _next_page(cached: CachedDownload, key: str, value: object) -> Page:
    """Return the page that follows those read so far; a `ValueError` if it is damaged."""
    about, body = _decoded(key, value)
    times = (datetime.fromisoformat(about[name]) for name in ("retrieved_at", "received_at"))
    # It was checked when it was received.
    page = Page.read(Block(*about["block"]), body, *times)
    before = cached.pages[-1].last_key if cached.pages else None
    if cached.listing.endpoint.by_key and page.block.after != before:
        raise ValueError("the page before it is lost")
    return page


def _put(database: sqlite3.Connection, key: str, about: dict[str, Any], body: bytes = b"") -> None:
    """Write a row: its checksum, a line of JSON, and the text of a page."""
    text = json.dumps(about).encode() + b"\n" + body
    row = (key, b"%08x " % _checksum(key, text) + text)
    database.execute("INSERT OR REPLACE INTO pages (key, value) VALUES (?,?)", row)


def _get(database: sqlite3.Connection, key: str) -> dict[str, Any]:
    """Return the JSON of a row, or nothing; a `ValueError` if it is damaged."""
    row = database.execute("SELECT value FROM pages WHERE key=?", (key,)).fetchone()
    return _decoded(key, row[0])[0] if row else {}


def _decoded(key: str, value: object) -> tuple[dict[str, Any], bytes]:
    if not isinstance(value, bytes) or value[:8] != b"%08x" % _checksum(key, value[9:]):
        raise ValueError("the checksum does not match")
    end = value.index(b"\n")
    return json.loads(value[9:end]), value[end + 1 :]


def _checksum(key: str, text: bytes) -> int:
    # Against damage and not against an attacker, who could as well delete the file.
    return zlib.crc32(text, zlib.crc32(key.encode()))


def may_write(cache_dir: Path) -> bool:
    """Return whether pages can be cached in the folder; a missing one can be created."""
    paths = (cache_dir, cache_dir / _FILE, cache_dir / _LOCK)
    return all(os.access(path, os.W_OK) for path in paths if path.exists())


@contextmanager
def one_download_at_a_time(cache_dir: Path, progress: Progress) -> Iterator[None]:
    """Create a private folder, and hold its lock once no other process downloads into it."""
    file = cache_dir / _LOCK
    lock = FileLock(file)
    with _cache_errors(file):
        cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache_dir.chmod(0o700)
        try:
            held = lock.acquire(timeout=0)
        except Timeout:
            progress(0, None, "waiting for another download into this cache")
            held = lock.acquire()
    with held:
        yield


def describe_cache(cache_dir: Path) -> str:
    """Return how many pages a folder holds, how large and how old; it is not created."""
    select = "SELECT key, length(value) FROM pages WHERE key LIKE 'http%'"
    with Cache.open(cache_dir, reading=True) as cache, cache.connection() as database:
        rows = database.execute(select).fetchall()
    if not rows:
        return "no pages"
    size = sum(length for _, length in rows)
    times = [datetime.fromisoformat(key.split(" ")[-1]) for key, _ in rows]
    now = datetime.now(timezone.utc)
    newest, oldest = age_in_words(now - max(times)), age_in_words(now - min(times))
    age = newest if newest == oldest else f"{newest} to {oldest}"
    return f"{len(rows)} page{'' if len(rows) == 1 else 's'}, {size / 1e6:.1f} MB, {age} old"


def clear_cache(cache_dir: Path, progress: Progress) -> bool:
    """Remove all cached pages once no download is running; return whether there were any."""
    file = cache_dir / _FILE
    if not file.exists():
        return False
    with one_download_at_a_time(cache_dir, progress), _cache_errors(file):
        file.unlink(missing_ok=True)
        # SQLite would take what a killed process left for the journal of the next file.
        file.with_name(f"{_FILE}-journal").unlink(missing_ok=True)
    return True


def age_in_words(age: timedelta) -> str:
    """Return an age in minutes, hours or days."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def file_error(file: Path, problem: Exception | str) -> CacheError:
    """Return the error that names the file and what to do about it."""
    # The lower byte is the kind of error, the others are its details.
    kind = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    advice = "delete the file; only cached data is lost"
    if kind == sqlite3.SQLITE_BUSY:
        advice = "another program is using it; try again when that is done"
    elif isinstance(problem, OSError | sqlite3.OperationalError) and kind != sqlite3.SQLITE_ERROR:
        # Such as a full disk; SQLITE_ERROR is one in the file's own tables.
        advice = _ELSEWHERE
    return CacheError(f"{file} can't be used ({problem}): {advice}")


@contextmanager
def _cache_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise file_error(file, error) from error
