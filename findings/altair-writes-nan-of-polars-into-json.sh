#!/usr/bin/env bash
# Tool and version: Altair 6.3.0 with Polars 2.1.0 and pandas 3.1.1.
# Behaviour: a NaN in a pandas frame becomes null in the specification of a chart. One in a Polars
#   frame stays NaN, so `to_json()` and `save("chart.json")` give text that is not JSON.
# Output seen: pandas null; Polars NaN, and node's JSON.parse raises a SyntaxError.
# Why it matters: 0 / 0 in a utilisation makes a chart whose saved specification no browser loads,
#   though Python reads the text back. Missing figures are null, not NaN.
# Needs: python3 with venv and pip; node 20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 pandas==3.1.1 polars==2.1.0

venv/bin/python - <<'PYTHON'
import subprocess

import altair as alt
import pandas as pd
import polars as pl

shares = [float("nan"), 0.5]
seen = {}
for library in (pd, pl):
    frame = library.DataFrame({"share": shares})
    text = alt.Chart(frame).mark_point().encode(x="share:Q").to_json()
    script = "JSON.parse(require('node:fs').readFileSync(0, 'utf8'))"
    node = subprocess.run(["node", "-e", script], input=text, capture_output=True, text=True)
    if node.returncode == 0:
        seen[library.__name__] = "JSON"
    else:
        seen[library.__name__] = "SyntaxError" if "SyntaxError" in node.stderr else node.stderr
expected = {"pandas": "JSON", "polars": "SyntaxError"}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
