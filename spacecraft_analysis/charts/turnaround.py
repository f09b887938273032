"""Charts of the time on the ground: every period, the summary of each family, the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from spacecraft_analysis.charts import colours
from spacecraft_analysis.charts.captions import (
    IS_ALL,
    Frame,
    groupless,
    in_days,
    label,
    left_out,
    most,
    n_of,
    rows_to_draw,
    span,
    those_with_rows,
    to_the_minute,
    with_named_groups,
)
from spacecraft_analysis.charts.labels import key, strips
from spacecraft_analysis.charts.theme import finish, inline, nothing, tips, words

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
_STRIP, _TWO_LINES = 38, 60
_ENDED, _WAITING = "ended with a launch", "waiting so far"
_STATES: dict[str, dict[str, Any]] = {
    _ENDED: {"shape": "circle", "filled": True, "size": 30, "strokeWidth": 0, "opacity": 0.8},
    _WAITING: {"shape": "triangle-right", "filled": False, "size": 46, "opacity": 1},
}
_OBSERVED = "ended: fastest, median, 90th percentile"
_ESTIMATED = "with waiting ones: median, 95 % interval"
_MEDIANS: dict[str, dict[str, Any]] = {
    _OBSERVED: {"shape": "M-.22,-1H.22V1H-.22Z", "filled": True, "size": 160},
    _ESTIMATED: {"shape": "circle", "filled": True, "size": 70},
}


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
    ended, waiting = marks.filter(state=_ENDED), marks.filter(state=_WAITING)
    return finish(
        _period_layers(marks, by),
        title,
        f"{n_of(ended.height, 'turnaround')} of {n_of(ended['craft'].n_unique(), 'craft')}"
        f"{_in_brackets(ended['days'])}, and {n_of(waiting.height, 'craft')} waiting to fly again"
        f"{_in_brackets(waiting['days'], ' so far, triangles')}, in "
        f"{n_of(marks['row'].n_unique(), words(by))}.",
        unknown,
        groupless(known, by, pl.col("observed").is_not_null(), "period"),
        height=_STRIP * marks["row"].n_unique(),
    )


def _in_brackets(days: pl.Series, more: str = "") -> str:
    return "" if days.is_empty() else f" ({span(days)}{more})"


def _period_marks(known: pl.DataFrame) -> pl.DataFrame:
    ended = pl.col("observed")
    labels = (
        known.group_by("group")
        .agg(n=ended.sum(), waiting=(~ended).sum())
        .sort("n", "waiting", "group", descending=[True, True, False])
        .select("group", row=label("n", "waiting"))
        .with_row_index("strip")
    )
    marks = known.join(labels, on="group").select(
        *("strip", "row", "group"),
        days=in_days(pl.col("turnaround")),
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
    order = marks["group"].unique(maintain_order=True).to_list()
    base = alt.Chart(inline(marks.drop("strip", "flight"))).encode(
        x=alt.X("days:Q", title="turnaround (days)"),
        y=strips(marks, _STRIP),
        # The upper part of a strip belongs to its label.
        yOffset=alt.YOffset("lane:Q", scale=alt.Scale(domain=[-3.8 * reach, 1.4 * reach])),
        color=alt.Color("group:N", scale=colours.scale(order, by), legend=None),
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Days": "days:Q", "Mission_end_(UTC)": "since:N"},
            **{"Next_launch_(UTC)": "until:N", "State": "state:N"},
        ),
    )
    drawn = {state: look for state, look in _STATES.items() if state in marks["state"]}
    marked = [
        base.transform_filter(f"datum.state === '{state}'").mark_point(**look)
        for state, look in drawn.items()
    ]
    return [*marked, *key(drawn)]


def turnaround_by_family_chart(summary: Frame) -> alt.LayerChart:
    """How long craft stay on the ground: the summary of each family, those with most first.

    The upper line goes from the fastest turnaround to the 90th percentile of those that ended,
    with a tick at their median; the lower, broader one is the 95 % interval of the (Kaplan–Meier)
    median that also takes the waiting craft into account, with a dot at that median. Where the
    upper edge is not reached the line runs on and ends in an arrow. `all` comes last.

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
        _medians_told(with_named_groups(parts, by)),
        f"{n_of(unreached, words(by))} with an interval without upper edge (arrow)."
        if unreached
        else "",
        without,
        left_out(each["left_out_count"].sum(), "period", "with an unknown or impossible end"),
        groupless(shown, by, pl.col("turnaround_count") + pl.col("censored_count"), "period"),
        "Periods of one craft are not independent: the intervals are too narrow.",
        height=_TWO_LINES * marks["row"].n_unique(),
    )


def _medians_told(parts: pl.DataFrame) -> str:
    """The shortest and the longest median, with their names."""
    medians = parts.drop_nulls("median_days").sort("median_days", "group")
    told = [f"{days:,.0f} days ({name})" for name, days in medians["group", "median_days"].rows()]
    ends = told if len(told) < 2 else [told[0], told[-1]]
    return f"Medians of the ended turnarounds: {' to '.join(ends)}." if told else ""


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
            row=label("turnaround_count", "censored_count"),
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
    order = marks["group"].unique(maintain_order=True).to_list()
    base = alt.Chart(inline(marks)).encode(
        x=alt.X("low:Q", title="turnaround (days)"),
        y=strips(marks, _TWO_LINES),
        color=alt.Color("group:N", scale=colours.scale(order, by), legend=None),
        tooltip=tips(by, Line="line:N", **days),
    )
    layers: list[alt.Chart] = []
    for (name,), line in marks.group_by("line", maintain_order=True):
        look: dict[str, Any] = {"yOffset": 6 if name == _OBSERVED else 20}
        broad: dict[str, Any] = {"strokeWidth": 8, "opacity": 0.4}
        width = {"strokeWidth": 2} if name == _OBSERVED else broad
        mine = base.transform_filter(f"datum.line === '{name}'")
        whole = mine.transform_filter("isValid(datum.low) && isValid(datum.high)")
        median = mine.transform_filter("isValid(datum.mid)").encode(x=alt.X("mid:Q"))
        onward = mine.transform_filter("datum.unreached").encode(x=alt.X("high:Q"))
        layers += those_with_rows(
            (
                whole.encode(x2=alt.X2("high:Q")).mark_rule(**look, **width),
                line.select(pl.col("low", "high").is_not_null().any()).row(0) == (True, True),
            ),
            (
                onward.mark_point(shape="triangle-right", filled=True, size=90, **look),
                line["unreached"].any(),
            ),
            (
                median.mark_point(opacity=1, **_MEDIANS[str(name)], **look),
                line["mid"].is_not_null().any(),
            ),
        )
    return [*layers, *key(_MEDIANS)]


def _figure(number: str) -> pl.Expr:
    return pl.col(number).round(1).cast(pl.String).fill_null("not reached")
