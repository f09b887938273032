"""One fetch: its questions walked, and what came made into a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil

from spacecraft_analysis.errors import AnswerError
from spacecraft_analysis.launch_library.cache import Cache
from spacecraft_analysis.launch_library.plan import Plan
from spacecraft_analysis.launch_library.progress import Progress
from spacecraft_analysis.launch_library.pull import Pull
from spacecraft_analysis.launch_library.question import Question
from spacecraft_analysis.launch_library.server import Allowance, Server, SlowError
from spacecraft_analysis.launch_library.walk import Walk
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot import Snapshot


@dataclass(frozen=True)
class Fetch:
    """A query with everything that is needed to answer it.

    Attributes:
        base_url: The API.
        query: What is asked of spacecraft.
        cache: Where pages are kept.
        server: Whom to ask; null offline.
        tell: Told how far it is.
        max_age: Pages that are older are asked again.
        refresh: Every page is asked again.
        patient: A throttle is waited out.
    """

    base_url: str
    query: Query
    cache: Cache
    server: Server | None
    tell: Progress
    max_age: timedelta
    refresh: bool
    patient: bool = False

    def snapshot(self) -> Snapshot:
        """The records that answer the query, from pages that are proven to be one whole."""
        pull = self._spacecraft()
        if pull.missing and self.server:
            allowance, _ = self._allowance()
            pull.say(_announced(pull, allowance))
        try:
            walk = pull.complete()
        except SlowError:
            # Ties would repeat and skip on smaller pages, so it is ordered and cut here.
            walk = self._pull(self._question.safe).complete()
        return self._shaped(walk)

    def plan(self) -> Plan:
        """What the snapshot would cost."""
        pull = self._spacecraft()
        allowance, unanswered = self._allowance()
        needed = len(pull.missing)
        return Plan(
            requests=needed,
            kept=pull.kept,
            allowance_left=allowance.left if allowance else None,
            next_in=allowance.next_in if allowance else None,
            complete_at=datetime.now(timezone.utc) + _time_needed(needed, allowance),
            urls=tuple(pull.question.url(block) for block in pull.missing),
            estimated=pull.estimated,
            offline=self.server is None,
            unanswered=unanswered,
        )

    def _allowance(self) -> tuple[Allowance | None, str | None]:
        """What LL2 grants, as far as it says, or why nobody answered."""
        try:
            return self.server.allowance() if self.server else None, None
        except AnswerError as error:
            return None, str(error)

    @property
    def _question(self) -> Question:
        return Question.about_spacecraft(self.base_url, self.query)

    def _spacecraft(self) -> Pull:
        pull = self._pull(self._question)
        if pull.missing and not self._question.pageable:
            # What LL2 would order may be kept whole.
            whole = self._pull(self._question.safe)
            return pull if whole.missing else whole
        return pull

    def _pull(self, question: Question) -> Pull:
        return Pull(
            question,
            self.cache,
            self.server,
            self.tell,
            max_age=self.max_age,
            refresh=self.refresh,
            patient=self.patient,
        )

    def _shaped(self, walk: Walk) -> Snapshot:
        query = self.query
        text, times = walk.text()
        whole = Snapshot(
            text,
            url=self._question.address,
            query=query.asked,
            retrieved_at=times or walk.pages[0].retrieved_at,
        )
        if walk.question.ordering == query.ordering and text.count <= (query.limit or text.count):
            return whole
        return whole.select(ordering=query.ordering, limit=query.limit)


def _announced(pull: Pull, allowance: Allowance | None) -> str:
    """What is missing, and whether the allowance covers it."""
    missing = len(pull.missing)
    if allowance is None:
        return "asking Launch Library 2"
    pages = f"{'up to ' if pull.estimated else ''}{missing} page{'' if missing == 1 else 's'}"
    granted = f"{allowance.left} request{'' if allowance.left == 1 else 's'} now"
    if allowance.left < missing:
        # Short enough for a terminal of 80 columns, beside a bar.
        missing_pages = pages.replace(" page", " missing page")
        return f"LL2 grants {granted} for {missing_pages}; fetching as many"
    return f"asking Launch Library 2 for {pages}; it grants {granted}"


def _time_needed(requests: int, allowance: Allowance | None) -> timedelta:
    """How long until LL2 has granted so many requests: what is left now, the rest by periods.

    LL2 does not say when calls made before this one stop to count; a period later they surely do.
    """
    if allowance is None or requests <= allowance.left:
        return timedelta(0)
    if allowance.left:
        return ceil((requests - allowance.left) / allowance.limit) * allowance.period
    return allowance.next_in + (requests - 1) // allowance.limit * allowance.period
