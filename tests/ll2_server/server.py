"""Launch Library 2.3.0 on an ephemeral port of 127.0.0.1, for as long as a test needs it."""

import inspect
import os
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlencode
from weakref import WeakSet

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.request import HttpHeaders
from django.http.response import HttpResponse

from tests.ll2_server import faults
from tests.ll2_server.faults import RESET, Larger, Offset, Steps
from tests.ll2_server.framework import database
from tests.ll2_server.rows import DockingEvent, Row, Spacecraft, store
from tests.ll2_server.throttle import Ledger

Endpoint = Literal["spacecraft", "docking_events"]
When = int | Literal["every"] | Offset | Larger
APPLICATION = WSGIHandler()


@dataclass
class SeenRequest:
    """A request that arrived, and the status of its response."""

    endpoint: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int | None = None


@dataclass(frozen=True)
class Fault:
    """A function of `faults`, and the requests that it is for."""

    endpoint: Endpoint
    when: When
    kind: str
    parameters: dict[str, Any]

    def concerns(self, request: SeenRequest, ordinal: int) -> bool:
        """Return whether this is a request that the fault is for."""
        if request.endpoint != self.endpoint:
            return False
        if isinstance(self.when, Offset):
            return request.query.get("offset", "0") == str(self.when.value)
        if isinstance(self.when, Larger):
            return int(request.query.get("limit", "10")) > self.when.than
        return self.when in ("every", ordinal)


class Conversation(BaseHTTPRequestHandler):
    """One client's connection, with one request after the other."""

    server: "Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer one request, with the faults that are due."""
        path, _, query = self.path.partition("?")
        seen = SeenRequest(
            endpoint="".join(path.split("/")[2:3]),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=dict(self.headers.items()),
        )
        due = self.server.arrived(seen)
        ignored = [fault.parameters["parameter"] for fault in due if fault.kind == "ignored"]
        query = {name: value for name, value in seen.query.items() if name not in ignored}
        response, steps = self.respond(path, query), None
        for fault in due:
            result = getattr(faults, fault.kind)(response, **fault.parameters)
            if isinstance(result, HttpResponse):
                response = result
            else:
                steps = result
        if self.server.date is not None:
            now = self.date_time_string()
            response.headers["Date"] = now if self.server.date == "now" else self.server.date
        seen.status = response.status_code
        if steps is None:
            self.wfile.write(faults.head(response) + response.content)
        else:
            self.send_in_steps(steps)

    def respond(self, path: str, query: dict[str, str]) -> HttpResponse:
        """Return Launch Library's response to a request."""
        request = WSGIRequest(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": path,
                "QUERY_STRING": urlencode(query),
                "REMOTE_ADDR": self.client_address[0],
                "wsgi.url_scheme": "http",
                "wsgi.input": self.rfile,
            }
            | HttpHeaders.to_wsgi_names(dict(self.headers.items()))
        )
        request.server = self.server
        with database():
            return APPLICATION.get_response(request)

    def send_in_steps(self, steps: Steps) -> None:
        """Send what a fault makes of a response, and end the conversation."""
        self.close_connection = True
        for step in steps:
            if isinstance(step, bytes):
                self.wfile.write(step)
            elif step == RESET:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                os.close(self.connection.detach())
            elif self.server.closing.wait(step):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: `requests` lists what arrived."""


class Server(ThreadingTCPServer):
    """A context manager that answers at `base_url` while it is open.

    Whatever a test sets, the next request sees.
    """

    request_queue_size = 100

    def __init__(self, records: list[dict], docking_events: Sequence[dict] = ()) -> None:
        # Requests in so many seconds for each IP address; None for any number.
        self.quota: int | None = None
        self.period = 3600
        # The keys known, each with its own quota.
        self.tokens: dict[str, int | None] = {}
        # Whether `api-throttle/` exists.
        self.throttle_endpoint = True
        # The largest page.
        self.max_limit = 100
        # The `Date` header: "now", any other text as it stands, or None for none.
        self.date: str | None = "now"
        self.requests: list[SeenRequest] = []
        # What is called when a request arrives, with its number.
        self.on_request: dict[Endpoint, Callable[[int], object]] = {}
        self.ledger = Ledger()
        self.catalogues: dict[type[Row], int] = {}
        self.set_records(records)
        self.set_docking_events(docking_events)
        self.closing = Event()
        self._arrivals = Lock()
        self._connections = WeakSet[socket.socket]()
        self._faults: list[Fault] = []
        self._thread = Thread(target=self._listen)
        super().__init__(("127.0.0.1", 0), Conversation)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def _listen(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def __exit__(self, *_: object) -> None:
        """Stop listening, and end every conversation, also one that waits."""
        self.closing.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in self._connections:
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: socket.socket, client_address: Any) -> None:
        """Give the new connection a thread."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors of the server's own; a client may hang up whenever it likes."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def base_url(self) -> str:
        """Where the API is, with the version and a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}/2.3.0/"

    def set_records(self, records: list[dict]) -> None:
        """Replace the catalogue: the next request sees the new one."""
        self.catalogues[Spacecraft] = store(Spacecraft, records)

    def set_docking_events(self, events: Sequence[dict]) -> None:
        """Replace the docking events: the next request sees the new ones."""
        self.catalogues[DockingEvent] = store(DockingEvent, list(events))

    @property
    def spacecraft_requests(self) -> list[SeenRequest]:
        """The requests for spacecraft, in the order of their arrival."""
        return self.requests_to("spacecraft")

    @property
    def paid_requests(self) -> list[SeenRequest]:
        """The requests that cost, in the order of their arrival."""
        return self.requests_to("spacecraft", "docking_events")

    def requests_to(self, *endpoints: str) -> list[SeenRequest]:
        """Return the requests to endpoints, in the order of their arrival."""
        return [request for request in self.requests if request.endpoint in endpoints]

    def fault(
        self, when: When, kind: str, *, endpoint: Endpoint = "spacecraft", **parameters: Any
    ) -> None:
        """Have something go wrong with a request to an endpoint that costs.

        Args:
            when: the nth such request from now on, "every" one, the page at an `Offset`, or
                all pages that are `Larger`.
            kind: what goes wrong: a function in `faults`.
            endpoint: the requests that are meant.
            parameters: what that function takes.
        """
        # A misspelt fault or parameter raises in the test that misspelt it, and in no thread.
        inspect.signature(getattr(faults, kind)).bind(None, **parameters)
        if isinstance(when, int):
            when += len(self.requests_to(endpoint))
        self._faults.append(Fault(endpoint, when, kind, parameters))

    def clear_faults(self) -> None:
        """Have nothing go wrong any more."""
        self._faults.clear()

    def arrived(self, seen: SeenRequest) -> list[Fault]:
        """Note a request; return the faults that are due."""
        with self._arrivals:
            self.requests.append(seen)
            ordinal = len(self.requests_to(seen.endpoint))
            due = [fault for fault in self._faults if fault.concerns(seen, ordinal)]
        if listener := self.on_request.get(seen.endpoint):
            listener(ordinal)
        return due
