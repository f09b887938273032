"""A malformed record never makes the catalogue unavailable, a changed API is never overlooked.

`python -m tests.frames.test_malformed` tries ten thousand random cases; the test tries 120.
"""

import copy
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache, reduce
from operator import getitem
from typing import Any

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import DataWarning, SchemaError, Snapshot, SnapshotError
from spacecraft_analysis.frames.build import Tables
from spacecraft_analysis.frames.pages import Records, Retrieved
from spacecraft_analysis.frames.schema import (
    CRAFT,
    DAY,
    DURATION,
    EVENTS,
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    Column,
    RecordKind,
)
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.frames.validation import NOT_DECLARED, RESPELLED, UNREADABLE
from tests.measures.fleets import ARGUMENTS, call
from tests.records import RETRIEVED, STATION, config, craft, docking, family, flight, part, snapshot

# Not a value that JSON has, and of one name in every process that runs the tests.
GONE = Enum("Field", "GONE").GONE
EVENT = 500_000


def copies(make: Callable[[int], dict[str, Any]]) -> Callable[[int], dict[str, Any]]:
    """Return what makes copies of the record of a number, which share no object."""
    text = cache(lambda nth: json.dumps(make(nth)))
    return lambda nth: json.loads(text(nth))


@copies
def complete(nth: int) -> dict[str, Any]:
    """A record with two flights in which no object is null and no list empty."""
    days = [f"{1990 + nth % 30}-0{month}-01T00:00:00Z" for month in (1, 2, 3, 4)]
    flights = [
        flight(10 * nth, *days[:2], landing=part("landing"), duration="P31D"),
        flight(10 * nth + 1, *days[2:], landing=part("landing", id=4), duration="P31D"),
    ]
    flights[0]["turn_around_time"] = "P1D"
    of = config(
        100_000 + nth,
        f"Model {nth}",
        family=[family(nth, f"Family {nth}", parent=(50, "Root"))],
        image=part("image"),
        **{"height": 8.1, "diameter": 4, "fastest_turnaround": "P28D", "crew_capacity": 3},
        **{"maiden_flight": "2010-01-01", "flight_life": "210 days", "human_rated": True},
    )
    totals = {"flights_count": 2, "mission_ends_count": 2, "fastest_turnaround": "P28D"}
    return craft(nth, flights=flights, spacecraft_config=of, image=part("image"), **totals)


@copies
def event(nth: int) -> dict[str, Any]:
    """The docking of that craft's first flight, with every kind of target and chaser."""
    payload = {"id": 6, "payload": {"id": 7, "name": "Payload"}}
    sides = dict.fromkeys(("payload_flight_target", "payload_flight_chaser"), payload)
    sides["flight_vehicle_target"] = {"id": 8, "spacecraft": {"id": 9, "name": "Other"}}
    sides["space_station_chaser"] = STATION
    day = f"{1990 + nth % 30}-01-03T00:00:00Z"
    return docking(EVENT + nth, complete(nth), docking=day, **sides)


def put(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The record with another value at a path, or with none there."""
    *parents, key = (int(step) if step.isdigit() else step for step in path.split("."))
    at: Any = reduce(getitem, parents, record)
    if value is GONE:
        del at[key]
    else:
        at[key] = value
    return record


def between(*changes: tuple[str, Any]) -> Snapshot:
    """Records 2 and on with another value each at a path, between two that are complete."""
    spoiled = [put(complete(nth), *change) for nth, change in enumerate(changes, 2)]
    return snapshot(complete(1), *spoiled, complete(len(changes) + 2))


def found(data: Snapshot, rule: str = "not as declared") -> list[tuple[Any, ...]]:
    columns = ("table", "spacecraft_id", "flight_id", "column", "value")
    return sa.check(data).filter(rule=rule).select(columns).rows()


def checked(data: Snapshot) -> Snapshot:
    """The snapshot after a check, so that its tables don't warn."""
    sa.check(data)
    return data


def test_a_malformed_value():
    """It, or what an object holds, is null in its row, and a finding has what was received."""
    cases = [
        *(("status", value, "status", json.dumps(value)) for value in (None, 5, "Active", [1])),
        ("status", GONE, "status", None),
        ("name", None, "name", "null"),
        ("name", GONE, "name", None),
        ("name", 5, "name", "5"),
        ("time_docked", 5, "time_docked", "5"),
        ("flights_count", 2**63, "flights_count", "9223372036854775808"),
        ("flights_count", 1.5, "flights_count", "1.5"),
        ("flights_count", True, "flights_count", "true"),
        *(("flights_count", text, "flights_count", f'"{text}"') for text in ("3 t", "0x10", "1_0")),
        ("in_space", None, "in_space", "null"),
        ("in_space", "true", "in_space", '"true"'),
        ("status.id", GONE, "status_id", None),
        ("spacecraft_config.agency.name", [], "config_agency_name", "[]"),
    ]
    data = between(*((path, value) for path, value, *_ in cases))
    wanted = [("spacecraft", nth, None, *case[2:]) for nth, case in enumerate(cases, 2)]
    assert sorted(found(data)) == wanted
    nulled = snapshot(*map(complete, range(1, len(cases) + 3))).spacecraft
    for _, nth, _, column, _ in wanted:
        read_from_it = pl.col(f"^{column}(_.*)?$")
        nulled = nulled.with_columns(pl.when(pl.col("spacecraft_id") != nth).then(read_from_it))
    assert data.spacecraft.equals(nulled)


def test_a_malformed_list():
    """It is an empty one, and an item that is not an object an item of nulls."""
    cases = [
        ({}, "", "{}", []),
        ("Dragon", "", '"Dragon"', []),
        (GONE, "", None, None),
        ([None], "[]", "null", [None]),
        ([5, family(6, "Dragon")], "[]", "5", [None, 6]),
    ]
    data = between(*(("spacecraft_config.family", value) for value, *_ in cases))
    assert sorted(found(data)) == [
        ("spacecraft", nth, None, f"spacecraft_config.family{item}", received)
        for nth, (_, item, received, _) in enumerate(cases, 2)
    ]
    assert data.spacecraft["family_ids"].to_list() == [[1], *(read for *_, read in cases), [7]]
    assert data.spacecraft["family"].null_count() == 0


def test_flights_that_are_not_a_list():
    """The craft has none; those of all others are there."""
    data = between(*(("flights", value) for value in (None, GONE, {}, 5)))
    assert [(row[1], row[3]) for row in found(data)] == [(nth, "flights") for nth in (2, 3, 4, 5)]
    assert data.spacecraft.height == 6
    assert data.flights["spacecraft_id"].to_list() == [1, 1, 6, 6]


@pytest.mark.parametrize(
    ("path", "column", "heights"),
    [
        ("flights.0.id", "flight_id", (6, 8, 6)),
        ("flights.0", "flights[]", (6, 8, 6)),
        ("spacecraft_config.id", "config_id", (6, 12, 2)),
        ("spacecraft_config", "spacecraft_config", (6, 12, 2)),
        ("id", "spacecraft_id", (2, 4, 2)),
    ],
)
def test_a_row_without_a_whole_number_as_id(path, column, heights):
    """It is left out of its table, which a finding says."""
    data = between(*((path, value) for value in ("X", None, 1.5, True)))
    assert [row[3] for row in found(data)] == [column] * 4
    explanations = sa.check(data).filter(rule="not as declared")["explanation"]
    assert explanations.str.contains("left out of").all()
    tables = (data.spacecraft, data.flights, data.configurations)
    assert tuple(table.height for table in tables) == heights


def test_each_row_keeps_its_own_time():
    """A record that is left out does not shift the times of the others."""
    days = [RETRIEVED.replace(day=day) for day in (1, 2, 3)]
    data = checked(snapshot(complete(1), {"id": "X"}, complete(3), retrieved_at=days))
    assert data.spacecraft["retrieved_at"].to_list() == [days[0], days[2]]
    assert data.flights["retrieved_at"].to_list() == [days[0]] * 2 + [days[2]] * 2


def test_a_record_that_is_not_an_object():
    """A finding says which of the records it is, by number."""
    data = checked(snapshot(complete(1), "no record", complete(3)))  # type: ignore[arg-type]
    finding = sa.check(data).filter(rule="not as declared")
    assert finding.select("spacecraft_id", "value").row(0) == (None, '"no record"')
    assert finding["explanation"].item().startswith("record 2 should be an object")
    assert data.spacecraft.height == 2


def test_a_number_in_another_spelling():
    """A whole number sent as 3.0 and a number sent as digits are read, with a note."""
    values = {"flights_count": 3.0, "spacecraft_config.height": "8.2", "id": "4"}
    data = between(*values.items(), ("flights_count", "-3"))
    assert data.spacecraft["flights_count"].to_list() == [2, 3, 2, 2, -3, 2]
    assert data.configurations["height_m"].to_list() == [8.1, 8.1, 8.2, 8.1, 8.1, 8.1]
    assert data.spacecraft["spacecraft_id"].to_list() == [1, 2, 3, 4, 5, 6]
    assert found(data) == []
    rows = found(data, "number in another spelling")
    assert sorted(row[3:] for row in rows) == [
        *(("flights_count", '"-3"'), ("flights_count", "3.0")),
        *(("height_m", '"8.2"'), ("spacecraft_id", '"4"')),
    ]


def test_unreadable_text():
    """A duration or an instant that can't be read is null and a finding on its flight or craft."""
    data = between(("time_docked", "P1M"), ("flights.0.mission_end", "soon"))
    rows = found(data, "unreadable value")
    assert sorted(row[1:] for row in rows) == [
        *((2, None, "time_docked", "P1M"), (3, 30, "mission_end", "soon"))
    ]
    assert data.spacecraft["time_docked"].is_null().to_list() == [False, True, False, False]
    ends = data.flights.filter(spacecraft_id=3)["mission_end"]
    assert ends.null_count() == data.flights["mission_end"].null_count() == 1


@pytest.mark.parametrize(
    ("path", "value", "table", "named"),
    [
        ("serial_number", GONE, "spacecraft", "serial_number is missing, expected text"),
        ("fastest_turnaround", 5, "spacecraft", "fastest_turnaround should be .* received 5"),
        ("status", "Active", "spacecraft", 'status should be an object, received "Active"'),
        ("spacecraft_config.family.0.id", GONE, "spacecraft", r"family\[\].id is missing"),
        ("spacecraft_config.capability", GONE, "configurations", "spacecraft_config.capability"),
        ("flights", ["STS-1"], "flights", r"flights\[\] should be an object"),
        ("id", "X", "spacecraft", "id should be a whole number"),
    ],
)
def test_a_changed_api(path, value, table, named):
    """A field as declared in none of three records or more is an error with path and version."""
    records = [put(complete(nth), path, value) for nth in (1, 2, 3)]
    for use in (lambda data: getattr(data, table), sa.check):
        with pytest.raises(SchemaError, match=rf"{named}.* of LL2 2\.3\.0; a newer version"):
            use(snapshot(*records))


def test_two_malformed_records_are_not_a_changed_api():
    """Two records may both be malformed; so may many flights of one craft."""
    data = checked(snapshot(*(put(complete(nth), "status", "Active") for nth in (1, 2))))
    assert data.spacecraft["status_id"].to_list() == [None] * 2
    many = complete(1)
    many["flights"] = [put(complete(nth), "flights.0.launch", 5)["flights"][0] for nth in range(9)]
    assert checked(snapshot(many)).flights["launch_id"].null_count() == 9


@pytest.mark.parametrize("value", [GONE, 5], ids=str)
@pytest.mark.parametrize("right", ["P28D", None])
def test_one_right_record_is_enough(value, right):
    """A field that a single record has as declared, be it null, is still LL2's."""
    records = [put(complete(nth), "fastest_turnaround", value) for nth in range(1, 9)]
    data = checked(snapshot(*records, complete(9) | {"fastest_turnaround": right}))
    assert data.spacecraft.height == 9
    assert len(found(data)) == 8


def test_all_pages_are_judged_together():
    """The right record may be on a page that needed no repair."""

    def pages(*records: dict[str, Any]) -> Snapshot:
        texts = (json.dumps({"results": [record]}).encode() for record in records)
        text = Records((*texts,), len(records))
        return Snapshot(text, url="https://ll/", query={}, retrieved_at=RETRIEVED)

    records = [put(complete(nth), "status", "Active") for nth in (1, 2, 3)]
    ids = checked(pages(*records, complete(4))).spacecraft["status_id"]
    assert ids.to_list() == [None, None, None, 1]
    with pytest.raises(SchemaError, match="status"):
        _ = pages(*records).spacecraft


def test_the_first_table_warns():
    """It says how much is null, and where first; other tables and `check` don't warn again."""
    data = between(("status", None))
    with pytest.warns(DataWarning, match=r"^1 value had .* First: status \(id 2\)$") as caught:
        _ = data.spacecraft
    assert caught[0].filename == __file__
    _ = (data.spacecraft, data.flights, data.configurations, sa.check(data))


@pytest.mark.parametrize("text", [r'"\ud83d"', "1e999", "NaN"])
def test_text_that_is_not_strict_json(text):
    """Half of a surrogate pair and numbers that no float holds are refused in one sentence."""
    page = json.dumps({"results": [complete(1)]}).replace('"S1"', text)
    data = Snapshot(Records((page.encode(),), 1), url="", query={}, retrieved_at=RETRIEVED)
    for use in (lambda: data.spacecraft, lambda: data.records):
        with pytest.raises(SnapshotError, match="strict JSON does not allow"):
            use()


def test_a_launch_may_lack_everything_but_id_name_and_net():
    """Its other columns are null, which is not a finding; a landing needs its id alone."""
    brief = {name: complete(2)["flights"][0]["launch"][name] for name in ("id", "name", "net")}
    record = put(complete(2), "flights.0.launch", brief)
    data = snapshot(complete(1), put(record, "flights.0.landing", {"id": 3}))
    row = data.flights.row(by_predicate=pl.col("flight_id") == 20, named=True)
    given = {name for name in row if row[name] is not None and name.startswith(("laun", "land"))}
    assert given == {"launch_id", "launch_name", "launch_net", "landing_id"}
    assert found(data) == []


def test_a_spoiled_launch():
    """What is missing or null is null; another JSON kind is a finding on its flight, no error."""
    pad = ("launch_pad_id", "launch_pad_latitude", "launch_pad_location_name")
    rocket = ("launch_rocket_id", "launch_rocket_family_ids")
    cases = [
        ("pad", GONE, pad, None),
        ("pad", None, pad, None),
        ("rocket.configuration.families", None, rocket[1:], None),
        ("program", GONE, ("launch_program_names",), None),
        ("rocket", "Soyuz", rocket, '"Soyuz"'),
        ("rocket.configuration.families", {}, (), "{}"),
        ("pad.latitude", "45.92 N", ("launch_pad_latitude",), '"45.92 N"'),
    ]
    data = between(*((f"flights.0.launch.{path}", value) for path, value, *_ in cases))
    wanted = [(10 * nth, case[3]) for nth, case in enumerate(cases, 2) if case[3]]
    assert [(row[2], row[4]) for row in sorted(found(data))] == wanted
    columns = (*pad, *rocket, "launch_program_names", "launch_name")
    first = data.flights.filter(pl.col("flight_id") % 10 == 0).iter_rows(named=True)
    nulls = {(row["spacecraft_id"], name) for row in first for name in columns if row[name] is None}
    assert nulls == {(nth, name) for nth, (*_, names, _) in enumerate(cases, 2) for name in names}


def test_a_field_missing_in_all_records():
    """It is a column of nulls, one warning finding and one DataWarning, which names it."""
    records = [complete(nth) for nth in (1, 2, 3)]
    for record in records:
        for one in record["flights"]:
            del one["launch"]["pad"], one["launch"]["failreason"]
    data = snapshot(*records)
    _ = data.spacecraft
    with pytest.warns(DataWarning, match="missing in all records.*failreason.*launch.pad"):
        rows = data.flights
    _ = (data.flights, data.configurations)
    assert rows["launch_pad_id"].null_count() == rows["launch_failreason"].null_count() == 6
    finding = sa.check(data).filter(rule="field missing in all records")
    assert finding.select("severity", "table", "column").rows() == [
        ("warning", "flights", "flights[].launch.pad"),
        ("warning", "flights", "launch_failreason"),
    ]
    # It does not depend on which tables were read before.
    assert sa.check(snapshot(*records)).equals(sa.check(data))


def test_a_new_field_at_any_depth_is_noted_once():
    """The note has its path, at the first record; what the package ignores is none."""
    text = json.dumps([complete(1), complete(2)])
    data = snapshot(*json.loads(text, object_hook=lambda each: each | {"added": 1}))
    notes = sa.check(data).filter(rule="unknown field")
    assert {*notes["column"]} >= {
        *("added", "status.added", "image.license.added", "image.variants[].added"),
        *("spacecraft_config.added", "spacecraft_config.agency.type.added"),
        *("spacecraft_config.family[].added", "spacecraft_config.family[].manufacturer.added"),
        *("flights[].added", "flights[].launch.added", "flights[].landing.type.added"),
        *("flights[].launch.pad.location.added", "flights[].launch.mission.orbit.added"),
    }
    assert notes["column"].n_unique() == notes.height
    assert "flights[].launch.mission.agencies.added" not in notes["column"]
    assert {*notes["spacecraft_id"]} == {1}
    data = snapshot(complete(1), docking_events=[event(1)])
    assert not {"unknown field", "not as declared"} & {*sa.check(data)["rule"]}


RULES = (NOT_DECLARED, RESPELLED, UNREADABLE)
SPELLINGS = (70_007.0, "70007")
VALUES: tuple[Any, ...] = (None, True, 70_007, *SPELLINGS, 1.5, "text", "", [], {}, [5], {"a": 1})
COMPLETE = {CRAFT: complete, EVENTS: event}
LEAVES: dict[RecordKind, dict[str, Column]] = {of: {} for of in COMPLETE}
for table in reversed(TABLES):
    LEAVES[table.record_kind] |= {table.path(column): column for column in table.own}
# The paths of all columns, and of the objects and lists around them.
DECLARED = {
    path[:end]
    for path in (*LEAVES[CRAFT], *LEAVES[EVENTS])
    for step in re.finditer(r"\[\]|\.|$", path)
    for end in step.span()
}


def places(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Each value inside a value, with its path."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    for key, child in enumerate(value) if isinstance(value, list) else inner:
        yield f"{at}{key}", child
        yield from places(child, f"{at}{key}.")


def expected(of: RecordKind, path: str, old: Any, value: Any) -> str | None:
    """The rule by which `check` has to report a value; None if nothing is wrong with it."""
    leaves = LEAVES[of]
    if path in leaves:
        return _expected_of_leaf(leaves[path], value)
    above, _, key = path.rpartition(".")
    if above in leaves:
        # An object where any plain value may be, read by its name.
        plain = isinstance(value, str | int | float)
        return None if key != "name" or plain else "not as declared"
    under = re.compile(rf"{re.escape(path)}(\[\])?\.")
    inside = [column for leaf, column in leaves.items() if under.match(leaf)]
    is_item, is_list = path.endswith("[]"), isinstance(old, list)
    if not inside or (is_item and value is GONE) or (is_list and value == []):
        return None
    if value is None and not is_item:
        return None if all(column.nullable for column in inside) else "not as declared"
    if all(column.optional for column in inside) and (
        value is GONE or (isinstance(value, dict) and not is_list)
    ):
        return None
    return "not as declared"


def _expected_of_leaf(column: Column, value: Any) -> str | None:
    kinds = {INTEGER: (int,), NUMBER: (int, float), FLAG: (bool,)}
    if (value is None and column.nullable) or (value is GONE and column.optional):
        return None
    if column.lenient and isinstance(value, str | int | float):
        return None
    if column.value_type in kinds:
        if type(value) in kinds[column.value_type]:
            return None
        respelled = value in SPELLINGS and column.value_type != FLAG
        return "number in another spelling" if respelled else "not as declared"
    if not isinstance(value, str):
        return "not as declared"
    is_time = column.value_type in (DURATION, INSTANT, DAY)
    return "unreadable value" if is_time and value else None


def tables_of(records: dict[RecordKind, list[Any]]) -> Tables:
    """The tables of these records and events."""
    return Tables(*(Retrieved(each, RETRIEVED, of) for of, each in records.items()))


UNCHANGED = tables_of({of: [make(1), make(3)] for of, make in COMPLETE.items()})


def spoil(record: Any, rng: random.Random) -> tuple[str, Any, Any]:
    """Make another of one value in the record; return its path, what it was and what it is."""
    every = [*places(record)]
    # Of most values no column is made.
    declared = [one for one in every if re.sub(r"\.\d+", "[]", one[0]) in DECLARED]
    place, old = rng.choice(rng.choice([every, declared, declared, declared]))
    others = [one for one in VALUES if json.dumps(one) != json.dumps(old)]
    value = rng.choice([GONE, None, *rng.choices(others, k=4)])
    put(record, place, copy.deepcopy(value))
    return re.sub(r"\.\d+", "[]", place), old, value


def faults(seed: int) -> tuple[list[str], dict[RecordKind, Any]]:
    """What goes wrong where a craft and an event have one other value; and that craft and event."""
    rng, wrong = random.Random(seed), []
    spoiled = {of: make(1_000 + seed) for of, make in COMPLETE.items()}
    changes = {of: spoil(spoiled[of], rng) for of in COMPLETE}
    case = f"case {seed}, {[(path, value) for path, _, value in changes.values()]}"
    tables = tables_of({of: [make(1), spoiled[of], make(3)] for of, make in COMPLETE.items()})
    notices = tables.notices()
    for table in TABLES:
        whole, frame = getattr(UNCHANGED, table.name), getattr(tables, table.name)
        ids = whole.to_series(0).to_list()
        if [row for row in frame.iter_rows() if row[0] in ids] != whole.rows():
            wrong.append(f"{case}: other rows of {table.name} differ")
    for of, (path, old, value) in changes.items():
        rule, where = expected(of, path, old, value), path.removesuffix(".name")
        noticed = [one for one in notices[of.id_column] if one.rule in RULES]
        if rule is None and noticed:
            texts = [one.explanation for one in noticed]
            wrong.append(f"{case}: nothing is wrong with {path}, but found is {texts}")
        if rule and not any(one.rule == rule and where in one.explanation for one in noticed):
            wrong.append(f"{case}: {path} is not found as {rule!r}")
    return wrong, spoiled


def faults_of(seeds: range) -> list[str]:
    """What goes wrong in these cases, and an error where a rule or a measure can't read them."""
    wrong, spoiled = zip(*map(faults, seeds), strict=True)
    craft, events = ([each[of] for each in spoiled] for of in COMPLETE)
    data = snapshot(complete(1), *craft, docking_events=[event(1), *events])
    # At once: planning a rule or a measure takes longest.
    sa.check(data)
    tables = {table.name: getattr(data, table.name) for table in TABLES}
    for measure in ARGUMENTS:
        call(measure, tables)
    return [fault for each in wrong for fault in each]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_one_value_changed_in_a_craft_and_in_an_event(first):
    """All other rows stay, the path is noticed, and everything can be checked and measured."""
    assert faults_of(range(first, first + 20)) == []


if __name__ == "__main__":
    groups = (range(first, first + 20) for first in range(0, 5_000, 20))
    every = [fault for seeds in groups for fault in faults_of(seeds)]
    print(*every, "10,000 cases", sep="\n")
    sys.exit(bool(every))
