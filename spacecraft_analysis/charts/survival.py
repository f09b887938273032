"""The chart of how long craft stay on the ground: the curve of each family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars import selectors

from spacecraft_analysis.charts import theme
from spacecraft_analysis.charts.theme import finish, inline, nothing, tips, words
from spacecraft_analysis.charts.vocabulary import (
    BY_DEFAULT,
    DEPENDENT,
    IS_ALL,
    ONE_BELOW_THE_OTHER,
    Frame,
    groupless,
    heaviest_first,
    left_out,
    n_of,
    rows_to_draw,
    those_with_rows,
    with_named_groups,
)

if TYPE_CHECKING:
    import altair as alt


_CURVE = (
    *("days", "at_risk", "returned", "censored"),
    *("still_waiting_fraction", "low_fraction", "high_fraction"),
)


def turnaround_survival_chart(curve: Frame) -> alt.LayerChart:
    """The fraction of craft still on the ground after so many days: a step curve per family.

    The band is the 95 % interval at each point. A dot is a launch, a short upright line a craft
    that has waited so long and still waits (censored). At most seven families are drawn, those
    with the most periods, and in grey, without band and dots, all craft together. A click in the
    legend picks one.

    Args:
        curve: What `turnaround_survival` returns. Where the band is null none is drawn.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `curve` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import turnaround_survival
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> turnaround_survival_chart(turnaround_survival(read_sample().flights)).title
        'Still on the ground, by family'
    """
    rows, by = rows_to_draw(curve, _CURVE, "turnaround_survival")
    known = rows.drop_nulls(["days", "still_waiting_fraction"])
    unknown = left_out(rows.height - known.height, "row", "without days or fraction")
    title = f"Still on the ground, by {words(by)}"
    if known.is_empty():
        return nothing(title, "There is no turnaround to draw a curve of.", unknown)
    named = with_named_groups(known, by)
    ranked = heaviest_first(named.filter(~IS_ALL), pl.col("at_risk").max())
    order = ranked[: len(theme.PALETTE)]
    drawn = named.filter(pl.col("group").is_in(order))
    every = named.filter(IS_ALL)
    return finish(
        _curve_layers(_steps(drawn, every), [*order, *every["group"].unique()], by),
        title,
        f"Kaplan–Meier curves with 95 % bands of {n_of(len(order), words(by))}: "
        f"{n_of(drawn['returned'].sum(), 'turnaround')} and "
        f"{n_of(drawn['censored'].sum(), 'craft')} waiting (upright lines).",
        "" if every.is_empty() else "All craft together are in grey, without a band.",
        left_out(len(ranked) - len(order), words(by), "with fewer periods"),
        unknown,
        groupless(known, by, pl.col("returned") + pl.col("censored"), "period"),
        "The curves are of craft that can fly again; of a retired one the last period is not in.",
        DEPENDENT,
        BY_DEFAULT,
        height=340,
    )


def _steps(drawn: pl.DataFrame, every: pl.DataFrame) -> pl.DataFrame:
    """The curves' points, each curve with its beginning at day 0."""
    curves = pl.concat([drawn, every])
    start = curves.group_by("group").agg(
        pl.col("at_risk").max(),
        *(pl.lit(0, curves.schema[name]).alias(name) for name in ("days", "returned", "censored")),
        still_waiting_fraction=pl.lit(1.0),
    )
    # At its last step down to 0 a curve has no band, but up to there it has one.
    band = pl.col("low_fraction", "high_fraction").forward_fill().over("group")
    return (
        pl.concat([start.sort("group"), curves], how="diagonal")
        .sort("group", "days", maintain_order=True)
        .with_columns(band)
        .with_columns(pl.when(~IS_ALL).then("low_fraction").alias("low_fraction"))
        .with_columns(selectors.float().round(5))
    )


def _curve_layers(steps: pl.DataFrame, order: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("survival")
    base = alt.Chart(inline(steps)).encode(
        x=alt.X("days:Q", title="days since the end of the last flight"),
        y=alt.Y("still_waiting_fraction:Q", title="still on the ground")
        .axis(format="%")
        .scale(domain=[0, 1]),
        color=theme.colour("group", order, words(by), **ONE_BELOW_THE_OTHER),
        opacity=theme.fade(click),
    )
    events = base.encode(
        tooltip=tips(
            by,
            **{"Days": "days:Q", "Still_on_the_ground": "still_waiting_fraction:Q"},
            **{"Periods_at_least_so_long": "at_risk:Q", "Launched_then": "returned:Q"},
            Waiting_so_long="censored:Q",
        )
    )
    band = (
        base.transform_filter("isValid(datum.low_fraction) && isValid(datum.high_fraction)")
        .mark_area(interpolate="step-after")
        .encode(
            y=alt.Y("low_fraction:Q", stack=None),
            y2="high_fraction:Q",
            opacity=theme.fade(click, 0.13, 0.02),
        )
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=1.5).add_params(click)
    waits = events.transform_filter("datum.censored > 0")
    returns = events.transform_filter("datum.returned > 0 && datum.group !== 'all'")
    return those_with_rows(
        (band, steps["low_fraction"].is_not_null().any()),
        (line, True),
        (waits.mark_tick(orient="vertical", thickness=2, size=12), (steps["censored"] > 0).any()),
        (returns.mark_circle(size=18), (steps.filter(~IS_ALL)["returned"] > 0).any()),
    )
