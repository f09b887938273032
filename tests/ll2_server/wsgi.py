"""The web server: HTTP/1.1 with persistent connections, a thread for each of them."""

import socket
import struct
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.wsgi import get_wsgi_application

from tests.ll2_server.delivery import UNANSWERED, Answer, Hangup, Wire, complete
from tests.ll2_server.throttle import SERVER

if TYPE_CHECKING:
    from tests.ll2_server.server import Server

APPLICATION = get_wsgi_application()


def call(environ: dict[str, Any]) -> Answer:
    """Return the application's answer, complete."""
    started: list[Any] = []
    chunks = APPLICATION(environ, lambda status, headers, _=None: started.extend([status, headers]))
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()
    status, headers = started
    return Answer(
        int(status.split()[0]), [pair for pair in headers if pair[0] != "Content-Length"], body
    )


class Conversation(WSGIRequestHandler):
    """One client's connection, with one request after the other."""

    server: "HttpServer"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    # wsgiref ends after a single request; LL2, like any server of today, keeps the connection open.
    handle = BaseHTTPRequestHandler.handle

    def do_GET(self) -> None:
        """Answer one request, with the faults that are due."""
        library = self.server.library
        environ = self.get_environ() | {
            SERVER: library,
            "wsgi.input": self.rfile,
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        seen, faults = library.arrived(self.path, dict(self.headers.items()))
        for fault in faults:
            environ["QUERY_STRING"] = fault.query(environ["QUERY_STRING"])
        answer = call(environ)
        for fault in faults:
            answer = fault.spoil(answer)
        if library.date is not None:
            date = self.date_time_string() if library.date == "now" else library.date
            answer.headers.append(("Date", date))
        deliveries = [fault for fault in faults if fault.delivery]
        if not any(fault.kind in UNANSWERED for fault in deliveries):
            seen.status = answer.status
        wire = Wire(self.connection, self.server.closing)
        with suppress(Hangup):
            (deliveries[-1].delivery if deliveries else complete)(wire, answer)
            return
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: `requests` lists what arrived."""


class HttpServer(ThreadingMixIn, WSGIServer):
    """Listens on 127.0.0.1 and, when closed, leaves no connection and no thread behind."""

    base_environ: dict[str, str]
    request_queue_size = 100

    def __init__(self, library: "Server") -> None:
        self.library = library
        self.closing = Event()
        self._conversations: dict[Any, Thread] = {}
        super().__init__(("127.0.0.1", 0), Conversation)

    def server_bind(self) -> None:
        """Bind without asking any name server what 127.0.0.1 is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the new connection a thread."""
        thread = Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        self._conversations[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close the connection; one that is to be reset gets no word of farewell."""
        self._conversations.pop(request, None)
        lingers, _ = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of errors of the server's own; a client may hang up whenever it likes."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """End every conversation, also one that waits, and stop listening."""
        self.closing.set()
        self.shutdown()
        for connection, thread in list(self._conversations.items()):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
        self.server_close()
