"""A page can take LL2 a minute or more: a slow one is requested in halves, never again as it is."""

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import pagination
from spacecraft_analysis.launch_library.pagination import PageSize
from spacecraft_analysis.query import Query
from tests.launch_library import MANY, SMALL
from tests.ll2_server import Larger, Offset, Server
from tests.records import answer

# Each test waits for what is not sent, or downloads many pages.
pytestmark = pytest.mark.slow

# Long enough for pages that come at once to be quick ones on a busy machine.
CALM = timedelta(seconds=6)

NOT_IN_TIME: list[tuple[str, dict[str, Any]]] = [
    *(("status", {"code": code}) for code in (504, 520, 521, 522, 523, 524)),
    ("reset", {}),
    ("broken_off", {}),
    ("broken_off", {"keep": 0.99}),
    ("stall", {}),
    # Each byte comes in time, the page doesn't.
    ("drip_headers", {"every": 0.002}),
    ("drip_body", {}),
]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait hardly at all before a smaller page is requested."""
    monkeypatch.setattr(pagination, "_PAUSES", 100)


def requested(server: Server) -> list[tuple[int, int]]:
    """Return what was requested, page by page: where it begins, and its size."""
    queries = [request.query for request in server.spacecraft_requests]
    return [(int(query["offset"]), int(query["limit"])) for query in queries]


@pytest.mark.parametrize(
    ("kind", "parameters"), [("status", {"code": 524}), ("broken_off", {}), ("stall", {})], ids=str
)
def test_what_is_not_in_time_comes_in_halves(server, short_patience, kind, parameters):
    """A page that was slow, or broke off, is requested in halves, and never again as it is."""
    server.fault(2, kind, **parameters)
    assert short_patience().fetch().records == SMALL
    assert requested(server)[:3] == [(0, 100), (130, 100), (180, 50)]
    assert set(Counter(requested(server)).values()) == {1}


@pytest.mark.parametrize(("kind", "parameters"), NOT_IN_TIME, ids=str)
def test_server_that_is_never_in_time(server, library, kind, parameters):
    """A server that sends not even a quarter of a page in time is an AnswerError after three."""
    server.fault("every", kind, **parameters)
    before = time.monotonic()
    with pytest.raises(sa.AnswerError, match=r"limit=25&offset=0: .*try again later") as caught:
        library(patience=timedelta(seconds=0.1)).fetch()
    assert caught.value.temporary
    assert time.monotonic() - before < 20
    # On a busy machine the server reads a request only after the client has given it up.
    while len(requested(server)) < 3 and time.monotonic() - before < 40:
        time.sleep(0.01)
    assert requested(server) == [(0, 100), (0, 50), (0, 25)]


def test_proxy_that_refuses_every_full_page(server, library):
    """607 craft in halves are 15 requests: the larger size is tried once more, and then left."""
    server.set_records(MANY)
    server.fault(Larger(50), "status", code=524)
    assert library(patience=CALM).fetch().records == MANY
    pages = requested(server)
    assert len(pages) == 15
    assert [page for page in pages if page[1] == 100] == [(0, 100), (458, 100)]


def test_each_download_begins_with_full_pages(server, library):
    """What was too slow for one call may be in time for the next one, which tries it again."""
    server.fault(Larger(50), "status", code=524)
    calm = library(patience=CALM)
    calm.fetch()
    server.requests.clear()
    server.clear_faults()
    calm.fetch(refresh=True)
    assert requested(server) == [(0, 100), (130, 100), (31, 100)]


def test_what_is_cached_is_named(server, library):
    """Where even small pages fail, the error says what is cached, and the next call uses it."""
    for offset in (31, 81, 106):
        server.fault(Offset(offset), "status", code=524)
    cached = r"status 524.*too slow.*2 of 3 pages are cached and will not be requested again"
    with pytest.raises(sa.AnswerError, match=cached):
        library(patience=CALM).fetch()
    server.clear_faults()
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert requested(server) == [(31, 100)]


def test_small_limit_in_smaller_pages(server, library):
    """By id a small limit, too, comes in smaller pages where it is slow."""
    server.fault(1, "status", code=524)
    assert library(patience=CALM).fetch(limit=37).records == SMALL[:37]
    assert requested(server) == [(0, 37), (0, 25), (12, 25)]
    assert library(offline=True).fetch(limit=37).records == SMALL[:37]


def test_single_page_in_another_ordering_becomes_a_full_download(server, library):
    """Ties would repeat and skip on halves, so all is downloaded by id, ordered and cut; once."""
    server.fault(1, "status", code=524)
    calm = library(patience=CALM)
    query: dict[str, Any] = {"ordering": "-flights_count", "limit": 20}
    assert calm.fetch(**query).records == answer(SMALL, Query(**query))
    assert requested(server) == [(0, 20), (0, 100), (130, 100), (31, 100)]
    assert calm.plan(**query).requests == 0
    assert calm.fetch(**query).count == 20
    assert len(server.spacecraft_requests) == 4


def test_progress_of_smaller_pages(server, library):
    """A slow page is reported, and with what size the download goes on."""
    reported: list[str] = []
    server.fault(1, "status", code=524)
    library(patience=CALM, progress=lambda *step: reported.append(step[2])).fetch()
    assert any("page 1 was too slow; going on with 50 rows" in message for message in reported)


@pytest.mark.parametrize(
    ("story", "size"),
    [
        ("", 100),
        ("!", 50),
        ("! !", 25),
        ("! 1 1", 100),
        ("! 1 3 1", 50),
        ("! 1 1 ! 1 1 1 1", 50),
        ("! ! 1 1", 50),
        ("! ! 1 1 ! 1 1", 25),
        ("! ! 1 1 1 1", 100),
    ],
)
def test_page_size(story, size):
    """Halved by each failure, doubled by two quick pages in a row, but not to what failed twice."""
    page = PageSize((100, 50, 25), timedelta(seconds=6))
    for step in story.split():
        if step == "!":
            assert page.failed(page.size)
        else:
            page.succeeded(float(step))
    assert page.size == size
