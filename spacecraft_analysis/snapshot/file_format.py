"""The file of a snapshot: its layout, reading it, and writing it atomically.

One JSON object. Its first line says where and when the records come from; then come the records,
one a line, in the text that LL2 sent, and in the same way docking events, if there are any. The
last line is the SHA-256 of all bytes above it, so that no change goes unnoticed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames import Records
from spacecraft_analysis.paths import local_path, write_atomic

_FORMAT = "spacecraft_analysis snapshot 2"
_BEGIN = f'{{"format": "{_FORMAT}"'.encode()
_RECORDS, _EVENTS = b'\n"records": [\n', b'\n"docking_events": [\n'
_CHECKSUM = b'"sha256_of_all_above": '
_GZIP_BEGIN, _GZIP_WBITS = b"\x1f\x8b", 31
_ADVICE = "Use another copy, or run `spacecraft-analysis plan` to see what a new fetch needs"
_MODIFIED = (
    "its checksum does not match: the file was cut or modified (reformatting by an editor or jq "
    f"counts). {_ADVICE}"
)
# DEFLATE makes a text at most this many times smaller.
_LARGEST_RATIO = 1032


@runtime_checkable
class SupportsRead(Protocol):
    """An open file, or any object that reads like one."""

    def read(self) -> Any:
        """Return the rest of the content."""


Source: TypeAlias = str | os.PathLike[str] | SupportsRead


def check_suffix(path: Path) -> None:
    """Raise SnapshotError unless the path ends in `.json` or `.json.gz`."""
    if not path.name.endswith((".json", ".json.gz")):
        raise SnapshotError(f"{path}: a snapshot's file ends in .json or .json.gz")


def is_narrowed(query: Mapping[str, Any], count: int) -> bool:
    """Return whether a query may have left records out, with `count` in its answer."""
    limit = query.get("limit")
    return bool(selecting(query).keys() - {"limit"}) or (limit is not None and limit <= count)


def selecting(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments of a query that select spacecraft: the filters and the limit."""
    others = ("mode", "ordering", "dockings")
    return {name: one for name, one in query.items() if one is not None and name not in others}


def write(
    path: str | os.PathLike[str], header: Mapping[str, Any], lists: Mapping[str, Sequence[bytes]]
) -> Path:
    """Write a snapshot's file and return its path; the same input gives the same bytes.

    The header says where and when the records come from; the lists are the JSON texts of the
    records, and of the docking events if there are any.
    """
    path = local_path(path)
    check_suffix(path)
    lines = [json.dumps({"format": _FORMAT, **header}).removesuffix("}").encode() + b","]
    for name, texts in lists.items():
        rows = [b",\n".join(texts)] if texts else []
        lines += [f'"{name}": ['.encode(), *rows, b"],"]
    above = b"\n".join(lines) + b"\n"
    content = above + _CHECKSUM + _checksum(above)
    if path.name.endswith(".gz"):
        content = zlib.compress(content, level=9, wbits=_GZIP_WBITS)
    try:
        write_atomic(path, content)
    except OSError as error:
        # The error itself would name a temporary file.
        reason = error.strerror
        raise SnapshotError(f"{path} can't be written: {reason}. Choose another path") from error
    return path


def read(source: Source) -> dict[str, Any]:
    """Read a snapshot's file and return the arguments that make the snapshot.

    A file may be open already, and compressed or not, whatever its name says. What is not an
    unchanged snapshot is a SnapshotError that names the file.
    """
    if isinstance(source, io.TextIOBase):
        raise TypeError("the file is open in text mode; open it in binary mode: open(path, 'rb')")
    if isinstance(source, SupportsRead):
        return decode(str(getattr(source, "name", "the open file")), source.read())
    if not isinstance(source, str | os.PathLike):
        raise TypeError(
            f"expected the path of a snapshot's file, or the file open for reading, got "
            f"{type(source).__name__} (wrap bytes in io.BytesIO)"
        )
    path = local_path(source)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SnapshotError(
            f"{path} can't be read: {error.strerror}; pass a snapshot's path, 'sample' or 'live'"
        ) from error
    return decode(str(path), content)


def decode(name: str, content: bytes, *, is_bundled: bool = False) -> dict[str, Any]:
    """Return the arguments that make the snapshot in a file's content; errors name the file.

    Of the bundled sample only gzip's own checksum is verified.
    """
    try:
        text = content
        # Not by its name, which a browser may have left to a download that it unpacked.
        if content.startswith(_GZIP_BEGIN):
            # The last four bytes are the size: a buffer that grows takes half as long again.
            size = min(int.from_bytes(content[-4:], "little"), _LARGEST_RATIO * len(content))
            text = zlib.decompress(content, wbits=_GZIP_WBITS, bufsize=size)
        if not text.startswith(_BEGIN):
            raise SnapshotError(f"{name}{_what_else(text)}")
        # Some tools change the ends of lines, which is harmless.
        text = text.replace(b"\r\n", b"\n") if b"\r" in text else text
        if not (is_bundled or _is_unmodified(text)):
            raise SnapshotError(f"{name}: {_MODIFIED}")
        return _arguments(text)
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error) as error:
        raise SnapshotError(f"{name} can't be read as a snapshot: {error}. {_ADVICE}") from error


def _is_unmodified(text: bytes) -> bool:
    end = text.rfind(_CHECKSUM)
    return end >= 0 and text[end + len(_CHECKSUM) :] == _checksum(memoryview(text)[:end])


def _arguments(text: bytes) -> dict[str, Any]:
    header = json.loads(text[: text.index(b"\n")].removesuffix(b",") + b"}")
    arguments = {
        "url": header["url"],
        "query": header["query"],
        "retrieved_at": _times(header),
        "is_selection": header.get("selection", is_narrowed(header["query"], header["count"])),
    }
    # Each record is a line, so that none can hold what begins or ends a list.
    start, end = text.index(_RECORDS), text.rindex(b"\n],\n")
    if "dockings" in header:
        between = text.rindex(_EVENTS, start, end + 1)
        arguments["docking_events"] = _records(header["dockings"], text, between, end)
        arguments["docking_events_retrieved_at"] = _times(header["dockings"])
        end = text.rindex(b"\n],", start, between)
    arguments["records"] = _records(header, text, start, end)
    return arguments


def _records(header: dict[str, Any], text: bytes, start: int, end: int) -> Records:
    # Not copied, which takes longer than all else that reads a large text.
    start = text.index(b"[", start)
    records = Records((memoryview(text)[start : end + 2],), header["count"])
    if header.get("sha256"):
        # The checksum of the file shows that it is still that of these records.
        records.__dict__["sha256"] = header["sha256"]
    return records


def _times(header: dict[str, Any]) -> list[datetime] | datetime:
    times = [
        datetime.fromisoformat(page["retrieved_at"])
        for page in header["pages"]
        for _ in range(page["records"])
    ]
    return times or datetime.fromisoformat(header["retrieved_at"])


def _checksum(above: bytes | memoryview) -> bytes:
    return f'"{hashlib.sha256(above).hexdigest()}"}}\n'.encode()


def _what_else(text: bytes) -> str:
    """Say what a text that is not a snapshot of this format is instead."""
    found = re.search(rb'"spacecraft_analysis snapshot ([0-9]+)"', text)
    if found and found[1] == b"2":
        return f": {_MODIFIED}"
    if found:
        other = found[1].decode()
        return f" has format {other} and this version reads 2: read it with the one that wrote it"
    if b'"results"' in text:
        return (
            " is a page of LL2, not a snapshot: make one from it with "
            "Snapshot(page['results'], url=…, query={}, retrieved_at=…)"
        )
    return (
        " is not a snapshot; expected a file that Snapshot.write or `spacecraft-analysis fetch` "
        "wrote (.json or .json.gz)"
    )
