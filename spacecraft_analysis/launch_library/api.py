"""LL2, asked for single pages and for its allowance."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from spacecraft_analysis.errors import AnswerError, ThrottledError
from spacecraft_analysis.launch_library.endpoints import Block, Question
from spacecraft_analysis.launch_library.http import (
    Answer,
    NoAnswer,
    NotInTime,
    NotReached,
    Secret,
    Wire,
)
from spacecraft_analysis.launch_library.page import Page, http_date, problem, shortened

_HOUR = timedelta(hours=1)
# Seconds, or requests, that no allowance ever has.
_ABSURD = 10_000_000
_LONGEST_WAIT = timedelta(seconds=_ABSURD)
# A token that is shorter may be a word.
_TOKEN_LENGTH = 16
# The allowance informs, and no pull should wait for it.
_BRIEF = timedelta(seconds=5)
# A proxy that gave its origin up, and what Cloudflare says of one that is slow or breaks off.
_SLOW = (504, *range(520, 525))
_DOWN = (502, 503)
_REFUSED = (401, 403)


class SlowError(AnswerError):
    """The page did not come in time: a smaller one might."""


class DownError(AnswerError):
    """Nothing worked at all: a little later it might.

    Attributes:
        retry_after: When to ask again, if the server says so.
    """

    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Allowance:
    """What `/api-throttle/` says of the requests that are left."""

    limit: int
    period: timedelta
    left: int
    next_in: timedelta


def _unheard(_: float) -> None:
    """An allowance is no page to wait for."""


class Server:
    """One LL2, spoken to over a wire that is open."""

    def __init__(
        self, wire: Wire, base_url: str, token: Secret | None, patience: timedelta
    ) -> None:
        self._wire = wire
        self._base_url = base_url
        self._token = token
        self.patience = patience
        """For one whole page."""

    def ask(self, question: Question, block: Block, waiting: Callable[[float], None]) -> Page:
        """The page that LL2 sends now.

        Raises:
            ThrottledError: The allowance is used up.
            SlowError: It did not come in time.
            DownError: Nobody answered.
            AnswerError: What came is no such page.
        """
        url = question.url(block)
        answer = self._get(url, self.patience, waiting)
        now = datetime.now(timezone.utc)
        if answer.status == 429:
            raise self._throttled(url, answer)
        if answer.status != 200:
            raise self._refusal(url, answer)
        if found := problem(answer.body, question, block):
            shown = shortened(answer.text[:200], self._token)
            raise AnswerError(
                f"asked {url}: expected a page of {question.endpoint.things}, got {found}: "
                f"{shown}. It was not kept. Try again later, and check that base_url ends in "
                "/2.3.0/"
            )
        told = f"{answer.text} {answer.headers}"
        if self._token and len(self._token) >= _TOKEN_LENGTH and self._token in told:
            raise AnswerError(
                f"asked {url}: the answer repeats your token, so it was not kept. Check base_url"
            )
        sent_at = http_date(answer.headers.get("Date", ""))
        return Page.read(question.endpoint, block, answer.body, sent_at, now)

    def allowance(self) -> Allowance | None:
        """What is left of the allowance; null where LL2 does not say. Asking costs nothing.

        Raises:
            AnswerError: Nobody answers, a server in front of LL2 in its place, or LL2 refuses to.
        """
        url = f"{self._base_url}api-throttle/?format=json"
        answer = self._get(url, min(_BRIEF, self.patience))
        if answer.status >= 500 or answer.status in _REFUSED:
            raise self._refusal(url, answer)
        try:
            held = json.loads(answer.body)
            told = held[0] if isinstance(held, list) else held
            # `ident` in the same answer can be the token itself: nothing else is read from it.
            limit, used, period, wait = (
                int(told[key])
                for key in (
                    "your_request_limit",
                    "current_use",
                    "limit_frequency_secs",
                    "next_use_secs",
                )
            )
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None
        if not (0 < limit < _ABSURD and 0 < period < _ABSURD and wait < _ABSURD):
            return None
        left = min(limit, max(0, limit - used))
        next_in = timedelta(0) if left else timedelta(seconds=max(0, wait))
        return Allowance(limit, timedelta(seconds=period), left, next_in)

    def _next_in(self) -> timedelta | None:
        with suppress(AnswerError):
            allowance = self.allowance()
            return allowance.next_in if allowance else None
        return None

    def _get(
        self, url: str, patience: timedelta, waiting: Callable[[float], None] = _unheard
    ) -> Answer:
        kind = AnswerError
        try:
            return self._wire.get(url, patience, waiting)
        except NotInTime as error:
            kind, reason = SlowError, str(error)
        except NotReached as error:
            kind, reason = DownError, str(error)
        except NoAnswer as error:
            reason = str(error)
        # Outside of the except clauses: the wire's errors are not carried along.
        raise kind(
            f"asked {url}: the server {shortened(reason, self._token)}. Check the network and "
            "base_url, or try again later"
        )

    def _refusal(self, url: str, answer: Answer) -> AnswerError:
        kind = SlowError if answer.status in _SLOW else AnswerError
        if answer.status in _DOWN:
            kind = DownError
        error = kind(
            f"asked {url}: got status {answer.status} ({shortened(answer.text, self._token)}). "
            f"{self._advice(answer)}"
        )
        if isinstance(error, DownError):
            error.retry_after = _retry_after(answer)
        return error

    def _advice(self, answer: Answer) -> str:
        status = answer.status
        if status in _REFUSED and self._token:
            return "LL2 refused the token: check LL2_TOKEN, or unset it to ask without one"
        if status in _REFUSED:
            return "LL2 refuses to answer without a token: check LL2_TOKEN"
        if status == 404:
            return "Check base_url: it ends in LL2's version, such as …/2.3.0/"
        if 300 <= status < 400 and "Location" in answer.headers:
            place = shortened(answer.headers["Location"], self._token)
            return f"Redirects (here to {place}) are not followed: set base_url to the right place"
        if 400 <= status < 500:
            return (
                "LL2 does not take the question: check its arguments, such as the ids of status "
                "and spacecraft_config, and base_url"
            )
        if status in _SLOW:
            return "LL2 was too slow for a server in front of it; try again later"
        if status < 400:
            return "This is no answer of LL2's: check base_url, or try again later"
        return "LL2 seems to be down; try again later"

    def _throttled(self, url: str, answer: Answer) -> ThrottledError:
        wait = _retry_after(answer)
        if wait is None:
            wait = _wait_in(answer.text)
        if wait is None:
            wait = self._next_in() or _HOUR
        available_at = datetime.now(timezone.utc) + wait
        return ThrottledError(
            f"asked {url}: LL2's allowance is used up for "
            f"{_spelled(wait)}, until {available_at:%Y-%m-%d %H:%M:%S} UTC. The pages fetched so "
            "far are kept: the same call without refresh=True then asks only for the rest; "
            "LaunchLibrary(wait=True), or fetch --wait on the command line, waits by itself",
            wait=wait,
            available_at=available_at,
        )


def _retry_after(answer: Answer) -> timedelta | None:
    value = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,7}", value):
        return timedelta(seconds=int(value))
    at = http_date(value)
    # By the server's own clock, if it tells the time.
    now = http_date(answer.headers.get("Date", "")) or datetime.now(timezone.utc)
    wait = max(timedelta(0), at - now) if at else None
    return wait if wait is None or wait < _LONGEST_WAIT else None


def _wait_in(text: str) -> timedelta | None:
    found = re.search(r"available in ([0-9]{1,7}) second", text)
    return timedelta(seconds=int(found.group(1))) if found else None


def _spelled(wait: timedelta) -> str:
    minutes, seconds = divmod(int(wait.total_seconds()), 60)
    if minutes > 120:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
