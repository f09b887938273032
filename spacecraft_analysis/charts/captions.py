"""Which rows a chart draws, and the sentences that count what it does not draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from polars import selectors

from spacecraft_analysis.charts.colours import STATED
from spacecraft_analysis.measures.selection import as_words, checked
from spacecraft_analysis.quality import flagged

Frame = pl.DataFrame | pl.LazyFrame

IS_ALL = pl.col("group").eq_missing("all")
_SERIES = 8
FLAGGED = "† flagged by check, may be wrong"
"""What the key of a chart says of a mark whose value has a finding."""
_PLURALS = {"spacecraft": "spacecraft", "family": "families", "launch": "launches"}
_NOUNS = {"family": "family", "family root": "family", "station": "station"}
_NO = "(no {})"


def rows_to_draw(
    frame: Frame, fixed: Sequence[str], source: str, *, by: str = "", optional: Sequence[str] = ()
) -> tuple[pl.DataFrame, str]:
    """Return the fixed columns, and the optional ones that exist, and in words what groups them.

    The groups are in `group`, as text: the column `by`, without it the first one that is not fixed.
    Null is "(no family)", and blank text "(blank)". Instants are in UTC, without a zone. Error
    messages name `source`, an expression that gives such a frame.
    """
    names = checked(frame, source, ()).collect_schema().names()
    group = by or next((name for name in names if name not in fixed), "a column of groups")
    needed = [*fixed, *(name for name in optional if name in names)]
    # A column of groups may have any type (above a row `all` it is text): it is only looked for.
    if group not in names:
        needed.append(group)
    rows = as_words(checked(frame, source, needed).collect().select(needed, group=group))
    words = "station" if group == "target_name" else group.replace("_", " ")
    rows = rows.with_columns(
        pl.col("group").str.replace(r"^\s*$", "(blank)").fill_null(_NO.format(words)),
        selectors.datetime().dt.replace_time_zone(None),
    )
    return rows, words


def heaviest_first(rows: pl.DataFrame, weight: pl.Expr) -> list[str]:
    """Return the groups, those with the largest weight first."""
    weights = rows.group_by("group").agg(weight=weight)
    return weights.sort("weight", "group", descending=[True, False])["group"].to_list()


def with_light_groups_as_one(
    rows: pl.DataFrame, weight: pl.Expr
) -> tuple[pl.DataFrame, list[str], str]:
    """Return the rows with all but seven groups as one, where there are more than eight.

    Groups with a colour of their own stay, then the heaviest. The order of the groups comes with
    the rows, and the name of those that are one: "" if none are.
    """
    order = heaviest_first(rows, weight)
    if len(order) <= _SERIES:
        return rows, order, ""
    first = sorted(order, key=lambda name: name not in STATED)[: _SERIES - 1]
    shown = [name for name in order if name in first]
    others = f"{len(order) - len(shown)} others"
    group = pl.when(pl.col("group").is_in(shown)).then("group").otherwise(pl.lit(others))
    return rows.with_columns(group=group), [*shown, others], others


def flagged_ids(
    findings: Frame | None, table: str, column: str, values: pl.Series | None = None
) -> pl.Series:
    """Return the ids of the flights of which `check` reports this column as an error or a warning.

    With `values`, the instants that are drawn, findings about other values do not count.
    """
    if findings is None:
        return pl.Series(dtype=pl.Int64)
    needed = ("severity", "table", "column", "flight_id", "value")
    found = flagged(checked(findings, "check", needed)).filter(table=table, column=column)
    if values is not None:
        texts = values.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").unique()
        found = found.filter(pl.col("value").is_in(texts.implode()))
    return found.collect()["flight_id"].drop_nulls()


def signed(text: pl.Expr, flagged: pl.Expr) -> pl.Expr:
    """Return the text, with a † where it is flagged."""
    return text + pl.when(flagged).then(pl.lit(" †")).otherwise(pl.lit(""))


def flagged_count(marks: pl.DataFrame) -> str:
    """Return the sentence on the marks whose value has a finding."""
    if not (count := marks["flagged"].sum()):
        return ""
    stands = "stands on a value" if count == 1 else "stand on values"
    return (
        f"{n_of(count, 'mark')} (†, hollow) {stands} that check flags as possibly wrong; "
        "the ranges given here leave them out."
    )


def in_days(duration: pl.Expr) -> pl.Expr:
    """Return days of 24 hours, exact to a second."""
    return duration.dt.total_days(fractional=True).round(5)


def to_the_minute(instant: str) -> pl.Expr:
    """Return an instant as text: a tooltip of Vega's would use the reader's own time zone."""
    return pl.col(instant).dt.strftime("%Y-%m-%d %H:%M").fill_null("–")


def most(values: pl.Series) -> Any:
    """Return the largest value, 0 if there is none."""
    return values.max() or 0


def n_of(count: Any, noun: str) -> str:
    """Return the count with its noun in the singular or plural.

    Examples:
        >>> n_of(1, "flight"), n_of(2, "family"), n_of(2, "spacecraft"), n_of(3, "spacecraft-day")
        ('1 flight', '2 families', '2 spacecraft', '3 spacecraft-days')
    """
    return f"{count:,.0f} {noun if count == 1 else _PLURALS.get(noun, f'{noun}s')}"


def amount(value: Any) -> str:
    """Return a sum or an average with as many digits as it needs.

    Examples:
        >>> amount(12345.6), amount(7.5), amount(7), amount(0.00032)
        ('12,346', '7.50', '7', '0.00032')
    """
    if value >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def n_groups(count: int, by: str) -> str:
    """Return how many groups there are.

    Examples:
        >>> n_groups(2, "family"), n_groups(3, "config name"), n_groups(2, "human rated")
        ('2 families', '3 config names', '2 groups by human rated')
    """
    noun = _NOUNS.get(by, by if by.endswith("name") else "")
    return n_of(count, noun) if noun else f"{n_of(count, 'group')} by {by}"


def label(count: str, some: str, what: str = "waiting") -> pl.Expr:
    """Return the label of a strip: its group, how many periods it has, and how many craft wait."""
    more = pl.when(pl.col(some) > 0).then(pl.format(f", {{}} {what}", some)).otherwise(pl.lit(""))
    return pl.format("{} · n = {}{}", "group", count, more)


def in_brackets(days: pl.Series, more: str = "") -> str:
    """Return the smallest and the largest of some days, to go on with a sentence."""
    ends = list(dict.fromkeys(f"{day:,.0f}" for day in days.sort()))
    unit = "day" if ends == ["1"] else "days"
    return f" ({' to '.join(ends[:1] + ends[1:][-1:])} {unit}{more})" if ends else ""


def launched(instants: pl.Series) -> str:
    """Return the first and the last day of some launches, to go on with a sentence."""
    days = instants.dt.strftime("%Y-%m-%d").sort()
    return f", launched {days[0]} to {days[-1]}" if len(days) else ""


def left_out(count: Any, noun: str, reason: str) -> str:
    """Return the sentence on what is not drawn."""
    return f"Left out: {n_of(count, noun)} {reason}." if count else ""


def groups_left_out(count: int, by: str, reason: str) -> str:
    """Return the sentence on the groups that are not drawn."""
    return f"Left out: {n_groups(count, by)} {reason}." if count else ""


def without_group(rows: pl.DataFrame, by: str, weight: pl.Expr, noun: str) -> str:
    """Return the sentence on how much has no group, in what the marks stand for."""
    count = rows.filter(group=_NO.format(by)).select(weight.sum()).item()
    return f"{n_of(count, noun)} without a {by} (drawn as such)." if count else ""
