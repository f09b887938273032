"""A file back into a snapshot, and the one that comes with the package."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.snapshot.file import is_gzip
from spacecraft_analysis.snapshot.snapshot import FORMAT, Snapshot

_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error)


def read_snapshot(path: str | Path) -> Snapshot:
    """The snapshot in a file that `Snapshot.write` made.

    Raises:
        SnapshotError: There is no such file, it holds no snapshot, or its records were changed
            since it was written. The message names the file.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        held = json.loads(gzip.decompress(content) if is_gzip(path) else content)
        if isinstance(held, dict) and "results" in held:
            raise SnapshotError(
                f"{path} holds a page of LL2, not a snapshot: make one from it with "
                "Snapshot(page['results'], url=…, query={}, retrieved_at=…)"
            )
        if not isinstance(held, dict) or held.get("format") != FORMAT:
            raise SnapshotError(f"{path} holds no snapshot; one is made by Snapshot.write()")
        times = [
            datetime.fromisoformat(page["retrieved_at"])
            for page in held["pages"]
            for _ in range(page["records"])
        ]
        snapshot = Snapshot(
            held["records"],
            url=held["url"],
            query=held["query"],
            retrieved_at=times or datetime.fromisoformat(held["retrieved_at"]),
        )
        changed = snapshot.sha256 != held["sha256"] or snapshot.count != held["count"]
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
    if changed:
        raise SnapshotError(
            f"{path} was changed since it was written: its records no longer have the sha256 "
            f"{held['sha256']}. Fetch anew, or use the original file"
        )
    return snapshot


def read_sample() -> Snapshot:
    """The snapshot that comes with the package: real facts, compiled for it, as of April 2025."""
    return read_snapshot(str(files("spacecraft_analysis") / "sample" / "spacecraft.json.gz"))
