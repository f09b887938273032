#!/usr/bin/env bash
# Tool and version: DuckDB 2.0.1 and 1.5.6.
# Behaviour: a new database file of DuckDB 2 has a storage version that the last 1.x release
#   refuses. An old file stays readable for 1.x after DuckDB 2 has changed it, and so does a new
#   one that was attached with STORAGE_VERSION 'v1.2.0'.
# Output seen: 1.5.6 raises an error on the default file, and reads the rows of the other two.
# Why it matters: the readers of other languages follow later (the Node package was still at 1.5
#   in November 2026), so an export to .duckdb names the storage version.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 1.5.6 2.0.1; do
    python3 -m venv "venv-$version"
    "venv-$version/bin/pip" install --quiet "duckdb==$version"
done

venv-1.5.6/bin/python -c "
import duckdb
duckdb.connect('changed.duckdb').execute('create table craft as select 1 as id')"

venv-2.0.1/bin/python -c "
import duckdb
duckdb.connect('default.duckdb').execute('create table craft as select 1 as id')
duckdb.connect('changed.duckdb').execute('insert into craft values (2)')
connection = duckdb.connect()
connection.execute(\"attach 'named.duckdb' (storage_version 'v1.2.0')\")
connection.execute('create table named.craft as select 1 as id')"

venv-1.5.6/bin/python - <<'PYTHON'
import duckdb

seen = {}
for name in ("default", "changed", "named"):
    try:
        rows = duckdb.connect(f"{name}.duckdb").execute("from craft order by id").fetchall()
    except duckdb.Error as error:
        rows = type(error).__name__
    seen[name] = rows
expected = {"default": "IOException", "changed": [(1,), (2,)], "named": [(1,)]}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
