#!/usr/bin/env bash
# Tool and version: papermill 2.7.0.
# Behaviour: `-p` guesses a type from the text: 007 is the integer 7, 58e3 the float 58000.0, inf a
#   float, None and True Python's values. `-r` passes the text as it is.
# Output seen: -p serial 007: 7; -p source None: None; -r serial 007: '007'.
# Why it matters: serial numbers of spacecraft, and a file called "1.0", are text. A notebook with
#   parameters states its types, and its documentation names `-r`.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nbformat==5.11.1 papermill==2.7.0

venv/bin/python - <<'PYTHON'
import subprocess
import sys

import nbformat

kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
cell = nbformat.v4.new_code_cell('value = ""', metadata={"tags": ["parameters"]})
notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
nbformat.write(notebook, "in.ipynb")


def injected(option, text):
    command = [sys.executable, "-m", "papermill", "--prepare-only", option, "value", text]
    subprocess.run([*command, "in.ipynb", "out.ipynb"], check=True, capture_output=True)
    for cell in nbformat.read("out.ipynb", as_version=4).cells:
        if "injected-parameters" in cell.metadata.tags:
            return cell.source.splitlines()[-1]


expected = {
    ("-p", "007"): "value = 7",
    ("-p", "58e3"): "value = 58000.0",
    ("-p", "None"): "value = None",
    ("-r", "007"): 'value = "007"',
}
seen = {case: injected(*case) for case in expected}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
