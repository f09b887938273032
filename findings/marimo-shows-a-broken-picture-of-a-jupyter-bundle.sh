#!/usr/bin/env bash
# Tool and version: marimo 0.25.2 with Altair 6.3.0.
# Behaviour: an Altair renderer may return a bundle with its PNG as bytes or, as Jupyter's messages
#   have it, as base64 text. JupyterLab shows both. marimo makes a data URL of bytes alone and uses
#   the text as an address, so that the picture is broken; a specification in the same bundle is
#   dropped.
# Output seen: bytes "data:image/png;base64,iVBO…", text "iVBO…"; kinds: image/png alone.
# Why it matters: a theme that stores pictures for readers without scripts returns bytes, or its
#   charts vanish from a notebook that was converted for marimo.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet altair==6.3.0 marimo==0.25.2 vl-convert-python==1.9.0.post1

venv/bin/python - <<'PYTHON'
import base64
import json

import altair as alt
import vl_convert
from marimo._output.formatters.formatters import register_formatters
from marimo._output.formatting import get_formatter

register_formatters()
chart = alt.Chart(alt.Data(values=[{"days": 1}])).mark_point().encode(x="days:Q")


def shown(convert):
    def renderer(spec, **_):
        png = convert(vl_convert.vegalite_to_png(spec))
        data = {"image/png": png, "application/vnd.vegalite.v6+json": spec, "text/plain": "chart"}
        return data, {"image/png": {"width": 10, "height": 10}}

    alt.renderers.register("both", renderer)
    alt.renderers.enable("both")
    _, text = get_formatter(chart)(chart)
    bundle = json.loads(text)
    address = bundle.pop("image/png").partition("iVBO")[0] + "iVBO…"
    return address, [kind for kind in bundle if "/" in kind]


seen = {
    "bytes": shown(lambda png: png),
    "base64": shown(lambda png: base64.b64encode(png).decode()),
}
expected = {"bytes": ("data:image/png;base64,iVBO…", []), "base64": ("iVBO…", [])}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
