#!/usr/bin/env bash
# Tool and version: fastparquet 2026.9.0, reading Parquet files of Polars 2.1.0 and pandas 3.1.1.
# Behaviour: the zone of an instant depends on who wrote the file. Parquet itself marks the column
#   as adjusted to UTC in both; fastparquet follows pandas' own metadata alone, and without them
#   the instant is naive.
# Output seen: polars: datetime64[us]; pandas: datetime64[us, UTC].
# Why it matters: launch times of the two files can't be joined or compared in pandas, and a naive
#   one is easily taken for local time. Documentation on readers names the writer, too.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet \
    fastparquet==2026.9.0 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1

venv/bin/python - <<'PYTHON'
from datetime import datetime, timezone

import fastparquet
import polars as pl

frame = pl.DataFrame({"launch_net": [datetime(1981, 4, 12, 12, 0, 3, tzinfo=timezone.utc)]})
frame.write_parquet("polars.parquet")
frame.to_pandas().to_parquet("pandas.parquet", engine="pyarrow")
seen = {
    writer: str(fastparquet.ParquetFile(f"{writer}.parquet").to_pandas()["launch_net"].dtype)
    for writer in ("polars", "pandas")
}
expected = {"polars": "datetime64[us]", "pandas": "datetime64[us, UTC]"}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
