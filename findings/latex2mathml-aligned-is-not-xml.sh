#!/usr/bin/env bash
# Tool and version: latex2mathml 3.81.1.
# Behaviour: `align` and `cases` become tables, `aligned` does not: its rows run into one line, and
#   the column marks stay as a bare `&`, so that the result is not well-formed XML. An unknown
#   command is printed by its name. No error is raised.
# Output seen: cases table; align table; aligned not well-formed; \unknowncommand a name.
# Why it matters: formulas with several lines are usually written with `aligned`. The result of a
#   conversion has to be checked before it is put into a page.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet latex2mathml==3.81.1

venv/bin/python - <<'PYTHON'
from xml.etree import ElementTree

from latex2mathml.converter import convert


def kind(formula):
    try:
        tree = ElementTree.fromstring(convert(formula))
    except ElementTree.ParseError:
        return "not well-formed"
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    if "unknowncommand" in "".join(tree.itertext()):
        return "a name"
    return "table" if "mtable" in tags else "line"


formulas = {
    "cases": r"\begin{cases} a & x \\ b & y \end{cases}",
    "align": r"\begin{align} a &= b \\ c &= d \end{align}",
    "aligned": r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    "gathered": r"\begin{gathered} a = b \\ c = d \end{gathered}",
    "unknown": r"\unknowncommand{x}",
}
seen = {name: kind(formula) for name, formula in formulas.items()}
expected = {
    "cases": "table",
    "align": "table",
    "aligned": "not well-formed",
    "gathered": "line",
    "unknown": "a name",
}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON
