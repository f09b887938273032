"""The cache: private, plain JSON, checked, and never the cause of a hang."""

import json
import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Container
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import cache
from spacecraft_analysis.launch_library.cache import (
    clear_cache,
    describe_cache,
    one_download_at_a_time,
)
from spacecraft_analysis.launch_library.progress import silent
from tests.launch_library import SMALL, docked_catalogue
from tests.snapshot import full_disk

# More take minutes: BITS=1000 pytest tests/launch_library/test_cache.py -k bits
BITS = int(os.environ.get("BITS", "60"))


def entries(cache_dir: Path) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Return the cached pages by key: what is noted of each, and its text."""
    with closing(sqlite3.connect(cache_dir / "downloads.sqlite")) as database:
        rows = database.execute("SELECT key, value FROM pages WHERE key LIKE 'http%'").fetchall()
    parts = {key: value.partition(b"\n") for key, value in rows}
    return {key: (json.loads(line[9:]), body) for key, (line, _, body) in parts.items()}


def rewrite(cache_dir: Path, key: str, value: object) -> None:
    """Put something else in the place of an entry."""
    with closing(sqlite3.connect(cache_dir / "downloads.sqlite")) as database, database:
        database.execute("UPDATE pages SET value=? WHERE key=?", (value, key))


def make_older(cache_dir: Path, by: timedelta, offsets: Container[int] = range(999)) -> None:
    """Change cached pages, those at some offsets, to be older by so much."""
    with closing(sqlite3.connect(cache_dir / "downloads.sqlite")) as database, database:
        database.execute("PRAGMA synchronous=OFF")  # no waiting for the disk
        for key, (about, body) in entries(cache_dir).items():
            if about["block"][1] in offsets:
                at = (datetime.fromisoformat(about["received_at"]) - by).isoformat()
                database.execute("DELETE FROM pages WHERE key=?", (key,))
                older = f"{key.rpartition(' ')[0]} {at}"
                cache._put(database, older, about | {"received_at": at}, body)


@pytest.mark.parametrize("there", [True, False])
def test_folder_is_private(library, cache_dir, there):
    """The folder is the user's own, whether it was there before or not, and so are the files."""
    if there:
        cache_dir.mkdir(mode=0o755)
    library().fetch(limit=1)
    assert stat.S_IMODE(cache_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((cache_dir / "downloads.sqlite").stat().st_mode) == 0o600


def test_one_plain_entry_a_page(library, cache_dir):
    """Each page is one entry: a line of JSON about it, and LL2's own text; nothing is a pickle."""
    library().fetch()
    cached = entries(cache_dir).values()
    assert all({"block", "received_at"} <= about.keys() for about, _ in cached)
    records = [record for _, body in cached for record in json.loads(body)["results"]]
    assert {record["id"] for record in records} == {record["id"] for record in SMALL}


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" * 300], ids=len)
def test_damaged_file(server, library, cache_dir, content):
    """A file that is no database is a CacheError that names it and says to delete it."""
    cache_dir.mkdir()
    file = cache_dir / "downloads.sqlite"
    file.write_bytes(content)
    for method in (library().fetch, library().plan, library(offline=True).fetch):
        with pytest.raises(sa.CacheError, match=rf"{file}.*delete the file"):
            method()
    file.unlink()
    assert library().fetch().records == SMALL


@pytest.mark.parametrize("value", [b"", b"{}\n{}", "text", 5])
def test_damaged_entry(server, library, cache_dir, value):
    """A damaged entry is a CacheError offline, and only its page is requested again online."""
    library().fetch()
    rewrite(cache_dir, list(entries(cache_dir))[1], value)
    with pytest.raises(sa.CacheError, match=r"damaged.*delete the file"):
        library(offline=True).fetch()
    server.requests.clear()
    for offline in (False, True):
        assert library(offline=offline).fetch().records == SMALL
    assert [request.query["offset"] for request in server.spacecraft_requests] == ["130"]


def test_folder_that_cannot_be_used(library, cache_dir):
    """A cache_dir that is a file, or that can't be made, is a CacheError that names it."""
    cache_dir.touch()
    for method in (library().fetch, library().plan, library(cache_dir=cache_dir / "a").fetch):
        with pytest.raises(sa.CacheError, match=rf"{cache_dir}.*to another folder"):
            method()


# Root may write everywhere, so as root this reads as another user. That user can perhaps not read
# the folders of Python and of this checkout: all modules are imported before.
READ_AS_SOMEBODY_ELSE = """
import os, sys, tempfile
from importlib import import_module
from pkgutil import iter_modules
import spacecraft_analysis as sa
with tempfile.TemporaryDirectory() as folder:
    sa.LaunchLibrary(base_url=sys.argv[1], cache_dir=folder).fetch(limit=1)
for name in ("frames", "launch_library", "snapshot"):
    package = import_module(f"spacecraft_analysis.{name}")
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
if os.getuid() == 0:
    os.setuid(65534)
for offline in (True, False):
    library = sa.LaunchLibrary(base_url=sys.argv[1], cache_dir=sys.argv[2], offline=offline)
    print(library.plan(limit=101).requests, library.fetch(limit=101).count)
    try:
        library.fetch()
    except sa.LaunchLibraryError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.slow
def test_read_only_folder(server, library):
    """A user who may only read a folder gets what is cached there, and requests no page."""
    # Not in tmp_path, which nobody else can look into.
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "pages"
        library(cache_dir=folder).fetch(limit=101)
        server.requests.clear()
        for path in (Path(above), folder, *folder.iterdir()):
            path.chmod(0o555)
        before = sorted((path.name, path.stat().st_mode) for path in folder.iterdir())
        command = [sys.executable, "-c", READ_AS_SOMEBODY_ELSE, server.base_url, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        after = sorted((path.name, path.stat().st_mode) for path in folder.iterdir())
    assert (done.returncode, done.stderr, after) == (0, "", before)
    assert re.fullmatch(
        "0 101\nOfflineError offline, and .*\n"
        "0 101\nCacheError .*is read-only: make it writable.*\n",
        done.stdout,
    )
    assert [request.query["limit"] for request in server.spacecraft_requests] == ["1"]


@pytest.mark.parametrize("there", [False, True])
def test_plan_makes_nothing(library, cache_dir, there):
    """A plan reads, and leaves a folder as it is: not there, or empty but for an empty file."""
    if there:
        cache_dir.mkdir(mode=0o755)
        (cache_dir / "downloads.sqlite").touch()
    assert library().plan().kept == 0
    assert cache_dir.exists() == there
    if there:
        assert (cache_dir / "downloads.sqlite").stat().st_size == 0
        assert stat.S_IMODE(cache_dir.stat().st_mode) == 0o755


def test_read_only_file(server, library, cache_dir):
    """A database that is read-only is a CacheError before anything is requested."""
    library().fetch()
    server.requests.clear()
    # Byte 18 of a database says by which SQLite it may be written: here by none of today's, which
    # makes it read-only for every user.
    with (cache_dir / "downloads.sqlite").open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    with pytest.raises(sa.CacheError, match=r"readonly.*make it writable"):
        library().fetch(refresh=True)
    assert server.requests == []
    assert library().plan().requests == 0
    assert library(offline=True).fetch().records == SMALL


def test_full_disk(server, library, monkeypatch):
    """On a full disk a CacheError says so before a page is requested."""
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_FREE_BYTES", 2**62)
        with pytest.raises(sa.CacheError, match=r"downloads.sqlite .*full.*to another folder"):
            library().fetch()
    assert server.spacecraft_requests == []
    assert library().fetch().records == SMALL


def test_page_that_finds_no_room(server, library):
    """A page that can't be saved, as beyond a quota, is a CacheError, and what is saved stays."""
    with full_disk(60_000), pytest.raises(sa.CacheError, match=r"room.*to another folder"):
        library().fetch()
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert len(server.spacecraft_requests) == 2


def test_file_held_by_another_program(library, cache_dir, monkeypatch):
    """A database that another program holds is waited for, but not for ever."""
    library().fetch()
    monkeypatch.setattr(cache, "_BUSY_TIMEOUT", 100)
    with closing(sqlite3.connect(cache_dir / "downloads.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sa.CacheError, match="another program is using it"):
            library().fetch()


def test_cache_of_an_older_version(library, cache_dir):
    """What an older version cached is not read, and is removed at the first download."""
    cache_dir.mkdir()
    (cache_dir / "pages.sqlite").write_bytes(b"rows that this version can't read")
    assert describe_cache(cache_dir) == "no pages"
    assert library().plan(limit=3).requests == 1
    assert os.listdir(cache_dir) == ["pages.sqlite"]
    library().fetch(limit=3)
    assert "pages.sqlite" not in os.listdir(cache_dir)


def test_clear_cache(library, cache_dir):
    """After the removal nothing is cached, not even a journal, and a fetch requests pages again."""
    library().fetch(limit=3)
    (cache_dir / "downloads.sqlite-journal").write_bytes(b"left over")
    assert clear_cache(cache_dir, silent)
    assert [file for file in os.listdir(cache_dir) if file.startswith("downloads")] == []
    assert library().plan(limit=3).requests == 1
    assert library().fetch(limit=3).count == 3


def test_description_of_the_cache(library, cache_dir):
    """Pages are described by number, size and age; a missing folder is not created."""
    assert describe_cache(cache_dir) == "no pages"
    assert not clear_cache(cache_dir, silent)
    assert not cache_dir.exists()
    library().fetch()
    make_older(cache_dir, timedelta(hours=3), [0])
    assert re.fullmatch(r"3 pages, \d+\.\d MB, 0 min to 3 h old", describe_cache(cache_dir))


def test_removal_waits_for_a_download(library, cache_dir):
    """Pages are removed after a running download, and the waiting is reported."""
    library().fetch(limit=3)
    said: list[str] = []

    def say(done: int, total: int | None, message: str) -> None:
        said.append(message)
        assert describe_cache(cache_dir).startswith("1 page")
        other.__exit__(None, None, None)

    other = one_download_at_a_time(cache_dir, silent)
    other.__enter__()
    assert clear_cache(cache_dir, say)
    assert said == ["waiting for another download into this cache"]


@pytest.mark.slow
def test_flipped_bits(server, library, cache_dir):
    """A flipped bit means the same data or an error of ours, and a page is requested again."""
    records, events = docked_catalogue(40, 30, seed=1)
    server.set_records(records)
    server.set_docking_events(events)
    fetched = library().fetch(dockings=True)
    file = cache_dir / "downloads.sqlite"
    intact = file.read_bytes()
    rng, requests = random.Random(0), Counter[int]()
    for _ in range(BITS):
        damaged = bytearray(intact)
        damaged[rng.randrange(len(intact))] ^= 1 << rng.randrange(8)
        for offline in (True, False):
            file.write_bytes(damaged)
            server.requests.clear()
            with suppress(sa.LaunchLibraryError):
                found = library(offline=offline).fetch(dockings=True)
                assert found.records == fetched.records
                assert found.docking_events == fetched.docking_events
                requests[len(server.paid_requests)] += 1
    assert requests[1] > BITS * 2 / 3


# Processes that are killed when they execute a statement on the cache, each with its own folder.
KILLED = """
import os, sqlite3, sys
from pathlib import Path
from spacecraft_analysis import LaunchLibrary
connect = sqlite3.connect
class Connection(sqlite3.Connection):
    def execute(self, sql, *values):
        if sql.startswith(statement):
            os.kill(os.getpid(), 9)
        return super().execute(sql, *values)
sqlite3.connect = lambda *arguments, **options: connect(*arguments, factory=Connection, **options)
for statement in sys.argv[3:]:
    if not os.fork():
        LaunchLibrary(base_url=sys.argv[1], cache_dir=Path(sys.argv[2], statement)).fetch()
    assert os.wait()[1] == 9
"""


@pytest.mark.slow
def test_killed_process(server, library, cache_dir):
    """Whenever a process is killed, the file that it leaves opens."""
    statements = ["BEGIN", "CREATE TABLE", "INSERT OR REPLACE", "DELETE"]
    command = [sys.executable, "-c", KILLED, server.base_url, str(cache_dir), *statements]
    subprocess.run(command, timeout=60, check=True)
    for statement in statements:
        folder = cache_dir / statement
        with pytest.raises(sa.OfflineError):
            library(cache_dir=folder, offline=True).fetch()
        assert library(cache_dir=folder).plan().requests > 0
        assert library(cache_dir=folder).fetch().records == SMALL


@pytest.mark.slow
def test_reader_during_a_refresh(server, library):
    """While another process refreshes, a reader always finds the complete download."""
    few = SMALL[:120]
    server.set_records(few)
    library().fetch()
    over = Event()

    def refresh() -> None:
        for _ in range(15):
            library().fetch(refresh=True)
        over.set()

    thread = Thread(target=refresh)
    thread.start()
    reads = 0
    while not over.is_set():
        assert library(offline=True).fetch().records == few
        reads += 1
    thread.join()
    assert reads > 15
