#!/usr/bin/env bash
# Tool and version: Polars 2.1.0, its streaming engine.
# Behaviour: rows of a file, joined to what a group-by finds among the same rows, stream in little
#   memory. If the rows have one derived column, the two uses become a shared subplan, and all rows
#   wait in memory until the group-by has ended. Without comm_subplan_elim they are read twice and
#   stream again.
# Output seen, 20 million rows of 24 bytes, memory at the peak: about 50 MB as in the file, 490 MB with
#   the column, 95 to 110 MB with the column and without comm_subplan_elim; the same result.
# Why it matters: "docking events of the craft whose events add up to too little" is such a query. On
#   data larger than memory it fails, though each part of it streams. A user switches the sharing off
#   for a measure by collect(optimizations=pl.QueryOptFlags(comm_subplan_elim=False)).
# Needs: Linux; python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet polars==2.1.0

cat > query.py <<'PYTHON'
import re
import sys
from pathlib import Path

import polars as pl

derived, shared = (argument == "yes" for argument in sys.argv[1:])


def memory(kind):
    return int(re.search(rf"{kind}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024


rows = pl.scan_parquet("events.parquet")
if derived:
    rows = rows.with_columns(docked=pl.col("departure") - pl.col("docking"))
total = rows.group_by("craft").agg(pl.col("departure").sum()).filter(pl.col("departure") > 0)
joined = rows.join(total, on="craft", how="semi")
query = joined.select(pl.col("docking", "departure").max())
rows.head(10).collect(engine="streaming")
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
flags = pl.QueryOptFlags(comm_subplan_elim=shared)
result = query.collect(engine="streaming", optimizations=flags).row(0)
print(memory("VmHWM") - before, *result)
PYTHON

venv/bin/python - <<'PYTHON'
import subprocess
import sys

import polars as pl

number = pl.int_range(20_000_000, dtype=pl.Int64, eager=True)
columns = {"craft": number % 1000, "docking": number * 1000, "departure": number * 1000 + 7}
pl.DataFrame(columns).write_parquet("events.parquet")


def run(derived, shared):
    command = [sys.executable, "query.py", derived, shared]
    peak, *result = map(int, subprocess.check_output(command, text=True).split())
    print(f"derived column: {derived}, shared subplan allowed: {shared}: {peak} MB, {result}")
    return peak, result


plain, held, read_twice = run("no", "yes"), run("yes", "yes"), run("yes", "no")
assert plain[1] == held[1] == read_twice[1], "the results differ"
if not (held[0] > 300 and max(plain[0], read_twice[0]) < 150):
    raise SystemExit("changed; expected: about 50, 490 and 110 MB")
PYTHON
