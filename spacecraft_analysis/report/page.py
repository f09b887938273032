"""What the page of an executed notebook shows: nbconvert's cells, made ready for the template.

Nothing of a notebook's outputs reaches the page as it is: tables and charts arrive as data, text is
escaped, HTML keeps only the elements of a plain document. It makes no difference whether JupyterLab
trusts the notebook. A content-security policy stands behind.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from nbformat import from_dict

from spacecraft_analysis.charts import theme
from spacecraft_analysis.frames.formats import map_texts, xml_text
from spacecraft_analysis.report import figures
from spacecraft_analysis.report.figures import ChartFigure, Figure, TableFigure
from spacecraft_analysis.report.index import Card
from spacecraft_analysis.report.notebook import INJECTED, as_shown, joined_streams, tags
from spacecraft_analysis.report.payloads import PROVENANCE, FlaggedValue, Provenance, read
from spacecraft_analysis.report.sanitize import Headings, Sanitizer, is_empty, text_of
from spacecraft_analysis.report.tables import TABLE, Table

ANSWER, PICTURE = "answer", "picture"
FIGURE = "application/vnd.spacecraft-analysis.figure"
"""The kind of an output that is a chart or a table of its page."""

_NEEDS_THEME = "A chart is not on this page: sa.use_theme() in the notebook’s first cell keeps it"
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
# Where one of these does not have our shape, the text beside it is shown.
_OURS = ("application/json", PROVENANCE, TABLE, theme.MIME)
# What a page does not grant, by the element or the kind of output that asks for it.
_ACTIVE = {
    **{"audio": "An audio player", "video": "A video player", "iframe": "An embedded page"},
    **{"object": "An embedded file", "embed": "An embedded file", "form": "A form"},
    **dict.fromkeys(("script", "canvas"), "An output that needs a script"),
    "application/pdf": "A PDF figure (draw it as SVG or PNG)",
}
_ACTIVE_TAG = re.compile(f"<({'|'.join(_ACTIVE)})\\b", re.IGNORECASE)
# Where an object without a text of its own was in memory: another place in each run.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")


@dataclass
class Contents:
    """What a page says beside its cells."""

    name: str
    unfinished: str
    """Why the run ended early."""
    provenance: Provenance
    notice: str
    """What a reader should know of the notebook's run."""
    sanitizer: Sanitizer
    headings: Headings = field(default_factory=Headings)
    figures: list[ChartFigure | TableFigure] = field(default_factory=list)
    findings: dict[str, list[FlaggedValue]] = field(default_factory=dict)
    """Errors and warnings in what the page shows, errors first: by anchor those of one rule in one
    column."""
    answer: str = ""
    """The computed sentence, as HTML."""
    picture: ChartFigure | None = None
    """The chart that shows it."""
    html: str = ""
    """The page, once it is written."""

    @property
    def title(self) -> str:
        return text_of(self.headings.title) or self.name

    @property
    def charts(self) -> list[ChartFigure]:
        return [figure for figure in self.figures if isinstance(figure, ChartFigure)]

    @property
    def scope(self) -> str:
        """Return what the records cover, where that is not all that LL2 lists; else ""."""
        limited = [s.scope for s in self.provenance.snapshots if s.is_selection or s.is_sample]
        return " and ".join(dict.fromkeys(limited))

    @property
    def left_out(self) -> list[str]:
        """Return what the page can't show: a sentence for each kind, with its places."""
        return [f"{what} ({'; '.join(where)})" for what, where in self.sanitizer.left_out.items()]

    @property
    def not_drawn(self) -> list[str]:
        """Return the charts that could not be drawn, each with its cell and Vega's message."""
        return [
            f"{chart.cell}: the chart “{chart.label}” was not drawn: {chart.error}"
            for chart in self.charts
            if chart.error
        ]

    @property
    def card_script(self) -> str:
        """Return what the gallery shows of this page, as the page carries it."""
        picture = self.picture.card if self.picture else ""
        card = Card(self.title, self.answer, picture, self.unfinished, self.provenance.snapshots)
        return figures.script_json(asdict(card))

    def anchor_of(self, finding: FlaggedValue) -> str:
        """Return where on the page a finding is listed."""
        return next(anchor for anchor, found in self.findings.items() if finding in found)


def page_contents(notebook: Any, resources: dict[str, Any]) -> Contents:
    """Return what is known only while all cells are there, before any is removed by its tags."""
    metadata = resources["metadata"]
    # All text is cleaned in one place, before anything is drawn or written.
    for cell in notebook.cells:
        cell.source = _tidied(cell.source)
        if cell.cell_type == "code":
            outputs = joined_streams(cell.outputs)
            cell.outputs = [from_dict(map_texts(output, _tidied)) for output in outputs]
    return Contents(
        name=metadata["name"] or "Notebook",
        unfinished=_tidied(resources["unfinished"]),
        provenance=_provenance(notebook.cells),
        notice="" if resources["unfinished"] else _notice(notebook.cells),
        sanitizer=Sanitizer(Path(metadata["path"] or ".")),
    )


def prepare(notebook: Any, contents: Contents) -> None:
    """Make a notebook what the template writes: safe, drawn, its answer and picture first."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    sanitizer, headings = contents.sanitizer, contents.headings
    number = 0
    for cell in notebook.cells:
        under = f", under “{headings.latest}”" if headings.latest else ""
        if cell.cell_type == "code":
            number += INJECTED not in tags(cell)
            sanitizer.place = f"cell {number}{under}"
            cell.outputs = list(_shown(cell, contents))
        elif cell.cell_type == "markdown":
            sanitizer.place = f"text above cell {number + 1}{under}"
            markup = sanitizer.markdown_cell(cell.source, cell.get("attachments") or {})
            cell.source = headings.anchored(markup)
    notebook.cells = _answer_first(notebook.cells, contents)
    for chart in contents.charts:
        chart.draw(card=chart is contents.picture)
    contents.findings = _findings(contents, code, prose)
    figures.complete(contents.figures, contents.title, contents.provenance)


def _tidied(text: str) -> str:
    """Return a text without what no page may show, such as the token."""
    return xml_text(_ADDRESS.sub("", as_shown(text)))


def _provenance(cells: list[Any]) -> Provenance:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    stored = (read(output.get("data", {}).get(PROVENANCE), Provenance) for output in outputs)
    found = [one for one in stored if one]
    # A cell may have been run again, or another name given to the same snapshot.
    sources = {repr(source): source for one in found for source in one.snapshots}
    findings = {repr(finding): finding for one in found for finding in one.findings}
    versions = {name: number for one in found for name, number in one.versions.items()}
    errors_first = sorted(findings.values(), key=lambda finding: finding.severity)
    # A notebook's file orders what it holds by name.
    return Provenance([*sources.values()], dict(sorted(versions.items())), errors_first)


def _notice(cells: list[Any]) -> str:
    written = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    if written and not any(cell.execution_count or cell.outputs for cell in written):
        return "This notebook was not run, so the page has its text alone."
    # At whatever number the kernel was.
    counts = [cell.execution_count or 0 for cell in written]
    if 0 not in counts and all(b == a + 1 for a, b in pairwise(counts)):
        return ""
    return (
        "The cells of this notebook were perhaps not run in one go from top to bottom: what is"
        " shown may come from code that is no longer there."
    )


def _shown(cell: Any, contents: Contents) -> Iterator[Any]:
    """Yield a cell's outputs, each with the one kind of its data that the page shows, made safe."""
    for output in cell.outputs:
        if output.output_type == "error":
            # The traceback alone has its notes.
            *_, notes = "\n".join(output.traceback).rpartition(f"{output.ename}: {output.evalue}")
            output.evalue = "\n".join(filter(None, [output.evalue, notes.strip()]))
        elif output.output_type in ("display_data", "execute_result"):
            data = output.data
            if read(data.get(PROVENANCE), Provenance):
                # It stands at the end of the page.
                continue
            kind, content = _figure(data, cell, contents) or _richest(data, contents.sanitizer)
            # Headings of an output are listed like those of a text.
            shown = contents.headings.anchored(str(content)) if kind == "text/html" else content
            output.data = {kind: shown}
        yield output


def _figure(data: dict[str, Any], cell: Any, contents: Contents) -> tuple[str, Figure] | None:
    """Add a chart or a table to the page; return None if the output is neither."""
    spec, table = data.get(theme.MIME), read(data.get(TABLE), Table)
    headings, place = contents.headings, contents.sanitizer.place
    if isinstance(spec, dict):
        name = headings.anchor(f"{contents.name} {len(contents.charts) + 1}")
        contents.figures.append(ChartFigure.of(spec, name, place))
    elif table and table.is_valid:
        number = len(contents.figures) - len(contents.charts) + 1
        name = headings.anchor(f"{contents.name} table {number}")
        # The comment that opens the cell is the table's caption.
        first: str = cell.source.lstrip().split("\n", 1)[0]
        title = first.lstrip("# ").strip() if first.startswith("# ") else ""
        label = title or f"Table {number}: {headings.latest}".rstrip(": ")
        flags = figures.flagged_rows(table, contents.provenance.findings)
        contents.figures.append(TableFigure(name, title, label, place, table=table, flags=flags))
    else:
        return None
    return FIGURE, contents.figures[-1]


def _richest(data: dict[str, Any], sanitizer: Sanitizer) -> tuple[str, str]:
    """Return the richest kind of an output's data that a page can show, and it, made safe."""
    for kind in _IMAGES:
        if kind in data:
            picture: str = data[kind]
            if kind.endswith("xml"):
                picture = base64.b64encode(picture.encode()).decode()
            return "image/png", f"data:{kind};base64,{''.join(picture.split())}"
    if "text/markdown" in data:
        return "text/html", sanitizer.markdown_output(data["text/markdown"])
    source = data.get("text/html", "")
    cleaned = sanitizer.html(source)
    others = [kind for kind in data if kind.startswith("application/") and kind not in _OURS]
    active = _ACTIVE_TAG.search(source)
    if active or (others and is_empty(cleaned)):
        what = _ACTIVE.get(active[1].lower() if active else others[0], _ACTIVE["script"])
        is_chart = "altair-viz" in source or any("/vnd.vega" in kind for kind in data)
        left_out = _NEEDS_THEME if is_chart else f"{what} is not on this page"
        sanitizer.leave_out(left_out)
        return "text/html", f'{cleaned}<p class="missing">{left_out}.</p>'
    if not is_empty(cleaned):
        return "text/html", cleaned
    if "application/json" in data:
        return "text/plain", json.dumps(data["application/json"], indent=2, ensure_ascii=False)
    if "text/latex" in data:
        latex = data["text/latex"].strip()
        # Unlike Markdown, LaTeX takes blanks beside its signs, and other signs.
        if whole := re.fullmatch(r"(\$\$?|\\\[|\\\()([^$]+?)(\$\$?|\\\]|\\\))", latex):
            formula = sanitizer.formula(whole[2], display=whole[1] in ("$$", r"\["))
            return "text/html", sanitizer.html(f"<p>{formula}</p>")
        return "text/html", sanitizer.markdown_output(latex)
    return "text/plain", data.get("text/plain", "")


def _answer_first(cells: list[Any], contents: Contents) -> list[Any]:
    """Return the cells, before them the answer and the chart that shows it."""
    answer = next((cell for cell in cells if ANSWER in tags(cell) and cell.get("outputs")), None)
    pictures = [
        (cell, output)
        for cell in sorted(cells, key=lambda cell: PICTURE not in tags(cell))
        for output in cell.get("outputs", [])
        if isinstance(output.get("data", {}).get(FIGURE), ChartFigure)
    ]
    contents.picture = pictures[0][1].data[FIGURE] if pictures else None
    if not answer:
        return cells
    contents.answer = "".join(map(_answer_html, answer.outputs))
    first = [_taken(cell, [output]) for cell, output in pictures[:1]]
    return [_taken(answer, answer.outputs), *first, *cells]


def _answer_html(output: Any) -> str:
    """Return the text of an output as HTML; nothing of a picture, a table, or stderr."""
    data = output.get("data", {})
    printed = output.get("text", "") if output.get("name") == "stdout" else ""
    words = (printed or data.get("text/plain", "")).strip()
    return data.get("text/html") or (f"<p>{html.escape(words)}</p>" if words else "")


def _taken(cell: Any, outputs: list[Any]) -> Any:
    """Return a cell with these outputs alone, which the other no longer has."""
    cell.outputs = [output for output in cell.outputs if output not in outputs]
    return type(cell)(cell, source="", outputs=outputs)


def _findings(contents: Contents, code: list[str], prose: str) -> dict[str, list[FlaggedValue]]:
    """Return the findings in what the page shows, by their anchors."""
    # In prose a single word, such as "docking", is a column's name only where it is set as code.
    texts = [*code, *re.findall("`.*?`", prose)]
    texts += [json.dumps(chart.spec, ensure_ascii=False) for chart in contents.charts]
    tables = [figure for figure in contents.figures if isinstance(figure, TableFigure)]
    flagged = {finding for figure in tables for finding in figure.flags.values()}
    for figure in tables:
        labels = [column.label for column in figure.table.columns]
        texts += labels
        if "column" in labels:
            # Such as a table of findings, whose rows name columns.
            texts += [row[labels.index("column")] for row in figure.table.rows]
    words, prose = _words("\n".join(texts)), _words(prose)
    named = {
        column
        for column in {finding.column for finding in contents.provenance.findings}
        if _words(column) in words or ("_" in column and _words(column) in prose)
    }
    groups: dict[tuple[str, str, str], list[FlaggedValue]] = {}
    for finding in contents.provenance.findings:
        key = (finding.severity, finding.rule, finding.column)
        if finding.column in named or finding in flagged:
            groups.setdefault(key, []).append(finding)
    anchor = contents.headings.anchor
    return {anchor(f"finding {rule}"): found for (_, rule, _), found in groups.items()}


def _words(text: str) -> str:
    """Return the words of a text between single spaces: `mission_end` is also "mission end"."""
    return re.sub(r"[\W_]+", " ", f" {text.lower()} ")
