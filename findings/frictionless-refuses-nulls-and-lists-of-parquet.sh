#!/usr/bin/env bash
# Tool and version: frictionless 5.21.0 (with pandas and parquet), reading a file of Polars 2.1.0.
# Behaviour: Parquet comes in through pandas, where integers with a null are floats and lists are
#   arrays. frictionless then reports type errors, though the file has
#   exactly the types that the schema names. The same integers in CSV are valid.
# Output seen: integers valid; integers with a null 1 type error (the null), lists one each row; CSV
#   with a null valid.
# Why it matters: most columns of flights can be null, and families and programs are lists. A Data
#   Package of Parquet files can't be checked with the standard's own tool; one of CSV files can.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet "frictionless[pandas,parquet]==5.21.0" polars==2.1.0

venv/bin/python -W ignore - <<'PYTHON'
import polars as pl
from frictionless import Resource, validate


def errors(path, kind):
    fields = [{"name": "id", "type": "integer"}, {"name": "values", "type": kind}]
    table = {"name": "flights", "path": path, "type": "table", "schema": {"fields": fields}}
    [task] = validate(Resource.from_descriptor(table)).tasks
    return [error.type for error in task.errors]


columns = {"integers": [1, 2], "nullable": [1, None], "lists": [[1], [2]]}
for name, values in columns.items():
    pl.DataFrame({"id": [1, 2], "values": values}).write_parquet(f"{name}.parquet")
pl.DataFrame({"id": [1, 2], "values": [1, None]}).write_csv("nullable.csv")
seen = {
    "integers.parquet": errors("integers.parquet", "integer"),
    "nullable.parquet": errors("nullable.parquet", "integer"),
    "lists.parquet": errors("lists.parquet", "array"),
    "nullable.csv": errors("nullable.csv", "integer"),
}
expected = {
    "integers.parquet": [],
    "nullable.parquet": ["type-error"],
    "lists.parquet": ["type-error", "type-error"],
    "nullable.csv": [],
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
