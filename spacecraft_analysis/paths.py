"""Paths as a user writes them, and files that are complete or unchanged."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from spacecraft_analysis.errors import redacted


def local_path(path: str | os.PathLike[str]) -> Path:
    """Return the path with a leading `~` expanded; raise ValueError if it is empty."""
    if not os.fspath(path):
        raise ValueError("the path is empty")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{redacted(path)}: there is no home directory of that name") from error


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that the path holds the old content or the complete new one.

    An OSError may name the temporary file beside it.
    """
    # A symbolic link stays one, and leads to the new content.
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{uuid4().hex}.part")
    try:
        # Opened like any other file, so that it gets the permissions of the user's umask.
        with temporary.open("xb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
