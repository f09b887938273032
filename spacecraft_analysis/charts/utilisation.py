"""Charts of how much craft are used: shares of their time, presence in space, every flight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from spacecraft_analysis.charts import theme
from spacecraft_analysis.charts.theme import finish, inline, nothing, strips, tips, words
from spacecraft_analysis.charts.vocabulary import (
    BY_DEFAULT,
    IS_ALL,
    Frame,
    groupless,
    left_out,
    n_of,
    rows_to_draw,
    with_named_groups,
)

if TYPE_CHECKING:
    import altair as alt

_DOCKED = ("flown_count", "docked_fraction", "docked_craft_count", "docked_left_out_count")
_SERVICE = ("in_space_fraction", "in_space_craft_count", "in_space_left_out_count")
_FLATTERED = "A retired craft's service ends with its last landing, which flatters it."
_SHARES = {
    "docked": "docked, of the time in space",
    "in_space": "in space, of the service life",
}


def utilisation_chart(utilisation: Frame) -> alt.LayerChart:
    """How much the craft of each family are used: two shares, each with its own n.

    The upper bar is the time docked as a share of the time in space, the lower one the time in
    space as a share of the service life; the n beside a bar counts the craft that it sums up.
    Families with the most craft flown come first, `all` last.

    Args:
        utilisation: What `utilisation_by_family` returns; without flights it has one bar each. A
            null share has no bar, and a family without any is not drawn but counted.

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
    has_share = pl.any_horizontal(pl.col(f"{share}_fraction").is_not_null() for share in shares)
    shown, each = rows.filter(has_share), rows.filter(~IS_ALL)
    parts = shown.filter(~IS_ALL)
    title = f"Utilisation by {words(by)}"
    without = left_out(each.height - parts.height, words(by), "without a share")
    if shown.is_empty():
        return nothing(title, "There is no share to draw.", without)
    marks = _share_marks(with_named_groups(shown, by), shares)
    return finish(
        _share_layers(marks, shares, by),
        title,
        f"Shares of the time, summed over craft, in {n_of(parts.height, words(by))}.",
        *(
            f"{_SHARES[share].capitalize()}: {n_of(each[f'{share}_craft_count'].sum(), 'craft')}, "
            f"{each[f'{share}_left_out_count'].sum()} left out (unknown or impossible)."
            for share in shares
        ),
        without,
        groupless(shown, by, pl.col("flown_count"), "craft"),
        _FLATTERED if "in_space" in shares else "",
        BY_DEFAULT,
        height=(30 + 16 * len(shares)) * marks["row"].n_unique(),
    )


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
