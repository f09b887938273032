"""What in the data can't be right, or deserves a second look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from spacecraft_analysis.frames.flatten import as_text
from spacecraft_analysis.frames.schema import DURATION, INSTANT
from spacecraft_analysis.frames.tables import CONFIGURATIONS
from spacecraft_analysis.frames.validation import NOT_DECLARED, RESPELLED, UNREADABLE, Noticed
from spacecraft_analysis.quality.docking_rules import (
    AT_FAULT,
    TOTALS,
    with_dockings,
    with_neighbours,
)
from spacecraft_analysis.quality.docking_rules import RULES as DOCKING_RULES
from spacecraft_analysis.quality.rules import NEGATIVE, RULES, Rule

SEVERITIES = ("error", "warning", "note")
_SCHEMA = {
    "rule": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "spacecraft_id": pl.Int64,
    "spacecraft_name": pl.String,
    "flight_id": pl.Int64,
    "docking_id": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "explanation": pl.String,
}


def findings(
    noticed: Sequence[Noticed],
    *,
    spacecraft: pl.DataFrame,
    flights: pl.DataFrame | None,
    configurations: pl.DataFrame | None,
    told: pl.DataFrame | None,
    dockings: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What in some records and their tables can't be right, or deserves a second look.

    One row per finding, as the public `check` describes it. Without flights and configurations,
    which normal mode lacks, the rules that need them are listed as "rule not run".

    Args:
        noticed: What is odd in the records, and in docking events.
        spacecraft: The spacecraft table.
        flights: The flights table.
        configurations: The configurations table.
        told: What each record says of its configuration.
        dockings: The dockings table; without it no rule speaks of single dockings.
    """
    rules = [*RULES, *NEGATIVE]
    frames = {"spacecraft": spacecraft}
    found: list[pl.DataFrame] = []
    if flights is not None and configurations is not None and told is not None:
        frames["flights"] = _with_neighbours(flights)
        frames["spacecraft"] = _with_flights(spacecraft, frames["flights"])
        frames["configurations"] = configurations
        found.append(_told_differently(told, spacecraft))
    if dockings is not None:
        frames["dockings"] = with_neighbours(dockings, flights)
        frames["spacecraft"] = with_dockings(frames["spacecraft"], frames["dockings"])
        rules += [*DOCKING_RULES, *TOTALS]
    run = [rule for rule in rules if flights is not None or not rule.needs_flights]
    for table, frame in frames.items():
        of_table = [rule for rule in run if rule.table == table]
        found += _all_breaking([*of_table, _duplicate_id(table, frame.columns[0])], frame)
    found.append(_duplicate_serials(spacecraft))
    found += [_noticed(one, spacecraft) for one in noticed]
    if flights is None:
        found.append(_not_run(rules))
    order = [*dict.fromkeys(rule.name for rule in rules), *_OTHERS]
    every = pl.concat([frame.match_to_schema(pl.Schema(_SCHEMA)) for frame in found])
    return (
        _with_events_at_fault(every)
        .with_columns(_rank=pl.col("rule").replace_strict(order, range(len(order))))
        .sort(
            *("_rank", "table", "spacecraft_id", "flight_id", "docking_id"),
            *("column", "value", "explanation"),
        )
        .drop("_rank")
    )


def _with_events_at_fault(found: pl.DataFrame) -> pl.DataFrame:
    """The findings; a total that can't be right names the craft's event that can't be either."""
    total = (pl.col("table") == "spacecraft") & (pl.col("column") == "time_docked")
    faults = (
        found.filter(pl.col("rule").is_in(AT_FAULT))
        .sort("docking_id")
        .unique("spacecraft_id", keep="first", maintain_order=True)
        .select("spacecraft_id", fault="docking_id", _why="rule")
    )
    named = pl.format("{}; docking event {}: {}", "explanation", "fault", "_why")
    named = pl.when(total & pl.col("fault").is_not_null()).then(named).otherwise("explanation")
    return (
        found.join(faults, on="spacecraft_id", how="left", maintain_order="left")
        .with_columns(
            explanation=named,
            docking_id=pl.when(total).then("fault").otherwise("docking_id"),
        )
        .drop("fault", "_why")
    )


_SEVERITY = {NOT_DECLARED: "error", RESPELLED: "note", UNREADABLE: "error"}
_OTHERS = (
    "duplicate serial within a configuration",
    "configuration told differently",
    "two rows with one id",
    *_SEVERITY,
    "unknown field",
    "rule not run",
)


def _with_neighbours(flights: pl.DataFrame) -> pl.DataFrame:
    """Each flight with what the others of the same craft say of it.

    As in the measures, a flight planned for later than `retrieved_at` has not begun, and one
    without a launch time is the last.
    """
    craft = "spacecraft_id"
    begun = pl.col("launch_net").le(pl.col("retrieved_at")).fill_null(True)
    gap = pl.col("launch_net") - pl.col("mission_end").shift(1).over(craft)
    return (
        flights.sort(craft, "launch_net", "flight_id", nulls_last=True)
        .with_columns(_begun=begun)
        .with_columns(
            _is_last=pl.col("flight_id") == pl.col("flight_id").filter("_begun").last().over(craft),
            _latest_end_before=pl.col("mission_end").shift(1).cum_max().forward_fill().over(craft),
            _turnaround=pl.when("_begun").then(gap),
        )
    )


def _with_flights(spacecraft: pl.DataFrame, flights: pl.DataFrame) -> pl.DataFrame:
    """Each craft with what its flights add up to."""
    length = pl.col("duration").filter("_begun")
    sums = flights.group_by("spacecraft_id").agg(
        _flights_begun=pl.col("_begun").sum(),
        _flown=length.sum(),
        _all_told=~length.has_nulls(),
        _fastest=pl.col("_turnaround").min(),
    )
    times = pl.col("retrieved_at")
    return spacecraft.join(
        sums, on="spacecraft_id", how="left", maintain_order="left"
    ).with_columns(
        pl.col("_flights_begun").fill_null(0),
        pl.col("_flown").fill_null(pl.duration()),
        pl.col("_all_told").fill_null(True),
        _between_pages=times.max() - times.min(),
    )


def _all_breaking(rules: Sequence[Rule], frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows that break each rule of a table; most rules nothing breaks, which one look tells."""
    broken = frame.select(rule.broken.any().alias(str(at)) for at, rule in enumerate(rules)).row(0)
    return [
        _breaking(rule, frame) for rule, is_broken in zip(rules, broken, strict=True) if is_broken
    ]


def _breaking(rule: Rule, frame: pl.DataFrame) -> pl.DataFrame:
    rows, schema = frame.filter(rule.broken), frame.schema
    parts = rule.explanation.replace("}", "{").split("{")
    words = [
        _shown(part, schema[part]) if at % 2 else pl.lit(part)
        for at, part in enumerate(parts)
        if part
    ]

    def column(name: str, dtype: pl.DataType) -> pl.Expr:
        return pl.col(name) if name in schema else pl.lit(None, dtype)

    return rows.select(
        rule=pl.lit(rule.name),
        severity=pl.lit(rule.severity),
        table=pl.lit(rule.table),
        spacecraft_id=column("spacecraft_id", pl.Int64()),
        spacecraft_name=column(
            "name" if rule.table == "spacecraft" else "spacecraft_name", pl.String()
        ),
        flight_id=column("flight_id", pl.Int64()),
        docking_id=column("docking_id", pl.Int64()),
        column=pl.lit(rule.column),
        value=as_text(pl.col(rule.column), schema[rule.column]),
        explanation=pl.concat_str(words),
    )


def _shown(name: str, dtype: pl.DataType) -> pl.Expr:
    """The values as one says them; a finding's `value` is for programs."""
    values = pl.col(name)
    if dtype == DURATION:
        text = values.dt.to_string("polars").replace("0µs", "0s")
    elif dtype == INSTANT:
        text = values.dt.to_string("%Y-%m-%d %H:%M:%S%.f UTC")
    else:
        text = as_text(values, dtype)
    return text.fill_null("nothing")


def _duplicate_serials(spacecraft: pl.DataFrame) -> pl.DataFrame:
    alike = pl.len().over("config_id", "serial_number")
    rows = spacecraft.filter(
        pl.col("serial_number").is_not_null() & ~pl.col("is_placeholder")
    ).with_columns(_alike=alike)
    rule = Rule(
        "duplicate serial within a configuration",
        "note",
        "spacecraft",
        "serial_number",
        pl.col("_alike") > 1,
        "{_alike} craft of {config_name} have the serial number {serial_number}",
    )
    return _breaking(rule, rows)


def _duplicate_id(table: str, key: str) -> Rule:
    """Broken by rows whose id a row above has, as can happen in a snapshot made by hand."""
    return Rule(
        "two rows with one id",
        "error",
        table,
        key,
        pl.int_range(pl.len()).over(key) > 0,
        f"another row has the {key} {{{key}}} too; measures count both",
    )


def _told_differently(told: pl.DataFrame, spacecraft: pl.DataFrame) -> pl.DataFrame:
    """The first record that says something else of a configuration than the lowest id does."""
    schema = CONFIGURATIONS.schema
    names = [name for name in schema if name not in ("config_id", "retrieved_at")]
    texts = told.select(
        "config_id",
        "spacecraft_id",
        *(as_text(pl.col(name), schema[name]).alias(name) for name in names),
    ).unpivot(names, index=["config_id", "spacecraft_id"], variable_name="column")
    craft = spacecraft.select("spacecraft_id", "name").unique("spacecraft_id", keep="first")
    per_column = ("config_id", "column")
    first = pl.col("value").first().over(per_column)
    ordered = texts.sort("config_id", "column", "spacecraft_id").with_columns(_first=first)
    return (
        ordered.filter(pl.col("value").ne_missing(pl.col("_first")))
        .unique(per_column, keep="first", maintain_order=True)
        .join(craft, on="spacecraft_id", how="left")
        .select(
            rule=pl.lit("configuration told differently"),
            severity=pl.lit("note"),
            table=pl.lit("configurations"),
            spacecraft_id="spacecraft_id",
            spacecraft_name="name",
            flight_id=pl.lit(None, pl.Int64),
            docking_id=pl.lit(None, pl.Int64),
            column="column",
            value="value",
            explanation=pl.format(
                "configuration {}: {} here, {} with the lowest spacecraft id, which is kept",
                "config_id",
                pl.col("value").fill_null("nothing"),
                pl.col("_first").fill_null("nothing"),
            ),
        )
    )


def _noticed(noticed: Noticed, spacecraft: pl.DataFrame) -> pl.DataFrame:
    """The fields that are not as declared, and those that no column is made of."""
    names = dict(spacecraft.select("spacecraft_id", "name").iter_rows())
    whose = noticed.of.owner.name
    rows: list[dict[str, Any]] = [
        {
            "rule": one.rule,
            "severity": _SEVERITY[one.rule],
            "table": one.table,
            whose: one.record_id,
            "flight_id": one.row_id,
            "column": one.column,
            "value": one.value,
            "explanation": one.words,
        }
        for one in noticed.notices
    ] + [
        {
            "rule": "unknown field",
            "severity": "note",
            whose: record_id,
            "column": path,
            "explanation": "LL2 sends a field that no column is made of; a newer version may "
            "know it",
        }
        for path, record_id in noticed.unknown.items()
    ]
    for row in rows:
        row["spacecraft_name"] = names.get(row.get("spacecraft_id"))
    return pl.DataFrame(rows, schema=_SCHEMA)


def _not_run(rules: Sequence[Rule]) -> pl.DataFrame:
    """One row per rule that needs what normal mode lacks, though part of it may have run."""
    missed = {rule.name for rule in rules if rule.needs_flights}
    rows = [
        {
            "rule": "rule not run",
            "severity": "note",
            "value": name,
            "explanation": "normal mode has no flights and no details of configurations to run it "
            "on; fetch with mode='detailed'",
        }
        for name in missed | {"configuration told differently"}
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)
