#!/usr/bin/env bash
# Tool and version: Altair 6.3.0 with Polars 2.1.0.
# Behaviour: `alt.layer` makes deep copies of the data of each layer if that is rows of plain values
#   (`{"values": [...]}`), which takes longer than all else. A frame is passed by reference.
# Output seen: of two layers of 10,000 rows none has the rows that were passed; with frames each has
#   its own. Layering the rows took 54 to 71 times as long.
# Why it matters: the charts here draw rows of plain values in up to eight layers. A third of the
#   time of a chart went into copies, until the rows had a class of their own that hands out itself.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 polars==2.1.0

venv/bin/python - <<'PYTHON'
import time

import altair as alt
import polars as pl

dots = pl.DataFrame({"days": range(10_000), "flights": range(10_000)})
lines = dots.reverse()
seen, took = {}, {}
for name in ("rows", "frame"):
    data = [{"values": one.to_dicts()} if name == "rows" else one for one in (dots, lines)]
    bases = [alt.Chart(one).encode(x="days:Q", y="flights:Q") for one in data]
    begun = time.perf_counter()
    chart = alt.layer(bases[0].mark_point(), bases[1].mark_line())
    took[name] = time.perf_counter() - begun
    seen[name] = all(one.data is given for one, given in zip(chart.layer, data))
slower = took["rows"] / took["frame"]
print(f"passed by reference: {seen}; layering rows took {slower:.0f} times as long")
if seen != {"rows": False, "frame": True} or slower < 5:
    raise SystemExit("changed; expected: rows copied, a frame not, and over 5 times as long")
PYTHON
