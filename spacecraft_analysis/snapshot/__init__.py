"""Records with where and when they come from: in memory, in a file, bundled.

In come records, out come frames (`Snapshot.spacecraft` …), findings (`check`), differences
(`diff`), narrower snapshots (`Snapshot.select`) and files (`Snapshot.write`, `read_snapshot`).
"""

from spacecraft_analysis.snapshot.check import check
from spacecraft_analysis.snapshot.diff import diff
from spacecraft_analysis.snapshot.file import is_gzip, local_path
from spacecraft_analysis.snapshot.read import Source, read_sample, read_snapshot
from spacecraft_analysis.snapshot.selection import events_of
from spacecraft_analysis.snapshot.snapshot import Snapshot
from spacecraft_analysis.snapshot.whole import write_whole

__all__ = [
    "Snapshot",
    "Source",
    "check",
    "diff",
    "events_of",
    "is_gzip",
    "local_path",
    "read_sample",
    "read_snapshot",
    "write_whole",
]
