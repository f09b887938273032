#!/usr/bin/env bash
# Tool and version: pandas 3.1.1 with pyarrow 26.0.1, reading a Parquet file of Polars 2.1.0.
# Behaviour: one null inside one list of integers turns the lists of all rows into floats. Without
#   it they are integers.
# Output seen: [[1, None], [2, 3]] is read as float64 in both rows, [[1], [2, 3]] as int64 in both.
# Why it matters: ids of programs or pads in another row become 2.0 and 3.0, and joins and texts
#   made of them differ between two snapshots. Lists in the package's tables hold no null.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1

venv/bin/python - <<'PYTHON'
import pandas as pd
import polars as pl


def types(lists):
    pl.DataFrame({"program_ids": lists}).write_parquet("flights.parquet")
    return [str(array.dtype) for array in pd.read_parquet("flights.parquet")["program_ids"]]


seen = {"with null": types([[1, None], [2, 3]]), "without": types([[1], [2, 3]])}
expected = {"with null": ["float64", "float64"], "without": ["int64", "int64"]}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
