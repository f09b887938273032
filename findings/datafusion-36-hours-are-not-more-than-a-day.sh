#!/usr/bin/env bash
# Tool and version: DataFusion 55.0.0, reading a Parquet file of Polars 2.1.0.
# Behaviour: `duration > interval '1 day'` is false for a duration of 36 hours and
#   `duration < interval '1 day'` is true, while `> interval '24 hours'` is true. There is no error.
# Output seen: {'more_than_a_day': False, 'less_than_a_day': True, 'more_than_24_hours': True}
# Why it matters: "turnarounds of more than 30 days" is the first question to a table of flights,
#   and finds no row here. Numbers of seconds or days compare correctly in every engine.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet datafusion==55.0.0 polars==2.1.0

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import datafusion
import polars as pl

pl.DataFrame({"d": [timedelta(hours=36)]}).write_parquet("flights.parquet")
context = datafusion.SessionContext()
context.register_parquet("flights", "flights.parquet")
[seen] = context.sql(
    "select d > interval '1 day' as more_than_a_day, d < interval '1 day' as less_than_a_day,"
    " d > interval '24 hours' as more_than_24_hours from flights"
).to_pylist()
expected = {"more_than_a_day": False, "less_than_a_day": True, "more_than_24_hours": True}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
