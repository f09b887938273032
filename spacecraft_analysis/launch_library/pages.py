"""Single pages of `/spacecraft/`: asked of LL2, checked, kept on disk and found again."""

from __future__ import annotations

import errno
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from requests_cache import NEVER_EXPIRE, CachedSession

from spacecraft_analysis.errors import AnswerError, ThrottledError
from spacecraft_analysis.frames.proof import count_and_ids
from spacecraft_analysis.launch_library import transport
from spacecraft_analysis.launch_library.cache import (
    cache_errors,
    damaged,
    make_private,
    open_cache,
    read_cache,
)
from spacecraft_analysis.launch_library.secret import Secret

_HOUR = timedelta(hours=1)
# LL2 has held at most 607 spacecraft so far.
_LARGEST_COUNT = 100_000
# Seconds, or requests, that no allowance ever has.
_ABSURD = 10_000_000
_LONGEST_WAIT = timedelta(seconds=_ABSURD)
# A token that is shorter may be a word.
_TOKEN_LENGTH = 16
# The allowance informs, and no pull should wait for it.
_BRIEF = transport.Patience(connect=5, read=5, whole=5, attempts=1)


@dataclass(frozen=True)
class Page:
    """One page as LL2 sent it."""

    url: str
    count: int
    ids: list[int]
    """Of its records."""
    body: bytes
    retrieved_at: datetime
    """What LL2's clock said, else when the page was kept."""
    kept_at: datetime


@dataclass(frozen=True)
class Allowance:
    """What `/api-throttle/` says of the requests that are left."""

    limit: int
    period: timedelta
    left: int
    next_in: timedelta


class Pages:
    """The pages of one server, kept in one folder; open only inside `with Pages.open(...)`."""

    def __init__(
        self,
        session: CachedSession,
        base_url: str,
        token: Secret | None,
        file: Path,
        *,
        read_only: bool,
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._token = token
        self._file = file
        self._read_only = read_only

    @classmethod
    @contextmanager
    def open(
        cls, base_url: str, token: Secret | None, cache_dir: Path, *, read_only: bool
    ) -> Iterator[Pages]:
        """The pages kept in a folder, which is made if need be and is the user's own (0700).

        Who only reads needs no right to write there, and makes and changes nothing.

        Raises:
            CacheError: The folder or its file can't be used.
        """
        file = cache_dir / "pages.sqlite"
        with cache_errors(file):
            if not read_only:
                make_private(cache_dir)
            session = CachedSession(
                backend=read_cache(file) if read_only else open_cache(file),
                # Age is judged when a page is read; an expiry would be fixed when it is written.
                expire_after=NEVER_EXPIRE,
                allowable_codes=(200,),
                # The library's own key takes addresses for equal that differ in their spelling.
                key_fn=lambda request, **_: sha256(request.url.encode()).hexdigest(),
            )
        session.headers.update(
            {
                "User-Agent": f"spacecraft-analysis/{version('spacecraft-analysis')}",
                "Accept": "application/json",
            }
        )
        # Nothing of the user's goes out but the token: requests would look up a password for the
        # host in ~/.netrc, and send back any cookie.
        session.auth = _as_it_is
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            session.mount(scheme, transport.Transport(token, transport.PATIENCE))
        session.mount(f"{base_url}api-throttle/", transport.Transport(token, _BRIEF))
        try:
            yield cls(session, base_url, token, file, read_only=read_only)
        finally:
            session.close()

    def kept(self, url: str) -> Page | None:
        """The page kept for this address, whatever its age.

        Raises:
            CacheError: The file of kept pages is damaged.
        """
        key = self._key(url)
        with cache_errors(self._file):
            entry = self._session.cache.get_response(key)
        if entry is None:
            return None
        try:
            # What is kept was looked at in full when it came.
            count, ids = count_and_ids(entry.content)
        except ValueError as error:
            raise damaged(self._file, f"the page {url} in it is damaged") from error
        kept_at = entry.created_at.astimezone(timezone.utc)
        sent_at = _http_date(entry.headers.get("Date", "")) or kept_at
        return Page(url, count, ids, entry.content, retrieved_at=sent_at, kept_at=kept_at)

    def forget(self, url: str) -> None:
        """Removes the page kept for this address.

        Raises:
            CacheError: The file of kept pages can't be written.
        """
        key = self._key(url)
        with cache_errors(self._file):
            self._session.cache.delete(key)

    def _key(self, url: str) -> str:
        # As it is sent: requests mends an address here and there.
        request = self._session.prepare_request(requests.Request("GET", url))
        return self._session.cache.create_key(request)

    def ask(self, url: str) -> Page:
        """The page that LL2 sends now, already kept when this returns.

        Raises:
            ThrottledError: The allowance is used up.
            AnswerError: What came is no page; it was not kept.
            CacheError: The page could not be kept.
        """
        if self._read_only:
            # Before it is paid for.
            raise damaged(self._file, PermissionError(errno.EACCES, "it may only be read"))
        # A redirect is an answer to look at, not to follow: it could name any other place.
        self._get(url, force_refresh=True, hooks={"response": self._refuse})
        page = self.kept(url)
        if page is None:
            raise damaged(self._file, f"the page {url} came, but is not in it")
        return page

    def allowance(self) -> Allowance | None:
        """What is left of the allowance; null where LL2 does not say. Asking costs nothing.

        Raises:
            AnswerError: Nobody answers, or a server in front of LL2 in its place.
        """
        with self._session.cache_disabled():
            response = self._get(f"{self._base_url}api-throttle/?format=json")
        if response.status_code >= 500:
            raise self._no_page(response)
        try:
            answer = response.json()
            told = answer[0] if isinstance(answer, list) else answer
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

    def _get(self, url: str, **options: Any) -> requests.Response:
        try:
            # What the network raises is an OSError too, and none of the cache's.
            with cache_errors(self._file, (sqlite3.Error,)):
                return self._session.get(url, allow_redirects=False, **options)
        except requests.ReadTimeout:
            problem = "did not send a whole answer in time"
        except transport.OversizedAnswer as error:
            problem = f"sent no page: {error}"
        except OSError as error:
            problem = f"can't be reached or broke off ({_shortened(_reason(error), self._token)})"
        # Outside of the except clauses: the library's errors are not carried along.
        raise AnswerError(
            f"asked {url}: the server {problem}. Check the network and base_url, or try again "
            "later; kept pages stay"
        )

    def _refuse(self, response: requests.Response, **_: Any) -> None:
        """Raises for anything but a page, which so never reaches the cache."""
        url = response.request.url or ""
        status = response.status_code
        if status == 429:
            raise self._throttled(response)
        if status != 200:
            raise self._no_page(response)
        _check_body(response.content, url, self._token)
        told = f"{_text(response)} {response.headers}"
        if self._token and len(self._token) >= _TOKEN_LENGTH and self._token in told:
            raise AnswerError(
                f"asked {url}: the answer repeats your token, so it was not kept. Check base_url"
            )

    def _no_page(self, response: requests.Response) -> AnswerError:
        told = _shortened(_text(response), self._token)
        return AnswerError(
            f"asked {response.request.url}: got status {response.status_code} ({told}). "
            f"{self._advice(response)}"
        )

    def _advice(self, response: requests.Response) -> str:
        status = response.status_code
        if status in (401, 403) and self._token:
            return "LL2 refused the token: check LL2_TOKEN, or unset it to ask without one"
        if status in (401, 403):
            return "LL2 refuses to answer without a token: check LL2_TOKEN"
        if status == 404:
            return "Check base_url: it ends in LL2's version, such as …/2.3.0/"
        if response.is_redirect:
            place = _shortened(response.headers["Location"], self._token)
            return f"Redirects (here to {place}) are not followed: set base_url to the right place"
        if 400 <= status < 500:
            return (
                "LL2 does not take the question: check its arguments, such as the ids of status "
                "and spacecraft_config, and base_url"
            )
        if status < 400:
            return "This is no answer of LL2's: check base_url, or try again later"
        return "LL2 seems to be down; try again later. Kept pages stay"

    def _throttled(self, response: requests.Response) -> ThrottledError:
        wait = _retry_after(response)
        if wait is None:
            wait = _wait_in(_text(response))
        if wait is None:
            wait = self._next_in() or _HOUR
        available_at = datetime.now(timezone.utc) + wait
        return ThrottledError(
            f"asked {response.request.url}: LL2's allowance is used up for "
            f"{_spelled(wait)}, until {available_at:%Y-%m-%d %H:%M:%S} UTC. The pages fetched so "
            "far are kept: the same call without refresh=True then asks only for the rest; "
            "LaunchLibrary(wait=True), or fetch --wait on the command line, waits by itself",
            wait=wait,
            available_at=available_at,
        )


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _check_body(body: bytes, url: str, token: str | None) -> None:
    """Nothing, if the body is a page of spacecraft.

    Raises:
        AnswerError: The body is no page of spacecraft.
    """
    try:
        # From bytes Python would read other encodings too, and half a character.
        page = json.loads(body.decode(), parse_constant=_no_constant)
        problem = _problem(page)
        if problem is None:
            # What is kept is read by this, which heeds the first of two equal keys as well.
            count_and_ids(body)
        if b"\\ud" in body or b"\\uD" in body:
            # Half a character can be written as an escape; it fits no text of ours.
            json.dumps(page, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        kind = "HTML" if body.lstrip()[:1] == b"<" else "no whole JSON"
        problem = f"{kind} ({type(error).__name__})" if body.strip() else "nothing at all"
    if problem:
        shown = _shortened(body[:200].decode("utf-8", "replace"), token)
        raise AnswerError(
            f"asked {url}: expected a page of spacecraft, got {problem}: {shown}. It was not "
            "kept. Try again later, and check that base_url ends in LL2's version"
        )


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _problem(page: Any) -> str | None:
    """What keeps this from being a page of spacecraft."""
    if not isinstance(page, dict):
        return f"a JSON {type(page).__name__}"
    if not isinstance(page.get("results"), list):
        return "an object without a list of results"
    count = page.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return f"a count that is no number ({str(count)[:20]!r})"
    if count > _LARGEST_COUNT:
        return f"a count that no catalogue of spacecraft has ({count})"
    for at, record in enumerate(page["results"]):
        spacecraft_id = record.get("id") if isinstance(record, dict) else None
        if not isinstance(spacecraft_id, int) or isinstance(spacecraft_id, bool):
            return f"a record without a number as id (number {at + 1} of the page)"
    return None


def _reason(error: BaseException) -> str:
    """What the innermost of the errors says that the libraries have wrapped in each other."""
    wrapped = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
    if isinstance(wrapped, BaseException):
        return _reason(wrapped)
    # urllib3 begins with the connection, of which the address tells.
    return str(error).split("): ", 1)[-1]


def _text(response: requests.Response) -> str:
    # LL2 writes UTF-8. An answer may name any codec of Python's, some of which only raise, and
    # guessing one of a large body takes longer than the body may.
    return response.content.decode("utf-8", "replace")


def _retry_after(response: requests.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,7}", value):
        return timedelta(seconds=int(value))
    at = _http_date(value)
    # By the server's own clock, if it tells the time.
    now = _http_date(response.headers.get("Date", "")) or datetime.now(timezone.utc)
    wait = max(timedelta(0), at - now) if at else None
    return wait if wait is None or wait < _LONGEST_WAIT else None


def _wait_in(text: str) -> timedelta | None:
    found = re.search(r"available in ([0-9]{1,7}) second", text)
    return timedelta(seconds=int(found.group(1))) if found else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        # HTTP's dates are in UTC; "-0000" says so without an offset.
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


def _spelled(wait: timedelta) -> str:
    minutes, seconds = divmod(int(wait.total_seconds()), 60)
    if minutes > 120:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _shortened(text: object, token: str | None) -> str:
    """At most one line of what came, without control characters and without the token."""
    line = " ".join(str(text).split())
    if token:
        line = line.replace(token, "…")
    line = "".join(character for character in line if character.isprintable())
    return f"{line[:120]}…" if len(line) > 120 else line or "empty"
