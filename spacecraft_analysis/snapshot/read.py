"""A file back into a snapshot, and the one that comes with the package."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from importlib.resources import files
from typing import Any, Protocol, TypeAlias, runtime_checkable

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.query import nearest
from spacecraft_analysis.snapshot.file import (
    FORMAT,
    is_ours,
    is_unchanged,
    local_path,
    read_content,
    times_of,
)
from spacecraft_analysis.snapshot.snapshot import Snapshot

_FORMAT_1 = "spacecraft_analysis snapshot 1"
_FORMATS = re.compile(r"spacecraft_analysis snapshot ([1-9][0-9]*)")
_LAYOUT = ", which is of every byte, the layout too: an editor or jq must not format it anew"
_GZIP = b"\x1f\x8b"
# Only the scheme is shown: what follows may be secret.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_MEND = "Use another copy of it; what fetching it again would cost, plan() says"
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error)


@runtime_checkable
class SupportsRead(Protocol):
    """An open file, or what reads like one."""

    def read(self) -> Any:
        """All that is left of it."""


Source: TypeAlias = str | os.PathLike[str] | SupportsRead


def read_snapshot(source: Source) -> Snapshot:
    """The snapshot in a file that `Snapshot.write` made.

    Args:
        source: Its path, or the file itself, open for reading; compressed or not, whatever its
            name says.

    Raises:
        TypeError: It is neither a path nor an open file.
        ValueError: The path is empty.
        SnapshotError: There is no such file, it holds no snapshot or one of a newer version, or
            anything in it, its layout included, was changed since it was written. The message
            names the file.
    """
    if isinstance(source, SupportsRead):
        return _read(str(getattr(source, "name", "the open file")), _all_of(source))
    if not isinstance(source, str | os.PathLike):
        raise TypeError(
            f"expected the path of a snapshot's file, or the file open for reading, not "
            f"{type(source).__name__}; what is in memory can be read through io.BytesIO"
        )
    if found := _ADDRESS.match(str(source)):
        raise SnapshotError(
            f"{found[0]}… is an address, and a snapshot is read from a file: download it first. "
            "What LL2 says now comes with load('live'), or with LaunchLibrary(base_url=…).fetch()"
        )
    path = local_path(source)
    try:
        return _read(str(path), path.read_bytes())
    except FileNotFoundError as error:
        near = nearest(str(path), ("sample", "live"))
        hint = f"did you mean {near!r}?" if near else "give a snapshot's path, 'sample' or 'live'"
        raise SnapshotError(f"there is no file {path}; {hint}") from error
    except IsADirectoryError as error:
        raise SnapshotError(f"{path} is a folder; give the path of a snapshot in it") from error
    except OSError as error:
        raise SnapshotError(f"{path} can't be read: {error.strerror}") from error


def _all_of(file: SupportsRead) -> bytes:
    content = file.read()
    if isinstance(content, str):
        # As text it was decoded; the checksum is that of the bytes.
        content = content.encode(getattr(file, "encoding", None) or "utf-8")
    if not isinstance(content, bytes):
        raise TypeError(f"the open file gives {type(content).__name__}, expected bytes")
    return content


def _read(name: str, content: bytes) -> Snapshot:
    try:
        # A browser may have unpacked it in passing, and left it its name.
        text = gzip.decompress(content) if content.startswith(_GZIP) else content
        return _read_2(name, text) if is_ours(text) else _read_1(name, json.loads(text))
    except _DAMAGE as error:
        raise SnapshotError(f"{name} can't be read as a snapshot: {error}. {_MEND}") from error


def _changed(name: str, what: str = "") -> SnapshotError:
    return SnapshotError(
        f"{name} was changed since it was written: it no longer has the checksum that it "
        f"tells{what}. {_MEND}"
    )


def _read_2(name: str, content: bytes) -> Snapshot:
    if not is_unchanged(content):
        raise _changed(name, _LAYOUT)
    return Snapshot(**read_content(content))


def _read_1(name: str, held: Any) -> Snapshot:
    """Format 1, without docking events: the checksum is the records' alone."""
    told = held.get("format") if isinstance(held, dict) else None
    if told == FORMAT:
        raise _changed(name, _LAYOUT)
    if told != _FORMAT_1 and (later := _FORMATS.fullmatch(str(told))):
        raise SnapshotError(
            f"{name} was written by a newer version of spacecraft_analysis: it has format "
            f"{later[1]}, and this version reads formats 1 and 2. Read it with a newer version"
        )
    if isinstance(held, dict) and "results" in held:
        raise SnapshotError(
            f"{name} holds a page of LL2, not a snapshot: make one from it with "
            "Snapshot(page['results'], url=…, query={}, retrieved_at=…)"
        )
    if told != _FORMAT_1:
        raise SnapshotError(f"{name} holds no snapshot; one is made by Snapshot.write()")
    snapshot = Snapshot(
        held["records"], url=held["url"], query=held["query"], retrieved_at=times_of(held)
    )
    if snapshot.sha256 != held["sha256"] or snapshot.count != held["count"]:
        raise _changed(name)
    return snapshot


def read_sample() -> Snapshot:
    """The snapshot that comes with the package: real facts, compiled for it, as of April 2025."""
    # Not by its path, since a package can be in a zip file.
    name = "spacecraft.json.gz"
    return _read(name, files("spacecraft_analysis").joinpath("sample", name).read_bytes())
