"""What every test starts from: no network but loopback, nothing of the user's, a server to ask."""

import gc
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import settings

from spacecraft_analysis import LaunchLibrary
from tests.ll2_server import LaunchLibraryServer, catalogue

RECORDS = catalogue(592)
# Three pages, without the flights that make up most of a record.
SMALL = [record | {"flights": []} for record in catalogue(230, seed=3)]
MEMORY = Path("/dev/shm")
ENVIRONMENT = ("LL2_BASE_URL", "LL2_TOKEN", "SPACECRAFT_ANALYSIS_OFFLINE")

Library = Callable[..., LaunchLibrary]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are cores, for some tests wait: for a server, for a kernel.

    None for who names a file or a test: workers take longer to start than most files.
    """
    named = [argument.split("::")[0] for argument in config.args]
    return 0 if all(name.endswith(".py") for name in named) else (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """What is written lies in memory where a system has room for that: nobody waits for a disk."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30
    if roomy and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker is still at one when the others end.

    By their names, which mixes the rooms: in one they wait for a server, in another they work.
    """
    items.sort(
        key=lambda item: (item.get_closest_marker("slow") is None, item.path.name, item.path)
    )


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look through all of it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Nothing here but test functions: doctests are the package's."""
    return [file for file in (yield) if type(file) is pytest.Module]


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this computer."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, cache_dir: Path) -> None:
    """Hide the user's settings, and the user's cache from the tests."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_CACHE_DIR", str(cache_dir))


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    """A folder for kept pages that is not there yet."""
    return tmp_path / "pages"


@pytest.fixture
def server() -> Iterator[LaunchLibraryServer]:
    """A stand-in for LL2 with a catalogue of three pages and no quota."""
    with LaunchLibraryServer(SMALL) as server:
        yield server


@pytest.fixture
def library(server: LaunchLibraryServer, cache_dir: Path) -> Library:
    """A `LaunchLibrary` that asks `server`, with further options as given."""

    def make(**options: Any) -> LaunchLibrary:
        return LaunchLibrary(**{"base_url": server.base_url, "cache_dir": cache_dir} | options)

    return make


@pytest.fixture
def hasty(library: Library) -> Library:
    """A `LaunchLibrary` with little patience, so that a stalled server costs no minutes.

    It is still long enough for a healthy answer on a busy machine.
    """

    def make(**options: Any) -> LaunchLibrary:
        return library(**{"patience": timedelta(seconds=0.7)} | options)

    return make


Answering = Callable[[str | bytes | None], AbstractContextManager[str]]


@pytest.fixture
def answering() -> Answering:
    """A server that gives every request the same bytes as they stand, or none for null."""

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


# A busy machine is no failure: examples have no time limit.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
