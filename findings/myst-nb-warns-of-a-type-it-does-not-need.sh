#!/usr/bin/env bash
# Tool and version: myst-nb 1.4.0 with Sphinx 9.0.4.
# Behaviour: an output that has a MIME type unknown to myst-nb gets a warning even if a picture of
#   the same figure stands beside it and is shown. A build with `-W` (warnings are errors) fails.
# Output seen: exit status 1, "skipping unknown output mime type"; with
#   `suppress_warnings = ["mystnb.unknown_mime_type"]` 0. The picture is in the page both times.
# Why it matters: charts that stay interactive in JupyterLab carry a Vega-Lite specification beside
#   the picture. Documentation made of such notebooks needs this line in its conf.py.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet myst-nb==1.4.0 nbformat==5.11.1 sphinx==9.0.4

venv/bin/python - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import nbformat

data = {
    "application/vnd.vegalite.v6+json": {"mark": "point"},
    "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    "text/plain": "a chart",
}
cells = [
    nbformat.v4.new_markdown_cell("# Dockings"),
    nbformat.v4.new_code_cell("chart", outputs=[nbformat.v4.new_output("display_data", data)]),
]
Path("source").mkdir()
language = {"name": "python", "pygments_lexer": "ipython3"}
notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": language})
nbformat.write(notebook, "source/index.ipynb")
settings = "extensions = ['myst_nb']\nnb_execution_mode = 'off'\n"
seen = {}
for name, line in {
    "default": "",
    "suppressed": "suppress_warnings = ['mystnb.unknown_mime_type']\n",
}.items():
    Path("source/conf.py").write_text(settings + line)
    build = [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "source", f"page-{name}"]
    run = subprocess.run(build, capture_output=True, text=True)
    page = Path(f"page-{name}/index.html").read_text()
    seen[name] = run.returncode, "unknown output mime type" in run.stderr, ".svg" in page
expected = {"default": (1, True, True), "suppressed": (0, False, True)}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
