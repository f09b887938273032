"""Charts of the time on the ground: every period, the summary of each family, the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from spacecraft_analysis.charts import theme
from spacecraft_analysis.charts.theme import finish, inline, nothing, strips, tips, words
from spacecraft_analysis.charts.vocabulary import (
    BY_DEFAULT,
    DEPENDENT,
    IS_ALL,
    Frame,
    groupless,
    in_days,
    left_out,
    most,
    n_of,
    rows_to_draw,
    span,
    those_with_rows,
    to_the_minute,
    with_named_groups,
)

if TYPE_CHECKING:
    import altair as alt

_PERIOD = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "mission_end"),
    *("next_flight_id", "next_launch_net", "turnaround", "observed"),
)
_SUMMARY = (
    *("turnaround_count", "fastest_days", "median_days", "p90_days", "censored_count"),
    *("km_median_days", "km_low_days", "km_high_days", "left_out_count"),
)
_ENDED, _WAITING = "ended with a launch", "waiting so far"
_OBSERVED = "ended ones: fastest, median, 90th percentile"
_ESTIMATED = "waiting ones too: Kaplan–Meier median, 95 % interval"


def turnaround_chart(turnarounds: Frame) -> alt.LayerChart:
    """Every turnaround as a mark, one strip per family, the largest first.

    A dot is a turnaround that ended with a launch; an open triangle is a craft that waits, at the
    days it has waited so far (censored: its turnaround will be longer). Marks that would hide each
    other are moved apart; height has no meaning.

    Args:
        turnarounds: What `turnarounds` returns. Rows with a null `turnaround` or `observed` are
            not drawn; the description counts them.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `turnarounds` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import turnarounds
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> turnaround_chart(turnarounds(read_sample().flights)).title
        'Turnarounds by family'
    """
    rows, by = rows_to_draw(turnarounds, _PERIOD, "turnarounds")
    known = rows.drop_nulls(["turnaround", "observed"])
    title = f"Turnarounds by {words(by)}"
    unknown = left_out(rows.height - known.height, "row", "without a known length")
    if known.is_empty():
        return nothing(title, "There is no turnaround to draw.", unknown)
    marks = _period_marks(with_named_groups(known, by))
    ended, waiting = marks.filter("ended"), marks.filter(~pl.col("ended"))
    return finish(
        _period_layers(marks, by),
        title,
        f"{n_of(ended.height, 'turnaround')} of {n_of(ended['craft'].n_unique(), 'craft')}"
        f"{_in_brackets(ended['days'])}, and {n_of(waiting.height, 'craft')} waiting to fly again"
        f"{_in_brackets(waiting['days'], ' so far, triangles')}, in "
        f"{n_of(marks['row'].n_unique(), words(by))}.",
        unknown,
        groupless(known, by, pl.col("observed").is_not_null(), "period"),
        BY_DEFAULT,
        height=52 * marks["row"].n_unique(),
    )


def _in_brackets(days: pl.Series, more: str = "") -> str:
    return "" if days.is_empty() else f" ({span(days)}{more})"


def _period_marks(known: pl.DataFrame) -> pl.DataFrame:
    ended = pl.col("observed")
    labels = (
        known.group_by("group")
        .agg(n=ended.sum(), waiting=(~ended).sum())
        .sort("n", "waiting", "group", descending=[True, True, False])
        .select("group", row=pl.format("{} · n = {}, {} waiting", "group", "n", "waiting"))
        .with_row_index("strip")
    )
    marks = known.join(labels, on="group").select(
        *("strip", "row", "group"),
        days=in_days(pl.col("turnaround")),
        ended=ended,
        state=pl.when(ended).then(pl.lit(_ENDED)).otherwise(pl.lit(_WAITING)),
        craft="spacecraft_id",
        name="spacecraft_name",
        since=to_the_minute("mission_end"),
        until=to_the_minute("next_launch_net"),
        flight="flight_id",
    )
    # About as many places side by side as dots fit into the width of a page.
    place = (pl.col("days") * (100 / max(most(marks["days"]), 1e-9))).floor()
    nth = pl.int_range(pl.len()).over("row", place, order_by="flight")
    lane = (nth + 1) // 2 * pl.when(nth % 2 == 0).then(1).otherwise(-1)
    return marks.with_columns(lane=lane).sort("strip", "days", "craft", "flight")


def _period_layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    import altair as alt

    reach = max(3, most(marks["lane"].abs()))
    states = [_ENDED, _WAITING]
    shapes = alt.Scale(domain=states, range=["circle", "triangle-right"])
    insides = alt.Scale(domain=states, range=[theme.PALETTE[0], "transparent"])
    key = alt.Legend(columns=1, symbolOpacity=1)
    base = alt.Chart(inline(marks.drop("strip", "flight"))).encode(
        x=alt.X("days:Q", title="turnaround (days)"),
        y=strips(marks, 52),
        # The upper part of a strip belongs to its label.
        yOffset=alt.YOffset("lane:Q", scale=alt.Scale(domain=[-2.2 * reach, 1.2 * reach])),
        stroke=alt.Stroke("state:N", title=None, scale=theme.colours(states), legend=key),
        fill=alt.Fill("state:N", title=None, scale=insides, legend=key),
        shape=alt.Shape("state:N", title=None, scale=shapes, legend=key),
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Days": "days:Q", "Mission_end_(UTC)": "since:N"},
            **{"Next_launch_(UTC)": "until:N", "State": "state:N"},
        ),
    )
    dots = base.transform_filter("datum.ended").mark_point(
        filled=True, size=26, strokeWidth=0, opacity=0.6
    )
    open_ = base.transform_filter("!datum.ended").mark_point(size=46, strokeWidth=1.5, opacity=1)
    return those_with_rows((dots, marks["ended"].any()), (open_, not marks["ended"].all()))


def turnaround_by_family_chart(summary: Frame) -> alt.LayerChart:
    """How long craft stay on the ground: the summary of each family, those with most first.

    The upper line goes from the fastest turnaround to the 90th percentile of those that ended,
    with a tick at their median; the lower one is the 95 % interval of the median that also takes
    the waiting craft into account, with a dot at that median. Where the upper edge is not reached
    the line runs on and ends in an arrow. `all` comes last.

    Args:
        summary: What `turnaround_by_family` returns. Families in which no turnaround ended are not
            drawn; the description counts them. A null median has no mark.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `summary` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import turnaround_by_family
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> summary = turnaround_by_family(read_sample().flights)
        >>> turnaround_by_family_chart(summary).title
        'Turnaround summary by family'
    """
    rows, by = rows_to_draw(summary, _SUMMARY, "turnaround_by_family")
    shown = rows.filter(pl.col("turnaround_count") > 0)
    each, parts = rows.filter(~IS_ALL), shown.filter(~IS_ALL)
    title = f"Turnaround summary by {words(by)}"
    others = each.filter(pl.col("turnaround_count") == 0)
    waiting = others["censored_count"].sum()
    still = f", with {n_of(waiting, 'craft')} waiting" if waiting else ""
    without = left_out(others.height, words(by), f"in which no turnaround ended{still}")
    if shown.is_empty():
        return nothing(title, "There is no turnaround to sum up.", without)
    marks = _summary_marks(with_named_groups(shown, by))
    unreached = parts.filter(_UNREACHED).height
    return finish(
        _summary_layers(marks, by),
        title,
        f"{n_of(parts['turnaround_count'].sum(), 'turnaround')} and "
        f"{n_of(parts['censored_count'].sum(), 'craft')} waiting, "
        f"in {n_of(parts.height, words(by))}; "
        f"medians of the ended ones: {span(parts['median_days'])}.",
        f"{n_of(unreached, words(by))} with an interval without upper edge (arrow)."
        if unreached
        else "",
        without,
        left_out(each["left_out_count"].sum(), "period", "with an unknown or impossible end"),
        groupless(shown, by, pl.col("turnaround_count") + pl.col("censored_count"), "period"),
        DEPENDENT,
        BY_DEFAULT,
        height=60 * marks["row"].n_unique(),
    )


_UNREACHED = pl.col("km_low_days").is_not_null() & pl.col("km_high_days").is_null()


def _summary_marks(shown: pl.DataFrame) -> pl.DataFrame:
    """One row per line: two per family."""
    counts = ("turnaround_count", "censored_count")
    rows = shown.sort(IS_ALL, *counts, "group", descending=[False, True, True, False])
    edge = 1.05 * max(most(shown[name]) for name in _SUMMARY if name.endswith("days"))
    lines = (
        (_OBSERVED, "fastest_days", "median_days", "p90_days", pl.lit(False)),
        (_ESTIMATED, "km_low_days", "km_median_days", "km_high_days", _UNREACHED),
    )
    return pl.concat(
        rows.select(
            "group",
            row=pl.format("{} · n = {}, {} waiting", "group", *counts),
            line=pl.lit(line),
            low=pl.col(low).round(5),
            mid=pl.col(mid).round(5),
            high=pl.when(unreached).then(edge).otherwise(pl.col(high)).round(5),
            unreached=unreached,
            low_text=_figure(low),
            mid_text=_figure(mid),
            high_text=_figure(high),
        )
        for line, low, mid, high, unreached in lines
    )


def _summary_layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    import altair as alt

    days = {"From_(days)": "low_text:N", "Median_(days)": "mid_text:N", "To_(days)": "high_text:N"}
    base = alt.Chart(inline(marks)).encode(
        x=alt.X("low:Q", title="turnaround (days)"),
        y=strips(marks, 60),
        color=theme.colour("line", [_OBSERVED, _ESTIMATED], None, columns=1, labelLimit=420),
        tooltip=tips(by, Line="line:N", **days),
    )
    layers: list[alt.Chart] = []
    for (name,), line in marks.group_by("line", maintain_order=True):
        shift = 6 if name == _OBSERVED else 19
        mine = base.transform_filter(f"datum.line === '{name}'")
        whole = mine.transform_filter("isValid(datum.low) && isValid(datum.high)")
        median = mine.transform_filter("isValid(datum.mid)").encode(x="mid:Q")
        onward = mine.transform_filter("datum.unreached").encode(x="high:Q")
        layers += those_with_rows(
            (
                whole.encode(x2="high:Q").mark_rule(strokeWidth=3, opacity=0.55, yOffset=shift),
                line.select(pl.col("low", "high").is_not_null().any()).row(0) == (True, True),
            ),
            (
                onward.mark_point(shape="triangle-right", filled=True, size=60, yOffset=shift),
                line["unreached"].any(),
            ),
            (
                median.mark_tick(thickness=3, size=13, opacity=1, yOffset=shift)
                if name == _OBSERVED
                else median.mark_circle(size=70, opacity=1, yOffset=shift),
                line["mid"].is_not_null().any(),
            ),
        )
    return layers


def _figure(number: str) -> pl.Expr:
    return pl.col(number).round(1).cast(pl.String).fill_null("not reached")
