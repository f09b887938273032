"""What the stand-in does at `docking_events/`, so that the other tests may rely on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import isodate
import pytest

from tests.ll2_server import LaunchLibraryServer, Offset, catalogue, with_dockings
from tests.ll2_server.dockings import NOW, PLANNED
from tests.ll2_server.modes import normal_event
from tests.ll2_server.test_ll2_server import get

# For changes of the stand-in.
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
    """Return a detailed page of events as LL2 sends it, by docking by default."""
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


def test_ties_are_broken_anew(server: LaunchLibraryServer) -> None:
    """Two events with one docking time stand in another order at some other request."""
    tied = {event["id"] for event in BY_DOCKING[99:101]}
    assert len({event["docking"] for event in BY_DOCKING[99:101]}) == 1
    seen = {ids(server, limit=100)[99] for _ in range(40)}
    assert seen == tied


def test_filter_by_time(server: LaunchLibraryServer) -> None:
    """Events from a docking time on, those of that very instant included."""
    chosen = [event["id"] for event in BY_DOCKING[90:190]]
    assert ids(server, docking__gte=BY_DOCKING[90]["docking"]) == chosen


def test_normal_mode_has_no_launch_time(server: LaunchLibraryServer) -> None:
    """Normal is the default; a flight in it names its launch, but not when that was."""
    default = get(server, "docking_events/", format="json", ordering="docking").json()["results"]
    assert default[0] == normal_event(BY_DOCKING[0])
    launches = [event["flight_vehicle_chaser"]["launch"] for event in default]
    assert {tuple(launch) for launch in launches} == {("id", "url", "name")}


def test_events_count_towards_the_rate_limit() -> None:
    """Spacecraft and docking events count towards one rate limit."""
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


def test_dockings_agree_with_their_craft() -> None:
    """A craft's events are inside its flights, and add up to its time docked."""
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
    totals = {record["id"]: record["time_docked"] for record in RECORDS}
    assert len(docked) > 100
    for craft_id, length in docked.items():
        assert isodate.parse_duration(totals[craft_id]) == length


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
