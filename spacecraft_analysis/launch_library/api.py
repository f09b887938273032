"""`Api`: sends one request to LL2 and returns a page or the rate limit, or raises what is wrong."""

from __future__ import annotations

import json
import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from requests import Session

from spacecraft_analysis.errors import AnswerError, ThrottledError
from spacecraft_analysis.launch_library import http
from spacecraft_analysis.launch_library.endpoints import Block, Listing
from spacecraft_analysis.launch_library.page import Page, problem

_LOG = logging.getLogger("spacecraft_analysis")
# The rate limit informs, and no download should wait for it.
_RATE_LIMIT_PATIENCE = timedelta(seconds=5)
# Seconds, or requests: beyond every real rate limit.
_IMPLAUSIBLE_LIMIT = 10_000_000
# No message shows this many consecutive characters of the token.
_PIECE_LENGTH = 8
# A shorter token may be a word of a record.
_TOKEN_LENGTH = 16
# Characters of a body that are read for a message.
_EXAMINED_LENGTH = 100_000
# A gateway that gave its origin up, and Cloudflare's words for one that is slow or breaks off.
_SLOW = (504, *range(520, 525))
_DOWN = (502, 503)
_REFUSED = (401, 403)
_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})|\\(?:[bfnrt]|(.))")
_INVISIBLE = re.compile(r"[^!-~]+")


@dataclass(frozen=True)
class RateLimit:
    """What `/api-throttle/` says of the requests that are left."""

    limit: int
    period: timedelta
    left: int
    next_in: timedelta


class Api:
    """LL2, through an open session; no message of its errors shows the token."""

    def __init__(
        self, session: Session, base_url: str, token: http.Secret | None, patience: timedelta
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._token = token
        self.patience = patience
        """For one page."""
        self.rate_limit_id = f"{base_url} {'with' if token else 'without'} a key"
        """Under which the cache remembers the rate limit: those with and without a token differ."""

    def page(self, listing: Listing, block: Block) -> Page:
        """Return a page as LL2 sends it now; raise ThrottledError or AnswerError."""
        url = listing.page_url(block)
        response = self._get(url, self.patience)
        now = datetime.now(timezone.utc)
        if response.status == 429:
            raise self._throttled(url, response)
        if response.status != 200:
            raise self._refusal(url, response)
        if found := problem(response.body, listing, block):
            raise AnswerError(
                f"requested {url}: expected a page of {listing.endpoint.things}, received {found}: "
                f"{self._shown(response.text)}. It was not cached; try again later, and check that "
                "base_url ends in /2.3.0/",
            )
        token = self._token if self._token and len(self._token) >= _TOKEN_LENGTH else None
        if token and holds(f"{response.headers} {response.text}", token, len(token)):
            raise AnswerError(
                f"requested {url}: the response repeats your token, so it was not cached; check "
                "base_url"
            )
        sent_at = _http_date(response.headers.get("Date", "")) or now
        if abs(sent_at - now) > timedelta(days=1):
            _LOG.warning("the server's clock (%s) is more than a day off and not used", sent_at)
            sent_at = now
        return Page.read(block, response.body, sent_at, now)

    def rate_limit(self) -> RateLimit | None:
        """Return what is left of the rate limit; None where it is unknown. It costs nothing."""
        url = f"{self._base_url}api-throttle/?format=json"
        response = self._get(url, min(_RATE_LIMIT_PATIENCE, self.patience))
        if response.status >= 500 or response.status in _REFUSED:
            raise self._refusal(url, response)
        try:
            held = json.loads(response.body)
            held = held[0] if isinstance(held, list) else held
            # `ident` in the same response can be the token itself: nothing else is read.
            keys = ("your_request_limit", "current_use", "limit_frequency_secs", "next_use_secs")
            limit, used, period, wait = (int(held[key]) for key in keys)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None
        if not (
            0 < limit < _IMPLAUSIBLE_LIMIT
            and 0 < period < _IMPLAUSIBLE_LIMIT
            and wait < _IMPLAUSIBLE_LIMIT
        ):
            return None
        left = min(limit, max(0, limit - used))
        next_in = timedelta(0) if left else timedelta(seconds=max(0, wait))
        return RateLimit(limit, timedelta(seconds=period), left, next_in)

    def _get(self, url: str, patience: timedelta) -> http.Response:
        begun = time.monotonic()
        try:
            response = http.get(self._session, url, patience)
        except AnswerError as error:
            proxy = http.proxy_variable(url)
            hint = f"{proxy} names a proxy: check it" if proxy else "check the network and base_url"
            reason = f"the server {self._shown(error)}; {hint}, or try again later"
            error.args = (f"requested {url}: {reason}",)
            _LOG.info("%s", error)
            # Without the frames below, whose variables hold what was received.
            raise error.with_traceback(None) from None
        _LOG.info(
            "requested %s: status %d, %d bytes in %.1f s",
            *(url, response.status, len(response.body), time.monotonic() - begun),
        )
        return response

    def _shown(self, text: object) -> str:
        """Return at most one line of what was received, or nothing of it if it holds the token."""
        received = str(text)[:_EXAMINED_LENGTH]
        if self._token and holds(received, self._token, _PIECE_LENGTH):
            return "a text that repeats your token"
        line = "".join(letter for letter in " ".join(received.split()) if letter.isprintable())
        return f"{line[:120]}…" if len(line) > 120 else line or "empty"

    def _refusal(self, url: str, response: http.Response) -> AnswerError:
        status = response.status
        kind = http.SlowError if status in _SLOW else AnswerError
        if status in _DOWN:
            kind = http.DownError
        return kind(
            f"requested {url}: received status {status} ({self._shown(response.text)}); "
            f"{self._advice(url, response)}",
            temporary=status >= 500,
            retry_after=_retry_after(response),
        )

    def _advice(self, url: str, response: http.Response) -> str:
        status = response.status
        if status in _REFUSED:
            what = "the token" if self._token else "a request without a token"
            return f"LL2 refused {what}: check LL2_TOKEN"
        if status == 404:
            return "check that base_url ends in LL2's version, such as …/2.3.0/"
        if 300 <= status < 400 and "Location" in response.headers:
            place = self._shown(response.headers["Location"])
            return f"redirects (here to {place}) are not followed: set base_url to the right place"
        if 400 <= status < 500:
            return (
                "LL2 rejected the query: check its arguments, such as the ids of status and "
                "spacecraft_config, and base_url"
            )
        if status < 400:
            return "this is not a response of LL2: check base_url, or try again later"
        words = "LL2 was too slow for a server in front of it" if status in _SLOW else "LL2 is down"
        proxy = http.proxy_variable(url) if status in _DOWN else None
        return f"{words}; try again later{f', and check the proxy in {proxy}' if proxy else ''}"

    def _throttled(self, url: str, response: http.Response) -> ThrottledError:
        wait = _retry_after(response)
        if wait is None:
            found = re.search(r"available in ([0-9]{1,7}) second", response.text)
            wait = timedelta(seconds=int(found[1])) if found else None
        if wait is None:
            with suppress(AnswerError):
                limit = self.rate_limit()
                wait = limit.next_in if limit else None
        return throttled(url, timedelta(hours=1) if wait is None else wait)


def throttled(url: str, wait: timedelta) -> ThrottledError:
    """Return the error of a request that is allowed only after `wait`."""
    available_at = datetime.now(timezone.utc) + wait
    return ThrottledError(
        f"requested {url}: LL2's rate limit is reached until {available_at:%Y-%m-%d %H:%M:%S} UTC; "
        "LaunchLibrary(wait=True) waits by itself",
        wait=wait,
        available_at=available_at,
    )


def holds(text: str, token: str, length: int) -> bool:
    r"""Return whether `length` consecutive characters of the token can be read in a text.

    Letter case, `\u…` escapes and all that is not visible ASCII between the characters are ignored,
    so that a token that is spaced out, cut or escaped is found too.
    """
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2] or "", text)
    compact, token = _INVISIBLE.sub("", text).lower(), token.lower()
    pieces = {token[start : start + length] for start in range(max(1, len(token) - length + 1))}
    return any(piece in compact for piece in pieces)


def _retry_after(response: http.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,7}", value):
        return timedelta(seconds=int(value))
    date = _http_date(value)
    # By the server's own clock, if it sends the time.
    now = _http_date(response.headers.get("Date", "")) or datetime.now(timezone.utc)
    wait = max(timedelta(0), date - now) if date else None
    return wait if wait is None or wait < timedelta(seconds=_IMPLAUSIBLE_LIMIT) else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        # HTTP's dates are in UTC; "-0000" says so without an offset.
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None
