"""Executed notebook → one self-contained page.

Nothing of a notebook's outputs reaches the page as it is: tables and charts arrive as data, text is
escaped, HTML keeps only the elements of a plain document. A content-security policy stands behind.
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
from typing import Any

from spacecraft_analysis.charts import theme
from spacecraft_analysis.report import draw as drawing
from spacecraft_analysis.report.display import TABLE
from spacecraft_analysis.report.failure import COLOUR
from spacecraft_analysis.report.notebook import heading_above, tags
from spacecraft_analysis.report.run import Run

_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', flags=re.DOTALL)
_PLAIN = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt"),
    *("em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre"),
    *("q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "tr", "ul", "var"),
}
# The template's own anchors; no heading of a notebook may turn the page's links away from them.
_OWN_ANCHORS = {"code-button", "findings", "provenance", "text"}
_EMPTY_IMAGE = re.compile(r"<img(?![^>]* src=)[^>]*>")
_UNPRINTED = re.compile(r"<(style|script)\b.*?(</\1\s*>|\Z)", flags=re.DOTALL | re.IGNORECASE)


@dataclass
class Chart:
    """One chart of a page."""

    name: str
    title: str
    subtitle: str
    description: str
    spec: dict[str, Any]
    """As the notebook made it."""
    picture: str = ""
    """Its SVG, once drawn; empty where it can't be drawn without the network."""
    card: str = ""
    """Its SVG for the gallery, drawn narrower so that its letters stay as large."""

    @property
    def is_tall(self) -> bool:
        """True where a card of the gallery shows only the upper part."""
        size = re.search(r' width="([\d.]+)" height="([\d.]+)"', self.card)
        return size is not None and float(size[2]) > 0.95 * float(size[1])


@dataclass
class Page:
    """What a page shows, before it is written as HTML."""

    name: str
    title: str
    answer: str
    """The computed sentence of the cell tagged `answer`, as HTML."""
    blocks: list[dict[str, Any]]
    contents: list[tuple[str, str]]
    """The anchor and the text of each section."""
    charts: list[Chart]
    provenance: dict[str, Any]
    findings: tuple[list[dict[str, Any]], list[dict[str, Any]]]
    """Those in columns that the page names, and the others; errors first."""
    unfinished: str = ""
    """Why the run ended early."""
    code: bool = field(init=False)

    def __post_init__(self) -> None:
        self.code = any(block["kind"] == "code" for block in self.blocks)


def page_of(run: Run) -> Page:
    """What the page of an executed notebook shows; its charts are not drawn yet."""
    markdown = _Markdown()
    blocks: list[dict[str, Any]] = []
    charts: list[Chart] = []
    for index, cell in enumerate(run.cells):
        if cell.cell_type == "markdown":
            blocks.append({"kind": "prose", "html": markdown.cell(cell.source)})
        elif cell.cell_type == "code":
            if cell.source.strip():
                blocks.append({"kind": "code", "html": highlighted(cell.source)})
            heading = heading_above(run.cells, index)
            blocks += _outputs(cell, markdown, charts, run.path.stem, heading)
    for number, block in enumerate((b for b in blocks if b["kind"] == "table"), start=1):
        block["caption"] = block["caption"] or f"Table {number}: {block['heading']}".rstrip(": ")
    answers = [block["html"] for block in blocks if block["kind"] == "answer"]
    text = "".join(block["html"] for block in blocks if block["kind"] == "prose")
    return Page(
        name=run.path.stem,
        title=markdown.title or run.path.stem,
        answer=answers[0] if answers else "",
        blocks=blocks if markdown.title else [_title_block(run.path.stem), *blocks],
        contents=[(anchor, _text_of(heading)) for anchor, heading in _HEADING.findall(text)],
        charts=charts,
        provenance=run.provenance,
        findings=_findings(run, blocks),
        unfinished=str(run.failure or ""),
    )


def write_page(page: Page, bundle: str) -> str:
    """The HTML of a page.

    Args:
        page: Its charts are drawn.
        bundle: The script that makes them interactive.
    """
    live = any(chart.picture for chart in page.charts)
    scripts = [asset("first.js"), *([bundle] if live else []), asset("page.js")]
    return _render("page.html", scripts=scripts, page=page, specs=_specs(page), style=_style())


def write_index(pages: Sequence[Page]) -> str:
    """The HTML of the gallery: each page's title, answer and first picture."""
    snapshots = {
        snapshot["sha256"]: snapshot
        for page in pages
        for snapshot in page.provenance.get("snapshots", [])
    }
    versions: dict[str, str] = next(
        (page.provenance["versions"] for page in pages if page.provenance), {}
    )
    provenance = {"snapshots": list(snapshots.values()), "versions": versions}
    return _render("index.html", scripts=[], pages=pages, provenance=provenance, style=_style())


def highlighted(source: str) -> str:
    """Python source as HTML, with a class for each kind of word."""
    import pygments  # type: ignore[import-untyped]
    from pygments.formatters.html import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    text: str = pygments.highlight(source.strip("\n"), PythonLexer(), HtmlFormatter(nowrap=True))
    return text.rstrip("\n")


def script_json(value: Any) -> str:
    r"""JSON that no text in it can end or comment out of its script element.

    Examples:
        >>> print(script_json({"name": "</script>"}))
        {"name": "\u003c/script>"}
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", r"\u003c")


def clean_html(text: str) -> str:
    """The HTML without whatever could run, load, restyle or send: a plain document's elements."""
    import bleach  # type: ignore[import-untyped]

    cleaned: str = bleach.clean(
        _UNPRINTED.sub("", text),
        tags=_PLAIN,
        attributes=_allowed,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
    )
    cleaned = _EMPTY_IMAGE.sub("", cleaned)
    # Any table may be wider than the page: each scrolls in a box of its own, by keyboard too.
    box = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    return re.sub(r"<table\b", rf"{box}\g<0>", cleaned).replace("</table>", "</table></div>")


@cache
def asset(name: str) -> str:
    """The text of a file of the page's template."""
    path = files("spacecraft_analysis") / "report" / "template" / name
    return path.read_text(encoding="utf-8")


class _Markdown:
    """Markdown as HTML; headings get anchors, each a page's only one."""

    def __init__(self) -> None:
        self.title = ""
        self._taken = set(_OWN_ANCHORS)
        self._cell = self._engine(escape=False)
        self._output = self._engine(escape=True)

    def cell(self, source: str) -> str:
        """An author's text; plain HTML in it counts."""
        return clean_html(self._cell(source))

    def output(self, source: str) -> str:
        """A computed text, which may hold anyone's words: HTML in it is shown, not obeyed."""
        return clean_html(self._output(source))

    def anchor(self, text: str) -> str:
        """A name for a heading or a chart, made of its words."""
        slug = re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"
        number, anchor = 2, slug
        while anchor in self._taken:
            number, anchor = number + 1, f"{slug}-{number}"
        self._taken.add(anchor)
        return anchor

    def _engine(self, *, escape: bool) -> Any:
        import mistune

        outer = self

        class Renderer(mistune.HTMLRenderer):
            def heading(self, text: str, level: int, **_: Any) -> str:
                plain = _text_of(text)
                if level == 1 and not outer.title:
                    outer.title = plain
                return f'<h{level} id="{outer.anchor(plain)}">{text}</h{level}>\n'

            def image(self, text: str, url: str, title: str | None = None) -> str:
                # A picture from elsewhere would be a request; its words stay.
                is_here = url.startswith("data:image/")
                return super().image(text, url, title) if is_here else html.escape(text)

            def block_code(self, code: str, info: str | None = None) -> str:
                shown = highlighted(code) if info == "python" else html.escape(code)
                return f"<pre>{shown}</pre>\n"

        engine = mistune.create_markdown(
            renderer=Renderer(escape=escape), plugins=["table", "strikethrough"]
        )
        _align_by_class(engine)
        return engine


def _align_by_class(markdown: Any) -> None:
    """The policy refuses style attributes, by which the table plugin aligns its cells."""

    def cell(_: Any, text: str, align: str | None = None, head: bool = False) -> str:
        name = "th" if head else "td"
        kind = ' class="figures"' if align == "right" else ""
        return f"<{name}{kind}>{text}</{name}>\n"

    markdown.renderer.register("table_cell", cell)


def _outputs(
    cell: Any, markdown: _Markdown, charts: list[Chart], page: str, heading: str
) -> Iterator[dict[str, Any]]:
    is_answer = "answer" in tags(cell)
    for output in cell.outputs:
        if output.output_type == "stream":
            # Warnings and progress are for whoever runs the notebook.
            if output.name == "stdout":
                yield _printed(output.text.rstrip("\n"))
        elif output.output_type == "error":
            yield {"kind": "error", "text": f"{output.ename}: {output.evalue}"}
        elif theme.MIME in output.data:
            name = markdown.anchor(f"{page} {len(charts) + 1}")
            charts.append(_chart(output.data[theme.MIME], name))
            yield {"kind": "chart", "chart": charts[-1]}
        elif TABLE in output.data:
            table = {"table": output.data[TABLE], "caption": _caption(cell.source)}
            yield {"kind": "table", "heading": _text_of(markdown.output(heading)), **table}
        else:
            block = _other(output.data, markdown)
            yield block | {"kind": "answer"} if is_answer and "html" in block else block


def _other(data: dict[str, Any], markdown: _Markdown) -> dict[str, Any]:
    """The richest of an output's kinds that a page can show."""
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        if kind in data:
            content = data[kind]
            if kind.endswith("xml"):
                content = base64.b64encode(content.encode()).decode()
            return {"kind": "image", "source": f"data:{kind};base64,{''.join(content.split())}"}
    if "text/markdown" in data:
        return {"kind": "prose", "html": markdown.output(data["text/markdown"])}
    if "text/html" in data:
        return {"kind": "prose", "html": clean_html(data["text/html"])}
    return _printed(data.get("text/latex") or data.get("text/plain", ""))


def _printed(text: str) -> dict[str, Any]:
    """Text as it is, but for a terminal's colours."""
    return {"kind": "printed", "text": COLOUR.sub("", text)}


def _chart(spec: dict[str, Any], name: str) -> Chart:
    title, subtitle = theme.title_of(spec)
    return Chart(name, title, subtitle, theme.description_of(spec), spec)


def _findings(
    run: Run, blocks: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The findings that touch what the page says, and the others, the errors first."""
    said = [cell.source for cell in run.cells]
    for block in blocks:
        if block["kind"] == "table":
            said += [column["label"] for column in block["table"]["columns"]]
            said += [text for row in block["table"]["rows"] for text in row]
        elif block["kind"] == "chart":
            said.append(json.dumps(block["chart"].spec, ensure_ascii=False))
    words = _words("\n".join(said))
    found = sorted(run.provenance.get("findings", []), key=lambda finding: finding["severity"])
    named = [finding for finding in found if _words(finding["column"]) in words]
    return named, [finding for finding in found if finding not in named]


def _words(text: str) -> str:
    """The words of a text, between single spaces: a column is told as `mission_end` or in words."""
    return re.sub(r"[\W_]+", " ", f" {text.lower()} ")


def _caption(source: str) -> str:
    """A table's caption is the comment that opens its cell."""
    first = source.lstrip().split("\n", 1)[0]
    return first.lstrip("# ").strip() if first.startswith("# ") else ""


def _title_block(title: str) -> dict[str, Any]:
    return {"kind": "prose", "html": f"<h1>{html.escape(title)}</h1>"}


def _text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return name in ("alt", "title") or (name == "src" and value.startswith("data:image/"))
    if tag == "a":
        return name == "title" or (name == "href" and not value.startswith("data:"))
    table = tag in ("td", "th") and name in ("colspan", "rowspan", "scope")
    heading = re.fullmatch("h[1-6]", tag) is not None and name == "id"
    return table or heading or (tag in ("span", "td", "th") and name == "class")


def breakable(text: str) -> str:
    """The text as HTML that a narrow column may break after `_` and `/` too.

    Examples:
        >>> print(breakable("time_docked <"))
        time_<wbr>docked &lt;
    """
    return re.sub("([_/])", r"\1<wbr>", html.escape(text))


def _specs(page: Page) -> dict[str, str]:
    return {
        chart.name: script_json(drawing.for_page(chart.spec, width="container"))
        for chart in page.charts
        if chart.picture
    }


def _style() -> str:
    return asset("page.css")


def _render(template: str, *, scripts: Sequence[str], style: str, **content: Any) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashes(scripts) or chr(39) + 'none' + chr(39)}",
            f"style-src {_hashes([style])}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    page = environment.get_template(template)
    return page.render(policy=policy, scripts=scripts, style=style, **content)


def _hashes(texts: Sequence[str]) -> str:
    """What the policy calls each text, byte for byte as it stands between its tags."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
