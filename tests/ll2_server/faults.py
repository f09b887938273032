"""What can go wrong between Launch Library and a client, by name.

Each fault is a function of the valid response. It returns another response, or yields the steps in
which this one is sent before the connection ends: bytes, seconds to wait (None for ever), or
`RESET`.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from http.client import responses
from typing import Any

from django.http import HttpResponse, JsonResponse
from rest_framework.exceptions import Throttled

Page = dict[str, Any]
Steps = Iterator[bytes | float | str | None]
RESET = "reset"


@dataclass(frozen=True)
class Offset:
    """A fault for the page at this offset, at every request for it."""

    value: int


@dataclass(frozen=True)
class Larger:
    """A fault for every page requested with a larger limit."""

    than: int


def head(response: HttpResponse, length: int | None = None) -> bytes:
    """Return the status line and the headers; `length` is what they say of the body."""
    response.headers["Content-Length"] = len(response.content) if length is None else length
    status_line = f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n"
    return status_line.encode() + response.serialize_headers() + b"\r\n\r\n"


def ignored(response: HttpResponse, parameter: str) -> HttpResponse:
    """The response to the same request without a parameter: the server has left it out."""
    return response


def body(
    response: HttpResponse, text: str = "<html><body>Just a moment...</body></html>"
) -> HttpResponse:
    """Another text where JSON was promised, such as a web page, and all is said to be well."""
    return HttpResponse(text.encode(errors="surrogatepass"))


def status(
    response: HttpResponse, code: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """An error: below 500 in JSON, from 500 on in the words of a server in front of LL2."""
    if code >= 500:
        text = f"<html><head><title>Error {code}</title></head></html>"
        return HttpResponse(text, status=code, headers=headers)
    return JsonResponse({"detail": f"{responses[code]}."}, status=code, headers=headers)


def throttled(
    response: HttpResponse, wait: int = 60, retry_after: str | None = None
) -> HttpResponse:
    """A 429 that no count of ours explains: another caller shares the address, say."""
    headers = {"Retry-After": retry_after or str(wait)}
    return JsonResponse({"detail": Throttled(wait).detail}, status=429, headers=headers)


def redirect(response: HttpResponse, to: str, code: int = 302) -> HttpResponse:
    """A redirect to another address."""
    return HttpResponse(status=code, headers={"Location": to})


def cookie(response: HttpResponse) -> HttpResponse:
    """The page, and a mark by which to know the client again."""
    response.set_cookie("__cf_bm", "known")
    return response


def truncated(response: HttpResponse) -> HttpResponse:
    """Only the first part of the body, said to be all of it."""
    response.content = response.content[: len(response.content) // 2]
    return response


def gzip_bomb(response: HttpResponse, size: int) -> HttpResponse:
    """A small gzip body that unfolds into the page and blanks, `size` bytes together."""
    # One gzip stream after another is a gzip stream too, and so the blanks are pressed only once.
    blanks = gzip.compress(b" " * 1_000_000) * (size // 1_000_000)
    response.headers["Content-Encoding"] = "gzip"
    response.content = gzip.compress(response.content) + blanks
    return response


def _in_page(change: Callable[..., Page]) -> Callable[..., HttpResponse]:
    """Return a fault that changes the page of a response."""

    @wraps(change)
    def spoil(response: HttpResponse, **parameters: Any) -> HttpResponse:
        if response.status_code == 200:  # a throttled request has no page to spoil
            page = change(json.loads(response.content), **parameters)
            response.content = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
        return response

    return spoil


@_in_page
def set_field(page: Page, field: str, value: Any, index: int | None = None) -> Page:
    """A page with another value in a field, of one record or of all."""
    results = [
        record | {field: value} if index in (None, place) else record
        for place, record in enumerate(page["results"])
    ]
    return page | {"results": results}


@_in_page
def short_page(page: Page, missing: int = 1) -> Page:
    """A page with fewer records than `count` promises."""
    return page | {"results": page["results"][: max(len(page["results"]) - missing, 0)]}


@_in_page
def count_off(page: Page, by: int = 1) -> Page:
    """A page whose `count` is off by some records."""
    return page | {"count": page["count"] + by}


@_in_page
def next_off(page: Page) -> Page:
    """A page that is the last one where others follow, and the other way round."""
    return page | {"next": None if page["next"] else "http://127.0.0.1:9/"}


def broken_off(response: HttpResponse, keep: float = 0.5) -> Steps:
    """The length of the full body, the first part of it, and then the connection is closed."""
    yield head(response) + response.content[: int(len(response.content) * keep)]


def reset(response: HttpResponse) -> Steps:
    """The connection is reset before any response."""
    yield RESET


def stall(response: HttpResponse) -> Steps:
    """No answer, ever; the connection stays open until the server closes."""
    yield None


def drip_headers(response: HttpResponse, every: float) -> Steps:
    """The headers byte by byte, so that no single wait is long."""
    yield from _dripping(head(response), every)
    yield response.content


def drip_body(response: HttpResponse, every: float = 0.05) -> Steps:
    """The headers at once, the body byte by byte."""
    yield head(response)
    yield from _dripping(response.content, every)


def _dripping(data: bytes, every: float) -> Steps:
    for value in data:
        yield bytes([value])
        yield every


def huge(response: HttpResponse, size: int) -> Steps:
    """The page, and blanks after it until the body has `size` bytes: valid JSON, if one waits."""
    yield head(response, size) + response.content
    left = size - len(response.content)
    for at in range(0, left, 65_536):
        yield b" " * min(left - at, 65_536)
