"""A snapshot from wherever it is: live, the sample, a file."""

from __future__ import annotations

from spacecraft_analysis.launch_library.client import LaunchLibrary
from spacecraft_analysis.query import Query, check_names
from spacecraft_analysis.snapshot import Snapshot, Source, read_sample, read_snapshot


def load(source: Source = "live", **query: object) -> Snapshot:
    """A snapshot: live, the bundled sample, or from a file.

    Args:
        source: "live" for `LaunchLibrary().fetch(**query)`, "sample" for the bundled sample, or
            a file that `Snapshot.write` made: its path, or the file itself, open for reading.
        **query: The arguments of `LaunchLibrary.fetch`. On the sample and on a file they select
            and order as LL2 would, and `dockings=True` asks that docking events be there.

    Raises:
        TypeError: An argument is misspelt or of a wrong type.
        ValueError: An argument has a value that LL2 does not know, or the path is empty.
        SnapshotError: There is no such file, it holds no unchanged snapshot, or it lacks what is
            asked.
        LaunchLibraryError: As `LaunchLibrary.fetch`, for "live".

    Examples:
        >>> load("sample", search="Shuttle").spacecraft["flights_count"].sum()
        135
    """
    if source == "live":
        for name in query:
            # The value stays out of the message: it may be a token.
            if name in (LaunchLibrary.__init__.__kwdefaults__ or ()):
                raise TypeError(f"{name!r} is LaunchLibrary's: LaunchLibrary({name}=…).fetch(…)")
        check_names(query, [*Query.__dataclass_fields__, "dockings", "refresh"])
        return LaunchLibrary().fetch(**query)  # type: ignore[arg-type]
    snapshot = read_sample() if source == "sample" else read_snapshot(source)
    return snapshot.select(**query) if query else snapshot  # type: ignore[arg-type]
