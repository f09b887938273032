#!/usr/bin/env bash
# Tool and version: Altair 6.3.0 with nbconvert 7.17.2, nbformat 5.11.1 and papermill 2.7.0.
# Behaviour: the MIME type of Altair's "mimetype" renderer is `application/vnd.vegalite.v6.json`,
#   with a full stop where JSON types have a plus sign. nbformat takes it for a type that is not
#   JSON and finds the notebook invalid, so that a run ends without a result.
# Output seen: `nbconvert --execute` and papermill raise NotebookValidationError at the first chart.
# Why it matters: the renderer is the documented one for JupyterLab. A notebook that is drawn well
#   by hand can't be executed by a scheduler; the package's theme sets a type that is valid.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 ipykernel==7.4.0 nbconvert==7.17.2 nbformat==5.11.1 \
    papermill==2.7.0

venv/bin/python - <<'PYTHON'
import subprocess
import sys

import nbformat

source = """import altair as alt
alt.renderers.enable({renderer!r})
alt.Chart(alt.Data(values=[{{"days": 1}}])).mark_point().encode(x="days:Q")"""
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
commands = {
    "nbconvert": ["-m", "nbconvert", "--execute", "--to", "notebook", "--output", "out"],
    "papermill": ["-m", "papermill"],
}
seen = {}
for renderer in ("html", "mimetype"):
    cell = nbformat.v4.new_code_cell(source.format(renderer=renderer))
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, "in.ipynb")
    for tool, command in commands.items():
        files = ["in.ipynb", "out.ipynb"] if tool == "papermill" else ["in.ipynb"]
        run = subprocess.run([sys.executable, *command, *files], capture_output=True, text=True)
        seen[renderer, tool] = run.returncode, "NotebookValidationError" in run.stderr
expected = {
    ("html", "nbconvert"): (0, False),
    ("html", "papermill"): (0, False),
    ("mimetype", "nbconvert"): (1, True),
    ("mimetype", "papermill"): (1, True),
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
