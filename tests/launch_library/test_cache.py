"""The folder of kept pages: private, plain JSON, and never the cause of a hang."""

import json
import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import cache
from tests.conftest import SMALL, Library
from tests.ll2_server import LaunchLibraryServer


def entries(cache_dir: Path) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Return what is kept, entry by entry: what is told of a page, and its text."""
    with closing(sqlite3.connect(cache_dir / "pages.sqlite")) as database:
        rows = database.execute("SELECT key, value FROM responses").fetchall()
    parts = {key: value.partition(b"\n") for key, value in rows}
    return {key: (json.loads(line), body) for key, (line, _, body) in parts.items()}


def walks(cache_dir: Path) -> list[dict[str, Any]]:
    """Return which readings are kept, whole or not."""
    with closing(sqlite3.connect(cache_dir / "pages.sqlite")) as database:
        rows = database.execute("SELECT value FROM walks").fetchall()
    return [walk for (value,) in rows for walk in json.loads(value)["walks"]]


def rewrite(cache_dir: Path, key: str, value: object) -> None:
    """Put something else in the place of an entry."""
    with closing(sqlite3.connect(cache_dir / "pages.sqlite")) as database, database:
        database.execute("UPDATE responses SET value=? WHERE key=?", (value, key))


def make_older(cache_dir: Path, by: timedelta, page: str = "") -> None:
    """Have a page, named by a part of its address, or every one, been kept so much earlier."""
    for key, (about, body) in entries(cache_dir).items():
        if page in about["url"]:
            before = datetime.fromisoformat(about["kept_at"]) - by
            line = json.dumps(about | {"kept_at": before.isoformat()})
            rewrite(cache_dir, key, line.encode() + b"\n" + body)


# A process of its own, since the limit would be the server's too.
FETCH_WITH_LITTLE_ROOM = """
import resource, sys
import spacecraft_analysis as sa
library = sa.LaunchLibrary(base_url=sys.argv[1], cache_dir=sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))
try:
    print("fetched", library.fetch(limit=5, refresh=True).records[0]["description"])
except sa.CacheError as error:
    print(error)
"""


def fetch_with_little_room(server: LaunchLibraryServer, cache_dir: Path, size: int) -> str:
    """Return what a process says that can write no file larger than `size`, as on a full disk."""
    arguments = [server.base_url, str(cache_dir), str(size)]
    command = [sys.executable, "-c", FETCH_WITH_LITTLE_ROOM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize("there", [True, False])
def test_folder_is_private(library: Library, cache_dir: Path, there: bool) -> None:
    """The folder is the user's own, whether it was there before or not, and so are the files."""
    if there:
        cache_dir.mkdir(mode=0o755)
    library().fetch(limit=1)
    assert stat.S_IMODE(cache_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((cache_dir / "pages.sqlite").stat().st_mode) == 0o600


def test_one_plain_entry_a_page(library: Library, cache_dir: Path) -> None:
    """Each page is one entry: a line of JSON about it, and LL2's own text; nothing is a pickle."""
    library().fetch()
    kept = entries(cache_dir).values()
    assert [about.keys() for about, _ in kept] == [{"url", "kept_at", "sent_at"}] * 3
    bodies = [json.loads(body) for about, body in sorted(kept, key=lambda one: one[0]["url"])]
    assert [record for body in bodies for record in body["results"]] == SMALL


def test_pages_of_no_walk_are_removed(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """What a newer pull has replaced is removed when the folder is next opened to write."""
    library().fetch()
    library().fetch(refresh=True)
    assert len(entries(cache_dir)) == 6
    library().fetch()
    assert len(entries(cache_dir)) == 3


@pytest.mark.parametrize(
    "content",
    [b"no database", random.Random(8).randbytes(8192), b"SQLite format 3\0" * 300],
    ids=["words", "noise", "heads"],
)
def test_damaged_file(
    server: LaunchLibraryServer, library: Library, cache_dir: Path, content: bytes
) -> None:
    """A file that is no database is a CacheError that names it and says to delete it."""
    cache_dir.mkdir()
    file = cache_dir / "pages.sqlite"
    file.write_bytes(content)
    for method in (library().fetch, library().plan, library(offline=True).fetch):
        with pytest.raises(sa.CacheError, match=rf"{file}.*delete the file"):
            method()
    file.unlink()
    assert library().fetch().records == SMALL


def test_file_cut_short(library: Library, cache_dir: Path) -> None:
    """A database of which the end is missing is a CacheError, too."""
    library().fetch()
    file = cache_dir / "pages.sqlite"
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(sa.CacheError, match=r"pages.sqlite.*delete the file"):
        library().fetch()


def test_table_of_another_kind(library: Library, cache_dir: Path) -> None:
    """A database that is not ours is a CacheError."""
    cache_dir.mkdir()
    with closing(sqlite3.connect(cache_dir / "pages.sqlite")) as database, database:
        database.execute("CREATE TABLE responses (other TEXT)")
    with pytest.raises(sa.CacheError, match=r"pages.sqlite"):
        library().fetch()


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]\n", b"{}\n{}", b"null", "text", 5, b'{"url": 1}']
)
def test_damaged_entry(library: Library, cache_dir: Path, value: object) -> None:
    """An entry that can't be read is a CacheError, not a page that is missing."""
    library().fetch()
    rewrite(cache_dir, next(iter(entries(cache_dir))), value)
    for offline in (False, True):
        with pytest.raises(sa.CacheError, match=r"damaged.*delete the file"):
            library(offline=offline).fetch()


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({}, b"nothing"),
        ({}, b""),
        ({}, b'{"count": 1}'),
        ({"kept_at": "yesterday"}, b'{"count": 1, "results": []}'),
        ({"sent_at": 5}, b'{"count": 1, "results": []}'),
    ],
    ids=str,
)
def test_damaged_page(
    library: Library, cache_dir: Path, change: dict[str, object], body: bytes
) -> None:
    """A kept page of which a part is damaged is a CacheError, and LL2 is not blamed."""
    library().fetch()
    key, (about, _) = next(iter(entries(cache_dir).items()))
    rewrite(cache_dir, key, json.dumps(about | change).encode() + b"\n" + body)
    with pytest.raises(sa.CacheError, match=r"damaged.*delete the file"):
        library().fetch()


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", "null", '{"walks": [{"pages": 5}]}'])
def test_damaged_list_of_walks(library: Library, cache_dir: Path, value: str) -> None:
    """A list of walks that can't be decoded is a CacheError, too."""
    library().fetch()
    with closing(sqlite3.connect(cache_dir / "pages.sqlite")) as database, database:
        database.execute("UPDATE walks SET value=?", [value])
    for offline in (False, True):
        with pytest.raises(sa.CacheError, match=r"damaged.*delete the file"):
            library(offline=offline).fetch()


def test_folder_that_is_a_file(library: Library, cache_dir: Path) -> None:
    """A cache_dir that is a file is a CacheError that names it."""
    cache_dir.touch()
    for method in (library().fetch, library().plan):
        with pytest.raises(sa.CacheError, match=rf"{cache_dir}.*give another folder"):
            method()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write")
def test_folder_that_cannot_be_made(library: Library) -> None:
    """A folder where nobody may write is a CacheError."""
    with pytest.raises(sa.CacheError, match=r"/proc/self/pages.*yours to write"):
        library(cache_dir="/proc/self/pages").fetch()


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
library = sa.LaunchLibrary(base_url=sys.argv[1], cache_dir=sys.argv[2], offline=sys.argv[3] == "1")
print(library.plan(limit=101).requests, library.fetch(limit=101).count)
try:
    library.fetch()
except sa.LaunchLibraryError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def mounted(server: LaunchLibraryServer) -> Iterator[Path]:
    """A folder with two of three pages that is there for all to read, and for nobody to write."""
    # Not tmp_path, which nobody else can look into.
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "pages"
        sa.LaunchLibrary(base_url=server.base_url, cache_dir=folder).fetch(limit=101)
        server.requests.clear()
        Path(above).chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("offline", "error"),
    [(True, "OfflineError offline, and"), (False, "CacheError .*only be read.*yours to write")],
)
def test_read_only_folder(
    server: LaunchLibraryServer, mounted: Path, offline: bool, error: str
) -> None:
    """Who may only read a folder reads what is kept there, and pays for no page beyond that."""
    before = sorted((path.name, path.stat().st_mode) for path in mounted.iterdir())
    command = [sys.executable, "-c", READ_AS_SOMEBODY_ELSE, server.base_url, str(mounted)]
    done = subprocess.run(
        [*command, str(int(offline))], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "0 101"
    assert re.match(error, second)
    assert [request.query["limit"] for request in server.spacecraft_requests] == ["1"]
    assert sorted((path.name, path.stat().st_mode) for path in mounted.iterdir()) == before


@pytest.mark.parametrize("there", [False, True])
def test_plan_makes_nothing(library: Library, cache_dir: Path, there: bool) -> None:
    """A plan reads, and leaves a folder as it is: not there, or empty but for an empty file."""
    if there:
        cache_dir.mkdir(mode=0o755)
        (cache_dir / "pages.sqlite").touch()
    assert library().plan().kept == 0
    assert cache_dir.exists() == there
    if there:
        assert (cache_dir / "pages.sqlite").stat().st_size == 0
        assert stat.S_IMODE(cache_dir.stat().st_mode) == 0o755


def test_read_only_file(server: LaunchLibraryServer, library: Library, cache_dir: Path) -> None:
    """A database that may not be written is a CacheError at once for who would write there."""
    library().fetch()
    server.requests.clear()
    # Byte 18 of a database says by which SQLite it may be written: here by none of today's, which
    # makes it read-only for every user.
    with (cache_dir / "pages.sqlite").open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")
    with pytest.raises(sa.CacheError, match=r"readonly.*make it yours to write"):
        library().fetch()
    assert server.requests == []
    assert library().plan().requests == 0
    assert library(offline=True).fetch().records == SMALL


@pytest.mark.slow
def test_full_disk(server: LaunchLibraryServer, library: Library, cache_dir: Path) -> None:
    """A page that finds no room is a CacheError that says to make some."""
    said = fetch_with_little_room(server, cache_dir, size=20_000)
    assert re.search(r"pages.sqlite .*has room, or give another folder", said)
    assert library().fetch().records == SMALL


@pytest.mark.slow
def test_full_disk_never_passes_off_an_old_page(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A new page that finds no room is an error, and not answered by the old one in its place."""
    library().fetch(limit=5)
    server.set_records([record | {"description": "new " * 10_000} for record in SMALL[:5]])
    size = (cache_dir / "pages.sqlite").stat().st_size
    said = fetch_with_little_room(server, cache_dir, size)
    assert re.search(r"pages.sqlite .*has room", said)


def test_file_held_by_another_program(
    library: Library, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that another program holds is waited for, but not for ever."""
    monkeypatch.setattr(cache, "_BUSY", 0.1)
    library().fetch()
    with closing(sqlite3.connect(cache_dir / "pages.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sa.CacheError, match="another program holds it"):
            library().fetch()


def test_pages_of_two_pulls_are_not_mixed_offline(library: Library, cache_dir: Path) -> None:
    """Offline, too, a page that was kept a month before the others does not count."""
    library().fetch()
    make_older(cache_dir, timedelta(days=30), "offset=0")
    with pytest.raises(sa.OfflineError, match="offset=0"):
        library(offline=True).fetch()


def test_pages_count_only_in_the_order_of_a_walk(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A page kept before the one that follows it may be of another state, and is asked again."""
    library().fetch()
    server.requests.clear()
    make_older(cache_dir, timedelta(hours=1), "offset=100")
    assert library().fetch().records == SMALL
    assert [request.query["offset"] for request in server.spacecraft_requests] == ["100"]


def test_one_pull_waits_for_the_other(library: Library, cache_dir: Path) -> None:
    """While another pull is under way, a second one says that it waits."""
    told: list[str] = []

    def tell(done: int, total: int | None, message: str) -> None:
        told.append(message)
        other.__exit__(None, None, None)

    other = cache.one_pull_at_a_time(cache_dir, lambda *_: None)
    other.__enter__()
    with cache.one_pull_at_a_time(cache_dir, tell):
        assert told == ["another pull into this cache is under way; waiting for it"]
