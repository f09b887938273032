#!/usr/bin/env bash
# Tool and version: Polars 2.1.0, pandas 3.1.1, pyarrow 26.0.1, DuckDB 2.0.1.
# Behaviour: an empty text (`""`) and a missing value (nothing between two commas) are different in
#   CSV. Polars reads them as '' and null, pandas and DuckDB as null and null, pyarrow as '' and ''.
# Output seen: {'Polars': ['', None], 'pandas': [None, None], 'pyarrow': ['', ''],
#   'DuckDB': [None, None]}
# Why it matters: counts of missing serial numbers or descriptions from one exported CSV differ by
#   reader. Only Parquet carries the difference everywhere.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1

venv/bin/python - <<'PYTHON'
import duckdb
import pandas as pd
import polars as pl
import pyarrow.csv

pl.DataFrame({"id": [1, 2, 3], "serial": ["C207", "", None]}).write_csv("craft.csv")
serials = {
    "Polars": pl.read_csv("craft.csv")["serial"].to_list(),
    "pandas": [None if pd.isna(s) else s for s in pd.read_csv("craft.csv")["serial"]],
    "pyarrow": pyarrow.csv.read_csv("craft.csv")["serial"].to_pylist(),
    "DuckDB": [s for (s,) in duckdb.sql("select serial from 'craft.csv' order by id").fetchall()],
}
seen = {reader: values[1:] for reader, values in serials.items()}
expected = {
    "Polars": ["", None],
    "pandas": [None, None],
    "pyarrow": ["", ""],
    "DuckDB": [None, None],
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
