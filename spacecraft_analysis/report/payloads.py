"""What a kernel hands to a page, as JSON in a cell's outputs.

Data, never HTML: what a frame holds came from a third party, and the page alone decides how it is
written. A notebook may come from anywhere, so the page takes an output for one of these only where
it has the declared shape.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from threading import Lock
from typing import Any, TypeVar

import polars as pl

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.report.import_speedups import import_jsonschema
from spacecraft_analysis.report.tables import TABLE, table
from spacecraft_analysis.snapshot import Snapshot

PROVENANCE = "application/vnd.spacecraft-analysis.provenance+json"

T = TypeVar("T")

_READING = Lock()


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
        >>> read({"severity": "error", "column": "docking", "explanation": "late"}, Finding).column
        'docking'
        >>> read({"severity": 1}, Finding)
    """
    import msgspec

    try:
        # What msgspec knows of a class it finds out at first; a second thread must not meet it half
        # done, or the process crashes.
        with _READING:
            return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return None


def use_theme() -> None:
    """Our Altair theme and renderer are on, and a notebook keeps what a page of it needs.

    Call it once, in the cell of the imports. The theme travels in each chart's own `config`, so a
    report or another program that takes the specification from the notebook draws the same. The
    renderer gives JupyterLab the specification under the name that its built-in drawing knows,
    so that charts are drawn interactively without network and without trusting the notebook. A
    reader of plain text gets the chart's description. Numbers that JSON does not have (NaN,
    infinity) become null.

    In a kernel of IPython a frame that is displayed is also stored as data, and the provenance of
    each snapshot that a cell binds is stored with that cell. Neither is seen in JupyterLab; a page
    made of the notebook (`jupyter nbconvert --to spacecraft_report`, or JupyterLab's menu) has
    its tables and its sources from there.

    Calling it again changes nothing. To go back: `alt.theme.enable("default")` and
    `alt.renderers.enable("default")`.

    Examples:
        >>> import altair as alt
        >>> use_theme()
        >>> alt.renderers.active
        'spacecraft_analysis'
    """
    import_jsonschema()
    theme.use_theme()
    shell = _kernel_shell()
    if shell:
        _keep_data(shell)


def prepare() -> None:
    """Nothing; from here on this kernel displays frames and charts as data for the page.

    For a kernel that only makes a page: it takes any chart, whatever renderer the notebook chose,
    since a page can't use the others.
    """
    shell = _kernel_shell()
    # Else an error inside Altair reads all of Altair's source for seconds, to quote it.
    shell.InteractiveTB.set_mode("Plain")
    # By name, since a notebook without charts need not wait for Altair.
    shell.display_formatter.mimebundle_formatter.for_type_by_name(
        "altair.vegalite.v6.api", "TopLevelMixin", lambda chart: theme.bundle(chart.to_dict())
    )
    _keep_data(shell)


def provenance(snapshots: list[Snapshot]) -> Provenance:
    """Where the records of a page come from, and the versions that computed it."""
    return Provenance(
        snapshots=[_source(snapshot) for snapshot in snapshots],
        versions={
            name: version(name.replace("_", "-"))
            for name in ("spacecraft_analysis", "polars", "altair")
        },
        findings=[finding for snapshot in snapshots for finding in _findings(snapshot)],
    )


def _kernel_shell() -> Any:
    """IPython's shell in a kernel; None elsewhere, where nothing of IPython need be loaded."""
    module = sys.modules.get("IPython.core.getipython")
    shell = module.get_ipython() if module else None
    return shell if hasattr(shell, "kernel") else None


def _keep_data(shell: Any) -> None:
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type(pl.DataFrame, _table_bundle)
    bundles.for_type(pl.Series, lambda series: _table_bundle(series.to_frame()))
    watch = shell.meta.setdefault("spacecraft_analysis", _Watch(shell))
    watch.bound.clear()
    # It is registered once, however often this is called.
    shell.events.register("post_run_cell", watch)


class _Watch:
    """Publishes the provenance of the snapshots that a cell bound, once the cell has run."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.bound: dict[str, Snapshot] = {}

    def __call__(self, _result: Any) -> None:
        before, self.bound = self.bound, self._now()
        new = {
            snapshot.sha256: snapshot
            for name, snapshot in self.bound.items()
            if snapshot is not before.get(name)
        }
        if new:
            told = written(provenance(list(new.values())))
            self.shell.display_pub.publish({PROVENANCE: told})

    def _now(self) -> dict[str, Snapshot]:
        return {
            name: value
            for name, value in self.shell.user_ns.items()
            # IPython's own names for what was displayed begin with an underscore.
            if isinstance(value, Snapshot) and not name.startswith("_")
        }


def _source(snapshot: Snapshot) -> Source:
    return Source(
        url=snapshot.url,
        query={name: str(value) for name, value in sorted(snapshot.query.items())},
        retrieved_at=f"{snapshot.retrieved_at:%Y-%m-%d %H:%M:%S} UTC",
        count=snapshot.count,
        sha256=snapshot.sha256,
        flight_count=_flight_count(snapshot),
        docking_count=None if snapshot.docking_events is None else len(snapshot.docking_events),
        docking_events_sha256=snapshot.docking_events_sha256,
    )


def _flight_count(snapshot: Snapshot) -> int | None:
    try:
        return snapshot.flights.height
    except SchemaError:
        return None


def _findings(snapshot: Snapshot) -> list[Finding]:
    """The errors and warnings of a snapshot; notes touch no figure."""
    try:
        found = snapshot.findings.filter(pl.col("severity") != "note")
    except SchemaError:
        # A notebook may well use the one table that can be read.
        return []
    columns = ("severity", "column", "explanation", "spacecraft_name", "rule")
    return [Finding(**row) for row in found.select(columns).to_dicts()]


def _table_bundle(frame: pl.DataFrame) -> dict[str, Any]:
    return {TABLE: written(table(frame)), "text/plain": str(frame)}
