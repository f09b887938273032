"""Fifteen requests an hour: told before, kept to, and nothing paid for twice."""

import pickle
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import api as ll2
from spacecraft_analysis.launch_library import pagination
from tests.conftest import RECORDS, SMALL, Answering, Library
from tests.ll2_server import LaunchLibraryServer, Offset

# Hundreds of pulls over HTTP.
pytestmark = pytest.mark.slow

FETCH = """
import sys
from spacecraft_analysis import LaunchLibrary
tell = lambda done, total, message: print(done, total, message, flush=True)
library = LaunchLibrary(base_url=sys.argv[1], cache_dir=sys.argv[2], wait=True, progress=tell)
print(library.fetch().sha256)
"""


def offsets(server: LaunchLibraryServer) -> list[str]:
    """Return which pages were asked for, in order."""
    return [request.query["offset"] for request in server.spacecraft_requests]


def statuses(server: LaunchLibraryServer) -> list[int | None]:
    """Return what each request for a page got."""
    return [request.status for request in server.spacecraft_requests]


def fetching(server: LaunchLibraryServer, cache_dir: Path) -> subprocess.Popen[str]:
    """Return a process of its own that fetches patiently."""
    command = [sys.executable, "-c", FETCH, server.base_url, str(cache_dir)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_throttle_names_wait_and_time(server: LaunchLibraryServer, library: Library) -> None:
    """A used-up allowance is a ThrottledError with the wait that LL2 asks for and its end."""
    server.quota = 2
    advice = r"allowance is used up.*LaunchLibrary\(wait=True\), or fetch --wait"
    with pytest.raises(sa.ThrottledError, match=advice) as caught:
        library().fetch()
    hour = timedelta(hours=1)
    assert hour - timedelta(minutes=1) < caught.value.wait <= hour
    left = caught.value.available_at - datetime.now(timezone.utc)
    assert abs(left - caught.value.wait) < timedelta(seconds=30)


def test_one_request_into_a_throttle(server: LaunchLibraryServer, library: Library) -> None:
    """The first 429 ends the fetch: nothing is asked again, whatever Retry-After says."""
    server.quota, server.period = 2, 1
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    assert statuses(server) == [200, 200, 429]


def test_resume_after_a_throttle(server: LaunchLibraryServer, library: Library) -> None:
    """After a throttle the same call asks only for what is missing."""
    server.quota = 2
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    got = offsets(server)[:2]
    server.advance(3600)
    assert library().fetch().records == SMALL
    assert sorted([*got, *offsets(server)[3:]]) == ["0", "100", "200"]


def test_resume_after_an_error(server: LaunchLibraryServer, library: Library) -> None:
    """After an error the pages that came before it are not asked again."""
    server.fault(3, "html")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    server.requests.clear()
    assert library().fetch().records == SMALL
    assert len(server.spacecraft_requests) == 1


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("120", 120), ("0", 0), ("soon", 60), ("-5", 60)]
)
def test_wait_by_retry_after_else_by_the_sentence(
    server: LaunchLibraryServer, library: Library, retry_after: str, seconds: int
) -> None:
    """Retry-After counts if it is readable, else the sentence in the body."""
    server.fault("every", "throttled", wait=60, retry_after=retry_after)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(seconds=seconds)


@pytest.mark.parametrize("wait", [1, 61])
def test_wait_by_the_sentence(server: LaunchLibraryServer, library: Library, wait: int) -> None:
    """Without a Retry-After the sentence tells the wait, in the singular too."""
    noun = "second" if wait == 1 else "seconds"
    detail = f"Request was throttled. Expected available in {wait} {noun}."
    server.fault("every", "status", code=429, detail=detail)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(seconds=wait)


def test_wait_by_a_date(server: LaunchLibraryServer, library: Library) -> None:
    """Retry-After may be a date, meant by LL2's own clock."""
    server.date = "Mon, 07 Apr 2025 23:00:00 GMT"
    server.fault("every", "throttled", retry_after="Mon, 07 Apr 2025 23:10:00 GMT")
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(minutes=10)


@pytest.mark.parametrize("date", ["now", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_wait_by_a_date_that_no_throttle_has(
    server: LaunchLibraryServer, library: Library, date: str
) -> None:
    """A Retry-After of thousands of years counts as none."""
    server.date = date
    server.fault("every", "throttled", wait=60, retry_after="Fri, 31 Dec 9999 23:59:59 GMT")
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "59 s"), (3599, "59 min 59 s"), (90_000, "25 h 0 min")]
)
def test_wait_in_words(
    server: LaunchLibraryServer, library: Library, seconds: int, words: str
) -> None:
    """The message tells the wait in units that one can picture."""
    server.fault("every", "throttled", wait=seconds)
    with pytest.raises(sa.ThrottledError, match=f"used up for {words}, until"):
        library().fetch()


def test_throttle_comes_back_from_another_process(
    server: LaunchLibraryServer, library: Library
) -> None:
    """An error of a worker process arrives with its message and its attributes."""
    server.quota = 0
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert (str(arrived), vars(arrived)) == (str(caught.value), vars(caught.value))


def test_wait_by_api_throttle(server: LaunchLibraryServer, library: Library) -> None:
    """Where the 429 says nothing, `/api-throttle/` is asked for the wait."""
    server.quota, server.next_use_secs = 1, 77
    library().fetch(limit=1)
    server.fault("every", "status", code=429)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(seconds=77)


def test_wait_where_nobody_says(server: LaunchLibraryServer, library: Library) -> None:
    """Where nobody tells the wait, it is the hour that LL2's allowance is for."""
    server.throttle_endpoint = False
    server.fault("every", "status", code=429)
    with pytest.raises(sa.ThrottledError) as caught:
        library().fetch()
    assert caught.value.wait == timedelta(hours=1)


def test_patient_fetch_counts_down_and_goes_on(
    server: LaunchLibraryServer, library: Library
) -> None:
    """With wait=True a throttle is waited out, aloud, and the pull is finished."""
    said: list[str] = []
    server.fault(2, "throttled", wait=1)
    patient = library(wait=True, progress=lambda done, total, message: said.append(message))
    assert patient.fetch().records == SMALL
    assert "LL2's allowance is used up; going on in 2 s" in said
    assert statuses(server).count(429) == 1


def test_patience_ends(server: LaunchLibraryServer, library: Library) -> None:
    """A server that throttles the same page without end is believed at the third time."""
    server.fault("every", "throttled", wait=0, retry_after="0")
    with pytest.raises(sa.ThrottledError):
        library(wait=True).fetch()
    assert statuses(server) == [429] * 3


def test_interrupted_wait_keeps_the_pages(server: LaunchLibraryServer, cache_dir: Path) -> None:
    """Ctrl-C while waiting ends the process, and the pages stay."""
    server.quota = 2
    with fetching(server, cache_dir) as process:
        assert process.stdout is not None
        while "going on in" not in (line := process.stdout.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in errors
    server.quota = None
    server.requests.clear()
    assert sa.LaunchLibrary(base_url=server.base_url).fetch().records == SMALL
    assert len(server.spacecraft_requests) == 1


def test_killed_pull_is_resumed(server: LaunchLibraryServer, cache_dir: Path) -> None:
    """After a kill -9 in the middle of a page the next fetch asks only for the rest."""
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


def test_four_processes_share_six_requests(server: LaunchLibraryServer, cache_dir: Path) -> None:
    """Four processes that start together end with four whole catalogues and six requests."""
    server.set_records(RECORDS)
    processes = [fetching(server, cache_dir) for _ in range(4)]
    ends = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in ends] == [""] * 4
    assert len({out.splitlines()[-1] for out, _ in ends}) == 1
    assert len(server.spacecraft_requests) == 6


def test_old_pages_are_asked_again(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is young enough for `max_age`, by default a day, and not a moment longer."""
    library().fetch()
    server.requests.clear()
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(hours=23, minutes=59))
    library().fetch()
    assert server.requests == []
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(hours=24))
    library().fetch()
    assert len(server.spacecraft_requests) == 3


def test_old_pages_are_never_mixed_with_new_ones(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a throttle left behind is asked again once it is too old."""
    server.quota = 2
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    server.quota = None
    server.set_records([record | {"description": "new"} for record in SMALL])
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(hours=24))
    assert {record["description"] for record in library().fetch().records} == {"new"}


def test_pages_from_the_future_are_asked_again(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was kept by a clock far ahead is of unknown age and asked again."""
    library().fetch(limit=5)
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() - timedelta(days=2))
    library().fetch(limit=5)
    assert len(server.spacecraft_requests) == 2


def test_refresh_asks_for_everything(server: LaunchLibraryServer, library: Library) -> None:
    """With refresh=True every page is asked again, and the new ones are kept."""
    library().fetch()
    server.set_records(SMALL[:-1])
    assert library().fetch(refresh=True).records == SMALL[:-1]
    assert library().fetch().records == SMALL[:-1]
    assert len(server.spacecraft_requests) == 6


def test_throttled_refresh_goes_on_without_refresh(
    server: LaunchLibraryServer, library: Library
) -> None:
    """After a throttled refresh the call without `refresh` asks for the rest, and mixes nothing."""
    library().fetch()
    server.set_records([record | {"description": "new"} for record in SMALL])
    server.requests.clear()
    server.fault(3, "throttled")
    with pytest.raises(sa.ThrottledError, match="the same call without refresh=True"):
        library().fetch(refresh=True)
    assert {record["description"] for record in library().fetch().records} == {"new"}
    assert statuses(server) == [200, 200, 429, 200]


def test_plan_before_anything_is_kept(server: LaunchLibraryServer, library: Library) -> None:
    """Without any page kept, the plan is an upper estimate, and costs nothing."""
    server.quota = 15
    plan = library().plan()
    assert (plan.requests, plan.kept, plan.estimated, plan.allowance_left) == (7, 0, True, 15)
    assert len(plan.urls) == 7
    assert server.spacecraft_requests == []


def test_plan_of_a_small_limit_is_exact(server: LaunchLibraryServer, library: Library) -> None:
    """A question of one request is no estimate."""
    plan = library().plan(limit=10, ordering="-flights_count")
    assert (plan.requests, plan.estimated) == (1, False)


def test_plan_names_what_fetch_then_asks(server: LaunchLibraryServer, library: Library) -> None:
    """The plan's addresses are what the fetch then asks for, in that order."""
    library().fetch(limit=1, search="a", mode="normal")
    library().fetch(limit=100)
    plan = library().plan()
    server.requests.clear()
    library().fetch()
    planned = [dict(parse_qsl(urlsplit(url).query)) for url in plan.urls]
    assert planned == [request.query for request in server.spacecraft_requests]
    assert (plan.requests, plan.kept, plan.estimated) == (2, 1, False)


def test_plan_when_everything_is_kept(server: LaunchLibraryServer, library: Library) -> None:
    """With every page kept a fetch costs nothing; a refresh costs all."""
    library().fetch()
    plan = library().plan()
    assert (plan.requests, plan.kept, plan.urls) == (0, 3, ())
    assert library().plan(refresh=True).requests == 7


def test_plan_after_a_throttle(server: LaunchLibraryServer, library: Library) -> None:
    """A plan tells when the next request is granted and when the pull can be done."""
    server.quota = 2
    with pytest.raises(sa.ThrottledError):
        library().fetch()
    plan = library().plan()
    assert (plan.requests, plan.kept, plan.allowance_left) == (1, 2, 0)
    assert plan.next_in is not None
    assert 3500 < plan.next_in.total_seconds() <= 3600
    assert 3500 < (plan.complete_at - datetime.now(timezone.utc)).total_seconds() <= 3600


@pytest.mark.parametrize(("quota", "hours"), [(7, 0), (6, 1), (3, 2), (1, 6)])
def test_plan_counts_the_periods(
    server: LaunchLibraryServer, library: Library, quota: int, hours: int
) -> None:
    """Seven requests take what is left now, and then a whole allowance each period."""
    server.quota = quota
    needed = library().plan().complete_at - datetime.now(timezone.utc)
    assert round(needed / timedelta(hours=1), 1) == hours


def test_plan_counts_on_nothing_before_a_period_is_over(
    server: LaunchLibraryServer, library: Library
) -> None:
    """When calls made before stop to count is not known; a period later they surely do."""
    server.quota = 4
    for limit in (1, 2):
        library().fetch(limit=limit, mode="normal")
    plan = library().plan()
    assert (plan.requests, plan.allowance_left) == (7, 2)
    needed = plan.complete_at - datetime.now(timezone.utc)
    assert round(needed / timedelta(hours=1), 1) == 2


def test_plan_prints_three_lines(server: LaunchLibraryServer, library: Library) -> None:
    """A plan prints as cost, allowance and time."""
    server.quota = 15
    cost, allowance, done = str(library().plan()).splitlines()
    assert cost == "requests needed: at most about 7 (pages kept: 0)"
    assert allowance == "allowance: 15 left, next request possible now"
    assert done.startswith("can be done: 20")


def test_allowance_as_a_list(server: LaunchLibraryServer, library: Library) -> None:
    """`/api-throttle/` may answer with a list of one."""
    server.quota, server.throttle_shape = 15, "list"
    assert library().plan().allowance_left == 15


def test_negative_seconds(server: LaunchLibraryServer, library: Library) -> None:
    """Negative seconds to the next request mean none."""
    server.quota, server.next_use_secs = 1, -40
    library().fetch(limit=1)
    plan = library().plan()
    assert (plan.allowance_left, plan.next_in) == (0, timedelta(0))


def test_no_api_throttle(server: LaunchLibraryServer, library: Library) -> None:
    """Without `/api-throttle/` a plan says that nobody knows, and a fetch works."""
    server.throttle_endpoint = False
    plan = library().plan()
    assert (plan.allowance_left, plan.next_in) == (None, None)
    assert "\nallowance: unknown, LL2 does not say\n" in str(plan)
    assert library().fetch().records == SMALL


def test_a_notebook_shows_a_plan_as_it_prints(library: Library) -> None:
    """Three lines to read, not every address in one."""
    from IPython.lib.pretty import pretty

    plan = library().plan()
    assert pretty(plan) == str(plan)


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        "null",
        '"no"',
        "<html>",
        "[" * 100_000,
        *(
            f'{{"your_request_limit": {limit}, "limit_frequency_secs": {period},'
            f' "current_use": 0, "next_use_secs": {wait}}}'
            for limit, period, wait in [
                ("1e999", 3600, 0),
                ("NaN", 3600, 0),
                (15, "null", 0),
                (15, 3600, 10**30),
                (15, 10**30, 0),
                (0, 3600, 0),
            ]
        ),
    ],
    ids=lambda body: body[:60],
)
def test_nonsense_from_api_throttle(answering: Answering, library: Library, body: str) -> None:
    """An allowance that makes no sense is an unknown one."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with answering(head + body) as base_url:
        assert library(base_url=base_url).plan().allowance_left is None


def test_stalled_api_throttle(
    answering: Answering, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan waits a moment of its own for the allowance, whatever the patience with a page."""
    monkeypatch.setattr(ll2, "_BRIEF", timedelta(seconds=0.3))
    before = time.monotonic()
    with answering(None) as base_url:
        assert library(base_url=base_url).plan().allowance_left is None
    assert time.monotonic() - before < 20


def test_plan_where_nobody_answers(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that could ask nobody says so, and promises nothing but what is kept."""
    library().fetch(limit=100)
    monkeypatch.setattr(server, "throttle_endpoint", False)
    assert "LL2 does not say" in str(library().plan())
    # The same pages, since a kept page's address names the server.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("no_proxy", "")
    plan = library().plan()
    assert (plan.requests, plan.kept) == (2, 1)
    assert "api-throttle/?format=json: the server can't be reached" in (plan.unanswered or "")
    _, allowance, done = str(plan).splitlines()
    assert allowance == "allowance: unknown, LL2 did not answer"
    assert done == "can be done: not now, since LL2 did not answer"
    assert "UTC at the earliest" in str(library().plan(limit=100))


def test_plan_where_a_proxy_answers(answering: Answering, library: Library) -> None:
    """What a server in front of LL2 says in its place is no answer of LL2's."""
    head = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nBusy"
    with answering(head) as base_url:
        plan = library(base_url=base_url).plan()
    assert "got status 503 (Busy)" in (plan.unanswered or "")
    assert library().plan().unanswered is None


def test_short_allowance_is_announced(server: LaunchLibraryServer, library: Library) -> None:
    """A fetch that the allowance can't cover says so first, and fetches what is granted."""
    told: list[tuple[Any, ...]] = []
    server.quota = 2
    with pytest.raises(sa.ThrottledError):
        library(progress=lambda *step: told.append(step)).fetch()
    message = "LL2 grants 2 requests now for up to 7 missing pages; fetching as many"
    assert told[0] == (0, None, message)
    assert told[-1][:2] == (2, 3)


def test_one_is_no_plural(server: LaunchLibraryServer, library: Library) -> None:
    """A single page and a single request are told as such."""
    told: list[str] = []
    server.quota = 2
    telling = library(progress=lambda done, total, message: told.append(message))
    telling.fetch(limit=1)
    telling.fetch(limit=100, search="a")
    assert told[::2] == [
        "asking Launch Library 2 for 1 page; it grants 2 requests now",
        "asking Launch Library 2 for 1 page; it grants 1 request now",
    ]


def test_allowance_informs_and_never_forbids(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `/api-throttle/` that says nothing is left does not keep a fetch from asking."""
    hour = timedelta(hours=1)
    nothing = ll2.Allowance(limit=15, period=hour, left=0, next_in=hour)
    monkeypatch.setattr(ll2.Server, "allowance", lambda self: nothing)
    assert library().fetch().records == SMALL


def test_offline_replays_even_old_pages(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline, pages of any age answer, and nothing is sent."""
    library().fetch()
    server.requests.clear()
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(days=400))
    assert library(offline=True, max_age=timedelta(0)).fetch().records == SMALL
    assert library(offline=True).plan().requests == 0
    assert server.requests == []


def test_offline_names_what_is_not_kept(server: LaunchLibraryServer, library: Library) -> None:
    """Offline, a page that is not kept is an OfflineError with its address."""
    with pytest.raises(sa.OfflineError) as caught:
        library(offline=True).fetch()
    assert caught.value.url.startswith(f"{server.base_url}spacecraft/?")
    assert caught.value.url in str(caught.value)


def test_offline_plan_says_what_is_missing(server: LaunchLibraryServer, library: Library) -> None:
    """Offline, a plan tells what is missing, asks nobody, and promises nothing."""
    library().fetch(limit=100)
    server.requests.clear()
    plan = library(offline=True).plan()
    assert (plan.requests, plan.kept, plan.allowance_left) == (2, 1, None)
    _, allowance, done = str(plan).splitlines()
    assert allowance == "allowance: unknown, not asked offline"
    assert done == "can be done: not offline, since pages are missing"
    assert server.requests == []


def test_offline_needs_every_page(server: LaunchLibraryServer, library: Library) -> None:
    """Offline, half a pull is an OfflineError with the address of what is missing."""
    server.fault(Offset(100), "html")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    with pytest.raises(sa.OfflineError) as caught:
        library(offline=True).fetch()
    assert "offset=100" in caught.value.url


def test_older_pull_is_named_when_ll2_is_down(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When LL2 is down, the error tells of an older complete pull; it is not used unasked."""
    library().fetch()
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(days=3))
    server.fault("every", "status", code=500)
    with pytest.raises(sa.AnswerError, match=r"3 days old.*offline=True\) or SPACECR.*_OFFLINE=1"):
        library().fetch()
    assert library(offline=True).fetch().records == SMALL


def test_half_an_older_pull_is_not_named(
    server: LaunchLibraryServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older pull that is not complete is of no use, and not spoken of."""
    server.fault(3, "html")
    with pytest.raises(sa.AnswerError):
        library().fetch()
    now = pagination._now
    monkeypatch.setattr(pagination, "_now", lambda: now() + timedelta(days=3))
    server.fault("every", "status", code=500)
    with pytest.raises(sa.AnswerError) as caught:
        library().fetch()
    assert "offline" not in str(caught.value)
