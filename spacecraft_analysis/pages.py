"""Single pages of `/spacecraft/`: asked of LL2, checked, kept on disk and found again."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from filelock import FileLock, Timeout
from requests_cache import NEVER_EXPIRE, CachedSession
from requests_cache.backends.sqlite import SQLiteCache

from spacecraft_analysis import transport
from spacecraft_analysis.errors import AnswerError, CacheError, ThrottledError
from spacecraft_analysis.progress import Progress
from spacecraft_analysis.query import Record

_HOUR = timedelta(hours=1)
# The allowance informs, and no pull should wait for it.
_BRIEF = transport.Patience(connect=5, read=5, whole=5, attempts=1)


@dataclass(frozen=True)
class Page:
    """One page as LL2 sent it."""

    url: str
    count: int
    results: list[Record]
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

    def __init__(self, session: CachedSession, base_url: str, token: str | None) -> None:
        self._session = session
        self._base_url = base_url
        self._token = token

    @classmethod
    @contextmanager
    def open(cls, base_url: str, token: str | None, cache_dir: Path) -> Iterator[Pages]:
        """The pages kept in a folder, which is made if need be and is the user's own (0700).

        Raises:
            CacheError: The folder or its file can't be used.
        """
        file = cache_dir / "pages.sqlite"
        with _cache_errors(file):
            cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            cache_dir.chmod(0o700)
            _prove_usable(file)
            session = CachedSession(
                backend=SQLiteCache(str(file), serializer="json"),
                # Age is judged when a page is read; an expiry would be fixed when it is written.
                expire_after=NEVER_EXPIRE,
                allowable_codes=(200,),
            )
        # A redirect is an answer to look at, not to follow: it could name any other place.
        session.headers.update(
            {
                "User-Agent": f"spacecraft-analysis/{version('spacecraft-analysis')}",
                "Accept": "application/json",
            }
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, transport.Transport(token, transport.PATIENCE))
        session.mount(f"{base_url}api-throttle/", transport.Transport(token, _BRIEF))
        try:
            yield cls(session, base_url, token)
        finally:
            session.close()

    def kept(self, url: str) -> Page | None:
        """The page kept for this address, whatever its age.

        Raises:
            CacheError: The file of kept pages is damaged.
        """
        request = self._session.prepare_request(requests.Request("GET", url))
        cache = self._session.cache
        with _cache_errors(Path(cache.db_path)):
            entry = cache.get_response(cache.create_key(request))
        if entry is None:
            return None
        kept_at = entry.created_at.astimezone(timezone.utc)
        count, results = _decode(entry.content, url)
        sent_at = _sent_at(entry) or kept_at
        return Page(url, count, results, retrieved_at=sent_at, kept_at=kept_at)

    def ask(self, url: str) -> Page:
        """The page that LL2 sends now, already kept when this returns.

        Raises:
            ThrottledError: The allowance is used up.
            AnswerError: What came is no page; it was not kept.
            CacheError: The page could not be kept.
        """
        response = self._get(url, force_refresh=True, hooks={"response": self._refuse})
        del response
        page = self.kept(url)
        if page is None:
            raise CacheError(
                f"the page {url} came, but {self._session.cache.db_path} could not keep it: "
                "is the disk full? Make room, or give another cache_dir"
            )
        return page

    def allowance(self) -> Allowance | None:
        """What is left of the allowance; null where LL2 does not say. Asking costs nothing."""
        try:
            with self._session.cache_disabled():
                answer = self._get(f"{self._base_url}api-throttle/?format=json").json()
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
        except (AnswerError, ValueError, TypeError, LookupError):
            return None
        left = max(0, limit - used)
        next_in = timedelta(0) if left else timedelta(seconds=max(0, wait))
        return Allowance(limit, timedelta(seconds=period), left, next_in)

    def _get(self, url: str, **options: Any) -> requests.Response:
        try:
            return self._session.get(url, allow_redirects=False, **options)
        except requests.ReadTimeout:
            problem = "did not send a whole answer in time"
        except transport.OversizedAnswer as error:
            problem = f"sent no page: {error}"
        except requests.RequestException as error:
            problem = f"can't be reached or broke off ({_shortened(error, self._token)})"
        except sqlite3.Error as error:
            raise _damaged(Path(self._session.cache.db_path), error) from error
        # Outside of the except clauses: the library's errors are not carried along.
        raise AnswerError(f"asked {url}: the server {problem}. Try again later; kept pages stay")

    def _refuse(self, response: requests.Response, **_: Any) -> None:
        """Raises for anything but a page, which so never reaches the cache."""
        url = response.request.url or ""
        status = response.status_code
        if status == 429:
            raise self._throttled(response)
        if status != 200:
            raise AnswerError(
                f"asked {url}: got status {status} ({_shortened(response.text, self._token)}). "
                f"{_advice(status, response)}"
            )
        _decode(response.content, url, self._token)

    def _throttled(self, response: requests.Response) -> ThrottledError:
        wait = _retry_after(response) or _wait_in(response.text)
        if wait is None:
            allowance = self.allowance()
            wait = allowance.next_in if allowance and allowance.next_in else _HOUR
        available_at = datetime.now(timezone.utc) + wait
        return ThrottledError(
            f"asked {response.request.url}: LL2's allowance is used up for "
            f"{_spelled(wait)}, until {available_at:%Y-%m-%d %H:%M:%S} UTC. The pages fetched so "
            "far are kept; the same call then asks only for the rest (or give wait=True)",
            wait=wait,
            available_at=available_at,
        )


@contextmanager
def one_pull_at_a_time(cache_dir: Path, tell: Progress) -> Iterator[None]:
    """Nothing, while no other process pulls into the same folder.

    Raises:
        CacheError: The folder can't hold a lock.
    """
    lock = FileLock(cache_dir / "pull.lock")
    with _cache_errors(cache_dir):
        cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell(0, None, "another pull into this cache is under way; waiting for it")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _decode(body: bytes, url: str, token: str | None = None) -> tuple[int, list[Record]]:
    """The count and the records of a page.

    Raises:
        AnswerError: The body is no page of spacecraft.
    """
    try:
        page = json.loads(body, parse_constant=_no_constant)
        problem = _problem(page)
        if b"\\ud" in body.lower():
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
    return page["count"], page["results"]


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
    for at, record in enumerate(page["results"]):
        spacecraft_id = record.get("id") if isinstance(record, dict) else None
        if not isinstance(spacecraft_id, int) or isinstance(spacecraft_id, bool):
            return f"a record without a number as id (number {at + 1} of the page)"
    return None


def _advice(status: int, response: requests.Response) -> str:
    if status in (401, 403):
        return "LL2 refused the token: check LL2_TOKEN, or unset it to ask without one"
    if status == 404:
        return "Check base_url: it ends in LL2's version, such as …/2.3.0/"
    if 300 <= status < 400:
        place = str(response.headers.get("Location", "nowhere"))[:80]
        return f"Redirects (here to {place!r}) are not followed: set base_url to the right place"
    return "LL2 seems to be down; try again later. Kept pages stay"


def _retry_after(response: requests.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,7}", value):
        return timedelta(seconds=int(value))
    at = _http_date(value)
    return max(timedelta(0), at - datetime.now(timezone.utc)) if at else None


def _wait_in(text: str) -> timedelta | None:
    found = re.search(r"available in ([0-9]{1,7}) second", text)
    return timedelta(seconds=int(found.group(1))) if found else None


def _sent_at(response: Any) -> datetime | None:
    return _http_date(response.headers.get("Date", ""))


def _http_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


def _spelled(wait: timedelta) -> str:
    minutes, seconds = divmod(int(wait.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _shortened(text: object, token: str | None) -> str:
    """At most one line of what came, without control characters and without the token."""
    line = " ".join(str(text).split())
    if token:
        line = line.replace(token, "…")
    line = "".join(character for character in line if character.isprintable())
    return f"{line[:120]}…" if len(line) > 120 else line or "empty"


def _prove_usable(file: Path) -> None:
    """Raises for a file that is no database or can't be written.

    requests-cache would wait for ever for a database that it may not write to.
    """
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")


@contextmanager
def _cache_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CacheError(
            f"{file} can't be used as cache ({reason}): make the folder yours to write, or give "
            "another one as cache_dir or SPACECRAFT_ANALYSIS_CACHE_DIR"
        ) from error
    except sqlite3.Error as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: sqlite3.Error) -> CacheError:
    denied = "readonly" in str(error) or "unable to open" in str(error)
    advice = (
        "make it yours to write, or give another cache_dir"
        if denied or not os.access(file, os.W_OK)
        else "make room on the disk"
        if "full" in str(error)
        else "delete the file; nothing but kept pages is lost, and they are fetched again"
    )
    return CacheError(f"{file} can't be used ({error}): {advice}")
