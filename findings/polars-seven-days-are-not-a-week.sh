#!/usr/bin/env bash
# Tool and version: Polars 2.1.0.
# Behaviour: `truncate("7d")` counts windows of seven days from Thursday 1970-01-01, while
#   `truncate("1w")` begins a week on Monday. The same holds for `group_by_dynamic`.
# Output seen: Monday 2024-01-01 goes to Thursday 2023-12-28 with "7d" and stays with "1w".
# Why it matters: counts of launches or dockings by week differ in every bin between the two
#   spellings of one length, and a chart of "7d" has its ticks on Thursdays.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet polars==2.1.0

venv/bin/python - <<'PYTHON'
from datetime import date

import polars as pl

flights = pl.DataFrame({"launch": [date(2024, 1, 1), date(2024, 1, 4)]})


def windows(every):
    truncated = flights["launch"].dt.truncate(every).to_list()
    grouped = flights.group_by_dynamic("launch", every=every).agg(pl.len())["launch"].to_list()
    return [d.isoformat() for d in truncated], [d.isoformat() for d in grouped]


seen = {every: windows(every) for every in ("7d", "1w")}
expected = {
    "7d": (["2023-12-28", "2024-01-04"], ["2023-12-28", "2024-01-04"]),
    "1w": (["2024-01-01", "2024-01-01"], ["2024-01-01"]),
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
