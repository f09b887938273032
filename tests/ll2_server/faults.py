"""What can go wrong between Launch Library and a client, by name."""

import gzip
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.ll2_server.delivery import DELIVERIES, Answer, Delivery, phrase

Page = dict[str, Any]


@dataclass(frozen=True)
class Offset:
    """A fault for the page at this offset, at every request for it."""

    value: int


@dataclass(frozen=True)
class Larger:
    """A fault for every page requested with a larger limit."""

    than: int


@dataclass(frozen=True)
class Fault:
    """One fault, and the requests that it is for."""

    when: "int | str | Offset | Larger"
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)
    after: int = 0

    def __post_init__(self) -> None:
        # A misspelt fault or parameter raises in the test that misspelt it, and in no thread.
        positional = (None, None) if self.kind in DELIVERIES else (None,)
        inspect.signature(_FUNCTIONS[self.kind]).bind(*positional, **self.parameters)

    def concerns(self, ordinal: int, query: dict[str, str]) -> bool:
        """Return whether this is a request that the fault is for."""
        if isinstance(self.when, Offset):
            return query.get("offset", "0") == str(self.when.value)
        if isinstance(self.when, Larger):
            return int(query.get("limit", "10")) > self.when.than
        return self.when == "every" or self.when == ordinal - self.after

    def query(self, query: str) -> str:
        """Return the query string as Launch Library understands it."""
        return _QUESTIONS[self.kind](query) if self.kind in _QUESTIONS else query

    def spoil(self, answer: Answer) -> Answer:
        """Return what becomes of a valid answer."""
        if self.kind not in _ANSWERS:
            return answer
        return _ANSWERS[self.kind](answer, **self.parameters)

    @property
    def delivery(self) -> Delivery | None:
        """How the response is sent, if not complete and at once."""
        if self.kind not in DELIVERIES:
            return None
        return partial(DELIVERIES[self.kind], **self.parameters)


def body(answer: Answer, text: str = "<html><body>Just a moment...</body></html>") -> Answer:
    """Another text where JSON was promised, such as a web page, and all is said to be well."""
    content = text.encode(errors="surrogatepass")
    return Answer(200, [("Content-Type", "text/html; charset=utf-8")], content)


def status(
    answer: Answer, code: int, detail: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """An error: below 500 in DRF's words, from 500 on in those of a server in front of it."""
    extra = list((headers or {}).items())
    if code >= 500:
        return Answer.of_proxy(code, extra)
    body = {"detail": detail or _DETAILS.get(code, f"{phrase(code)}.")}
    return Answer(code, [*_JSON, *extra], json.dumps(body).encode())


_JSON = [("Content-Type", "application/json"), ("Vary", "Accept")]
_DETAILS = {401: "Invalid token.", 404: "Not found.", 429: "Request was throttled."}


def throttled(answer: Answer, wait: int = 60, retry_after: str | None = None) -> Answer:
    """A 429 that no count of ours explains: another caller shares the address, say."""
    seconds = "second" if wait == 1 else "seconds"
    detail = f"Request was throttled. Expected available in {wait} {seconds}."
    return status(answer, 429, detail, {"Retry-After": retry_after or str(wait)})


def redirect(answer: Answer, to: str, code: int = 302) -> Answer:
    """A redirect to another address."""
    return Answer(code, [("Location", to), ("Content-Type", "text/html")], b"")


def cookie(answer: Answer, text: str = "__cf_bm=known; Path=/") -> Answer:
    """The page, and a mark by which to know the client again."""
    return replace(answer, headers=[*answer.headers, ("Set-Cookie", text)])


def truncated(answer: Answer, keep: float = 0.5) -> Answer:
    """Only the first part of the body, said to be all of it."""
    return replace(answer, body=answer.body[: int(len(answer.body) * keep)])


def gzip_bomb(answer: Answer, size: int = 100_000_000) -> Answer:
    """A small gzip body that unfolds into the page and blanks, `size` bytes together."""
    # One gzip stream after another is a gzip stream too, and so the blanks are pressed only once.
    blanks = gzip.compress(b" " * 1_000_000) * (size // 1_000_000)
    headers = [*answer.headers, ("Content-Encoding", "gzip")]
    return Answer(answer.status, headers, gzip.compress(answer.body) + blanks)


def set_field(page: Page, field: str, value: Any = None, index: int | None = None) -> Page:
    """A page with another value in a field, of one record or of all."""
    results = [
        record | {field: value} if index in (None, place) else record
        for place, record in enumerate(page["results"])
    ]
    return page | {"results": results}


def short_page(page: Page, missing: int = 1) -> Page:
    """A page with fewer records than `count` promises."""
    return page | {"results": page["results"][: max(len(page["results"]) - missing, 0)]}


def count_off(page: Page, by: int = 1) -> Page:
    """A page whose `count` is off by some records."""
    return page | {"count": page["count"] + by}


def next_off(page: Page) -> Page:
    """A page that is the last one where others follow, and the other way round."""
    return page | {"next": None if page["next"] else "http://127.0.0.1:9/"}


def repeated_page(query: str) -> str:
    """The first page, whichever is requested."""
    return urlencode([pair for pair in parse_qsl(query, True) if pair[0] != "offset"])


def ignored_filter(query: str) -> str:
    """The first page of docking events, whichever key it should begin with."""
    return urlencode([pair for pair in parse_qsl(query, True) if pair[0] != "docking__gte"])


def _in_page(change: Callable[..., Any], answer: Answer, **parameters: Any) -> Answer:
    if answer.status != 200:
        return answer  # a throttled request has no page to spoil
    page = change(json.loads(answer.body), **parameters)
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return replace(answer, body=text.encode())


def _by_name(*functions: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    return {function.__name__: function for function in functions}


_PAGES = _by_name(short_page, count_off, next_off, set_field)
_BODIES = _by_name(body, status, throttled, redirect, cookie, truncated, gzip_bomb)
_QUESTIONS = _by_name(repeated_page, ignored_filter)
_ANSWERS = _BODIES | {kind: partial(_in_page, change) for kind, change in _PAGES.items()}
_FUNCTIONS = _QUESTIONS | _BODIES | _PAGES | DELIVERIES
