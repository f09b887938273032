#!/usr/bin/env bash
# Tool and version: DuckDB 2.0.1, reading a Parquet file of Polars 2.1.0.
# Behaviour: a duration from a Parquet file is a BIGINT of microseconds without a unit, although
#   DuckDB has INTERVAL and takes the same Polars frame from memory as INTERVAL. Its own INTERVAL,
#   written to Parquet, is twelve raw bytes for pyarrow 26.0.1.
# Output seen: 36 hours are (129600000000, 'BIGINT') from the file and (1 day 12:00:00, 'INTERVAL')
#   from the frame; pyarrow reads DuckDB's column as fixed_size_binary[12].
# Why it matters: times in space and turnarounds are durations. A query that compares them with an
#   interval fails, and one that adds them up gives a number of unknown unit. An export for SQL
#   therefore has seconds or days, with the unit in the column's name.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import duckdb
import polars as pl
import pyarrow.parquet as pq

frame = pl.DataFrame({"time_in_space": [timedelta(hours=36)]})
frame.write_parquet("flights.parquet")
columns = "time_in_space, typeof(time_in_space)"
duckdb.sql("copy (select interval '36 hours' as d) to 'interval.parquet'")
seen = {
    "file": duckdb.sql(f"select {columns} from 'flights.parquet'").fetchall(),
    "frame": duckdb.sql(f"select {columns} from frame").fetchall(),
    "pyarrow": str(pq.read_table("interval.parquet").schema.field("d").type),
}
expected = {
    "file": [(129600000000, "BIGINT")],
    "frame": [(timedelta(hours=36), "INTERVAL")],
    "pyarrow": "fixed_size_binary[12]",
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
