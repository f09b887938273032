"""What the stand-in does at `docking_events/`, so that the other tests may rely on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import isodate
import pytest

from tests.ll2_server import (
    LaunchLibraryServer,
    Offset,
    catalogue,
    ended,
    unknown_flight,
    with_dockings,
)
from tests.ll2_server.dockings import NOW, PLANNED
from tests.ll2_server.modes import normal_event
from tests.ll2_server.test_ll2_server import get

# Of use to who changes the stand-in.
pytestmark = pytest.mark.slow

RECORDS, EVENTS = with_dockings(catalogue(250, seed=1), 277)
BY_DOCKING = sorted(EVENTS, key=lambda event: event["docking"])
CHASER_AND_TARGET = [
    f"{kind}_{side}"
    for side in ("chaser", "target")
    for kind in ("flight_vehicle", "payload_flight", "space_station")
]


@pytest.fixture
def server() -> Iterator[LaunchLibraryServer]:
    """A server with 277 docking events and no quota."""
    with LaunchLibraryServer(RECORDS, docking_events=EVENTS) as server:
        yield server


def page(server: LaunchLibraryServer, **query: Any) -> dict[str, Any]:
    """Return a detailed page of events as LL2 sends it, by docking unless told otherwise."""
    defaults = {"format": "json", "mode": "detailed", "ordering": "docking", "limit": 100}
    answer = get(server, "docking_events/", **defaults | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(server: LaunchLibraryServer, **query: Any) -> list[int]:
    """Return the ids on a page."""
    return [event["id"] for event in page(server, **query)["results"]]


def test_pages_have_every_docking_in_order(server: LaunchLibraryServer) -> None:
    """Three pages of a hundred have the instants of all events, in their order."""
    pages = [page(server, offset=offset, limit=1000) for offset in (0, 100, 200)]
    dockings = [event["docking"] for page in pages for event in page["results"]]
    assert dockings == [event["docking"] for event in BY_DOCKING]
    assert [page["count"] for page in pages] == [277, 277, 277]


def test_events_come_as_they_are(server: LaunchLibraryServer) -> None:
    """A detailed page gives back the event that was put in."""
    first = page(server, limit=1)["results"]
    assert first == BY_DOCKING[:1]


def test_ties_are_broken_anew(server: LaunchLibraryServer) -> None:
    """Two events with one docking time stand in another order at some other request."""
    tied = {event["id"] for event in BY_DOCKING[99:101]}
    assert len({event["docking"] for event in BY_DOCKING[99:101]}) == 1
    seen = {ids(server, limit=100)[99] for _ in range(40)}
    assert seen == tied


def test_departures_order_with_nulls_last(server: LaunchLibraryServer) -> None:
    """What goes on comes last by departure, and first in descending order."""
    up = page(server, ordering="departure", offset=200)["results"]
    down = page(server, ordering="-departure", limit=3)["results"]
    assert up[-1]["departure"] is None
    assert [event["departure"] for event in down] == [None] * 3
    known = [event["departure"] for event in up if event["departure"]]
    assert known == sorted(known)


def test_nothing_orders_by_id(server: LaunchLibraryServer) -> None:
    """An ordering that LL2 has not is passed over: the events come in no useful order."""
    assert ids(server, ordering="id") != ids(server, ordering="id")


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({"docking__gt": BY_DOCKING[90]["docking"]}, slice(91, 191)),
        ({"docking__gte": BY_DOCKING[90]["docking"]}, slice(90, 190)),
        ({"docking__lt": BY_DOCKING[90]["docking"]}, slice(0, 90)),
        ({"docking__lte": BY_DOCKING[90]["docking"]}, slice(0, 91)),
        (
            {
                "docking__gte": BY_DOCKING[90]["docking"],
                "docking__lte": BY_DOCKING[95]["docking"],
            },
            slice(90, 96),
        ),
    ],
)
def test_filters_by_time(server: LaunchLibraryServer, query: dict[str, str], chosen: slice) -> None:
    """An instant cuts the events in two, with or without those of that very instant."""
    assert ids(server, **query) == [event["id"] for event in BY_DOCKING[chosen]]


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("docking_location__id", "docking_location"),
        ("flight_vehicle_chaser__id", "flight_vehicle_chaser"),
        ("space_station_target__id", "space_station_target"),
    ],
)
def test_filters_by_id(server: LaunchLibraryServer, name: str, thing: str) -> None:
    """A port, a flight or a station leaves the events that have it."""
    wanted = BY_DOCKING[-20][thing]["id"]
    events = [event for event in EVENTS if (event[thing] or {}).get("id") == wanted]
    assert page(server, **{name: wanted})["count"] == len(events) > 0


def test_normal_mode_tells_no_launch_time(server: LaunchLibraryServer) -> None:
    """Normal is the default; a flight in it names its launch, but not when that was."""
    default = get(server, "docking_events/", format="json", ordering="docking").json()["results"]
    assert default[0] == normal_event(BY_DOCKING[0])
    launches = [event["flight_vehicle_chaser"]["launch"] for event in default]
    assert {tuple(launch) for launch in launches} == {("id", "url", "name")}


def test_events_count_towards_the_allowance() -> None:
    """Spacecraft and docking events are paid for from one allowance."""
    with LaunchLibraryServer(RECORDS, docking_events=EVENTS, quota=2) as server:
        paths = ("spacecraft/", "docking_events/", "docking_events/")
        assert [get(server, path).status_code for path in paths] == [200, 200, 429]
        assert [len(server.paid_requests), len(server.docking_requests)] == [3, 2]


def test_faults_are_for_one_endpoint(server: LaunchLibraryServer) -> None:
    """A fault for docking events leaves spacecraft alone, and counts its own requests."""
    server.fault(1, "status", code=502, endpoint="docking_events")
    server.fault(Offset(100), "short_page", endpoint="docking_events")
    paths = ("spacecraft/", "docking_events/", "docking_events/")
    assert [get(server, path).status_code for path in paths] == [200, 502, 200]
    assert len(get(server, limit=100, offset=100).json()["results"]) == 100
    assert len(ids(server, offset=100)) == 99


def test_events_can_change_during_a_pull(server: LaunchLibraryServer) -> None:
    """A change made on a request's arrival is in that request's answer."""
    server.on_docking_request = lambda ordinal: (
        ordinal == 2 and server.set_docking_events(EVENTS[:7])
    )
    assert [page(server)["count"] for _ in range(2)] == [277, 7]


def test_an_open_event_grows() -> None:
    """A craft that is still docked has flown a second longer at each request."""
    open_event = next(
        event for event in EVENTS if event["flight_vehicle_chaser"] and not event["departure"]
    )
    with LaunchLibraryServer([], docking_events=[open_event], growing=True) as server:
        early, late = (
            isodate.parse_duration(
                page(server)["results"][0]["flight_vehicle_chaser"]["spacecraft"]["time_in_space"]
            )
            for _ in range(2)
        )
    assert late - early == timedelta(seconds=1)


def test_dockings_agree_with_their_craft() -> None:
    """A craft's events are inside its flights, and add up to the time docked that it tells."""
    flights = {flight["id"]: flight for record in RECORDS for flight in record["flights"]}
    docked: dict[int, timedelta] = {}
    for event in EVENTS:
        if (flight := event["flight_vehicle_chaser"]) is None or event["docking"] == PLANNED:
            continue
        assert flight == flights[flight["id"]]
        start, end = event["docking"], event["departure"] or f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
        assert flight["launch"]["net"] < start < end
        assert flight["mission_end"] is None or end <= flight["mission_end"]
        craft_id = flight["spacecraft"]["id"]
        length = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        docked[craft_id] = docked.get(craft_id, timedelta()) + length
    told = {record["id"]: record["time_docked"] for record in RECORDS}
    assert len(docked) > 100
    for craft_id, length in docked.items():
        assert isodate.parse_duration(told[craft_id]) == length


def test_every_kind_of_event_is_there() -> None:
    """Craft, payloads and stations dock, each event has one chaser and one target, some go on."""
    kinds = {tuple(kind for kind in CHASER_AND_TARGET if event[kind]) for event in EVENTS}
    assert kinds == {
        ("flight_vehicle_chaser", "space_station_target"),
        ("flight_vehicle_chaser", "flight_vehicle_target"),
        ("payload_flight_chaser", "payload_flight_target"),
        ("space_station_chaser", "space_station_target"),
    }
    assert sum(event["departure"] is None for event in EVENTS) > 5
    assert sum(event["docking"] == PLANNED for event in EVENTS) == 1


def test_ties_stand_on_every_border() -> None:
    """The last event of a page ties with the first of the next, whatever the pages' size."""
    _, events = with_dockings(catalogue(20), 60, tie_every=10)
    dockings = sorted(event["docking"] for event in events)
    assert all(dockings[at - 1] == dockings[at] for at in range(10, 56, 10))
    assert len({event["id"] for event in events}) == 60


def test_dockings_are_deterministic() -> None:
    """The same seed gives the same events, another one others."""
    records = catalogue(20)
    assert with_dockings(records, 30) == with_dockings(records, 30)
    assert with_dockings(records, 30) != with_dockings(records, 30, seed=1)


def test_a_flight_that_only_the_events_know() -> None:
    """An event can be made one of a craft and a flight that came after the other walk."""
    flight = unknown_flight(BY_DOCKING[0], 99_999)["flight_vehicle_chaser"]
    assert (flight["id"], flight["spacecraft"]["id"]) == (99_999, 99_999)
    assert flight["url"].split("/")[-2] == "99999"


def test_an_event_that_ends_meanwhile() -> None:
    """An open event can be made one that is over, of a craft that has landed."""
    departure, landing = "2025-04-08T01:00:00Z", "2025-04-08T04:00:00Z"
    event = ended(BY_DOCKING[-4], departure, landing)
    assert (event["departure"], event["flight_vehicle_chaser"]["mission_end"]) == (
        departure,
        landing,
    )
    assert not event["flight_vehicle_chaser"]["spacecraft"]["in_space"]
