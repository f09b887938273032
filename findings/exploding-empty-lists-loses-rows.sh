#!/usr/bin/env bash
# Tool and version: Polars 1.44.2 and 2.1.0, DuckDB 2.0.1, pandas 3.1.1.
# Behaviour: one row each with an empty list, a list of one, and null. `explode` keeps all three in
#   Polars 1 and in pandas; Polars 2 drops the empty list and keeps the null (`empty_as_null` is
#   False by default now; 1.44 announced it by a DeprecationWarning). DuckDB's `unnest` drops both.
# Output seen: ids Polars 1 [1, 2, 3]; Polars 2 [2, 3]; pandas [1, 2, 3]; DuckDB [2].
# Why it matters: programs and families of a craft are lists, often empty. A count by program loses
#   craft with an upgrade; the package keeps lists, and whoever explodes one names `empty_as_null`.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet duckdb==2.0.1 pandas==3.1.1 polars==2.1.0
python3 -m venv venv-1
venv-1/bin/pip install --quiet polars==1.44.2

cat >polars_ids.py <<'PYTHON'
import polars as pl

craft = pl.DataFrame({"id": [1, 2, 3], "programs": [[], [17], None]})
print(craft.explode("programs")["id"].to_list())
PYTHON
cat >other_ids.py <<'PYTHON'
import duckdb
import pandas as pd

craft = pd.DataFrame({"id": [1, 2, 3], "programs": [[], [17], None]})
print("pandas", craft.explode("programs")["id"].to_list())
rows = duckdb.sql(
    "select id, unnest(programs) from (values (1, []::int[]), (2, [17]), (3, null)) t(id, programs)"
).fetchall()
print("DuckDB", [row[0] for row in rows])
PYTHON
seen="Polars 1 $(venv-1/bin/python -W ignore polars_ids.py)
Polars 2 $(venv/bin/python polars_ids.py)
$(venv/bin/python other_ids.py)"
expected="Polars 1 [1, 2, 3]
Polars 2 [2, 3]
pandas [1, 2, 3]
DuckDB [2]"
echo "seen: $seen"
if [ "$seen" != "$expected" ]; then
    echo "changed; expected: $expected"
    exit 1
fi
