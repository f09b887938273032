"""One odd record never costs the catalogue, and a changed API never passes unseen."""

import json
import warnings
from collections.abc import Callable
from enum import Enum
from typing import Any

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import DataWarning, SchemaError, Snapshot, SnapshotError
from spacecraft_analysis.frames.pages import Records
from tests.records import RETRIEVED, agency, config, craft, family, flight, landing, snapshot

Change = Callable[[dict[str, Any]], object]
# No value that JSON has, and named alike in every process that runs the tests.
GONE = Enum("Field", "GONE").GONE


def whole(spacecraft_id: int) -> dict[str, Any]:
    """A record with a flight that landed and a family, in objects of its own."""
    landed = flight(spacecraft_id * 10, "2020-01-01T00:00:00Z", None, landing=landing())
    of = config(spacecraft_id, family=[family(7, "Dragon 2", parent=(6, "Dragon"))])
    return json.loads(json.dumps(craft(spacecraft_id, flights=[landed], spacecraft_config=of)))


def put(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The record with another value at a path, or with none there."""
    *parents, key = (int(part) if part.isdigit() else part for part in path.split("."))
    at: Any = record
    for part in parents:
        at = at[part]
    if value is GONE:
        del at[key]
    else:
        at[key] = value
    return record


def odd(path: str, value: Any) -> Snapshot:
    """Three records, of which the second has another value at a path."""
    return snapshot(whole(1), put(whole(2), path, value), whole(3))


def told(data: Snapshot, rule: str = "not as declared") -> list[tuple[Any, ...]]:
    columns = ("table", "spacecraft_id", "flight_id", "column", "value")
    return sa.check(data).filter(rule=rule).select(columns).rows()


def quietly(data: Snapshot) -> Snapshot:
    """The snapshot once it was checked, so that its tables don't warn."""
    sa.check(data)
    return data


@pytest.mark.parametrize(
    ("path", "value", "column", "told_as"),
    [
        ("name", None, "name", "null"),
        ("name", GONE, "name", None),
        ("name", 5, "name", "5"),
        ("time_docked", 5, "time_docked", "5"),
        ("flights_count", 2**63, "flights_count", "9223372036854775808"),
        ("flights_count", 1.5, "flights_count", "1.5"),
        ("flights_count", True, "flights_count", "true"),
        ("flights_count", "three", "flights_count", '"three"'),
        ("in_space", None, "in_space", "null"),
        ("in_space", "true", "in_space", '"true"'),
        ("status.id", GONE, "status_id", None),
        ("spacecraft_config.agency.name", [], "config_agency_name", "[]"),
    ],
)
def test_a_value_that_is_not_as_declared(
    path: str, value: Any, column: str, told_as: str | None
) -> None:
    """It is null in its row and a finding with what LL2 sent; everything else is as ever."""
    data = odd(path, value)
    assert told(data) == [("spacecraft", 2, None, column, told_as)]
    right = snapshot(whole(1), whole(2), whole(3)).spacecraft
    nobody = pl.when(pl.col("spacecraft_id") != 2).then(column)
    assert data.spacecraft.equals(right.with_columns(nobody))


@pytest.mark.parametrize("value", [None, GONE, 5, "Active", [1]], ids=str)
def test_an_object_that_is_none(value: Any) -> None:
    """All that is read of it is null, and one finding names its path."""
    data = odd("status", value)
    sent = None if value is GONE else json.dumps(value)
    assert told(data) == [("spacecraft", 2, None, "status", sent)]
    assert data.spacecraft["status_id"].to_list() == [1, None, 1]
    assert data.spacecraft["status_name"].to_list() == ["Active", None, "Active"]


def test_an_agency_and_a_type_that_are_null() -> None:
    """What older LL2 lets be null is null here too, in both tables that read it."""
    for name in ("agency", "type"):
        data = odd(f"spacecraft_config.{name}", None)
        assert told(data) == [("spacecraft", 2, None, f"spacecraft_config.{name}", "null")]
        assert data.spacecraft[f"config_{name}_id"].is_null().to_list() == [False, True, False]
        assert data.configurations[f"{name}_id"].is_null().to_list() == [False, True, False]


@pytest.mark.parametrize(
    ("value", "read", "told_as"),
    [
        ({}, [], "{}"),
        ("Dragon", [], '"Dragon"'),
        (GONE, None, None),
        ([None], [None], "null"),
        ([5, family(6, "Dragon")], [None, 6], "5"),
    ],
    ids=str,
)
def test_a_list_that_is_none(value: Any, read: list[Any] | None, told_as: str | None) -> None:
    """It is an empty one, and an item that is no object an item of nulls."""
    data = odd("spacecraft_config.family", value)
    path = "spacecraft_config.family" + ("[]" if isinstance(value, list) else "")
    assert told(data) == [("spacecraft", 2, None, path, told_as)]
    assert data.spacecraft["family_ids"].to_list() == [[7], read, [7]]
    assert data.spacecraft["family"].null_count() == 0


@pytest.mark.parametrize("value", [None, GONE, {}, 5], ids=str)
def test_flights_that_are_no_list(value: Any) -> None:
    """A craft whose flights are no list has none; those of all others are there."""
    data = odd("flights", value)
    assert [row[:4] for row in told(data)] == [("flights", 2, None, "flights")]
    assert (data.spacecraft.height, data.flights["spacecraft_id"].to_list()) == (3, [1, 3])


@pytest.mark.parametrize("value", [None, GONE, "Ariane"], ids=str)
def test_a_flight_without_launch(value: Any) -> None:
    """It is a flight all the same, with null launch columns."""
    data = odd("flights.0.launch", value)
    assert [row[:4] for row in told(data)] == [("flights", 2, 20, "flights[].launch")]
    row = data.flights.row(by_predicate=pl.col("flight_id") == 20, named=True)
    assert (row["launch_id"], row["launch_name"], row["launch_net"]) == (None, None, None)
    assert (data.flights.height, row["landing_id"]) == (3, 3)


@pytest.mark.parametrize(
    ("path", "column", "heights"),
    [
        ("flights.0.id", "flight_id", (3, 2, 3)),
        ("flights.0", "flights[]", (3, 2, 3)),
        ("spacecraft_config.id", "config_id", (3, 3, 2)),
        ("spacecraft_config", "spacecraft_config", (3, 3, 2)),
        ("id", "spacecraft_id", (2, 2, 2)),
    ],
)
@pytest.mark.parametrize("value", ["X", None, 1.5], ids=str)
def test_rows_without_identity(
    path: str, column: str, heights: tuple[int, ...], value: Any
) -> None:
    """What has no whole number as id is left out of its table, and a finding."""
    data = odd(path, value)
    assert [row[3] for row in told(data)] == [column]
    tables = (data.spacecraft, data.flights, data.configurations)
    assert tuple(table.height for table in tables) == heights
    left_out = sa.check(data).filter(rule="not as declared")["explanation"].item()
    assert "left out of" in left_out


def test_each_row_keeps_its_own_time() -> None:
    """A record that is left out does not shift what the others have."""
    days = [RETRIEVED.replace(day=day) for day in (1, 2, 3)]
    data = snapshot(whole(1), {"id": "X"}, whole(3), retrieved_at=days)
    quietly(data)
    assert data.spacecraft["retrieved_at"].to_list() == [days[0], days[2]]
    names = data.flights.select("retrieved_at", "spacecraft_name").rows()
    assert names == [(days[0], "Craft 1"), (days[2], "Craft 3")]


def test_what_is_no_record() -> None:
    """A finding says which of the records, by number, is none."""
    data = quietly(snapshot(whole(1), "no record", whole(3)))  # type: ignore[arg-type]
    found = sa.check(data).filter(rule="not as declared")
    assert found.select("spacecraft_id", "value").row(0) == (None, '"no record"')
    assert found["explanation"].item().startswith("record 2 should be an object")
    assert data.spacecraft.height == data.flights.height == 2


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("flights_count", 3.0, 3),
        ("flights_count", "3", 3),
        ("flights_count", "-3", -3),
        ("spacecraft_config.height", "8.1", 8.1),
        ("spacecraft_config.height", "8", 8.0),
        ("id", "2", 2),
    ],
)
def test_numbers_in_another_spelling(path: str, value: Any, read: float) -> None:
    """A whole number sent as 3.0 and a number sent as digits are read, with a note."""
    data = odd(path, value)
    column = {"spacecraft_config.height": "height_m", "id": "spacecraft_id"}.get(path, path)
    table = data.configurations if column == "height_m" else data.spacecraft
    assert table.filter(config_id=2)[column].to_list() == [read]
    assert told(data) == []
    assert [row[3:] for row in told(data, "number in another spelling")] == [
        (column, json.dumps(value))
    ]


@pytest.mark.parametrize("value", ["3 t", "0x10", "١", "1_000", "", "9" * 20, 1e300], ids=str)
def test_what_is_no_number(value: Any) -> None:
    """Only plain digits are a number."""
    data = quietly(odd("flights_count", value))
    assert data.spacecraft["flights_count"].to_list() == [0, None, 0]


def everywhere(path: str, value: Any, count: int = 3) -> Snapshot:
    return snapshot(*(put(whole(nth), path, value) for nth in range(1, count + 1)))


@pytest.mark.parametrize(
    ("path", "value", "table", "named"),
    [
        ("serial_number", GONE, "spacecraft", "serial_number is missing, expected text"),
        ("fastest_turnaround", 5, "spacecraft", "fastest_turnaround should be .* received 5"),
        ("status", "Active", "spacecraft", 'status should be an object, received "Active"'),
        ("spacecraft_config.family", GONE, "spacecraft", "family is missing, expected a list"),
        ("spacecraft_config.family.0.id", GONE, "spacecraft", r"family\[\].id is missing"),
        ("spacecraft_config.capability", GONE, "configurations", "spacecraft_config.capability"),
        ("flights.0.launch.net", GONE, "flights", r"flights\[\].launch.net is missing"),
        ("flights.0", "STS-1", "flights", r"flights\[\] should be an object"),
        ("id", "X", "spacecraft", "id should be a whole number"),
    ],
)
def test_a_changed_api(path: str, value: Any, table: str, named: str) -> None:
    """A field that is as declared in none of three records or more is refused, by its path."""
    with pytest.raises(SchemaError, match=named):
        getattr(everywhere(path, value), table)
    with pytest.raises(SchemaError, match=named):
        sa.check(everywhere(path, value))


def test_two_odd_records_are_no_changed_api() -> None:
    """Two records may both be odd; so may many flights of one craft."""
    assert (
        quietly(everywhere("status", "Active", 2)).spacecraft["status_id"].to_list() == [None] * 2
    )
    many = whole(1)
    many["flights"] = [put(whole(nth), "flights.0.launch", 5)["flights"][0] for nth in range(9)]
    assert quietly(snapshot(many)).flights["launch_id"].null_count() == 9


def test_one_right_record_is_enough() -> None:
    """A field that a single record has as declared is still LL2's."""
    records = [put(whole(nth), "status", "Active") for nth in range(1, 9)]
    data = quietly(snapshot(*records, whole(9)))
    assert data.spacecraft["status_id"].to_list() == [None] * 8 + [1]


def test_null_everywhere_is_no_changed_api() -> None:
    """Null is of no kind: a field that LL2 no longer fills is null in every row."""
    data = quietly(everywhere("status", None))
    assert data.spacecraft["status_id"].to_list() == [None] * 3
    assert len(told(data)) == 3


@pytest.mark.parametrize("value", [GONE, 5], ids=str)
def test_a_single_null_shows_that_a_field_is_there(value: Any) -> None:
    """A field that is null in one record is still LL2's, however odd the others are."""
    records = [put(whole(nth), "fastest_turnaround", value) for nth in (1, 2, 3)]
    data = quietly(snapshot(whole(4), *records))
    assert (data.spacecraft.height, len(told(data))) == (4, 3)


def pages(*records: dict[str, Any]) -> Snapshot:
    """A snapshot of a page for each record."""
    texts = (json.dumps({"results": [record]}).encode() for record in records)
    text = Records((*texts,), len(records))
    return Snapshot(text, url="https://ll/", query={}, retrieved_at=RETRIEVED)


def test_a_right_record_on_another_page() -> None:
    """Whether LL2 has changed is judged by all pages, also those that were proven."""
    records = [put(whole(nth), "status", "Active") for nth in (1, 2, 3)]
    assert quietly(pages(*records, whole(4))).spacecraft["status_id"].to_list() == [None] * 3 + [1]
    with pytest.raises(SchemaError, match="status"):
        _ = pages(*records).spacecraft


@pytest.mark.parametrize(("version", "named"), [("2.2.0", "LL2 2.2.0"), ("2.3.0", "newer version")])
def test_the_version_is_named(version: str, named: str) -> None:
    """The message says of which API the records are, if it is not the one that we read."""
    address = f"https://ll.thespacedevs.com/{version}/spacecraft/1/"
    records = [put(whole(nth), "url", address) for nth in (1, 2, 3)]
    with pytest.raises(SchemaError, match=named):
        _ = snapshot(*(put(record, "serial_number", GONE) for record in records)).spacecraft


def test_the_first_table_warns() -> None:
    """It says how much is amiss and where it is listed; the others and `check` are quiet then."""
    data = odd("status", None)
    with pytest.warns(DataWarning, match=r"^1 value had .* First: status \(id 2\)$") as caught:
        _ = data.spacecraft
    assert caught[0].filename == __file__
    _ = (data.spacecraft, data.flights, data.configurations, sa.check(data))


def test_the_warning_counts_all_tables_and_pages() -> None:
    """What is amiss in a table that nobody has asked for yet counts too."""
    records = [put(whole(1), "status", None), whole(2), put(whole(3), "flights.0.launch", None)]
    with pytest.warns(DataWarning, match="^2 values had "):
        _ = pages(*records).spacecraft


def test_a_table_without_fault_is_quiet() -> None:
    """Where only the flights are odd, the first table of flights warns."""
    data = odd("flights.0.launch", None)
    assert data.spacecraft.height == 3
    with pytest.warns(DataWarning):
        _ = data.flights


def test_check_does_not_warn() -> None:
    """Nor do the tables that it has made."""
    data = odd("status", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sa.check(data)
        _ = (data.spacecraft, data.flights, data.configurations)


def test_a_note_is_no_warning() -> None:
    """A number in another spelling was read, so nothing is amiss in the table."""
    assert odd("flights_count", "3").spacecraft.height == 3


@pytest.mark.parametrize("text", [r'"\ud83d"', "1e999", "NaN"])
def test_text_that_is_not_strict_json(text: str) -> None:
    """Half a surrogate pair and numbers that no float holds are refused in one sentence."""
    page = json.dumps({"results": [whole(1)]}).replace('"S1"', text)
    data = Snapshot(Records((page.encode(),), 1), url="", query={}, retrieved_at=RETRIEVED)
    with pytest.raises(SnapshotError, match="strict JSON does not allow"):
        _ = data.spacecraft
    with pytest.raises(SnapshotError, match="strict JSON does not allow"):
        _ = data.records


def test_no_number_at_all() -> None:
    """Nor does Python's NaN come in."""
    with pytest.raises(SnapshotError, match="strict JSON does not allow"):
        snapshot(whole(1) | {"mass": float("nan")})


def test_an_odd_state_hides_no_change() -> None:
    """Whether a craft is in space may be unknown: what changed of it is told all the same."""
    old = snapshot(whole(1) | {"in_space": None})
    new = snapshot(whole(1) | {"in_space": None, "time_in_space": "P11D"})
    assert sa.diff(quietly(old), quietly(new))["column"].to_list() == ["time_in_space"]


def test_agencies_may_lack_details() -> None:
    """A detail that no column is made of may come or not."""
    assert told(odd("spacecraft_config.agency", agency() | {"logo": None})) == []
