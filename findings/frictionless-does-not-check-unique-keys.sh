#!/usr/bin/env bash
# Tool and version: frictionless 5.21.0.
# Behaviour: a Data Package (version 2) whose rows break `uniqueKeys` or `categories` of its schema
#   is valid for `frictionless validate`. A repeated primary key is found.
# Output seen: uniqueKeys VALID, categories VALID, primaryKey INVALID.
# Why it matters: the tables of an export declare what is unique. A green validation is no evidence
#   of it; the rows have to be compared otherwise.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet frictionless==5.21.0

venv/bin/python - <<'PYTHON'
import json
from pathlib import Path

from frictionless import validate

Path("craft.csv").write_text("name,status\nEndeavour,Retired\nEndeavour,Retired\n")
number = {"name": "name", "type": "string"}
schemas = {
    "uniqueKeys": {"fields": [number, {"name": "status", "type": "string"}]},
    "categories": {
        "fields": [number, {"name": "status", "type": "string", "categories": ["Active"]}]
    },
    "primaryKey": {"fields": [number, {"name": "status", "type": "string"}]},
}
schemas["uniqueKeys"]["uniqueKeys"] = [["name"]]
schemas["primaryKey"]["primaryKey"] = ["name"]
seen = {}
for name, schema in schemas.items():
    resource = {"name": "craft", "path": "craft.csv", "type": "table", "schema": schema}
    profile = "https://datapackage.org/profiles/2.0/datapackage.json"
    Path("datapackage.json").write_text(json.dumps({"$schema": profile, "resources": [resource]}))
    seen[name] = "VALID" if validate("datapackage.json").valid else "INVALID"
expected = {"uniqueKeys": "VALID", "categories": "VALID", "primaryKey": "INVALID"}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
