"""Files that are written whole or not at all."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from spacecraft_analysis.snapshot import write_atomic


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond ten bytes meanwhile, what pytest writes to a file among them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_does_not_fit_leaves_the_old_file(tmp_path: Path) -> None:
    """On a full disk the old file stays as it was, with nothing beside it."""
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    with full_disk(), pytest.raises(OSError, match="File too large"):
        write_atomic(path, b"new" * 1000)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.json": b"old"}


def test_a_file_may_be_read_by_whom_the_mask_lets(tmp_path: Path) -> None:
    """A file has the rights that any new file has, also where two are written at once."""
    mask = os.umask(0o027)
    try:
        paths = [tmp_path / f"{number}" for number in range(20)]
        threads = [Thread(target=write_atomic, args=(path, b"x")) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o640}
    finally:
        assert os.umask(mask) == 0o027


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What is written to a link stands in the file that it leads to, whether that is there yet."""
    (tmp_path / "days").mkdir()
    link = tmp_path / "today.json"
    link.symlink_to("days/monday.json")
    for content in (b"first", b"second"):
        write_atomic(link, content)
        assert link.is_symlink()
        assert (tmp_path / "days" / "monday.json").read_bytes() == content
