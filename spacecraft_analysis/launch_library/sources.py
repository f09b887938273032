"""`load`: a snapshot from LL2, from the bundled sample or from a file."""

from __future__ import annotations

from typing import Any

from spacecraft_analysis.snapshot import Snapshot, Source, read_sample
from spacecraft_analysis.snapshot.file_format import read


def load(
    source: Source = "live",
    *,
    dockings: bool = False,
    mode: str | None = None,
    in_space: bool | None = None,
    is_placeholder: bool | None = None,
    name: str | None = None,
    spacecraft_config: int | None = None,
    status: int | None = None,
    search: str | None = None,
    ordering: str | None = None,
    limit: int | None = None,
    refresh: bool = False,
) -> Snapshot:
    """Return a snapshot: live, the bundled sample, or from a file.

    Args:
        source: "live" for `LaunchLibrary().fetch(…)`, "sample" for the bundled sample, or a file
            that `Snapshot.write` made: its path, or the file itself, open for reading.
        dockings: Live, whether to download docking events; else they must be there.
        mode: "detailed", which is the default for "live", or "normal".
        in_space: Like the other filters as in `LaunchLibrary.fetch`; on the sample and on a file
            they select as LL2 would.
        is_placeholder: Only placeholders, or only real craft.
        name: Only craft of exactly this name.
        spacecraft_config: Only craft of the configuration with this id.
        status: Only craft with the status of this id.
        search: Words that must all occur in the craft's or the configuration's name.
        ordering: As in `LaunchLibrary.fetch`; without it a file keeps its own.
        limit: At most `limit` records.
        refresh: Live, download every page again; there is nothing to refresh in a file.

    Raises:
        TypeError: An argument is misspelt or has a wrong type.
        ValueError: An argument has a value that LL2 does not know, or the path is empty.
        SnapshotError: There is no such file, it is not an unchanged snapshot, or it lacks what is
            requested.
        LaunchLibraryError: As `LaunchLibrary.fetch`, for "live".

    Examples:
        >>> load("sample", search="Shuttle").spacecraft["flights_count"].sum()
        135
    """
    arguments: dict[str, Any] = {
        # `fetch` and `select` check what is neither False nor True.
        "dockings": None if dockings is False else dockings,
        "mode": mode,
        "in_space": in_space,
        "is_placeholder": is_placeholder,
        "name": name,
        "spacecraft_config": spacecraft_config,
        "status": status,
        "search": search,
        "ordering": ordering,
        "limit": limit,
    }
    query = {name: value for name, value in arguments.items() if value is not None}
    if source == "live":
        # Imported here, since a snapshot in a file needs none of it.
        from spacecraft_analysis.launch_library.client import LaunchLibrary

        return LaunchLibrary().fetch(**query, refresh=refresh)
    if refresh:
        raise TypeError("refresh=True: there is nothing to refresh in a file; use source='live'")
    snapshot = read_sample() if source == "sample" else Snapshot(**read(source))
    return snapshot.select(**query) if query else snapshot
