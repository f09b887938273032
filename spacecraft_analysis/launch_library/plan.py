"""What a fetch would cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What a fetch would cost; prints as three lines.

    Attributes:
        requests: Requests that the fetch would send; an upper estimate if `estimated`.
        kept: Pages that are kept already, young enough and fitting together.
        allowance_left: Requests that LL2 grants now; null where it does not say.
        next_in: How long until LL2 grants the next request; null where it does not say.
        complete_at: The earliest instant (UTC) at which the fetch can be done.
        urls: The addresses that would be asked, in order.
        estimated: True while no page is kept, so that the number of records is unknown.
        offline: True where nothing may be asked, so that missing pages can't be had.
        unanswered: What went wrong where LL2 did not answer or refused to, or what is missing
            first where nothing may be asked; else null.
    """

    requests: int
    kept: int
    allowance_left: int | None
    next_in: timedelta | None
    complete_at: datetime
    urls: tuple[str, ...]
    estimated: bool
    offline: bool = False
    unanswered: str | None = None

    def __str__(self) -> str:
        """Three lines: the cost, the allowance, and when it can be done."""
        about = "at most about " if self.estimated else ""
        allowance = "unknown, LL2 does not say"
        if self.offline:
            allowance = "unknown, not asked offline"
        elif self.unanswered:
            allowance = "unknown, LL2 did not answer"
        elif self.next_in is not None:
            wait = ceil(self.next_in.total_seconds())
            next_in = f"in {wait} s" if wait else "now"
            allowance = f"{self.allowance_left} left, next request possible {next_in}"
        done = f"{self.complete_at:%Y-%m-%d %H:%M:%S} UTC at the earliest"
        if self.offline and self.requests:
            done = "not offline, since pages are missing"
        elif self.unanswered and self.requests:
            done = "not now, since LL2 did not answer"
        return (
            f"requests needed: {about}{self.requests} (pages kept: {self.kept})\n"
            f"allowance: {allowance}\n"
            f"can be done: {done}"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))
