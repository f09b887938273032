"""The exporter as others find it: nbconvert's command, and JupyterLab when it lists its menu."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report import export
from tests.report.essay import displayed, write

# Starts processes.
pytestmark = pytest.mark.slow

# Whatever the package needs that nbconvert does not bring.
MISSING = ("altair", "msgspec", "polars", "requests_cache", "vl_convert")


def python(*words: str, without: tuple[str, ...] = (), folder: Path) -> subprocess.CompletedProcess:
    """What a Python says in which some packages are not installed."""
    # The last takes a second to import in every process, for a check that nobody asks for.
    missing = (*without, "rfc3987_syntax")
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.modules.update(dict.fromkeys({missing!r}))\n"
    )
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_other_exports_work_where_ours_can_not(tmp_path):
    """Who lists the exporters loads nothing of ours, and exports to HTML without it."""
    code = """
import sys
from nbconvert.exporters import HTMLExporter, get_export_names
before = set(sys.modules)
import spacecraft_analysis.report.export
print({"polars", "requests", "bleach.sanitizer", "IPython"} & set(sys.modules) - before)
print("spacecraft_report" in get_export_names())
print("Run?" in HTMLExporter().from_filename(sys.argv[1])[0])
"""
    done = python(
        "-c", code, write(tmp_path / "run.ipynb", "# Run?").name, without=MISSING, folder=tmp_path
    )
    assert done.stdout == "set()\nTrue\nTrue\n"


def test_what_is_missing_is_said_where_a_chart_needs_it(tmp_path):
    """Without what draws charts the error names it; a page without charts is written.

    The command of nbconvert says on stderr what a page can't show.
    """
    write(tmp_path / "run.ipynb", "# Run?", displayed("application/javascript", "x()"))
    write(tmp_path / "charts.ipynb", displayed(theme.MIME, {"mark": "bar"}))
    words = ("-m", "nbconvert", "--to", "spacecraft_report", "run.ipynb", "charts.ipynb")
    done = python(*words, without=("vl_convert",), folder=tmp_path)
    sentence = "An output that needs a script is not on this page"
    assert f"run: {sentence} (cell 1, under “Run?”)" in done.stderr
    assert sentence in (tmp_path / "run.html").read_text()
    assert done.returncode != 0
    assert "vl_convert" in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        {"TemplateExporter": {"exclude_input": True}},
        {"TagRemovePreprocessor": {"remove_input_tags": ["x"]}},
    ],
)
def test_nbconverts_own_options_hold(option):
    """Code is left out where an option of nbconvert, as on its command line, leaves it out."""
    code = new_code_cell("secret = 1", metadata={"tags": ["x"]})
    exporter = export.PageExporter(config=Config(option))
    page, _ = exporter.from_notebook_node(new_notebook(cells=[code]))
    assert "secret" not in page


def test_missing_templates_of_nbconvert_are_one_sentence(monkeypatch):
    """Where Jupyter's files were installed elsewhere, the error names the folders looked in."""
    module = "nbconvert.exporters.templateexporter.jupyter_path"
    monkeypatch.setattr(module, lambda *names: ["/nowhere/" + "/".join(names)])
    with pytest.raises(ReportError, match=r"in none of these folders: .*/nowhere/.*JUPYTER_PATH"):
        export.PageExporter().from_notebook_node(new_notebook())
