"""One reading of a question: which of its pages are there, which are missing, which don't fit.

Pages are asked from the last to the first, except that the first comes before all others where
nobody knows how many there are. New records get the highest ids, so a record that goes meanwhile
makes the next page repeat a row, which shows. Walking upwards it would skip one, which does not
show where another record came and the count is the same again.

Where LL2 offers no order without ties, it breaks them anew at every request: a row may then stand
on both sides of a border between pages, and another one on neither. The rows of such a place are
asked for once more, all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from sys import maxsize
from typing import NamedTuple

from spacecraft_analysis.frames import Records
from spacecraft_analysis.launch_library.endpoints import Block, Question
from spacecraft_analysis.launch_library.page import Page, records_of


class Walk:
    """The pages of one reading, as far as they are there."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.count: int | None = None
        """What the newest page says; nothing else is known of the catalogue as it is now."""
        self.pages: list[Page] = []
        """In the order of their places."""
        self.ties: list[Page] = []
        """Of places that a border between pages goes through: all their rows at once."""
        self.failed: set[Block] = set()
        """What did not come in time, and so is not asked for again."""

    @classmethod
    def of_kept(cls, question: Question, kept: Iterable[Page], longest: timedelta) -> Walk:
        """The kept pages that one reading can have given.

        All fit the newest and were kept within the longest time that a reading takes, without a
        gap and the lower the later, but for the first.
        """
        walk = cls(question)
        kept = list(kept)
        if not kept:
            return walk
        newest = max(kept, key=attrgetter("kept_at"))
        walk.count = newest.count
        timely = [page for page in kept if newest.kept_at - page.kept_at <= longest]
        for page in sorted(timely, key=attrgetter("kept_at")):
            # What overlaps an earlier one is a torn place, asked for at once.
            if walk._is_regular(page) and not any(page.overlaps(one) for one in walk.pages):
                walk.pages.append(page)
        walk.pages.sort(key=attrgetter("block"))
        doubtful = walk.doubtful()
        fitting = [page for page in walk.pages if page.block not in doubtful]
        walk.pages = _one_way(fitting, question.wanted(newest.count))
        walk.ties = [page for page in timely if page.block in walk.torn()]
        if walk.doubtful():
            walk.ties = []
        return walk

    def missing(self, size: int) -> list[Block]:
        """What is not there, in the order in which it is asked, in pages of at most this size."""
        return self.gaps(size) or [
            block for block in self.torn() if block not in {page.block for page in self.ties}
        ]

    def gaps(self, size: int) -> list[Block]:
        """The same without torn places, which show only where there is no gap."""
        have = sorted((page.block for page in self.pages), reverse=True)
        blocks: list[Block] = []
        if self.count is None and all(block.offset for block in have):
            # It tells how many there are, and is always asked.
            first = self._block(1, size, 0, maxsize)
            if first is None:
                return []
            blocks = [first]
            have.append(first)
        first_end = max((block.end for block in have if block.offset == 0), default=0)
        count = self.question.endpoint.assumed if self.count is None else self.count
        above = top = max(1, self.question.wanted(count))
        while above:
            while have and have[0].end >= above:
                above = min(above, have.pop(0).offset)
            block = self._block(above, size, first_end, maxsize if above == top else above)
            if block is None:
                break
            blocks.append(block)
            above = block.offset
        return blocks

    def _block(self, above: int, size: int, lowest: int, highest: int) -> Block | None:
        """The largest page that has the place below `above`; null where none is left to ask.

        It holds at most `size` records and lies between the lowest and the highest place.
        """
        for step in self.question.sizes if above else ():
            block = Block((above - 1) // step * step, step)
            apart = lowest <= block.offset and block.end <= highest
            if step <= size and apart and block not in self.failed:
                return block
        return None

    def add(self, page: Page) -> None:
        """Takes a page that was asked for."""
        self.count = page.count
        if self._is_regular(page) and page.block not in self.torn():
            self.pages = sorted([*self.pages, page], key=attrgetter("block"))
        else:
            self.ties.append(page)

    def remove(self, block: Block) -> None:
        """Gives a page up."""
        self.pages = [page for page in self.pages if page.block != block]
        self.ties = [page for page in self.ties if page.block != block]

    def clear(self) -> None:
        """Gives all pages up; what is known of the number of records and of failures stays."""
        self.pages, self.ties = [], []

    def _is_regular(self, page: Page) -> bool:
        """Whether the page is one of those that the question is cut into."""
        offset, size = page.block
        inside = offset == 0 or offset < self.question.wanted(page.count)
        return size in self.question.sizes and offset % size == 0 and inside

    def doubtful(self) -> set[Block]:
        """The pages that may be at fault if the pages are not one whole; empty if they are.

        One whole: all pages count the same, each is as long as the count says, and ids are unique
        and, where they were asked by id, rise within and across pages. That a place is torn is no
        fault of a page.
        """
        count = self.count or 0
        doubtful = {
            page.block
            for page in (*self.pages, *self.ties)
            if page.count != count
            or len(page.ids) != min(page.block.size, max(0, count - page.block.offset))
        }
        rising = self.question.pageable and not self.question.endpoint.has_ties
        ids = self._ids()
        if not self.ties and (ids == sorted(set(ids)) if rising else len(set(ids)) == len(ids)):
            return doubtful
        torn = self.torn()
        seen: dict[int, _Row] = {}
        last: _Row | None = None
        for row in self._rows():
            before = seen.setdefault(row.id, row)
            if before is not row and not any(row.is_in(tie) and before.is_in(tie) for tie in torn):
                doubtful |= {row.page.block, before.page.block}
            if rising and last is not None and row.id <= last.id:
                doubtful |= {row.page.block, last.page.block}
            last = row
        return doubtful

    def torn(self) -> list[Block]:
        """The places, as pages to ask for, of which a row stands on both sides of a border."""
        ids = self._ids()
        if not self.question.endpoint.has_ties or len(set(ids)) == len(ids):
            return []
        rows = list(_rows_of(self.pages))
        seen: dict[int, _Row] = {}
        repeated: dict[bytes, None] = {}
        for row in rows:
            before = seen.setdefault(row.id, row)
            if before.page is not row.page and before.place == row.place:
                repeated[row.place] = None
        blocks = []
        for place in repeated:
            at = [row.position for row in rows if row.place == place]
            # More rows than a page holds, or not side by side, can't be asked for at once.
            if at[-1] - at[0] == len(at) - 1 < self.question.sizes[0]:
                blocks.append(Block(at[0], len(at)))
        return blocks

    def _rows(self) -> list[_Row]:
        """The rows by their positions; those of a place that was read at once as they then were."""
        rows = [*_rows_of(self.pages)]
        if mended := [page.block for page in self.ties]:
            rows = [row for row in rows if not any(row.is_in(block) for block in mended)]
        return sorted([*rows, *_rows_of(self.ties)], key=attrgetter("position"))

    def _ids(self) -> list[int]:
        return [record_id for page in self.pages for record_id in page.ids]

    def text(self) -> tuple[Records, list[datetime]]:
        """The records, and when each was sent. Rows that share a place stand by id."""
        if self.ties or self._has_ties_out_of_order():
            return self._text_by_rows()
        times = [page.retrieved_at for page in self.pages for _ in page.ids]
        return Records(tuple(page.body for page in self.pages), len(times)), times

    def _has_ties_out_of_order(self) -> bool:
        if not self.question.endpoint.has_ties:
            return False
        rows = [row for page in self.pages for row in zip(page.places, page.ids, strict=True)]
        return any(one[0] == next[0] and one[1] > next[1] for one, next in pairwise(rows))

    def _text_by_rows(self) -> tuple[Records, list[datetime]]:
        places = groupby(self._rows(), attrgetter("place"))
        rows = [row for _, tied in places for row in sorted(tied, key=attrgetter("id"))]
        bodies = [
            _body_of(page, [row.position - page.block.offset for row in run])
            for page, run in groupby(rows, attrgetter("page"))
        ]
        return Records(tuple(bodies), len(rows)), [row.page.retrieved_at for row in rows]


class _Row(NamedTuple):
    """One record of a page, as far as the proof needs it."""

    position: int
    id: int
    place: bytes
    page: Page

    def is_in(self, block: Block) -> bool:
        return block.offset <= self.position < block.end


def _rows_of(pages: Iterable[Page]) -> Iterator[_Row]:
    for page in pages:
        for at, (record_id, place) in enumerate(zip(page.ids, page.places, strict=True)):
            yield _Row(page.block.offset + at, record_id, place, page)


def _body_of(page: Page, at: list[int]) -> bytes:
    """The text of a page that holds its records at these places alone, in their order."""
    if at == [*range(len(page.ids))]:
        return page.body
    records = records_of(page.body)
    return b'{"results":[' + b",".join(records[nth] for nth in at) + b"]}"


def _one_way(pages: list[Page], wanted: int) -> list[Page]:
    """Of pages in their order the first, and from the last on those read one after the other."""
    taken: list[Page] = []
    above = max(1, wanted)
    for page in reversed(pages):
        later = not taken or page.kept_at >= taken[-1].kept_at
        if page.block.end < above or not (later or page.block.offset == 0):
            break
        taken.append(page)
        above = page.block.offset
    first = [page for page in pages[:1] if page.block.offset == 0 and page not in taken]
    return [*first, *reversed(taken)]
