"""HTTP: one complete response, limited in size and time; the token goes into its header alone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException, IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from traceback import clear_frames
from typing import Never, SupportsIndex
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

import spacecraft_analysis
from spacecraft_analysis.errors import AnswerError

_USER_AGENT = f"spacecraft-analysis/{spacecraft_analysis.__version__}"
# Bytes. A page of 100 detailed records has some 3 MB.
_LARGEST_BODY = 64 * 2**20
# Seconds to wait for a connection, of those for the whole response.
_CONNECTING = 10.0


class Secret(str):
    """The token, whose repr is hidden: debuggers and tracebacks show local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"

    def __reduce_ex__(self, _: SupportsIndex) -> Never:
        # What is pickled can end in a file.
        raise TypeError(
            "a LaunchLibrary with a token can't be pickled, since a token is never written; create "
            "it where it is used, or set LL2_TOKEN in the other process"
        )


@dataclass(frozen=True)
class Response:
    """What a server sent, which is hidden in the repr, since it may repeat the token."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8, whatever codec the headers name: some only raise."""
        return self.body.decode("utf-8", "replace")


class SlowError(AnswerError):
    """The page was not received in time: a smaller one might be."""

    temporary = True


class DownError(AnswerError):
    """The server was unavailable, perhaps until `retry_after`: a little later it might not be."""

    temporary = True
    retry_after: timedelta | None = None


def signed_session(token: Secret | None) -> requests.Session:
    """Return a session that sends only the token: no cookies, no `.netrc`."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if token is not None:
            request.headers["Authorization"] = Secret(f"Token {token}")
        return request

    session = requests.Session()
    # Without a token it keeps requests from reading a `.netrc`.
    session.auth = sign
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = _USER_AGENT
    session.headers["Accept"] = "application/json"
    return session


def get(session: requests.Session, url: str, patience: timedelta) -> Response:
    """Return the server's response, whatever its status; redirects are not followed.

    The patience bounds each wait for the server, and the body as a whole, but not the headers,
    which requests reads at one go. An incomplete response is an AnswerError that says only why.
    """
    seconds = patience.total_seconds()
    deadline = time.monotonic() + seconds
    try:
        timeout = (min(_CONNECTING, seconds), seconds)
        with session.get(url, allow_redirects=False, stream=True, timeout=timeout) as response:
            body = _body(response.raw, deadline)
    except (OSError, HTTPError) as error:
        failure = _failure(error)
    except KeyboardInterrupt as error:
        # A traceback can list local variables, and the libraries' hold the signed request.
        clear_frames(error.__traceback__)
        raise
    else:
        return Response(response.status_code, response.headers, body)
    # Outside of the except clause, since the libraries' errors hold the signed request.
    raise failure


def _body(raw: BaseHTTPResponse, deadline: float) -> bytes:
    """Return the body, decompressed piece by piece, so that its size is known in time."""
    body = bytearray()
    while time.monotonic() <= deadline:
        piece = raw.read1(2**16, decode_content=True)
        if not piece:
            return bytes(body)
        body += piece
        if len(body) > _LARGEST_BODY:
            raise AnswerError(f"sent a body that is larger than {_LARGEST_BODY // 2**20} MB")
    raise SlowError("did not send a complete response in time")


def proxy_variable(url: str) -> str | None:
    """Return the environment variable that names the proxy for an address, or None."""
    if not requests.utils.get_environ_proxies(url):
        return None
    scheme = urlsplit(url).scheme
    names = [f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    return next((name for name in names if os.environ.get(name)), None)


def _failure(error: Exception) -> AnswerError:
    """Return what an error of the libraries means."""
    cause = _cause(error)
    # urllib3 begins with the connection, whose address is in the message already.
    message = f"can't be reached or broke off ({str(cause).split('): ', 1)[-1]})"
    refused = isinstance(cause, NewConnectionError)
    if refused or isinstance(error, requests.exceptions.ProxyError | requests.ConnectTimeout):
        return DownError(message)
    if isinstance(error, requests.ReadTimeout | ReadTimeoutError):
        return SlowError("did not send a complete response in time")
    # What is not TLS, HTTP or compressed as it says would be the same again.
    not_http = isinstance(cause, HTTPException) and not isinstance(cause, OSError | IncompleteRead)
    if not_http or isinstance(error, requests.exceptions.SSLError | DecodeError):
        return AnswerError(message)
    broke = isinstance(error, requests.ConnectionError | HTTPError)
    return SlowError(message) if broke else AnswerError(message)


def _cause(error: BaseException) -> BaseException:
    """Return the innermost of the errors that the libraries have wrapped in each other."""
    wrapped = getattr(error, "reason", None) or (error.args[-1] if error.args else None)
    return _cause(wrapped) if isinstance(wrapped, BaseException) else error
