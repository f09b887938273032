"""Docking events become one row each, beside the flight and the craft that they are of."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import SchemaError
from spacecraft_analysis.frames.tables import CRAFT_COLUMNS, DOCKINGS
from tests.ll2_server import catalogue, with_dockings
from tests.ll2_server.modes import normal_event
from tests.records import config, craft, docking, family, flight, in_normal_mode, snapshot

LAUNCHED, ENDED = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"
at = datetime.fromisoformat
NOW = at("2025-01-01T00:00:00Z")
DAY = timedelta(days=1)


def flown(spacecraft_id: int = 1, end: str | None = ENDED, **fields: Any) -> dict[str, Any]:
    """A craft with one flight, of the id of the craft times ten."""
    leg = flight(10 * spacecraft_id, LAUNCHED, end)
    return craft(spacecraft_id, flights=[leg], **({"flights_count": 1} | fields))


def dockings(*records: dict[str, Any], events: list[dict[str, Any]], **fields: Any) -> pl.DataFrame:
    return snapshot(*records, docking_events=events, **fields).dockings


def one(*records: dict[str, Any], event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    [row] = dockings(*records, events=[event], **fields).to_dicts()
    return row


def test_a_docking_of_a_flight_that_two_craft_have():
    """It is one row all the same."""
    both = flown(), flown(2) | {"flights": flown()["flights"]}
    assert dockings(*both, events=[docking(7, flown())])["spacecraft_id"].to_list() == [1]


def test_a_docking_with_a_station():
    """An event of a craft and a station, each value beside what LL2 sends."""
    row = one(flown(), event=docking(7, flown()))
    wanted = {
        "docking_id": 7,
        "url": "https://ll/docking_events/7/",
        "docking": at("2020-01-03T00:00:00Z"),
        "departure": at("2020-01-05T00:00:00Z"),
        **{"docking_location_id": 1, "docking_location_name": "Forward"},
        **{"target_kind": "station", "target_id": 4, "target_name": "Station"},
        **{"space_station_target_id": 4, "space_station_target_name": "Station"},
        **{"flight_id": 10, "launch_id": "launch-10", "launch_name": "Launch 10"},
        **{"launch_net": at(LAUNCHED), "mission_end": at(ENDED)},
        **{"docked": 2 * DAY, "is_open": False},
        **{"time_docked": 5 * DAY, "time_in_space": 10 * DAY},
        **{"spacecraft_id": 1, "spacecraft_name": "Craft 1", "retrieved_at": NOW},
    }
    assert {name: row[name] for name in wanted} == wanted
    known = {name for name, value in row.items() if value is not None}
    assert known - {column.name for column in CRAFT_COLUMNS} <= wanted.keys()


CRAFT_TARGET = docking(0, flown(3))["flight_vehicle_chaser"]
PAYLOAD = {"id": 8, "payload": {"id": 80, "name": "Satellite"}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"flight_vehicle_target": CRAFT_TARGET}, ("craft", 3, "Craft 3")),
        ({"payload_flight_target": PAYLOAD}, ("payload", 8, "Satellite")),
        ({}, (None, None, None)),
    ],
)
def test_other_targets(target, expected):
    """A craft or a payload can be docked to; whichever it is, is named alike."""
    row = one(flown(), event=docking(7, flown(), space_station_target=None, **target))
    assert (row["target_kind"], row["target_id"], row["target_name"]) == expected


@pytest.mark.parametrize("kind", ["space_station_chaser", "payload_flight_chaser"])
def test_other_chasers(kind):
    """Where no craft docked there is no flight and no craft, and nobody is in space."""
    row = one(flown(), event=docking(7, None, departure=None, **{kind: PAYLOAD | {"name": "X"}}))
    assert row[f"{kind}_id"] == 8
    absent = ("flight_id", "spacecraft_id", "in_space", "family", "family_is_config", "docked")
    assert [row[name] for name in absent] == [None] * len(absent)
    assert row["is_open"] is False


def test_the_crafts_own_record_says_more_surely():
    """What an event repeats of its craft counts only where the snapshot has no record of it."""
    dragon = family(6, "Dragon")
    own = flown(name="Now", serial_number=None, spacecraft_config=config(family=[dragon]))
    then = flown(name="Then", serial_number="S1", time_docked="P9D")
    row = one(own, event=docking(7, then))
    assert (row["spacecraft_name"], row["serial_number"], row["family"]) == ("Now", None, "Dragon")
    assert (row["time_docked"], row["family_is_config"]) == (5 * DAY, False)
    row = one(event=docking(7, then))
    assert (row["spacecraft_name"], row["serial_number"]) == ("Then", "S1")
    copied = (row["family"], row["family_is_config"], row["launch_net"])
    assert copied == ("Capsule One", True, None)


def test_no_configuration_stands_in_where_there_is_none():
    """A chaser without a configuration has no family, as in the table of spacecraft."""
    row = one(event=docking(7, flown(spacecraft_config=None)))
    assert (row["config_id"], row["family"], row["family_is_config"]) == (None, None, None)


def test_the_flight_says_whose_it_is():
    """An event that names another craft than the flight's own is of the flight's."""
    event = docking(7, flown(2))
    event["flight_vehicle_chaser"]["id"] = 10
    row = one(flown(1), flown(2), event=event)
    assert (row["flight_id"], row["spacecraft_name"]) == (10, "Craft 1")


UP = {"end": None, "in_space": True}
LANDS_LATER = {"end": "2026-01-01T00:00:00Z", "in_space": True}


@pytest.mark.parametrize("mode", ["detailed", "normal"])
def test_how_long_it_was_docked(mode):
    """Up to now while it is docked; nothing while that is planned or its end is not known."""
    since = NOW - at("2020-01-03T00:00:00Z")
    not_yet = {"docking": "2025-01-02T00:00:00Z", "departure": "2025-01-03T00:00:00Z"}
    cases = {
        "open": (UP, {"departure": None}, True, since),
        "leaves later": (UP, {"departure": "2026-01-01T00:00:00Z"}, True, since),
        "lands later": (LANDS_LATER, {"departure": None}, True, since),
        "left": (UP, {}, False, 2 * DAY),
        "unknown": ({}, {"departure": None}, False, None),
        "planned": (UP, {"docking": "2025-01-01T00:00:01Z", "departure": None}, False, None),
        "planned entirely": (UP, not_yet, False, None),
        "before the docking": ({}, {"departure": "2020-01-02T00:00:00Z"}, False, -DAY),
    }
    records = [flown(nth, **of, name=case) for nth, (case, (of, *_)) in enumerate(cases.items(), 1)]
    events = [docking(record["id"], record, **cases[record["name"]][1]) for record in records]
    data = snapshot(*records, docking_events=events)
    rows = (data if mode == "detailed" else in_normal_mode(data)).dockings
    found = rows.select("spacecraft_name", "is_open", "docked").rows()
    assert sorted(found) == sorted((case, *wanted) for case, (_, _, *wanted) in cases.items())
    assert rows["launch_net"].null_count() == (len(cases) if mode == "normal" else 0)


@pytest.mark.parametrize("mode", ["detailed", "normal"])
def test_only_the_flight_that_goes_on_is_open(mode):
    """Of a craft in space an earlier docking without a departure is unknown, not open."""
    legs = [flight(1, LAUNCHED, ENDED), flight(2, "2021-01-01T00:00:00Z", None)]
    planned = flight(3, "2026-01-01T00:00:00Z", None)
    record = craft(1, flights=[*legs, planned], in_space=True)
    flew = [record | {"flights": [leg]} for leg in legs]
    events = [
        docking(nth, of, docking=f"202{nth}-01-03T00:00:00Z", departure=None)
        for nth, of in enumerate(flew)
    ]
    data = snapshot(record, docking_events=events)
    rows = (data if mode == "detailed" else in_normal_mode(data)).dockings
    assert rows["is_open"].to_list() == [False, True]
    assert rows["docked"].is_null().to_list() == [True, False]


def test_now_is_when_the_event_was_sent():
    """What is open lasts up to the event's own page, whenever the craft's was sent."""
    later = NOW + timedelta(hours=1)
    event = docking(7, flown(**UP), departure=None)
    row = one(flown(**UP), event=event, docking_events_retrieved_at=later)
    assert (row["retrieved_at"], row["docked"]) == (later, later - at("2020-01-03T00:00:00Z"))


def test_in_the_order_of_their_dockings():
    """Rows are by docking, those of one instant by id, however LL2 sent them."""
    times = {5: "2020-01-04T00:00:00Z", 9: "2020-01-03T00:00:00Z", 3: "2020-01-04T00:00:00Z"}
    events = [docking(nth, flown(), docking=time) for nth, time in times.items()]
    assert dockings(flown(), events=events)["docking_id"].to_list() == [9, 3, 5]


def test_the_same_columns_for_any_data():
    """No event, no craft, normal mode: the same columns and types."""
    schema = dict(DOCKINGS.schema)
    assert dockings(events=[]).schema == schema
    assert dockings(events=[docking(1, None)]).schema == schema
    normal = in_normal_mode(snapshot(flown(), docking_events=[docking(1, flown())]))
    assert normal.dockings.schema == schema


def test_without_events_it_says_how_to_get_them():
    """A snapshot without events has no such table, and the error says what to do."""
    with pytest.raises(SchemaError, match="no docking events; fetch it again with dockings=True"):
        _ = snapshot(flown()).dockings


def test_a_malformed_event_costs_its_own_fields():
    """What is not as declared is null and a finding, which names the event; the rest is there."""
    malformed = docking(2, flown())
    malformed["flight_vehicle_chaser"]["spacecraft"]["status"] = "lost"
    malformed["docking_location"] = None
    nameless = docking(3, flown()) | {"id": None}
    data = snapshot(flown(), docking_events=[docking(1, flown()), malformed, nameless])
    with pytest.warns(sa.DataWarning, match="3 values had an unexpected type"):
        rows = data.dockings
    assert rows["docking_id"].to_list() == [1, 2]
    assert rows["docking_location_id"].to_list() == [1, None]
    assert rows["docked"].to_list() == [2 * DAY, 2 * DAY]
    found = sa.check(data).filter(rule="not as declared").sort("docking_id", "column")
    assert found.select("table", "docking_id", "column").rows() == [
        ("dockings", None, "docking_id"),
        ("dockings", 2, "docking_location"),
        ("dockings", 2, "flight_vehicle_chaser.spacecraft.status"),
    ]


def test_a_changed_api_is_refused():
    """A field that all events lack is no slip: the message names it, and where to look."""
    events = [docking(nth, flown()) for nth in (1, 2, 3)]
    for event in events:
        del event["docking_location"]
    with pytest.raises(SchemaError, match=r"docking_location .* \.docking_events"):
        _ = dockings(flown(), events=events)


@pytest.mark.parametrize("mode", ["normal", "detailed"])
def test_no_field_of_ll2_is_unknown(mode):
    """Everything that LL2 is known to send in either mode is a column, or known to be none."""
    records, events = with_dockings(catalogue(60), 80)
    sent = [normal_event(event) for event in events] if mode == "normal" else events
    found = sa.check(snapshot(*records, docking_events=sent))
    assert found.filter(rule="unknown field")["column"].to_list() == []
    assert found.filter(rule="not as declared", table="dockings").is_empty()


def test_it_joins_the_flights(sample):
    """Each docking of the sample is of one of its flights, and repeats its craft as that does."""
    both = sample.dockings.join(sample.flights, on="flight_id", how="inner")
    assert both.height == sample.dockings.height == 283
    for name in ("spacecraft_id", "launch_id", "launch_net", "mission_end", "family", "config_id"):
        assert both[name].equals(both[f"{name}_right"], null_equal=True)
