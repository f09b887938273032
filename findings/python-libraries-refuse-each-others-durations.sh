#!/usr/bin/env bash
# Tool and version: pandas 3.1.1, pydantic 2.14.4, msgspec 0.23.0, Django 5.2.19.
# Behaviour: all four write a timedelta as ISO 8601 text, and not one is read by all the others.
#   pandas puts the sign inside (`P-1DT23H22M0S` for -38 minutes), pydantic writes 1627 days with
#   years of 365 days (`P4Y167D`).
# Output seen: pandas' text of -38 minutes is refused by the other three; pydantic's text of
#   1627 days by the other three as well. msgspec's and Django's texts are read by all.
# Why it matters: a file of records often passes through one of them before this package reads
#   it. Its error names the writer these spellings come from.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet \
    Django==5.2.19 msgspec==0.23.0 pandas==3.1.1 pydantic==2.14.4

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import msgspec
import pandas as pd
import pydantic
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

adapter = pydantic.TypeAdapter(timedelta)
writers = {
    "pandas": lambda value: pd.Timedelta(value).isoformat(),
    "pydantic": lambda value: adapter.dump_python(value, mode="json"),
    "msgspec": lambda value: msgspec.to_builtins(value),
    "Django": duration_iso_string,
}
readers = {
    "pandas": pd.Timedelta,
    "pydantic": adapter.validate_python,
    "msgspec": lambda text: msgspec.convert(text, timedelta),
    "Django": parse_duration,
}


def reads(read, text, value):
    try:
        return read(text) == value
    except ValueError:
        return False


seen = {}
for value in (timedelta(minutes=-38), timedelta(days=1627)):
    for writer, write in writers.items():
        text = write(value)
        seen[writer, text] = [name for name, read in readers.items() if reads(read, text, value)]
everyone = list(readers)
expected = {
    ("pandas", "P-1DT23H22M0S"): ["pandas"],
    ("pydantic", "-PT38M"): everyone,
    ("msgspec", "-PT2280S"): everyone,
    ("Django", "-P0DT00H38M00S"): everyone,
    ("pandas", "P1627DT0H0M0S"): everyone,
    ("pydantic", "P4Y167D"): ["pydantic"],
    ("msgspec", "P1627D"): everyone,
    ("Django", "P1627DT00H00M00S"): everyone,
}
for (writer, text), names in seen.items():
    print(f"seen: {text} of {writer} is read by {', '.join(names)}")
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
