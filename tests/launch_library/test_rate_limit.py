"""Fifteen requests an hour: planned, respected, and no page requested twice."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

import spacecraft_analysis as sa
from tests.launch_library import MANY, SMALL, response
from tests.launch_library.test_cache import make_older
from tests.ll2_server import Offset, Server

# Hundreds of downloads over HTTP.
pytestmark = pytest.mark.slow

FETCH = """
import sys
from spacecraft_analysis import LaunchLibrary
print(LaunchLibrary(base_url=sys.argv[1], cache_dir=sys.argv[2], wait=True).fetch().sha256)
"""


def statuses(server: Server) -> list[int | None]:
    """Return what each request for a page got."""
    return [request.status for request in server.spacecraft_requests]


def fetching(server: Server, cache_dir: Path) -> subprocess.Popen[str]:
    """Return a process that fetches and waits for the rate limit."""
    command = [sys.executable, "-c", FETCH, server.base_url, str(cache_dir)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_rate_limit_names_wait_and_time(server, library):
    """A reached rate limit is a ThrottledError with the wait that LL2 asks for and its end."""
    server.quota = 2
    advice = r"rate limit is reached.*; LaunchLibrary\(wait=True\) waits by itself"
    with pytest.raises(sa.ThrottledError, match=advice) as caught:
        library().fetch()
    hour = timedelta(hours=1)
    assert hour - timedelta(minutes=1) < caught.value.wait <= hour
    assert caught.value.temporary
    assert statuses(server) == [200, 200, 429]
    left = caught.value.available_at - datetime.now(timezone.utc)
    assert abs(left - caught.value.wait) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        *(("120", 120), ("0", 0), ("soon", 60), ("-5", 60)),
        *(("Mon, 30 Nov 2026 08:05:00 GMT", 300), ("Fri, 31 Dec 9999 23:59:59 GMT", 60)),
    ],
)
def test_wait_by_retry_after_else_by_the_sentence(server, library, retry_after, seconds):
    """Retry-After counts if it is readable, a date by the server's clock, else the sentence."""
    server.date = "Mon, 30 Nov 2026 08:00:00 GMT"
    server.fault("every", "throttled", wait=60, retry_after=retry_after)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(seconds=seconds)


def test_wait_by_api_throttle(server, library):
    """Where the 429 has no wait, `/api-throttle/` has it."""
    server.quota, server.period = 1, 600
    library().fetch(limit=1)
    server.fault("every", "status", code=429)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert timedelta(minutes=8) < caught.value.wait <= timedelta(minutes=10)


def test_wait_that_is_unknown(server, library):
    """Where the wait is unknown, it is the hour that LL2's rate limit is for."""
    server.throttle_endpoint = False
    server.fault("every", "status", code=429)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(hours=1)


def test_fetch_that_waits(server, library):
    """With wait=True a rate limit is waited for, with one line of progress."""
    said: list[str] = []
    server.fault(2, "throttled", wait=0)
    waiting = library(wait=True, progress=lambda done, total, message: said.append(message))
    assert waiting.fetch().records == SMALL
    waits = [line for line in said if re.fullmatch(r"the rate limit is reached; cont.* UTC", line)]
    assert len(waits) == 1
    assert statuses(server).count(429) == 1


def test_waiting_ends(server, library):
    """A server that throttles the same page without end is believed at the third time."""
    server.fault("every", "throttled", wait=0, retry_after="0")
    with pytest.raises(sa.ThrottledError):
        library(wait=True).fetch()
    assert statuses(server) == [429] * 3


def test_killed_download_is_resumed(server, cache_dir):
    """After a kill -9 in the middle of a page the next fetch requests only the rest."""
    server.fault(3, "stall")
    with fetching(server, cache_dir) as process:
        end = time.monotonic() + 30
        while len(server.spacecraft_requests) < 3:
            assert time.monotonic() < end
            time.sleep(0.02)
        process.kill()
    server.clear_faults()
    server.requests.clear()
    assert sa.LaunchLibrary(base_url=server.base_url).fetch().records == SMALL
    assert len(server.spacecraft_requests) == 1


def test_three_processes_share_six_requests(server, cache_dir):
    """Three processes that start together end with three full catalogues and six requests."""
    server.set_records(MANY[:592])
    processes = [fetching(server, cache_dir) for _ in range(3)]
    ends = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in ends] == [""] * 3
    assert len({out for out, _ in ends}) == 1
    assert len(server.spacecraft_requests) == 6


def test_old_pages_are_requested_again(server, library, cache_dir):
    """A page is young enough for `max_age`, by default a day; one from the future is not."""
    library().fetch()
    server.requests.clear()
    make_older(cache_dir, timedelta(hours=23, minutes=59))
    library().fetch()
    assert server.requests == []
    for age in (timedelta(minutes=1), -timedelta(days=2)):
        make_older(cache_dir, age)
        library().fetch()
    assert len(server.spacecraft_requests) == 6


def test_plan_names_what_fetch_then_requests(server, library):
    """The plan's addresses are what the fetch then requests, in that order."""
    server.fault(2, "body")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    plan = library().plan()
    server.clear_faults()
    server.requests.clear()
    library().fetch()
    planned = [dict(parse_qsl(urlsplit(url).query)) for url in plan.urls]
    assert planned == [request.query for request in server.spacecraft_requests]
    assert (plan.requests, plan.kept, plan.estimated) == (2, 1, False)


def test_plan_takes_the_arguments_of_fetch(server, library):
    """Each argument of a query means the same to the plan as to the fetch."""
    query = {"mode": "normal", "in_space": True, "is_placeholder": False, "name": "Dragon"}
    query |= {"spacecraft_config": 6, "status": 1, "search": "a", "ordering": "-id", "limit": 5}
    [url] = library().plan(**query).urls
    library().fetch(**query)
    [request] = server.spacecraft_requests
    assert dict(parse_qsl(urlsplit(url).query)) == request.query


def test_plan_after_a_rate_limit(server, library):
    """A plan says when the next request is granted and when the fetch can be complete."""
    server.quota = 2
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    plan = library().plan()
    assert (plan.requests, plan.kept, plan.allowance_left) == (1, 2, 0)
    assert plan.next_in is not None
    assert 3500 < plan.next_in.total_seconds() <= 3600
    assert 3500 < (plan.complete_at - datetime.now(timezone.utc)).total_seconds() <= 3600


@pytest.mark.parametrize(("quota", "hours"), [(7, 0), (6, 1), (3, 2), (1, 6)])
def test_plan_counts_the_periods(server, library, quota, hours):
    """Seven requests take what is left now, and then the full rate limit each period."""
    server.quota = quota
    needed = library().plan().complete_at - datetime.now(timezone.utc)
    assert round(needed / timedelta(hours=1), 1) == hours


def test_plan_prints_three_lines(server, library):
    """An upper estimate at first; a plan prints as requests, rate limit and time."""
    server.quota = 15
    plan = library().plan()
    assert (plan.requests, plan.kept, plan.estimated, plan.allowance_left) == (7, 0, True, 15)
    assert len(plan.urls) == 7
    assert server.spacecraft_requests == []
    requests, rate_limit, complete = str(plan).splitlines()
    assert requests == "requests needed: up to 7 (0 pages cached)"
    assert rate_limit == "rate limit: 15 left, next request possible now"
    assert complete.startswith("can be complete: 20")


@pytest.mark.parametrize(
    "body",
    [
        *("[]", "{}", "null", '"no"', "<html>", "[" * 100_000),
        *(
            f'{{"your_request_limit": {limit}, "limit_frequency_secs": {period},'
            f' "current_use": 0, "next_use_secs": {wait}}}'
            for limit, period, wait in [
                *(("1e999", 3600, 0), ("NaN", 3600, 0), (15, "null", 0), (0, 3600, 0)),
                *((15, 3600, 10**30), (15, 10**30, 0)),
            ]
        ),
    ],
    ids=lambda body: body[:60],
)
def test_nonsense_from_api_throttle(answering, library, body):
    """A rate limit that makes no sense is an unknown one."""
    with answering(response(body=body)) as base_url:
        assert library(base_url=base_url).plan().allowance_left is None


def test_rate_limit_in_a_list(answering, library):
    """A list of one object is the same rate limit; a negative wait is none."""
    used = '"your_request_limit": 15, "current_use": 15'
    body = f'[{{{used}, "limit_frequency_secs": 3600, "next_use_secs": -3}}]'
    with answering(response(body=body)) as base_url:
        plan = library(base_url=base_url).plan()
    assert (plan.allowance_left, plan.next_in) == (0, timedelta(0))


def test_plan_without_a_response(server, library, monkeypatch):
    """A plan without a response says so, and promises nothing but what is cached."""
    library().fetch(search="a", limit=100)
    server.fault(2, "body")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    # The same pages, since a cached page's address names the server.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("no_proxy", "")
    plan = library().plan()
    assert (plan.requests, plan.kept) == (2, 1)
    assert "api-throttle/?format=json: the server can't be reached" in (plan.unanswered or "")
    _, rate_limit, complete = str(plan).splitlines()
    assert rate_limit == "rate limit: unknown, LL2 did not respond"
    assert complete == "can be complete: not now, since LL2 did not respond"
    assert "UTC at the earliest" in str(library().plan(search="a", limit=100))


def test_offline_needs_every_page(server, library):
    """Offline, half a download is an OfflineError with the address of what is missing."""
    server.fault(Offset(31), "body")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    with pytest.raises(sa.OfflineError) as caught:
        library(offline=True).fetch()
    assert "offset=31" in caught.value.url
    plan = library(offline=True).plan()
    assert (plan.requests, plan.kept, plan.allowance_left) == (1, 2, None)
    assert "can be complete: not offline, since pages are missing" in str(plan)


def test_rate_limit_is_remembered(server, library):
    """After one "throttled" response nothing that counts is sent, by no call on this machine."""
    server.quota = 2
    for query in [{}, {}, {"search": "a"}, {"mode": "normal"}, {"limit": 3}]:
        with pytest.raises(sa.ThrottledError) as caught:
            library().fetch(**query)
        assert timedelta(minutes=59) < caught.value.wait <= timedelta(hours=1)
    assert statuses(server) == [200, 200, 429]
    # LL2 says that it grants one again, whatever was remembered.
    server.quota = 3
    assert library().fetch().records == SMALL
    assert statuses(server) == [200, 200, 429, 200]


def test_rate_limit_that_ll2_does_not_report(server, library):
    """Where `/api-throttle/` says nothing, the remembered time counts."""
    server.quota, server.throttle_endpoint = 0, False
    for _ in range(2):
        with pytest.raises(sa.ThrottledError):
            library().fetch()
    assert statuses(server) == [429]


def test_rate_limit_is_remembered_by_caller(server, library, cache_dir):
    """A key has its own rate limit, and nothing of it is in the cache."""
    token = "0123456789abcdef0123456789abcdef"
    server.quota, server.tokens = 0, {token: None}
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    assert library(token=token).fetch().records == SMALL
    assert token.encode() not in (cache_dir / "downloads.sqlite").read_bytes()


def test_waiting_callers_send_one_request_into_the_rate_limit(server, library):
    """Callers that wait send one request into a rate limit together, and then what is missing."""
    server.quota, server.period = 5, 1
    with ThreadPoolExecutor(4) as threads:
        fetched = [threads.submit(library(wait=True).fetch, limit=101 + at) for at in range(4)]
    assert [future.result().count for future in fetched] == [101 + at for at in range(4)]
    # Eight requests are needed, of which LL2 grants five a second.
    assert len(statuses(server)) <= 8 + 2
