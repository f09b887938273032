"""How frames, charts and snapshots show themselves in a kernel that the report runs.

A kernel hands data to the page, never HTML: what a frame or a chart holds came from a third party,
and the page alone decides how it is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Any

import polars as pl

from spacecraft_analysis.charts.theme import bundle
from spacecraft_analysis.errors import SchemaError
from spacecraft_analysis.snapshot import Snapshot

TABLE = "application/vnd.spacecraft-analysis.table+json"
PROVENANCE = "application/vnd.spacecraft-analysis.provenance+json"

_ROWS = 20
_LETTERS = 160


def prepare() -> None:
    """Nothing; from here on this kernel displays frames and charts as data for the page.

    It takes any chart, whatever renderer the notebook chose: a page can't use the others.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    # Else an error inside Altair reads all of Altair's source for seconds, to quote it.
    shell.InteractiveTB.set_mode("Plain")
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type(pl.DataFrame, _table_bundle)
    bundles.for_type(pl.Series, lambda series: _table_bundle(series.to_frame()))
    # By name, since a notebook without charts need not wait for Altair.
    bundles.for_type_by_name(
        "altair.vegalite.v6.api", "TopLevelMixin", lambda chart: bundle(chart.to_dict())
    )


def show_provenance(names: Mapping[str, Any]) -> None:
    """Nothing; displays which snapshots a notebook used, and what it was computed with.

    Args:
        names: The notebook's global names when it ended.
    """
    from IPython.display import display

    used = {
        snapshot.sha256: snapshot
        for name, snapshot in names.items()
        if isinstance(snapshot, Snapshot) and not name.startswith("_")
    }
    display({PROVENANCE: provenance(list(used.values()))}, raw=True)  # type: ignore[no-untyped-call]


def provenance(snapshots: list[Snapshot]) -> dict[str, Any]:
    """Where the records of a page come from, and the versions that computed it, as JSON."""
    return {
        "snapshots": [
            {
                "url": snapshot.url,
                "query": {name: str(value) for name, value in snapshot.query.items()},
                "retrieved_at": f"{snapshot.retrieved_at:%Y-%m-%d %H:%M:%S} UTC",
                "count": snapshot.count,
                "sha256": snapshot.sha256,
            }
            for snapshot in snapshots
        ],
        "versions": {
            name: version(name.replace("_", "-"))
            for name in ("spacecraft_analysis", "polars", "altair")
        },
        "findings": [finding for snapshot in snapshots for finding in _findings(snapshot)],
    }


def _findings(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The errors and warnings of a snapshot; notes touch no figure."""
    try:
        found = snapshot.findings.filter(pl.col("severity") != "note")
    except SchemaError:
        # A notebook may well use the one table that can be read.
        return []
    return found.select("severity", "spacecraft_name", "column", "explanation").to_dicts()


def table(frame: pl.DataFrame) -> dict[str, Any]:
    """A frame as a reader's table: each column's label and kind, and the rows as text.

    Up to twenty rows (Polars' `tbl_rows` changes that). Null becomes an empty text.
    """
    limit = int(os.environ.get("POLARS_FMT_MAX_ROWS", _ROWS))
    shown = frame if limit < 0 else frame.head(limit)
    columns = [_column(series) for series in shown]
    return {
        "columns": [{"label": _label(series), "kind": _kind(series.dtype)} for series in shown],
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "row_count": frame.height,
        "first_names_row": frame.width > 1 and frame.dtypes[0] in (pl.String, pl.Enum),
    }


def _table_bundle(frame: pl.DataFrame) -> dict[str, Any]:
    return {TABLE: table(frame), "text/plain": str(frame)}


def _label(series: pl.Series) -> str:
    """The column's name with spaces, so that a narrow screen can break it."""
    zone = getattr(series.dtype, "time_zone", None)
    return series.name.replace("_", " ") + (f" ({zone})" if zone else "")


def _kind(dtype: pl.DataType) -> str:
    """How the page sets a column: figures to the right, instants unbroken, words as they fall."""
    if dtype.is_numeric() or dtype == pl.Duration:
        return "figures"
    return "instant" if dtype.is_temporal() else "words"


def _column(series: pl.Series) -> list[str]:
    write = _writer(series)
    # A float that is not a number says as little as a null.
    return ["" if value is None or value != value else write(value) for value in series.to_list()]


def _writer(series: pl.Series) -> Callable[[Any], str]:
    dtype = series.dtype
    if dtype.is_integer():
        # The name tells an identifier or a year, which nobody groups by thousands.
        is_name = series.name.split("_")[-1] in ("id", "year")
        return str if is_name else "{:,}".format
    if dtype.is_float():
        largest: Any = series.fill_nan(None).abs().max() or 0.0
        return ("{:,.1f}" if largest >= 10 else "{:,.2f}" if largest >= 1 else "{:.3f}").format
    if dtype == pl.Datetime:
        whole = series.drop_nulls().dt.second().eq(0).all()
        return lambda instant: _instant(instant, seconds=not whole)
    return _text


def _instant(instant: datetime, *, seconds: bool) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def _text(value: Any) -> str:
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    text = str(value)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"


def duration_text(duration: timedelta) -> str:
    """A duration to read, in days and time of day.

    Examples:
        >>> duration_text(timedelta(days=178, hours=22, minutes=54, seconds=29))
        '178 d 22:54:29'
        >>> duration_text(timedelta(hours=-5))
        '−05:00:00'
    """
    size = abs(duration)
    minutes, seconds = divmod(size.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    days = f"{size.days:,} d " if size.days else ""
    return ("−" if duration < timedelta() else "") + days + clock + fraction
