"""Docking events are requested by key, since LL2 offers no ordering of them without ties."""

from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.launch_library import MANY, docked_catalogue
from tests.ll2_server import Server

# Hundreds of downloads over HTTP.
pytestmark = pytest.mark.slow

Events = list[dict[str, Any]]


@pytest.fixture
def docked(server: Server) -> Events:
    """Three pages of docking events with a tie over each border, on the server with their craft."""
    records, events = docked_catalogue(60, 230, seed=2)
    server.set_records(records)
    server.set_docking_events(events)
    return events


def ids(events: Events | None) -> list[int]:
    """Return the ids of events, sorted."""
    return sorted(event["id"] for event in events or [])


def test_full_catalogue_is_thirteen_requests(server, library):
    """607 craft and 577 docking events cost thirteen requests, and no second one ever."""
    craft, events = docked_catalogue(60, 577)
    docked = {record["id"] for record in craft}
    others = [record for record in MANY if record["id"] not in docked]
    records = sorted([*craft, *others[:547]], key=lambda record: record["id"])
    server.set_records(records)
    server.set_docking_events(events)
    snapshot = library().fetch(dockings=True)
    assert snapshot.records == records
    assert ids(snapshot.docking_events) == ids(events)
    assert len(server.paid_requests) == 13
    keys = [(event["docking"], event["id"]) for event in snapshot.docking_events or []]
    assert keys == sorted(keys)
    assert snapshot.query == {"mode": "detailed", "ordering": "id", "dockings": True}
    server.requests.clear()
    again = library().fetch(dockings=True)
    assert again.docking_events_sha256 == snapshot.docking_events_sha256
    assert library(offline=True).fetch(dockings=True).docking_events == snapshot.docking_events
    assert server.requests == []


def test_dockings_are_requested_only_where_they_are_wanted(server, library, docked):
    """Without `dockings=True` none are requested and the snapshot has none."""
    snapshot = library().fetch()
    assert not snapshot.has_dockings
    assert server.requests_to("docking_events") == []
    assert "dockings" not in snapshot.query
    # The craft are not requested a second time.
    server.requests.clear()
    assert library().fetch(dockings=True).has_dockings
    assert server.spacecraft_requests == []


def test_without_a_filter_all_events_stay(server, library, docked):
    """Events of payloads and modules stay, and of craft added after the first download."""
    unknown = docked[0]["flight_vehicle_chaser"] | {"id": 99_999_999}
    events = [docked[0] | {"flight_vehicle_chaser": unknown}, *docked[1:]]
    server.on_request["docking_events"] = lambda ordinal: (
        ordinal == 1 and server.set_docking_events(events)
    )
    snapshot = library().fetch(dockings=True)
    assert ids(snapshot.docking_events) == ids(events)
    chasers = [event["flight_vehicle_chaser"] for event in snapshot.docking_events or []]
    assert 99_999_999 in [flight["id"] for flight in chasers if flight]
    assert None in chasers


@pytest.mark.parametrize("query", [{"search": "soyuz"}, {"limit": 7}, {"in_space": True}], ids=str)
def test_with_a_filter_those_of_the_craft_in_the_answer_stay(server, library, docked, query):
    """With a filter or a limit an event stays if its chaser or its target is in the answer."""
    snapshot = library().fetch(dockings=True, **query)
    craft = {record["id"] for record in snapshot.records}
    assert 0 < len(craft) < 60
    sides = ("flight_vehicle_chaser", "flight_vehicle_target")
    expected = {
        event["id"]
        for event in docked
        if craft & {event[side]["spacecraft"]["id"] for side in sides if event[side]}
    }
    assert ids(snapshot.docking_events) == sorted(expected)


def test_no_events_at_all(server, library):
    """A catalogue without events is a snapshot that has dockings, of which there are none."""
    assert library().fetch(dockings=True).docking_events == []
    assert len(server.requests_to("docking_events")) == 1


def test_slow_events_come_in_halves(server, short_patience, docked):
    """A page of events that is not in time comes in halves, whatever the craft's pages did."""
    server.fault(2, "status", code=524, endpoint="docking_events")
    server.fault(1, "status", code=524)
    snapshot = short_patience().fetch(dockings=True)
    assert ids(snapshot.docking_events) == ids(docked)
    first, slow, half = [request.query for request in server.requests_to("docking_events")[:3]]
    assert "docking__gte" not in first
    assert half == slow | {"limit": "50"}


def test_plan(server, library, docked):
    """A plan counts both downloads: an upper estimate first, and then what is missing of either."""
    plan = library().plan(dockings=True)
    assert (plan.requests, plan.kept, plan.estimated) == (14, 0, True)
    assert [url for url in plan.urls if "/docking_events/?" in url] == [plan.urls[-1]]
    library().fetch()
    assert library().plan(dockings=True).estimated
    library().fetch(dockings=True)
    plan = library().plan(dockings=True)
    assert (plan.requests, plan.estimated, plan.urls) == (0, False, ())
    assert plan.kept >= 4


def test_progress_of_both_downloads(server, library, docked):
    """Progress follows each of the two downloads."""
    reported: list[tuple[int, int | None, str]] = []
    server.quota = 3
    with pytest.raises(sa.ThrottledError):
        library(progress=lambda *step: reported.append(step)).fetch(dockings=True)
    assert reported == [
        (0, None, "downloading spacecraft"),
        (1, 1, "spacecraft downloaded"),
        (0, None, "downloading docking events"),
        (1, 3, "downloading docking events"),
        (2, 3, "downloading docking events"),
    ]


def test_offline_names_the_missing_events(library, docked):
    """Offline, events that were never fetched are an OfflineError with their address."""
    library().fetch()
    with pytest.raises(sa.OfflineError) as caught:
        library(offline=True).fetch(dockings=True)
    assert "docking_events/?" in caught.value.url


def test_more_events_of_one_docking_time_than_a_page_holds(server, library, docked):
    """What follows them can't be requested: an AnswerError names the reason; craft are cached."""
    server.set_docking_events([event | {"docking": "2020-01-01T00:00:00Z"} for event in docked])
    with pytest.raises(sa.AnswerError, match="more than 99 events have one docking time"):
        library().fetch(dockings=True)
    assert len(server.requests_to("docking_events")) == 2
    assert library(offline=True).fetch().count == 60


@pytest.mark.parametrize("count", [1, 120])
def test_events_without_a_docking_time(server, library, docked, count):
    """They come after the others and behind no key: an AnswerError names the reason."""
    events = [event | {"docking": None} for event in docked[:count]] + docked[count:]
    server.set_docking_events(events)
    with pytest.raises(sa.AnswerError, match="without a docking time can't be requested"):
        library().fetch(dockings=True)
    assert len(server.requests_to("docking_events")) <= 6
    server.set_docking_events(events[:90])
    assert len(library().fetch(dockings=True).docking_events or []) == 90


def test_server_that_ignores_the_filter(server, library, docked):
    """The first page again is noticed at once, and named."""
    server.fault("every", "ignored", parameter="docking__gte", endpoint="docking_events")
    with pytest.raises(sa.AnswerError, match="The server ignores the filter"):
        library().fetch(dockings=True)
    assert len(server.requests_to("docking_events")) == 2


@pytest.mark.parametrize("ordinal", [1, 2, 3, "every"])
@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("short_page", {}), ("count_off", {"by": 1}), ("count_off", {"by": -20}), ("next_off", {})],
)
def test_pages_of_events_that_contradict(server, library, docked, kind, parameters, ordinal):
    """One page that is wrong means a second reading, a server that goes on so an error."""
    server.fault(ordinal, kind, endpoint="docking_events", **parameters)
    if ordinal == "every":
        with pytest.raises((sa.IncompleteError, sa.AnswerError)):
            library().fetch(dockings=True)
        server.clear_faults()
    found = library().fetch(dockings=True).docking_events
    assert ids(found) == ids(docked)
