"""From a measure's frame to a chart with title, caption and units.

What all charts share:

* `title` and `description` are set. The description holds the numbers behind the picture and says
  what is not in it; it serves as caption and as the name that a screen reader says.
* They take a `DataFrame` or a `LazyFrame`. The groups are in the first column that the measure
  does not fix, whatever its name; a null there is drawn as "(no family)" and counted.
* A frame without anything to draw gives a chart that says so.
* Only what is drawn is put into the chart, as plain values under field names of our own. So what
  LL2 sends is never part of an expression, a link or a field's name, and Altair's limit of 5,000
  rows does not apply: n marks take roughly 300 n bytes.
* Instants are drawn as UTC wherever the reader is; durations as days of 24 hours.
* The same frame gives the same specification.

Altair takes over a second to import, so it is imported where a chart is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors

from spacecraft_analysis import theme
from spacecraft_analysis.fleet import in_order
from spacecraft_analysis.theme import finish, inline, nothing, strips, tips, words

if TYPE_CHECKING:
    import altair as alt

    Frame = pl.DataFrame | pl.LazyFrame

_PERIOD = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "mission_end"),
    *("next_flight_id", "next_launch_net", "turnaround", "observed"),
)
_SUMMARY = (
    *("turnaround_count", "fastest_days", "median_days", "p90_days", "censored_count"),
    *("km_median_days", "km_low_days", "km_high_days", "left_out_count"),
)
_CURVE = (
    *("days", "at_risk", "returned", "censored"),
    *("still_waiting_fraction", "low_fraction", "high_fraction"),
)
_DOCKED = ("flown_count", "docked_fraction", "docked_craft_count", "docked_left_out_count")
_SERVICE = ("in_space_fraction", "in_space_craft_count", "in_space_left_out_count")
_PRESENCE = ("period_start", "craft_days", "average_in_orbit")
_FLIGHT = (
    *("spacecraft_id", "spacecraft_name", "flight_id", "launch_name", "launch_net"),
    *("mission_end", "in_space", "is_placeholder", "retrieved_at"),
)
_ALL = pl.col("group").eq_missing("all")
_BY_DEFAULT = "Placeholders and mass simulators count only if the measure was asked to count them."
_DEPENDENT = "Periods of one craft are not independent: the intervals are too narrow."
_FLATTERED = "A retired craft's service ends with its last landing, which flatters it."
_ENDED, _WAITING = "ended with a launch", "waiting so far"
_OBSERVED = "ended ones: fastest, median, 90th percentile"
_ESTIMATED = "with the waiting ones: median and its 95 % interval (Kaplan–Meier)"
_SHARES = {
    "docked": "docked, of the time in space",
    "in_space": "in space, of the service life",
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
        ValueError: `turnarounds` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import turnarounds
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> turnaround_chart(turnarounds(read_sample().flights)).title
        'Turnarounds by family'
    """
    rows, by = _take(turnarounds, _PERIOD, "turnarounds")
    known = rows.drop_nulls(["turnaround", "observed"])
    title = f"Turnarounds by {words(by)}"
    unknown = _left_out(rows.height - known.height, "row", "without a known length")
    if known.is_empty():
        return nothing(title, "There is no turnaround to draw.", unknown)
    marks = _period_marks(_named(known, by))
    ended, waiting = marks.filter("ended"), marks.filter(~pl.col("ended"))
    return finish(
        _period_layers(marks, by),
        title,
        f"{_n(ended.height, 'turnaround')} of {_n(ended['craft'].n_unique(), 'craft')} "
        f"({_span(ended['days'])}), and {_n(waiting.height, 'craft')} waiting to fly again "
        f"({_span(waiting['days'])} so far, triangles), in "
        f"{_n(marks['row'].n_unique(), words(by))}.",
        unknown,
        _groupless(known, by),
        _BY_DEFAULT,
        height=52 * marks["row"].n_unique(),
    )


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
        days=_days(pl.col("turnaround")),
        ended=ended,
        state=pl.when(ended).then(pl.lit(_ENDED)).otherwise(pl.lit(_WAITING)),
        craft="spacecraft_id",
        name="spacecraft_name",
        since=_minute("mission_end"),
        until=_minute("next_launch_net"),
        flight="flight_id",
    )
    # About as many places side by side as dots fit into the width of a page.
    place = (pl.col("days") * (100 / max(_most(marks["days"]), 1e-9))).floor()
    nth = pl.int_range(pl.len()).over("row", place, order_by="flight")
    lane = (nth + 1) // 2 * pl.when(nth % 2 == 0).then(1).otherwise(-1)
    return marks.with_columns(lane=lane).sort("strip", "days", "craft", "flight")


def _period_layers(marks: pl.DataFrame, by: str) -> list[alt.Chart]:
    import altair as alt

    reach = max(3, _most(marks["lane"].abs()))
    shapes = alt.Scale(domain=[_ENDED, _WAITING], range=["circle", "triangle-right"])
    base = alt.Chart(inline(marks.drop("strip", "flight"))).encode(
        x=alt.X("days:Q", title="turnaround (days)"),
        y=strips(marks, 52),
        # The upper part of a strip belongs to its label.
        yOffset=alt.YOffset("lane:Q", scale=alt.Scale(domain=[-2.2 * reach, 1.2 * reach])),
        color=theme.colour("state", [_ENDED, _WAITING], None, columns=1),
        shape=alt.Shape("state:N", title=None, scale=shapes),
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Days": "days:Q", "Mission_end_(UTC)": "since:N"},
            **{"Next_launch_(UTC)": "until:N", "State": "state:N"},
        ),
    )
    dots = base.transform_filter("datum.ended").mark_point(filled=True, size=26, opacity=0.6)
    open_ = base.transform_filter("!datum.ended").mark_point(size=46, strokeWidth=1.5, opacity=1)
    return _with_rows((dots, marks["ended"].any()), (open_, not marks["ended"].all()))


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
        ValueError: `summary` lacks a column.
    """
    rows, by = _take(summary, _SUMMARY, "turnaround_by_family")
    shown = rows.filter(pl.col("turnaround_count") > 0)
    each, parts = rows.filter(~_ALL), shown.filter(~_ALL)
    title = f"Turnaround summary by {words(by)}"
    without = _left_out(each.height - parts.height, words(by), "in which no turnaround ended")
    if shown.is_empty():
        return nothing(title, "There is no turnaround to sum up.", without)
    marks = _summary_marks(_named(shown, by))
    unreached = parts.filter(_UNREACHED).height
    return finish(
        _summary_layers(marks, by),
        title,
        f"{_n(parts['turnaround_count'].sum(), 'turnaround')} and "
        f"{_n(parts['censored_count'].sum(), 'craft')} waiting, in {_n(parts.height, words(by))}; "
        f"medians of the ended ones: {_span(parts['median_days'])}.",
        f"{_n(unreached, words(by))} with an interval without upper edge (arrow)."
        if unreached
        else "",
        without,
        _left_out(each["left_out_count"].sum(), "period", "with an unknown or impossible end"),
        _groupless(shown, by),
        _DEPENDENT,
        _BY_DEFAULT,
        height=60 * marks["row"].n_unique(),
    )


_UNREACHED = pl.col("km_low_days").is_not_null() & pl.col("km_high_days").is_null()


def _summary_marks(shown: pl.DataFrame) -> pl.DataFrame:
    """One row per line: two per family."""
    counts = ("turnaround_count", "censored_count")
    rows = shown.sort(_ALL, *counts, "group", descending=[False, True, True, False])
    edge = 1.05 * max(_most(shown[name]) for name in _SUMMARY if name.endswith("days"))
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
        layers += _with_rows(
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


def turnaround_survival_chart(curve: Frame) -> alt.LayerChart:
    """The fraction of craft still on the ground after so many days: a step curve per family.

    The band is the 95 % interval at each point. A dot is a launch, a short upright line a craft
    that has waited so long and still waits (censored). At most seven families are drawn, those
    with the most periods, and in grey, without band and dots, all craft together. A click in the
    legend picks one.

    Args:
        curve: What `turnaround_survival` returns. Where the band is null none is drawn.

    Raises:
        ValueError: `curve` lacks a column.
    """
    rows, by = _take(curve, _CURVE, "turnaround_survival")
    known = rows.drop_nulls(["days", "still_waiting_fraction"])
    unknown = _left_out(rows.height - known.height, "row", "without days or fraction")
    title = f"Still on the ground, by {words(by)}"
    if known.is_empty():
        return nothing(title, "There is no turnaround to draw a curve of.", unknown)
    named = _named(known, by)
    ranked = _ranked(named.filter(~_ALL), pl.col("at_risk").max())
    order = ranked[: len(theme.PALETTE)]
    drawn = named.filter(pl.col("group").is_in(order))
    every = named.filter(_ALL)
    return finish(
        _curve_layers(_steps(drawn, every), [*order, *every["group"].unique()], by),
        title,
        f"Kaplan–Meier curves with 95 % bands of {_n(len(order), words(by))}: "
        f"{_n(drawn['returned'].sum(), 'turnaround')} and {_n(drawn['censored'].sum(), 'craft')} "
        "waiting (upright lines).",
        _left_out(len(ranked) - len(order), words(by), "with fewer periods"),
        unknown,
        _groupless(known, by),
        "The curves are of craft that can fly again; of a retired one the last period is not in.",
        _DEPENDENT,
        _BY_DEFAULT,
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
        .with_columns(pl.when(~_ALL).then("low_fraction").alias("low_fraction"))
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
        color=theme.colour("group", order, words(by)),
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
    return _with_rows(
        (band, steps["low_fraction"].is_not_null().any()),
        (line, True),
        (waits.mark_tick(orient="vertical", thickness=2, size=12), (steps["censored"] > 0).any()),
        (returns.mark_circle(size=18), (steps.filter(~_ALL)["returned"] > 0).any()),
    )


def utilisation_chart(utilisation: Frame) -> alt.LayerChart:
    """How much the craft of each family are used: two shares, each with its own n.

    The upper bar is the time docked as a share of the time in space, the lower one the time in
    space as a share of the service life; the n beside a bar counts the craft that it sums up.
    Families with the most craft flown come first, `all` last.

    Args:
        utilisation: What `utilisation_by_family` returns; without flights it has one bar each. A
            null share has no bar, and a family without any is not drawn but counted.

    Raises:
        ValueError: `utilisation` lacks a column.
    """
    rows, by = _take(utilisation, _DOCKED, "utilisation_by_family", optional=_SERVICE)
    shares = [share for share in _SHARES if f"{share}_fraction" in rows.columns]
    has_share = pl.any_horizontal(pl.col(f"{share}_fraction").is_not_null() for share in shares)
    shown, each = rows.filter(has_share), rows.filter(~_ALL)
    parts = shown.filter(~_ALL)
    title = f"Utilisation by {words(by)}"
    without = _left_out(each.height - parts.height, words(by), "without a share")
    if shown.is_empty():
        return nothing(title, "There is no share to draw.", without)
    marks = _share_marks(_named(shown, by), shares)
    return finish(
        _share_layers(marks, shares, by),
        title,
        f"Shares of the time, summed over craft, in {_n(parts.height, words(by))}.",
        *(
            f"{_SHARES[share].capitalize()}: {_n(each[f'{share}_craft_count'].sum(), 'craft')}, "
            f"{each[f'{share}_left_out_count'].sum()} left out (unknown or impossible)."
            for share in shares
        ),
        without,
        _groupless(shown, by),
        _FLATTERED if "in_space" in shares else "",
        _BY_DEFAULT,
        height=(30 + 16 * len(shares)) * marks["row"].n_unique(),
    )


def _share_marks(shown: pl.DataFrame, shares: list[str]) -> pl.DataFrame:
    """One row per bar."""
    rows = shown.sort(_ALL, "flown_count", "group", descending=[False, True, False])
    bars = pl.concat(
        rows.select(
            "group",
            row=pl.format("{} · {} flown", "group", "flown_count"),
            share=pl.lit(_SHARES[share]),
            fraction=pl.col(f"{share}_fraction").round(5),
            count=f"{share}_craft_count",
            left_out=f"{share}_left_out_count",
        )
        for share in shares
    )
    percent = (100 * pl.col("fraction")).round(1)
    # Strips stay in the order of the families although not each has each bar.
    nth = pl.int_range(pl.len()).over("share")
    ordered = bars.with_columns(nth=nth).sort("nth", maintain_order=True).drop("nth")
    return ordered.with_columns(text=pl.format("{} %, n = {}", percent, "count")).drop_nulls()


def _share_layers(marks: pl.DataFrame, shares: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    kinds = [_SHARES[share] for share in shares]
    base = alt.Chart(inline(marks)).encode(
        # Beyond 100 % there is room for the text beside a full bar.
        x=alt.X("fraction:Q", title="share of the time")
        .axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
        .scale(domain=[0, 1.45]),
        y=strips(marks, 30 + 16 * len(kinds)),
        tooltip=tips(
            by,
            **{"Share": "share:N", "Value": "fraction:Q", "Craft_summed_up": "count:Q"},
            Craft_left_out="left_out:Q",
        ),
    )
    layers: list[alt.Chart] = []
    for nth, kind in enumerate(kinds):
        bar = base.transform_filter(f"datum.share === '{kind}'")
        shift = 8 + 8 * (2 * nth - len(kinds) + 1)
        layers += [
            bar.mark_bar(height=12, yOffset=shift).encode(
                color=theme.colour("share", kinds, None, columns=1, labelLimit=300)
            ),
            bar.mark_text(align="left", dx=5, yOffset=shift).encode(text="text:N"),
        ]
    return layers


def in_orbit_chart(presence: Frame) -> alt.LayerChart:
    """How many craft were in space in each period, on average, stacked by family.

    At most eight layers: with more families, seven with the most days in space and, in grey, the
    others as one. A click in the legend picks one.

    Args:
        presence: What `in_orbit` returns. Rows with a null are not drawn; the description counts
            them.

    Raises:
        ValueError: `presence` lacks a column.
    """
    rows, by = _take(presence, _PRESENCE, "in_orbit")
    known = rows.drop_nulls(_PRESENCE)
    title = f"Craft in space by {words(by)}"
    unknown = _left_out(rows.height - known.height, "row", "with an unknown value")
    if not known["craft_days"].sum():
        return nothing(title, "No craft was in space.", unknown)
    named = _named(known, by)
    layered, order = _fold(named, pl.col("craft_days").sum())
    total = named.group_by("period_start").agg(pl.col("average_in_orbit").sum())
    peak = total.sort("average_in_orbit", "period_start", descending=[True, False]).row(0)
    return finish(
        _presence_layers(_stacked(layered, order), order, by),
        title,
        f"{known['craft_days'].sum():,.0f} craft-days in space of "
        f"{_n(named['group'].n_unique(), words(by))}; most in the period from {peak[0]:%Y-%m-%d}, "
        f"with {peak[1]:,.2f} craft on average. Suborbital and lunar flights are in it.",
        unknown,
        _groupless(known, by),
        _BY_DEFAULT,
        height=320,
    )


def _stacked(layered: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    """One row per period and layer, with the edges of its rectangle."""
    start, average, time = pl.col("period_start"), pl.col("average_in_orbit"), pl.col("craft_days")
    layers = layered.group_by("period_start", "group").agg(average.sum(), time.sum())
    ends = (
        layers.group_by("period_start")
        # The frame does not say where the last period ends; days and average do, if anything flew.
        .agg(length=pl.when(average.sum() > 0).then(time.sum() / average.sum() * 86_400_000_000))
        .sort("period_start")
        .with_columns(last=start + pl.duration(microseconds=pl.col("length").round()))
        .select("period_start", end=pl.coalesce(start.shift(-1), "last", start))
    )
    edge = start.is_in([ends["period_start"][0], ends["period_start"][-1]])
    return (
        layers.join(ends, on="period_start")
        .sort("period_start", pl.col("group").cast(pl.Enum(order)))
        .with_columns(high=average.cum_sum().over("period_start"))
        .with_columns(low=pl.col("high") - average)
        # Zeros can't be seen, but the first and the last period hold the axis open.
        .filter((average > 0) | edge)
        .with_columns(selectors.float().round(4))
        .with_columns(since=_minute("period_start"), until=_minute("end"))
    )


def _presence_layers(marks: pl.DataFrame, order: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("presence")
    chart = alt.Chart(inline(marks)).encode(
        x=alt.X("period_start:T", title="period (UTC)"),
        x2="end:T",
        # Stacked by us: our order in every version of Vega-Lite.
        y=alt.Y("low:Q", title="craft in space (average)", stack=None),
        y2="high:Q",
        color=theme.colour("group", order, words(by)),
        opacity=theme.fade(click),
        tooltip=tips(
            by,
            **{"From_(UTC)": "since:N", "To_(UTC)": "until:N", "Craft-days": "craft_days:Q"},
            **{"Craft_in_space_(average)": "average_in_orbit:Q"},
        ),
    )
    return [chart.mark_rect().add_params(click)]


def fleet_timeline_chart(
    flights: Frame, *, by: str = "family", min_flights: int = 2
) -> alt.LayerChart:
    """Each flight as a bar from launch to mission end, one strip per craft.

    An open flight, drawn paler, goes up to `retrieved_at`. Craft are ordered by first launch. Craft
    with fewer than `min_flights` flights are not drawn, because most fly once and would hide the
    others; nor are placeholders, nor flights whose launch or end is unknown. The description counts
    them all. A bar is at least a line wide. A click in the legend picks one colour.

    Args:
        flights: The flights table.
        by: The column that gives the colour: with more than eight values, seven have their own.
        min_flights: How many flights a craft must have begun to be drawn.

    Raises:
        ValueError: `flights` lacks a column.
    """
    rows, _ = _take(flights, _FLIGHT, "snapshot.flights", by=by)
    title = "Flights by craft"
    begun = in_order(rows.filter(pl.col("is_placeholder").ne_missing(True)).lazy()).collect()
    fleet = begun.filter(pl.len().over("spacecraft_id") >= min_flights)
    marks, order = _fold(_flight_marks(_named(fleet, by)), pl.len())
    rare = begun["spacecraft_id"].n_unique() - fleet["spacecraft_id"].n_unique()
    left_out = (
        _left_out(rare, "craft", f"with fewer than {_n(min_flights, 'flight')}"),
        _left_out(rows["is_placeholder"].sum(), "flight", "of placeholders"),
        _left_out(fleet.height - marks.height, "flight", "with an unknown launch or end"),
    )
    if marks.is_empty():
        return nothing(title, f"No craft has {_n(min_flights, 'flight')} to draw.", *left_out)
    starts = marks["start"].dt.strftime("%Y-%m-%d").sort()
    retrieved = fleet["retrieved_at"].dt.strftime("%Y-%m-%d").sort()[-1]
    return finish(
        _timeline_layers(marks, order, by),
        title,
        f"{_n(marks.height, 'flight')} of {_n(marks['row'].n_unique(), 'craft')}, launched "
        f"{starts[0]} to {starts[-1]}; {marks['open'].sum()} of them still open when the data was "
        f"retrieved, {retrieved} (paler).",
        *left_out,
        _groupless(fleet, by),
        height=30 * marks["row"].n_unique(),
    )


def _flight_marks(fleet: pl.DataFrame) -> pl.DataFrame:
    """One row per flight with a known launch and end, or still open."""
    is_open = pl.col("is_last") & pl.col("in_space") & pl.col("mission_end").is_null()
    goes_on = (is_open | (pl.col("known_end") > pl.col("retrieved_at"))).fill_null(False)
    name = pl.when(pl.col("twin")).then(pl.format("{} (id {})", "name", "spacecraft_id"))
    labels = (
        fleet.group_by("spacecraft_id")
        .agg(
            name=pl.col("spacecraft_name").first().fill_null("(no name)"),
            first=pl.col("launch_net").min(),
            n=pl.len(),
        )
        # Two craft of one name must not share a strip.
        .with_columns(twin=pl.col("name").is_duplicated())
        .with_columns(row=pl.format("{} · n = {}", name.otherwise("name"), "n"))
    )
    return (
        fleet.join(labels, on="spacecraft_id")
        .with_columns(
            open=goes_on,
            end=pl.when(goes_on).then("retrieved_at").otherwise("known_end"),
        )
        .drop_nulls(["launch_net", "end"])
        .sort("first", "spacecraft_id", "launch_net", "flight_id")
        .select(
            *("row", "group", "name", "open", "end"),
            start="launch_net",
            flight=pl.col("launch_name").fill_null("–"),
            since=_minute("launch_net"),
            until=pl.when("open").then(pl.lit("still in space")).otherwise(_minute("end")),
            days=_days(pl.col("end") - pl.col("launch_net")),
        )
    )


def _timeline_layers(marks: pl.DataFrame, order: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    click = theme.picked("timeline")
    paler = alt.when("datum.open").then(alt.value(0.35)).otherwise(alt.value(1))
    chart = alt.Chart(inline(marks)).encode(
        x=alt.X("start:T", title="launch to mission end (UTC)"),
        x2="end:T",
        y=strips(marks, 30),
        color=theme.colour("group", order, words(by)),
        stroke=alt.Stroke("group:N", title=words(by), scale=theme.colours(order)).legend(
            symbolOpacity=1
        ),
        opacity=theme.fade(click),
        fillOpacity=paler,
        tooltip=tips(
            by,
            **{"Spacecraft": "name:N", "Flight": "flight:N", "Launch_(UTC)": "since:N"},
            **{"Mission_end_(UTC)": "until:N", "Days_in_space": "days:Q"},
        ),
    )
    # Its outline keeps a flight of some days visible on an axis of decades.
    return [chart.mark_bar(height=9, yOffset=8, strokeWidth=1).add_params(click)]


def _take(
    frame: Frame,
    fixed: tuple[str, ...],
    source: str,
    *,
    by: str = "",
    optional: tuple[str, ...] = (),
) -> tuple[pl.DataFrame, str]:
    """The columns to draw, the groups as text in `group`, instants as UTC; and the groups' name."""
    rows = frame.lazy().collect()
    by = by or next((name for name in rows.columns if name not in fixed), "a column of groups")
    lacking = [name for name in (by, *fixed) if name not in rows.columns]
    if lacking:
        raise ValueError(
            f"this frame lacks {', '.join(lacking)}; the chart takes what {source} gives"
        )
    columns = [*fixed, *(name for name in optional if name in rows.columns)]
    rows = rows.select(*columns, group=pl.col(by).cast(pl.String))
    aware = selectors.datetime(time_zone="*")
    return rows.with_columns(aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)), by


def _named(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    return rows.with_columns(pl.col("group").fill_null(f"(no {words(by)})"))


def _with_rows(*layers: tuple[alt.Chart, bool]) -> list[alt.Chart]:
    """The layers that have rows: of one without, Vega warns on the reader's console."""
    return [layer for layer, has_rows in layers if has_rows]


def _ranked(rows: pl.DataFrame, weight: pl.Expr) -> list[str]:
    """The groups, heaviest first."""
    weights = rows.group_by("group").agg(weight=weight)
    return weights.sort("weight", "group", descending=[True, False])["group"].to_list()


def _fold(rows: pl.DataFrame, weight: pl.Expr) -> tuple[pl.DataFrame, list[str]]:
    """The rows with the lightest groups as one, where there are more than colours; the order."""
    order = _ranked(rows, weight)
    if len(order) <= len(theme.COLOURS):
        return rows, order
    kept = order[: len(theme.PALETTE)]
    rest = f"{len(order) - len(kept)} others"
    group = pl.when(pl.col("group").is_in(kept)).then("group").otherwise(pl.lit(rest))
    return rows.with_columns(group=group), [*kept, rest]


def _days(duration: pl.Expr) -> pl.Expr:
    """Days of 24 hours, exact to a second."""
    return duration.dt.total_days(fractional=True).round(5)


def _minute(instant: str) -> pl.Expr:
    """As text: in a tooltip Vega would show the reader's own time zone, and 1970 for a null."""
    return pl.col(instant).dt.strftime("%Y-%m-%d %H:%M").fill_null("–")


def _figure(number: str) -> pl.Expr:
    return pl.col(number).round(1).cast(pl.String).fill_null("not reached")


def _most(values: pl.Series) -> Any:
    return values.max() or 0


def _n(count: Any, noun: str) -> str:
    """The count with its noun in the number that it needs."""
    many = noun if noun == "craft" else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def _span(days: pl.Series) -> str:
    if days.is_empty():
        return "no days"
    ordered = days.sort()
    low, high = f"{ordered[0]:,.0f}", f"{ordered[-1]:,.0f}"
    return f"{low} days" if low == high else f"{low} to {high} days"


def _left_out(count: Any, noun: str, why: str) -> str:
    return f"Left out: {_n(count, noun)} {why}." if count else ""


def _groupless(rows: pl.DataFrame, by: str) -> str:
    count = rows["group"].null_count()
    return f"{_n(count, 'row')} without a {words(by)} (drawn as such)." if count else ""
