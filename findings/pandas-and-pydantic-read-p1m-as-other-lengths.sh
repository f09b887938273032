#!/usr/bin/env bash
# Tool and version: pandas 3.1.1, pydantic 2.14.4, isodate 0.7.2, msgspec 0.23.0.
# Behaviour: `P1M` is one month in ISO 8601. pandas reads it as one minute (and refuses `P1Y`),
#   pydantic as 30 days; isodate gives a Duration of one month, and msgspec refuses it.
# Output seen: pandas 0:01:00; pydantic 30 days; isodate 1 month; msgspec ValidationError.
# Why it matters: a stay of months in space becomes minutes without a warning. A month has no
#   fixed length, so the package refuses years and months.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet isodate==0.7.2 msgspec==0.23.0 pandas==3.1.1 pydantic==2.14.4

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import isodate
import msgspec
import pandas as pd
import pydantic

readers = {
    "pandas": lambda: pd.Timedelta("P1M").to_pytimedelta(),
    "pydantic": lambda: pydantic.TypeAdapter(timedelta).validate_python("P1M"),
    "isodate": lambda: isodate.parse_duration("P1M"),
    "msgspec": lambda: msgspec.convert("P1M", timedelta),
}
seen = {}
for name, read in readers.items():
    try:
        seen[name] = read()
    except ValueError as error:
        seen[name] = type(error).__name__
expected = {
    "pandas": timedelta(minutes=1),
    "pydantic": timedelta(days=30),
    "isodate": isodate.Duration(months=1),
    "msgspec": "ValidationError",
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
