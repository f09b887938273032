"""What in the data can't be right, or deserves a second look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from spacecraft_analysis.declaration import DURATION
from spacecraft_analysis.flatten import as_text
from spacecraft_analysis.structure import notice
from spacecraft_analysis.tables import CONFIGURATIONS, KNOWN, SPACECRAFT, TABLES

if TYPE_CHECKING:
    from spacecraft_analysis.snapshot import Snapshot

SEVERITIES = ("error", "warning", "note")
_TEN_YEARS = pl.duration(days=3652, hours=12)
_SECOND = pl.duration(seconds=1)
_UNFLOWN = pl.col("time_in_space") - pl.col("_flown")
_SCHEMA = {
    "rule": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "spacecraft_id": pl.Int64,
    "spacecraft_name": pl.String,
    "flight_id": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "explanation": pl.String,
}


@dataclass(frozen=True)
class Rule:
    """One thing that can't be right: which rows break it, and how to say so.

    `broken` and the columns named in `explanation` (in braces, as text) are those of the table's
    frame with the helper columns of `_with_neighbours` and `_with_flights`.
    """

    name: str
    severity: str
    table: str
    column: str
    broken: pl.Expr
    explanation: str
    needs_flights: bool = False


_RULES = (
    Rule(
        "docked longer than in space",
        "error",
        "spacecraft",
        "time_docked",
        pl.col("time_docked") > pl.col("time_in_space"),
        "docked {time_docked}, but in space only {time_in_space}",
    ),
    Rule(
        "zero time in space though flown",
        "warning",
        "spacecraft",
        "time_in_space",
        (pl.col("time_in_space") == pl.duration()) & (pl.col("flights_count") > 0),
        "flights_count is {flights_count}, but there is no time in space",
    ),
    Rule(
        "more mission ends than flights",
        "error",
        "spacecraft",
        "mission_ends_count",
        pl.col("mission_ends_count") > pl.col("flights_count"),
        "mission_ends_count is {mission_ends_count}, but flights_count only {flights_count}",
    ),
    Rule(
        "turnaround though fewer than two flights",
        "error",
        "spacecraft",
        "fastest_turnaround",
        pl.col("fastest_turnaround").is_not_null() & (pl.col("flights_count") < 2),
        "a turnaround of {fastest_turnaround}, but flights_count is {flights_count}",
    ),
    Rule(
        "flights listed ≠ flights_count",
        "error",
        "spacecraft",
        "flights_count",
        pl.col("flights_count") != pl.col("_listed"),
        "{_listed} listed, but flights_count is {flights_count}",
        needs_flights=True,
    ),
    Rule(
        "Σ flight durations ≠ time in space",
        "error",
        "spacecraft",
        "time_in_space",
        # A flight of unknown length may make up for what is lacking, but not for what is too much.
        pl.when("_all_told").then(_UNFLOWN.abs()).otherwise(-_UNFLOWN)
        # A craft in space grows older between two answers of one pull.
        > pl.when("in_space").then(pl.col("_between_pages") + _SECOND).otherwise(_SECOND),
        "the flights last {_flown} together, but time in space is {time_in_space}",
        needs_flights=True,
    ),
    Rule(
        "recomputed fastest turnaround ≠ LL2's",
        "error",
        "spacecraft",
        "fastest_turnaround",
        pl.col("_fastest").ne_missing(pl.col("fastest_turnaround"))
        & pl.col("_fastest").is_not_null(),
        "the flights give {_fastest}, LL2 says {fastest_turnaround}",
        needs_flights=True,
    ),
    Rule(
        "duration ≠ mission end − launch",
        "error",
        "flights",
        "duration",
        pl.col("duration") != pl.col("mission_end") - pl.col("launch_net"),
        "duration {duration}, but launched {launch_net} and ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "mission end before or at launch",
        "error",
        "flights",
        "mission_end",
        pl.col("mission_end") <= pl.col("launch_net"),
        "launched {launch_net}, but ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "end unknown though not in space",
        "warning",
        "flights",
        "mission_end",
        pl.col("mission_end").is_null()
        & pl.col("_begun")
        & ~(pl.col("in_space") & pl.col("_is_last")),
        "the craft is not in space on this flight (launched {launch_net}), but no end is known; "
        "measures leave it out",
        needs_flights=True,
    ),
    Rule(
        "overlapping flights of one craft",
        "error",
        "flights",
        "launch_net",
        pl.col("launch_net") < pl.col("_latest_end_before"),
        "launched {launch_net}, while a flight of the same craft lasted until {_latest_end_before}",
        needs_flights=True,
    ),
    Rule(
        "turnaround over ten years",
        "warning",
        "flights",
        "turn_around_time",
        pl.col("turn_around_time") > _TEN_YEARS,
        "{turn_around_time} between two flights of one craft is more than ten years",
        needs_flights=True,
    ),
)
_NEGATIVE = tuple(
    Rule(
        "negative duration",
        "error",
        table.name,
        column.name,
        pl.col(column.name) < pl.duration(),
        f"{column.name} of {{{column.name}}} is less than nothing",
        needs_flights=table is not SPACECRAFT,
    )
    for table in TABLES
    for column in table.columns
    if column.dtype == DURATION
)


def check(snapshot: Snapshot) -> pl.DataFrame:
    """What in a snapshot can't be right, or deserves a second look.

    One row per finding: `rule`, `severity` (error: it contradicts itself; warning: it probably
    misleads; note: good to know), `table`, `spacecraft_id`, `spacecraft_name`, `flight_id`,
    `column`, `value` (as text) and `explanation`. Null where a finding concerns no single craft,
    flight or column. Ordered by rule, table, spacecraft, flight and column. Placeholders are
    checked too. A snapshot in normal mode has no flights: the rules that need them are listed as
    "rule not run".

    Raises:
        TypeError: It is no snapshot.
        SchemaError: The records can't be read as tables at all.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> found = check(sa.load("sample"))
        >>> found.filter(rule="docked longer than in space")["spacecraft_name"].to_list()
        ['Soyuz TM-4', 'Soyuz TM-2', 'Soyuz T-15']
    """
    # Its class knows this module, to show what is found, and so can't be asked for by name.
    if not hasattr(type(snapshot), "is_detailed"):
        kind = type(snapshot).__name__
        raise TypeError(f"check takes a snapshot, as load gives, not a {kind}")
    detailed = snapshot.is_detailed
    frames = {"spacecraft": snapshot.spacecraft}
    found: list[pl.DataFrame] = []
    if detailed:
        frames["flights"] = _with_neighbours(snapshot.flights)
        frames["spacecraft"] = _with_flights(snapshot.spacecraft, frames["flights"])
        frames["configurations"] = snapshot.configurations
        _, told = snapshot.configurations_as_told
        found.append(_told_differently(told, snapshot.spacecraft))
    found += [
        _breaking(rule, frames[rule.table])
        for rule in (*_RULES, *_NEGATIVE)
        if detailed or not rule.needs_flights
    ]
    found.append(_duplicate_serials(snapshot.spacecraft))
    found.append(_noticed(snapshot, detailed))
    if not detailed:
        found.append(_not_run())
    order = [*dict.fromkeys(rule.name for rule in (*_RULES, *_NEGATIVE)), *_OTHERS]
    return (
        pl.concat([frame.match_to_schema(pl.Schema(_SCHEMA)) for frame in found])
        .with_columns(_rank=pl.col("rule").replace_strict(order, range(len(order))))
        .sort("_rank", "table", "spacecraft_id", "flight_id", "column", "value")
        .drop("_rank")
    )


_OTHERS = (
    "duplicate serial within a configuration",
    "configuration told differently",
    "unreadable value",
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
        _listed=pl.len(),
        _flown=length.sum(),
        _all_told=~length.has_nulls(),
        _fastest=pl.col("_turnaround").min(),
    )
    times = pl.col("retrieved_at")
    return spacecraft.join(
        sums, on="spacecraft_id", how="left", maintain_order="left"
    ).with_columns(
        pl.col("_listed").fill_null(0),
        pl.col("_flown").fill_null(pl.duration()),
        pl.col("_all_told").fill_null(True),
        _between_pages=times.max() - times.min(),
    )


def _breaking(rule: Rule, frame: pl.DataFrame) -> pl.DataFrame:
    rows = frame.filter(rule.broken)
    parts = rule.explanation.replace("}", "{").split("{")
    words = [
        _shown(frame, part) if at % 2 else pl.lit(part) for at, part in enumerate(parts) if part
    ]
    return rows.select(
        rule=pl.lit(rule.name),
        severity=pl.lit(rule.severity),
        table=pl.lit(rule.table),
        spacecraft_id=_column(frame, "spacecraft_id", pl.Int64()),
        spacecraft_name=_column(
            frame, "name" if rule.table == "spacecraft" else "spacecraft_name", pl.String()
        ),
        flight_id=_column(frame, "flight_id", pl.Int64()),
        column=pl.lit(rule.column),
        value=as_text(pl.col(rule.column), frame.schema[rule.column]),
        explanation=pl.concat_str(words),
    )


def _shown(frame: pl.DataFrame, name: str) -> pl.Expr:
    return as_text(pl.col(name), frame.schema[name]).fill_null("nothing")


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype)


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


def _told_differently(told: pl.DataFrame, spacecraft: pl.DataFrame) -> pl.DataFrame:
    """The first record that says something else of a configuration than the lowest id does."""
    names = [name for name in CONFIGURATIONS.schema if name not in ("config_id", "retrieved_at")]
    texts = told.select(
        "config_id",
        "spacecraft_id",
        *(as_text(pl.col(name), told.schema[name]).alias(name) for name in names),
    ).unpivot(names, index=["config_id", "spacecraft_id"], variable_name="column")
    per_column = ("config_id", "column")
    first = pl.col("value").first().over(per_column)
    ordered = texts.sort("config_id", "column", "spacecraft_id").with_columns(_first=first)
    return (
        ordered.filter(pl.col("value").ne_missing(pl.col("_first")))
        .unique(per_column, keep="first", maintain_order=True)
        .join(spacecraft.select("spacecraft_id", "name"), on="spacecraft_id", how="left")
        .select(
            rule=pl.lit("configuration told differently"),
            severity=pl.lit("note"),
            table=pl.lit("configurations"),
            spacecraft_id="spacecraft_id",
            spacecraft_name="name",
            flight_id=pl.lit(None, pl.Int64),
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


def _noticed(snapshot: Snapshot, detailed: bool) -> pl.DataFrame:
    """The values that became null, and the fields that no column is made of."""
    tables = TABLES if detailed else (SPACECRAFT,)
    noticed = notice(tables, snapshot.records, KNOWN)
    names = dict(snapshot.spacecraft.select("spacecraft_id", "name").iter_rows())
    table_of = {column: table.name for table in reversed(tables) for column in table.own}
    rows = [
        (
            *("unreadable value", "error", table_of[one.column], one.spacecraft_id),
            *(names.get(one.spacecraft_id), one.flight_id, one.column.name, one.value),
            f"{one.value!r} can't be read as {one.column.name}; it is null in the frame",
        )
        for one in noticed.unreadable
    ] + [
        (
            *("unknown field", "note", None, craft, names.get(craft), None, path, None),
            "LL2 sends a field that no column is made of; a newer version may know it",
        )
        for path, craft in noticed.unknown.items()
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _not_run() -> pl.DataFrame:
    """One row per rule that needs what normal mode lacks, though part of it may have run."""
    missed = {rule.name for rule in (*_RULES, *_NEGATIVE) if rule.needs_flights}
    rows = [
        (
            *("rule not run", "note", None, None, None, None, None, name),
            "normal mode has no flights and no details of configurations to run it on; "
            "fetch with mode='detailed'",
        )
        for name in missed | {"configuration told differently"}
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
