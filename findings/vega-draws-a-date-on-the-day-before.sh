#!/usr/bin/env bash
# Tool and version: vl-convert 1.9.0.post1 (Vega-Lite 6), with Altair 6.3.0 and Polars 2.1.0.
# Behaviour: a date without time is midnight in UTC and is drawn in local time, so west of Greenwich
#   it is the day before. A date and time without zone is local, and drawn right everywhere. Altair
#   adds that time to the dates of a frame, but not to dates in text or in `alt.Data`.
# Output seen: in America/New_York "2020-11-16" is drawn as Nov 15, from a Polars Date as Nov 16.
# Why it matters: the same notebook shows another launch date to a colleague, and pictures differ by
#   machine. Charts of the package use UTC scales and instants with a zone.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 polars==2.1.0 vl-convert-python==1.9.0.post1

cat >draw.py <<'PYTHON'
import re
from datetime import date

import altair as alt
import polars as pl
import vl_convert

text = alt.Data(values=[{"launch": "2020-11-16"}])
frame = pl.DataFrame({"launch": [date(2020, 11, 16)]})
for source in (text, frame):
    chart = alt.Chart(source).mark_point().encode(x="launch:T")
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    print(*re.findall(r'aria-label="launch: ([^"]*)"', svg), sep="", end="; ")
PYTHON
seen="$(TZ=UTC venv/bin/python draw.py)| $(TZ=America/New_York venv/bin/python draw.py)"
expected="Nov 16, 2020; Nov 16, 2020; | Nov 15, 2020; Nov 16, 2020; "
echo "seen: $seen"
if [ "$seen" != "$expected" ]; then
    echo "changed; expected: $expected"
    exit 1
fi
