"""Docking events are walked like spacecraft, though LL2 offers no order of them without ties."""

from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.conftest import Library
from tests.ll2_server import LaunchLibraryServer, Offset, catalogue, ended, unknown_flight
from tests.ll2_server import with_dockings as dockings_of

# Hundreds of pulls over HTTP.
pytestmark = pytest.mark.slow

CRAFT = catalogue(607)


@pytest.fixture(scope="module")
def whole() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A catalogue as large as LL2's, and its docking events without a tie."""
    return dockings_of(CRAFT, 577, tie_every=10_000)


@pytest.fixture
def docked(server: LaunchLibraryServer) -> list[dict[str, Any]]:
    """Three pages of docking events, with a tie over each border, on the server with its craft."""
    records, events = dockings_of(catalogue(60, seed=2), 230, seed=2)
    server.set_records(records)
    server.set_docking_events(events)
    return events


def ids(events: list[dict[str, Any]] | None) -> list[int]:
    """Return the ids of events."""
    return [event["id"] for event in events or []]


def asked(server: LaunchLibraryServer) -> list[tuple[int, int]]:
    """Return what was asked for of docking events: where a page begins, and its size."""
    queries = [request.query for request in server.docking_requests]
    return [(int(query["offset"]), int(query["limit"])) for query in queries]


def test_whole_catalogue_is_thirteen_requests(
    server: LaunchLibraryServer, library: Library, whole: Any
) -> None:
    """607 craft and 577 docking events cost thirteen requests, and no second one ever."""
    records, events = whole
    server.set_records(records)
    server.set_docking_events(events)
    snapshot = library().fetch(dockings=True)
    assert snapshot.records == records
    assert sorted(ids(snapshot.docking_events)) == sorted(ids(events))
    assert len(server.paid_requests) == 13
    assert snapshot.query == {"mode": "detailed", "ordering": "id", "dockings": True}
    server.requests.clear()
    again = library().fetch(dockings=True)
    assert again.docking_events_sha256 == snapshot.docking_events_sha256
    assert library(offline=True).fetch(dockings=True).dockings.equals(snapshot.dockings)
    assert server.requests == []


def test_dockings_are_asked_for_only_where_they_are_wanted(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """Without `dockings=True` nothing of them is asked and the snapshot has none."""
    snapshot = library().fetch()
    assert not snapshot.has_dockings
    assert server.docking_requests == []
    assert "dockings" not in snapshot.query
    # The craft are not asked for a second time.
    server.requests.clear()
    assert library().fetch(dockings=True).has_dockings
    assert server.spacecraft_requests == []


@pytest.mark.parametrize("seed", range(6))
def test_tie_across_a_border(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]], seed: int
) -> None:
    """Where ties tear at a border, only their rows are asked for again; no event is lost."""
    server.rng.seed(seed)
    found = library().fetch(dockings=True).docking_events
    assert sorted(ids(found)) == sorted(ids(docked))
    assert asked(server)[:3] == [(0, 100), (200, 100), (100, 100)]
    assert set(asked(server)[3:]) <= {(99, 2), (199, 2)}
    assert library(offline=True).fetch(dockings=True).docking_events == found


def test_order_of_ties_is_the_same_each_time(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """Events come by docking, those of one moment by id, however LL2 broke the tie."""
    every = [library().fetch(dockings=True, refresh=True) for _ in range(4)]
    keys = [(event["docking"], event["id"]) for event in every[0].docking_events or []]
    assert keys == sorted(keys)
    assert len({snapshot.docking_events_sha256 for snapshot in every}) == 1


def test_throttle_in_the_second_walk(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """After a throttle in the middle of the second walk the same call asks for the rest alone."""
    server.fault(3, "throttled", endpoint="docking_events")
    with pytest.raises(sa.ThrottledError):
        library().fetch(dockings=True)
    assert library().plan(dockings=True).requests == 1
    server.requests.clear()
    server.clear_faults()
    snapshot = library().fetch(dockings=True)
    assert sorted(ids(snapshot.docking_events)) == sorted(ids(docked))
    assert server.spacecraft_requests == []
    assert (0, 100) not in asked(server)
    assert (200, 100) not in asked(server)


def test_without_a_filter_all_events_stay(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """Events of payloads and modules stay, and of craft that came after the first walk."""
    events = [unknown_flight(docked[0], 99_999_999), *docked[1:]]
    server.on_docking_request = lambda ordinal: ordinal == 1 and server.set_docking_events(events)
    snapshot = library().fetch(dockings=True)
    assert sorted(ids(snapshot.docking_events)) == sorted(ids(events))
    chasers = [event["flight_vehicle_chaser"] for event in snapshot.docking_events or []]
    assert 99_999_999 in [flight["id"] for flight in chasers if flight]
    assert None in chasers


@pytest.mark.parametrize("query", [{"search": "soyuz"}, {"limit": 7}, {"in_space": True}], ids=str)
def test_with_a_filter_those_of_the_craft_in_the_answer_stay(
    server: LaunchLibraryServer,
    library: Library,
    docked: list[dict[str, Any]],
    query: dict[str, Any],
) -> None:
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
    assert set(ids(snapshot.docking_events)) == expected
    assert len(ids(snapshot.docking_events)) == len(expected)


def test_no_events_at_all(server: LaunchLibraryServer, library: Library) -> None:
    """A catalogue without events is a snapshot that has dockings, of which there are none."""
    snapshot = library().fetch(dockings=True)
    assert snapshot.has_dockings
    assert (snapshot.docking_events, snapshot.dockings.height) == ([], 0)
    assert asked(server) == [(0, 100)]


def test_event_that_ends_between_the_walks(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """Each walk tells what LL2 had while it was read."""
    going_on = next(
        event for event in docked if event["departure"] is None and event["flight_vehicle_chaser"]
    )
    over = ended(going_on, "2025-04-08T00:00:00Z", "2025-04-08T05:00:00Z")
    events = [over if event is going_on else event for event in docked]
    server.on_docking_request = lambda ordinal: ordinal == 1 and server.set_docking_events(events)
    found = library().fetch(dockings=True).docking_events or []
    assert [e["departure"] for e in found if e["id"] == over["id"]] == ["2025-04-08T00:00:00Z"]


# Between the first page and the second that is read a change of both kinds may show nowhere.
@pytest.mark.parametrize(
    ("change", "ordinal"),
    [(change, ordinal) for change in ("come", "go") for ordinal in (1, 2, 3)]
    + [("both", 1), ("both", 3)],
)
def test_events_that_change_once(
    server: LaunchLibraryServer,
    library: Library,
    docked: list[dict[str, Any]],
    change: str,
    ordinal: int,
) -> None:
    """An event that comes or goes meanwhile costs a second reading; the result is the new state."""
    gone = sorted(docked, key=lambda event: str(event["docking"]))[50]["id"]
    new = docked[0] | {"id": 10_000_001, "docking": "2098-01-01T00:00:00Z"}
    after = [event for event in docked if change == "come" or event["id"] != gone]
    after += [] if change == "go" else [new]
    server.on_docking_request = lambda now: now == ordinal and server.set_docking_events(after)
    assert sorted(ids(library().fetch(dockings=True).docking_events)) == sorted(ids(after))


def test_slow_events_come_in_halves(
    server: LaunchLibraryServer, hasty: Library, docked: list[dict[str, Any]]
) -> None:
    """A page of events that is not in time comes in halves, each walk at its own pace."""
    server.fault(2, "status", code=524, endpoint="docking_events")
    server.fault(1, "status", code=524)
    snapshot = hasty().fetch(dockings=True)
    assert sorted(ids(snapshot.docking_events)) == sorted(ids(docked))
    assert asked(server)[:3] == [(0, 100), (200, 100), (200, 50)]


def test_a_tie_that_is_not_in_time_is_not_asked_for_again(
    server: LaunchLibraryServer, hasty: Library
) -> None:
    """The events of one moment come at once or not at all: there is nothing smaller to try."""
    _, events = dockings_of(catalogue(60, seed=2), 230, tie_every=10_000)
    events.sort(key=lambda event: event["docking"])
    tied = [event | {"docking": events[85]["docking"]} for event in events[85:115]]
    events[85:115] = tied
    server.set_docking_events(events)
    server.fault(Offset(85), "status", code=524, endpoint="docking_events")
    with pytest.raises(sa.AnswerError, match=r"3 of 4 pages are kept"):
        hasty().fetch(dockings=True)
    assert asked(server) == [(0, 100), (200, 100), (100, 100), (85, 30)]
    server.clear_faults()
    assert sorted(ids(hasty().fetch(dockings=True).docking_events)) == sorted(ids(events))
    assert asked(server)[4:] == [(85, 30)]


def test_place_with_more_rows_than_a_page(server: LaunchLibraryServer, library: Library) -> None:
    """More events of one moment than can be asked for at once are told, unless none is lost."""
    _, events = dockings_of(catalogue(60, seed=2), 230, seed=2)
    server.set_docking_events([event | {"docking": "2020-01-01T00:00:00Z"} for event in events])
    with pytest.raises(sa.IncompleteError, match=r"have \d+ different docking events"):
        library().fetch(dockings=True)
    assert library().fetch().count == 230


@pytest.mark.parametrize("when", ["every", Offset(100)])
@pytest.mark.parametrize("kind", ["repeated_page", "short_page", "count_off"])
def test_pages_of_events_that_do_not_fit(
    server: LaunchLibraryServer,
    library: Library,
    docked: list[dict[str, Any]],
    kind: str,
    when: Any,
) -> None:
    """A page of events that repeats others or lacks some is no tie, and found out."""
    server.fault(when, kind, endpoint="docking_events")
    with pytest.raises(sa.IncompleteError):
        library().fetch(dockings=True)
    server.clear_faults()
    assert sorted(ids(library().fetch(dockings=True).docking_events)) == sorted(ids(docked))


def test_plan(server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]) -> None:
    """A plan counts both walks: an upper estimate first, and then what is missing of either."""
    plan = library().plan(dockings=True)
    assert (plan.requests, plan.kept, plan.estimated) == (14, 0, True)
    assert sum("/docking_events/?" in url for url in plan.urls) == 7
    library().fetch()
    assert library().plan(dockings=True).estimated
    library().fetch(dockings=True)
    plan = library().plan(dockings=True)
    assert (plan.requests, plan.estimated, plan.urls) == (0, False, ())
    assert plan.kept >= 4


def test_announcement_covers_both_walks(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """The cost that is told first is that of both walks, and each then tells what it asks for."""
    told: list[tuple[int, int | None, str]] = []
    server.quota = 3
    with pytest.raises(sa.ThrottledError):
        library(progress=lambda *step: told.append(step)).fetch(dockings=True)
    announced = "LL2 grants 3 requests now for up to 14 missing pages; fetching as many"
    assert told[0] == (0, None, announced)
    assert told[1:] == [
        (1, 1, "spacecraft fetched"),
        (1, 3, "asking Launch Library 2 for docking events"),
        (2, 3, "asking Launch Library 2 for docking events"),
    ]


def test_offline_names_the_missing_events(library: Library, docked: list[dict[str, Any]]) -> None:
    """Offline, events that were never fetched are an OfflineError with their address."""
    library().fetch()
    with pytest.raises(sa.OfflineError) as caught:
        library(offline=True).fetch(dockings=True)
    assert "docking_events/?" in caught.value.url


def test_no_page_of_events(
    server: LaunchLibraryServer, library: Library, docked: list[dict[str, Any]]
) -> None:
    """What is no page of events is told as such, and the craft stay kept."""
    server.fault(1, "html", endpoint="docking_events")
    with pytest.raises(sa.AnswerError, match="expected a page of docking events, got HTML"):
        library().fetch(dockings=True)
    server.clear_faults()
    server.requests.clear()
    library().fetch(dockings=True)
    assert server.spacecraft_requests == []


@pytest.mark.parametrize("method", ["fetch", "plan"])
@pytest.mark.parametrize("value", [1, "yes", None])
def test_dockings_is_a_bool(
    server: LaunchLibraryServer, library: Library, method: str, value: Any
) -> None:
    """Anything but true or false is a TypeError, and nothing was sent."""
    with pytest.raises(TypeError, match=r"dockings=.*: expected bool"):
        getattr(library(), method)(dockings=value)
    assert server.requests == []


def test_load(
    server: LaunchLibraryServer, docked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`load("live", dockings=True)` fetches them, too."""
    monkeypatch.setenv("LL2_BASE_URL", server.base_url)
    assert sorted(ids(sa.load("live", dockings=True).docking_events)) == sorted(ids(docked))
