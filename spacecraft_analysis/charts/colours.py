"""The colour of each series.

A name with a colour of its own has it in every chart, so that a reader who has found Dragon 2 once
finds it on every page. The others take what is left, in the order of their chart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import polars as pl

# Each has a contrast of 3:1 to white and to a dark page; the set was searched for the largest
# distance (in OKLab) between any two, grey included, under normal, red-, green- and blue-blind
# sight.
PALETTE = (
    *("#5a69f0", "#00a53c", "#ff5a00", "#c33cb4", "#c30069"),
    *("#4b6987", "#8787ff", "#965a00", "#c378c3"),
)
GREY = "#878787"
"""The colour of several groups drawn as one."""
INK = "#767676"
"""The tone of text, and of the row `all`: readable on white and on a dark page."""
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


def colours_of(names: Sequence[str], others: str = "") -> dict[str, str]:
    """Return the colour of each name, in the order of the chart; no two names share one.

    `all` has the tone of text, and `others`, the name of the series that stands for several, grey.
    """
    chosen = {name: colour for name, colour in (("all", INK), (others, GREY)) if name in names}
    for name in names:
        if STATED.get(name, GREY) not in (GREY, *chosen.values()):
            chosen.setdefault(name, STATED[name])
    rest = [name for name in names if name not in chosen]
    free = [colour for colour in PALETTE if colour not in chosen.values()]
    return chosen | dict(zip(rest, [*free, *_shades(len(rest) - len(free))], strict=False))


def coloured(rows: pl.DataFrame, names: Iterable[str], others: str = "") -> pl.DataFrame:
    """Return the rows with the `_colour` of their group, in a chart with these series.

    The colours are data and no scale: charts side by side would share one.
    """
    chosen = colours_of(list(dict.fromkeys(names)), others)
    return rows.with_columns(
        _colour=pl.col("group").replace_strict(chosen, default=GREY, return_dtype=pl.String)
    )


def _shades(count: int) -> list[str]:
    """Return at least so many lighter and darker shades of the palette, the nearest first."""
    rounds = math.ceil(max(count, 0) / len(PALETTE))
    shades = []
    for nth in range(rounds):
        towards, amount = 255 * (nth % 2 == 0), (nth // 2 + 1) / ((rounds + 1) // 2) / 2
        for colour in PALETTE:
            parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            mixed = [round(part + amount * (towards - part)) for part in parts]
            shades.append("#{:02x}{:02x}{:02x}".format(*mixed))
    return shades
