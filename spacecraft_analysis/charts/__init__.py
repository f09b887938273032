"""Charts of what the measures return, as Altair charts with title, caption and units.

What all charts share:

* `title` and `description` are set. The description gives the figures of the picture and counts
  what is not drawn; a page shows it as the caption, and a screen reader reads it.
* They take a `DataFrame` or a `LazyFrame`. The groups are in the first column that the measure
  does not fix, whatever its name; a null there is drawn as "(no family)" and counted.
* A name with a colour of its own has it in every chart; no two series of a chart share one. Names
  stand beside their marks; there is no legend. Of more than eight groups in one plot seven are
  drawn, those with a colour of their own, then the heaviest, and in grey the others as one. A click
  on one of many marks makes those of other groups pale.
* A frame without anything to draw gives a chart that says why.
* Only what is drawn is part of the chart, as plain values in fields with fixed names, of which
  those that only place or colour a mark begin with `_`: what LL2 sends is never part of an
  expression, a link or a field's name. n marks take some 300 n bytes.
* Instants are drawn as UTC in every time zone, on an axis that names the year; durations as days of
  24 hours.
* The same frame gives the same specification. What is not a Polars frame raises TypeError, a
  missing column or times as text ValueError; the message says what to pass.

# Working with the charts

A chart is an `alt.LayerChart`, and its plot is 800 pixels wide. It takes what such a chart takes:

* **Another size**: `chart.properties(width=500, height=200)`. In a lower plot texts shrink so that
  they stay apart. A report draws a chart with the width of 800 as wide as its page.
* **Side by side or stacked**: `in_orbit_chart(a) | time_to_dock_chart(b)`, `a & b`; each keeps its
  size.
* **Other colours**: `chart.encode(color=alt.Color("group:N", legend=None).scale(scheme="dark2"))`
  for marks and the squares beside names; texts and lines have a fixed tone.
* **A line or text of one's own**: `chart + layer` over it, `layer + chart` under it, with a colour
  that the layer gives itself.
* **A file**: `chart.save("chart.png")`, `.svg` or `.html`.
* **As data**: `chart.to_dict()`, `chart.to_json()`; `alt.Chart.from_dict(chart.to_dict())` is the
  same chart.
* **A part each**: not by `chart.facet(…)`, since labels are placed for all rows of a chart, but
  `alt.vconcat(*map(sa.fleet_timeline_chart, flights.partition_by("config_type_name")))`.
"""

import spacecraft_analysis

__all__ = [name for name in spacecraft_analysis.__all__ if name.endswith("_chart")]


def __getattr__(name: str) -> object:
    """Return a chart, which the package imports when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = chart = getattr(spacecraft_analysis, name)
    return chart
