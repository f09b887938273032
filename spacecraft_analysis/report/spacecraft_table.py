"""All spacecraft of a snapshot in one table, in which a reader finds one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import polars as pl

from spacecraft_analysis.charts.colours import GREY, STATED
from spacecraft_analysis.measures.selection import begun_flights
from spacecraft_analysis.report.tables import TABLE, Strips, table
from spacecraft_analysis.snapshot.snapshot import Snapshot, require_snapshot

_MOST_TICKS = 4
_YEARS_APART = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, repr=False, eq=False)
class SpacecraftTable:
    """What `spacecraft_table` returns: a table when displayed, and `frame` as a frame."""

    frame: pl.DataFrame
    """One row per spacecraft."""
    _strips: Strips

    def __repr__(self) -> str:
        """Return the frame as Polars writes it."""
        return repr(self.frame)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            TABLE: asdict(table(self.frame, strips=self._strips)),
            "text/html": self.frame._repr_html_(),
            "text/plain": repr(self.frame),
        }


def spacecraft_table(snapshot: Snapshot) -> SpacecraftTable:
    """Return a table of all spacecraft in which one is found; display it as a cell's last line.

    On a page it can be searched and sorted, and each spacecraft's flights stand as a strip on one
    axis of time; without scripts it is complete. A spacecraft is also found by the name of a
    launch. In JupyterLab it shows as the frame `.frame`: one row per spacecraft, the latest first
    launch first, with `spacecraft_name, flights_count, first_launch, last_end, in_space,
    time_in_space, time_docked, fastest_turnaround, family, config_agency_name, serial_number,
    status_name`. The days are UTC. Planned flights do not count; a null is unknown, or an end that
    is yet to come. Placeholders are in it.

    Raises:
        TypeError: The argument is not a snapshot.
        SchemaError: The snapshot is of normal mode, which has no flights; fetch it in detailed
            mode.

    Examples:
        >>> from spacecraft_analysis.snapshot import read_sample
        >>> found = spacecraft_table(read_sample()).frame
        >>> found.filter(spacecraft_name="Space Shuttle Atlantis")["flights_count"].item()
        33
    """
    require_snapshot(snapshot)
    ordered = snapshot.flights.sort("spacecraft_id", "launch_net", "flight_id", nulls_last=True)
    begun = begun_flights(ordered.lazy()).collect()
    flown = begun.group_by("spacecraft_id").agg(
        first_launch=pl.col("launch_net").min().dt.date(),
        last_end=pl.col("known_end").max().dt.date(),
    )
    craft = (
        snapshot.spacecraft.join(flown, on="spacecraft_id", how="left")
        .sort("first_launch", "spacecraft_id", descending=[True, False], nulls_last=True)
        .with_columns(last_end=pl.when(pl.col("in_space").ne_missing(True)).then("last_end"))
    )
    frame = craft.select(
        pl.col("name").alias("spacecraft_name"),
        *("flights_count", "first_launch", "last_end", "in_space", "time_in_space", "time_docked"),
        *("fastest_turnaround", "family", "config_agency_name", "serial_number", "status_name"),
    )
    return SpacecraftTable(frame, _strips(craft, begun))


def _strips(craft: pl.DataFrame, begun: pl.DataFrame) -> Strips:
    """Return the flights of each spacecraft as parts of the time from first launch to retrieval."""
    known = begun.drop_nulls("launch_net")
    colours = [STATED.get(name, GREY) for name in craft["family"]]
    if known.is_empty():
        return Strips([], [[]] * craft.height, colours, [""] * craft.height)
    first, last = known.select(pl.min("launch_net"), pl.max("retrieved_at")).row(0)

    def place(instant: datetime) -> float:
        part: float = (instant - first) / ((last - first) or timedelta(1))
        return round(min(max(part, 0.0), 1.0), 4)

    goes_on = pl.col("is_latest") & pl.col("in_space").fill_null(False)
    end = pl.coalesce("known_end", pl.when(goes_on).then("retrieved_at"), "launch_net")
    flights = known.select("spacecraft_id", "launch_net", end.alias("end"), "launch_name")
    marks: dict[int, list[tuple[float, float]]] = {number: [] for number in craft["spacecraft_id"]}
    names: dict[int, list[str]] = {number: [] for number in marks}
    for number, start, stop, name in flights.iter_rows():
        marks[number].append((place(start), place(stop)))
        names[number].append(name or "")
    since, until = first.year + 1, last.year
    apart = next((n for n in _YEARS_APART if (until - since) / n < _MOST_TICKS), until)
    years = range(-(-since // apart) * apart, until + 1, apart)
    ticks = [(place(datetime(year, 1, 1, tzinfo=timezone.utc)), str(year)) for year in years]
    return Strips(ticks, [*marks.values()], colours, [" ".join(one) for one in names.values()])
