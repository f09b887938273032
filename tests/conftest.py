"""Fixtures for all tests: no network but loopback, no settings of the user, a server for LL2.

What takes long to import is imported where it is used: with -n, pytest's first process imports
this file, and only then starts those that run tests.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from spacecraft_analysis import LaunchLibrary, Snapshot
    from tests.ll2_server import Server

ENVIRONMENT = ("LL2_BASE_URL", "LL2_TOKEN", "SPACECRAFT_ANALYSIS_OFFLINE")
CACHE_DIR = "SPACECRAFT_ANALYSIS_CACHE_DIR"

Library = Callable[..., "LaunchLibrary"]


# Not tests: benchmarks need the extra `bench`, and the script is for a type checker.
collect_ignore = ["benchmarks", "typed_script.py"]


def pytest_collection() -> None:
    """Prepare a process that runs tests."""
    # What is imported and collected stays until the end: there is no garbage to look for.
    gc.disable()
    from hypothesis import settings

    from spacecraft_analysis import snapshot
    from spacecraft_analysis.launch_library import sources
    from spacecraft_analysis.report.import_speedups import import_jsonschema

    # Tests and the examples in docstrings read the bundled sample, and make its tables, once.
    snapshot.read_sample = sources.read_sample = cache(snapshot.read_sample)
    # Altair, which most tests import, is imported as quickly as in a kernel.
    import_jsonschema()
    # No time limit for an example: the machine may be busy.
    settings.register_profile("suite", deadline=None)
    settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the modules and tests, which stay until the end."""
    gc.freeze()
    gc.enable()
    # It looks seldom: a test leaves little behind.
    gc.set_threshold(20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with slow tests first, so that all processes end at about the same time."""
    items.sort(key=lambda item: (not item.get_closest_marker("slow"), item.path.name, item.path))


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Refuse every connection that leaves this computer."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] != "localhost":
            assert ipaddress.ip_address(address[0]).is_loopback, f"tried to reach {address}"
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> Iterator[None]:
    """Hide the user's settings and cache from the tests, and wait neither for disk nor LL2."""
    from spacecraft_analysis.launch_library import cache, pagination

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_FAST_SAVE", True)
        patch.setattr(pagination, "_RATE_LIMIT_MARGIN", timedelta(milliseconds=10))
        for name in ENVIRONMENT:
            patch.delenv(name, raising=False)
        # No folder can be here: a test that caches pages asks for a folder of its own.
        patch.setenv(CACHE_DIR, os.devnull)
        yield


@pytest.fixture(scope="session")
def sample() -> Snapshot:
    """The bundled sample, for tests that only look at it."""
    from spacecraft_analysis.snapshot import read_sample

    return read_sample()


@pytest.fixture
def cache_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that does not exist yet, for every library without one of its own."""
    folder = tmp_path / "pages"
    monkeypatch.setenv(CACHE_DIR, str(folder))
    return folder


@pytest.fixture
def server(cache_dir: Path) -> Iterator[Server]:
    """A stand-in for LL2 with a catalogue of three pages and no rate limit."""
    from tests.launch_library import SMALL
    from tests.ll2_server import Server

    with Server(SMALL) as server:
        yield server


@pytest.fixture
def library(request: pytest.FixtureRequest, cache_dir: Path) -> Library:
    """A `LaunchLibrary` that reads from `server` or another `base_url`, with further options."""
    from spacecraft_analysis import LaunchLibrary

    def make(**options: Any) -> LaunchLibrary:
        if "base_url" not in options:
            options["base_url"] = request.getfixturevalue("server").base_url
        return LaunchLibrary(**{"cache_dir": cache_dir} | options)

    return make


@pytest.fixture
def short_patience(library: Library) -> Library:
    """A `LaunchLibrary` with a short timeout, long enough for an answer on a busy machine."""

    def make(**options: Any) -> LaunchLibrary:
        return library(**{"patience": timedelta(seconds=0.7)} | options)

    return make


Answering = Callable[[str | bytes | None], AbstractContextManager[str]]


@pytest.fixture
def answering() -> Answering:
    """A server that sends the same bytes to every request, or nothing for None."""

    @contextmanager
    def serve(answer: str | bytes | None) -> Iterator[str]:
        over = Event()

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(65_536)
                if answer is None:
                    over.wait(30)
                else:
                    content = answer.encode() if isinstance(answer, str) else answer
                    with suppress(OSError):  # the client may hang up
                        self.request.sendall(content)

        with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/2.3.0/"
            finally:
                over.set()
                server.shutdown()
                thread.join()

    return serve
