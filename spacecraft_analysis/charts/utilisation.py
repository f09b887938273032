"""The chart of how much craft are used: shares of their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from spacecraft_analysis.charts import colours
from spacecraft_analysis.charts.captions import (
    IS_ALL,
    Frame,
    groupless,
    left_out,
    n_of,
    rows_to_draw,
    with_named_groups,
)
from spacecraft_analysis.charts.labels import strips
from spacecraft_analysis.charts.theme import finish, inline, nothing, tips, words

if TYPE_CHECKING:
    import altair as alt

_DOCKED = ("flown_count", "docked_fraction", "docked_craft_count", "docked_left_out_count")
_SERVICE = ("in_space_fraction", "in_space_craft_count", "in_space_left_out_count")
_FLATTERED = "A retired craft's service ends with its last landing, which flatters it."
_SHARES = {"docked": "docked", "in_space": "in space"}
_WHOLES = {"docked": "the time in space", "in_space": "the service life"}
_VISIBLE = 0.005


def utilisation_chart(utilisation: Frame) -> alt.LayerChart:
    """How much the craft of each family are used: two shares, each with its own n.

    The full bar is the time docked as a share of the time in space, the paler one the time in space
    as a share of the service life; the n beside a bar counts the craft that it sums up. Families
    with the most craft flown come first, `all` last.

    Args:
        utilisation: What `utilisation_by_family` returns; without flights it has one bar each. A
            null share has no bar. A family without any share above 0 is not drawn but told.

    Raises:
        TypeError: What is given is no Polars frame.
        ValueError: `utilisation` lacks a column.

    Examples:
        >>> from spacecraft_analysis.measures import utilisation_by_family
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> sample = read_sample()
        >>> utilisation_chart(utilisation_by_family(sample.spacecraft, sample.flights)).title
        'Utilisation by family'
    """
    rows, by = rows_to_draw(utilisation, _DOCKED, "utilisation_by_family", optional=_SERVICE)
    shares = [share for share in _SHARES if f"{share}_fraction" in rows.columns]
    named = with_named_groups(rows, by)
    each = named.filter(~IS_ALL)
    is_known = pl.any_horizontal(pl.col(f"{share}_fraction").is_not_null() for share in shares)
    is_visible = pl.any_horizontal(
        pl.col(f"{share}_fraction").fill_null(0) >= _VISIBLE for share in shares
    )
    shown = named.filter(is_visible)
    title = f"Utilisation by {words(by)}"
    not_drawn = (
        _too_small(each.filter(is_known, ~is_visible)["group"]),
        left_out(each.filter(~is_known).height, words(by), "without a share"),
    )
    if shown.is_empty():
        return nothing(title, "There is no share to draw.", *not_drawn)
    marks = _share_marks(shown, shares)
    return finish(
        _share_layers(marks, shares, by),
        title,
        *(
            f"{_SHARES[share].capitalize()} is the share of {_WHOLES[share]}, summed over "
            f"{n_of(each[f'{share}_craft_count'].sum(), 'craft')}; "
            f"{each[f'{share}_left_out_count'].sum()} left out (unknown or impossible)."
            for share in shares
        ),
        *not_drawn,
        groupless(rows, by, pl.col("flown_count"), "craft"),
        _FLATTERED if "in_space" in shares else "",
        height=_height(shares) * marks["row"].n_unique(),
    )


def _height(shares: list[str]) -> int:
    return 30 + 18 * len(shares)


def _too_small(names: pl.Series) -> str:
    return f"Under 0.5 %, so not drawn: {', '.join(names.sort())}." if len(names) else ""


def _share_marks(shown: pl.DataFrame, shares: list[str]) -> pl.DataFrame:
    """One row per bar."""
    rows = shown.sort(IS_ALL, "flown_count", "group", descending=[False, True, False])
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
    return ordered.with_columns(
        text=pl.format("{} % {}, n = {}", percent, "share", "count")
    ).drop_nulls()


def _share_layers(marks: pl.DataFrame, shares: list[str], by: str) -> list[alt.Chart]:
    import altair as alt

    order = marks["group"].unique(maintain_order=True).to_list()
    base = alt.Chart(inline(marks)).encode(
        x=alt.X("fraction:Q", title="share of the time")
        .axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
        .scale(domain=[0, 1]),
        y=strips(marks, _height(shares)),
        tooltip=tips(
            by,
            **{"Share": "share:N", "Value": "fraction:Q", "Craft_summed_up": "count:Q"},
            Craft_left_out="left_out:Q",
        ),
    )
    # The figures begin beyond a full bar: a column of its own, that Vega leaves room for.
    full = alt.XDatum(1)
    layers: list[alt.Chart] = []
    for nth, share in enumerate(shares):
        mine = base.transform_filter(f"datum.share === '{_SHARES[share]}'")
        shift = 9 + 9 * (2 * nth - len(shares) + 1)
        bar = mine.mark_bar(height=13, yOffset=shift, opacity=1 if share == "docked" else 0.6)
        figure = mine.mark_text(align="left", xOffset=6, yOffset=shift)
        layers += [
            bar.encode(color=alt.Color("group:N", scale=colours.scale(order, by), legend=None)),
            figure.encode(x=full, text=alt.Text("text:N")),
        ]
    return layers
