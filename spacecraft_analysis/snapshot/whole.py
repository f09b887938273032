"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: bytes) -> None:
    """Whatever happens, the path holds the old file or the whole new one.

    Raises:
        OSError: It can't be written; the error may name a temporary file beside it.
    """
    # A link stays one, and leads to what was written.
    path = Path(os.path.realpath(path))
    half = path.with_name(f".{uuid4().hex}.half")
    try:
        # Made as any file is, with the rights that the user's mask leaves.
        with half.open("xb") as file:
            file.write(content)
        os.replace(half, path)
    except BaseException:
        with suppress(OSError):
            half.unlink()
        raise
