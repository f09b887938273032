#!/usr/bin/env bash
# Tool and version: Polars 2.1.0, pandas 3.1.1, DuckDB 2.0.1.
# Behaviour: in Polars `median()` takes the middle between two values, `quantile(0.5)` the nearest
#   one, so that the two differ for an even number of values. In pandas and in DuckDB
#   (`quantile_cont`) they agree.
# Output seen: for turnarounds of 1, 2, 3 and 4 days Polars has 2.5 and 3.0, pandas 2.5 and 2.5,
#   DuckDB 2.5 and 2.5; for durations alike (2 days 12:00:00 and 3 days).
# Why it matters: a table with the median beside the quartiles mixes two definitions unless
#   `interpolation` is passed, and its figures differ from those of a pandas user.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1 pandas==3.1.1 polars==2.1.0

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import duckdb
import pandas as pd
import polars as pl

days = [1, 2, 3, 4]
numbers = pl.Series(days)
durations = pl.Series([timedelta(days=d) for d in days])
seen = {
    "Polars": (numbers.median(), numbers.quantile(0.5)),
    "Polars, durations": (durations.median(), durations.quantile(0.5)),
    "pandas": (pd.Series(days).median(), pd.Series(days).quantile(0.5)),
    "DuckDB": duckdb.sql(
        "select median(d), quantile_cont(d, 0.5) from (values (1), (2), (3), (4)) as t(d)"
    ).fetchall(),
}
expected = {
    "Polars": (2.5, 3.0),
    "Polars, durations": (timedelta(days=2, hours=12), timedelta(days=3)),
    "pandas": (2.5, 2.5),
    "DuckDB": [(2.5, 2.5)],
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
