"""How much spacecraft are used, as shares of their time."""

from __future__ import annotations

import altair as alt
import polars as pl

from spacecraft_analysis.charts import captions, colours, drawing, labels
from spacecraft_analysis.charts.captions import IS_ALL, Frame, n_of

_DOCKED = ("flown_count", "docked_fraction", "docked_craft_count", "docked_left_out_count")
_SERVICE = ("in_space_fraction", "in_space_craft_count", "in_space_left_out_count")
_SHARES = {"docked": "docked", "in_space": "in space"}
_DENOMINATORS = {"docked": "the time in space", "in_space": "the service life"}
_VISIBLE = 0.005


def utilisation_chart(utilisation: Frame) -> alt.LayerChart:
    """Draw how much the craft of each family are used: two shares, each with its own n.

    The full bar is the time docked as a share of the time in space, the paler one the time in space
    as a share of the service life; the n beside a bar counts the craft that it sums up. Families
    with the most craft flown come first, `all` last.

    Args:
        utilisation: What `utilisation_by_family` returns; without flights it has one bar each. A
            null share has no bar. The description names families without any share above 0.5 %.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> sample = sa.load("sample")
        >>> sa.utilisation_chart(sa.utilisation_by_family(sample.spacecraft, sample.flights)).title
        'Utilisation by family'
    """
    rows, by = captions.rows_to_draw(
        utilisation, _DOCKED, "utilisation_by_family(…)", optional=_SERVICE
    )
    shares = [share for share in _SHARES if f"{share}_fraction" in rows.columns]
    each = rows.filter(~IS_ALL)
    largest = pl.max_horizontal(f"{share}_fraction" for share in shares)
    shown = rows.filter(largest >= _VISIBLE)
    small = each.filter(largest < _VISIBLE)["group"].sort()
    title = f"Utilisation by {by}"
    not_drawn = (
        f"Under 0.5 %, so not drawn: {', '.join(small)}." if len(small) else "",
        captions.groups_left_out(each.filter(largest.is_null()).height, by, "without a share"),
    )
    if shown.is_empty():
        return drawing.empty_chart(title, "There is no share to draw.", *not_drawn)
    marks = _share_marks(shown, shares)
    step = 30 + 18 * len(shares)
    return drawing.finish(
        _share_layers(marks, shares, step, by),
        title,
        *(
            f"{_SHARES[share].capitalize()} is the share of {_DENOMINATORS[share]}, summed over "
            f"{n_of(each[f'{share}_craft_count'].sum(), 'spacecraft')}; "
            f"{each[f'{share}_left_out_count'].sum()} left out (unknown, impossible or "
            "contradictory)."
            for share in shares
        ),
        *not_drawn,
        captions.without_group(rows, by, pl.col("flown_count"), "spacecraft"),
        "A retired spacecraft's service ends with its last landing, so its share looks larger."
        if "in_space" in shares
        else "",
        height=step * marks["_row"].n_unique(),
    )


def _share_marks(shown: pl.DataFrame, shares: list[str]) -> pl.DataFrame:
    """Return one row per bar."""
    rows = shown.sort(IS_ALL, "flown_count", "group", descending=[False, True, False])
    bars = pl.concat(
        rows.select(
            *("group", "flown_count"),
            _row=pl.format("{} · {} flown", "group", "flown_count"),
            share=pl.lit(_SHARES[share]),
            fraction=pl.col(f"{share}_fraction").round(5),
            count=f"{share}_craft_count",
            left_out=f"{share}_left_out_count",
        )
        for share in shares
    )
    # Strips stay in the order of the families although not each has each bar.
    ordered = bars.sort(pl.int_range(pl.len()).over("share"), maintain_order=True)
    percent = (100 * pl.col("fraction")).round(1)
    text = pl.format("{} % {}, n = {}", percent, "share", "count")
    return colours.coloured(ordered.with_columns(text=text).drop_nulls(), ordered["group"])


def _share_layers(marks: pl.DataFrame, shares: list[str], step: int, by: str) -> list[alt.Chart]:
    height = step * marks["_row"].n_unique()
    base = alt.Chart(drawing.dataset(marks)).encode(
        x=alt.X("fraction:Q", title="share of the time")
        .axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
        .scale(domain=[0, 1]),
        y=labels.strips(marks, step),
        tooltip=drawing.tips(
            by,
            **{"Share": "share:N", "Value": "fraction:Q", "Spacecraft_summed_up": "count:Q"},
            Spacecraft_left_out="left_out:Q",
        ),
    )
    layers: list[alt.Chart] = []
    for nth, share in enumerate(shares):
        mine = base.transform_filter(f"datum.share === '{_SHARES[share]}'")
        shift = labels.scaled(9 + 9 * (2 * nth - len(shares) + 1), height)
        opacity = 1 if share == "docked" else 0.6
        layers += [
            mine.mark_bar(height=labels.scaled(13, height), yOffset=shift, opacity=opacity),
            # The figures begin beyond a full bar: a column of its own, that Vega leaves room for.
            mine.mark_text(
                align="left", xOffset=6, yOffset=shift, fontSize=labels.scaled(13, height)
            ).encode(x=alt.XDatum(1), text=alt.Text("text:N"), color=alt.ColorValue(colours.INK)),
        ]
    return layers
