"""The rules on docking events, alone and beside each other, and on what they add up to."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.frames.tables import DOCKINGS
from spacecraft_analysis.quality.rules import (
    MINUTE,
    column_rules,
    error,
    last_moment,
    note,
    warning,
)

_TWO_DAYS, _TEN_DAYS = pl.duration(days=2), pl.duration(days=10)
_FAR_FROM_OTHERS, _MIN_OTHERS = pl.duration(hours=18), 8
_FIVE_YEARS = pl.duration(days=5 * 365.25)
# A docking that goes on lasts up to now.
_UNTIL = pl.when("is_open").then("retrieved_at").otherwise("departure")
_EXCESS = pl.col("_docked") - pl.col("time_docked")
_STATION = ("target_kind", "target_id")
# The rules of a time docked that is too long, and those broken by events that make it so.
TOO_LONG = ("docked longer than in space", "Σ dockings ≠ time docked")
AT_FAULT = (
    "departure at or before docking",
    "docking before launch, or after mission end",
    "departure after mission end",
    "overlapping dockings of one flight",
)

DOCKING_RULES = (
    error(
        "dockings.departure",
        "departure at or before docking",
        broken=pl.col("departure") <= pl.col("docking"),
        explanation="docked {docking}, but departed {departure}",
    ),
    error(
        "dockings.docking",
        "docking before launch, or after mission end",
        broken=(pl.col("docking") < pl.col("launch_net"))
        | (pl.col("docking") > pl.col("_latest_end")),
        explanation="docked {docking}, but its flight was launched {launch_net} "
        "and ended {mission_end}",
    ),
    error(
        "dockings.departure",
        "departure after mission end",
        broken=pl.col("departure") > pl.col("_latest_end"),
        explanation="departed {departure}, but its flight had ended {mission_end}",
    ),
    warning(
        "dockings.departure",
        "departure unknown though not in space",
        broken=pl.col("departure").is_null()
        & pl.col("spacecraft_id").is_not_null()
        & ~pl.col("is_open"),
        explanation="docked {docking}, and the craft is not in space on this flight, but its "
        "departure is unknown",
    ),
    error(
        "dockings.docking",
        "overlapping dockings of one flight",
        broken=pl.col("docking") < pl.col("_departure_before"),
        explanation="docked {docking}, while a docking of the same flight lasted until "
        "{_departure_before}",
    ),
    note(
        "dockings.docking",
        "two craft at one port at the same time",
        broken=pl.col("_craft_there").is_not_null(),
        explanation="docked at {docking_location_name} {docking}, while {_craft_there} was there "
        "until {_there_until}; one of them probably moved to another port, which is not listed",
    ),
    warning(
        "dockings.docking",
        "first docking over ten days after launch",
        broken=pl.col("_to_dock") > _TEN_DAYS,
        explanation="launched {launch_net}, but first docked {docking}",
    ),
    warning(
        "dockings.docking",
        "time to dock far from the others of its configuration",
        broken=pl.col("_nearest").is_not_null(),
        explanation="docked {_to_dock} after launch; the {_others} other flights of {config_name} "
        "within five years took {_fastest} to {_slowest}",
    ),
    warning(
        "dockings.departure",
        "departure fits another flight better",
        broken=pl.col("_fits").is_not_null(),
        explanation="departed {departure}, far from the end of its own flight {mission_end}, but "
        "just before the end of the flight of {_fits} {_fits_end}",
    ),
    note(
        "dockings.flight_id",
        "docking of an unknown flight",
        broken=pl.col("_is_unknown"),
        explanation="flight {flight_id} of {spacecraft_name} is not among the flights",
    ),
    *column_rules(DOCKINGS),
    error(
        "spacecraft.time_docked",
        "Σ dockings ≠ time docked",
        broken=pl.col("_between_docking_pages") + MINUTE < _EXCESS,
        explanation="the docking events last {_docked} together, but time docked is {time_docked}",
    ),
    warning(
        "spacecraft.time_docked",
        "Σ dockings ≠ time docked",
        broken=pl.col("_between_docking_pages") + MINUTE < -_EXCESS,
        explanation="the docking events last {_docked} together, but time docked is {time_docked}; "
        "some may not be listed, or lack a departure",
    ),
)


def with_other_dockings(dockings: pl.DataFrame, flights: pl.DataFrame | None) -> pl.DataFrame:
    """Return each docking begun with what the other dockings, and the flights, say of it.

    Without flights (normal mode) only the columns of the events themselves are there.
    """
    begun = (
        dockings.filter(pl.col("docking") <= pl.col("retrieved_at"))
        .sort("flight_id", "docking", "docking_id")
        .with_columns(
            _is_open="is_open",
            _departure_before=pl.when(pl.col("flight_id").is_not_null()).then(
                _UNTIL.shift(1).cum_max().forward_fill().over("flight_id")
            ),
        )
    )
    begun = begun.join(_at_one_port(begun), on="docking_id", how="left")
    if flights is None:
        # Rules that need the flights are not run: `Rule.needs` misses these columns.
        return begun.drop("launch_net", "mission_end", "is_open")
    first = (
        begun.filter(pl.col("flight_id").is_not_null(), pl.col("docking") >= pl.col("launch_net"))
        .unique("flight_id", keep="first", maintain_order=True)
        .with_columns(_to_dock=pl.col("docking") - pl.col("launch_net"))
    )
    return (
        begun.with_columns(
            _latest_end=last_moment("mission_end"),
            _is_unknown=~pl.col("flight_id").is_in(flights["flight_id"].implode()),
        )
        .join(first.select("docking_id", "_to_dock"), on="docking_id", how="left")
        .join(_far_from_others(first), on="docking_id", how="left")
        .join(_exchanged(begun), on="docking_id", how="left")
    )


def with_dockings(spacecraft: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Return each craft with the sum over its dockings begun."""
    sums = (
        begun.filter(pl.col("spacecraft_id").is_not_null())
        .group_by("spacecraft_id")
        .agg(
            _docked=pl.col("docked").sum(),
            _is_docked=pl.col("_is_open").any(),
            _dockings_at=pl.col("retrieved_at").max(),
        )
    )
    apart = (pl.col("retrieved_at") - pl.col("_dockings_at")).abs()
    joined = spacecraft.join(sums, on="spacecraft_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("_docked").fill_null(pl.duration()),
        # The total of a docked craft grows from one page to the next.
        _between_docking_pages=pl.when("_is_docked").then(apart).otherwise(pl.duration()),
    )


def _far_from_others(first: pl.DataFrame) -> pl.DataFrame:
    """Return the first dockings far from those of all other flights of their configuration."""
    flights = first.select("docking_id", "config_id", "launch_net", "_to_dock")
    other = pl.col("_to_dock_right")
    return (
        flights.join(flights, on="config_id")
        .filter(
            pl.col("docking_id") != pl.col("docking_id_right"),
            (pl.col("launch_net") - pl.col("launch_net_right")).abs() <= _FIVE_YEARS,
        )
        .group_by("docking_id")
        .agg(
            _others=pl.len(),
            _nearest=(pl.col("_to_dock") - other).abs().min(),
            _fastest=other.min(),
            _slowest=other.max(),
        )
        .filter(pl.col("_others") >= _MIN_OTHERS, pl.col("_nearest") > _FAR_FROM_OTHERS)
    )


def _at_one_port(begun: pl.DataFrame) -> pl.DataFrame:
    """Return the dockings at a port where another flight's craft was: which, and until when."""
    stays = begun.select(
        *("docking_id", "flight_id", "docking_location_id", "docking"),
        until=_UNTIL,
        craft="spacecraft_name",
    ).drop_nulls(["flight_id", "docking_location_id", "until"])
    earlier = (pl.col("docking"), pl.col("docking_id"))
    later = (pl.col("docking_right"), pl.col("docking_id_right"))
    comes_later = (earlier[0] < later[0]) | ((earlier[0] == later[0]) & (earlier[1] < later[1]))
    return (
        stays.join(stays, on="docking_location_id")
        .filter(
            comes_later,
            pl.col("flight_id") != pl.col("flight_id_right"),
            pl.col("docking_right") < pl.col("until"),
        )
        .sort("docking_id_right", "until", "docking_id", descending=[False, True, False])
        .unique("docking_id_right", keep="first", maintain_order=True)
        .select(
            docking_id="docking_id_right",
            _craft_there=pl.col("craft").fill_null("another craft"),
            _there_until="until",
        )
    )


def _exchanged(begun: pl.DataFrame) -> pl.DataFrame:
    """Return the departures that fit another flight's end better: which flight, and that end.

    A departure far from the end of its own flight means little, since many craft fly on alone for
    weeks. So departures must be exchanged: a flight whose departure fits another flight must
    itself be fitted by another's departure.
    """
    end, latest, departure = pl.col("mission_end"), last_moment("mission_end"), pl.col("departure")
    is_far = (departure < end - _TWO_DAYS) | (departure > latest + _TWO_DAYS)
    stays = begun.filter(pl.col("target_kind") == "station").drop_nulls(
        ["flight_id", "departure", "mission_end"]
    )
    far = stays.with_columns(_far=is_far).filter(pl.col("_far").all().over("flight_id", *_STATION))
    others = far.unique(["flight_id", *_STATION], maintain_order=True).select(
        *_STATION,
        fits="flight_id",
        _fits=pl.col("spacecraft_name").fill_null("another craft"),
        _fits_end="mission_end",
        _latest=latest,
    )
    pairs = (
        far.select("docking_id", "flight_id", "departure", *_STATION)
        .join(others, on=_STATION)
        .filter(
            pl.col("flight_id") != pl.col("fits"),
            departure.is_between(pl.col("_fits_end") - _TWO_DAYS, pl.col("_latest")),
        )
        .sort("docking_id", "_fits_end", "fits")
    )
    # Drop flights that no other flight's departure fits, until none is left to drop.
    count = -1
    while count != pairs.height:
        count = pairs.height
        pairs = pairs.filter(pl.col("flight_id").is_in(pairs["fits"].implode()))
    return pairs.unique("docking_id", keep="first", maintain_order=True).select(
        "docking_id", "_fits", "_fits_end"
    )
