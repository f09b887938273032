"""Running the rules, and the findings that need more than one row or the records themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import polars as pl

from spacecraft_analysis.frames import Tables, validation
from spacecraft_analysis.frames.flatten import as_text
from spacecraft_analysis.frames.schema import DURATION, INSTANT
from spacecraft_analysis.frames.tables import CONFIGURATIONS
from spacecraft_analysis.quality.docking_rules import (
    AT_FAULT,
    DOCKING_RULES,
    TOO_LONG,
    with_dockings,
    with_other_dockings,
)
from spacecraft_analysis.quality.rules import (
    FEWER_LISTED,
    RULES,
    Rule,
    with_flights,
    with_listed,
    with_other_flights,
    with_serials,
)

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

SEVERITIES = ("error", "warning", "note")
_CONFIGURATION_RULE = "configuration told differently"
_OF_RECORDS = {
    validation.NOT_DECLARED: "error",
    validation.RESPELLED: "note",
    validation.UNREADABLE: "error",
    validation.MISSING_IN_ALL: "warning",
    validation.UNKNOWN: "note",
}
_NOT_RUN = (
    "normal mode has no flights and no details of configurations to run it on; fetch with "
    "mode='detailed'"
)
# The order in which findings are listed.
_NAMES = (
    *dict.fromkeys(rule.name for rule in (*RULES, *DOCKING_RULES)),
    *(_CONFIGURATION_RULE, *_OF_RECORDS, "rule not run"),
)
_COLUMNS = (
    *("rule", "severity", "table", "spacecraft_id", "spacecraft_name", "flight_id", "docking_id"),
    *("column", "value", "explanation"),
)
_SCHEMA = pl.Schema({name: pl.Int64 if name.endswith("_id") else pl.String for name in _COLUMNS})


def flagged(findings: Frame) -> Frame:
    """Return the findings of values that are or may be wrong: errors and warnings, not notes.

    A chart, a table or a sentence marks such a value, or leaves it out and says so.

    Args:
        findings: What `check` returns, or rows of it.

    Raises:
        TypeError: It is not a Polars frame.
        ValueError: The frame has no `severity`.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> found = flagged(sa.check(sa.load("sample")))
        >>> found.filter(column="docking", spacecraft_name="Soyuz TMA-19")["severity"].to_list()
        ['warning', 'warning']
    """
    if not isinstance(findings, pl.DataFrame | pl.LazyFrame):
        kind = type(findings).__name__
        raise TypeError(f"expected a Polars frame, as check(snapshot) returns, got {kind}")
    if "severity" not in findings.lazy().collect_schema():
        raise ValueError("this frame lacks severity; pass what check(snapshot) returns")
    return findings.filter(pl.col("severity").is_in(["error", "warning"]))


def findings(tables: Tables, *, is_detailed: bool, is_selection: bool) -> pl.DataFrame:
    """Return one row per finding, as the public `check` describes it."""
    noticed, spacecraft, dockings = tables.notices(), tables.spacecraft, tables.dockings
    flights = tables.flights if is_detailed else None
    rules = [*RULES, *(DOCKING_RULES if dockings is not None else ())]
    frames = {"spacecraft": with_serials(spacecraft)}
    if flights is not None:
        frames["flights"] = with_other_flights(flights)
        frames["spacecraft"] = with_flights(frames["spacecraft"], frames["flights"])
        frames["configurations"] = with_listed(tables.configurations, flights)
    if dockings is not None:
        frames["dockings"] = with_other_dockings(dockings, flights)
        frames["spacecraft"] = with_dockings(frames["spacecraft"], frames["dockings"])
    if is_selection:
        rules = [rule for rule in rules if rule.name != FEWER_LISTED]
    columns = {table: {*frame.columns} for table, frame in frames.items()}
    run = [rule for rule in rules if rule.needs <= columns.get(rule.table, set())]
    missed = {rule.name: None for rule in rules if rule not in run}
    found = [broken for table, frame in frames.items() for broken in _broken(run, table, frame)]
    if is_detailed:
        versions = tables.configuration_versions
        found.append(_differing_configurations(versions, spacecraft, noticed["spacecraft_id"]))
    else:
        missed[_CONFIGURATION_RULE] = None
    found.append(_from_records(noticed, spacecraft))
    not_run = {"rule": "rule not run", "severity": "note", "explanation": _NOT_RUN}
    found.append(pl.DataFrame([not_run | {"value": name} for name in missed], schema=_SCHEMA))
    complete = [frame.match_to_schema(_SCHEMA, missing_columns="insert") for frame in found]
    return _with_events_at_fault(pl.concat(complete)).sort(
        pl.col("rule").cast(pl.Enum(_NAMES)),
        *("table", "spacecraft_id", "flight_id", "docking_id", "column", "value", "explanation"),
    )


def _broken(rules: Sequence[Rule], table: str, frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the findings of each rule on a table that a row breaks."""
    rules = [rule for rule in rules if rule.table == table]
    is_broken = frame.select(rule.broken.any().alias(str(nth)) for nth, rule in enumerate(rules))
    return [
        _findings_of(rule, frame.filter(rule.broken))
        for rule, any_row in zip(rules, is_broken.row(0), strict=True)
        if any_row
    ]


def _findings_of(rule: Rule, rows: pl.DataFrame) -> pl.DataFrame:
    schema = rows.schema
    texts = [
        _for_people(part, schema[part]) if nth % 2 else pl.lit(part)
        for nth, part in enumerate(rule.parts)
        if part
    ]
    name = "name" if rule.table == "spacecraft" else "spacecraft_name"
    return rows.select(
        *(key for key in ("spacecraft_id", "flight_id", "docking_id") if key in schema),
        rule=pl.lit(rule.name),
        severity=pl.lit(rule.severity),
        table=pl.lit(rule.table),
        spacecraft_name=pl.col(name) if name in schema else pl.lit(None, pl.String),
        column=pl.lit(rule.column),
        value=as_text(pl.col(rule.column), schema[rule.column]),
        explanation=pl.concat_str(texts),
    )


def _for_people(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return the values as text for people; a finding's `value` is for programs."""
    values = pl.col(name)
    if dtype == DURATION:
        text = values.dt.to_string("polars").replace("0µs", "0s")
    elif dtype == INSTANT:
        text = values.dt.to_string("%Y-%m-%d %H:%M:%S%.f UTC")
    else:
        text = as_text(values, dtype)
    return text.fill_null("unknown")


def _with_events_at_fault(found: pl.DataFrame) -> pl.DataFrame:
    """Return the findings; too long a total names the craft's docking event that makes it so."""
    is_total = pl.col("rule").is_in(TOO_LONG) & (pl.col("severity") == "error")
    faults = (
        found.filter(pl.col("rule").is_in(AT_FAULT))
        .sort("docking_id")
        .unique("spacecraft_id", keep="first", maintain_order=True)
        .select("spacecraft_id", fault="docking_id", _why="rule")
    )
    # Null without such an event.
    named = pl.format("{}; docking event {}: {}", "explanation", "fault", "_why")
    return (
        found.join(faults, on="spacecraft_id", how="left", maintain_order="left")
        .with_columns(
            explanation=pl.coalesce(pl.when(is_total).then(named), "explanation"),
            docking_id=pl.when(is_total).then("fault").otherwise("docking_id"),
        )
        .drop("fault", "_why")
    )


def _differing_configurations(
    versions: pl.DataFrame, spacecraft: pl.DataFrame, noticed: Sequence[validation.Notice]
) -> pl.DataFrame:
    """Return for each column the first record unlike that with the lowest spacecraft id.

    A record with a malformed configuration has a finding of its own, and is not compared.
    """
    malformed = [
        notice.record_id
        for notice in noticed
        if notice.rule in (validation.NOT_DECLARED, validation.UNREADABLE)
        and notice.path.startswith(CONFIGURATIONS.root)
    ]
    schema = CONFIGURATIONS.schema
    names = [name for name in schema if name not in ("config_id", "retrieved_at")]
    per_column = ("config_id", "column")
    first = pl.col("value").first().over(per_column)
    owner = pl.col("spacecraft_id").first().over(per_column)
    return (
        versions.filter(~pl.col("spacecraft_id").is_in(malformed))
        .unique(["config_id", "text_number"], keep="first", maintain_order=True)
        .select(
            *("config_id", "spacecraft_id"),
            *(as_text(pl.col(name), schema[name]).alias(name) for name in names),
        )
        .unpivot(names, index=["config_id", "spacecraft_id"], variable_name="column")
        .sort("config_id", "column", "spacecraft_id")
        .with_columns(_first=first, _owner=owner)
        .filter(pl.col("value").ne_missing(pl.col("_first")))
        .unique(per_column, keep="first", maintain_order=True)
        .join(spacecraft.select("spacecraft_id", "name"), on="spacecraft_id", how="left")
        .select(
            *("spacecraft_id", "column", "value"),
            rule=pl.lit(_CONFIGURATION_RULE),
            severity=pl.lit("note"),
            table=pl.lit(CONFIGURATIONS.name),
            spacecraft_name="name",
            explanation=pl.format(
                "configuration {}: {} here, but {} at spacecraft {}, the lowest id",
                "config_id",
                pl.col("value").fill_null("unknown"),
                pl.col("_first").fill_null("unknown"),
                "_owner",
            ),
        )
    )


def _from_records(noticed: dict[str, list[validation.Notice]], craft: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on the records themselves, by the column of their id."""
    rows = [
        notice._asdict() | {"severity": _OF_RECORDS[notice.rule], id_column: notice.record_id}
        for id_column, notices in noticed.items()
        for notice in notices
    ]
    names = craft.select("spacecraft_id", spacecraft_name="name")
    return pl.DataFrame(rows, schema=_SCHEMA).update(names, on="spacecraft_id")
