"""The wire: one answer from a server, whole, bounded in size and time, without the token on it.

An exchange runs in a thread of its own, so that who waits for it can be told how long it takes,
and it can be cut off: a timeout of the socket's own begins anew at every byte.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException, IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from threading import Event, Thread
from typing import Any, Never, SupportsIndex

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse


class Secret(str):
    """Text that goes out with a request and shows nowhere else.

    Debuggers, and tracebacks that list local variables, show an object by its repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"

    def __deepcopy__(self, _: object) -> Secret:
        return self

    def __reduce_ex__(self, _: SupportsIndex) -> Never:
        # What is pickled can end in a file.
        raise TypeError(
            "a token is never written, and so a LaunchLibrary with one can't be pickled: make it "
            "where it is used; in another process, too, LL2_TOKEN gives it its token"
        )


# Looked up once: it takes as long as a kept page.
_USER_AGENT = f"spacecraft-analysis/{version('spacecraft-analysis')}"
# Whole pages of 100 detailed records are some 3 MB; anything near this is no page.
LARGEST_BODY = 64 * 2**20
# Seconds to wait for a connection, of those for the whole answer.
_CONNECTING = 10.0
# Seconds between two words about a server that is working.
_TOLD_EVERY = 1.0
# Seconds for a thread to end whose connection was cut.
_ENDING = 1.0


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    body: bytes

    @property
    def text(self) -> str:
        """The body; LL2 writes UTF-8.

        An answer may name any codec of Python's, some of which only raise, and guessing one of a
        large body takes longer than the body may.
        """
        return self.body.decode("utf-8", "replace")


class NoAnswer(Exception):
    """No whole answer came, and asking again would give the same; the message says why."""


class NotReached(NoAnswer):
    """Nothing could be sent."""


class NotInTime(NoAnswer):
    """The question was sent, and no whole answer came in time, or the connection broke."""


class Wire:
    """The way to one server; open only inside `with`."""

    def __init__(self, token: Secret | None) -> None:
        self._adapter = _Signing(token)
        self._session = session = requests.Session()
        # Nothing but the token goes out: no password of a `.netrc`, no cookie.
        session.auth = _as_it_is
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = _USER_AGENT
        session.headers["Accept"] = "application/json"
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._adapter)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, patience: timedelta, waiting: Callable[[float], None]) -> Answer:
        """The server's answer, whatever its status. Redirects are the caller's to refuse.

        Args:
            url: The address.
            patience: For the whole of it.
            waiting: Called every second with the seconds waited, from the caller's thread.

        Raises:
            NoAnswer: No whole answer came.
        """
        seconds = patience.total_seconds()
        exchange = _Exchange(lambda: self._exchange(url, seconds))
        begun = time.monotonic()
        try:
            while not exchange.over.wait(min(_TOLD_EVERY, begun + seconds - time.monotonic())):
                waited = time.monotonic() - begun
                if waited >= seconds:
                    raise NotInTime("did not send a whole answer in time")
                waiting(waited)
        finally:
            if not exchange.over.is_set():
                self._adapter.cut()
                exchange.over.wait(_ENDING)
        return exchange.outcome()

    def _exchange(self, url: str, seconds: float) -> Answer:
        try:
            response = self._session.get(
                url,
                allow_redirects=False,
                stream=True,
                timeout=(min(_CONNECTING, seconds), seconds),
            )
            body = _body(response.raw)
        except (OSError, HTTPError) as error:
            failure = _failure(error)
        else:
            return Answer(response.status_code, response.headers, body)
        # Outside of the except clause: the libraries' errors are not carried along.
        raise failure


class _Exchange:
    """A piece of work in a thread of its own, and what came of it."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        self.over = Event()
        self._work = work
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        Thread(target=self._run, name="asking Launch Library 2", daemon=True).start()

    def _run(self) -> None:
        try:
            self._answer = self._work()
        except BaseException as error:
            self._error = error
        finally:
            self.over.set()

    def outcome(self) -> Answer:
        if self._answer is None:
            raise self._error or NoAnswer("sent nothing")
        return self._answer


class _Signing(HTTPAdapter):
    """An adapter that signs requests and can cut the connection in use.

    The token is put on a copy of the request, which never leaves this adapter: what requests and
    its errors see has no `Authorization`.
    """

    def __init__(self, token: Secret | None) -> None:
        self._token = token
        self._connection: Any = None
        # urllib3's own retries would sleep into a throttle.
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
            scheme: self._watched(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
        }
        return manager

    def _watched(self, pool: Any) -> type:
        adapter = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            # Whoever sets http.client's to see what is sent would see the token.
            debuglevel = 0

            def request(self, *args: Any, **kwargs: Any) -> None:
                adapter._connection = self
                super().request(*args, **kwargs)

        return type(f"Watched{pool.__name__}", (pool,), {"ConnectionCls": Connection})

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        signed = request.copy()
        if self._token is not None:
            signed.headers["Authorization"] = Secret(f"Token {self._token}")
        try:
            response = super().send(signed, *args, **kwargs)
        except requests.RequestException as error:
            error.request = request
            raise
        response.request = request
        return response

    def cut(self) -> None:
        """Ends the exchange under way: whoever waits for a byte of it wakes up."""
        sock = getattr(self._connection, "sock", None)
        # The other side may have been faster.
        with suppress(OSError):
            if sock is not None:
                # Not of an encrypted one's own, which would forget its keys before the reader does.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __repr__(self) -> str:
        return "<Wire>"


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(raw: BaseHTTPResponse) -> bytes:
    """What the server sends, read and unpacked as it comes, so that its size is seen in time."""
    parts: list[bytes] = []
    size = 0
    try:
        while part := raw.read1(2**16, decode_content=True):
            size += len(part)
            parts.append(part)
            if size > LARGEST_BODY:
                raise NoAnswer(f"sent no page: the body is larger than {LARGEST_BODY // 2**20} MB")
    finally:
        # What was read to its end has given its connection back already.
        raw.close()
    return b"".join(parts)


def _failure(error: Exception) -> NoAnswer:
    """What an error of the libraries means for who asked."""
    reason = _reason(error)
    told = f"can't be reached or broke off ({_words(reason)})"
    if isinstance(error, DecodeError):
        return NoAnswer("sent a body that is not compressed as it says")
    if isinstance(error, requests.exceptions.SSLError):
        return NoAnswer(told)
    if isinstance(error, requests.exceptions.ProxyError | requests.ConnectTimeout):
        return NotReached(told)
    if isinstance(reason, NewConnectionError):
        return NotReached(told)
    if isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return NotInTime("did not send a whole answer in time")
    if isinstance(reason, HTTPException) and not isinstance(reason, OSError | IncompleteRead):
        # No HTTP at all.
        return NoAnswer(told)
    broke = isinstance(error, requests.ConnectionError | HTTPError)
    return NotInTime(told) if broke else NoAnswer(told)


def _reason(error: BaseException) -> BaseException:
    """The innermost of the errors that the libraries have wrapped in each other."""
    wrapped = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
    return _reason(wrapped) if isinstance(wrapped, BaseException) else error


def _words(reason: BaseException) -> str:
    # urllib3 begins with the connection, of which the address tells.
    return str(reason).split("): ", 1)[-1]
