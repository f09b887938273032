#!/usr/bin/env bash
# Tool and version: Vega-Lite 6.4 and 5.8, as vl-convert 1.9.0 compiles them, with Altair 6.3.0.
# Behaviour: two layers share their vertical axis, and one of them hides it with `axis=None`. With
#   that layer below the other the chart is drawn; above it, an error ends the compilation, which
#   names neither the layer nor the axis. An axis of which nothing is shown can stand above.
# Output seen: "drawn" for hidden + shown, "TypeError: Cannot read properties of undefined" for
#   shown + hidden, "drawn" for shown + invisible.
# Why it matters: a chart that writes its own labels hides the axis; whoever draws a line of their
#   own under it gets this error.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 vl-convert-python==1.9.0.post1

venv/bin/python - <<'PYTHON'
import altair as alt
import vl_convert

ERROR = "TypeError: Cannot read properties of undefined"
rule = alt.Chart(alt.Data(values=[{"hours": 6}])).mark_rule()
shown = rule.encode(y="hours:Q")
hidden = rule.encode(y=alt.Y("hours:Q", axis=None))
nothing = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
invisible = rule.encode(y=alt.Y("hours:Q", axis=nothing))


def drawn(chart, version):
    try:
        vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=version)
    except ValueError as error:
        return ERROR if ERROR in str(error) else str(error)
    return "drawn"


pairs = {
    "hidden + shown": hidden + shown,
    "shown + hidden": shown + hidden,
    "shown + invisible": shown + invisible,
}
expected = dict(zip(pairs, ["drawn", ERROR, "drawn"], strict=True))
for version in ("6.4", "5.8"):
    seen = {name: drawn(chart, version) for name, chart in pairs.items()}
    print(version, seen)
    if seen != expected:
        raise SystemExit(f"changed; expected: {expected}")
PYTHON
