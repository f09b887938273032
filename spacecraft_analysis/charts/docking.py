"""How long spacecraft take from launch to their first docking."""

from __future__ import annotations

import math
from statistics import median

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import FLAGGED, Frame, n_groups, n_of

_ARRIVAL = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_net"),
    *("docking", "target_name", "time_to_dock"),
)
_HEIGHT = 380
# Where a line is drawn and labelled, in hours.
_LINES = (1, 3, 6, 12, *(24 * 2**nth for nth in range(12)))


def time_to_dock_chart(times_to_dock: Frame, findings: Frame | None = None) -> alt.LayerChart:
    """Draw each first docking as a dot: when the craft was launched, and how long it took.

    The scale of hours is logarithmic, so that hours and days are both seen.

    Args:
        times_to_dock: What `times_to_dock` returns; rows without a launch or a time are not drawn.
        findings: What `check` returns. A dot whose docking or launch is flagged (error or warning)
            is hollow, its craft has a †, and no figure of the description includes it.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sample = sa.load("sample")
        >>> sa.time_to_dock_chart(sa.times_to_dock(sample.flights, sample.dockings)).title
        'From launch to first docking, by family'
    """
    rows, by = captions.rows_to_draw(times_to_dock, _ARRIVAL, "times_to_dock(…)")
    launches = captions.flagged_ids(findings, "flights", "launch_net")
    docked = captions.flagged_ids(findings, "dockings", "docking", rows["docking"])
    known = (
        rows.drop_nulls("launch_net")
        .filter(pl.col("time_to_dock") > pl.duration())
        .with_columns(flagged=pl.col("flight_id").is_in([*launches, *docked]))
    )
    title = f"From launch to first docking, by {by}"
    unknown = captions.left_out(
        rows.height - known.height, "row", "without a launch or a possible time"
    )
    if known.is_empty():
        return drawing.empty_chart(title, "There is no time to dock to draw.", unknown)
    drawn, order, others = captions.with_light_groups_as_one(known, pl.len())
    marks = _marks(drawn, order)
    sure = marks.filter(~pl.col("flagged"))
    return drawing.finish(
        _layers(marks, order, others, by),
        title,
        f"{n_of(known.height, 'flight')} of {n_groups(known['group'].n_unique(), by)} whose "
        f"first docking is known{captions.launched(sure['launch'])}{_range(sure['hours'])}.",
        captions.flagged_count(marks),
        unknown,
        captions.without_group(known, by, pl.col("flight_id").is_not_null(), "docking"),
        height=_HEIGHT,
    )


def _range(hours: pl.Series) -> str:
    """Return the shortest, the longest and the median time in words."""
    if hours.is_empty():
        return ""
    low, high, middle = (
        f"{time:,.1f} hours" if time < 48 else f"{time / 24:,.1f} days"
        for time in (min(hours), max(hours), median(hours))
    )
    more = "" if low == high else f" to {high}, half of them within {middle}"
    return f": first docked after {low}{more}"


def _marks(drawn: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """Return one row per docking, the smallest groups last, so that they lie on the others."""
    place = pl.col("group").cast(pl.Enum(order))
    return drawn.sort(place, "launch_net", "spacecraft_id", "flight_id").select(
        *("group", "flagged"),
        launch="launch_net",
        hours=(pl.col("time_to_dock").dt.total_microseconds() / 3_600_000_000).round_sig_figs(6),
        name=captions.signed(pl.col("spacecraft_name"), pl.col("flagged")),
        target=pl.col("target_name").fill_null("–"),
        since=captions.to_the_minute("launch_net"),
        until=captions.to_the_minute("docking"),
    )


def _layers(marks: pl.DataFrame, order: list[str], others: str, by: str) -> list[alt.Chart]:
    data = drawing.dataset(colours.coloured(marks, order, others))
    click, opacity = drawing.picked(data)
    hours = marks["hours"].to_list()
    low, high = min(hours) / 1.15, max(hours) * 1.15
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    y = alt.Y("hours:Q", scale=scale, axis=labels.NO_AXIS)
    dots = alt.Chart(data).encode(
        x=drawing.time_axis(marks, "launch (UTC)", "launch"),
        y=y,
        opacity=opacity,
        tooltip=drawing.tips(
            by,
            **{"Spacecraft": "name:N", "Launch_(UTC)": "since:N", "First_docking_(UTC)": "until:N"},
            **{"With": "target:N", "Hours": "hours:Q"},
        ),
    )
    shown = [line for line in _LINES if low <= line <= high]
    texts = [f"{line} h" if line < 48 else f"{line // 24} days" for line in shown]
    lines = pl.DataFrame({"hours": shown, "text": texts})
    # The names of the groups, each as near as can be to the height of its last ten dots.
    pixels = _HEIGHT / math.log(high / low)
    last = marks.group_by("group", maintain_order=True).agg(pl.col("hours").tail(10).median())
    ordered = last.sort("hours", descending=True, maintain_order=True)
    wanted = [(name, pixels * math.log(high / middle)) for name, middle in ordered.rows()]
    beside = labels.beside(wanted, _HEIGHT).select(
        *("group", "text", "first"),
        hours=high * (-pl.col("depth") / pixels).exp(),
        launch=pl.lit(marks["launch"].max()),
    )
    names = colours.coloured(beside, order, others)
    sure, hollow = dots.mark_circle(size=34), dots.mark_point(**labels.HOLLOW)
    return [
        *(labels.lines_across(lines, y, _HEIGHT) if shown else []),
        *drawing.sure_and_flagged(sure, hollow, marks["flagged"], click),
        *labels.column(names, alt.X("launch:T"), y, _HEIGHT),
        *(labels.key({FLAGGED: labels.HOLLOW}) if marks["flagged"].any() else []),
    ]
