#!/usr/bin/env bash
# Tool and version: jupytext 1.19.6.
# Behaviour: the text format py:percent keeps tags, but no cell ids. A notebook that goes through it
#   comes back with new random ids, other ones each time.
# Output seen: tags kept; ids kept False; ids the same in two conversions False.
# Why it matters: a page, or a link into it, that names a figure by its cell's id changes with every
#   conversion. Figures are named by their number or by text of the notebook.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet jupytext==1.19.6 nbformat==5.11.1

venv/bin/python - <<'PYTHON'
import jupytext
import nbformat

before = nbformat.v4.new_code_cell("chart", metadata={"tags": ["hide-input"]})
text = jupytext.writes(nbformat.v4.new_notebook(cells=[before]), fmt="py:percent")
first, second = (jupytext.reads(text, fmt="py:percent").cells[0] for _ in range(2))
seen = {
    "tags kept": first.metadata.get("tags") == ["hide-input"],
    "id kept": first.id == before.id,
    "same id twice": first.id == second.id,
}
expected = {"tags kept": True, "id kept": False, "same id twice": False}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
