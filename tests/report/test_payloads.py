"""What a kernel leaves in a notebook for its page: a real one, as JupyterLab starts it."""

import base64
import copy
import re
import subprocess
import sys

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from spacecraft_analysis.charts import theme
from spacecraft_analysis.report import export, payloads
from spacecraft_analysis.report.payloads import PROVENANCE
from spacecraft_analysis.report.tables import TABLE
from tests.records import craft, snapshot

# Starts processes.
pytestmark = pytest.mark.slow

CELLS = {
    "before": "import polars as pl\nimport spacecraft_analysis as sa\n"
    "early = sa.load('sample', limit=1)",
    "theme": "sa.use_theme()\nsa.use_theme()",
    "two": "one = sa.load('sample', limit=2); two = sa.load('sample', limit=3); one",
    "nothing": "same = 1 + 1\n_hidden = sa.load('sample', limit=5)",
    "again": "one = sa.load('sample', limit=2)",
    "failing": "late = sa.load('sample', limit=4); 1 / 0",
    "theme again": "sa.use_theme()",
    "frame": "pl.DataFrame({'name': ['A'], 'n': [12345]})",
    "series": "pl.Series('n', [1])",
    "chart": "sa.turnaround_chart(sa.turnarounds(sa.load('sample').flights))",
    "static": "sa.use_theme(static=False)\nsa.turnaround_chart(sa.turnarounds(late.flights))",
}


@pytest.fixture(scope="module")
def exported():
    """The notebook after nbconvert ran it, and the page that our exporter made of this run."""
    notebooks = []

    def keep(notebook, resources):
        notebooks.append(copy.deepcopy(notebook))
        return notebook, resources

    running = {"enabled": True, "allow_errors": True}
    config = Config(ExecutePreprocessor=running, PageExporter={"preprocessors": [keep]})
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
    _, resources = export.PageExporter(config=config).from_notebook_node(notebook)
    return *notebooks, resources["page"]


@pytest.fixture(scope="module")
def ran(exported):
    """The cells of that notebook by name."""
    return dict(zip(CELLS, exported[0].cells, strict=True))


def counts(cell) -> list[int]:
    """How many spacecraft each snapshot has that a cell published."""
    stored = [
        output.data[PROVENANCE] for output in cell.outputs if PROVENANCE in output.get("data", {})
    ]
    return [source["count"] for one in stored for source in one["snapshots"]]


def test_a_snapshot_is_published_after_the_cell_that_bound_it(ran):
    """With the cell that bound it, also one that was there before."""
    stored = {name: counts(cell) for name, cell in ran.items()}
    assert {name: found for name, found in stored.items() if found} == {
        "theme": [1],
        # The snapshot that the cell displays, then both.
        "two": [2, 2, 3],
        "again": [2],
        "failing": [4],
        # Who runs the imports once more, whose output JupyterLab throws away, loses no source.
        "theme again": [1, 2, 3, 4],
        "static": [1, 2, 3, 4],
    }


def test_a_frame_is_stored_as_data_beside_what_jupyterlab_shows(ran):
    """JupyterLab shows Polars' own table; the page's is in the same output."""
    for name in ("frame", "series"):
        data = ran[name].outputs[0].data
        assert {TABLE, "text/html", "text/plain"} == set(data)
    assert ran["frame"].outputs[0].data[TABLE]["rows"] == [["A", "12,345"]]


def test_a_chart_has_a_picture_for_other_readers(ran):
    """A PNG of twice the screen's resolution with words for it, unless it is switched off."""
    output = ran["chart"].outputs[0]
    png = base64.b64decode(output.data["image/png"])
    size = output.metadata["image/png"]
    sides = (2 * size["width"], 2 * size["height"])
    assert png[16:24] == b"".join(side.to_bytes(4, "big") for side in sides)
    assert size["alt"] == output.data["text/plain"]
    # A few colours on one: no picture weighs more than a photograph.
    assert len(png) < 150_000
    assert output.data[theme.MIME]["$schema"].endswith("/vega-lite/v5.json")
    assert set(ran["static"].outputs[0].data) == {theme.MIME, "text/plain"}


def test_every_output_has_a_text(ran):
    """A reader that knows none of our kinds has something to show."""
    outputs = [output for cell in ran.values() for output in cell.outputs]
    bundles = [output.data for output in outputs if "data" in output]
    assert len(bundles) > 8
    assert all(bundle["text/plain"] for bundle in bundles)


def test_nbconvert_may_run_the_notebook_itself(exported):
    """With `--execute` the page tells of this run: its sources, tables and charts, in one go."""
    made = exported[1]
    assert made.left_out == []
    assert '<p class="notice">' not in made.html
    assert made.html.count("<dt>Records</dt>") == 4
    assert '<td class="figures">12,345</td>' in made.html
    assert "<h3>Turnarounds by family</h3>" in made.html


def test_nbconverts_own_page_shows_each_thing_once(exported):
    """A snapshot that a cell only bound shows nothing, and the picture of a chart has words.

    The template `lab`, which is nbconvert's default, writes no words for any picture.
    """
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(exported[0])
    (picture,) = re.findall("<img[^>]*image/png;base64[^>]*>", page)
    assert 'alt="No description' not in picture
    assert "&lt;Snapshot" not in page


def test_provenance_has_both_checksums_and_the_findings():
    """Counts, checksum and findings; of dockings nothing where there are none."""
    odd = snapshot(craft(1, name="Odd", time_docked="P2D", time_in_space="P1D"))
    stored = payloads.provenance([odd])
    (source,) = stored.snapshots
    assert (source.count, source.flight_count, source.sha256) == (1, 0, odd.sha256)
    assert (source.docking_count, source.docking_events_sha256) == (None, None)
    assert ("error", "time_docked") in {(one.severity, one.column) for one in stored.findings}


TOGETHER = """
import sys
from threading import Barrier, Thread
import msgspec  # else whoever imports it first is alone
from spacecraft_analysis.report.payloads import Provenance, read
from spacecraft_analysis.report.tables import Table

sys.setswitchinterval(1e-6)
source = {"url": "", "query": {}, "retrieved_at": "", "count": 1, "sha256": ""}
finding = {"severity": "", "column": "", "explanation": ""}
stored = {"snapshots": [source] * 50, "versions": {}, "findings": [finding] * 300}
shown = {"columns": [{"label": "", "kind": ""}], "rows": [[""]] * 50, "row_count": 50}
shown |= {"first_names_row": False, "csv": "", "csv_is_whole": True}
begin = Barrier(8)

def work():
    begin.wait()
    if not (read(stored, Provenance) and read(shown, Table)):
        print("not read")

for thread in [Thread(target=work) for _ in range(8)]:
    thread.start()
"""


def test_threads_may_read_the_first_outputs_at_once():
    """Pages that are made at the same time end in no crash of the process."""
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
