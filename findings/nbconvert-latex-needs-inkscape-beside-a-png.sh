#!/usr/bin/env bash
# Tool and version: nbconvert 7.17.2.
# Behaviour: where an output has an SVG and a PNG of one figure, `--to latex` insists on converting
#   the SVG with Inkscape, and fails on a machine without it. A PNG alone is used as it is.
# Output seen: PNG alone: converted; PNG and SVG: "Inkscape executable not found".
# Why it matters: JupyterLab shows a PNG but no SVG in a notebook that is not trusted, so charts
#   want both, and then no longer go into LaTeX or PDF. A notebook to be shared holds the PNG.
# Needs: python3 with venv and pip; Inkscape is hidden by an empty PATH.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nbconvert==7.17.2 nbformat==5.11.1 pillow==13.0.0

venv/bin/python - <<'PYTHON'
import base64
import io
import os
from pathlib import Path

import nbformat
from nbconvert import LatexExporter
from PIL import Image

os.environ["PATH"] = str(Path("empty").absolute())
picture = io.BytesIO()
Image.new("RGB", (1, 1)).save(picture, "png")
png = {"image/png": base64.b64encode(picture.getvalue()).decode()}
svg = {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'}
seen = {}
for name, data in {"PNG": png, "PNG and SVG": png | svg}.items():
    output = nbformat.v4.new_output("display_data", data)
    cells = [nbformat.v4.new_code_cell("chart", outputs=[output])]
    try:
        LatexExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
        seen[name] = "converted"
    except FileNotFoundError as error:
        seen[name] = str(error).split(" in ")[0]
expected = {"PNG": "converted", "PNG and SVG": "Inkscape executable not found"}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
