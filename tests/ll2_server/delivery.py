"""How a response is sent: complete, late, in part, or never."""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event


def phrase(code: int) -> str:
    """Return a status in words; those of Cloudflare are in no standard."""
    return HTTPStatus(code).phrase if code in set(HTTPStatus) else "A Server's Own Words"


class Hangup(Exception):
    """Ends a conversation: nothing further is sent on this connection."""


@dataclass(frozen=True)
class Answer:
    """A complete answer, before anything happens to it on its way."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def of_proxy(cls, code: int, headers: list[tuple[str, str]] | None = None) -> "Answer":
        """Return an error in the words of a server that stands in front of Launch Library."""
        text = f"<html><head><title>{code} {phrase(code)}</title></head></html>"
        return cls(code, [("Content-Type", "text/html"), *(headers or [])], text.encode())

    def head(self, length: int | None = None) -> bytes:
        """Return the status line and the headers; `length` is what they say of the body."""
        size = len(self.body) if length is None else length
        lines = [f"HTTP/1.1 {self.status} {phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, f"Content-Length: {size}", "", ""]).encode("latin-1")


class Wire:
    """One client's connection, as a delivery uses it."""

    def __init__(self, connection: socket.socket, closing: Event) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        """Send `data`, all of it."""
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise Hangup from error

    def pause(self, seconds: float | None) -> None:
        """Wait; a server that closes meanwhile ends the conversation."""
        if self._closing.wait(seconds):
            raise Hangup

    def reset_on_close(self) -> None:
        """Have the connection reset instead of properly closed."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Delivery = Callable[[Wire, Answer], None]


def complete(wire: Wire, answer: Answer) -> None:
    """All of it at once."""
    wire.send(answer.head() + answer.body)


def broken_off(wire: Wire, answer: Answer, keep: float = 0.5) -> None:
    """The length of the full body, the first part of it, and then the connection is closed."""
    wire.send(answer.head() + answer.body[: int(len(answer.body) * keep)])
    raise Hangup


def reset(wire: Wire, answer: Answer) -> None:
    """The connection is reset before any response."""
    wire.reset_on_close()
    raise Hangup


def stall(wire: Wire, answer: Answer) -> None:
    """No answer, ever; the connection stays open until the server closes."""
    wire.pause(None)


def drip_headers(wire: Wire, answer: Answer, every: float = 0.05) -> None:
    """The headers byte by byte, so that no single wait is long."""
    _drip(wire, answer.head(), every)
    wire.send(answer.body)


def drip_body(wire: Wire, answer: Answer, every: float = 0.05) -> None:
    """The headers at once, the body byte by byte."""
    wire.send(answer.head())
    _drip(wire, answer.body, every)


def _drip(wire: Wire, data: bytes, every: float) -> None:
    for value in data:
        wire.send(bytes([value]))
        wire.pause(every)


def huge(wire: Wire, answer: Answer, size: int = 100_000_000) -> None:
    """The page, and blanks after it until the body has `size` bytes: valid JSON, if one waits."""
    wire.send(answer.head(max(size, len(answer.body))) + answer.body)
    left = size - len(answer.body)
    while left > 0:
        wire.send(b" " * min(left, 65_536))
        left -= 65_536


DELIVERIES: dict[str, Callable[..., None]] = {
    delivery.__name__: delivery
    for delivery in (broken_off, reset, stall, drip_headers, drip_body, huge)
}
UNANSWERED = {"reset", "stall"}
