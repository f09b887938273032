"""The parts of every chart: rows as plain values, a time axis, tooltips, a title and a caption."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import altair as alt
import polars as pl
from polars import selectors

from spacecraft_analysis.charts.colours import INK
from spacecraft_analysis.charts.theme import LETTERING, WIDTH

# The title of a vertical axis, written horizontally above it: it takes no width on a phone.
ON_TOP: dict[str, Any] = {
    **{"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleBaseline": "bottom"},
    **{"titleX": -24, "titleY": -8},
}
# How long a time axis is at least, and what it then writes at its ticks: always the year.
_DATES = (
    (timedelta(days=6 * 365), "%Y"),
    (timedelta(days=150), "%b %Y"),
    (timedelta(days=8), "%-d %b %Y"),
    (timedelta(0), "%-d %b %Y %H:%M"),
)


class LayeredChart(alt.LayerChart):
    """An `alt.LayerChart` that lends its colours to no layer put over it, and can't be facetted."""

    def __add__(self, other: Any) -> Any:
        """Return this chart under another, with its own title and description."""
        under = self.copy(deep=False)
        under.title = under.description = alt.Undefined
        return alt.layer(under, other, title=self.title, description=self.description)

    def facet(self, *_: Any, **__: Any) -> Any:
        """Raise ValueError: the texts and lines of a chart belong to all of its rows."""
        raise ValueError(
            "this chart can't be split by facet, since its labels are placed for all of its rows; "
            "draw a chart of each part of the frame by the same function, and put them together: "
            "alt.vconcat(*(the_chart(part) for part in frame.partition_by('family')))"
        )


Layers = Sequence[alt.Chart | None]
"""The layers of a chart, the lowest first; None for one without rows, an image without a name."""


def finish(layers: Layers, title: str, *sentences: str, height: int) -> alt.LayerChart:
    """Return the layers as one chart whose caption has these sentences.

    Layers without a colour of their own have that of the row, in the field `_colour`.
    """
    drawn = [layer for layer in layers if layer is not None]
    caption = " ".join(filter(None, sentences))
    chart = LayeredChart(layer=drawn, title=title, description=caption, width=WIDTH, height=height)
    return chart.encode(color=alt.Color("_colour:N", scale=None))


def empty_chart(title: str, reason: str, *sentences: str) -> alt.LayerChart:
    """Return a chart that writes why nothing is drawn."""
    text = annotation(pl.DataFrame([{}])).mark_text(text=reason)
    return finish([text], f"{title}: nothing to draw", reason, *sentences, height=40)


class Dataset(alt.InlineData):
    """Rows as plain values, which no chart copies: Altair would, each time a layer is derived."""

    # Of the validation before drawing they are no part either.
    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, memo: Any) -> Dataset:
        # Altair calls it with the object itself; `copy.deepcopy`, which a user calls, does not.
        return self if memo is self else Dataset(**copy.deepcopy(self._kwds, memo))


def dataset(rows: pl.DataFrame) -> Dataset:
    """Return the rows as inline data, with instants as text in ISO 8601 and no NaN or infinity."""
    finite = pl.when(selectors.float().is_finite()).then(selectors.float())
    plain = rows.with_columns(finite, selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S"))
    return Dataset(values=plain.to_dicts())


def lettering(rows: pl.DataFrame) -> Dataset:
    """Return the rows of texts and lines around the marks; a download of the data omits them.

    Altair collects all rows in `datasets`, but for those that have a name.
    """
    data = dataset(rows)
    return Dataset(values=data.values, name=f"{LETTERING} {_digest(data)}")


def annotation(rows: pl.DataFrame) -> alt.Chart:
    """Return a chart without a mark, for texts and lines in the tone of text."""
    return alt.Chart(lettering(rows)).encode(color=alt.ColorValue(INK))


def _digest(data: Dataset) -> str:
    return hashlib.sha256(json.dumps({"values": data.values}).encode()).hexdigest()[:12]


def time_axis(marks: pl.DataFrame, title: str, *fields: str) -> alt.X:
    """Return an axis of the first field, for the instants of all; each label names the year."""
    first, last = marks.select(
        first=pl.min_horizontal(fields).min(), last=pl.max_horizontal(fields).max()
    ).row(0)
    if first == last:
        first, last = first - timedelta(days=1), last + timedelta(days=1)
    written = next(form for least, form in _DATES if last - first >= least)
    axis = alt.Axis(format=written, tickCount=6)
    domain = [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in (first, last)]
    return alt.X(f"{fields[0]}:T", title=title, axis=axis, scale=alt.Scale(domain=domain))


def picked(data: Dataset) -> tuple[alt.Parameter, Any]:
    """Return the selection of a group by a click, named by the data, and the opacity of marks."""
    click = alt.selection_point(name=f"picked_{_digest(data)}", fields=["group"])
    return click, alt.when(click).then(alt.value(1)).otherwise(alt.value(0.15))


def tips(by: str, **fields: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: the group, then fields by title, with spaces for `_`.

    A title begins with a capital letter: Vega would draw one that is just "image" as a picture.
    """

    def line(title: str, field: str) -> alt.Tooltip:
        if field.endswith(":N"):
            return alt.Tooltip(field, title=title)
        form = ".1%" if "fraction" in field else ",.3~r" if "average" in field else ",.1~f"
        return alt.Tooltip(field, title=title, format=form)

    titles = {by.capitalize(): "group:N"}
    titles |= {title.replace("_", " "): field for title, field in fields.items()}
    return [line(title, field) for title, field in titles.items()]


def sure_and_flagged(
    sure: alt.Chart, hollow: alt.Chart, flagged: pl.Series, click: alt.Parameter
) -> list[alt.Chart]:
    """Return the layer of the marks without a finding, and that of those with one."""
    layers = [] if flagged.all() else [sure.transform_filter("!datum.flagged")]
    layers += [hollow.transform_filter("datum.flagged")] if flagged.any() else []
    return [layers[0].add_params(click), *layers[1:]]
