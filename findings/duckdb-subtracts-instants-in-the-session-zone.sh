#!/usr/bin/env bash
# Tool and version: DuckDB 2.0.1.
# Behaviour: `later - earlier` of two TIMESTAMP WITH TIME ZONE values depends on the time zone of
#   the session: where its clocks change between the two, the difference is an hour off. `epoch`
#   and `date_diff` are right in every zone.
# Output seen: 2024-03-01 12:00 UTC to 2024-04-01 12:00 UTC is 31 days in a session in UTC, and
#   31 days 1:00:00 in one in America/New_York; epoch(later) - epoch(earlier) is 2678400 in both.
# Why it matters: a turnaround is the difference of two instants. The same query on an exported
#   file gives other figures on the machine of a colleague, so an export stores UTC without a zone.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import duckdb


def difference(zone):
    connection = duckdb.connect()
    connection.execute(f"set timezone = '{zone}'")
    connection.execute(
        "create table turnaround as select timestamptz '2024-03-01 12:00+00' as landing,"
        " timestamptz '2024-04-01 12:00+00' as launch"
    )
    return connection.execute(
        "select launch - landing, epoch(launch) - epoch(landing) from turnaround"
    ).fetchone()


seen = {zone: difference(zone) for zone in ("UTC", "America/New_York")}
expected = {
    "UTC": (timedelta(days=31), 2678400.0),
    "America/New_York": (timedelta(days=31, hours=1), 2678400.0),
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
