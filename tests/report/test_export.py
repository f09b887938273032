"""The exporter as others find it: nbconvert's command, and JupyterLab when it lists its menu."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from spacecraft_analysis.charts import theme
from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report import export
from tests.report.essay import displayed

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


def notebook(folder: Path, *cells) -> Path:
    path = folder / "run.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Run?"), *cells]), path)
    return path


def convert(path: Path, target: str, **options) -> subprocess.CompletedProcess:
    words = ("-m", "nbconvert", "--to", target, path.name)
    return python(*words, folder=path.parent, **options)


def test_the_exporter_is_loaded_without_anything_of_ours(tmp_path):
    """Who lists the exporters loads nbconvert and nothing that could be missing."""
    code = "import sys, spacecraft_analysis.report.export\n"
    code += "print([name for name in ('polars', 'requests', 'bleach.sanitizer', 'IPython')"
    code += " if name in sys.modules and name not in before])"
    before = "import sys, nbconvert.exporters; before = set(sys.modules)\n"
    assert python("-c", before + code, folder=tmp_path).stdout == "[]\n"


def test_other_exports_work_where_ours_can_not(tmp_path):
    """An environment without what we need lists all exporters, and exports to HTML."""
    names = "from nbconvert.exporters import get_export_names; print(get_export_names())"
    listed = python("-c", names, without=MISSING, folder=tmp_path)
    assert "'spacecraft_report'" in listed.stdout
    done = convert(notebook(tmp_path), "html", without=MISSING)
    assert done.returncode == 0
    assert "Run?" in (tmp_path / "run.html").read_text()


def test_what_is_missing_is_said_when_a_page_is_asked_for(tmp_path):
    """Without what draws charts the error names it, and how to install it."""
    path = notebook(tmp_path, displayed(theme.MIME, {"mark": "bar"}))
    done = convert(path, "spacecraft_report", without=("vl_convert",))
    assert done.returncode != 0
    assert "pip install 'spacecraft-analysis[notebooks]'" in done.stderr


def test_a_page_without_charts_needs_nothing_that_draws(tmp_path):
    """The command of nbconvert writes a page, and says on stderr what the page can't show."""
    path = notebook(tmp_path, displayed("application/javascript", "x()"))
    done = convert(path, "spacecraft_report", without=("vl_convert",))
    assert done.returncode == 0
    sentence = "An output that needs a script is not on this page"
    assert f"run: {sentence} (cell 1, under “Run?”)" in done.stderr
    assert sentence in (tmp_path / "run.html").read_text()


def test_nbconvert_may_run_the_notebook_itself(tmp_path):
    """With `--execute` the page tells of this run: its source, and that it was in one go."""
    bound = "import spacecraft_analysis as sa\nsa.use_theme()\nfew = sa.load('sample', limit=2)"
    path = notebook(tmp_path, new_code_cell(bound), new_code_cell("few.spacecraft"))
    words = ("-m", "nbconvert", "--execute", "--to", "spacecraft_report", path.name)
    assert python(*words, folder=tmp_path).returncode == 0
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "<dt>Records</dt><dd>2 spacecraft (a selection of the sample)</dd>" in page
    assert '<p class="notice">' not in page


@pytest.mark.parametrize("option", ["--no-input", "--TagRemovePreprocessor.remove_input_tags=x"])
def test_nbconverts_own_options_hold(tmp_path, option):
    """Code is left out where an option of nbconvert leaves it out."""
    code = new_code_cell("secret = 1", metadata={"tags": ["x"]})
    path = notebook(tmp_path, code)
    done = python(
        "-m", "nbconvert", "--to", "spacecraft_report", option, path.name, folder=tmp_path
    )
    assert done.returncode == 0
    assert "secret" not in (tmp_path / "run.html").read_text()


def test_missing_templates_of_nbconvert_are_one_sentence(monkeypatch):
    """Where Jupyter's files were installed elsewhere, the error names the folders looked in."""
    module = "nbconvert.exporters.templateexporter.jupyter_path"
    monkeypatch.setattr(module, lambda *names: ["/nowhere/" + "/".join(names)])
    with pytest.raises(ReportError, match=r"in none of these folders: .*/nowhere/.*JUPYTER_PATH"):
        export.PageExporter().from_notebook_node(new_notebook())
