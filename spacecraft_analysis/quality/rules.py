"""The rules on spacecraft, flights and configurations: what breaks each, and how to explain it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property, partial

import polars as pl

from spacecraft_analysis.frames.flatten import as_text
from spacecraft_analysis.frames.formats import NOT_XML
from spacecraft_analysis.frames.schema import DURATION, TEXT, Table
from spacecraft_analysis.frames.tables import CONFIGURATIONS, FLIGHTS, SPACECRAFT

SECOND, MINUTE = pl.duration(seconds=1), pl.duration(minutes=1)
FEWER_LISTED = "fewer flights listed than LL2 counts for the configuration"
_TEN_YEARS = pl.duration(days=3652, hours=12)
# Metres: more than Starship on its booster.
_TALLEST = 150
_UNEXPLAINED_TIME = pl.col("time_in_space") - pl.col("_flown")


@dataclass(frozen=True, eq=False)
class Rule:
    """A statement about one row of a table: which rows break it, and how to explain that.

    `broken` and the columns in the braces of `explanation` are the table's, or helper columns
    that the functions `with_…` add.
    """

    severity: str
    where: str
    """The table and the column that hold what is wrong, with a dot between."""
    name: str
    _: KW_ONLY
    broken: pl.Expr
    explanation: str

    @property
    def table(self) -> str:
        return self.where.partition(".")[0]

    @property
    def column(self) -> str:
        return self.where.partition(".")[2]

    @cached_property
    def parts(self) -> list[str]:
        """The explanation in pieces: every second one is the name of a column."""
        return self.explanation.replace("}", "{").split("{")

    @cached_property
    def needs(self) -> set[str]:
        """The columns without which the rule can't run."""
        return {self.column, *self.broken.meta.root_names(), *self.parts[1::2]}


error, warning, note = (partial(Rule, severity) for severity in ("error", "warning", "note"))


def is_midnight(instant: str) -> pl.Expr:
    """Return whether an instant is at midnight, and so may be known to the day only."""
    return pl.col(instant) == pl.col(instant).dt.truncate("1d")


def last_moment(end: str) -> pl.Expr:
    """Return the latest that an end may have been: one at midnight may be known to the day only."""
    return pl.when(is_midnight(end)).then(pl.col(end).dt.offset_by("1d")).otherwise(end)


def with_other_flights(flights: pl.DataFrame) -> pl.DataFrame:
    """Return each flight with what the earlier flights of its craft say of it."""
    craft = "spacecraft_id"
    end_before = pl.col("mission_end").shift(1)
    return flights.sort(craft, "launch_net", "flight_id", nulls_last=True).with_columns(
        _latest_end_before=end_before.cum_max().forward_fill().over(craft),
        _turnaround=pl.when(~pl.col("is_planned")).then(
            pl.col("launch_net") - end_before.over(craft)
        ),
        _is_second=pl.int_range(pl.len()).over("flight_id") > 0,
    )


def with_flights(spacecraft: pl.DataFrame, flights: pl.DataFrame) -> pl.DataFrame:
    """Return each craft with the sums over its flights begun."""
    begun = ~pl.col("is_planned")
    # One that is to end after the retrieval counts up to then, or in full: which, is not known.
    is_past = (pl.col("mission_end") <= pl.col("retrieved_at")).fill_null(True)
    length = pl.when(is_past).then("duration").filter(begun)
    sums = flights.group_by("spacecraft_id").agg(
        _flights_begun=begun.sum(),
        _flown=length.sum(),
        _all_known=~length.has_nulls(),
        _fastest=pl.col("_turnaround").min(),
    )
    times = pl.col("retrieved_at")
    joined = spacecraft.join(sums, on="spacecraft_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("_flights_begun").fill_null(0),
        pl.col("_flown").fill_null(pl.duration()),
        pl.col("_all_known").fill_null(True),
        _between_pages=times.max() - times.min(),
    )


def with_serials(spacecraft: pl.DataFrame) -> pl.DataFrame:
    """Return each craft with how many named craft of its configuration have its serial number."""
    named = pl.col("serial_number").is_not_null() & ~pl.col("is_placeholder")
    alike = named.sum().over("config_id", "serial_number")
    return spacecraft.with_columns(_alike=pl.when(named).then(alike))


def with_listed(configurations: pl.DataFrame, flights: pl.DataFrame) -> pl.DataFrame:
    """Return each configuration with how many of its flights have begun and are listed."""
    listed = flights.filter(~pl.col("is_planned")).group_by("config_id").agg(_listed=pl.len())
    counted = configurations.join(listed, on="config_id", how="left", maintain_order="left")
    return counted.with_columns(pl.col("_listed").fill_null(0))


def column_rules(*tables: Table) -> list[Rule]:
    """Return the rules on each duration and on each text of some tables."""
    own = [
        (f"{table.name}.{column.name}", column)
        for table in tables
        for column in table.own
        if not column.is_copy
    ]
    durations = [
        error(
            where,
            "negative duration",
            broken=pl.col(column.name) < pl.duration(),
            explanation=f"{column.name} of {{{column.name}}} is negative",
        )
        for where, column in own
        if column.dtype == DURATION
    ]
    texts = [
        warning(
            where,
            "character that no page can show",
            broken=as_text(pl.col(column.name), column.dtype).str.contains(NOT_XML),
            explanation="a character that XML does not allow: pages and pictures show U+FFFD (�) "
            "in its place",
        )
        for where, column in own
        if column.value_type == TEXT
    ]
    return durations + texts


RULES = (
    error(
        "spacecraft.time_docked",
        "docked longer than in space",
        broken=pl.col("time_docked") > pl.col("time_in_space"),
        explanation="docked {time_docked}, but in space only {time_in_space}",
    ),
    warning(
        "spacecraft.time_in_space",
        "zero time in space though flown",
        broken=(pl.col("time_in_space") == pl.duration()) & (pl.col("flights_count") > 0),
        explanation="flights_count is {flights_count}, but there is no time in space",
    ),
    error(
        "spacecraft.mission_ends_count",
        "more mission ends than flights",
        broken=pl.col("mission_ends_count") > pl.col("flights_count"),
        explanation="mission_ends_count is {mission_ends_count}, "
        "but flights_count only {flights_count}",
    ),
    error(
        "spacecraft.fastest_turnaround",
        "turnaround though fewer than two flights",
        broken=pl.col("fastest_turnaround").is_not_null() & (pl.col("flights_count") < 2),
        explanation="a turnaround of {fastest_turnaround}, but flights_count is {flights_count}",
    ),
    error(
        "spacecraft.flights_count",
        "flights begun ≠ flights_count",
        broken=pl.col("flights_count") != pl.col("_flights_begun"),
        explanation="{_flights_begun} of the listed flights have begun, "
        "but flights_count is {flights_count}",
    ),
    error(
        "spacecraft.time_in_space",
        "Σ flight durations ≠ time in space",
        # A flight of unknown length may explain too small a sum, but not too large a one.
        broken=pl.when("_all_known").then(_UNEXPLAINED_TIME.abs()).otherwise(-_UNEXPLAINED_TIME)
        # The total of a craft in space grows between two pages, and while LL2 computes a page.
        > pl.when("in_space").then(pl.col("_between_pages") + MINUTE).otherwise(SECOND),
        explanation="the flights last {_flown} together, but time in space is {time_in_space}",
    ),
    error(
        "spacecraft.fastest_turnaround",
        "recomputed fastest turnaround ≠ LL2's",
        broken=pl.col("_fastest").is_not_null()
        & pl.col("_fastest").ne_missing(pl.col("fastest_turnaround")),
        explanation="the flights give {_fastest}, LL2 has {fastest_turnaround}",
    ),
    error(
        "flights.duration",
        "duration ≠ mission end − launch",
        broken=pl.col("duration") != pl.col("mission_end") - pl.col("launch_net"),
        explanation="duration {duration}, but launched {launch_net} and ended {mission_end}",
    ),
    error(
        "flights.mission_end",
        "mission end before or at launch",
        broken=pl.col("mission_end") <= pl.col("launch_net"),
        explanation="launched {launch_net}, but ended {mission_end}",
    ),
    warning(
        "flights.mission_end",
        "end unknown though not in space",
        broken=pl.col("mission_end").is_null() & ~pl.col("is_planned") & ~pl.col("is_open"),
        explanation="the craft is not in space on this flight (launched {launch_net}), but its end "
        "is unknown; measures leave it out",
    ),
    note(
        "flights.mission_end",
        "end exactly at midnight, so perhaps known to the day only",
        broken=is_midnight("mission_end"),
        explanation="ended {mission_end}; if only the day is known, "
        "the flight lasted up to a day longer",
    ),
    error(
        "flights.launch_net",
        "overlapping flights of one craft",
        broken=~pl.col("is_planned") & (pl.col("launch_net") < pl.col("_latest_end_before")),
        explanation="launched {launch_net}, while a flight of the same craft "
        "lasted until {_latest_end_before}",
    ),
    warning(
        "flights.turn_around_time",
        "turnaround over ten years",
        broken=pl.col("turn_around_time") > _TEN_YEARS,
        explanation="{turn_around_time} between two flights of one craft is more than ten years",
    ),
    note(
        "flights.launch_net",
        "launch known only to the hour or less precisely",
        # 0 is a second, 1 a minute, 2 an hour, and so on to a decade.
        broken=(pl.col("launch_net_precision_id") > 1) & ~pl.col("is_planned"),
        explanation="launched {launch_net}; precision: {launch_net_precision_name}",
    ),
    note(
        "flights.launch_net",
        "launch at midnight, so perhaps known to the day only",
        broken=is_midnight("launch_net")
        & pl.col("launch_net_precision_id").is_null()
        & ~pl.col("is_planned"),
        explanation="launched {launch_net}; if only the day is known, "
        "what is measured from it is too long",
    ),
    warning(
        "configurations.height_m",
        "taller than any rocket",
        broken=pl.col("height_m") > _TALLEST,
        explanation="height_m of {name} is {height_m}, which may be in another unit",
    ),
    note(
        "configurations.total_launch_count",
        FEWER_LISTED,
        broken=pl.col("_listed") < pl.col("total_launch_count"),
        explanation="{_listed} flights of {name} are listed, "
        "but total_launch_count is {total_launch_count}",
    ),
    *column_rules(SPACECRAFT, FLIGHTS, CONFIGURATIONS),
    note(
        "spacecraft.serial_number",
        "duplicate serial within a configuration",
        broken=pl.col("_alike") > 1,
        explanation="{_alike} craft of {config_name} have the serial number {serial_number}",
    ),
    error(
        "flights.flight_id",
        "two rows with one id",
        broken=pl.col("_is_second"),
        explanation="another row has the flight_id {flight_id} too; measures count both",
    ),
)
