"""How a snapshot is displayed: in one line, and in IPython with the sizes of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any, Protocol

import polars as pl

from spacecraft_analysis.errors import SchemaError

SAMPLE = "the bundled sample"
"""How the address of the sample's records begins."""
# 5 is the mass simulator; in the sample the Tesla Roadster.
_NOT_MEASURED = pl.any_horizontal("is_planned", "is_placeholder", pl.col("config_type_id") == 5)


class Described(Protocol):
    """What is displayed of a snapshot."""

    url: str
    query: dict[str, Any]
    retrieved_at: datetime
    is_selection: bool

    @property
    def count(self) -> int: ...
    @property
    def is_detailed(self) -> bool: ...
    @property
    def has_dockings(self) -> bool: ...
    @property
    def findings(self) -> pl.DataFrame: ...


def as_line(snapshot: Described) -> str:
    """Return the number of records, the source and the time; nothing of the records."""
    query = as_arguments({k: v for k, v in snapshot.query.items() if k != "limit"})
    none = f" (no spacecraft match {query})" if query and not snapshot.count else ""
    verb = "as of" if snapshot.url.startswith(SAMPLE) else "retrieved"
    return (
        f"Snapshot of {snapshot.count:,} spacecraft{none} from {snapshot.url}, "
        f"{verb} {snapshot.retrieved_at:%Y-%m-%d %H:%M} UTC"
    )


def scope(snapshot: Described) -> str:
    """Return which spacecraft the records are, as words that can follow "among" or "of"."""
    source = SAMPLE if snapshot.url.startswith(SAMPLE) else "Launch Library 2"
    words = f"the {snapshot.count:,} spacecraft of {source}"
    if not snapshot.is_selection:
        return words
    query = as_arguments(snapshot.query)
    if not query:
        return f"{words} that were selected by hand"
    none = "" if snapshot.count else " (none match: change or leave out a filter)"
    return f"{words} selected by {query}{none}"


def as_arguments(query: Mapping[str, Any]) -> str:
    """Return the filters and the limit of a query as Python arguments."""
    all_of_them = ("mode", "ordering", "dockings")
    return ", ".join(
        f"{name}={value!r}" for name, value in query.items() if name not in all_of_them
    )


def as_text(snapshot: Described) -> str:
    """Return the line, the number of findings, and a line for each table."""
    lines = [f"<{as_line(snapshot)}; {_count_findings(snapshot)}>"]
    lines += [f"  .{name:<14} {size}" for name, size in _sizes(snapshot).items()]
    return "\n".join(lines)


def as_html(snapshot: Described) -> str:
    """Return the same as HTML, with any markup in the text escaped."""
    line = f"{as_line(snapshot)}; {_count_findings(snapshot)}"
    rows = "".join(
        f"<tr><th><code>.{name}</code></th><td>{escape(size, quote=False)}</td></tr>"
        for name, size in _sizes(snapshot).items()
    )
    return f"<p><small>{escape(line, quote=False)}</small></p><table>{rows}</table>"


def _sizes(snapshot: Described) -> dict[str, str]:
    """Return the size of each table, or why there is none."""
    detailed = "" if snapshot.is_detailed else "none: fetch with mode='detailed'"
    sizes = {
        "spacecraft": "",
        "flights": detailed,
        "configurations": detailed,
        "dockings": "" if snapshot.has_dockings else "none: fetch with dockings=True",
    }
    for name in [name for name, missing in sizes.items() if not missing]:
        try:
            table = getattr(snapshot, name)
            rows, columns = table.shape
            sizes[name] = f"{rows:,} row{'' if rows == 1 else 's'}, {columns} columns"
            if name == "flights" and (left_out := table.filter(_NOT_MEASURED).height):
                sizes[name] += (
                    f"; measures leave out {left_out:,} (planned, placeholder, mass simulator)"
                )
        except SchemaError:
            sizes[name] = "can't be read"
    return sizes


def _count_findings(snapshot: Described) -> str:
    from spacecraft_analysis.quality import SEVERITIES

    try:
        severities = snapshot.findings["severity"]
    except SchemaError as error:
        return str(error)
    counts = [(severity, severities.eq(severity).sum()) for severity in SEVERITIES]
    found = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count]
    return f"check finds {', '.join(found) or 'nothing'}"
