"""How frames, charts and snapshots are stored in a notebook's outputs, for its page.

They are stored as data, never as HTML: a frame holds text of third parties, and the page alone
decides how it is written. A notebook may come from anywhere, so a page takes an output for one of
these only if it has the declared shape.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from threading import Lock
from typing import Any, TypeVar

import polars as pl

import spacecraft_analysis
from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import ReportError, SchemaError
from spacecraft_analysis.frames.formats import map_texts, xml_text
from spacecraft_analysis.launch_library.progress import kernel_shell
from spacecraft_analysis.quality import flagged
from spacecraft_analysis.report import svg
from spacecraft_analysis.report.import_speedups import import_jsonschema
from spacecraft_analysis.report.tables import TABLE, table
from spacecraft_analysis.snapshot import Snapshot
from spacecraft_analysis.snapshot.snapshot import SAMPLE

PROVENANCE = "application/vnd.spacecraft-analysis.provenance+json"

# JupyterLab draws with Vega-Lite 5, and warns of a specification that names another version.
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_READING = Lock()
# The snapshots that names of the kernel were bound to after the last cell.
_BOUND: dict[str, Snapshot] = {}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

T = TypeVar("T")


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
    is_selection: bool = False
    scope: str = ""
    """The snapshot's own words for what its records cover."""

    @property
    def is_sample(self) -> bool:
        """Return whether the records are the bundled sample's."""
        return self.url.startswith(SAMPLE)


@dataclass(frozen=True)
class FlaggedValue:
    """An error or a warning of `check`."""

    severity: str
    column: str
    explanation: str
    rule: str = ""
    table: str = ""
    """The table of the value, whose rows the id of its kind tells apart."""
    spacecraft_name: str | None = None
    spacecraft_id: int | None = None
    flight_id: int | None = None
    docking_id: int | None = None


@dataclass(frozen=True)
class Provenance:
    """The snapshots that a cell bound, and the versions that compute with them."""

    snapshots: list[Source]
    versions: dict[str, str]
    findings: list[FlaggedValue]


def read(content: Any, kind: type[T]) -> T | None:
    """Return the JSON of an output as one of these classes; None if it has another shape."""
    import msgspec

    try:
        # msgspec inspects a class when it first meets it; a second thread that meets it half
        # inspected crashes the process.
        with _READING:
            return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        return None


def use_theme(*, static: bool = True) -> None:
    """Enable the package's Altair theme and renderer, and store what a page needs.

    Call it once, in the cell of the imports. JupyterLab then draws charts interactively, without a
    network and without trusting the notebook; GitHub, nbviewer and nbconvert show a PNG of twice
    the screen's resolution. NaN and infinity become null. Altair's limit of 5,000 rows is lifted.

    In an IPython kernel a displayed frame is also stored as data, and so is the provenance of each
    snapshot that a cell binds. A page made from the notebook (`jupyter nbconvert --to
    spacecraft_report`, or JupyterLab's menu) takes its tables and sources from there.

    Calling it again changes nothing. To undo it: `alt.theme.enable("default")`,
    `alt.renderers.enable("default")` and `alt.data_transformers.enable("default")`.

    Args:
        static: Whether outputs have the PNG; without it a notebook is smaller. It needs the extra
            `notebooks`.

    Examples:
        >>> import altair as alt
        >>> use_theme()
        >>> alt.renderers.active
        'spacecraft_analysis'
    """
    import_jsonschema()
    import altair as alt

    alt.theme.register("spacecraft_analysis", enable=True)(lambda: theme.THEME)
    alt.data_transformers.disable_max_rows()
    alt.renderers.register("spacecraft_analysis", _with_picture if static else _bundle)
    alt.renderers.enable("spacecraft_analysis")
    if shell := kernel_shell():
        _store_data(shell)


def escape_markdown(text: object) -> str:
    r"""Return the text escaped for Markdown, on one line.

    Text that LL2 sends can be anything: unescaped, a name could become a link, or a picture that
    JupyterLab fetches. Every sign with a meaning in Markdown, HTML or a formula is escaped, and
    line breaks become blanks.

    Args:
        text: What to show, such as a name; None becomes "unknown".

    Examples:
        >>> print(escape_markdown("Soyuz TM-4"))
        Soyuz TM\-4
        >>> print(escape_markdown("![](http://x/)"))
        \!\[\]\(http\:\/\/x\/\)
        >>> escape_markdown(None)
        'unknown'
    """
    if text is None:
        return "unknown"
    return _PUNCTUATION.sub(r"\\\g<0>", " ".join(str(text).split()))


def prepare_kernel() -> None:
    """Make this kernel display frames and charts as data, for a report.

    Charts are stored whatever renderer the notebook chooses, since a page can't use another one,
    and without a picture, since the page draws its charts itself.
    """
    shell = kernel_shell()
    # Else an error inside Altair reads all of Altair's source for seconds, to quote it.
    shell.InteractiveTB.set_mode("Plain")
    # By name, since a notebook without charts need not wait for Altair.
    shell.display_formatter.mimebundle_formatter.for_type_by_name(
        "altair.vegalite.v6.api", "TopLevelMixin", lambda chart: _bundle(chart.to_dict())
    )
    _store_data(shell)


def provenance(snapshots: list[Snapshot]) -> Provenance:
    """Return where the records of a page come from, and the versions that computed it."""
    sources, findings = [], []
    for snapshot in snapshots:
        events, flight_count = snapshot.docking_events, None
        # Where one table can't be read, a notebook may well use another.
        with suppress(SchemaError):
            rows = flagged(snapshot.findings).select(FlaggedValue.__match_args__)
            findings += [FlaggedValue(**row) for row in rows.to_dicts()]
            flight_count = snapshot.flights.height
        source = Source(
            url=snapshot.url,
            query={name: str(value) for name, value in sorted(snapshot.query.items())},
            retrieved_at=f"{snapshot.retrieved_at:%Y-%m-%d %H:%M:%S} UTC",
            count=snapshot.count,
            sha256=snapshot.sha256,
            flight_count=flight_count,
            docking_count=None if events is None else len(events),
            docking_events_sha256=snapshot.docking_events_sha256,
            is_selection=snapshot.is_selection,
            scope=snapshot.scope,
        )
        sources.append(source)
    versions = {name: version(name) for name in ("altair", "polars")}
    versions["spacecraft_analysis"] = spacecraft_analysis.__version__
    return Provenance(sources, versions, findings)


def _bundle(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Return what a notebook stores of a chart: its specification, and its description as text."""
    # JSON has neither NaN nor infinity: null instead.
    finite = json.loads(json.dumps(spec | {"$schema": _SCHEMA}), parse_constant=lambda _: None)
    if finite.get("width") == "container":
        # JupyterLab would make such a chart wider again and again, and freeze the tab.
        del finite["width"]
    return {theme.MIME: finite, "text/plain": theme.description_of(spec)}


def _with_picture(spec: dict[str, Any], **_: Any) -> Any:
    bundle = _bundle(spec)
    try:
        png, width, height = svg.draw_png(map_texts(spec, xml_text))
    except (ImportError, ReportError):
        # Without vl-convert, or where a chart can't be drawn: the frontend says why.
        return bundle
    # Without both marimo draws nothing; with both Sphinx squeezes what is wider than its column.
    about = {"width": width, "height": height, "alt": bundle["text/plain"]}
    return bundle | {"image/png": png}, {"image/png": about}


def _store_data(shell: Any) -> None:
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type(pl.DataFrame, _table_bundle)
    bundles.for_type(pl.Series, lambda series: _table_bundle(series.to_frame()))
    bundles.for_type(Snapshot, lambda snapshot: _provenance_bundle([snapshot]))
    _BOUND.clear()
    # IPython registers a callback once, however often this is called.
    shell.events.register("post_run_cell", _publish_provenance)


def _publish_provenance(_result: Any) -> None:
    """Publish the provenance of the snapshots that a cell bound."""
    shell = kernel_shell()
    bound = {
        name: value
        for name, value in shell.user_ns.items()
        # IPython's own names for displayed objects begin with an underscore.
        if isinstance(value, Snapshot) and not name.startswith("_")
    }
    new = [snapshot for name, snapshot in bound.items() if snapshot is not _BOUND.get(name)]
    _BOUND.clear()
    _BOUND.update(bound)
    if new:
        # Nobody asked to see it: where HTML is shown there is nothing to see.
        shell.display_pub.publish(_provenance_bundle(new) | {"text/html": ""})


def _provenance_bundle(snapshots: list[Snapshot]) -> dict[str, Any]:
    text = "\n".join(map(repr, snapshots))
    return {PROVENANCE: asdict(provenance(snapshots)), "text/plain": text}


def _table_bundle(frame: pl.DataFrame) -> dict[str, Any]:
    return {TABLE: asdict(table(frame)), "text/plain": str(frame)}
