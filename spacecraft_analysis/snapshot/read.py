"""A file back into a snapshot, and the one that comes with the package."""

from __future__ import annotations

import gzip
import json
import zlib
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.snapshot.file import (
    FORMAT,
    is_gzip,
    is_ours,
    is_unchanged,
    read_content,
    times_of,
)
from spacecraft_analysis.snapshot.snapshot import Snapshot

_FORMAT_1 = "spacecraft_analysis snapshot 1"
_GZIP = b"\x1f\x8b"
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error)


def read_snapshot(path: str | Path) -> Snapshot:
    """The snapshot in a file that `Snapshot.write` made.

    Raises:
        SnapshotError: There is no such file, it holds no snapshot, or anything in it was changed
            since it was written. The message names the file.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        is_gzip(path)
        # A browser may have unpacked it in passing, and left it its name.
        text = gzip.decompress(content) if content.startswith(_GZIP) else content
        snapshot = _read_2(text) if is_ours(text) else _read_1(path, json.loads(text))
    except FileNotFoundError as error:
        near = get_close_matches(str(path), ("sample", "live"), n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else "give a snapshot's path, 'sample' or 'live'"
        )
        raise SnapshotError(f"there is no file {path}; {hint}") from error
    except IsADirectoryError as error:
        raise SnapshotError(f"{path} is a folder; give the path of a snapshot in it") from error
    except _DAMAGE as error:
        raise SnapshotError(f"{path} can't be read as a snapshot: {error}. Fetch anew") from error
    if snapshot is None:
        raise SnapshotError(
            f"{path} was changed since it was written: it no longer has the checksum that it "
            "tells. Fetch anew, or use the original file"
        )
    return snapshot


def _read_2(content: bytes) -> Snapshot | None:
    return Snapshot(**read_content(content)) if is_unchanged(content) else None


def _read_1(path: Path, held: Any) -> Snapshot | None:
    """Format 1, without docking events: the checksum is the records' alone."""
    if isinstance(held, dict) and "results" in held:
        raise SnapshotError(
            f"{path} holds a page of LL2, not a snapshot: make one from it with "
            "Snapshot(page['results'], url=…, query={}, retrieved_at=…)"
        )
    told = held.get("format") if isinstance(held, dict) else None
    if told == FORMAT:
        # Its layout is part of it.
        return None
    if told != _FORMAT_1:
        raise SnapshotError(f"{path} holds no snapshot; one is made by Snapshot.write()")
    snapshot = Snapshot(
        held["records"], url=held["url"], query=held["query"], retrieved_at=times_of(held)
    )
    unchanged = snapshot.sha256 == held["sha256"] and snapshot.count == held["count"]
    return snapshot if unchanged else None


def read_sample() -> Snapshot:
    """The snapshot that comes with the package: real facts, compiled for it, as of April 2025."""
    return read_snapshot(str(files("spacecraft_analysis") / "sample" / "spacecraft.json.gz"))
