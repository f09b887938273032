"""What the page of an executed notebook shows: nbconvert's cells, made ready for the template.

Nothing of a notebook's outputs reaches the page as it is: tables and charts arrive as data, text is
escaped, HTML keeps only the elements of a plain document. It makes no difference whether JupyterLab
trusts the notebook. A content-security policy stands behind.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from spacecraft_analysis.charts import theme
from spacecraft_analysis.report import figures, sanitize, svg
from spacecraft_analysis.report.figures import ChartFigure, Figure, TableFigure
from spacecraft_analysis.report.index import Card
from spacecraft_analysis.report.payloads import PROVENANCE, Finding, Provenance, read
from spacecraft_analysis.report.tables import TABLE, Table


def joined_streams(outputs: list[Any]) -> list[Any]:
    """The outputs with what was printed in a row as one, as a terminal would show it.

    In which order stdout and stderr arrive between two other outputs is chance; stdout goes first.
    """
    from nbformat.v4 import new_output

    joined: list[Any] = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        row = list(group)
        for name in ("stdout", "stderr") if printed else ():
            text = as_on_a_terminal("".join(part.text for part in row if part.name == name))
            if text:
                joined.append(new_output("stream", name=name, text=text))
        joined += [] if printed else row
    return joined


def as_on_a_terminal(text: str) -> str:
    r"""The text with each line as it was last written, in a time that grows as the text does.

    Examples:
        >>> as_on_a_terminal("10%\r20%\rdone\nab\b\bcd")
        'done\ncd'
    """
    if "\r" not in text and "\b" not in text:
        return text
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return "\n".join(_without_backspaces(line) if "\b" in line else line for line in lines)


def _without_backspaces(line: str) -> str:
    kept: list[str] = []
    for letter in line:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)


NEEDS_SCRIPTS = "An output that needs a script of its own is not on this page"
NEEDS_THEME = "A chart is not on this page: sa.use_theme() in the notebook’s first cell keeps it"

_JSON = "application/json"
# Where one of these has another shape than ours the text beside it says it.
_READ = (_JSON, PROVENANCE, TABLE, theme.MIME)
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


class Shown(NamedTuple):
    """What a page shows of an output."""

    kind: str
    """`text/html`, `text/plain`, or `image/png` for a picture of any kind."""
    content: str
    """Clean HTML, text as it is, or the address of a picture that holds it."""
    left_out: str = ""
    """What of it a page does not grant, in a sentence that the content says too."""


def richest(data: dict[str, Any]) -> Shown:
    """The richest kind of an output's data that a page can show."""
    for kind in _IMAGES:
        if kind in data:
            return Shown("image/png", _held(kind, data[kind]))
    if "text/markdown" in data:
        return Shown("text/html", sanitize.markdown_output(data["text/markdown"]))
    source = data.get("text/html", "")
    cleaned = sanitize.clean_html(source)
    active = [kind for kind in data if kind.startswith("application/") and kind not in _READ]
    if sanitize.needs_scripts(source) or (active and sanitize.is_empty(cleaned)):
        left_out = NEEDS_THEME if _is_chart(data) else NEEDS_SCRIPTS
        return Shown("text/html", f'{cleaned}<p class="missing">{left_out}.</p>', left_out)
    if not sanitize.is_empty(cleaned):
        return Shown("text/html", cleaned)
    if _JSON in data:
        return Shown("text/plain", json.dumps(data[_JSON], indent=2, ensure_ascii=False))
    return Shown("text/plain", data.get("text/latex") or data.get("text/plain", ""))


def _is_chart(data: dict[str, Any]) -> bool:
    """True for a chart that Altair displayed by a renderer of its own."""
    specified = any(kind.startswith("application/vnd.vega") for kind in data)
    return specified or "altair-viz" in data.get("text/html", "")


def _held(kind: str, content: str) -> str:
    """A picture as an address that holds it."""
    if kind.endswith("xml"):
        content = base64.b64encode(content.encode()).decode()
    return f"data:{kind};base64,{''.join(content.split())}"


@dataclass(frozen=True)
class Doubt:
    """What one rule found in one column."""

    rule: str
    severity: str
    column: str
    findings: list[Finding]

    @property
    def number(self) -> int:
        """How many findings there are."""
        return len(self.findings)

    @property
    def count(self) -> str:
        """The same in words."""
        return f"{self.number:,} {self.severity}{'' if self.number == 1 else 's'}"


def by_rule(findings: Sequence[Finding]) -> list[Doubt]:
    """The findings of each rule, severity and column together: errors first, else as they came.

    Examples:
        >>> one, other = (Finding("error", "docked", why, rule="late") for why in ("a", "b"))
        >>> [(doubt.rule, doubt.count) for doubt in by_rule([one, other])]
        [('late', '2 errors')]
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity):
        key = (finding.rule, finding.severity, finding.column)
        groups.setdefault(key, []).append(finding)
    return [Doubt(*key, found) for key, found in groups.items()]


@dataclass(frozen=True)
class Assets:
    """The style, the scripts and the policy of one page."""

    style: str
    scripts: list[str]
    """The first runs before anything is drawn, the others after everything is there."""

    @property
    def policy(self) -> str:
        """What a browser may run and show: the page's own, byte for byte, and nothing else."""
        return "; ".join(
            [
                "default-src 'none'",
                f"script-src {_hashes(self.scripts) or chr(39) + 'none' + chr(39)}",
                f"style-src {_hashes([self.style])}",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        )


def assets(*, scripts: bool, charts: bool) -> Assets:
    """The style and the scripts of a page.

    Args:
        scripts: Whether anything on it moves.
        charts: Whether it has charts, which need a large script.
    """
    from platformdirs import user_cache_path

    if not scripts:
        return Assets(asset("page.css"), [])
    drawing = [svg.bundle(user_cache_path("spacecraft_analysis") / "vega")] if charts else []
    return Assets(asset("page.css"), [asset("first.js"), *drawing, asset("page.js")])


@cache
def asset(name: str) -> str:
    """The text of a file of the page's template."""
    path = files("spacecraft_analysis") / "report" / "template" / name
    return path.read_text(encoding="utf-8")


def _hashes(texts: Sequence[str]) -> str:
    """What the policy calls each text, byte for byte as it stands between its tags."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


ANSWER, PICTURE = "answer", "picture"
FIGURE = "application/vnd.spacecraft-analysis.figure"
"""The kind of an output that holds the name of a chart or a table of this page."""

_NOT_RUN = "This notebook was not run, so the page has its words alone."
_UNKNOWN_ORDER = "This notebook does not say in which order its cells were run."
_OUT_OF_ORDER = (
    "The cells of this notebook were not run in one go from top to bottom: what is shown may come"
    " from code that is no longer there."
)


@dataclass
class Facts:
    """What a page says beside its cells."""

    name: str
    folder: Path | None
    unfinished: str
    """Why the run ended early."""
    gallery: str
    """Where the list of all pages is, if this is one of them."""
    provenance: Provenance
    notices: list[str]
    headings: sanitize.Headings = field(default_factory=sanitize.Headings)
    figures: list[Figure] = field(default_factory=list)
    doubts: tuple[list[Doubt], list[Doubt]] = ([], [])
    """Those in columns that the page names, and the others; errors first."""
    answer: str = ""
    """The computed sentence, as HTML."""
    picture: ChartFigure | None = None
    """The chart that shows it."""
    card: str = ""
    """Its SVG for the gallery, drawn narrower so that its letters stay as large."""
    has_code: bool = False
    left_out: list[str] = field(default_factory=list)
    """What of the notebook a page can't show, a sentence each."""

    @property
    def title(self) -> str:
        return sanitize.text_of(self.headings.title) or self.name

    def figure(self, name: str) -> Figure:
        """The chart or table of this name."""
        return next(figure for figure in self.figures if figure.name == name)

    @property
    def has_pictures(self) -> bool:
        return any(chart.picture for chart in self.charts)

    @property
    def card_script(self) -> str:
        """What the gallery shows of this page, as the page carries it."""
        sources = self.provenance.snapshots
        return Card(self.title, self.answer, self.card, self.unfinished, sources).script

    @property
    def charts(self) -> list[ChartFigure]:
        return [figure for figure in self.figures if isinstance(figure, ChartFigure)]


def facts(notebook: Any, resources: dict[str, Any]) -> Facts:
    """What can be told only while all cells are there, before any is removed by its tags."""
    metadata = resources["metadata"]
    return Facts(
        name=metadata["name"] or "Notebook",
        folder=Path(metadata["path"] or "."),
        unfinished=resources["unfinished"],
        gallery=resources["gallery"],
        provenance=_provenance(notebook.cells),
        notices=[] if resources["unfinished"] else _notices(notebook.cells),
    )


def prepare(notebook: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The notebook as the template writes it: safe, drawn, its answer and picture first."""
    facts: Facts = resources["page"]
    said = [cell.source for cell in notebook.cells]
    facts.has_code = any(map(_shows_code, notebook.cells))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            find = sanitize.finder(cell.get("attachments") or {}, facts.folder)
            cleaned = sanitize.markdown_cell(cell.source, find)
            if sanitize.MISSING_PICTURE in cleaned:
                facts.left_out.append(
                    f"{sanitize.MISSING_PICTURE} (under “{facts.headings.latest}”)"
                )
            cell.source = facts.headings.anchored(cleaned)
        elif cell.cell_type == "code":
            outputs = joined_streams(cell.outputs)
            cell.outputs = [shown for o in outputs for shown in _shown(o, cell, facts)]
    notebook.cells = _answer_first(notebook.cells, facts)
    _draw(facts)
    figures.cite(facts.figures, facts.title, facts.provenance)
    figures.attach_files(facts.figures)
    facts.doubts = _doubts(facts, said)
    return notebook, resources


def _provenance(cells: list[Any]) -> Provenance:
    told = [
        provenance
        for cell in cells
        for output in cell.get("outputs", [])
        if (provenance := read(output.get("data", {}).get(PROVENANCE), Provenance))
    ]
    # A cell may have been run again, or another name given to the same snapshot.
    sources = {repr(source): source for one in told for source in one.snapshots}
    findings = {repr(finding): finding for one in told for finding in one.findings}
    versions = {name: number for one in told for name, number in one.versions.items()}
    # A notebook's file orders what it holds by name.
    return Provenance([*sources.values()], dict(sorted(versions.items())), [*findings.values()])


def _notices(cells: list[Any]) -> list[str]:
    written = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in written]
    if not any(counts):
        has_outputs = any(cell.outputs for cell in written)
        return [_UNKNOWN_ORDER if has_outputs else _NOT_RUN] if written else []
    in_one_go = None not in counts and counts == [*range(counts[0], counts[0] + len(counts))]
    return [] if in_one_go else [_OUT_OF_ORDER]


def _shows_code(cell: Any) -> bool:
    hidden = cell.metadata.get("transient", {}).get("remove_source")
    return bool(cell.cell_type == "code" and cell.source.strip() and not hidden)


def _shown(output: Any, cell: Any, facts: Facts) -> Iterator[Any]:
    """The output with the one kind of its data that the page shows, made safe."""
    if output.output_type not in ("display_data", "execute_result"):
        yield output
        return
    data = output.data
    if not data.keys() - {PROVENANCE}:
        return
    kind, content, left_out = _figure(data, cell, facts) or richest(data)
    if left_out:
        facts.left_out.append(f"{left_out} (under “{facts.headings.latest}”)")
    output.data = {kind: facts.headings.anchored(content) if kind == "text/html" else content}
    yield output


def _figure(data: dict[str, Any], cell: Any, facts: Facts) -> Shown | None:
    spec, table = data.get(theme.MIME), read(data.get(TABLE), Table)
    if isinstance(spec, dict):
        name = facts.headings.anchor(f"{facts.name} {len(facts.charts) + 1}")
        facts.figures.append(ChartFigure.of(spec, name))
    elif table and table.is_whole:
        number = len(facts.figures) - len(facts.charts) + 1
        name = facts.headings.anchor(f"{facts.name} table {number}")
        facts.figures.append(TableFigure(name, _caption(cell, facts), table=table))
    else:
        return None
    return Shown(FIGURE, facts.figures[-1].name)


def _caption(cell: Any, facts: Facts) -> str:
    """A table's caption is the comment that opens its cell, else its number and its heading."""
    first: str = cell.source.lstrip().split("\n", 1)[0]
    if first.startswith("# "):
        return first.lstrip("# ").strip()
    named = [figure for figure in facts.figures if not isinstance(figure, ChartFigure)]
    return f"Table {len(named) + 1}: {facts.headings.latest}".rstrip(": ")


def _answer_first(cells: list[Any], facts: Facts) -> list[Any]:
    """The cells, before them the answer and the chart that shows it."""
    answer = next((cell for cell in cells if ANSWER in _tags(cell) and cell.get("outputs")), None)
    tagged_first = sorted(cells, key=lambda cell: PICTURE not in _tags(cell))
    names = {chart.name for chart in facts.charts}
    pictures = [
        (cell, output)
        for cell in tagged_first
        for output in cell.get("outputs", [])
        if output.get("data", {}).get(FIGURE) in names
    ]
    for _, output in pictures[:1]:
        facts.picture = facts.figure(output.data[FIGURE])  # type: ignore[assignment]
    if not answer:
        return cells
    facts.answer = "".join(map(_told, answer.outputs))
    first = [_taken(cell, [output]) for cell, output in pictures[:1]]
    return [_taken(answer, answer.outputs), *first, *cells]


def _told(output: Any) -> str:
    """What an output says, as HTML; nothing of a picture, a table, or what stderr got."""
    from nbconvert.filters import strip_ansi

    data = output.get("data", {})
    printed = output.get("text", "") if output.get("name") == "stdout" else ""
    words = strip_ansi(printed or data.get("text/plain", ""))
    return data.get("text/html") or (
        f"<p>{html.escape(words.strip())}</p>" if words.strip() else ""
    )


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags") or [])


def _taken(cell: Any, outputs: list[Any]) -> Any:
    """A cell with these outputs alone, which the other no longer has."""
    cell.outputs = [output for output in cell.outputs if output not in outputs]
    taken = type(cell)(cell, source="", outputs=list(outputs))
    if "id" in cell:
        taken.id = f"{cell.id[:58]}-first"
    return taken


def _draw(facts: Facts) -> None:
    """Nothing; every chart has its picture, and the gallery its card."""
    charts = facts.charts
    if not facts.picture:
        return
    specs = [svg.for_page(chart.spec, width=svg.WIDTH) for chart in charts]
    specs.append(svg.for_page(facts.picture.spec, width=svg.CARD_WIDTH))
    *pictures, card = svg.draw(specs)
    for chart, picture in zip(charts, pictures, strict=True):
        if picture:
            chart.picture = svg.named(picture, prefix=f"{chart.name}-", label=chart.label)
        else:
            told = "A chart that needs something from the network is not on this page"
            facts.left_out.append(f"{told}: {chart.label}")
    if card:
        name = f"{facts.picture.name}-card-"
        facts.card = svg.named(card, prefix=name, label=facts.picture.label)


def _doubts(facts: Facts, said: list[str]) -> tuple[list[Doubt], list[Doubt]]:
    """What touches the columns that the page names, and what others, the errors first."""
    for figure in facts.figures:
        if isinstance(figure, TableFigure):
            said += [column.label for column in figure.table.columns]
            said += [cell for row in figure.table.rows for cell in row]
        elif isinstance(figure, ChartFigure):
            said.append(json.dumps(figure.spec, ensure_ascii=False))
    words = _words("\n".join(said))
    found = by_rule(facts.provenance.findings)
    named = [doubt for doubt in found if _words(doubt.column) in words]
    return named, [doubt for doubt in found if doubt not in named]


def _words(said: str) -> str:
    """The words of a text, between single spaces: a column is told as `mission_end` or in words."""
    return re.sub(r"[\W_]+", " ", f" {said.lower()} ")
