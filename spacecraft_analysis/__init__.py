"""Every spacecraft that flew, from Launch Library 2, as typed Polars frames."""

from spacecraft_analysis.charts import (
    fleet_timeline_chart,
    in_orbit_chart,
    turnaround_by_family_chart,
    turnaround_chart,
    turnaround_survival_chart,
    utilisation_chart,
)
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
from spacecraft_analysis.launch_library import LaunchLibrary, load
from spacecraft_analysis.measures import (
    in_orbit,
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)
from spacecraft_analysis.pull import Plan
from spacecraft_analysis.quality import check
from spacecraft_analysis.snapshot import Snapshot, diff
from spacecraft_analysis.tables import data_dictionary
from spacecraft_analysis.theme import use_theme

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
    "check",
    "data_dictionary",
    "diff",
    "durations",
    "fleet_timeline_chart",
    "in_orbit",
    "in_orbit_chart",
    "load",
    "parse_duration",
    "turnaround_by_family",
    "turnaround_by_family_chart",
    "turnaround_chart",
    "turnaround_survival",
    "turnaround_survival_chart",
    "turnarounds",
    "use_theme",
    "utilisation_by_family",
    "utilisation_chart",
]


def __dir__() -> list[str]:
    """The public names and nothing else, for tab completion."""
    return __all__
