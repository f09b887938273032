"""The folder of kept pages: private, used by one pull at a time, and honest about its troubles."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from requests_cache.backends.base import BaseCache
from requests_cache.backends.sqlite import SQLiteDict
from requests_cache.models.response import CachedResponse

from spacecraft_analysis.errors import CacheError
from spacecraft_analysis.launch_library.progress import Progress

# Seconds to wait for another process that reads or writes a page.
_BUSY = 30
_ELSEWHERE = "give another folder as cache_dir or SPACECRAFT_ANALYSIS_CACHE_DIR"
_DELETE = "delete the file; nothing but kept pages is lost, and they are fetched again"
_ADVICE = {
    sqlite3.SQLITE_READONLY: f"make it yours to write, or {_ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"make it and its folder yours to write, or {_ELSEWHERE}",
    sqlite3.SQLITE_FULL: f"make room on the disk, or {_ELSEWHERE}",
    sqlite3.SQLITE_IOERR: f"see that the disk is well and has room, or {_ELSEWHERE}",
    sqlite3.SQLITE_BUSY: "another program holds it; try again when that is done",
}


class _Table(SQLiteDict):
    """requests-cache's table of answers, which tells when it can't be written or read.

    The library's own waits for ever for a file that is read-only, drops what finds no room on the
    disk, and takes an answer that it can't decode for none.
    """

    @contextmanager
    def connection(self, commit: bool = False) -> Iterator[sqlite3.Connection]:
        with super().connection() as database:
            if not commit:
                yield database
                return
            database.execute("BEGIN IMMEDIATE")
            with database:  # commits, or rolls back at an error
                yield database

    def deserialize(self, key: str, value: Any) -> Any:
        try:
            answer = super().deserialize(key, value)
        except Exception as error:
            raise sqlite3.DataError(f"an answer in it is damaged: {error}") from error
        if not isinstance(answer, CachedResponse) or not isinstance(answer.content, bytes):
            raise sqlite3.DataError("an answer in it is damaged")
        return answer


class _ReadTable(_Table):
    """The same table for who only reads, and may have no right to write."""

    def init_db(self) -> None:
        """Makes nothing: what is not there is not kept."""


def read_cache(file: Path) -> BaseCache:
    """The answers kept in a file, to be read alone: no right to write is needed, nothing is made.

    Raises:
        OSError: The file or its folder can't be looked into.
        sqlite3.Error: The file is no database of ours, or can't be read.
    """
    cache = BaseCache(str(file))  # of nothing, where no file was ever made or filled
    with suppress(FileNotFoundError):
        if file.stat().st_size:
            cache.responses = _ReadTable(
                file, table_name="responses", serializer="json", timeout=_BUSY
            )
    return cache


def may_write(cache_dir: Path) -> bool:
    """Whether pages can be kept in the folder; one that is not there yet can be made."""
    things = (cache_dir, cache_dir / "pages.sqlite", cache_dir / "pull.lock")
    return all(os.access(thing, os.W_OK) for thing in things if thing.exists())


def open_cache(file: Path) -> BaseCache:
    """The answers kept in a file; JSON in SQLite, never a pickle.

    Raises:
        OSError: The file can't be made.
        sqlite3.Error: The file is no database of ours, or can't be written.
    """
    file.touch(mode=0o600)
    cache = BaseCache(str(file))
    cache.responses = _Table(file, table_name="responses", serializer="json", timeout=_BUSY)
    return cache


def make_private(cache_dir: Path) -> None:
    """Makes the folder if need be; nobody else can look into it.

    Raises:
        OSError: The folder can't be made, or is not the user's own.
    """
    cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache_dir.chmod(0o700)


@contextmanager
def one_pull_at_a_time(cache_dir: Path, tell: Progress) -> Iterator[None]:
    """Nothing, while no other process pulls into the same folder.

    Raises:
        CacheError: The folder can't hold a lock.
    """
    file = cache_dir / "pull.lock"
    lock = FileLock(file)
    with cache_errors(file):
        make_private(cache_dir)
        try:
            lock.acquire(timeout=0)
            waiting = False
        except Timeout:
            waiting = True
    if waiting:
        tell(0, None, "another pull into this cache is under way; waiting for it")
        with cache_errors(file):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def cache_errors(
    file: Path, kinds: tuple[type[Exception], ...] = (OSError, sqlite3.Error)
) -> Iterator[None]:
    """What goes wrong with a file of the cache, as a `CacheError` that says what to do."""
    try:
        yield
    except kinds as error:
        raise damaged(file, error) from error


def damaged(file: Path, problem: Exception | str) -> CacheError:
    """The error that names the file and what to do about it."""
    if isinstance(problem, OSError):
        reason = problem.strerror or str(problem)
        return CacheError(
            f"{file} can't be used as cache ({reason}): make the folder yours to write, or "
            f"{_ELSEWHERE}"
        )
    # The lower byte is the kind; what is above tells more of it.
    kind = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    return CacheError(f"{file} can't be used ({problem}): {_ADVICE.get(kind, _DELETE)}")
