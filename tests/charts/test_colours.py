"""Which colour a group has, and that its colours can be told apart."""

from collections.abc import Sequence
from itertools import combinations

import pytest

from spacecraft_analysis.charts.colours import GREY, INK, PALETTE, colours_of

Colour = Sequence[float]
Matrix = Sequence[Colour]

# How the three kinds of colour-blind eyes see linear light (Machado, Oliveira, Fernandes 2009).
SIGHTS: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "red-blind": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "green-blind": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "blue-blind": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# OKLab (Ottosson 2020).
CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def _linear(colour: str) -> Colour:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def _times(matrix: Matrix, colour: Colour) -> Colour:
    return [sum(m * c for m, c in zip(row, colour, strict=True)) for row in matrix]


def _contrast(one: str, other: str) -> float:
    luminance: Matrix = ((0.2126, 0.7152, 0.0722),)
    dark, light = sorted(_times(luminance, _linear(colour))[0] + 0.05 for colour in (one, other))
    return light / dark


def _seen(colour: str, sight: Matrix) -> Colour:
    cones = _times(CONES, [max(light, 0) for light in _times(sight, _linear(colour))])
    return _times(LAB, [cone ** (1 / 3) for cone in cones])


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_colours_stand_out_on_light_and_dark_pages(page):
    """Marks have a contrast of 3:1 and text one of 4:1 against white and JupyterLab's dark."""
    assert min(_contrast(colour, page) for colour in (*PALETTE, GREY)) >= 3
    assert _contrast(INK, page) >= 4


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_are_told_apart_by_every_eye(sight):
    """Any two, grey included, are 0.08 apart in OKLab, four times what one just sees."""
    seen = [_seen(colour, SIGHTS[sight]) for colour in (*PALETTE, GREY)]
    apart = [
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        for one, other in combinations(seen, 2)
    ]
    assert min(apart) >= 0.08


def test_other_names_take_the_free_colours_in_the_order_of_the_chart():
    """Soyuz has the first colour of the palette, so Gemini gets the second."""
    chosen = colours_of(["Gemini", "Soyuz", "Vostok"])
    assert list(chosen.values()) == [PALETTE[0], PALETTE[1], PALETTE[2]]
    assert chosen["Gemini"] == PALETTE[1]


@pytest.mark.parametrize("count", [9, 10, 27, 300])
def test_no_two_names_share_a_colour_however_many_there_are(count):
    """Where the palette runs out there are shades of it."""
    assert len(set(colours_of(list(map(str, range(count)))).values())) == count
