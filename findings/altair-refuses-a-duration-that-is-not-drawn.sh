#!/usr/bin/env bash
# Tool and version: Altair 6.3.0 with Polars 2.1.0.
# Behaviour: a chart is refused if its frame holds any duration column, drawn or not. A column of
#   lists, which can't be drawn either, is let through as long as no channel uses it.
# Output seen: not drawn: duration ValueError, list accepted.
# Why it matters: every table of flights has durations, so `alt.Chart(flights)` fails until they are
#   dropped or turned into numbers. Charts of the package select their columns first.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 polars==2.1.0

venv/bin/python - <<'PYTHON'
from datetime import timedelta

import altair as alt
import polars as pl


def draw(extra):
    frame = pl.DataFrame({"year": [1981], "crew": [2], "extra": [extra]})
    try:
        alt.Chart(frame).mark_point().encode(x="year:Q", y="crew:Q").to_dict()
    except ValueError as error:
        return type(error).__name__
    return "accepted"


seen = {"duration": draw(timedelta(hours=54)), "list": draw([1, 2])}
expected = {"duration": "ValueError", "list": "accepted"}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
