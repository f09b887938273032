"""Notebooks become pages: run in a real kernel, looked at as text."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import LaunchLibraryError, ReportError
from spacecraft_analysis.report import draw as drawing
from spacecraft_analysis.report.display import TABLE
from spacecraft_analysis.report.export import page_of, write_page
from spacecraft_analysis.report.gallery import bundled_notebooks, write_report
from spacecraft_analysis.report.parameters import parameter_value
from spacecraft_analysis.report.run import Run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report")]

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"

IMPORTS = """
import sys
import altair as alt
import polars as pl
from datetime import datetime, timedelta
from IPython.display import HTML, Markdown
import spacecraft_analysis as sa
sa.use_theme()
"""
CRAFT = f"""
snapshot = sa.load(source)
hostile = {HOSTILE!r}
craft = pl.DataFrame({{
    "name": ["Endeavour", "Columbia", hostile],
    "family": ["Shuttle", "Shuttle", "Dragon"],
    "flights_count": [25, 28, 1234],
    "turnaround": [timedelta(days=50, hours=7, minutes=29), timedelta(hours=3), None],
    "launch_net": [datetime(1992, 5, 7, 23, 40), None, datetime(2020, 5, 30, 19, 22)],
}})
"""
CHART = """
clicked = alt.selection_point(fields=["family"], bind="legend")
alt.Chart(
    craft.drop("turnaround"), title="Flights by launch", description="Each craft is one point."
).mark_point(size=200, filled=True).encode(
    x=alt.X("launch_net:T"),
    y="flights_count:Q",
    color="family:N",
    tooltip=["name", "flights_count"],
    opacity=alt.when(clicked).then(alt.value(1)).otherwise(alt.value(0.1)),
).add_params(clicked).properties(width="container", height=240)
"""


def code(source: str, *tags: str):
    return new_code_cell(source.strip(), metadata={"tags": list(tags)})


def write(path: Path, *cells) -> Path:
    """The path of a new notebook with these cells; text stands for Markdown."""
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    nbformat.write(new_notebook(cells=made), path)
    return path


def essay(folder: Path) -> Path:
    """A notebook with one of everything that a page shows, and a spacecraft with a hostile name."""
    return write(
        folder / "essay.ipynb",
        "# Do craft fly again?",
        code('source = "sample"\nsmallest = 1', "parameters"),
        code(IMPORTS),
        code(CRAFT),
        code('Markdown(f"**{craft.height} craft** flew, {hostile} too.")', "answer"),
        "## The rows\n\nWith `code` and [a link](https://example.org/).",
        code("# Three craft\ncraft"),
        code('print("smallest is", smallest)\nprint("beware of wax", file=sys.stderr)'),
        "## The chart",
        code(CHART),
        code('alt.renderers.enable("html")\nalt.Chart(craft[:1, :2]).mark_bar().encode(x="name")'),
        code('alt.Chart("https://example.org/x.json", title="Away").mark_bar().encode(x="a:Q")'),
        code('HTML(f"<b>bold</b><style>p {{}}</style>{hostile}<a href=javascript:x()>x</a>")'),
    )


class Elements(HTMLParser):
    """What a browser would make elements of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.found and self.found[-1][0] in ("script", "style"):
            self.scripts.append(data)


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("essay")
    write_report([essay(folder)], output=folder / "reports", parameters={"smallest": "7"})
    return folder / "reports"


@pytest.fixture(scope="module")
def page(report) -> str:
    text = (report / "essay.html").read_text(encoding="utf-8")
    # Vega's own text holds whatever one could look for.
    return re.sub(r"<script>(?=.{100000}).*?</script>", "<script></script>", text, flags=re.DOTALL)


def rebuilt(notebook: Path, output: Path, **environment: str) -> None:
    command = "import sys; from spacecraft_analysis.report.gallery import write_report as w; "
    command += "w([sys.argv[1]], output=sys.argv[2], parameters={'smallest': '7'})"
    subprocess.run(
        [sys.executable, "-c", command, str(notebook), str(output)],
        env=os.environ | environment,
        check=True,
    )


def shown(*cells) -> str:
    """The page of cells that hold their outputs already."""
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return write_page(page_of(Run(Path("made.ipynb"), made)), "")


def displayed(kind: str, content: object, source: str = "x", *tags: str):
    output = new_output("display_data", data={kind: content})
    return new_code_cell(source, outputs=[output], metadata={"tags": list(tags)})


def test_the_title_is_the_first_heading(page):
    """A page is named after its notebook's first heading."""
    assert "<title>Do craft fly again?</title>" in page
    assert page.count("<h1") == 1


def test_the_contents_lead_to_the_sections(page):
    """Each section is listed and its anchor exists once."""
    for anchor in ("the-rows", "the-chart", "provenance"):
        assert f'<a href="#{anchor}">' in page
        assert page.count(f'id="{anchor}"') == 1


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
    assert '<th scope="col" class="figures">flights count</th>' in page
    assert '<td class="figures">1,234</td>' in page
    assert '<td class="figures">50 d 07:29:00</td>' in page
    assert '<td class="instant">1992-05-07 23:40</td>' in page
    assert '<td class="figures"><span class="unknown">–</span></td>' in page
    assert "shape:" not in page


def test_a_chart_is_a_labelled_picture_with_heading_and_caption(page):
    """A chart's title is its heading and label, its description the caption."""
    assert "<h3>Flights by launch</h3>" in page
    assert "<figcaption>Each craft is one point.</figcaption>" in page
    assert re.search(r'<svg [^>]*role="img"[^>]*aria-label="Flights by launch"', page)


def test_a_picture_is_lettered_as_it_was_measured(page):
    """The letters of a picture are as wide as they were when it was laid out, on any machine."""
    fonts = set(re.findall(r'<text [^>]*font-family="([^"]*)"', page))
    assert fonts == {"Liberation Sans, Arial, Helvetica, sans-serif"}


def test_a_chart_of_any_renderer_is_drawn(page):
    """A notebook's own choice of renderer doesn't keep a chart from its page."""
    assert page.count("<svg ") == 2


def test_a_chart_that_needs_the_network_says_so(page):
    """Instead of a chart whose data lie elsewhere there is a sentence, and no request."""
    assert "This chart needs something from the network" in page


def test_the_answer_stands_on_the_page_and_in_the_index(page, report):
    """The output tagged `answer` leads the page and is told in the gallery."""
    index = (report / "index.html").read_text(encoding="utf-8")
    assert '<div class="answer"><p><strong>3 craft</strong> flew' in page
    assert "<strong>3 craft</strong> flew" in index
    assert '<a href="essay.html">Do craft fly again?</a>' in index
    assert index.count("<svg ") == 1


def test_the_provenance_tells_the_snapshot_and_the_versions(page):
    """The end of a page names where its records come from, so that anyone can check."""
    import altair
    import polars

    import spacecraft_analysis as sa

    sample = sa.load("sample")
    count = f"{sample.count} spacecraft"
    for text in (sample.sha256, "2025-04-07 23:48:35 UTC", count, "Launch Library 2"):
        assert text in page
    assert f"polars {polars.__version__}, altair {altair.__version__}" in page


EMPTY = {"columns": [{"label": "column", "kind": "words"}], "row_count": 1}
EMPTY |= {"rows": [], "first_names_row": False}


def found(**fields: str) -> dict[str, str]:
    finding = {"severity": "error", "spacecraft_name": "Soyuz TM-4", "explanation": "too long"}
    return finding | fields


def test_what_is_in_doubt_is_told_where_the_page_names_it():
    """Findings in a column that the page names stand open and are told beside the answer."""
    answer = displayed("text/markdown", "Long.", 'flights.select("time_docked")', "answer")
    findings = [
        found(severity="warning", column="mission_end", spacecraft_name="Dragon C109"),
        found(severity="warning", column="time_docked", spacecraft_name="Soyuz T-15"),
        found(column="time_docked"),
    ]
    run = Run(Path("made.ipynb"), [answer], provenance={"findings": findings})
    page = write_page(page_of(run), "")
    told, folded = page.split("<details>")
    assert '<a href="#findings">2 of the values used\nare in doubt.</a>' in told
    line = r"<li><strong>(.*?)</strong>, (.*?): too long \((.*?)\)</li>"
    assert re.findall(line, told) == [
        ("Soyuz TM-4", "time docked", "error"),
        ("Soyuz T-15", "time docked", "warning"),
    ]
    assert re.findall(line, folded) == [("Dragon C109", "mission end", "warning")]
    assert "<summary>1 more, in columns that this page does not name</summary>" in folded


@pytest.mark.parametrize(
    "cell",
    [
        "Time in space, with *time docked* in it",
        code("x['time_docked']"),
        displayed(TABLE, {**EMPTY, "rows": [["time_docked"]]}),
        displayed(theme.MIME, {"mark": "bar", "encoding": {"x": {"title": "Time docked (days)"}}}),
    ],
    ids=["prose", "code", "cell", "chart"],
)
def test_a_page_names_a_column_in_words_too(cell):
    """A finding is told openly where prose, code, a table's cell or a chart names its column."""
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell]
    finding = found(column="time_docked")
    named, others = page_of(
        Run(Path("made.ipynb"), made, provenance={"findings": [finding]})
    ).findings
    assert (named, others) == ([finding], [])


def test_a_page_without_findings_says_nothing_of_doubt():
    """Where the data holds together there is no section of doubts."""
    assert "in doubt" not in shown("# Whole", displayed("text/plain", "x"))


def test_the_kernel_tells_the_findings_of_its_snapshots(page):
    """The errors and warnings of the records used reach the page."""
    assert re.search(r"<strong>Soyuz TM-4</strong>, time docked: docked [^<]* \(error\)</li>", page)


def test_a_table_without_a_comment_is_named_by_its_heading():
    """Each table has a caption, even where its cell says nothing of it, and no two are the same."""
    data = {"columns": [], "rows": [], "row_count": 0, "first_names_row": False}
    page = shown("## Who *flies*", displayed(TABLE, data), displayed(TABLE, data))
    assert re.findall("<caption>(.*?)</caption>", page) == [
        "Table 1: Who flies",
        "Table 2: Who flies",
    ]


def test_scrolling_through_a_page_zooms_no_chart():
    """A chart that zooms with the wheel does so with the shift key only."""
    zooming = {"name": "z", "bind": "scales", "select": {"type": "interval"}}
    spec = drawing.for_page({"mark": "bar", "params": [zooming]}, width=100)
    assert spec["params"][0]["select"] == {"type": "interval", "zoom": "wheel![event.shiftKey]"}
    bars = {"x": {"type": "quantitative"}, "y": {"type": "nominal"}}
    spec = drawing.for_page({"mark": "bar", "encoding": bars, "params": [zooming]}, width=100)
    assert spec["params"][0]["select"]["encodings"] == ["x"]
    fixed = {"name": "z", "bind": "scales", "select": {"type": "interval", "zoom": False}}
    spec = drawing.for_page({"mark": "bar", "params": [fixed]}, width=100)
    assert spec["params"][0]["select"]["zoom"] is False


def test_prints_are_shown_and_warnings_are_not(page):
    """What a cell prints belongs to the page; what it writes to stderr does not."""
    assert "smallest is 7" in page
    assert "beware of wax" not in re.sub(r'<pre class="code".*?</pre>', "", page, flags=re.DOTALL)


def test_a_terminals_colours_are_left_out():
    """What is printed in colours, as many command-line programs do, is plain text on a page."""
    printed = new_code_cell("x", outputs=[new_output("stream", text="\x1b[1;31mred\x1b[0m wax\n")])
    page = shown(printed, displayed("text/plain", "\x1b[32mgreen\x1b[0m cheese"))
    assert ">red wax</pre>" in page
    assert ">green cheese</pre>" in page


def test_a_formula_is_shown_as_its_source():
    """A page has no typesetter, but the formula says more than the name of its class."""
    data = {"text/latex": "$x^2$", "text/plain": "<IPython.core.display.Math object>"}
    page = shown(new_code_cell("x", outputs=[new_output("display_data", data=data)]))
    assert ">$x^2$</pre>" in page


def test_a_hostile_name_makes_no_element(page):
    """A name that looks like HTML stays text in tables, charts, sentences and displayed HTML."""
    found = Elements(page).found
    assert [tag for tag, _ in found].count("script") == 4 + 1  # two specs, our two, the bundle
    assert not [tag for tag, _ in found if tag in ("img", "iframe", "object", "embed", "base")]
    assert not [names for _, names in found if any(name.startswith("on") for name in names)]


def test_only_the_thanks_and_the_author_link_elsewhere(page, report):
    """No attribute of a page names an address that a browser would load by itself."""
    texts = [page, (report / "index.html").read_text(encoding="utf-8")]
    links = {
        (tag, value)
        for text in texts
        for tag, names in Elements(text).found
        for name, value in names.items()
        if name in ("src", "href", "action", "data", "poster", "srcset")
    }
    assert {tag for tag, _ in links} == {"a"}
    elsewhere = {value for _, value in links if ":" in value}
    known = {"https://example.org/", "https://thespacedevs.com/", "https://thespacedevs.com/llapi"}
    assert elsewhere == known


def test_the_policy_allows_just_the_scripts_of_the_page(report):
    """Every script and style is named by its hash, and nothing else may run or load."""
    page = (report / "essay.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    for kind in ("script", "style"):
        texts = re.findall(rf"<{kind}>(.*?)</{kind}>", page, flags=re.DOTALL)
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        names = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
        assert f"{kind}-src {names};" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_what_a_notebook_says_itself_need_not_be_said(tmp_path):
    """Asking for the source that is declared anyway changes nothing."""
    notebook = write(
        tmp_path / "a.ipynb", code("source = 'sample'", "parameters"), code("print(source)")
    )
    _, plain = write_report([notebook], output=tmp_path / "plain")
    _, asked = write_report([notebook], output=tmp_path / "asked", source="sample")
    assert plain.read_bytes() == asked.read_bytes()


def test_the_same_snapshot_gives_the_same_bytes(report, tmp_path):
    """Hash seed, time zone, locale, Polars' settings and the day of the run leave no trace."""
    places = {"PYTHONHASHSEED": "42", "TZ": "America/Los_Angeles", "LC_ALL": "C", "COLUMNS": "40"}
    places |= {"POLARS_FMT_MAX_ROWS": "2", "POLARS_TABLE_WIDTH": "30"}
    rebuilt(report.parent / "essay.ipynb", tmp_path, **places)
    for name in ("essay.html", "index.html"):
        assert (tmp_path / name).read_bytes() == (report / name).read_bytes()


def test_no_path_of_the_machine_is_told(page, report):
    """Neither the notebook's folder nor the interpreter's stands on a page."""
    assert str(report.parent) not in page
    assert sys.prefix not in page


def test_a_misspelt_parameter_is_answered_with_the_nearest(tmp_path):
    """A name that no notebook declares stops the report before anything is run."""
    notebook = write(tmp_path / "a.ipynb", code("smallest = 1", "parameters"))
    with pytest.raises(ReportError, match=r"no parameter 'smalest' in a\.ipynb: did you mean 'sma"):
        write_report([notebook], output=tmp_path / "out", parameters={"smalest": "2"})
    assert not (tmp_path / "out").exists()


def test_a_notebook_without_parameters_says_how_to_declare_them(tmp_path):
    """Where nothing is declared the error tells of the tag."""
    notebook = write(tmp_path / "a.ipynb", code("smallest = 1"))
    with pytest.raises(ReportError, match="a cell tagged 'parameters'"):
        write_report([notebook], output=tmp_path, parameters={"smallest": "2"})


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("3", 1, 3),
        ("2.5", 1, 2.5),
        ("None", 1, None),
        ("['a']", (), ["a"]),
        ("Dragon 2", None, "Dragon 2"),
        ("1969", "Apollo", "1969"),
        ("'1969'", "Apollo", "1969"),
        ("True", False, True),
        ("()", ["a"], ()),
        ("None", ["a"], None),
    ],
)
def test_a_parameter_is_a_literal_or_text(text, default, value):
    """What is typed is read as Python where it is Python, and a declared text stays a text."""
    assert parameter_value("name", text, default) == value


@pytest.mark.parametrize(
    ("text", "default"),
    [("false", True), ("1", True), ("many", 3), ("[1]", 3), ("True", 3), ("Soyuz", ["Dragon"])],
)
def test_a_parameter_of_another_kind_is_refused(text, default):
    """A word where the notebook declares a number, a truth value or a list is an error."""
    with pytest.raises(ReportError, match=re.escape(f"-p name={text}: expected")):
        parameter_value("name", text, default)


def test_a_source_is_found_from_the_callers_folder(tmp_path, monkeypatch):
    """A relative path counts from where the report was asked for, not from the notebook."""
    import spacecraft_analysis as sa

    (tmp_path / "deep").mkdir()
    sa.load("sample", limit=3).write(tmp_path / "three.json")
    show = "import spacecraft_analysis as sa\nprint(sa.load(source).count, 'craft')"
    notebook = write(
        tmp_path / "deep" / "a.ipynb", code("source = 'sample'", "parameters"), code(show)
    )
    monkeypatch.chdir(tmp_path)
    index, first = write_report([notebook], output="out", source="three.json")
    assert index == Path("out/index.html")
    page = first.read_text(encoding="utf-8")
    assert "3 craft" in page
    assert str(tmp_path) not in page


def test_a_failing_cell_is_told_in_short_and_its_page_kept(tmp_path):
    """The error names cell, heading, line and exception; the unfinished page says so."""
    bad = write(
        tmp_path / "bad.ipynb",
        "# Broken",
        code("x = 1"),
        "## Distribution",
        code("y = x\nimport polars\npolars.DataFrame({'a': [1]}).select('dayz')"),
        code("print('never run')"),
    )
    good = write(tmp_path / "good.ipynb", "# Whole", code("print('whole')"))
    out = tmp_path / "out"
    with pytest.raises(ReportError) as caught:
        write_report([bad, good], output=out)
    message = str(caught.value)
    assert isinstance(caught.value, LaunchLibraryError)
    assert len(message.splitlines()) <= 10
    assert message.startswith(
        "bad.ipynb: cell 2 of 3 failed, under “Distribution”\n  line 3: polars"
    )
    assert 'ColumnNotFoundError: unable to find column "dayz"' in message
    assert message.endswith(str(out / "bad.html"))
    kept = (out / "bad.html").read_text(encoding="utf-8")
    assert "<title>Unfinished: Broken</title>" in kept
    assert "never run" not in kept
    assert "whole" in (out / "good.html").read_text(encoding="utf-8")
    assert "Unfinished: cell 2 of 3" in (out / "index.html").read_text(encoding="utf-8")


def test_what_an_error_advises_is_told_in_full(tmp_path, monkeypatch):
    """An error of fetch's names a long address first, and last what to do: none of it is cut."""
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_OFFLINE", "1")
    ask = "import spacecraft_analysis as sa\nsa.load('live', search='a' * 60)"
    notebook = write(tmp_path / "a.ipynb", code(ask))
    with pytest.raises(ReportError, match=r"OfflineError: .*online with the same arguments"):
        write_report([notebook], output=tmp_path)


def test_a_chart_that_fails_while_shown_is_a_failure(tmp_path):
    """A chart that its cell can't display ends no cell in Jupyter; here it ends the report."""
    chart = "import altair as alt\nalt.Chart().mark_bar().encode(x='nowhere')"
    notebook = write(tmp_path / "a.ipynb", code(chart))
    with pytest.raises(ReportError, match=r"cell 1 of 1 failed\n.*nowhere"):
        write_report([notebook], output=tmp_path)


def test_a_kernel_that_dies_is_told(tmp_path):
    """A crash of the kernel is an error of the cell in which it happened."""
    notebook = write(tmp_path / "a.ipynb", code("1"), code("import os\nos._exit(3)"), code("2"))
    with pytest.raises(ReportError, match="cell 2 of 3 failed\n  the kernel died"):
        write_report([notebook], output=tmp_path)


def test_a_foreign_kernels_name_does_not_matter(tmp_path):
    """A notebook saved with any kernel's name runs in the interpreter that makes the report."""
    path = write(tmp_path / "a.ipynb", code("import sys\nprint(sys.executable)"))
    notebook = json.loads(path.read_text())
    notebook["metadata"]["kernelspec"] = {"name": "julia-1.9", "display_name": "J"}
    path.write_text(json.dumps(notebook))
    _, page = write_report([path], output=tmp_path)
    assert sys.executable in page.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_the_kernels_too(tmp_path):
    """An interrupted report stops within seconds and leaves no kernel behind."""
    sleep = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"
    notebook = write(tmp_path / "a.ipynb", code(sleep))
    command = (
        "import sys; from spacecraft_analysis.report.gallery import write_report;"
        "write_report(sys.argv[1:])"
    )
    asked = subprocess.Popen(
        [sys.executable, "-c", command, str(notebook)], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert asked.poll() is None
        time.sleep(0.1)
    asked.send_signal(signal.SIGINT)
    assert asked.wait(timeout=30) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_progress_names_the_heading(tmp_path):
    """Before each cell the caller hears the notebook, its heading and how far it is."""
    told = []
    notebook = write(tmp_path / "a.ipynb", "# One", code("1"), "# Two", code("2"))
    write_report([notebook], output=tmp_path, progress=lambda *facts: told.append(facts))
    assert ("a", "One", 0, 2) in told
    assert ("a", "Two", 1, 2) in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "there is no notebook"), ("{", "can't be read as a notebook"), ("[]", "can't be read")],
)
def test_what_is_no_notebook_is_named(tmp_path, text, problem):
    """A missing or damaged notebook stops the report with its path."""
    path = tmp_path / "a.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ReportError, match=problem) as caught:
        write_report([path], output=tmp_path)
    assert str(path) in str(caught.value)


def test_two_pages_never_share_a_name(tmp_path):
    """Notebooks whose pages would overwrite each other, or the index, are refused."""
    with pytest.raises(ReportError, match=r"two pages would be named index\.html"):
        write_report([write(tmp_path / "index.ipynb")], output=tmp_path)


def test_an_output_that_is_a_file_is_told(tmp_path):
    """A folder that can't be made is an error that says what to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="choose another --output"):
        write_report([write(tmp_path / "a.ipynb")], output=tmp_path / "file")


def test_a_missing_source_is_told_before_anything_runs(tmp_path):
    """A snapshot's path that leads nowhere is an error with the alternatives."""
    notebook = write(tmp_path / "a.ipynb", code("source = 1", "parameters"), code("source"))
    with pytest.raises(ReportError, match=r"no snapshot nowhere\.json; give 'sample', 'live' or"):
        write_report([notebook], output=tmp_path / "out", source="nowhere.json")
    assert not (tmp_path / "out").exists()


def test_computed_markdown_shows_html_as_text():
    """HTML inside a computed sentence is anyone's words and is not obeyed."""
    page = shown(displayed("text/markdown", f"**so** {HOSTILE}"))
    assert "<strong>so</strong> &lt;/script&gt;" in page
    assert not [tag for tag, _ in Elements(page).found if tag == "img"]


@pytest.mark.parametrize("address", ["javascript:x()", "data:text/html,x", "vbscript:x"])
def test_a_link_leads_only_to_the_web(address):
    """An address that would run something is no link."""
    assert address not in shown(f"[x]({address})", displayed("text/html", f"<a href='{address}'>"))


def test_a_remote_image_is_left_out():
    """A picture from elsewhere would be a request; only its words stay."""
    page = shown("![a rocket](https://example.org/r.png)")
    assert "example.org" not in page


def test_a_picture_of_another_library_is_shown():
    """A notebook's own PNG is embedded."""
    assert '<img src="data:image/png;base64,aGk="' in shown(displayed("image/png", "aGk=\n"))


def test_a_drawing_keeps_nothing_that_could_run_or_load():
    """Links, scripts, images and handlers are taken out of a picture, and its names made unique."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<script>x()</script><image xlink:href="https://x"/><g onclick="x()" clip-path="url(#c)">'
        '<a xlink:href="https://x"><path/></a><text>ok</text></g><clipPath id="c"/></svg>'
    )
    assert drawing.named(svg, prefix="p-", label="L") == (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="L">'
        '<g clip-path="url(#p-1)"><text>ok</text></g><clipPath id="p-1" /></svg>'
    )


def test_the_bundle_is_built_once_and_again_when_damaged(tmp_path, monkeypatch):
    """A kept script is used as long as it is whole."""
    built = iter(["first", "second"])
    monkeypatch.setattr(drawing, "_build_bundle", lambda: next(built))
    assert [drawing.bundle(tmp_path) for _ in range(2)] == ["first", "first"]
    (kept,) = tmp_path.iterdir()
    kept.write_text(kept.read_text()[:-1])
    assert drawing.bundle(tmp_path) == "second"


def test_importing_the_report_loads_nothing_heavy():
    """Jupyter, Altair and vl-convert are loaded when a report is made, not before."""
    heavy = "nbclient nbformat altair vl_convert jinja2 mistune bleach"
    command = "import sys, spacecraft_analysis.report.gallery, spacecraft_analysis.report.export; "
    command += f"print([name for name in {heavy.split()} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert told.stdout.strip() == "[]"


def test_the_bundled_notebooks_come_in_reading_order():
    """The package's own notebooks are found, the overview before the details."""
    names = [path.stem for path in bundled_notebooks()]
    known = ["spacecraft", "turnaround", "utilisation", "data_quality"]
    assert names[: len(known)] == [name for name in known if name in names]
