#!/usr/bin/env bash
# Tool and version: Polars 2.1.0 with XlsxWriter 3.3.1, read back with openpyxl 3.1.5.
# Behaviour: a cell of a workbook holds 32,767 characters. `write_excel` cuts longer texts there,
#   without an error or warning: XlsxWriter only returns -2 for the cell, and Polars drops that.
# Output seen: a text of 40,000 characters comes back with 32,767, and no warning was issued.
# Why it matters: descriptions of missions and notes are of any length. An export to .xlsx that may
#   drop nothing compares lengths first, and says which cells were cut.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet openpyxl==3.1.5 polars==2.1.0 xlsxwriter==3.3.1

venv/bin/python - <<'PYTHON'
import warnings

import openpyxl
import polars as pl

with warnings.catch_warnings(record=True) as issued:
    warnings.simplefilter("always")
    pl.DataFrame({"description": ["a" * 40_000]}).write_excel("craft.xlsx")
cell = openpyxl.load_workbook("craft.xlsx").active["A2"]
seen = {"characters": len(cell.value), "warnings": len(issued)}
expected = {"characters": 32_767, "warnings": 0}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
