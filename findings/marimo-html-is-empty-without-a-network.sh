#!/usr/bin/env bash
# Tool and version: marimo 0.25.2 and nbconvert 7.17.2.
# Behaviour: `marimo export html` runs a notebook and writes one file, which has the results only as
#   data for a script that is loaded from the network: without one the page is blank. nbconvert's
#   page names scripts of the network, too, but its text stands in the page itself.
# Output seen: text in the page: marimo False, nbconvert True; scripts from the network: both True.
# Why it matters: pages of results are read on a train and kept for years. The package's own pages
#   load nothing.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet ipykernel==7.4.0 marimo==0.25.2 nbconvert==7.17.2 nbformat==5.11.1

venv/bin/python - <<'PYTHON'
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat


class Page(HTMLParser):
    """Collect the text outside scripts, and the addresses of scripts."""

    def __init__(self):
        super().__init__()
        self.text, self.scripts, self.inside = "", [], None

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        if tag == "script":
            self.scripts.append(dict(attrs).get("src") or "")

    def handle_data(self, data):
        if self.inside not in ("script", "style", "marimo-code"):
            self.text += data


cells = [nbformat.v4.new_code_cell("'docked ' + str(6 * 7) + ' times'")]
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), "in.ipynb")
for command in (
    ["marimo", "convert", "in.ipynb", "-o", "in.py"],
    ["marimo", "export", "html", "in.py", "-o", "marimo.html"],
    ["nbconvert", "--execute", "--to", "html", "--output", "nbconvert", "in.ipynb"],
):
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
seen = {}
for tool in ("marimo", "nbconvert"):
    text = Path(f"{tool}.html").read_text()
    page = Page()
    page.feed(text)
    remote = any(address.startswith("https://") for address in page.scripts)
    seen[tool] = "docked 42 times" in text, "docked 42 times" in page.text, remote
expected = {"marimo": (True, False, True), "nbconvert": (True, True, True)}
print("seen, in the file, in the page, scripts from the network:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
