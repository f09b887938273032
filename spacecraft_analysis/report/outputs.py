"""What a kernel hands to a page, as JSON in a cell's outputs.

Data, never HTML: what a frame holds came from a third party, and the page alone decides how it is
written. A notebook may come from anywhere, so the page takes an output for one of these only where
it has the declared shape.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, TypeVar

TABLE = "application/vnd.spacecraft-analysis.table+json"
PROVENANCE = "application/vnd.spacecraft-analysis.provenance+json"

T = TypeVar("T")

_READING = Lock()


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    kind: str
    """`figures`, `instant` or `words`."""


@dataclass(frozen=True)
class Strips:
    """The flights of each row of a table, on one axis of time from 0 to 1."""

    ticks: list[tuple[float, str]]
    """Where the axis has a label, and which."""
    marks: list[list[tuple[float, float]]]
    """From where to where each flight of a row goes."""
    colours: list[str]
    """A row's colour."""
    also: list[str]
    """By which words that it does not show a row is found too."""


@dataclass(frozen=True)
class Table:
    """A frame as a reader sees it, and as a file to take along."""

    columns: list[Column]
    rows: list[list[str]]
    """The rows that are shown; an empty text stands for null."""
    row_count: int
    """How many rows the frame has."""
    first_names_row: bool
    shown_csv: str
    whole_csv: str
    """All rows as CSV; empty where that would be over a megabyte."""
    strips: Strips | None = None
    """Behind the first column, where its rows are to be searched and sorted."""

    @property
    def is_whole(self) -> bool:
        """True where each row has what the page shows of it."""
        parts = (self.strips.marks, self.strips.colours, self.strips.also) if self.strips else ()
        rows = all(len(row) == len(self.columns) for row in self.rows)
        return rows and all(len(part) == len(self.rows) for part in parts)


@dataclass(frozen=True)
class Source:
    """Where a snapshot comes from."""

    url: str
    query: dict[str, str]
    retrieved_at: str
    count: int
    sha256: str
    flight_count: int | None = None
    docking_count: int | None = None
    docking_events_sha256: str | None = None


@dataclass(frozen=True)
class Finding:
    """What in a snapshot can't be right."""

    severity: str
    column: str
    explanation: str
    spacecraft_name: str | None = None
    rule: str = ""
    """Which rule found it; empty in a notebook that an earlier version ran."""


@dataclass(frozen=True)
class Provenance:
    """Which snapshots a cell bound, and what computes with them."""

    snapshots: list[Source]
    versions: dict[str, str]
    findings: list[Finding]


def written(output: Any) -> dict[str, Any]:
    """One of the above as JSON."""
    return asdict(output)


def read(content: Any, kind: type[T]) -> T | None:
    """What the JSON of an output says, or None where it has another shape.

    Examples:
        >>> read({"label": "name", "kind": "words"}, Column)
        Column(label='name', kind='words')
        >>> read({"label": 1}, Column)
    """
    import msgspec

    try:
        # What msgspec knows of a class it finds out at first; a second thread must not meet it half
        # done, or the process crashes.
        with _READING:
            return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return None
