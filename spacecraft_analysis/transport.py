"""One answer from a server: whole, bounded in size and time, and without the token on it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Timer
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result
from tenacity.wait import wait_exponential
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

# Whole pages of 100 detailed records are under 1 MB; anything near this is no page.
LARGEST_BODY = 64 * 2**20


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to try again."""

    connect: float = 10
    read: float = 30
    """For the next byte."""
    whole: float = 40
    """For one whole answer, so that a server that drips bytes comes to an end too."""
    attempts: int = 3
    """At a gateway's error or a broken connection; a read that times out is tried twice."""
    pause: float = 0.5
    """Before the second attempt; each further one doubles it."""


PATIENCE = Patience()


class SlowAnswer(requests.ReadTimeout):
    """The whole answer took too long, though bytes kept coming."""


class OversizedAnswer(requests.RequestException):
    """The decoded body is larger than any page can be."""


class Transport(HTTPAdapter):
    """An adapter that signs, retries and bounds every exchange.

    The token is put on a copy of the request, which never leaves this adapter: what requests,
    its cache and its errors see has no `Authorization`. Redirects are the caller's to refuse.
    """

    def __init__(self, token: str | None, patience: Patience) -> None:
        self._token = token
        self._patience = patience
        # Our own retries know more than urllib3's, which would sleep into a throttle.
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _timed_pool(HTTPConnectionPool, HTTPConnection, self._patience.whole),
            "https": _timed_pool(HTTPSConnectionPool, HTTPSConnection, self._patience.whole),
        }

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """The server's answer, its body read and decoded.

        Raises:
            requests.RequestException: No whole answer came, after the retries.
        """
        retrying = Retrying(
            retry=retry_if_exception_type((requests.ConnectionError, requests.Timeout))
            | retry_if_result(lambda response: response.status_code in (502, 503, 504)),
            wait=wait_exponential(multiplier=self._patience.pause),
            stop=self._enough,
            # The last answer or error as it is, not wrapped in tenacity's own.
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        answer: requests.Response = retrying(self._exchange, request, kwargs)
        return answer

    def _enough(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        slow = isinstance(error, requests.ReadTimeout)
        attempts = self._patience.attempts
        return state.attempt_number >= (min(2, attempts) if slow else attempts)

    def _exchange(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any]
    ) -> requests.Response:
        signed = request.copy()
        if self._token is not None:
            signed.headers["Authorization"] = f"Token {self._token}"
        options = kwargs | {
            "stream": True,
            "timeout": (self._patience.connect, self._patience.read),
        }
        end = time.monotonic() + self._patience.whole
        try:
            response = super().send(signed, **options)
            response.request = request
            _read_body(response, end)
        except requests.RequestException as error:
            error.request = request
            if isinstance(error, requests.ConnectionError) and time.monotonic() >= end:
                raise SlowAnswer("no whole answer in time", request=request) from None
            raise
        return response

    def __repr__(self) -> str:
        return "<Transport>"


def _read_body(response: requests.Response, end: float) -> None:
    """Reads what the server sends as it comes, so that size and time are seen while it does."""
    raw: BaseHTTPResponse = response.raw
    parts: list[bytes] = []
    size = 0
    try:
        while part := raw.read1(2**16, decode_content=True):
            size += len(part)
            parts.append(part)
            if size > LARGEST_BODY:
                raise OversizedAnswer(f"the body is larger than {LARGEST_BODY // 2**20} MB")
            if time.monotonic() > end:
                raise SlowAnswer("no whole answer in time")
    except HTTPError as error:
        raise _as_requests(error) from None
    finally:
        raw.close()
    # requests keeps a body that was read in these two; there is no public way to hand it one.
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]


def _as_requests(error: HTTPError) -> requests.RequestException:
    from urllib3.exceptions import DecodeError, ReadTimeoutError

    if isinstance(error, ReadTimeoutError):
        return requests.ReadTimeout("the body stopped coming")
    if isinstance(error, DecodeError):
        return requests.exceptions.ContentDecodingError("the body is not compressed as it says")
    return requests.ConnectionError(f"the connection broke inside the body ({error})")


def _timed_pool(pool: type, connection: type, seconds: float) -> type:
    """The pool, with connections whose answer must begin in time, however slowly it drips."""

    class TimedConnection(connection):  # type: ignore[misc]
        def getresponse(self) -> Any:
            timer = Timer(seconds, _hang_up(self.sock))
            timer.daemon = True
            timer.start()
            try:
                return super().getresponse()
            finally:
                timer.cancel()

    return type(f"Timed{pool.__name__}", (pool,), {"ConnectionCls": TimedConnection})


def _hang_up(sock: socket.socket) -> Callable[[], None]:
    def hang_up() -> None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The other side was faster.
            return

    return hang_up
