"""How often launches succeed."""

from __future__ import annotations

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import IS_ALL, Frame, n_of

_OUTCOMES = (
    *("launch_success_fraction", "low_fraction", "high_fraction", "success_count"),
    *("partial_failure_count", "failure_count", "unknown_count"),
)
_STRIP = 38


def outcomes_chart(outcomes: Frame) -> alt.LayerChart:
    """Draw the share of launches that succeeded, with its 95 % interval, one strip per family.

    The dot is the share, the line its interval; the label gives n, the launches of known outcome,
    and the failures, full and partial. Families with the most failures come first, then those with
    the most launches, `all` last.

    Args:
        outcomes: What `outcomes_by_family` returns; families without a known outcome are not drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.outcomes_chart(sa.outcomes_by_family(sa.load("sample").flights)).title
        'Launches that succeeded, by family'
    """
    rows, by = captions.rows_to_draw(outcomes, _OUTCOMES, "outcomes_by_family(…)")
    known = rows.drop_nulls("launch_success_fraction")
    each, parts = rows.filter(~IS_ALL), known.filter(~IS_ALL)
    title = f"Launches that succeeded, by {by}"
    unknown = each["unknown_count"].sum()
    missing = (
        captions.left_out(unknown, "flight", "whose launch has no known outcome"),
        captions.groups_left_out(each.height - parts.height, by, "without a known outcome"),
    )
    if known.is_empty():
        return drawing.empty_chart(title, "No launch has a known outcome.", *missing)
    marks = _marks(known)
    height = _STRIP * marks.height
    base = alt.Chart(drawing.dataset(marks)).encode(
        y=labels.strips(marks, _STRIP),
        tooltip=drawing.tips(
            by,
            **{"Share_of_launches": "fraction:Q", "From": "low_fraction:Q"},
            **{"To": "high_fraction:Q", "Succeeded": "succeeded:Q"},
            **{"Partial_failures": "partly:Q", "Failures": "failed:Q"},
        ),
    )
    x = alt.X("low_fraction:Q", title="share of launches that succeeded")
    x = x.axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]).scale(domain=[0, 1])
    offset = labels.scaled(9, height)
    line = base.mark_rule(strokeWidth=6, opacity=0.4, yOffset=offset)
    dot = base.mark_circle(size=80, opacity=1, yOffset=offset)
    success, partial, failure = parts.select(_OUTCOMES[3:6]).sum().row(0)
    return drawing.finish(
        [line.encode(x=x, x2=alt.X2("high_fraction:Q")), dot.encode(x=alt.X("fraction:Q"))],
        title,
        f"Of {n_of(success + partial + failure, 'launch')} shown {success:,} succeeded, "
        f"{partial:,} failed in part, and {failure:,} failed. "
        "Lines are 95 % (Wilson) intervals. A launch of two spacecraft counts for each.",
        *missing,
        captions.without_group(known, by, pl.sum_horizontal(_OUTCOMES[3:6]), "launch"),
        height=height,
    )


def _marks(known: pl.DataFrame) -> pl.DataFrame:
    """Return one row per strip, in the order of the strips."""
    failed = pl.col("failure_count") + pl.col("partial_failure_count")
    ordered = known.with_columns(failed=failed, n=failed + pl.col("success_count")).sort(
        IS_ALL, "failed", "n", "group", descending=[False, True, True, False]
    )
    partly = pl.col("partial_failure_count")
    in_part = pl.when(partly > 0).then(pl.format(", {} in part", partly)).otherwise(pl.lit(""))
    marks = ordered.select(
        "group",
        pl.col("low_fraction", "high_fraction").round(5),
        _row=pl.concat_str(captions.label("n", "failure_count", "failed"), in_part),
        fraction=pl.col("launch_success_fraction").round(5),
        succeeded="success_count",
        partly="partial_failure_count",
        failed="failure_count",
    )
    return colours.coloured(marks, marks["group"])
