#!/usr/bin/env bash
# Tool and version: vl-convert 1.9.0.post1 (Vega-Lite 6).
# Behaviour: a single 0 among the values of a logarithmic axis moves every point to the edge of the
#   chart. There is no error and no warning, and the axis still says "from 0 to 100".
# Output seen: 1, 10, 100 at x = 0, 100, 200; with a 0 before them all four at x = 0.
# Why it matters: times from launch to docking span minutes to days and invite a log scale; one
#   docking with a stored time of zero empties the chart. Such rows are set apart before drawing.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet vl-convert-python==1.9.0.post1

venv/bin/python - <<'PYTHON'
import re

import vl_convert


def positions(hours):
    scale = {"type": "log", "nice": False}
    svg = vl_convert.vegalite_to_svg(
        {
            "data": {"values": [{"hours": h} for h in hours]},
            "mark": "point",
            "width": 200,
            "height": 50,
            "encoding": {"x": {"field": "hours", "type": "quantitative", "scale": scale}},
        }
    )
    point = r'<path aria-label[^>]*transform="translate\(([\d.]+),'
    return [float(x) for x in re.findall(point, svg)]


seen = {"without zero": positions([1, 10, 100]), "with zero": positions([0, 1, 10, 100])}
expected = {"without zero": [0, 100, 200], "with zero": [0, 0, 0, 0]}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
