"""How long spacecraft stay on the ground: every turnaround, and the summary of each family."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import FLAGGED, IS_ALL, Frame, n_groups, n_of

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
    FLAGGED: labels.HOLLOW,
}
_OBSERVED = "ended: fastest, median, 90th percentile"
_ESTIMATED = "with waiting ones: median, 95 % interval"
_MEDIANS: dict[str, dict[str, Any]] = {
    _OBSERVED: {"shape": "M-.22,-1H.22V1H-.22Z", "filled": True, "size": 160},
    _ESTIMATED: {"shape": "circle", "filled": True, "size": 70},
}
_UNREACHED = pl.col("km_low_days").is_not_null() & pl.col("km_high_days").is_null()


def turnaround_chart(turnarounds: Frame, findings: Frame | None = None) -> alt.LayerChart:
    """Draw every turnaround as a mark, one strip per family, the largest first.

    A dot is a turnaround that ended with a launch; an open triangle is a craft that waits, at the
    days it has waited so far (censored: its turnaround will be longer). Marks that would hide each
    other are moved apart; height has no meaning. LL2 lists only some suborbital flights, so the
    periods between them may hold others: leave them out with `turnarounds(…, suborbital=False)`.

    Args:
        turnarounds: What `turnarounds` returns; rows without a known length are not drawn.
        findings: What `check` returns. A turnaround between a mission end and a launch of which
            one is flagged (error or warning) is a hollow circle, its craft has a †, and no figure
            of the description includes it.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.turnaround_chart(sa.turnarounds(sa.load("sample").flights)).title
        'Turnarounds by family'
    """
    rows, by = captions.rows_to_draw(turnarounds, _PERIOD, "turnarounds(…)")
    title = f"Turnarounds by {by}"
    ends = captions.flagged_ids(findings, "flights", "mission_end")
    launches = captions.flagged_ids(findings, "flights", "launch_net")
    known = rows.drop_nulls(["turnaround", "observed"]).with_columns(
        flagged=pl.col("flight_id").is_in(ends.implode())
        | pl.col("next_flight_id").is_in(launches.implode()).fill_null(False)
    )
    unknown = captions.left_out(rows.height - known.height, "row", "without a known length")
    if known.is_empty():
        return drawing.empty_chart(title, "There is no turnaround to draw.", unknown)
    marks = _period_marks(known)
    ended, waiting = marks.filter(state=_ENDED), marks.filter(state=_WAITING)
    return drawing.finish(
        _period_layers(marks, by),
        title,
        f"{n_of(ended.height, 'turnaround')} of {n_of(ended['craft'].n_unique(), 'spacecraft')}"
        f"{captions.in_brackets(ended['days'])}, and {n_of(waiting.height, 'spacecraft')} waiting "
        f"to fly again{captions.in_brackets(waiting['days'], ' so far, triangles')}, in "
        f"{n_groups(marks['_row'].n_unique(), by)}.",
        captions.flagged_count(marks),
        unknown,
        captions.without_group(known, by, pl.col("observed").is_not_null(), "period"),
        height=_STRIP * marks["_row"].n_unique(),
    )


def _period_marks(known: pl.DataFrame) -> pl.DataFrame:
    """Return one row per period, in the order of the strips."""
    ended, flagged = pl.col("observed"), pl.col("flagged")
    state = pl.when(ended).then(pl.lit(_ENDED)).otherwise(pl.lit(_WAITING))
    strips = (
        known.group_by("group")
        .agg(n=ended.sum(), waiting=(~ended).sum())
        .sort("n", "waiting", "group", descending=[True, True, False])
        .select("group", _row=captions.label("n", "waiting"))
        .with_row_index("strip")
    )
    marks = known.join(strips, on="group").select(
        *("strip", "_row", "group", "flagged"),
        days=captions.in_days(pl.col("turnaround")),
        state=pl.when(flagged).then(pl.lit(FLAGGED)).otherwise(state),
        craft="spacecraft_id",
        name=captions.signed(pl.col("spacecraft_name"), pl.col("flagged")),
        since=captions.to_the_minute("mission_end"),
        until=captions.to_the_minute("next_launch_net"),
        flight="flight_id",
    )
    # About as many places side by side as dots fit into the width of a page.
    place = (pl.col("days") * (100 / max(captions.most(marks["days"]), 1e-9))).floor()
    nth = pl.int_range(pl.len()).over("_row", place, order_by="flight")
    lane = (nth + 1) // 2 * pl.when(nth % 2 == 0).then(1).otherwise(-1)
    marks = marks.with_columns(_lane=lane).sort("strip", "days", "craft", "flight")
    # The upper part of a strip belongs to its label.
    lanes = 5.2 * max(3, captions.most(marks["_lane"].abs()))
    depth = _STRIP * (pl.col("strip") + 0.73 + pl.col("_lane") / lanes)
    return colours.coloured(marks.with_columns(_depth=depth.round(2)), marks["group"])


def _period_layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    height = _STRIP * marks["_row"].n_unique()
    y = labels.depth_axis(height)
    base = alt.Chart(drawing.dataset(marks.drop("strip", "flight", "flagged"))).encode(
        x=alt.X("days:Q", title="turnaround (days)"),
        y=y,
        tooltip=drawing.tips(
            by,
            **{"Spacecraft": "name:N", "Days": "days:Q", "Mission_end_(UTC)": "since:N"},
            **{"Next_launch_(UTC)": "until:N", "State": "state:N"},
        ),
    )
    drawn = {state: look for state, look in _STATES.items() if state in marks["state"]}
    above = _STRIP * pl.col("strip") + labels.LINE / 2 + 3
    names = marks.select(text="_row", _depth=above).unique(maintain_order=True)
    points = [
        base.transform_filter(f"datum.state === '{state}'").mark_point(**look)
        for state, look in drawn.items()
    ]
    return [labels.names_inside(names, y, height), *points, *labels.key(drawn)]


def turnaround_by_family_chart(summary: Frame) -> alt.LayerChart:
    """Draw how long craft stay on the ground: a summary of each family, those with most first.

    The upper line goes from the fastest turnaround to the 90th percentile of those that ended,
    with a tick at their median; the lower, broader one is the 95 % interval of the (Kaplan–Meier)
    median that also takes the waiting craft into account, with a dot at that median. Where the
    upper edge is not reached the line runs on and ends in an arrow. `all` comes last.

    Args:
        summary: What `turnaround_by_family` returns; families in which none ended are not drawn.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sa.turnaround_by_family_chart(sa.turnaround_by_family(sa.load("sample").flights)).title
        'Turnaround summary by family'
    """
    rows, by = captions.rows_to_draw(summary, _SUMMARY, "turnaround_by_family(…)")
    shown = rows.filter(pl.col("turnaround_count") > 0)
    each = rows.filter(~IS_ALL)
    title = f"Turnaround summary by {by}"
    others = each.filter(pl.col("turnaround_count") == 0)
    waiting = others["censored_count"].sum()
    still = f", with {n_of(waiting, 'spacecraft')} waiting" if waiting else ""
    without = captions.groups_left_out(others.height, by, f"in which no turnaround ended{still}")
    if shown.is_empty():
        return drawing.empty_chart(title, "There is no turnaround to sum up.", without)
    marks = _summary_marks(shown)
    parts = shown.filter(~IS_ALL).sort("median_days", "group")
    # The shortest and the longest median, with their names.
    medians = [f"{days:,.0f} days ({name})" for name, days in parts["group", "median_days"].rows()]
    ends = medians[:1] + medians[1:][-1:]
    unreached = parts.filter(_UNREACHED).height
    periods = pl.col("turnaround_count") + pl.col("censored_count")
    return drawing.finish(
        _summary_layers(marks, by),
        title,
        f"Medians of the ended turnarounds: {' to '.join(ends)}." if ends else "",
        f"{n_groups(unreached, by)} with an interval without upper edge (arrow)."
        if unreached
        else "",
        without,
        captions.left_out(
            each["left_out_count"].sum(), "period", "with an unknown or impossible end"
        ),
        captions.without_group(shown, by, periods, "period"),
        "Periods of one spacecraft are not independent: the intervals are too narrow.",
        height=_TWO_LINES * marks["_row"].n_unique(),
    )


def _summary_marks(shown: pl.DataFrame) -> pl.DataFrame:
    """Return one row per line: two per family."""
    counts = ("turnaround_count", "censored_count")
    rows = shown.sort(IS_ALL, *counts, "group", descending=[False, True, True, False])
    edge = 1.05 * max(captions.most(shown[name]) for name in _SUMMARY if name.endswith("days"))
    lines = (
        (_OBSERVED, "fastest_days", "median_days", "p90_days", pl.lit(False)),
        (_ESTIMATED, "km_low_days", "km_median_days", "km_high_days", _UNREACHED),
    )
    marks = pl.concat(
        rows.select(
            *("group", *counts),
            _row=captions.label(*counts),
            line=pl.lit(line),
            low=pl.col(low).round(5),
            mid=pl.col(mid).round(5),
            high=pl.when(unreached).then(edge).otherwise(pl.col(high)).round(5),
            unreached=unreached,
            **{
                f"{name}_text": pl.col(days).round(1).cast(pl.String).fill_null("not reached")
                for name, days in (("low", low), ("mid", mid), ("high", high))
            },
        )
        for line, low, mid, high, unreached in lines
    )
    return colours.coloured(marks, marks["group"])


def _summary_layers(marks: pl.DataFrame, by: str) -> drawing.Layers:
    days = {"From_(days)": "low_text:N", "Median_(days)": "mid_text:N", "To_(days)": "high_text:N"}
    base = alt.Chart(drawing.dataset(marks)).encode(
        x=alt.X("low:Q", title="turnaround (days)"),
        y=labels.strips(marks, _TWO_LINES),
        tooltip=drawing.tips(by, Line="line:N", **days),
    )
    height = _TWO_LINES * marks["_row"].n_unique()
    layers: list[alt.Chart | None] = []
    for (name,), line in marks.group_by("line", maintain_order=True):
        upper = name == _OBSERVED
        look: dict[str, Any] = {"yOffset": labels.scaled(6 if upper else 20, height)}
        width: dict[str, Any] = {"strokeWidth": 2} if upper else {"strokeWidth": 8, "opacity": 0.4}
        mine = base.transform_filter(f"datum.line === '{name}'")
        interval = mine.transform_filter("isValid(datum.low) && isValid(datum.high)").encode(
            x2=alt.X2("high:Q")
        )
        median = mine.transform_filter("isValid(datum.mid)").encode(x=alt.X("mid:Q"))
        onward = mine.transform_filter("datum.unreached").encode(x=alt.X("high:Q"))
        arrow = onward.mark_point(shape="triangle-right", filled=True, size=90, **look)
        low, mid, high = line.select(pl.col("low", "mid", "high").is_not_null().any()).row(0)
        layers += [
            interval.mark_rule(**look, **width) if low and high else None,
            arrow if line["unreached"].any() else None,
            median.mark_point(opacity=1, **_MEDIANS[str(name)], **look) if mid else None,
        ]
    return [*layers, *labels.key(_MEDIANS)]
