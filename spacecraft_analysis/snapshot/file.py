"""A snapshot's file: its name, and writing it whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from spacecraft_analysis.errors import SnapshotError


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


def replace(path: Path, content: bytes) -> None:
    """Whatever happens, the path holds the old file or the whole new one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(content)
            file.close()
            # A temporary file is private; a snapshot is meant to be passed on.
            Path(file.name).chmod(0o666 & ~_umask())
            os.replace(file.name, path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
