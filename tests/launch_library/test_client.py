"""The arguments of `LaunchLibrary`, and what is sent for them."""

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.query import Query
from tests.launch_library import MANY, SMALL
from tests.ll2_server import Server
from tests.records import answer


def queries(server: Server) -> list[dict[str, str]]:
    """Return the queries of the requests for spacecraft."""
    return [request.query for request in server.spacecraft_requests]


@pytest.mark.slow
@pytest.mark.parametrize(("count", "requests"), [(592, 6), (595, 6), (596, 7), (607, 7)])
def test_pages_overlap_by_a_row(server, library, count, requests):
    """Five pages below the first one have 99 new rows each; no empty page is requested."""
    server.set_records(MANY[:count])
    assert library().fetch().records == MANY[:count]
    assert len(server.spacecraft_requests) == requests


def test_orderings_share_pages(server, library):
    """What only orders or cuts is answered by the cached pages of all records."""
    library().fetch()
    server.requests.clear()
    for query in ({"ordering": "-time_in_space"}, {"limit": 20}, {"limit": 120}):
        expected = answer(SMALL, Query(**query))
        assert library().fetch(**query).records == expected
    assert server.requests == []


@pytest.mark.parametrize("ordering", ["id", "-id", "flights_count", "-time_in_space"])
@pytest.mark.parametrize("limit", [1, 37, 100])
def test_small_limit_is_one_request(server, library, ordering, limit):
    """Up to a hundred records are one request of that size, in LL2's own ordering."""
    snapshot = library().fetch(ordering=ordering, limit=limit)
    column = ordering.removeprefix("-")
    expected = answer(SMALL, Query(ordering=ordering, limit=limit))
    assert [record[column] for record in snapshot.records] == [r[column] for r in expected]
    [query] = queries(server)
    assert (query["limit"], query["ordering"]) == (str(limit), ordering)


def test_small_limit_does_not_affect_a_full_download(server, library):
    """Cached pages of a few records do not cut those of all in pieces."""
    library().fetch(limit=25)
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert {query["limit"] for query in queries(server)} == {"100"}
    assert len(server.spacecraft_requests) == 3


@pytest.mark.parametrize(("limit", "requests"), [(101, 2), (199, 2), (200, 3), (999, 3)])
def test_larger_limit_by_id_requests_full_pages(server, library, limit, requests):
    """By id a larger limit requests full pages, as many as it needs, and cuts."""
    assert library().fetch(limit=limit).records == SMALL[:limit]
    assert len(server.spacecraft_requests) == requests
    assert {query["limit"] for query in queries(server)} == {"100"}


def test_larger_limit_in_another_ordering_is_a_full_download(server, library):
    """In another ordering a larger limit is a full download by id, ordered and cut."""
    records = library().fetch(ordering="-flights_count", limit=120).records
    assert records == answer(SMALL, Query(ordering="-flights_count", limit=120))
    assert [query["ordering"] for query in queries(server)] == ["id"] * 3


def test_every_request_names_format_ordering_and_client(server, library):
    """Each request is for JSON, by id, and names this package and its version."""
    library().fetch(search="o", ordering="flights_count")
    for request in server.spacecraft_requests:
        assert (request.query["format"], request.query["ordering"]) == ("json", "id")
        agent = f"spacecraft-analysis/{sa.__version__}"
        assert request.headers["User-Agent"] == agent


@pytest.mark.parametrize(
    ("query", "error", "hint"),
    [
        ({"serch": "Dragon"}, TypeError, "unexpected keyword"),
        ({"limit": 0}, ValueError, "at least 1"),
        ({"dockings": 1}, TypeError, "bool"),
        ({"refresh": None}, TypeError, "bool"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fetch", "plan"])
def test_wrong_argument_raises_before_anything_is_sent(server, library, query, error, hint, method):
    """A misspelt or impossible argument is an error that names it, and nothing is sent."""
    with pytest.raises(error) as caught:
        getattr(library(), method)(**query)
    assert next(iter(query)) in str(caught.value)
    assert hint in str(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("url", ["http://[::1]:80/2.3.0", "http://raumfähren.example./2.3.0/"])
def test_possible_base_url(url):
    """A number in brackets and a name in any script are addresses."""
    assert repr(sa.LaunchLibrary(base_url=url)) == f"<LaunchLibrary {url.rstrip('/')}/>"


NOT_AN_API = [
    *("", "ftp://example.org/2.3.0/", "example.org/2.3.0", "https:///2.3.0/", "https://[::1"),
    *("https://user:secret@example.org/2.3.0/", "https://example.org/2.3.0/?key=secret"),
    *("https://example.org:99999/2.3.0/", "https://example.org:secret/2.3.0/"),
    *("https://exa mple.org/2.3.0/", "https://example..org/2.3.0/", "https://*.org/2.3.0/"),
    f"https://{'a' * 70}.org/2.3.0/",
]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("max_age", 60, ": expected a timedelta"),
        ("max_age", timedelta(seconds=-1), ": must not be negative"),
        ("patience", timedelta(0), ": must be positive"),
        ("token", 5, ": expected str"),
        ("progress", True, ": expected a function"),
        ("cache_dir", "", ": expected a folder"),
        ("offline", "no", ": expected bool"),
        ("wait", "no", ": expected bool"),
        *(("base_url", url, r" \(LL2_BASE_URL\) is not a valid API URL") for url in NOT_AN_API),
        # No header can carry them.
        *(("token", token, "LL2_TOKEN") for token in ("two secrets", "secret\n", "naïve secret")),
    ],
)
def test_impossible_option(name, value, message):
    """A wrong type or value is an error that names the option, and repeats nothing private."""
    with pytest.raises((TypeError, ValueError), match=f"{name}.*{message}") as caught:
        sa.LaunchLibrary(**{name: value})
    assert "secret" not in str(caught.value)


def test_argument_beats_environment(server, library, monkeypatch):
    """An argument is used and the environment's word is not, also if it means none at all."""
    monkeypatch.setenv("LL2_BASE_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("LL2_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_OFFLINE", "1")
    library(token="", offline=False).fetch(limit=1)
    assert "Authorization" not in server.spacecraft_requests[0].headers


def test_offline_by_a_word_that_is_none(monkeypatch):
    """`true` is a ValueError that says what to write, and not ignored."""
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_OFFLINE", "true")
    with pytest.raises(ValueError, match="SPACECRAFT_ANALYSIS_OFFLINE='true': expected 1"):
        sa.LaunchLibrary()


def test_snapshot_says_what_was_requested(server, library):
    """A snapshot has its query, its address without page, and LL2's own time."""
    at = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=23)
    server.date = format_datetime(at, usegmt=True)
    snapshot = library().fetch(search="Dragon")
    assert snapshot.query == {"mode": "detailed", "search": "Dragon", "ordering": "id"}
    assert snapshot.url.startswith(f"{server.base_url}spacecraft/?")
    assert "offset" not in snapshot.url
    assert snapshot.retrieved_at == at


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 32 Apr 2025 99:00:00 GMT"])
def test_time_without_a_date_header(server, library, date):
    """Without a readable Date a page's time is when it was received, also at the second fetch."""
    server.date = date
    before = datetime.now(timezone.utc)
    retrieved_at = library().fetch().retrieved_at
    assert before <= retrieved_at <= datetime.now(timezone.utc)
    assert library().fetch().retrieved_at == retrieved_at


def test_date_without_an_offset_is_utc(server, library, monkeypatch):
    """A Date that says -0000 is UTC, in whatever zone the computer is."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    server.date = format_datetime(now.replace(tzinfo=None))
    monkeypatch.setenv("TZ", "EST5EDT")
    time.tzset()
    try:
        assert library().fetch().retrieved_at == now
    finally:
        monkeypatch.undo()
        time.tzset()


def test_home_in_a_folder_name(server, tmp_path, monkeypatch):
    """A `~` that no shell has read is the user's home, and no folder of that name is made."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_CACHE_DIR", "~/cached")
    sa.LaunchLibrary(base_url=server.base_url).fetch(limit=1)
    assert (tmp_path / "cached" / "downloads.sqlite").exists()
