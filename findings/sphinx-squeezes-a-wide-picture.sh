#!/usr/bin/env bash
# Tool and version: Sphinx 9.0.4 with its default theme (alabaster 1.0.0) and myst-nb 1.4.0.
# Behaviour: Jupyter stores a picture's size beside it, so that one drawn at double size is shown
#   sharp; myst-nb writes this size as the attributes width and height. Sphinx's style sheet limits
#   the width to that of the column and leaves the height as it is, so that a wider picture is
#   squeezed. A picture without a stored size keeps its shape.
# Output seen: of 1200 × 400: a share of 1.00 of the height and less than 0.6 of the width are left;
#   without a stored size: the same share of both.
# Why it matters: a chart of many years is wider than the column, and its circles become ellipses
#   and its letters narrow, without a warning.
# Needs: python3 with venv and pip, and Chromium (Debian's package chromium).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet Sphinx==9.0.4 alabaster==1.0.0 myst-nb==1.4.0 pillow==12.2.0

mkdir documents
cat > documents/conf.py <<'PYTHON'
extensions = ["myst_nb"]
nb_execution_mode = "off"
suppress_warnings = ["myst-nb.lexer"]
PYTHON
venv/bin/python - <<'PYTHON'
import base64
import io

import nbformat
from nbformat import v4
from PIL import Image

file = io.BytesIO()
Image.new("L", (2400, 800)).save(file, "PNG")
picture = {"image/png": base64.b64encode(file.getvalue()).decode()}
size = {"image/png": {"width": 1200, "height": 400}}
outputs = [v4.new_output("display_data", picture, metadata=one) for one in (size, {})]
cells = [v4.new_markdown_cell("# Charts"), v4.new_code_cell("charts", outputs=outputs)]
nbformat.write(v4.new_notebook(cells=cells), "documents/index.ipynb")
PYTHON
venv/bin/sphinx-build -q -b html documents pages
cat >> pages/index.html <<'HTML'
<script>
addEventListener("load", () => {
  document.title = Array.from(document.images, (image) =>
    (image.clientWidth / 1200).toFixed(2) + " " + (image.clientHeight / 400).toFixed(2)).join(" ");
});
</script>
HTML
chromium --headless --no-sandbox --window-size=1280,900 --dump-dom "file://$folder/pages/index.html" \
    2> chromium.log > page.html
venv/bin/python - <<'PYTHON'
import re
from pathlib import Path

title = re.search("<title>(.*?)</title>", Path("page.html").read_text())[1]
shares = [float(share) for share in title.split()]
print("shares of the width and the height that are left, with a stored size, then without:", shares)
wide, high, plain_wide, plain_high = shares
if not (wide < 0.6 and high == 1.0 and abs(plain_wide - plain_high) < 0.02):
    raise SystemExit("changed; expected: less than 0.6 and 1.0, then the same share of both")
PYTHON
