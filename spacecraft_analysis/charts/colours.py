"""Which colour a group has: the same in every chart, whatever else is drawn.

A name has one colour or, where it has none of its own, grey; never two. So a reader who has found
Dragon 2 once finds it in every chart of every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

# Each stands out 3:1 from white and from a dark page; the set was searched for the largest distance
# (in OKLab) between any two, grey included, under normal, red-, green- and blue-blind sight.
PALETTE = (
    *("#5a69f0", "#00a53c", "#ff5a00", "#c33cb4", "#c30069"),
    *("#4b6987", "#8787ff", "#965a00", "#c378c3"),
)
GREY = "#878787"
# The families with the most time in space, those that fly again among them, the stations, and the
# types of craft. Neighbours in a stack are far from each other; the two Dragons are near.
STATED = {
    "Soyuz": PALETTE[0],
    "Progress": PALETTE[1],
    "Space Shuttle": PALETTE[2],
    "Dragon 2": PALETTE[3],
    "Shenzhou": PALETTE[4],
    "X-37B": PALETTE[5],
    "Cygnus": PALETTE[6],
    "Tianzhou": PALETTE[7],
    "Dragon": PALETTE[8],
    "International Space Station": PALETTE[0],
    "Mir": PALETTE[2],
    "Salyut 6": PALETTE[1],
    "Salyut 7": PALETTE[7],
    "Tiangong space station": PALETTE[4],
    "Skylab": PALETTE[5],
    "Capsule": PALETTE[0],
    "Cargo Resupply": PALETTE[1],
    "Spaceplane": PALETTE[2],
    "Reuseable Upper Stage": PALETTE[4],
    "Mass Simulator": PALETTE[5],
}
_STATED_COLUMNS = ("family", "family_root")


def own_colour(name: str, by: str) -> str:
    """The colour that a group of a column has for itself.

    A stated one, else grey for a family; of another column the letters decide, so that it is the
    same in every chart although none knows the others.

    Examples:
        >>> own_colour("Soyuz", "family") == own_colour("Soyuz", "config_name") == PALETTE[0]
        True
        >>> own_colour("Gemini", "family") == GREY
        True
        >>> own_colour("Soyuz MS", "config_name") in PALETTE
        True
    """
    if name in STATED or by in _STATED_COLUMNS:
        return STATED.get(name, GREY)
    return PALETTE[sum(map(ord, name)) % len(PALETTE)]


def colours_of(names: Iterable[str], by: str, *, grey: Iterable[str] = ("all",)) -> dict[str, str]:
    """The colour of each name of a chart, the names with the most in it first.

    No two share one: of two with the same colour a stated name has it, else the first; the other
    is grey.

    Args:
        names: The groups that are drawn.
        by: The column that they come from.
        grey: The names that stand for more than one group.
    """
    chosen: dict[str, str] = {}
    for name in sorted(names, key=lambda name: name not in STATED):
        own = GREY if name in grey else own_colour(name, by)
        chosen[name] = GREY if own in chosen.values() else own
    return chosen


def scale(order: list[str], by: str, *, grey: Iterable[str] = ("all",)) -> alt.Scale:
    """The colours of these names as Vega-Lite takes them."""
    import altair as alt

    chosen = colours_of(order, by, grey=grey)
    return alt.Scale(domain=order, range=[chosen[name] for name in order])
