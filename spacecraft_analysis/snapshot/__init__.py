"""Records with where and when they come from: in memory, in a file, bundled.

`Snapshot` gives the frames; `check` its findings, `Snapshot.select` a narrower one and
`Snapshot.write` a file. The modules `diff` and `export` are imported where they are used.
"""

from spacecraft_analysis.snapshot.file_format import Source, check_suffix
from spacecraft_analysis.snapshot.snapshot import Snapshot, check, read_sample

__all__ = ["Snapshot", "Source", "check", "check_suffix", "read_sample"]
