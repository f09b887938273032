"""Each column of a launch and a landing beside a second reading of the records."""

from datetime import date, datetime
from functools import cache
from typing import Any

import isodate
import polars as pl

import spacecraft_analysis as sa
from spacecraft_analysis.frames.tables import DOCKINGS, FLIGHTS, IGNORED, SPACECRAFT
from tests.ll2_server import catalogue
from tests.records import snapshot

READ = {
    "Datetime": datetime.fromisoformat,
    "Date": date.fromisoformat,
    "Duration": isodate.parse_duration,
}


def expected(flight: dict[str, Any], path: str, dtype: str) -> Any:
    """The value at a path of a flight's record."""
    at: Any = [flight]
    for key in path.split("."):
        at = [one and one.get(key.removesuffix("[]")) for one in at]
        if key.endswith("[]"):
            (at,) = at
            if at is None:
                return None
    values = [None if one == "" else one for one in at]
    if read := READ.get(dtype.partition("(")[0]):
        values = [one and read(one) for one in values]
    return values if dtype.startswith("List(") else values[0]


@cache
def columns() -> list[tuple[str, str, str]]:
    """Name, path inside the flight, and type of each column of a launch or a landing."""
    path = pl.col("path").str.strip_prefix("flights[].")
    is_inner = path.str.contains(r"^(launch|landing)\.")
    declared = sa.data_dictionary().filter(is_inner, table="flights")
    return declared.select("column", path, "dtype").rows()


def differences(data: sa.Snapshot) -> list[tuple[int, str, Any, Any]]:
    rows = {row["flight_id"]: row for row in data.flights.iter_rows(named=True)}
    flights = [flight for record in data.records for flight in record["flights"]]
    assert len(rows) == len(flights) > 0
    return [
        (flight["id"], name, rows[flight["id"]][name], wanted)
        for flight in flights
        for name, path, dtype in columns()
        if rows[flight["id"]][name] != (wanted := expected(flight, path, dtype))
    ]


def test_the_columns(sample):
    """The comparisons below look at every column of a launch and a landing."""
    prefixes = ("launch_", "landing_")
    declared = {name for name in sample.flights.columns if name.startswith(prefixes)}
    assert {name for name, _, _ in columns()} == declared
    assert len(declared) > 60


def test_no_field_has_a_column_and_is_ignored():
    """A field that gets a column leaves the list of ignored fields."""
    for table in (SPACECRAFT, FLIGHTS, DOCKINGS):
        declared = {table.path(column) for column in table.own}
        assert declared & IGNORED[table.record_kind] == set()


def test_the_sample(sample):
    """Every column of each of the sample's 739 flights is what its record has."""
    assert differences(sample) == []
    assert sample.flights["launch_rocket_id"].null_count() == 0
    assert sample.flights["launch_pad_id"].count() == 726


def test_full_launches():
    """A launch with every field filled, and lists with several members, fills every column."""
    data = snapshot(*catalogue(80))
    assert differences(data) == []
    full = data.flights.filter(pl.col("spacecraft_id") % 20 > 0, pl.col("spacecraft_id") % 3 > 0)
    filled = [name for name, _, _ in columns() if name not in ("landing_url", "landing_success")]
    assert full.height > 40
    assert [name for name in filled if full[name].null_count()] == []
    assert full["launch_program_names"].list.len().unique().to_list() == [2]
