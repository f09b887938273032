"""How a snapshot shows itself: in one line, in IPython with its tables and their sizes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import polars as pl

from spacecraft_analysis.errors import SchemaError


class Told(Protocol):
    """What a snapshot says of itself."""

    url: str
    retrieved_at: datetime

    @property
    def count(self) -> int: ...
    @property
    def is_detailed(self) -> bool: ...
    @property
    def has_dockings(self) -> bool: ...
    @property
    def findings(self) -> pl.DataFrame: ...


def as_line(snapshot: Told) -> str:
    """Rows, source and time; nothing of the records."""
    return (
        f"Snapshot of {snapshot.count:,} spacecraft from {snapshot.url}, "
        f"retrieved {snapshot.retrieved_at:%Y-%m-%d %H:%M} UTC"
    )


def as_text(snapshot: Told) -> str:
    """The line, how much `check` finds, and a line for each table."""
    lines = [f"<{as_line(snapshot)}; {_findings_in_words(snapshot)}>"]
    lines += [f"  .{name:<14} {size}" for name, size in _sizes(snapshot).items()]
    return "\n".join(lines)


def as_html(snapshot: Told) -> str:
    """The same as a line and a table, without any markup of what is told."""
    from html import escape

    line = f"{as_line(snapshot)}; {_findings_in_words(snapshot)}"
    rows = "".join(
        f"<tr><th><code>.{name}</code></th><td>{escape(size, quote=False)}</td></tr>"
        for name, size in _sizes(snapshot).items()
    )
    return f"<p><small>{escape(line, quote=False)}</small></p><table>{rows}</table>"


def _sizes(snapshot: Told) -> dict[str, str]:
    """For each table its size, or why there is none."""
    sizes = {}
    absent = {
        "flights": not snapshot.is_detailed and "none: fetch with mode='detailed'",
        "configurations": not snapshot.is_detailed and "none: fetch with mode='detailed'",
        "dockings": not snapshot.has_dockings and "none: fetch with dockings=True",
    }
    for name in ("spacecraft", *absent):
        sizes[name] = absent.get(name) or _size(snapshot, name)
    return sizes


def _size(snapshot: Told, name: str) -> str:
    try:
        rows, columns = getattr(snapshot, name).shape
    except SchemaError:
        return "can't be read"
    return f"{rows:,} row{'' if rows == 1 else 's'}, {columns} columns"


def _findings_in_words(snapshot: Told) -> str:
    """How many findings there are, by severity."""
    from spacecraft_analysis.quality import SEVERITIES

    try:
        severities = snapshot.findings["severity"]
    except SchemaError as error:
        return str(error)
    counts = [(severity, severities.eq(severity).sum()) for severity in SEVERITIES]
    told = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts if count]
    return f"check finds {', '.join(told) or 'nothing'}"
