"""A snapshot's file: its name, its two formats, and writing it whole or not at all.

One JSON object: on the first line where and when the records come from, then the records, one a
line, then in the same way docking events, where there are any. The last line is the checksum of
all the bytes above it, so that no word of the file can change unseen. Records stand there in the
very text that LL2 sent.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames import Records
from spacecraft_analysis.snapshot.retrieved import Retrieved
from spacecraft_analysis.snapshot.whole import write_whole

FORMAT = "spacecraft_analysis snapshot 2"
_BEGIN = f'{{"format": "{FORMAT}"'.encode()
_CHECKSUM = b'"sha256_of_all_above": '


def local_path(path: str | os.PathLike[str]) -> Path:
    """The path with `~` as the folder that it stands for.

    Raises:
        ValueError: It is empty, or there is no such home.
    """
    if not os.fspath(path):
        raise ValueError("the path is empty")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: nobody's home has this name") from error


def is_gzip(path: Path) -> bool:
    """Whether a snapshot's file of this name is compressed.

    Raises:
        SnapshotError: No snapshot has such a name.
    """
    if path.name.endswith(".json.gz"):
        return True
    if path.suffix == ".json":
        return False
    raise SnapshotError(f"{path}: a snapshot's file ends in .json or .json.gz")


def content_of(header: dict[str, Any], craft: Retrieved, events: Retrieved | None) -> bytes:
    """What a file of these records and docking events holds; the same for the same.

    Args:
        header: What is told of both together.
        craft: Spacecraft records.
        events: Docking events, if there are any or none came of asking for them.
    """
    told = {"format": FORMAT} | header | craft.provenance
    listed = {"records": craft}
    if events is not None:
        told["dockings"] = events.provenance
        listed["docking_events"] = events
    lines = [json.dumps(told).removesuffix("}").encode() + b","]
    for name, part in listed.items():
        texts = part.records.texts
        begin = f'"{name}": ['.encode()
        lines += [begin, *(text + b"," for text in texts[:-1]), *texts[-1:], b"],"]
    above = b"\n".join(lines) + b"\n"
    return above + _CHECKSUM + _told_sum(above)


def is_ours(content: bytes) -> bool:
    """Whether a file begins as those that `content_of` makes."""
    return content.startswith(_BEGIN)


def is_unchanged(content: bytes) -> bool:
    """Whether such a file has the checksum that it tells."""
    above, _, checksum = _plain(content).rpartition(_CHECKSUM)
    return checksum == _told_sum(above)


def read_content(content: bytes) -> dict[str, Any]:
    """A snapshot's arguments, from what `content_of` made of them."""
    first, *lines = _plain(content).split(b"\n")
    told = json.loads(first.removesuffix(b",") + b"}")
    arguments = {"url": told["url"], "query": told["query"], "retrieved_at": times_of(told)}
    arguments["records"] = _read_records(told, lines[1:])
    if "dockings" in told:
        # Between the two lists stand the end of the one and the beginning of the other.
        events = _read_records(told["dockings"], lines[told["count"] + 3 :])
        arguments["docking_events"] = events
        arguments["docking_events_retrieved_at"] = times_of(told["dockings"])
    return arguments


def _read_records(told: dict[str, Any], lines: Sequence[bytes]) -> Records:
    page = b'{"results":[' + b"".join(lines[: told["count"]]) + b"]}"
    return Records((page,), told["count"])


def _told_sum(above: bytes) -> bytes:
    return f'"{hashlib.sha256(above).hexdigest()}"}}\n'.encode()


def _plain(content: bytes) -> bytes:
    # What some tools make of the end of a line is no change; a pair is slow to look for.
    return content.replace(b"\r\n", b"\n") if b"\r" in content else content


def times_of(told: dict[str, Any]) -> list[datetime] | datetime:
    """When each record was sent, from what is told of its pages."""
    times = [
        datetime.fromisoformat(page["retrieved_at"])
        for page in told["pages"]
        for _ in range(page["records"])
    ]
    return times or datetime.fromisoformat(told["retrieved_at"])


def write(path: Path, content: bytes) -> None:
    """Whatever happens, the path holds the old file or the whole new one.

    Raises:
        SnapshotError: No snapshot has such a name, or it can't be written.
    """
    if is_gzip(path):
        content = gzip.compress(content, compresslevel=9, mtime=0)
    try:
        write_whole(path, content)
    except OSError as error:
        # The error itself would name a temporary file.
        raise SnapshotError(
            f"{path} can't be written: {error.strerror}. Choose another path"
        ) from error
