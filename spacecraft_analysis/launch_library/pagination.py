"""One question, all its pages: walked for as few requests as possible and proven to be whole."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from math import ceil

from spacecraft_analysis.errors import AnswerError, IncompleteError, OfflineError, ThrottledError
from spacecraft_analysis.launch_library.api import DownError, Server, SlowError
from spacecraft_analysis.launch_library.cache import Cache, KeptWalk
from spacecraft_analysis.launch_library.completeness import Walk
from spacecraft_analysis.launch_library.endpoints import Block, Question
from spacecraft_analysis.launch_library.page import Page
from spacecraft_analysis.launch_library.progress import Progress, untold

_BARRED = 2
_QUICK = 2


class Pace:
    """The size of the pages of one walk; each walk begins with the largest."""

    def __init__(self, sizes: tuple[int, ...], patience: timedelta) -> None:
        self.size = sizes[0]
        self._sizes = sizes
        self._quick = patience.total_seconds() / 3
        self._failures: Counter[int] = Counter()
        self._in_a_row = 0

    def came(self, seconds: float) -> None:
        """Notes a page that came: after two quick ones in a row they may be larger again."""
        self._in_a_row = self._in_a_row + 1 if seconds < self._quick else 0
        larger = self._sizes[: self._sizes.index(self.size)][-1:]
        if self._in_a_row >= _QUICK and larger and self._failures[larger[0]] < _BARRED:
            self.size = larger[0]
            self._in_a_row = 0

    def failed(self, size: int) -> bool:
        """Notes a page that did not come in time; whether smaller ones are left to try."""
        self._failures[size] += 1
        self._in_a_row = 0
        smaller = [other for other in self._sizes if other < size]
        self.size = smaller[0] if smaller else self.size
        return bool(smaller)


_THROTTLES_IN_A_ROW = 3
# Throttles can stretch one pull, but hardly longer; what was kept further apart is of two.
_LONGEST_PULL = timedelta(days=1)
# After what did not come in time or did not work, a twelfth of the patience is waited.
_PAUSES = 12


class Pull:
    """One walk over the pages of a question, from kept ones and from LL2.

    Args:
        question: What is asked.
        cache: Where pages are kept.
        server: Whom to ask; null offline, where kept pages of any age are taken.
        tell: Told how far it is.
        max_age: Pages that are older are not taken.
        refresh: No kept page is taken.
        patient: A throttle is waited out.
    """

    def __init__(
        self,
        question: Question,
        cache: Cache,
        server: Server | None,
        tell: Progress = untold,
        *,
        max_age: timedelta,
        refresh: bool = False,
        patient: bool = False,
    ) -> None:
        self.question = question
        """What is asked."""
        self._cache = cache
        self._server = server
        self._tell = tell
        self._max_age = max_age
        self._patient = patient
        self._patience = server.patience if server else timedelta(0)
        self._pace = Pace(question.sizes, self._patience)
        # Seconds that the last page took.
        self._took = 0.0
        self._again = False
        self._walk = Walk(question)
        # Where its pages are kept; null as long as that is nowhere of its own.
        self._kept_walk: KeptWalk | None = None
        if not refresh:
            self._take_kept()

    @property
    def missing(self) -> list[Block]:
        """The pages that would be asked, in order, if each came in time."""
        return self._walk.missing(self._pace.size)

    @property
    def kept(self) -> int:
        """How many pages there are."""
        return len(self._walk.pages) + len(self._walk.ties)

    @property
    def estimated(self) -> bool:
        """Whether the number of pages is not known."""
        return self._walk.count is None and not self.question.single

    def complete(self) -> Walk:
        """The walk with all its pages, proven to be one whole.

        Where a page disagrees, what is needed is read once more, never twice.

        Raises:
            SlowError: The only page of a question did not come in time.
        """
        if not self.missing:
            return self._walk
        if self._server is None:
            raise not_kept(self.question.url(self.missing[0]))
        # Before one is paid for.
        self._cache.check_can_keep()
        try:
            while missing := self.missing:
                self._add(missing[0], self._server)
        except AnswerError as error:
            unordered = isinstance(error, SlowError) and not self.question.pageable
            kind = SlowError if unordered else AnswerError
            raise kind(f"{error}{self._and_what_is_kept()}") from None
        except ThrottledError as error:
            told = f"{error}{self._older()}"
            raise ThrottledError(told, wait=error.wait, available_at=error.available_at) from None
        if all(kept.reach is None for kept in self._cache.walks(self.question)):
            # There is no older one to wait for what else is fetched with this one.
            self.finish()
        return self._walk

    def finish(self) -> None:
        """Has the walk, which is complete, stay as the last whole one instead of older ones."""
        if self._kept_walk is not None and self._kept_walk.reach is None:
            pages = (*self._walk.pages, *self._walk.ties)
            self._cache.finish(self.question, self._kept_walk, pages)

    def _take_kept(self) -> None:
        """Takes the kept pages that are the answer, or else those to go on with."""
        walks = self._cache.walks(self.question)
        if self._server is None:
            # One not finished is of a pull that is not whole, if only for want of other things.
            walks.sort(key=lambda kept: kept.reach is None)
        for nth, kept in enumerate(walks):
            walk = self._walk_of(kept)
            goes_on = self._server and kept.reach is None and walk.pages
            if goes_on:
                self._kept_walk = kept
            is_whole = not walk.missing(self._pace.size)
            if nth == 0 or goes_on or is_whole:
                self._walk = walk
            if goes_on or is_whole:
                return

    def _walk_of(self, kept: KeptWalk) -> Walk:
        pages = self._cache.pages(self.question, kept)
        young = [page for page in pages if self._server is None or self._is_young(page)]
        return Walk.of_kept(self.question, young, max(self._max_age, _LONGEST_PULL))

    def _is_young(self, page: Page) -> bool:
        # A page from the future was kept by a wrong clock; nobody knows how old it is.
        return abs(_now() - page.kept_at) <= self._max_age

    def _add(self, block: Block, server: Server) -> None:
        """Asks for a page; starts again if it does not fit the others."""
        try:
            page = self._ask(block, server)
        except SlowError as error:
            self._slow(block, error)
            return
        self._pace.came(self._took)
        self._cache.keep(self.question, self._current(), page)
        self._walk.add(page)
        doubtful = self._walk.doubtful()
        gaps = self._walk.gaps(self._pace.size)
        if not doubtful and block.offset and max(gaps, default=block) > block:
            # The catalogue has grown by a page, and what was read below it may be older.
            doubtful = {block}
        if doubtful and self._again:
            raise self._incomplete()
        if doubtful == {block}:
            # This page alone can't stay.
            self._cache.forget(self.question, self._current(), block)
            self._walk.remove(block)
        elif doubtful:
            # The catalogue has changed. Only pages of a new walk are sure to fit together.
            self._walk.clear()
            self._kept_walk = None
        self._again |= bool(doubtful)
        things = self.question.endpoint.things
        self.say(f"asking Launch Library 2 for {things}" if self.missing else f"{things} fetched")

    def _current(self) -> KeptWalk:
        """The kept walk that this one is; a new one where there is none yet."""
        if self._kept_walk is None:
            pages = (*self._walk.pages, *self._walk.ties)
            self._kept_walk = self._cache.begin(self.question, pages)
        return self._kept_walk

    def _ask(self, block: Block, server: Server) -> Page:
        for _ in range(_THROTTLES_IN_A_ROW - 1 if self._patient else 0):
            try:
                return self._ask_once_more(block, server)
            except ThrottledError as error:
                # LL2 counts in whole seconds: a moment too early would be asked in vain.
                moment = timedelta(seconds=1)
                words = "LL2's allowance is used up; going on"
                self._sleep(error.wait + moment, error.available_at + moment, words)
        return self._ask_once_more(block, server)

    def _ask_once_more(self, block: Block, server: Server) -> Page:
        """The page; where nothing worked at all it is asked for a second time a little later."""
        try:
            return self._timed(block, server)
        except DownError as error:
            wait = self._patience / _PAUSES if error.retry_after is None else error.retry_after
            if wait > self._patience:
                raise
            self._sleep(wait, _now() + wait, "LL2 can't be reached; asking once more")
        return self._timed(block, server)

    def _timed(self, block: Block, server: Server) -> Page:
        begun = time.monotonic()
        page = server.ask(self.question, block, self._waiting)
        self._took = time.monotonic() - begun
        return page

    def _slow(self, block: Block, error: SlowError) -> None:
        """Goes on with smaller pages, after a pause; the error where there are none."""
        self._walk.failed.add(block)
        # The rows of a torn place come at once or not at all.
        if not self._pace.failed(block.size) or block in self._walk.torn():
            raise error
        wait = self._patience / _PAUSES
        words = (
            f"page {self.kept + 1} did not come in time; going on with {self._pace.size} records"
        )
        self._sleep(wait, _now() + wait, words)

    def _waiting(self, seconds: float) -> None:
        self.say(f"LL2 is working on page {self.kept + 1}, {int(seconds)} s")

    def say(self, message: str) -> None:
        """Tells how far the walk is."""
        total = None if self.estimated else self.kept + len(self.missing)
        self._tell(self.kept, total, message)

    def _sleep(self, wait: timedelta, until: datetime, words: str) -> None:
        end = time.monotonic() + wait.total_seconds()
        # A computer that was asleep has its wall clock to know by, a wrong clock set right the
        # other: whichever is over first.
        while (left := min(end - time.monotonic(), (until - _now()).total_seconds())) > 0:
            self.say(f"{words} in {ceil(left)} s")
            time.sleep(min(1.0, left))

    def _incomplete(self) -> IncompleteError:
        """The error; nobody knows which of the pages is right, so that none stays kept."""
        self._cache.discard(self.question, self._current())
        walk, things = self._walk, self.question.endpoint.things
        have = len({record_id for page in walk.pages for record_id in page.ids})
        counts = sorted({page.count for page in walk.pages})
        want = self.question.wanted(walk.count or 0)
        return IncompleteError(
            f"asked {self.question.address}: the pages do not fit together, also when read once "
            f"more; have {have} different {things} so far, want {want}, on pages that count "
            f"{' and '.join(map(str, counts))} in all. LL2 changed or erred while it was read; "
            "nothing is returned and nothing of it kept. Fetch again later",
            have=have,
            want=want,
        )

    def _and_what_is_kept(self) -> str:
        """What there is in spite of an error, and how to have it."""
        told = ""
        if self.kept:
            self._walk.failed.clear()
            missing = len(self._walk.missing(self.question.sizes[0]))
            total = "" if self.estimated else f" of {self.kept + missing}"
            told = (
                f". {self.kept}{total} pages are kept: the same call without refresh=True asks "
                "only for the rest"
            )
        return f"{told}{self._older()}"

    def _older(self) -> str:
        """That a complete pull is kept, and how to have it; empty where there is none."""
        older = Pull(self.question, self._cache, None, max_age=self._max_age)
        if older.missing:
            return ""
        oldest = min(page.kept_at for page in older._walk.pages)
        return (
            f". A complete pull of {self.question.endpoint.things}, of {oldest:%Y-%m-%d %H:%M} UTC "
            f"({_age(_now() - oldest)} old), is kept: use it with LaunchLibrary(offline=True) or "
            "SPACECRAFT_ANALYSIS_OFFLINE=1"
        )


def not_kept(url: str) -> OfflineError:
    """The error of a page that is missing offline."""
    return OfflineError(
        f"offline, and {url} is not kept, or does not fit the other kept pages: fetch it once "
        "online with the same arguments",
        url=url,
    )


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _now() -> datetime:
    """The time by this computer's clock."""
    return datetime.now(timezone.utc)
