"""Launch Library 2: every page of a question, proven complete, for as few requests as possible."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import platformdirs

from spacecraft_analysis.errors import (
    AnswerError,
    IncompleteError,
    OfflineError,
    ThrottledError,
)
from spacecraft_analysis.pages import Allowance, Page, Pages, one_pull_at_a_time
from spacecraft_analysis.progress import Progress, showing
from spacecraft_analysis.query import Query, Record, check_names, order
from spacecraft_analysis.snapshot import Snapshot, read_sample, read_snapshot

PRODUCTION = "https://ll.thespacedevs.com/2.3.0/"
PAGE = 100
# LL2 has held at most 607 spacecraft so far: what a plan assumes while it can't know.
_PAGES_OF_CATALOGUE = 7
_THROTTLES_IN_A_ROW = 3


@dataclass(frozen=True)
class Plan:
    """What a fetch would cost; prints as three lines.

    Attributes:
        requests: Requests that the fetch would send; an upper estimate if `estimated`.
        kept: Pages that are kept already and young enough.
        allowance_left: Requests that LL2 grants now; null where it does not say.
        next_in: How long until LL2 grants the next request; null where it does not say.
        complete_at: The earliest instant (UTC) at which the fetch can be done.
        urls: The addresses that would be asked, in order.
        estimated: True while no first page is kept, so that the number of records is unknown.
    """

    requests: int
    kept: int
    allowance_left: int | None
    next_in: timedelta | None
    complete_at: datetime
    urls: tuple[str, ...]
    estimated: bool

    def __str__(self) -> str:
        """Three lines: the cost, the allowance, and when it can be done."""
        about = "at most about " if self.estimated else ""
        left = "unknown" if self.allowance_left is None else f"{self.allowance_left} left"
        wait = int(self.next_in.total_seconds()) if self.next_in else 0
        return (
            f"requests needed: {about}{self.requests} (pages kept: {self.kept})\n"
            f"allowance: {left}, next request possible {f'in {wait} s' if wait else 'now'}\n"
            f"can be done: {self.complete_at:%Y-%m-%d %H:%M:%S} UTC at the earliest"
        )


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
        max_age: Pages older than this are asked again.
        offline: Answer from kept pages of any age and send nothing. Without it the environment's
            `SPACECRAFT_ANALYSIS_OFFLINE=1`.
        wait: Wait out a throttle and go on, instead of raising `ThrottledError`.
        progress: Called with pages done, pages in all (None while unknown) and a sentence.
            Without it: a bar in a terminal, a line in a notebook, nothing in scripts and pipes.

    Raises:
        ValueError: base_url is no http address, the token holds blanks, or max_age is negative.

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
        offline: bool | None = None,
        wait: bool = False,
        progress: Progress | None = None,
    ) -> None:
        environment = os.environ.get
        url = base_url or environment("LL2_BASE_URL") or PRODUCTION
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"base_url={url!r}: expected an address such as {PRODUCTION}")
        key = token or environment("LL2_TOKEN") or None
        if key is not None and (not key.isascii() or not key.isprintable() or " " in key):
            # The value itself stays out of the message.
            raise ValueError("the token (LL2_TOKEN) holds blanks or characters that no key has")
        if max_age < timedelta(0):
            raise ValueError(f"max_age={max_age!r}: expected a length of time from 0")
        self._base_url = f"{url.rstrip('/')}/"
        self._token = key
        folder = cache_dir or environment("SPACECRAFT_ANALYSIS_CACHE_DIR")
        self._cache_dir = Path(folder or platformdirs.user_cache_path("spacecraft_analysis"))
        self._max_age = max_age
        if offline is None:
            offline = environment("SPACECRAFT_ANALYSIS_OFFLINE") == "1"
        self._offline = offline
        self._wait = wait
        self._progress = progress

    def __repr__(self) -> str:
        """The source, without the token."""
        return f"<LaunchLibrary {self._base_url}>"

    def fetch(
        self,
        *,
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
            mode: "detailed" (with flights and configurations) or "normal".
            in_space: Only craft that are, or are not, in space.
            is_placeholder: Only placeholders, or only real craft.
            name: Only craft of exactly this name.
            spacecraft_config: Only craft of the configuration with this id.
            status: Only craft with the status of this id.
            search: Words that must all occur in the craft's or the configuration's name.
            ordering: One of LL2's: flights_count, id, mission_ends_count, time_docked,
                time_in_space, each with an optional "-".
            limit: At most so many records.
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
        question = _Question(self._base_url, query)
        with showing(self._progress) as tell, self._pages(question, tell) as pages:
            pull = _Pull(question, pages, self._is_fresh, tell, offline=self._offline)
            found = pull.whole(refresh=refresh, patient=self._wait)
        return _snapshot(question, found)

    def plan(
        self,
        *,
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
        question = _Question(self._base_url, query)
        with Pages.open(self._base_url, self._token, self._cache_dir) as pages:
            pull = _Pull(question, pages, self._is_fresh, _untold, offline=self._offline)
            return pull.plan(refresh=refresh)

    def _is_fresh(self, page: Page) -> bool:
        # A page from the future was kept by a wrong clock; nobody knows how old it is.
        return self._offline or abs(_now() - page.kept_at) <= self._max_age

    @contextmanager
    def _pages(self, question: _Question, tell: Progress) -> Iterator[Pages]:
        if self._offline and not (self._cache_dir / "pages.sqlite").exists():
            raise _not_kept(question.url(0))
        # Who only reads need not wait for who pulls.
        lock = nullcontext() if self._offline else one_pull_at_a_time(self._cache_dir, tell)
        with lock, Pages.open(self._base_url, self._token, self._cache_dir) as pages:
            yield pages


def load(source: str | Path = "live", **query: object) -> Snapshot:
    """A snapshot: live, the bundled sample, or from a file.

    Args:
        source: "live" for `LaunchLibrary().fetch(**query)`, "sample" for the bundled sample, or
            the path of a file that `Snapshot.write` made.
        **query: The arguments of `LaunchLibrary.fetch`. On the sample and on a file they select
            and order as LL2 would.

    Raises:
        TypeError: An argument is misspelt or of a wrong type.
        ValueError: An argument has a value that LL2 does not know.
        SnapshotError: There is no such file, or it holds no unchanged snapshot.
        LaunchLibraryError: As `LaunchLibrary.fetch`, for "live".

    Examples:
        >>> load("sample", search="Shuttle").spacecraft["flights_count"].sum()
        135
    """
    if source == "live":
        check_names(query, [*Query.__dataclass_fields__, "refresh"])
        return LaunchLibrary().fetch(**query)  # type: ignore[arg-type]
    snapshot = read_sample() if source == "sample" else read_snapshot(source)
    return snapshot.select(**query) if query else snapshot


@dataclass(frozen=True)
class _Question:
    """A query, put to one server page by page."""

    base_url: str
    query: Query

    @property
    def single(self) -> bool:
        """Whether one request answers it, in LL2's own ordering."""
        return self.query.limit is not None and self.query.limit <= PAGE

    @property
    def size(self) -> int:
        """Records on a page."""
        return self.query.limit if self.single and self.query.limit else PAGE

    @property
    def most(self) -> int | None:
        """Records that need to be read; null for all."""
        return self.query.limit if self.single or self.query.ordering == "id" else None

    def wanted(self, count: int) -> int:
        """Records to read of a catalogue of so many."""
        pages = ceil(min(count, self.most) / self.size) if self.most is not None else None
        return count if pages is None else min(count, pages * self.size)

    def offsets(self, count: int) -> list[int]:
        """Where the pages of so many records begin; the first is always asked."""
        return list(range(0, max(1, self.wanted(count)), self.size))

    def url(self, offset: int | None = None) -> str:
        """The address of a page, or without an offset of the whole question."""
        query = self.query
        filters = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in query.filters.items()
        }
        ordering = query.ordering if self.single else "id"
        page = {} if offset is None else {"limit": self.size, "offset": offset}
        asked = {"format": "json", "mode": query.mode} | filters | {"ordering": ordering} | page
        return f"{self.base_url}spacecraft/?{urlencode(asked)}"


class _Pull:
    """One walk over the pages of a question."""

    def __init__(
        self,
        question: _Question,
        pages: Pages,
        is_fresh: Callable[[Page], bool],
        tell: Progress,
        *,
        offline: bool,
    ) -> None:
        self._question = question
        self._pages = pages
        self._is_fresh = is_fresh
        self._tell = tell
        self._offline = offline
        self._found: dict[int, Page] = {}
        self._asked: set[int] = set()

    def whole(self, *, refresh: bool, patient: bool) -> list[Page]:
        """All pages of the question, proven to be one whole.

        Where pages disagree, those that may be at fault are read once more, never twice.
        """
        try:
            if not refresh:
                self._find_kept()
            if self._missing() and not self._offline:
                self._announce()
            self._complete(patient)
            doubtful = doubtful_offsets(self._question, self._found)
            if doubtful and not self._offline:
                for offset in doubtful:
                    self._found.pop(offset, None)
                self._complete(patient)
                doubtful = doubtful_offsets(self._question, self._found)
        except AnswerError as error:
            raise AnswerError(f"{error}{self._older_pull()}") from None
        if doubtful:
            raise self._incomplete()
        return [self._found[offset] for offset in sorted(self._found)]

    def plan(self, *, refresh: bool) -> Plan:
        if not refresh:
            self._find_kept()
        allowance = None if self._offline else self._pages.allowance()
        missing = self._missing()
        estimated = 0 not in self._found and not self._question.single
        return Plan(
            requests=len(missing),
            kept=len(self._found),
            allowance_left=allowance.left if allowance else None,
            next_in=allowance.next_in if allowance else None,
            complete_at=_now() + _time_needed(len(missing), allowance),
            urls=tuple(self._question.url(offset) for offset in missing),
            estimated=estimated,
        )

    def _find_kept(self) -> None:
        """Takes what is kept and young enough; what no longer belongs shows when it is proven."""
        first = self._pages.kept(self._question.url(0))
        if first is None or not self._is_fresh(first):
            first = None
        offsets = self._question.offsets(first.count if first else _PAGES_OF_CATALOGUE * PAGE)
        for offset in offsets:
            page = self._pages.kept(self._question.url(offset))
            if page is not None and self._is_fresh(page):
                self._found[offset] = page

    def _missing(self) -> list[int]:
        counts = [page.count for page in self._found.values()]
        count = counts[0] if counts else _PAGES_OF_CATALOGUE * PAGE
        return [at for at in self._question.offsets(count) if at not in self._found]

    def _announce(self) -> None:
        """Says so beforehand if the allowance can't cover the missing pages."""
        missing = len(self._missing())
        total = missing + len(self._found)
        allowance = self._pages.allowance()
        if allowance is not None and allowance.left < missing:
            self._tell(
                len(self._found),
                total,
                f"LL2 grants {allowance.left} requests now and {missing} are missing; "
                "fetching what is granted",
            )
        else:
            self._tell(len(self._found), total, "asking Launch Library 2")

    def _complete(self, patient: bool) -> None:
        """Asks for every page that is not there, one after the other."""
        while True:
            count = self._newest().count if self._found else 0
            offsets = self._question.offsets(count)
            missing = [offset for offset in offsets if offset not in self._found]
            if not missing:
                break
            url = self._question.url(missing[0])
            if self._offline:
                raise _not_kept(url)
            self._found[missing[0]] = self._ask(url, patient)
            self._asked.add(missing[0])
            total = len(self._question.offsets(self._newest().count))
            self._tell(len(self._found), total, "asking Launch Library 2")
        for offset in self._found.keys() - set(offsets):
            # The catalogue has shrunk; what was beyond its end is no part of it.
            del self._found[offset]

    def _ask(self, url: str, patient: bool) -> Page:
        for attempt in range(_THROTTLES_IN_A_ROW):
            try:
                return self._pages.ask(url)
            except ThrottledError as error:
                if not patient or attempt == _THROTTLES_IN_A_ROW - 1:
                    raise
                self._sleep(error)
        raise AssertionError("the last attempt returns or raises")

    def _sleep(self, error: ThrottledError) -> None:
        # LL2 counts in whole seconds: a moment too early would be asked in vain.
        end = time.monotonic() + error.wait.total_seconds() + 1
        while (left := end - time.monotonic()) > 0:
            message = f"LL2's allowance is used up; going on in {ceil(left)} s"
            self._tell(len(self._found), None, message)
            time.sleep(min(1.0, left))

    def _newest(self) -> Page:
        return max(self._found.values(), key=lambda page: page.kept_at)

    def _incomplete(self) -> IncompleteError:
        have = len({record["id"] for page in self._found.values() for record in page.results})
        counts = sorted({page.count for page in self._found.values()})
        want = self._question.wanted(self._newest().count)
        return IncompleteError(
            f"asked {self._question.url()}: have {have} different spacecraft of {want} wanted, on "
            f"pages that count {' and '.join(map(str, counts))} in all. LL2 changed or erred "
            "while it was read; nothing is returned. Fetch again, or with refresh=True"
        )

    def _older_pull(self) -> str:
        """What to do if LL2 is down and an older whole pull is kept; empty if none is."""
        first = self._pages.kept(self._question.url(0))
        if first is None:
            return ""
        kept = {
            offset: page
            for offset in self._question.offsets(first.count)
            if (page := self._pages.kept(self._question.url(offset))) is not None
        }
        whole = len(kept) == len(self._question.offsets(first.count))
        if not whole or doubtful_offsets(self._question, kept):
            return ""
        oldest = min(page.kept_at for page in kept.values())
        return (
            f". A complete pull of {oldest:%Y-%m-%d %H:%M} UTC ({_age(_now() - oldest)} old) is "
            "kept: use it with LaunchLibrary(offline=True)"
        )


def doubtful_offsets(question: _Question, found: dict[int, Page]) -> list[int]:
    """The pages that may be at fault if the pages are not one whole; empty if they are.

    One whole: all pages count the same, each is as long as the count says, and ids are unique
    and, where they were asked by id, rise within and across pages.
    """
    newest = max(found.values(), key=lambda page: page.kept_at)
    wanted = question.wanted(newest.count)
    doubtful = {
        offset
        for offset, page in found.items()
        if page.count != newest.count or len(page.results) != min(question.size, wanted - offset)
    }
    by_id = not question.single or question.query.ordering == "id"
    seen: dict[int, int] = {}
    last: tuple[int, int] | None = None
    for offset in sorted(found):
        for record in found[offset].results:
            spacecraft_id = record["id"]
            if spacecraft_id in seen:
                doubtful |= {offset, seen[spacecraft_id]}
            if by_id and last is not None and spacecraft_id <= last[0]:
                doubtful |= {offset, last[1]}
            seen[spacecraft_id] = offset
            last = (spacecraft_id, offset)
    return sorted(doubtful)


def _snapshot(question: _Question, found: Sequence[Page]) -> Snapshot:
    query = question.query
    pairs = [(record, page.retrieved_at) for page in found for record in page.results]
    times = {record["id"]: at for record, at in pairs}
    records: list[Record] = [record for record, _ in pairs]
    if not question.single and query.ordering != "id":
        records = order(records, query.ordering)
    records = records[: query.limit]
    latest = max(page.retrieved_at for page in found)
    return Snapshot(
        records,
        url=question.url(),
        query=query.asked,
        retrieved_at=[times[record["id"]] for record in records] or latest,
    )


def _time_needed(requests: int, allowance: Allowance | None) -> timedelta:
    """The shortest time in which LL2 can grant so many requests."""
    if allowance is None or requests <= allowance.left:
        return timedelta(0)
    rounds = (requests - allowance.left - 1) // max(1, allowance.limit)
    return allowance.next_in + rounds * allowance.period


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


def _not_kept(url: str) -> OfflineError:
    return OfflineError(
        f"offline, and {url} is not kept: fetch it once online with the same arguments", url=url
    )


def _untold(done: int, total: int | None, message: str) -> None:
    """A plan tells nothing on the way."""


def _now() -> datetime:
    return datetime.now(timezone.utc)
