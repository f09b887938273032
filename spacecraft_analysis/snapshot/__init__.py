"""Records with where and when they come from: in memory, in a file, bundled.

`Snapshot` gives the frames; `check` its findings, `diff` the differences of two, `Snapshot.select`
a narrower one, `Snapshot.write` and `read_snapshot` files.
"""

from spacecraft_analysis.snapshot.diff import diff
from spacecraft_analysis.snapshot.display import SAMPLE
from spacecraft_analysis.snapshot.export import Exported, export
from spacecraft_analysis.snapshot.file_format import Source, check_suffix, local_path, write_atomic
from spacecraft_analysis.snapshot.filters import events_of
from spacecraft_analysis.snapshot.snapshot import Snapshot, check, read_sample, read_snapshot

__all__ = [
    "SAMPLE",
    "Exported",
    "Snapshot",
    "Source",
    "check",
    "check_suffix",
    "diff",
    "events_of",
    "export",
    "local_path",
    "read_sample",
    "read_snapshot",
    "write_atomic",
]
