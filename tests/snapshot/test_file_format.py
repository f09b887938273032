"""A snapshot's file: what it holds, where it can be read from, and what is refused."""

import gzip
import hashlib
import io
import os
import pickle
import random
import re
import stat
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot, SnapshotError
from spacecraft_analysis.paths import write_atomic
from tests.records import RETRIEVED, craft, docking, snapshot
from tests.snapshot import full_disk

LATER = RETRIEVED + timedelta(hours=2)


def two_pages(**fields: Any) -> Snapshot:
    records = [craft(1), craft(2, description="Союз “🚀”\r\n")]
    fields |= {"query": {"mode": "detailed"}, "retrieved_at": [RETRIEVED, LATER]}
    return snapshot(*records, **fields)


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
@pytest.mark.parametrize("events", [None, [], [docking(1, None), docking(2, None)]], ids=str)
def test_what_is_written_is_read_back(suffix, events, tmp_path):
    """A file gives back records, docking events, query and times, and the same bytes again."""
    before = two_pages(docking_events=events)
    path = before.write(tmp_path / f"one{suffix}")
    after = sa.load(path)
    assert (after.records, after.docking_events) == (before.records, events)
    assert (after.url, after.query, after.sha256) == (before.url, before.query, before.sha256)
    assert after.docking_events_sha256 == before.docking_events_sha256
    assert after.spacecraft["retrieved_at"].to_list() == [RETRIEVED, LATER]
    assert after.has_dockings == (events is not None)
    assert path.read_bytes() == after.write(tmp_path / f"two{suffix}").read_bytes()


def test_an_empty_snapshot_keeps_its_time(tmp_path):
    """A snapshot without records has its time and its columns."""
    after = sa.load(snapshot().write(tmp_path / "none.json"))
    assert (after.count, after.retrieved_at) == (0, RETRIEVED)
    assert after.flights.is_empty()


def test_a_file_without_a_checksum_of_its_records_is_read(tmp_path):
    """They then have the one that is computed of them; that of the whole file is right."""
    text = two_pages().write(tmp_path / "file.json").read_bytes()
    above = re.sub(b'"sha256": "[0-9a-f]+", ', b"", text[: text.rindex(b'"sha256_of_all_above"')])
    end = f'"sha256_of_all_above": "{hashlib.sha256(above).hexdigest()}"}}\n'
    assert sa.load(io.BytesIO(above + end.encode())).sha256 == two_pages().sha256


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Craft 1", "Craft X"),
        ('"mode": "detailed"', '"mode": "detailed", "limit": 2'),
        ('"count": 2', '"count": 1'),
        ("}\n]", "}]"),
    ],
)
def test_a_modified_file_is_refused(was, now, tmp_path):
    """A file of which anything was changed, records or provenance, is refused by name."""
    path = two_pages().write(tmp_path / "file.json")
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, now, 1), "utf-8")
    with pytest.raises(SnapshotError, match=r"file\.json: its checksum does not match.*\bjq\b"):
        sa.load(path)


def test_what_is_read_can_be_pickled(tmp_path):
    """A snapshot of a file can go to another process, though its records are parts of the file."""
    read = sa.load(two_pages(docking_events=[docking(1, None)]).write(tmp_path / "file.json"))
    again = pickle.loads(pickle.dumps(read))
    assert (again.records, again.docking_events) == (read.records, read.docking_events)


def test_other_line_ends_are_read(tmp_path):
    """A tool that changes the ends of lines does no harm."""
    path = two_pages().write(tmp_path / "file.json")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert sa.load(path).records == two_pages().records


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.json", b'{"format": "spacecraft', "is not a snapshot"),
        ("list.json", b"[]", "is not a snapshot"),
        ("page.json", b'{"count": 0, "results": []}', "is a page of LL2"),
        ("half.json.gz", gzip.compress(b"{}" * 99, mtime=0)[:20], "can't be read"),
        ("plain.json.gz", b"{}", "is not a snapshot"),
        ("old.json", b'{"format": "spacecraft_analysis snapshot 1"}', "has format 1 .*read it"),
        ("later.json", b'{"format": "spacecraft_analysis snapshot 13"}', "has format 13 .*read it"),
        ("bare.json", b'{"format": "spacecraft_analysis snapshot 2"}', "does not match"),
        ("deep.json", b"[" * 100_000, "is not a snapshot; expected a file"),
        ("table.csv", b"a,b", "is not a snapshot; expected a file"),
    ],
)
def test_files_that_are_not_snapshots(name, content, message, tmp_path):
    """Any other file is refused with its name and what it is; no advice costs a request."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SnapshotError, match=message) as caught:
        sa.load(tmp_path / name)
    assert name in str(caught.value)
    assert "fetch again" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_a_flipped_bit_never_gives_other_data(suffix, tmp_path):
    """A file with one bit flipped gives the same records or a SnapshotError."""
    path = two_pages(docking_events=[docking(1, None)]).write(tmp_path / f"file{suffix}")
    held = attrgetter("records", "docking_events", "url", "query", "retrieved_at")
    content, whole = path.read_bytes(), held(sa.load(path))
    chance = random.Random(33)
    for bit in chance.sample(range(8 * len(content)), 500):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with suppress(SnapshotError):
            assert held(sa.load(io.BytesIO(flipped))) == whole


@pytest.mark.parametrize("name", ["file.json", "file.json.gz", "file.download"])
@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_an_open_file_is_read(name, suffix, tmp_path):
    """An open file is read like its path, compressed or not, whatever its name."""
    path = two_pages().write(tmp_path / f"written{suffix}").rename(tmp_path / name)
    with path.open("rb") as file:
        assert sa.load(file).sha256 == two_pages().sha256
    assert sa.load(path).records == two_pages().records


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_a_file_in_text_mode(suffix, tmp_path):
    """The message says how to open the file, compressed or not."""
    path = two_pages().write(tmp_path / f"file{suffix}")
    with path.open() as file, pytest.raises(TypeError, match=r"open\(path, 'rb'\)"):
        sa.load(file)


def test_a_tilde_is_the_users_home(tmp_path, monkeypatch):
    """A path that begins with ~ is in the user's home, to write to and to read from."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert two_pages().write("~/file.json") == tmp_path / "file.json"
    assert sa.load("~/file.json").count == sa.load(Path("~/file.json")).count == 2
    for method in (two_pages().write, sa.load):
        with pytest.raises(ValueError, match=r"~nobody-at-all/x\.json: there is no home"):
            method("~nobody-at-all/x.json")
        with pytest.raises(ValueError, match="the path is empty"):
            method("")


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("smaple", SnapshotError, "smaple can't be read: No such file .*; pass a snapshot's path"),
        (".", SnapshotError, "can't be read: Is a directory; pass a snapshot's path"),
        (None, TypeError, "got NoneType .*io.BytesIO"),
        (b"sample", TypeError, "got bytes .*io.BytesIO"),
        (["sample"], TypeError, "got list .*io.BytesIO"),
    ],
)
def test_what_is_not_a_source(source, error, message):
    """It is answered with what to pass instead."""
    with pytest.raises(error, match=message):
        sa.load(source)


@pytest.mark.slow
def test_the_sample_is_found_in_a_zip(tmp_path):
    """A package that is imported from a zip file has its sample, too."""
    package = Path(sa.__file__).parent
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as site:
        for file in package.rglob("*"):
            if file.suffix in (".py", ".pyi", ".gz"):
                site.write(file, file.relative_to(package.parent))
    code = "import spacecraft_analysis as sa; print(sa.__file__, sa.load('sample').count)"
    env = os.environ | {"PYTHONPATH": str(tmp_path / "site.zip")}
    command = [sys.executable, "-c", code]
    printed = subprocess.check_output(command, text=True, cwd=tmp_path, env=env)
    assert "site.zip" in printed
    assert printed.split()[-1] == str(sa.load("sample").count)


def test_a_file_that_cannot_be_written(tmp_path):
    """A failed write names the path and the reason, and leaves nothing behind."""
    with pytest.raises(SnapshotError, match="ends in"):
        two_pages().write(tmp_path / "file.parquet")
    wanted = tmp_path / "missing" / "file.json"
    message = f"{wanted} can't be written: No such file or directory. Choose another path"
    with pytest.raises(SnapshotError, match=f"^{re.escape(message)}$"):
        two_pages().write(wanted)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """Content that does not fit leaves the old file as it was, with nothing beside it."""
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    with full_disk(10), pytest.raises(OSError, match="File too large"):
        write_atomic(path, b"new" * 1000)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.json": b"old"}


def test_a_file_has_the_permissions_of_the_umask(tmp_path):
    """A file has the permissions that any new file gets."""
    mask = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a.json", b"x")
        assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640
    finally:
        os.umask(mask)


def test_a_symbolic_link_stays_one(tmp_path):
    """Writing to a link writes the file that it leads to, whether that exists yet or not."""
    (tmp_path / "days").mkdir()
    link = tmp_path / "today.json"
    link.symlink_to("days/monday.json")
    for content in (b"first", b"second"):
        write_atomic(link, content)
        assert link.is_symlink()
        assert (tmp_path / "days" / "monday.json").read_bytes() == content
