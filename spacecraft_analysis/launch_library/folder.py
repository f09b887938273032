"""The folder of kept pages: private, used by one pull at a time, and honest about its troubles."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from spacecraft_analysis.errors import CacheError
from spacecraft_analysis.launch_library.progress import Progress

FILE = "pages.sqlite"
_LOCK = "pull.lock"
_ELSEWHERE = "give another folder as cache_dir or SPACECRAFT_ANALYSIS_CACHE_DIR"
_DELETE = "delete the file; nothing but kept pages is lost, and they are fetched again"
_ADVICE = {
    sqlite3.SQLITE_READONLY: f"make it yours to write, or {_ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"make it and its folder yours to write, or {_ELSEWHERE}",
    sqlite3.SQLITE_FULL: f"make room on the disk, or {_ELSEWHERE}",
    sqlite3.SQLITE_IOERR: f"see that the disk is well and has room, or {_ELSEWHERE}",
    sqlite3.SQLITE_BUSY: "another program holds it; try again when that is done",
}


def may_write(cache_dir: Path) -> bool:
    """Whether pages can be kept in the folder; one that is not there yet can be made."""
    things = (cache_dir, cache_dir / FILE, cache_dir / _LOCK)
    return all(os.access(thing, os.W_OK) for thing in things if thing.exists())


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
    file = cache_dir / _LOCK
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
def cache_errors(file: Path) -> Iterator[None]:
    """What goes wrong with a file of the cache, as a `CacheError` that says what to do."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
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
