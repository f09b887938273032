"""Every spacecraft that flew, from Launch Library 2, as typed Polars frames.

    import spacecraft_analysis as sa

    snapshot = sa.load("sample")  # or "live", or a file
    snapshot.flights.pipe(sa.turnarounds).pipe(sa.turnaround_chart)

What each column of `Snapshot.spacecraft`, `.flights`, `.configurations` and `.dockings` means is in
`data_dictionary`.
"""

import typing as _typing
from importlib import import_module as _import_module

if _typing.TYPE_CHECKING:
    __version__: str
    from spacecraft_analysis.charts import (
        fleet_timeline_chart,
        in_orbit_chart,
        turnaround_by_family_chart,
        turnaround_chart,
        turnaround_survival_chart,
        utilisation_chart,
    )
    from spacecraft_analysis.errors import (
        AnswerError,
        CacheError,
        DataWarning,
        IncompleteError,
        LaunchLibraryError,
        OfflineError,
        SchemaError,
        SnapshotError,
        ThrottledError,
    )
    from spacecraft_analysis.frames import data_dictionary, durations, parse_duration
    from spacecraft_analysis.launch_library import LaunchLibrary, Plan, load
    from spacecraft_analysis.measures import (
        in_orbit,
        station_occupancy,
        time_to_dock_by_family,
        times_to_dock,
        turnaround_by_family,
        turnaround_survival,
        turnarounds,
        utilisation_by_family,
    )
    from spacecraft_analysis.report.payloads import use_theme
    from spacecraft_analysis.report.sanitize import escape_markdown
    from spacecraft_analysis.report.spacecraft_table import spacecraft_table
    from spacecraft_analysis.snapshot import Snapshot, check, diff

__all__ = [
    "AnswerError",
    "CacheError",
    "DataWarning",
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
    "escape_markdown",
    "fleet_timeline_chart",
    "in_orbit",
    "in_orbit_chart",
    "load",
    "parse_duration",
    "spacecraft_table",
    "station_occupancy",
    "station_occupancy_chart",
    "time_to_dock_by_family",
    "time_to_dock_chart",
    "times_to_dock",
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


# Where public names come from, in the order in which data goes through the house. A room is entered
# when the first of its names is asked for: who only loads a file waits for no chart.
_ROOMS = (
    *("errors", "frames", "snapshot", "launch_library", "measures", "charts"),
    *("report.payloads", "report.spacecraft_table", "report.sanitize"),
)


def __dir__() -> list[str]:
    """The public names and nothing else, for tab completion."""
    return __all__


# A type checker takes a module with this function for one that has every name.
if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The public name, from the room that it is at home in.

        Raises:
            AttributeError: There is no such name; the message names the nearest one.
        """
        if name == "__version__":
            from importlib.metadata import version

            return version("spacecraft-analysis")
        for room in _ROOMS if name in __all__ else ():
            door = _import_module(f"{__name__}.{room}")
            if hasattr(door, name):
                # The next time it is an attribute like any other.
                return globals().setdefault(name, getattr(door, name))
        from spacecraft_analysis.query import nearest

        near = nearest(name, __all__)
        hint = f"; did you mean {near!r}?" if near and not name.startswith("_") else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
