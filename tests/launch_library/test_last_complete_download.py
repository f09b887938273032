"""The last complete download stays until the next is complete, and that one is resumed."""

from datetime import timedelta

import pytest

import spacecraft_analysis as sa
from tests.conftest import Library
from tests.launch_library import SMALL, docked_catalogue
from tests.launch_library.test_cache import entries, make_older, rewrite
from tests.ll2_server import Server

# Each test downloads several times over HTTP.
pytestmark = pytest.mark.slow

NEW = [record | {"description": "new"} for record in SMALL]


def described(snapshot: sa.Snapshot) -> set[str]:
    """Return what the records describe themselves as."""
    return {record["description"] for record in snapshot.records}


@pytest.fixture
def _throttled(server: Server, library: Library) -> None:
    """A complete download in the cache, and a refresh that met the rate limit at its third page."""
    library().fetch()
    server.set_records(NEW)
    server.requests.clear()
    server.fault(3, "throttled", wait=0)
    with pytest.raises(sa.ThrottledError):
        library().fetch(refresh=True)
    server.clear_faults()


@pytest.mark.usefixtures("_throttled")
@pytest.mark.parametrize("refresh", [False, True])
def test_refresh_is_continued(server, library, cache_dir, refresh):
    """The next call requests what is missing, also with `refresh`, and then all is new."""
    plan = library().plan(refresh=refresh)
    assert (plan.requests, plan.kept) == (1, 2)
    assert len(entries(cache_dir)) == 5
    assert described(library().fetch(refresh=refresh)) == {"new"}
    assert [request.status for request in server.spacecraft_requests] == [200, 200, 429, 200]
    assert described(library(offline=True).fetch()) == {"new"}
    assert len(entries(cache_dir)) == 3
    # Now it is complete: the next refresh begins anew.
    assert library().plan(refresh=True).requests == 7


@pytest.mark.usefixtures("_throttled")
def test_old_refresh_is_not_continued(server, library, cache_dir):
    """An unfinished refresh whose oldest page is too old begins anew."""
    make_older(cache_dir, timedelta(days=2))
    server.requests.clear()
    library().fetch(refresh=True)
    assert len(server.spacecraft_requests) == 3
    assert len(entries(cache_dir)) == 3


@pytest.mark.usefixtures("_throttled")
def test_damaged_refresh_is_continued(server, library, cache_dir):
    """A refresh stays one when a call without `refresh` requests its damaged page again."""
    rewrite(cache_dir, list(entries(cache_dir))[-1], b"")
    server.requests.clear()
    server.fault(2, "throttled", wait=0)
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    server.clear_faults()
    assert library().plan(refresh=True).kept == 2


def test_refresh_does_not_continue_what_was_none(server, library):
    """An unfinished download that was not a refresh may be of yesterday, and is not used."""
    server.fault(3, "throttled", wait=0)
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    server.clear_faults()
    server.requests.clear()
    library().fetch(refresh=True)
    assert len(server.spacecraft_requests) == 3


def test_craft_and_dockings_are_one_download(server, library, cache_dir):
    """A refresh that ends at the docking events leaves the craft of the last complete download."""
    records, events = docked_catalogue(120, 230, seed=2)
    server.set_records(records)
    server.set_docking_events(events)
    before = library().fetch(dockings=True)
    server.set_records([record | {"description": "new"} for record in records])
    server.requests.clear()
    server.fault(2, "throttled", wait=0, endpoint="docking_events")
    advice = r"download of docking events, .* is cached.*offline"
    with pytest.raises(sa.ThrottledError, match=advice):
        library().fetch(dockings=True, refresh=True)
    offline = library(offline=True).fetch(dockings=True)
    assert offline.records == records
    assert offline.docking_events == before.docking_events
    assert described(library().fetch(dockings=True)) == {"new"}
    assert [request.status for request in server.paid_requests] == [200, 200, 200, 429, 200, 200]
    assert described(library(offline=True).fetch(dockings=True)) == {"new"}
    assert len(entries(cache_dir)) == 5


def test_download_by_age_that_breaks_off(server, library, cache_dir):
    """A download that began because the cached one is old leaves that one, too."""
    library().fetch()
    make_older(cache_dir, timedelta(days=3))
    server.set_records(NEW)
    server.fault(2, "status", code=500)
    with pytest.raises(sa.AnswerError, match=r"1 of 3 pages are cached.*3 days old.*offline"):
        library().fetch()
    assert library(offline=True).fetch().records == SMALL
    assert described(library().fetch()) == {"new"}


@pytest.mark.parametrize("damaged", [slice(1), slice(None)])
def test_damaged_download_is_not_offered(server, library, cache_dir, damaged):
    """A refresh that meets the rate limit says so, and names no download that can't be used."""
    library().fetch()
    for key in sorted(entries(cache_dir))[damaged]:
        rewrite(cache_dir, key, b"")
    server.fault("every", "throttled", wait=60)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch(refresh=True)
    assert "offline" not in str(caught.value)
