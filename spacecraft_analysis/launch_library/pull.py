"""One question, all its pages: walked for as few requests as possible and proven to be whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import TYPE_CHECKING

from spacecraft_analysis.errors import (
    AnswerError,
    IncompleteError,
    OfflineError,
    ThrottledError,
)
from spacecraft_analysis.frames import Records
from spacecraft_analysis.launch_library.plan import Plan
from spacecraft_analysis.launch_library.progress import Progress
from spacecraft_analysis.launch_library.question import Question
from spacecraft_analysis.snapshot import Snapshot

if TYPE_CHECKING:
    from spacecraft_analysis.launch_library.pages import Allowance, Page, Pages

# LL2 has held at most 607 spacecraft so far: what is assumed while the number is unknown.
_ASSUMED = 700
_THROTTLES_IN_A_ROW = 3
# Throttles can stretch one pull, but hardly longer; what was kept further apart is of two.
_LONGEST_PULL = timedelta(days=1)


class Pull:
    """One walk over the pages of a question, from kept ones and from LL2.

    Pages are asked from the last to the first, except that the first comes before all others
    where nobody knows how many there are. New records get the highest ids, so a record that goes
    meanwhile makes the next page repeat a row, which shows. Walking upwards it would skip one,
    which does not show where another record came and the count is the same again.
    """

    def __init__(
        self,
        question: Question,
        pages: Pages,
        tell: Progress,
        *,
        max_age: timedelta,
        offline: bool,
    ) -> None:
        self._question = question
        self._pages = pages
        self._tell = tell
        self._max_age = max_age
        self._offline = offline
        self._found: dict[int, Page] = {}
        self._touched: set[int] = set()
        self._again = False
        # What the newest page says; nothing else is known of the catalogue as it is now.
        self._count: int | None = None

    def snapshot(self, *, refresh: bool, patient: bool) -> Snapshot:
        """The records of all pages, proven to be one whole.

        Where a page disagrees, what is needed is read once more, never twice.
        """
        if not refresh:
            self._take_kept()
        try:
            if self._missing() and not self._offline:
                self._announce()
            while missing := self._missing():
                self._add(missing[0], patient)
        except AnswerError as error:
            raise AnswerError(f"{error}{self._older_pull()}") from None
        return _snapshot(self._question, [self._found[offset] for offset in sorted(self._found)])

    def plan(self, *, refresh: bool) -> Plan:
        """What the snapshot would cost."""
        if not refresh:
            self._take_kept()
        allowance, unanswered = (None, None) if self._offline else self._allowance()
        missing = self._missing()
        return Plan(
            requests=len(missing),
            kept=len(self._found),
            allowance_left=allowance.left if allowance else None,
            next_in=allowance.next_in if allowance else None,
            complete_at=_now() + _time_needed(len(missing), allowance),
            urls=tuple(self._question.url(offset) for offset in missing),
            estimated=self._count is None and not self._question.single,
            offline=self._offline,
            unanswered=unanswered,
        )

    def _allowance(self) -> tuple[Allowance | None, str | None]:
        """What LL2 grants, as far as it says, or why nobody answered."""
        try:
            return self._pages.allowance(), None
        except AnswerError as error:
            return None, str(error)

    def _take_kept(self) -> None:
        """Takes the kept pages that are young enough and of one walk."""
        kept: dict[int, Page] = {}
        count, offset = _ASSUMED, 0
        while offset < self._question.wanted(count):
            page = self._pages.kept(self._question.url(offset))
            if page is not None and self._is_young(page):
                kept[offset] = page
                count = max(count, page.count)
            offset += self._question.size
        if kept:
            newest = max(kept.values(), key=lambda page: page.kept_at)
            self._count = newest.count
            self._found = _one_walk(self._question, kept, newest, max(self._max_age, _LONGEST_PULL))
            self._touched = set(kept)

    def _is_young(self, page: Page) -> bool:
        # A page from the future was kept by a wrong clock; nobody knows how old it is.
        return self._offline or abs(_now() - page.kept_at) <= self._max_age

    def _missing(self) -> list[int]:
        """Where the pages begin that are not there, in the order in which they are asked."""
        offsets = self._question.offsets(_ASSUMED if self._count is None else self._count)
        missing = [offset for offset in reversed(offsets) if offset not in self._found]
        return [0, *missing[:-1]] if self._count is None else missing

    def _announce(self) -> None:
        """Says beforehand what is missing, and whether the allowance covers it."""
        missing = len(self._missing())
        about = "up to " if self._count is None and not self._question.single else ""
        plural = "" if missing == 1 else "s"
        allowance, _ = self._allowance()
        message = "asking Launch Library 2"
        if allowance is not None:
            granted = f"{allowance.left} request{'' if allowance.left == 1 else 's'} now"
            message += f" for {about}{missing} page{plural}; it grants {granted}"
            if allowance.left < missing:
                # Short enough for a terminal of 80 columns, beside a bar.
                message = (
                    f"LL2 grants {granted} for {about}{missing} missing page{plural}; "
                    "fetching as many"
                )
        self._progress(message)

    def _progress(self, message: str) -> None:
        known = self._question.single or self._count is not None
        total = len(self._found) + len(self._missing()) if known else None
        self._tell(len(self._found), total, message)

    def _add(self, offset: int, patient: bool) -> None:
        """Asks for a page; starts again if it does not fit the others."""
        url = self._question.url(offset)
        if self._offline:
            raise not_kept(url)
        page = self._ask(url, patient)
        self._touched.add(offset)
        self._found[offset] = page
        self._count = page.count
        doubtful = doubtful_offsets(self._question, self._found, page.count)
        if not doubtful and offset and max(self._missing(), default=0) > offset:
            # The catalogue has grown by a page, and what was read below it may be older.
            doubtful = [offset]
        if doubtful and self._again:
            raise self._incomplete()
        if doubtful == [offset]:
            # This page alone can't stay.
            self._pages.forget(url)
            del self._found[offset]
        elif doubtful:
            # The catalogue has changed. Only pages of a new walk are sure to fit together.
            self._found.clear()
        self._again |= bool(doubtful)
        self._progress("asking Launch Library 2" if self._missing() else "fetched")

    def _ask(self, url: str, patient: bool) -> Page:
        for _ in range(_THROTTLES_IN_A_ROW - 1 if patient else 0):
            try:
                return self._pages.ask(url)
            except ThrottledError as error:
                self._sleep(error)
        return self._pages.ask(url)

    def _sleep(self, error: ThrottledError) -> None:
        # LL2 counts in whole seconds: a moment too early would be asked in vain.
        end = time.monotonic() + error.wait.total_seconds() + 1
        until = error.available_at + timedelta(seconds=1)
        # A computer that was asleep has its wall clock to know by, a wrong clock set right the
        # other: whichever is over first.
        while (left := min(end - time.monotonic(), (until - _now()).total_seconds())) > 0:
            self._progress(f"LL2's allowance is used up; going on in {ceil(left)} s")
            time.sleep(min(1.0, left))

    def _incomplete(self) -> IncompleteError:
        """The error; nobody knows which of the pages is right, so that none stays kept."""
        for offset in self._touched:
            self._pages.forget(self._question.url(offset))
        have = len({spacecraft_id for page in self._found.values() for spacecraft_id in page.ids})
        counts = sorted({page.count for page in self._found.values()})
        want = self._question.wanted(self._count or 0)
        return IncompleteError(
            f"asked {self._question.url()}: the pages do not fit together, also when read once "
            f"more; have {have} different spacecraft so far, want {want}, on pages that count "
            f"{' and '.join(map(str, counts))} in all. LL2 changed or erred while it was read; "
            "nothing is returned and nothing of it kept. Fetch again later",
            have=have,
            want=want,
        )

    def _older_pull(self) -> str:
        """What to do if LL2 is down and an older whole pull is kept; empty if none is."""
        older = Pull(self._question, self._pages, self._tell, max_age=self._max_age, offline=True)
        older._take_kept()
        if older._missing():
            return ""
        oldest = min(page.kept_at for page in older._found.values())
        return (
            f". A complete pull of {oldest:%Y-%m-%d %H:%M} UTC ({_age(_now() - oldest)} old) is "
            "kept: use it with LaunchLibrary(offline=True) or SPACECRAFT_ANALYSIS_OFFLINE=1"
        )


def doubtful_offsets(question: Question, found: dict[int, Page], count: int | None) -> list[int]:
    """The pages that may be at fault if the pages are not one whole; empty if they are.

    One whole: all pages count the same, each is as long as the count says, and ids are unique
    and, where they were asked by id, rise within and across pages.
    """
    wanted = question.wanted(count or 0)
    doubtful = {
        offset
        for offset, page in found.items()
        if page.count != count
        or len(page.ids) != min(question.size, wanted - offset)
        or 0 < wanted <= offset
    }
    by_id = not question.single or question.query.ordering == "id"
    seen: dict[int, int] = {}
    last: tuple[int, int] | None = None
    for offset in sorted(found):
        for spacecraft_id in found[offset].ids:
            if spacecraft_id in seen:
                doubtful |= {offset, seen[spacecraft_id]}
            if by_id and last is not None and spacecraft_id <= last[0]:
                doubtful |= {offset, last[1]}
            seen[spacecraft_id] = offset
            last = (spacecraft_id, offset)
    return sorted(doubtful)


def _one_walk(
    question: Question, kept: dict[int, Page], newest: Page, longest: timedelta
) -> dict[int, Page]:
    """The kept pages that one walk can have read: all fit the newest, and the lower the later."""
    doubtful = doubtful_offsets(question, kept, newest.count)
    fitting = {
        offset: page
        for offset, page in kept.items()
        if offset not in doubtful and newest.kept_at - page.kept_at <= longest
    }
    walk = {0: fitting[0]} if 0 in fitting else {}
    above: Page | None = None
    for offset in reversed(question.offsets(newest.count)):
        page = fitting.get(offset)
        if page is None or (above and offset and page.kept_at < above.kept_at):
            break
        walk[offset] = above = page
    return walk


def not_kept(url: str) -> OfflineError:
    """The error of a page that is missing offline."""
    return OfflineError(
        f"offline, and {url} is not kept, or does not fit the other kept pages: fetch it once "
        "online with the same arguments",
        url=url,
    )


def _snapshot(question: Question, found: Sequence[Page]) -> Snapshot:
    query = question.query
    text = Records(tuple(page.body for page in found), sum(len(page.ids) for page in found))
    times = {spacecraft_id: page.retrieved_at for page in found for spacecraft_id in page.ids}
    whole = Snapshot(
        text,
        url=question.url(),
        query=query.asked,
        retrieved_at=list(times.values()) or found[0].retrieved_at,
    )
    if question.single or (query.ordering == "id" and query.limit is None):
        return whole
    return whole.select(ordering=query.ordering, limit=query.limit)


def _time_needed(requests: int, allowance: Allowance | None) -> timedelta:
    """How long until LL2 has granted so many requests: what is left now, the rest by periods.

    LL2 does not say when calls made before this one stop to count; a period later they surely do.
    """
    if allowance is None or requests <= allowance.left:
        return timedelta(0)
    if allowance.left:
        return ceil((requests - allowance.left) / allowance.limit) * allowance.period
    return allowance.next_in + (requests - 1) // allowance.limit * allowance.period


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _now() -> datetime:
    return datetime.now(timezone.utc)
