"""Charts and tables of a page, each with what a reader downloads: data, picture, citation."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.frames.formats import delimited
from spacecraft_analysis.report import svg
from spacecraft_analysis.report.payloads import FlaggedValue, Provenance, Source, read
from spacecraft_analysis.report.tables import FILE_SIZE, Table

_FLIGHT_TIMES = ("launch_net", "mission_end")
_KINDS = {"csv": "text/csv;charset=utf-8", "svg": "image/svg+xml;charset=utf-8"}


@dataclass
class Figure:
    """A chart or a table of a page."""

    name: str
    """Its anchor."""
    title: str
    """Its heading or caption; "" if its notebook gives it none."""
    label: str
    """What a screen reader calls it."""
    cell: str
    """Which cell shows it, for a message."""
    files: dict[str, str] = field(default_factory=dict)
    """The address of a file by its kind: `csv` and `svg`."""
    note: str = ""
    """What of its data is not among them."""
    citation: str = ""


@dataclass(kw_only=True)
class ChartFigure(Figure):
    """A chart of a page."""

    spec: dict[str, Any]
    """As the notebook made it."""
    subtitle: str = ""
    description: str = ""
    picture: str = ""
    """Its SVG, once drawn."""
    card: str = ""
    """The same for the index, if it is the picture of its page."""
    error: str = ""
    """Why it could not be drawn."""

    @classmethod
    def of(cls, spec: dict[str, Any], name: str, cell: str = "") -> ChartFigure:
        """Return the chart of a specification, not drawn yet.

        It is the same whether or not it was in a notebook's file: nbformat orders what it writes by
        name, and to JupyterLab 1.0 is 1. NaN, which JSON does not have, becomes null.
        """

        def number(text: str) -> float | int:
            value = float(text)
            return int(value) if value.is_integer() and abs(value) < 2**53 else value

        text = json.dumps(spec, sort_keys=True)
        spec = json.loads(text, parse_float=number, parse_constant=lambda _: None)
        title, subtitle = theme.title_of(spec)
        description = theme.description_of(spec)
        label = title or description
        return cls(name, title, label, cell, spec=spec, subtitle=subtitle, description=description)

    def draw(self, *, card: bool = False) -> None:
        """Draw the picture, and narrower for a card, or store why that is impossible."""

        def drawn(width: int, prefix: str) -> str:
            made = svg.draw(svg.for_page(self.spec, width=width))
            return svg.cleaned(made, prefix=prefix, label=self.label)

        try:
            self.picture = drawn(svg.WIDTH, f"{self.name}-")
            self.card = drawn(svg.CARD_WIDTH, f"{self.name}-card-") if card else ""
        except ReportError as error:
            self.error = str(error)

    @property
    def script(self) -> str:
        """Return the specification for the page's script."""
        return script_json(svg.for_page(self.spec, width="container"))


@dataclass(kw_only=True)
class TableFigure(Figure):
    """A table of a page."""

    table: Table
    flags: dict[int, FlaggedValue] = field(default_factory=dict)
    """By row: the finding on a value that the row shows or is computed from."""


def flagged_rows(table: Table, findings: list[FlaggedValue]) -> dict[int, FlaggedValue]:
    """Return the first finding on what a row shows or is computed from, by the row's place."""
    labels = [column.label for column in table.columns]
    shows_docking = any("dock" in label for label in labels)
    by_value: dict[tuple[str, str], FlaggedValue] = {}
    for finding in findings:
        # A flight's times are what its row and the turnaround before it are computed from, and a
        # docking what its flight's time to dock is, where one is shown; of a spacecraft only the
        # value.
        known: dict[str, object] = {}
        if finding.table == "dockings":
            known["docking_id"] = finding.docking_id
        if finding.column in _FLIGHT_TIMES or (finding.column == "docking" and shows_docking):
            known["flight_id"] = finding.flight_id
        if finding.column in _FLIGHT_TIMES:
            known["next_flight_id"] = finding.flight_id
        if finding.table == "spacecraft" and finding.column in labels:
            known["spacecraft_id"] = finding.spacecraft_id
            known["spacecraft_name"] = finding.spacecraft_name
        for name, value in known.items():
            if value is not None:
                by_value.setdefault((name, str(value)), finding)
    return {
        number: by_value[cell]
        for number, row in enumerate(table.rows)
        for cell in zip(labels, row, strict=True)
        if cell in by_value
    }


def complete(
    figures: Sequence[ChartFigure | TableFigure], title: str, provenance: Provenance
) -> None:
    """Give each figure a citation, and its files unless one is over a megabyte."""
    version = provenance.versions.get("spacecraft_analysis")
    made = [f"Computed with spacecraft_analysis {version}"] if version else []
    sources = [*map(_source, provenance.snapshots), *made]
    for figure in figures:
        named = f"“{figure.title}”, in “{title}”" if figure.title else f"“{title}”"
        figure.citation = ". ".join([named, *sources]) + "."
        contents: dict[str, str] = {}
        if isinstance(figure, TableFigure):
            contents["csv"] = figure.table.csv
            if not figure.table.csv_is_whole:
                figure.note = "The data has the rows that are shown, since all would be too large."
        elif figure.picture:
            framed = svg.framed(figure.picture, title=figure.title, source=figure.citation)
            contents = {"csv": chart_csv(figure.spec), "svg": framed}
        for kind, content in contents.items():
            if len(content) > FILE_SIZE:
                figure.note = "Its data would be too large for this page."
            elif content:
                held = base64.b64encode(content.encode()).decode()
                figure.files[kind] = f"data:{_KINDS[kind]};base64,{held}"


def _source(source: Source) -> str:
    from_ll2 = f"Launch Library 2 by The Space Devs ({source.url})"
    line = f"Data of {source.retrieved_at} from {source.url if source.is_sample else from_ll2}"
    if source.is_selection:
        line += f", {source.scope}"
    line += f", records SHA-256 {source.sha256}"
    if source.docking_events_sha256:
        line += f", docking events SHA-256 {source.docking_events_sha256}"
    return line


def script_json(value: Any) -> str:
    """Return JSON that no text in it can end or comment out of its script element."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", r"\u003c")


def chart_csv(spec: dict[str, Any]) -> str:
    """Return the rows that a chart draws, as CSV: all its data, one after another.

    The texts and lines around its marks are not among them, nor fields that begin with `_`, which
    only place or colour a mark.
    """
    rows = [row for found in _data(spec) for row in read(found, list[dict[str, Any]]) or []]
    names = sorted({name for row in rows for name in row if name[:1] != "_"})
    columns = [_series(name, [row.get(name) for row in rows]) for name in names]
    return delimited(pl.DataFrame(columns))


def _series(name: str, values: list[Any]) -> pl.Series:
    """Return a field's numbers as numbers; other values as objects, whose text or JSON is taken."""
    if {type(value) for value in values} <= {int, float, type(None)}:
        numbers = pl.Series(name, values, strict=False)
        if numbers.to_list() == values:
            return numbers
    return pl.Series(name, values, pl.Object)


def _data(value: Any) -> Iterator[Any]:
    """Yield each dataset in a specification, and what stands beside a mark but for lettering."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if key == "datasets" and isinstance(part, dict):
            yield from part.values()
        elif key == "data" and isinstance(part, dict):
            if not str(part.get("name")).startswith(theme.LETTERING):
                yield part.get("values")
        elif isinstance(part, dict | list):
            yield from _data(part)
