"""The last whole pull stays until the next one is whole, and nothing of that one is paid twice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from tests.conftest import SMALL, Library
from tests.launch_library.test_cache import make_older, walks
from tests.ll2_server import LaunchLibraryServer, catalogue, with_dockings

# Each test pulls several times over HTTP.
pytestmark = pytest.mark.slow

NEW = [record | {"description": "new"} for record in SMALL]


def told(snapshot: sa.Snapshot) -> set[str]:
    """Return what the records describe themselves as."""
    return {record["description"] for record in snapshot.records}


@pytest.fixture
def broken_off(server: LaunchLibraryServer, library: Library) -> sa.Snapshot:
    """The last whole pull, after a refresh of a new catalogue that a throttle broke off."""
    before = library().fetch()
    server.set_records(NEW)
    server.requests.clear()
    server.fault(3, "throttled")
    with pytest.raises(sa.ThrottledError):
        library().fetch(refresh=True)
    server.clear_faults()
    return before


def test_offline_gives_the_last_whole_pull(library: Library, broken_off: sa.Snapshot) -> None:
    """While a refresh is not whole, offline the older pull answers, with its own times."""
    found = library(offline=True).fetch()
    assert found.records == SMALL
    assert found.retrieved_at == broken_off.retrieved_at


@pytest.mark.usefixtures("broken_off")
def test_refresh_is_gone_on_with(server: LaunchLibraryServer, library: Library) -> None:
    """The same call goes on with the refresh, asks for what is missing, and mixes nothing."""
    plan = library().plan()
    assert (plan.requests, plan.kept) == (1, 2)
    assert told(library().fetch()) == {"new"}
    assert [request.status for request in server.spacecraft_requests] == [200, 200, 429, 200]
    assert told(library(offline=True).fetch()) == {"new"}


def test_craft_and_dockings_are_one_pull(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A refresh that breaks off at the docking events leaves the craft of the last whole pull."""
    records, events = with_dockings(catalogue(120, seed=2), 230, seed=2, tie_every=10_000)
    server.set_records(records)
    server.set_docking_events(events)
    before = library().fetch(dockings=True)
    server.set_records([record | {"description": "new"} for record in records])
    server.requests.clear()
    server.fault(2, "throttled", endpoint="docking_events")
    with pytest.raises(
        sa.ThrottledError, match=r"pull of docking events, .* is kept.*offline=True"
    ):
        library().fetch(dockings=True, refresh=True)
    offline = library(offline=True).fetch(dockings=True)
    assert offline.records == records
    assert offline.dockings.equals(before.dockings)
    assert told(library().fetch(dockings=True)) == {"new"}
    assert [request.status for request in server.paid_requests] == [200, 200, 200, 429, 200, 200]
    assert told(library(offline=True).fetch(dockings=True)) == {"new"}
    assert len(walks(cache_dir)) == 2


def test_who_may_only_read_ends_no_pull(
    server: LaunchLibraryServer,
    library: Library,
    cache_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Craft of a pull that broke off at the docking events are read from a folder as it is."""
    library().fetch()
    server.set_records(NEW)
    server.fault(1, "throttled", endpoint="docking_events")
    with pytest.raises(sa.ThrottledError):
        library().fetch(dockings=True, refresh=True)
    before = walks(cache_dir)
    monkeypatch.setattr("spacecraft_analysis.launch_library.cache.may_write", lambda _: False)
    assert told(library().fetch()) == {"new"}
    assert walks(cache_dir) == before


@pytest.mark.usefixtures("broken_off")
def test_older_pulls_do_not_pile_up(library: Library, cache_dir: Path) -> None:
    """Once the refresh is whole, the older pull is removed."""
    assert len(walks(cache_dir)) == 2
    library().fetch()
    assert len(walks(cache_dir)) == 1
    for _ in range(3):
        library().fetch(refresh=True)
    assert len(walks(cache_dir)) == 1


@pytest.mark.usefixtures("broken_off")
def test_refreshes_that_break_off_do_not_pile_up(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """Of several refreshes that break off the newest is kept, beside the last whole pull."""
    for _ in range(3):
        server.fault(3, "throttled")
        with pytest.raises(sa.ThrottledError):
            library().fetch(refresh=True)
    assert len(walks(cache_dir)) == 2
    assert library(offline=True).fetch().records == SMALL


def test_pull_by_age_that_breaks_off(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A pull that began because the kept one is old costs nothing that was there either."""
    library().fetch()
    make_older(cache_dir, timedelta(days=3))
    server.set_records(NEW)
    server.fault(2, "status", code=500)
    with pytest.raises(sa.AnswerError, match=r"1 of 3 pages are kept.*3 days old.*offline=True"):
        library().fetch()
    assert library(offline=True).fetch().records == SMALL
    assert told(library().fetch()) == {"new"}


def test_smaller_question_does_not_end_a_larger_pull(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """A refresh of the first hundred leaves the whole pull, which still answers for all."""
    library().fetch()
    server.set_records(NEW)
    assert told(library().fetch(limit=100, refresh=True)) == {"new"}
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert told(library().fetch(limit=100)) == {"new"}
    assert server.requests == []


def test_changed_catalogue_never_costs_the_last_whole_pull(
    server: LaunchLibraryServer, library: Library
) -> None:
    """When LL2 changes at each request, nothing of that is kept, and the older pull stays."""
    library().fetch()
    server.on_request = lambda ordinal: server.set_records(NEW[: 230 - ordinal])
    with pytest.raises(sa.IncompleteError):
        library().fetch(refresh=True)
    assert library(offline=True).fetch().records == SMALL
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert server.requests == []


def test_page_too_old_is_not_gone_on_with(
    server: LaunchLibraryServer, library: Library, cache_dir: Path
) -> None:
    """What is left of a pull that broke off days ago is asked again."""
    server.fault(3, "throttled")
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    make_older(cache_dir, timedelta(days=2))
    server.set_records(NEW)
    server.clear_faults()
    server.requests.clear()
    assert told(library().fetch()) == {"new"}
    assert len(server.spacecraft_requests) == 3


@pytest.mark.parametrize("limit", [None, 150])
def test_pages_of_one_pull_serve_the_next(
    server: LaunchLibraryServer, library: Library, limit: int | None
) -> None:
    """What one question has kept is not paid for by a larger one."""
    library().fetch(limit=100)
    server.requests.clear()
    query: dict[str, Any] = {} if limit is None else {"limit": limit}
    assert library().fetch(**query).records == SMALL[:limit]
    assert "0" not in [request.query["offset"] for request in server.spacecraft_requests]
