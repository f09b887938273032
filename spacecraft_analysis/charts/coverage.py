"""How many flights the tables list, beside what LL2 counts."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import IS_ALL, Frame, n_of

_COVERAGE = ("flights_count", "total_launch_count")
_STRIP = 36
_STRIPS = 24


def coverage_chart(coverage: Frame) -> alt.LayerChart:
    """Draw how many flights are listed beside how many LL2 counts, one strip per configuration.

    The bar is what the tables list, the outline what LL2 counts. At most 24 strips, those with the
    largest differences first; the description counts the others.

    Args:
        coverage: What `coverage` returns; groups of which LL2 has no count are not drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sample = sa.load("sample")
        >>> sa.coverage_chart(sa.coverage(sample.configurations, sample.flights)).title
        'Flights listed and counted, by config name'
    """
    rows, by = captions.rows_to_draw(coverage, _COVERAGE, "coverage(…)")
    each = rows.filter(~IS_ALL)
    known = each.drop_nulls().filter(pl.max_horizontal(_COVERAGE) > 0)
    title = f"Flights listed and counted, by {by}"
    uncounted = captions.groups_left_out(
        each["total_launch_count"].null_count(), by, "without a count by LL2"
    )
    if known.is_empty():
        return drawing.empty_chart(title, "There are no flights to compare.", uncounted)
    missing = pl.col("total_launch_count") - pl.col("flights_count")
    ordered = known.sort(missing.abs(), *_COVERAGE, "group", descending=[True, True, True, False])
    shown, rest = ordered.head(_STRIPS), ordered[_STRIPS:]
    listed, counted = known.select(_COVERAGE).sum().row(0)
    differing = rest.filter(missing != 0).height
    height = _STRIP * shown.height
    marks = shown.select(
        "group",
        _row=pl.format("{} · {} listed, {} counted", "group", *_COVERAGE),
        listed="flights_count",
        counted="total_launch_count",
    )
    base = alt.Chart(drawing.dataset(colours.coloured(marks, marks["group"]))).encode(
        y=labels.strips(marks, _STRIP),
        tooltip=drawing.tips(by, Flights_listed="listed:Q", Launches_counted="counted:Q"),
    )
    bar: Any = {"height": labels.scaled(11, height), "yOffset": labels.scaled(9, height)}
    outline = base.mark_bar(filled=False, strokeWidth=1.5, **bar)
    return drawing.finish(
        [
            base.mark_bar(**bar).encode(x=alt.X("listed:Q", title="flights")),
            outline.encode(x=alt.X("counted:Q"), color=alt.ColorValue(colours.INK)),
        ],
        title,
        f"The tables list {n_of(listed, 'flight')} of {captions.n_groups(known.height, by)} of "
        f"which LL2 counts {n_of(counted, 'launch')}; "
        f"{captions.n_groups(known.filter(missing > 0).height, by)} with fewer listed than "
        f"counted, {known.filter(missing < 0).height} with more. "
        "A launch of two spacecraft is two flights.",
        captions.groups_left_out(
            rest.height, by, f"with smaller differences ({differing} with any)"
        ),
        uncounted,
        captions.without_group(each, by, pl.col("flights_count"), "flight"),
        height=height,
    )
