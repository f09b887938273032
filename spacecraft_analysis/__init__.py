"""Every spacecraft that flew, from Launch Library 2, as typed Polars frames."""

from spacecraft_analysis.durations import durations, parse_duration
from spacecraft_analysis.errors import (
    AnswerError,
    CacheError,
    IncompleteError,
    LaunchLibraryError,
    OfflineError,
    SchemaError,
    SnapshotError,
    ThrottledError,
)
from spacecraft_analysis.launch_library import LaunchLibrary, Plan, load
from spacecraft_analysis.snapshot import Snapshot
from spacecraft_analysis.tables import data_dictionary

__all__ = [
    "AnswerError",
    "CacheError",
    "IncompleteError",
    "LaunchLibrary",
    "LaunchLibraryError",
    "OfflineError",
    "Plan",
    "SchemaError",
    "Snapshot",
    "SnapshotError",
    "ThrottledError",
    "data_dictionary",
    "durations",
    "load",
    "parse_duration",
]
