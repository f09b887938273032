"""What a page shows, and what it keeps out."""

import base64
import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from spacecraft_analysis.charts import theme
from spacecraft_analysis.report import export
from spacecraft_analysis.report import svg as drawing
from spacecraft_analysis.report.index import card_of, index_of
from spacecraft_analysis.report.payloads import PROVENANCE
from spacecraft_analysis.report.tables import TABLE
from tests.report.essay import body, code, displayed, made_of, notebook, shown


def test_no_heading_takes_an_anchor_that_the_page_needs():
    """Headings named like a page's own parts don't turn its links away from these."""
    chart = displayed(theme.MIME, {"mark": "bar"})
    page = shown("# T", "## Findings", "## Provenance", "## Text", "## Made 1", chart)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"findings-2", "provenance-2", "text-2", "made-1", "made-1-2"} <= set(ids)


def test_a_frame_is_a_table_for_readers(page):
    """A frame has a caption, right-aligned figures, readable durations and a dash for null."""
    assert "<caption>Three craft</caption>" in page
    assert '<th scope="col" class="figures"><code>flights_<wbr>count</code></th>' in page
    assert '<td class="figures">1234</td>' in page
    assert '<td class="figures">50d 7h 29m</td>' in page
    assert '<td class="instant">1992-05-07 23:40</td>' in page
    assert '<td class="figures"><span class="unknown">–</span></td>' in page
    assert "shape:" not in page


def test_a_picture_is_lettered_as_it_was_measured(page):
    """The letters of a picture are as wide as they were when it was laid out, on any machine."""
    fonts = set(re.findall(r'<text [^>]*font-family="([^"]*)"', page))
    assert fonts == {"Liberation Sans, Arial, Helvetica, sans-serif"}


def test_a_chart_that_can_not_be_drawn_says_why():
    """Vega's own message stands on the page and in the report, with the chart's cell."""
    twice = {"data": {"name": "d", "values": [{"a": 1}]}, "mark": "bar"}
    other = twice | {"data": {"name": "d", "values": [{"a": 2}]}}
    page = made_of("## One", displayed(theme.MIME, {"title": "T", "hconcat": [twice, other]}))
    why = "Duplicate data set name: "
    assert f"This chart was not drawn: {why}" in page.html
    (line,) = page.not_drawn
    assert line == f'cell 1, under “One”: the chart “T” was not drawn: {why}"d"'


def test_the_provenance_tells_the_snapshot_and_the_versions(page, sample):
    """The end of a page names where its records come from, so that anyone can check."""
    count = f"{sample.count} spacecraft"
    for text in (sample.sha256, "2025-04-07 23:48:35 UTC", count, "Launch Library 2"):
        assert text in page
    assert f"altair {version('altair')}, polars {version('polars')}, " in page


EMPTY = {"columns": [], "rows": [], "row_count": 0, "first_names_row": False}
EMPTY |= {"csv": "", "csv_is_whole": True}
WORDS = EMPTY | {"columns": [{"label": "column", "kind": "words"}], "rows": [["time_docked"]]}


def test_only_the_thanks_and_the_author_link_elsewhere(page, essay_report):
    """No attribute of a page names an address that a browser would load by itself."""
    names = ("src", "href", "action", "data", "poster", "srcset")
    index = (essay_report / "index.html").read_text(encoding="utf-8")
    links = {
        (element.name, element[name])
        for element in BeautifulSoup(page + index, "html.parser").find_all()
        for name in names
        if element.has_attr(name)
    }
    assert {tag for tag, _ in links} == {"a"}
    files = ("data:text/csv;", "data:image/svg+xml;")
    elsewhere = {value for _, value in links if ":" in value and not value.startswith(files)}
    thanks = {"https://thespacedevs.com/", "https://thespacedevs.com/llapi"}
    assert elsewhere == {"https://example.org/", "https://planet4589.org/space/gcat"} | thanks


def found(**fields: str | None) -> dict[str, str | None]:
    finding = {"severity": "error", "spacecraft_name": "Soyuz TM-4", "explanation": "too long"}
    return finding | {"rule": "impossible"} | fields


def published(*findings: dict[str, str | None], **source: str):
    """Return a cell that bound a snapshot with these findings."""
    sources = [{"url": "https://ll/", "query": {}, "retrieved_at": "2025", "count": 2} | source]
    sentence = {"snapshots": sources if source else [], "versions": {}, "findings": list(findings)}
    return displayed(PROVENANCE, sentence, "snapshot = sa.load()")


def test_flagged_values_are_listed_where_the_page_uses_them():
    """Findings in a column that the page names are listed, errors first, and counted above."""
    answer = displayed("text/markdown", "Long.", 'flights.select("time_docked")', "answer")
    findings = published(
        found(severity="warning", column="mission_end", spacecraft_name="Dragon C109"),
        found(severity="warning", column="time_docked", spacecraft_name="Soyuz T-15"),
        *(found(column="time_docked", spacecraft_name=f"Craft {n}") for n in range(2)),
    )
    page = shown(findings, answer)
    assert '<a href="#findings">3 values in the columns named here are flagged.</a>' in page
    section = page[page.index('<h2 id="findings">Flagged values</h2>') :]
    assert re.findall("<summary>(.*?)</summary>", section) == [
        "impossible (<code>time_docked</code>): 2 errors",
        "impossible (<code>time_docked</code>): 1 warning",
    ]
    names = re.findall("<li><strong>(.*?)</strong>: too long</li>", section)
    assert names == ["Craft 0", "Craft 1", "Soyuz T-15"]


@pytest.mark.parametrize(
    "cell",
    [
        "Time in space, with *time docked* in it",
        code("x['time_docked']"),
        displayed(TABLE, WORDS | {"columns": [{"label": "time_docked", "kind": "words"}]}),
        displayed(TABLE, WORDS),
        displayed(theme.MIME, {"mark": "bar", "encoding": {"x": {"title": "Time docked (days)"}}}),
    ],
    ids=["prose", "code", "table", "table of findings", "chart"],
)
def test_a_page_names_a_column_in_words_too(cell):
    """A finding is listed where prose, code, a table or a chart names its column."""
    page = shown(published(found(column="time_docked"), found(column="nowhere")), cell)
    assert "impossible (<code>time_docked</code>): 1 error" in page
    assert "nowhere" not in page


def test_an_ordinary_word_of_prose_names_no_column():
    """A column of one word is named in prose where it is set as code."""
    finding = published(found(column="departure"))
    assert "impossible" not in shown(finding, "Each departure of a crew is *a departure*.")
    assert "impossible (<code>departure</code>): 1 error" in shown(finding, "In `departure`.")


MISSION_END = {"table": "flights", "column": "mission_end", "flight_id": 7}
DOCKING = {"table": "dockings", "column": "docking", "docking_id": 7, "flight_id": 3}
TIME_DOCKED = {"table": "spacecraft", "column": "time_docked", "spacecraft_id": 7, "docking_id": 1}


@pytest.mark.parametrize(
    ("finding", "columns", "row", "is_flagged"),
    [
        (MISSION_END, ("spacecraft_name", "flight_id"), ["A", "7"], True),
        (MISSION_END, ("spacecraft_name", "next_flight_id"), ["A", "7"], True),
        (MISSION_END, ("spacecraft_name", "flight_id"), ["A", "8"], False),
        (MISSION_END, ("spacecraft_name", "docking_id"), ["A", "7"], False),
        (MISSION_END | {"severity": "warning"}, ("flight_id", "x"), ["7", "x"], True),
        (DOCKING, ("docking_id", "flight_id"), ["7", "4"], True),
        (DOCKING, ("flight_id", "time_to_dock"), ["3", "x"], True),
        (DOCKING, ("flight_id", "turnaround"), ["3", "x"], False),
        (DOCKING | {"column": "departure"}, ("flight_id", "time_to_dock"), ["3", "x"], False),
        (TIME_DOCKED, ("spacecraft_id", "time_docked"), ["7", "x"], True),
        (TIME_DOCKED, ("spacecraft_name", "time_docked"), ["Soyuz TM-4", "x"], True),
        (TIME_DOCKED, ("spacecraft_id", "status"), ["7", "x"], False),
    ],
)
def test_a_row_with_a_flagged_value_leads_to_its_finding(finding, columns, row, is_flagged):
    """A row whose value has a finding, or is computed from one, has a sign that links to it."""
    labels = [{"label": label, "kind": "words"} for label in columns]
    made = displayed(TABLE, EMPTY | {"columns": labels, "rows": [row], "row_count": 1})
    page = shown(published(found(**finding)), made)
    links = re.findall(r'<a class="flag" href="#(.*?)" title="Flagged: too long"', page)
    assert bool(links) == is_flagged
    for link in links:
        assert f'<li id="{link}"><details>' in page


def test_of_a_column_that_is_not_named_the_values_of_rows_shown_count():
    """A flagged row is no reason to list what its rule finds elsewhere."""
    labels = [{"label": label, "kind": "words"} for label in ("flight_id", "turnaround")]
    made = displayed(TABLE, EMPTY | {"columns": labels, "rows": [["7", "x"]], "row_count": 1})
    page = shown(
        published(found(**MISSION_END), found(**MISSION_END | {"flight_id": 8})),
        displayed("text/markdown", "Long.", "x", "answer"),
        made,
    )
    assert ">1 value in the columns named here is flagged.</a>" in page
    assert page.count("<strong>Soyuz TM-4</strong>: too long") == 1


def test_a_page_without_findings_has_no_section_of_them():
    """Where no value is flagged nothing is said of it."""
    assert "lagged" not in body(shown("# Whole", displayed("text/plain", "x")))


def test_a_table_without_a_comment_has_no_caption():
    """A heading is not repeated above a table; a screen reader still tells the tables apart."""
    page = shown("## Who *flies*", displayed(TABLE, EMPTY), displayed(TABLE, EMPTY))
    assert "<caption>" not in page
    labels = re.findall('role="region" aria-label="(.*?)"', page)
    assert labels == ["Table 1: Who flies", "Table 2: Who flies"]


def tabled(**fields: object) -> str:
    """A page with a table."""
    return shown(displayed(TABLE, WORDS | fields))


def test_rows_that_are_not_shown_are_counted():
    """A reader learns how many rows there are, and that the file has them."""
    rest = {"row_count": 1200, "csv": "column\n"}
    assert "The first 1 of 1,200 rows; the data has all.</p>" in tabled(**rest)
    assert "The first 1 of 1,200 rows.</p>" in tabled(**rest, csv_is_whole=False)
    assert "No rows.</p>" in tabled(rows=[])
    page = tabled(**rest, has_last=True, rows=[["a"], ["all"]], column_count=9)
    assert "The first 1 of 1,200 rows, and the last; the data has all.</p>" in page
    assert ">1 of 9 columns; the data has all.</p>" in page


def test_findings_are_grouped_by_their_rule():
    """Each rule has a heading with the number of its rows."""
    groups = [["late: 2", 2], ["early: 1", 1]]
    page = tabled(rows=[["a"], ["b"], ["c"]], groups=groups, row_count=3)
    heads = re.findall('<th scope="rowgroup" colspan="1">(.*?)</th>', page)
    assert heads == ["late: 2", "early: 1"]


def test_what_a_cell_writes_to_stderr_is_folded(page):
    """What a cell prints belongs to the page; its warnings and log are there, folded."""
    assert "smallest is 7" in page
    fold = re.search(r'<details class="stderr">(.*?)</details>', page, flags=re.DOTALL)
    assert fold
    assert "beware of wax" in fold[1]
    assert "Cell, line 3: UserWarning: dust" in fold[1]


def output(kind="display_data", **fields):
    """A cell with an output of this kind."""
    return new_code_cell("x", outputs=[new_output(kind, **fields)])


RAISED = ["Traceback", "\x1b[31mValueError\x1b[0m: bad\nlook here\nand there\n"]
FORMULA = "<mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>"


def formula(latex):
    """A cell that displays what IPython's Math or Latex does."""
    return output(data={"text/latex": latex, "text/plain": "<Math object>"})


OUTPUTS = {
    "what is printed, without a terminal's colours": (
        output("stream", text="\x1b[1;31mred\x1b[0m wax\n"),
        ">red wax</pre>",
    ),
    "text, without colours and the place in memory, another one in each run": (
        displayed("text/plain", "<A object at 0x7f8a1c2b3d4e> at 0x10, \x1b[32mgreen\x1b[0m"),
        "&lt;A object&gt; at 0x10, green</pre>",
    ),
    "a formula in a line": (formula("$x^2$"), f'display="inline">{FORMULA}'),
    "a formula of IPython's Math with a blank at its end": (
        formula("$\\displaystyle x $"),
        '<mstyle displaystyle="true" scriptlevel="0"><mi>x</mi></mstyle>',
    ),
    "a formula between LaTeX's own signs": (formula(r"\[x^2\]"), f'display="block">{FORMULA}'),
    "a formula on its own": (formula("$$x^2$$"), f'display="block">{FORMULA}'),
    "an error, with its notes": (
        output("error", ename="ValueError", evalue="bad", traceback=RAISED),
        ">ValueError: bad\nlook here\nand there</pre>",
    ),
    "what a browser would unfold, in full": (
        displayed("application/json", {"a": 1}),
        "{\n  &#34;a&#34;: 1\n}",
    ),
    "a picture of another library, also where it is for want of a script": (
        output(data={"application/vnd.plotly.v1+json": {}, "image/png": "aGk=\n"}),
        '<img src="data:image/png;base64,aGk="',
    ),
}


@pytest.mark.parametrize(("cell", "html"), OUTPUTS.values(), ids=OUTPUTS)
def test_what_an_output_becomes(cell, html):
    """What a cell displays, prints or raises is on the page as a reader can use it."""
    page = made_of(cell)
    assert html in page.html
    assert page.left_out == []


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/markdown"])
def test_the_token_is_not_on_the_page(monkeypatch, kind):
    """A notebook that displays its environment, or has the key in its code, shows no key."""
    monkeypatch.setenv("LL2_TOKEN", "abcdef0123456789")
    page = shown(displayed(kind, "environ(LL2_TOKEN=abcdef0123456789)", "'abcdef0123456789'"))
    assert page.count("[LL2_TOKEN]") == 2
    assert "abcdef0123456789" not in page


def test_no_part_of_the_token_is_on_the_page(monkeypatch):
    """Of a token in a frame that is printed, Polars would leave the first 32 letters."""
    token = "0123456789abcdef" * 3
    monkeypatch.setenv("LL2_TOKEN", token)
    with pl.Config(tbl_width_chars=80):
        printed = str(pl.DataFrame({"a": [f"key {token}"]}))
    page = shown(output("stream", text=printed))
    assert "key [LL2_TOKEN]…" in page
    assert "0123" not in page


def test_the_token_is_not_in_what_ended_a_run(monkeypatch):
    """The error of a failed cell is named on the page, in its card and in the command's message."""
    monkeypatch.setenv("LL2_TOKEN", "abcdef0123456789")
    end = "cell 1 of 2 failed: no abcdef0123456789"
    made = export.page([], name="made", folder=Path(), unfinished=end)
    assert made.unfinished == "cell 1 of 2 failed: no [LL2_TOKEN]"


def test_a_character_that_xml_does_not_allow_is_replaced():
    """Nothing is handed on to be drawn or written that no page can hold."""
    spec = {"title": "a\x00b", "mark": "bar", "data": {"values": [{"e": "\x01"}]}}
    page = shown(displayed(theme.MIME, spec), "c\x02d")
    assert "<h3>a\ufffdb</h3>" in page
    assert "<p>c\ufffdd</p>" in page
    assert '"values": [{"e": "\ufffd"}]' in page


def test_a_hostile_name_makes_no_element(page):
    """A name that looks like HTML stays text in tables, charts, sentences and displayed HTML."""
    assert "<strong>3 craft</strong> flew, &lt;/script&gt;&lt;script&gt;window" in page
    found = BeautifulSoup(page, "html.parser")
    # Two specifications, the card, our two, Vega's.
    assert len(found.find_all("script")) == 2 + 1 + 2 + 1
    assert found.find_all(["img", "iframe", "object", "embed", "base"]) == []
    assert [name for one in found.find_all() for name in one.attrs if name.startswith("on")] == []


def test_the_policy_allows_just_the_scripts_of_the_page(essay_report):
    """Every script and style is named by its hash, and nothing else may run or load."""
    page = (essay_report / "essay.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    for kind in ("script", "style"):
        texts = re.findall(rf"<{kind}>(.*?)</{kind}>", page, flags=re.DOTALL)
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        names = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
        assert f"{kind}-src {names};" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["javascript:x()", "data:text/html,x", "vbscript:x"])
def test_a_link_leads_only_to_the_web(address):
    """An address that would run something is no link."""
    assert address not in shown(f"[x]({address})", displayed("text/html", f"<a href='{address}'>"))


def test_a_drawing_keeps_nothing_that_could_run_or_load():
    """Links, scripts, images and handlers are taken out of a picture, and its names made unique."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<script>x()</script><image xlink:href="https://x"/><g onclick="x()" clip-path="url(#c)">'
        '<a xlink:href="https://x"><path/></a><text>ok</text></g><clipPath id="c"/></svg>'
    )
    assert drawing.cleaned(svg, prefix="p-", label="L") == (
        '<svg role="img" aria-label="L" xmlns="http://www.w3.org/2000/svg">'
        '<g clip-path="url(#p-1)"><path></path><text>ok</text></g><clipPath id="p-1"></clipPath>'
        "</svg>"
    )


def test_the_bundle_is_built_once(tmp_path, monkeypatch):
    """The script of charts is cached by its versions, as text that ends no script of a page."""
    made = iter(["</script><!--"])
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda vl_version: next(made))
    assert [drawing.bundle(tmp_path / "vega") for _ in range(2)] == [r"<\/script><\!--"] * 2


PNG = "aGk="


def test_a_pasted_picture_is_embedded(tmp_path):
    """A picture pasted into a cell is read with it and on the page, in Markdown and in HTML."""
    markdown = "![a rocket](attachment:my%20rocket.png)\n\n<img src='attachment:b.png' alt='b'>"
    cell = new_markdown_cell(markdown)
    cell.attachments = {"my rocket.png": {"image/png": PNG}, "b.png": {"image/png": PNG}}
    page = export.page(notebook(cell, folder=tmp_path).cells, name="made", folder=tmp_path).html
    assert f'<img src="data:image/png;base64,{PNG}" alt="a rocket">' in page
    assert f'<img src="data:image/png;base64,{PNG}" alt="b">' in page


def test_a_picture_beside_the_notebook_is_embedded(tmp_path):
    """A picture in the notebook's folder is on the page; nothing else, above it or elsewhere."""
    (tmp_path / "work").mkdir()
    for name in ("work/a.png", "work/a.txt", "b.png"):
        (tmp_path / name).write_bytes(b"hi")
    words = "![in](a.png) ![text](a.txt) ![above](../b.png) ![far](https://example.org/r.png)"
    page = made_of(words, folder=tmp_path / "work")
    assert re.findall(r"<img [^>]*>", page.html) == [
        f'<img src="data:image/png;base64,{PNG}" alt="in">'
    ]
    for words in ("text", "above"):
        assert f"[A picture that is not in the notebook is not on this page: {words}]" in page.html
    assert len(page.left_out) == 1


def test_a_computed_text_reads_no_file(tmp_path, monkeypatch):
    """A name in a catalogue must not bring a picture of the author's disk onto a page.

    The page says that a picture is missing, and what puts it into the notebook.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"hi")
    outputs = (displayed("text/markdown", "![x](a.png)"), displayed("text/html", "<img src=a.png>"))
    page = made_of(*outputs, folder=tmp_path)
    assert "<img" not in page.html
    (line,) = page.left_out
    assert line.endswith("IPython.display.Image puts a file into an output (cell 1; cell 2)")


SCRIPT = "An output that needs a script is not on this page"
THEME = "A chart is not on this page: sa.use_theme() in the notebook’s first cell keeps it"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"text/html": "<div id=x></div><script>draw(x)</script>"}, SCRIPT),
        ({"text/html": "<iframe src='https://example.org'></iframe>"}, "An embedded page is not"),
        ({"text/html": "<audio controls><source src=x></audio>"}, "An audio player is not"),
        ({"text/html": "<video src=x></video>"}, "A video player is not on this page"),
        ({"application/pdf": "JVBERi0=", "text/plain": "<Figure>"}, "A PDF figure (draw it as"),
        ({"application/javascript": "draw()", "text/plain": "<Javascript>"}, SCRIPT),
        ({"application/vnd.plotly.v1+json": {"data": []}, "text/plain": "Figure()"}, SCRIPT),
        ({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Slider()"}, SCRIPT),
        ({"text/html": "<div id='altair-viz-1'></div><script>draw()</script>"}, THEME),
        ({"application/vnd.vegalite.v6+json": {"mark": "bar"}, "text/plain": "<VegaLite>"}, THEME),
    ],
)
def test_what_a_page_does_not_grant_is_named(data, sentence):
    """In place of an empty box there is a sentence, and one line with the cells for the author."""
    page = made_of("## Drawn", output(data=data), output(data=data))
    assert page.html.count(f'<p class="missing">{sentence}') == 2
    (line,) = page.left_out
    assert line.startswith(sentence)
    assert line.endswith("(cell 1, under “Drawn”; cell 2, under “Drawn”)")


@pytest.mark.parametrize(
    "data",
    [
        {TABLE: {"columns": 1}, "text/plain": "shape: (1, 1)"},
        {TABLE: {**WORDS, "rows": [["a", "b"]]}, "text/plain": "shape: (1, 1)"},
        {theme.MIME: "no object", "text/plain": "shape: (1, 1)"},
        {PROVENANCE: {"snapshots": [{"url": 1}]}, "text/plain": "shape: (1, 1)"},
    ],
)
def test_data_of_another_shape_is_no_data_of_ours(data):
    """Whatever a notebook calls a table or a chart, the page has its plain text and no error."""
    assert ">shape: (1, 1)</pre>" in shown(output(data=data))


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        # At whatever number the kernel was.
        *(((1, 2, 3), ""), ((7, 8), ""), ((4,), ""), ((), "")),
        *((counts, "not run in one go") for counts in ((2, 1), (1, 3), (1, 1), (1, None))),
        ((None, None), "This notebook was not run"),
    ],
)
def test_a_page_says_how_its_notebook_was_run(counts, sentence):
    """What a page shows may come from code that is no longer there, or from no run at all."""
    page = shown("# Words", *(new_code_cell("x", execution_count=count) for count in counts))
    notices = re.findall('class="notice">.*?(not run in one go|This notebook was not run)', page)
    assert notices == ([sentence] if sentence else [])


def test_outputs_without_a_run_are_reported():
    """Where numbers were taken away nobody can know the order."""
    assert "were perhaps not run in one go" in shown(displayed("text/plain", "x"))


SELECTION = {"sha256": "abc", "count": 7, "query": {"in_space": "True", "mode": "detailed"}}


def test_a_page_of_a_selection_says_so():
    """The head names the selection, once, so that nothing claims all."""
    scope = "the 7 spacecraft of Launch Library 2 selected by in_space=True"
    source = SELECTION | {"is_selection": True, "scope": scope}
    answer = displayed("text/markdown", "**152.5 days** at most.", "x", "answer")
    figures = [displayed(TABLE, WORDS), displayed(theme.MIME, {**BARS, "title": "First"})]
    page = shown("# Q?", published(**source), answer, *figures)
    covers = f"overs {scope}."
    head = page[page.index("<main") : page.index("<figure")]
    assert f"C{covers}" in head
    assert page.count(f"C{covers}") == 1
    assert f"This page c{covers}" in shown("# Q?", published(**source))


def test_a_page_of_the_sample_says_so():
    """The word sample stands in the head; a page of all spacecraft says nothing."""
    covers = "the 7 spacecraft of the bundled sample"
    sample = SELECTION | {"url": "the bundled sample: facts", "scope": covers}
    assert f"This page covers {covers}." in shown("# Q?", published(**sample))
    assert "overs the" not in body(shown("# Q?", published(**SELECTION)))


def test_a_page_without_provenance_says_so():
    """A page without a source says so, and what stores one."""
    sentence = "The source of this page’s data is unknown"
    assert sentence in shown("# T")
    assert "<code>sa.use_theme()</code> in the first cell does that." in shown("# T")
    assert sentence not in shown("# T", published(sha256="abc"))


def test_a_snapshot_is_shown_once_and_with_its_dockings():
    """A cell that was run twice, or a second name, adds nothing; docking events have their sum."""
    source = {"sha256": "abc", "docking_count": 1200, "docking_events_sha256": "def"}
    page = shown("# T", published(**source), published(**source))
    assert page.count("<dt>Records</dt>") == 1
    assert '1,200, SHA-256 <span class="digest">def</span>' in page


@pytest.mark.parametrize("dash", ["-", "_"])
@pytest.mark.parametrize("verb", ["remove", "hide"])
def test_tags_hide_cells_and_parts_of_them(verb, dash):
    """Tags of Jupyter's hide a cell, its code or its output; its source stays on the page."""

    def tagged(part: str):
        return displayed("text/plain", f"output {part}", f"code_{part}", f"{verb}{dash}{part}")

    source = published(sha256="abc")
    source.metadata["tags"] = [f"{verb}{dash}cell"]
    page = shown(tagged("cell"), tagged("input"), tagged("output"), source)
    parts = re.findall("(?:code_|output )(?:cell|input|output)", page)
    assert sorted(parts) == ["code_output", "output input"]
    assert "abc" in page


BARS = {"mark": "bar", "data": {"values": [{"a": 1}]}, "encoding": {"y": {"field": "a"}}}


def test_answer_and_picture_come_first():
    """Under the title come the answer and the first chart, wherever they are in the notebook."""
    page = shown(
        "# Q?\n\nIntroduction.",
        "## Words",
        displayed(theme.MIME, {**BARS, "title": "First"}, "chart"),
        displayed(theme.MIME, {**BARS, "title": "Second"}, "chart"),
        displayed("text/markdown", "**42** craft.", "answer", "answer"),
    )
    places = [page.index(text) for text in (">Q?<", "42</strong>", "First</h2>", "Introduction.")]
    assert places == sorted(places)
    assert page.index("Words</h2>") < page.index("Second</h3>")
    assert page.count("First</h2>") == page.count("<strong>42</strong>") == 1


def test_a_tag_says_which_chart_is_the_picture():
    """The chart of the cell tagged `picture` stands first, though another comes before it."""
    page = shown(
        displayed("text/markdown", "**42** craft.", "answer", "answer"),
        displayed(theme.MIME, {**BARS, "title": "First"}, "chart"),
        displayed(theme.MIME, {**BARS, "title": "Second"}, "chart", "picture"),
    )
    assert page.index("Second</h2>") < page.index("First</h3>")
    card = card_of(page)
    assert 'aria-label="Second"' in card.picture
    assert card.figure == "42"


def test_without_an_answer_a_notebook_keeps_its_order():
    """Whoever does not write an essay has a page in the order of the notebook."""
    page = shown("# Q?", "Introduction.", displayed(theme.MIME, {**BARS, "title": "First"}))
    assert page.index("Introduction.") < page.index("First</h3>")


def gallery(folder, **pages):
    """The list of these pages."""
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return index_of(folder, export.exporter().environment)


def test_the_gallery_shows_cards_that_pages_carry(tmp_path):
    """The list of pages is made of the pages, with what the catalogue holds and as of when."""
    source = {"sha256": "abc", "count": 1551, "flight_count": 739, "docking_count": 283}
    source |= {"retrieved_at": "2025-04-07 12:00:00 UTC", "scope": "the 1,551 spacecraft"}
    answer = displayed("text/markdown", "As of today **42 days**.", "x", "answer")
    chart = displayed(theme.MIME, {**BARS, "title": "First"}, "chart")
    pages = {"a b": shown("# Q?", published(**source), answer, chart), "c": shown("# R?")}
    listed = gallery(tmp_path, **pages)
    assert '<a href="a%20b.html">Q?</a>' in listed
    assert '<p class="figure" aria-hidden="true">42 days</p>' in listed
    assert "<p>As of today <strong>42 days</strong>.</p>" in listed
    assert listed.count("<svg ") == 1
    line = "The 1,551 spacecraft, 739 flights, 283 dockings, as of 2025-04-07"
    assert line in text_of(listed)
    assert "Covers" not in listed


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub("<[^>]+>", "", page).split()).replace(" ,", ",")


def test_in_the_gallery_cards_say_what_they_cover_only_where_that_differs(tmp_path):
    """Pages of one snapshot share a line above; one of a thing is one, and not several."""
    one = {"scope": "the 1 spacecraft", "flight_count": 1, "docking_count": 1, "sha256": "abc"}
    other = shown("# R?", published(scope="two", sha256="def"))
    listed = gallery(tmp_path, a=shown("# Q?", published(**one)), b=other)
    assert "The 1 spacecraft, 1 flight, 1 docking, as of" in text_of(listed)
    assert re.findall("Covers .*", listed) == ["Covers the 1 spacecraft.</p>", "Covers two.</p>"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html></html>",
        '<script type="application/json" id="card">{</script>',
        '<script type="application/json" id="card">{"title": 1}</script>',
    ],
)
def test_a_page_of_others_has_no_card(text):
    """What lies in the folder and isn't ours is not listed."""
    assert card_of(text) is None


def test_an_answer_that_is_printed_stands_on_the_card_too():
    """A sentence that was printed is as good as one in Markdown."""
    answer = output("stream", text="\x1b[1m4 < 5\x1b[0m days\n")
    answer.metadata["tags"] = ["answer"]
    assert card_of(shown("# Q?", answer)).answer == "<p>4 &lt; 5 days</p>"


def test_a_card_that_was_changed_brings_nothing_active():
    """Whoever wrote a file into the folder, the gallery shows a plain document."""
    page = shown("# Q?", displayed("text/markdown", "**42** craft.", "answer", "answer"))
    svg = "<svg xmlns='http://www.w3.org/2000/svg' aria-label='x'><script>x()</script></svg>"
    changed = page.replace('"picture": ""', f'"picture": "{svg}"'.replace("<", r"\\u003c"))
    changed = changed.replace("\\u003cstrong>42", "\\u003cimg src=x onerror=x()>42")
    card = card_of(changed)
    assert "script" not in card.picture
    assert "x()" not in card.answer
