"""What all charts share: which rows are drawn, and the words that count what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from polars import selectors

from spacecraft_analysis.charts.colours import GREY, own_colour
from spacecraft_analysis.charts.theme import words
from spacecraft_analysis.measures.inputs import check_by, checked
from spacecraft_analysis.measures.selection import as_words

if TYPE_CHECKING:
    import altair as alt

Frame = pl.DataFrame | pl.LazyFrame

IS_ALL = pl.col("group").eq_missing("all")
# More names beside the marks than these would say nothing.
SERIES = 8


def rows_to_draw(
    frame: Frame,
    fixed: tuple[str, ...],
    source: str,
    *,
    by: str = "",
    optional: tuple[str, ...] = (),
) -> tuple[pl.DataFrame, str]:
    """The columns to draw, the groups as text in `group`, instants as UTC; and the groups' name."""
    names = checked(frame, source, ()).collect_schema().names()
    is_chosen = by != ""
    if not is_chosen:
        by = next(
            (name for name in names if name not in (*fixed, "period_end")), "a column of groups"
        )
    rows = checked(frame, source, fixed if is_chosen else (by, *fixed)).collect()
    if is_chosen:
        check_by(by, rows.lazy(), ())
    columns = [*fixed, *(name for name in optional if name in rows.columns)]
    rows = as_words(rows.select(*columns, group=by))
    aware = selectors.datetime(time_zone="*")
    return rows.with_columns(aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)), by


def with_named_groups(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    return rows.with_columns(pl.col("group").fill_null(f"(no {words(by)})"))


def those_with_rows(*layers: tuple[alt.Chart, bool]) -> list[alt.Chart]:
    """The layers that have rows: of one without, Vega warns on the reader's console."""
    return [layer for layer, has_rows in layers if has_rows]


def heaviest_first(rows: pl.DataFrame, weight: pl.Expr) -> list[str]:
    """The groups, heaviest first."""
    weights = rows.group_by("group").agg(weight=weight)
    return weights.sort("weight", "group", descending=[True, False])["group"].to_list()


def with_light_groups_as_one(
    rows: pl.DataFrame, weight: pl.Expr, by: str
) -> tuple[pl.DataFrame, list[str], str]:
    """The rows with all but seven groups as one, where there are more than eight.

    Returns:
        The rows, the order of the groups, and the name of those that are one: "" if none are.
    """
    order = heaviest_first(rows, weight)
    if len(order) <= SERIES:
        return rows, order, ""
    first = sorted(order, key=lambda name: own_colour(name, by) == GREY)[: SERIES - 1]
    kept = [name for name in order if name in first]
    rest = f"{len(order) - len(kept)} others"
    group = pl.when(pl.col("group").is_in(kept)).then("group").otherwise(pl.lit(rest))
    return rows.with_columns(group=group), [*kept, rest], rest


def in_days(duration: pl.Expr) -> pl.Expr:
    """Days of 24 hours, exact to a second."""
    return duration.dt.total_days(fractional=True).round(5)


def to_the_minute(instant: str) -> pl.Expr:
    """As text: in a tooltip Vega would show the reader's own time zone, and 1970 for a null."""
    return pl.col(instant).dt.strftime("%Y-%m-%d %H:%M").fill_null("–")


def most(values: pl.Series) -> Any:
    return values.max() or 0


def n_of(count: Any, noun: str) -> str:
    """The count with its noun in the number that it needs."""
    to_ies = noun.endswith("y") and not noun.endswith("day")
    many = noun if noun == "craft" else f"{noun[:-1]}ies" if to_ies else f"{noun}s"
    return f"{count:,.0f} {noun if count == 1 else many}"


def label(count: str, waiting: str) -> pl.Expr:
    """The text of a strip: its group, how many periods it has, and how many craft wait."""
    some = pl.format(", {} waiting", waiting)
    waits = pl.when(pl.col(waiting) > 0).then(some).otherwise(pl.lit(""))
    return pl.format("{} · n = {}{}", "group", count, waits)


def named_with_counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counted.items())


def span(days: pl.Series) -> str:
    ordered = days.sort()
    low, high = f"{ordered[0]:,.0f}", f"{ordered[-1]:,.0f}"
    return f"{low} days" if low == high else f"{low} to {high} days"


def left_out(count: Any, noun: str, why: str) -> str:
    return f"Left out: {n_of(count, noun)} {why}." if count else ""


def groupless(rows: pl.DataFrame, by: str, what: pl.Expr, noun: str) -> str:
    """How much of what the marks stand for has no group."""
    count = rows.filter(pl.col("group").is_null()).select(what.sum()).item()
    return f"{n_of(count, noun)} without a {words(by)} (drawn as such)." if count else ""
