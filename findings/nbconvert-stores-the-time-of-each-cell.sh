#!/usr/bin/env bash
# Tool and version: nbconvert 7.17.2 with nbclient, ipykernel 7.4.0.
# Behaviour: `nbconvert --execute` writes four clock times into the metadata of each cell, so two
#   runs of one notebook differ in every code cell even where all outputs are equal. With
#   `--ExecutePreprocessor.record_timing=False` the two files are the same.
# Output seen: default: different files; without timing: the same bytes.
# Why it matters: executed notebooks are compared and kept in version control. A repeated run of the
#   same snapshot should change nothing.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet ipykernel==7.4.0 nbconvert==7.17.2 nbformat==5.11.1

venv/bin/python - <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import nbformat

kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
cells = [nbformat.v4.new_code_cell("1 + 1")]
nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), "in.ipynb")


def run(*options):
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", *options]
    subprocess.run([*command, "--output", "out", "in.ipynb"], check=True, capture_output=True)
    return Path("out.ipynb").read_bytes()


without = "--ExecutePreprocessor.record_timing=False"
seen = {"default": run() == run(), "without timing": run(without) == run(without)}
expected = {"default": False, "without timing": True}
print("seen, the same bytes twice:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
