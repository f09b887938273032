"""What in docking events can't be right, alone and beside each other."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.quality.rules import MINUTE, Rule, last_moment

_TWO_DAYS = pl.duration(days=2)
_TEN_DAYS = pl.duration(days=10)
_STATION = ("target_kind", "target_id")
# What shows that an event, and not its craft's total, is at fault.
AT_FAULT = (
    "departure at or before docking",
    "docking before launch, or after mission end",
    "departure after mission end",
    "overlapping dockings of one flight",
)

RULES = (
    Rule(
        "departure at or before docking",
        "error",
        "dockings",
        "departure",
        pl.col("departure") <= pl.col("docking"),
        "docked {docking}, but departed {departure}",
    ),
    Rule(
        "docking before launch, or after mission end",
        "error",
        "dockings",
        "docking",
        (pl.col("docking") < pl.col("launch_net")) | (pl.col("docking") > pl.col("_latest_end")),
        "docked {docking}, but its flight was launched {launch_net} and ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "departure after mission end",
        "error",
        "dockings",
        "departure",
        pl.col("departure") > pl.col("_latest_end"),
        "departed {departure}, but its flight had ended {mission_end}",
        needs_flights=True,
    ),
    Rule(
        "departure unknown though not in space",
        "warning",
        "dockings",
        "departure",
        pl.col("departure").is_null() & pl.col("spacecraft_id").is_not_null() & ~pl.col("is_open"),
        "docked {docking}, and the craft is not in space on this flight, but no departure is known",
        needs_flights=True,
    ),
    Rule(
        "overlapping dockings of one flight",
        "error",
        "dockings",
        "docking",
        pl.col("docking") < pl.col("_departure_before"),
        "docked {docking}, while a docking of the same flight lasted until {_departure_before}",
    ),
    Rule(
        "two craft at one port at the same time",
        "note",
        "dockings",
        "docking",
        pl.col("_craft_there").is_not_null(),
        "docked at {docking_location_name} {docking}, while {_craft_there} was there until "
        "{_there_until}; one of them probably moved to another port, which is not listed",
    ),
    Rule(
        "first docking over ten days after launch",
        "warning",
        "dockings",
        "docking",
        pl.col("_is_first") & (pl.col("docking") - pl.col("launch_net") > _TEN_DAYS),
        "launched {launch_net}, but first docked {docking}",
        needs_flights=True,
    ),
    Rule(
        "departure fits another flight better",
        "warning",
        "dockings",
        "departure",
        pl.col("_fits").is_not_null(),
        "departed {departure}, far from the end of its own flight {mission_end}, but just before "
        "the end of the flight of {_fits} {_fits_end}",
        needs_flights=True,
    ),
    Rule(
        "docking of an unknown flight",
        "note",
        "dockings",
        "flight_id",
        pl.col("_is_unknown"),
        "flight {flight_id} of {spacecraft_name} is not among the flights",
        needs_flights=True,
    ),
)
# What the events of a craft say of its own total.
TOTALS = (
    Rule(
        "Σ dockings ≠ time docked",
        "error",
        "spacecraft",
        "time_docked",
        pl.col("_docked") - pl.col("time_docked") > pl.col("_between_docking_pages") + MINUTE,
        "the docking events last {_docked} together, but time docked is {time_docked}",
    ),
    Rule(
        "Σ dockings ≠ time docked",
        "warning",
        "spacecraft",
        "time_docked",
        pl.col("time_docked") - pl.col("_docked") > pl.col("_between_docking_pages") + MINUTE,
        "the docking events last {_docked} together, but time docked is {time_docked}; some may "
        "not be listed, or lack a departure",
    ),
)


def with_neighbours(dockings: pl.DataFrame, flights: pl.DataFrame | None) -> pl.DataFrame:
    """Each docking begun with what the others, and the flights, say of it."""
    flight = "flight_id"
    is_craft = pl.col(flight).is_not_null()
    possible = pl.col("docking") >= pl.col("launch_net")
    before = pl.col("departure").shift(1).cum_max().forward_fill().over(flight)
    known = pl.Series([], dtype=pl.Int64) if flights is None else flights[flight]
    begun = (
        dockings.filter(pl.col("docking") <= pl.col("retrieved_at"))
        .sort(flight, "docking", "docking_id")
        .with_columns(
            _latest_end=last_moment("mission_end"),
            _departure_before=pl.when(is_craft).then(before),
            _is_first=is_craft
            & possible
            & (pl.col("docking_id") == pl.col("docking_id").filter(possible).first().over(flight)),
            _is_unknown=~pl.col(flight).is_in(known.implode()),
        )
    )
    return begun.join(_at_one_port(begun), on="docking_id", how="left").join(
        _exchanged(begun), on="docking_id", how="left"
    )


def with_dockings(spacecraft: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Each craft with what its dockings begun add up to."""
    sums = (
        begun.filter(pl.col("spacecraft_id").is_not_null())
        .group_by("spacecraft_id")
        .agg(
            _docked=pl.col("docked").sum(),
            _is_docked=pl.col("is_open").any(),
            _dockings_at=pl.col("retrieved_at").max(),
        )
    )
    apart = (pl.col("retrieved_at") - pl.col("_dockings_at")).abs()
    return spacecraft.join(
        sums, on="spacecraft_id", how="left", maintain_order="left"
    ).with_columns(
        pl.col("_docked").fill_null(pl.duration()),
        # While a craft is docked its total grows from one page to the next.
        _between_docking_pages=pl.when("_is_docked").then(apart).otherwise(pl.duration()),
    )


def _at_one_port(begun: pl.DataFrame) -> pl.DataFrame:
    """For each event at whose docking another flight's craft was at the port: which, how long."""
    until = pl.when("is_open").then("retrieved_at").otherwise("departure")
    stays = begun.select(
        *("docking_id", "flight_id", "docking_location_id", "docking"),
        until=until,
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
    """For each departure that fits another flight's end better: which flight, and that end.

    Far from its own end alone says nothing, since many craft fly on alone for weeks. So the
    departures have to be each other's: a flight whose departure fits another is itself one that
    another's departure fits.
    """
    end, latest, departure = (pl.col(name) for name in ("mission_end", "_latest_end", "departure"))
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
        _latest="_latest_end",
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
    while True:
        kept = pairs.filter(pl.col("flight_id").is_in(pairs["fits"].implode()))
        if kept.height == pairs.height:
            return kept.unique("docking_id", keep="first", maintain_order=True).select(
                "docking_id", "_fits", "_fits_end"
            )
        pairs = kept
