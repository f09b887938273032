"""One answer from a server: whole, bounded in size and time, and without the token on it."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result
from tenacity.wait import wait_exponential
from urllib3 import PoolManager
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from spacecraft_analysis.launch_library.secret import Secret

# Whole pages of 100 detailed records are under 1 MB; anything near this is no page.
LARGEST_BODY = 64 * 2**20


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to try again."""

    connect: float = 10
    read: float = 30
    """For the next byte."""
    whole: float = 35
    """For one whole answer, so that a server that drips bytes comes to an end too."""
    attempts: int = 3
    """At a gateway's error or a broken connection; a read that times out is tried twice."""
    pause: float = 0.5
    """Before the second attempt; each further one doubles it."""
    all: float = 85
    """For all attempts together: none begins that might end later."""


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

    def __init__(self, token: Secret | None, patience: Patience) -> None:
        self._token = token
        self._patience = patience
        # Our own retries know more than urllib3's, which would sleep into a throttle.
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        return manager if known else self._watch(manager)

    def _watch(self, manager: PoolManager) -> PoolManager:
        # Its own pools and connections, since a SOCKS proxy is spoken to by other ones.
        manager.pool_classes_by_scheme = {
            scheme: _watched_pool(pool, self._patience.whole)
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }
        return manager

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
        patience = self._patience
        might_end = (state.seconds_since_start or 0) + patience.connect + patience.whole
        attempts = min(2, patience.attempts) if slow else patience.attempts
        return state.attempt_number >= attempts or might_end > patience.all

    def _exchange(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any]
    ) -> requests.Response:
        signed = request.copy()
        if self._token is not None:
            signed.headers["Authorization"] = Secret(f"Token {self._token}")
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
        except KeyboardInterrupt as interrupt:
            # The frames below hold the signed request, and a debugger may show what they hold.
            raise interrupt.with_traceback(None)  # noqa: B904 - it is the same one
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
    except HTTPError as error:
        raise _as_requests(error) from None
    finally:
        raw.watchdog.cancel()  # type: ignore[attr-defined]
        raw.close()
    if time.monotonic() >= end:
        # The watchdog's end of a body without a length looks like a proper one.
        raise SlowAnswer("no whole answer in time")
    # requests keeps a body that was read in these two; there is no public way to hand it one.
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]


def _as_requests(error: HTTPError) -> requests.RequestException:
    if isinstance(error, ReadTimeoutError):
        return requests.ReadTimeout("the body stopped coming")
    if isinstance(error, DecodeError):
        return requests.exceptions.ContentDecodingError("the body is not compressed as it says")
    return requests.ConnectionError(f"the connection broke inside the body ({error})")


def _watched_pool(pool: Any, seconds: float) -> type:
    """The pool, with connections that are cut where a whole answer takes too long.

    A timeout of the socket's own begins anew at every byte. Whoever reads the body cancels the
    answer's `watchdog`.
    """

    class WatchedConnection(pool.ConnectionCls):  # type: ignore[misc]
        # Whoever sets http.client's to see what is sent would see the token.
        debuglevel = 0

        def getresponse(self) -> Any:
            watchdog = Timer(seconds, _cut, [self.sock])
            watchdog.daemon = True
            watchdog.start()
            try:
                answer = super().getresponse()
            except BaseException:
                watchdog.cancel()
                raise
            answer.watchdog = watchdog
            return answer

    return type(f"Watched{pool.__name__}", (pool,), {"ConnectionCls": WatchedConnection})


def _cut(sock: socket.socket) -> None:
    # Whoever waits for a byte of it wakes up. The other side may have been faster.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
