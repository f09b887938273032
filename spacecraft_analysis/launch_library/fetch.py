"""One fetch: its questions walked, and what came made into a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import NamedTuple

from spacecraft_analysis.errors import AnswerError
from spacecraft_analysis.frames import Records
from spacecraft_analysis.launch_library.api import Allowance, Server, SlowError
from spacecraft_analysis.launch_library.cache import Cache
from spacecraft_analysis.launch_library.completeness import Walk
from spacecraft_analysis.launch_library.endpoints import Question
from spacecraft_analysis.launch_library.pagination import Pull, not_kept
from spacecraft_analysis.launch_library.plan import Plan
from spacecraft_analysis.launch_library.progress import Progress
from spacecraft_analysis.query import Query
from spacecraft_analysis.snapshot import Snapshot, events_of


@dataclass(frozen=True)
class Fetch:
    """A query with everything that is needed to answer it.

    Attributes:
        base_url: The API.
        query: What is asked of spacecraft.
        dockings: Whether docking events are asked for, too.
        cache: Where pages are kept.
        server: Whom to ask; null offline.
        tell: Told how far it is.
        max_age: Pages that are older are asked again.
        refresh: Every page is asked again.
        patient: A throttle is waited out.
    """

    base_url: str
    query: Query
    dockings: bool
    cache: Cache
    server: Server | None
    tell: Progress
    max_age: timedelta
    refresh: bool
    patient: bool = False

    def snapshot(self) -> Snapshot:
        """The records that answer the query, from pages that are proven to be one whole."""
        pulls = self._pulls()
        unfinished = [pull for pull in pulls if pull.missing]
        if unfinished and self.server:
            allowance, _ = self._allowance()
            unfinished[0].say(_announced(pulls, allowance))
        try:
            craft = pulls[0].complete()
        except SlowError:
            # Ties would repeat and skip on smaller pages, so it is ordered and cut here.
            pulls[0] = self._pull(self._question.safe)
            craft = pulls[0].complete()
        dockings = pulls[1].complete() if self.dockings else None
        # Not before all are complete, so that what is kept of each is of one pull.
        for pull in pulls:
            pull.finish()
        return self._shaped(craft, dockings)

    def plan(self) -> Plan:
        """What the snapshot would cost."""
        pulls = self._pulls()
        allowance, unanswered = self._allowance()
        urls = [pull.question.url(block) for pull in pulls for block in pull.missing]
        if urls and self.server is None:
            unanswered = str(not_kept(urls[0]))
        return Plan(
            requests=len(urls),
            kept=sum(pull.kept for pull in pulls),
            allowance_left=allowance.left if allowance else None,
            next_in=allowance.next_in if allowance else None,
            complete_at=datetime.now(timezone.utc) + _time_needed(len(urls), allowance),
            urls=tuple(urls),
            estimated=any(pull.estimated for pull in pulls),
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

    def _pulls(self) -> list[Pull]:
        """The walk over spacecraft, and the one over docking events if they are asked for."""
        craft = self._pull(self._question)
        if craft.missing and not self._question.pageable:
            # What LL2 would order may be kept whole.
            whole = self._pull(self._question.safe)
            craft = craft if whole.missing else whole
        events = Question.about_dockings(self.base_url)
        return [craft, self._pull(events)] if self.dockings else [craft]

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

    def _shaped(self, craft: Walk, dockings: Walk | None) -> Snapshot:
        query = self.query
        text, times = craft.text()
        narrow = bool(query.filters or query.limit)
        events = _events_of(dockings, text, narrow=narrow) if dockings else None
        whole = Snapshot(
            text,
            docking_events=events.records if events else None,
            url=self._question.address,
            query=query.asked | ({"dockings": True} if dockings else {}),
            retrieved_at=times or craft.pages[0].retrieved_at,
            docking_events_retrieved_at=events.times if events else None,
            is_selection=bool(query.filters) or text.count < (craft.count or 0),
        )
        if craft.question.ordering == query.ordering and text.count <= (query.limit or text.count):
            return whole
        return whole.select(ordering=query.ordering, limit=query.limit)


class _Events(NamedTuple):
    """Docking events, and when they were sent."""

    records: Records
    times: list[datetime] | datetime


def _events_of(dockings: Walk, craft: Records, *, narrow: bool) -> _Events:
    """Every docking event, or those whose chaser or target is one of the craft."""
    events, times = dockings.text()
    if narrow:
        stay = events_of(events, craft)
        events, times = events.take(stay), [times[at] for at in stay]
    return _Events(events, times or dockings.pages[0].retrieved_at)


def _announced(pulls: list[Pull], allowance: Allowance | None) -> str:
    """What is missing, and whether the allowance covers it."""
    missing = sum(len(pull.missing) for pull in pulls)
    if allowance is None:
        return "asking Launch Library 2"
    about = "up to " if any(pull.estimated for pull in pulls) else ""
    page = "page" if missing == 1 else "pages"
    granted = f"{allowance.left} request{'' if allowance.left == 1 else 's'} now"
    if allowance.left < missing:
        # Short enough for a terminal of 80 columns, beside a bar.
        return f"LL2 grants {granted} for {about}{missing} missing {page}; fetching as many"
    return f"asking Launch Library 2 for {about}{missing} {page}; it grants {granted}"


def _time_needed(requests: int, allowance: Allowance | None) -> timedelta:
    """How long until LL2 has granted so many requests: what is left now, the rest by periods.

    LL2 does not say when calls made before this one stop to count; a period later they surely do.
    """
    if allowance is None or requests <= allowance.left:
        return timedelta(0)
    if allowance.left:
        return ceil((requests - allowance.left) / allowance.limit) * allowance.period
    return allowance.next_in + (requests - 1) // allowance.limit * allowance.period
