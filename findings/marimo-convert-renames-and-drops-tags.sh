#!/usr/bin/env bash
# Tool and version: marimo 0.25.2.
# Behaviour: `marimo convert` of a notebook that assigns one name in two cells renames the second
#   (`chart` becomes `chart_1`), and makes a comment of the tags: an input that was hidden by a tag
#   is shown.
# Output seen: "chart_1 = chart", "# Cell tags: hide-input".
# Why it matters: the text around the cells still speaks of `chart`. A notebook that is to work in
#   marimo, too, assigns each name in one cell.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet marimo==0.25.2 nbformat==5.11.1

venv/bin/python - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import nbformat

cells = [
    nbformat.v4.new_code_cell("chart = 'by year'"),
    nbformat.v4.new_code_cell("chart = chart.title()", metadata={"tags": ["hide-input"]}),
]
nbformat.write(nbformat.v4.new_notebook(cells=cells), "in.ipynb")
subprocess.run(
    [sys.executable, "-m", "marimo", "convert", "in.ipynb", "-o", "out.py"], check=True
)
lines = [line.strip() for line in Path("out.py").read_text().splitlines()]
seen = {
    "renamed": "chart_1 = chart.title()" in lines,
    "tag as comment": "# Cell tags: hide-input" in lines,
    "hidden": any("hide_code" in line for line in lines),
}
expected = {"renamed": True, "tag as comment": True, "hidden": False}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
