"""The kept pages, and to which reading of a question each belongs.

Each page is one entry in requests-cache's table, text and never a pickle. Beside it stands, for
each question, which of them belong to one walk, that is one reading of it: a walk that is not whole
yet is gone on with, and the last whole one stays until the next one is whole, so that asking anew
costs nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from errno import EACCES
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from filelock import FileLock, Timeout
from requests_cache.backends.sqlite import SQLiteDict

from spacecraft_analysis.errors import CacheError
from spacecraft_analysis.launch_library.endpoints import Block, Question
from spacecraft_analysis.launch_library.page import Page
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


# Seconds to wait for another process that reads or writes a page.
_BUSY = 30


class _Table(SQLiteDict):
    """requests-cache's table of texts, which tells when it can't be written or read.

    The library's own waits for ever for a file that is read-only, and drops what finds no room on
    the disk. To who only reads it makes nothing: what is not there is not kept.
    """

    def __init__(self, file: Path, name: str, *, reading: bool) -> None:
        self._reading = reading
        super().__init__(file, name, serializer=None, timeout=_BUSY)

    def init_db(self) -> None:
        if not self._reading:
            super().init_db()

    @contextmanager
    def connection(self, commit: bool = False) -> Iterator[sqlite3.Connection]:
        with super().connection() as database:
            if not commit:
                yield database
                return
            database.execute("BEGIN IMMEDIATE")
            with database:  # commits, or rolls back at an error
                yield database


@dataclass(frozen=True)
class Entry:
    """One page as it is kept."""

    url: str
    kept_at: datetime
    """By this computer's clock."""
    sent_at: datetime | None
    """By LL2's, if it told the time."""
    body: bytes

    @property
    def text(self) -> bytes:
        """What is kept: a line of JSON about the page, and below it what LL2 sent."""
        about = {
            "url": self.url,
            "kept_at": self.kept_at.isoformat(),
            "sent_at": self.sent_at and self.sent_at.isoformat(),
        }
        return json.dumps(about).encode() + b"\n" + self.body

    @classmethod
    def of_text(cls, text: bytes) -> Entry:
        """The page whose text this is.

        Raises:
            ValueError: It is none.
            TypeError, LookupError: Likewise.
        """
        line, _, body = text.partition(b"\n")
        about = json.loads(line)
        at = datetime.fromisoformat
        sent_at = about["sent_at"]
        return cls(about["url"], at(about["kept_at"]), sent_at and at(sent_at), body)


@dataclass(eq=False)
class KeptWalk:
    """One reading of a question: where its pages are kept."""

    pages: dict[str, Block] = field(default_factory=dict)
    """What each holds, by its key."""
    reach: int | None = None
    """Records that it holds, if there are as many; null until it is whole."""


class Cache:
    """The kept pages of one folder; open only inside `with Cache.open(...)`."""

    def __init__(
        self,
        answers: MutableMapping[str, Any],
        walks: MutableMapping[str, Any],
        file: Path,
        *,
        reading: bool,
    ) -> None:
        self._answers = answers
        self._walks = walks
        self._file = file
        self._reading = reading
        self._known: dict[str, list[KeptWalk]] = {}

    @classmethod
    @contextmanager
    def open(cls, cache_dir: Path, *, reading: bool) -> Iterator[Cache]:
        """The pages kept in a folder, which is made if need be and is the user's own (0700).

        Args:
            cache_dir: The folder.
            reading: Nothing is to be written: no folder is made, and no right to write is needed.

        Raises:
            CacheError: The folder or its file can't be used.
        """
        file = cache_dir / FILE
        with ExitStack() as tables:
            with cache_errors(file):
                if reading and not _holds_something(file):
                    cache = cls({}, {}, file, reading=True)
                else:
                    if not reading:
                        make_private(cache_dir)
                        file.touch(mode=0o600)
                    answers = _Table(file, "responses", reading=reading)
                    tables.callback(answers.close)
                    walks = _Table(file, "walks", reading=reading)
                    tables.callback(walks.close)
                    cache = cls(answers, walks, file, reading=reading)
            if not reading:
                cache._sweep()
            yield cache

    def check_can_keep(self) -> None:
        """Nothing, if a page could be kept; to be asked before one is paid for.

        Raises:
            CacheError: The folder may only be read.
        """
        if self._reading:
            raise damaged(self._file, PermissionError(EACCES, "it may only be read"))

    def walks(self, question: Question) -> list[KeptWalk]:
        """The readings of a question, the newest first.

        Raises:
            CacheError: The file is damaged.
        """
        address = question.kept_as
        if address not in self._known:
            with cache_errors(self._file):
                listed = self._walks.get(_hashed(address))
            self._known[address] = [] if listed is None else self._read_walks(listed)
        return self._known[address][::-1]

    def pages(self, question: Question, walk: KeptWalk) -> list[Page]:
        """The pages of a reading, but for those that another process has just removed.

        Raises:
            CacheError: The file is damaged.
        """
        pages = []
        for key, block in walk.pages.items():
            with cache_errors(self._file):
                text = self._answers.get(key)
            if text is not None:
                kept = self._entry(text)
                try:
                    # What is kept was looked at in full when it came.
                    page = Page.read(
                        question.endpoint, block, kept.body, kept.sent_at, kept.kept_at
                    )
                except ValueError as error:
                    raise damaged(self._file, f"the page {kept.url} in it is damaged") from error
                pages.append(page)
        return pages

    def everything(self) -> list[Entry]:
        """The pages of all readings.

        Raises:
            CacheError: The file is damaged.
        """
        with cache_errors(self._file):
            keys = self._listed()
            texts = [text for key, text in self._answers.items() if key in keys]
        return [self._entry(text) for text in texts]

    def begin(self, question: Question, pages: Iterable[Page]) -> KeptWalk:
        """A new reading that goes on with these pages; no other one stays unfinished."""
        begun = KeptWalk({_key(question, page): page.block for page in pages})
        older = [walk for walk in self.walks(question)[::-1] if walk.reach is not None]
        self._list(question, [*older, begun])
        return begun

    def keep(self, question: Question, walk: KeptWalk, page: Page) -> None:
        """Keeps a page of a reading, in the place of one that was asked for alike.

        Raises:
            CacheError: The file can't be written.
        """
        kept = Entry(question.url(page.block), page.kept_at, page.sent_at, page.body)
        key = _key(question, page)
        with cache_errors(self._file):
            self._answers[key] = kept.text
        self._drop(walk, page.block)
        walk.pages[key] = page.block
        self._list(question, self._known[question.kept_as])

    def forget(self, question: Question, walk: KeptWalk, block: Block) -> None:
        """Removes a page of a reading."""
        self._drop(walk, block)
        self._list(question, self._known[question.kept_as])

    def discard(self, question: Question, walk: KeptWalk) -> None:
        """Removes a reading with all its pages."""
        others = [other for other in self._known[question.kept_as] if other is not walk]
        self._list(question, others)

    def finish(self, question: Question, walk: KeptWalk, pages: Iterable[Page]) -> None:
        """Marks a reading as whole with these pages.

        Others that lie among them go, and older readings that answer no more than this one. Where
        nothing may be written it stays as it is.
        """
        if self._reading:
            return
        own = {_key(question, page) for page in pages}
        reach = question.reach
        walk.pages = {
            key: block for key, block in walk.pages.items() if key in own or block.offset >= reach
        }
        walk.reach = reach
        larger = [other for other in self._known[question.kept_as] if (other.reach or 0) > reach]
        self._list(question, [*(other for other in larger if other is not walk), walk])

    def _drop(self, walk: KeptWalk, block: Block) -> None:
        walk.pages = {key: other for key, other in walk.pages.items() if other != block}

    def _list(self, question: Question, walks: list[KeptWalk]) -> None:
        """Writes down the readings of a question; pages that are in none go at the next opening.

        A process that reads meanwhile thus finds what it has seen listed.
        """
        address = question.kept_as
        listed = {"address": address, "walks": [asdict(walk) for walk in walks]}
        with cache_errors(self._file):
            self._walks[_hashed(address)] = json.dumps(listed)
        self._known[address] = walks

    def _entry(self, text: bytes) -> Entry:
        try:
            return Entry.of_text(text)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise damaged(self._file, "a page in it is damaged") from error

    def _read_walks(self, listed: str) -> list[KeptWalk]:
        try:
            return [
                KeptWalk({key: Block(*at) for key, at in walk["pages"].items()}, walk["reach"])
                for walk in json.loads(listed)["walks"]
            ]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise damaged(self._file, "the list of walks in it is damaged") from error

    def _sweep(self) -> None:
        """Removes the pages that belong to no reading any more."""
        with cache_errors(self._file):
            for key in set(self._answers) - self._listed():
                del self._answers[key]

    def _listed(self) -> set[str]:
        """The keys of the pages of all readings."""
        every = [self._read_walks(listed) for listed in self._walks.values()]
        return {key for walks in every for walk in walks for key in walk.pages}


def _key(question: Question, page: Page) -> str:
    """What a page is kept under: each answer to one address is another one."""
    return _hashed(f"{question.url(page.block)} {page.kept_at.isoformat()}")


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _holds_something(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


# What every page is asked with, and what tells one page from the next.
_UNTOLD = ("format", "ordering", "limit", "offset")


@dataclass(frozen=True)
class KeptPage:
    """One page as it is kept."""

    url: str
    kept_at: datetime
    body: bytes

    @property
    def endpoint(self) -> str:
        """What stands behind the version in its address."""
        return urlsplit(self.url).path.rstrip("/").rpartition("/")[2]

    @property
    def mode(self) -> str:
        """The mode that was asked for."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("mode", "normal")

    @property
    def filters(self) -> str:
        """What else was asked for, as in its address."""
        pairs = parse_qsl(urlsplit(self.url).query)
        return urlencode([pair for pair in pairs if pair[0] not in (*_UNTOLD, "mode")])


def kept_pages(cache_dir: Path) -> list[KeptPage]:
    """Every page in a folder, by address; none where the folder is not there. Nothing is made.

    Raises:
        CacheError: The folder or its file can't be read.
    """
    with Cache.open(cache_dir, reading=True) as cache:
        pages = [KeptPage(entry.url, entry.kept_at, entry.body) for entry in cache.everything()]
    return sorted(pages, key=lambda page: page.url)


def remove_kept_pages(cache_dir: Path, tell: Progress) -> bool:
    """Whether there was anything to remove; a pull under way is waited for.

    Raises:
        CacheError: The folder or its file can't be written.
    """
    file = cache_dir / FILE
    if not file.exists():
        return False
    with one_pull_at_a_time(cache_dir, tell), cache_errors(file):
        file.unlink()
        # SQLite would take what a killed process left for the journal of the next file.
        file.with_name(f"{FILE}-journal").unlink(missing_ok=True)
    return True


def kept_in_words(pages: Iterable[KeptPage], *, filters: bool) -> Iterator[str]:
    """A line for the pages of each question: how many, how large, how old.

    Args:
        pages: In the order of their addresses.
        filters: Whether to name what was asked for; else only that something was.
    """

    def question(page: KeptPage) -> str:
        asked = page.filters if filters else page.filters and "filtered"
        return ", ".join(filter(None, [page.endpoint, page.mode, asked]))

    now = datetime.now(timezone.utc)
    for words, run in groupby(sorted(pages, key=question), key=question):
        found = list(run)
        ages = [now - page.kept_at for page in found]
        newest, oldest = age_in_words(min(ages)), age_in_words(max(ages))
        old = f"{newest} old" if newest == oldest else f"{newest} to {oldest} old"
        size = size_in_words(sum(len(page.body) for page in found))
        yield f"{words}: {len(found)} page{'' if len(found) == 1 else 's'}, {size}, {old}"


def age_in_words(age: timedelta) -> str:
    """An age in minutes, hours or days."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def size_in_words(size: int) -> str:
    """A size in kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} kB"
