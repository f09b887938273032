"""A notebook with one of everything that a page shows, and pages of cells made by hand."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from spacecraft_analysis.report import export
from spacecraft_analysis.report.notebook import read_notebook
from spacecraft_analysis.report.page import Contents

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"

IMPORTS = """
import sys
import warnings
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
PRINTS = """
print("smallest is", smallest)
print("beware of wax", file=sys.stderr)
warnings.warn("dust")
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


def notebook(*cells, folder: Path):
    """A notebook with these cells, as it is read from its file."""
    return read_notebook(write(folder / "made.ipynb", *cells))


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
        code(PRINTS),
        "## The chart",
        *["Some words."] * 12,
        code(CHART),
        code('alt.renderers.enable("html")\nalt.Chart(craft[:1, :2]).mark_bar().encode(x="name")'),
        code('HTML(f"<b>bold</b><style>p {{}}</style>{hostile}<a href=javascript:x()>x</a>")'),
    )


def without_vega(page: str) -> str:
    """The page without Vega's own text, which holds whatever one could look for."""
    return re.sub(r"<script>(?=.{100000}).*?</script>", "<script></script>", page, flags=re.DOTALL)


def made_of(*cells, folder: Path = Path()) -> Contents:
    """The page of cells that hold their outputs already."""
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return export.page(made, name="made", folder=folder)


def shown(*cells) -> str:
    """The HTML of such a page, without what would hide everything else."""
    return without_vega(made_of(*cells).html)


def body(page: str) -> str:
    """The page without its style, which names everything that may be on one."""
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def displayed(kind: str, content: object, source: str = "x", *tags: str):
    output = new_output("display_data", data={kind: content})
    return new_code_cell(source, outputs=[output], metadata={"tags": list(tags)})
