"""Whatever happens: the exact catalogue of one moment, or an error.

Pages are of twelve records here, so that catalogues of many pages are quickly made, and pauses
take no time.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import endpoints, pagination
from spacecraft_analysis.query import Query
from tests.launch_library.test_cache import make_older
from tests.ll2_server import Larger, Server, brief_catalogue
from tests.ll2_server.modes import normal
from tests.records import answer

pytestmark = pytest.mark.slow

PAGE = 12
# Thousands take minutes: EXAMPLES=4000 pytest tests/launch_library/test_completeness.py
EXAMPLES = int(os.environ.get("EXAMPLES", "15"))
Records = list[dict[str, Any]]
EVENTS: Records = [{"id": 7 * number % 61, "url": None} for number in range(1, 61)]
POOL: Records = brief_catalogue(90, seed=5)

Kind = tuple[str, dict[str, Any]]
PASSING: list[Kind] = [("ignored", {"parameter": "offset"}), ("status", {"code": 503})]
PASSING += [(kind, {}) for kind in ("short_page", "count_off", "next_off", "body", "truncated")]
# After these the same page is not requested again.
SLOW: list[Kind] = [("reset", {}), ("broken_off", {})]
SLOW += [("status", {"code": code}) for code in (504, 524)]
THROTTLED: Kind = ("throttled", {"wait": 0})

queries = st.fixed_dictionaries(
    {},
    optional={
        "in_space": st.booleans(),
        "search": st.sampled_from(["a", "dragon", "o"]),
        "ordering": st.sampled_from(["id", "-id", "-flights_count", "time_docked"]),
        "limit": st.sampled_from([1, 7, 11, 12, 13, 24, 30, 99]),
        "mode": st.sampled_from(["normal", "detailed"]),
    },
)
places = st.one_of(
    st.integers(1, 8), st.just("every"), st.sampled_from([PAGE // 2, PAGE // 4]).map(Larger)
)
slow_faults = st.tuples(places, st.sampled_from(SLOW))
faults = st.lists(
    st.one_of(
        st.tuples(places, st.sampled_from(PASSING)),
        slow_faults,
        st.tuples(st.integers(1, 8), st.just(THROTTLED)),
    ),
    max_size=2,
)
# An edit: some records go, by their place, and some come, by their place among those to come.
edits = st.tuples(
    st.lists(st.integers(0, 44), max_size=1), st.lists(st.integers(0, 44), max_size=1)
)


class Story:
    """A catalogue with a history, served to a client with an empty cache."""

    def __init__(self, server: Server, count: int) -> None:
        server.clear_faults()
        server.on_request.clear()
        self.server = server
        self.cache_dir = Path(tempfile.gettempdir(), "pages")
        rmtree(self.cache_dir, ignore_errors=True)
        # Every second record is there, so that others can come between them.
        self.states: list[Records] = [POOL[: 2 * count : 2]]
        server.set_records(self.states[0])
        server.set_docking_events([])
        server.requests.clear()
        self.library = sa.LaunchLibrary(base_url=server.base_url, cache_dir=self.cache_dir)
        self.offline = sa.LaunchLibrary(
            base_url=server.base_url, cache_dir=self.cache_dir, offline=True
        )

    def edit(self, gone: list[int], come: list[int]) -> None:
        """Remove the records at these places, and add some between or behind the others."""
        now = [record for place, record in enumerate(self.states[-1]) if place not in gone]
        ids = {record["id"] for record in now}
        now += [POOL[2 * place + 1] for place in come if POOL[2 * place + 1]["id"] not in ids]
        self.states.append(sorted(now, key=lambda record: record["id"]))
        self.server.set_records(self.states[-1])

    def possible(self, query: dict[str, Any]) -> list[Records]:
        """Return the right answers to a query: one for each state."""
        asked = Query(**query | {"mode": "detailed"})
        shape = normal if query.get("mode") == "normal" else dict
        return [[shape(record) for record in answer(state, asked)] for state in self.states]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all examples share; pages are small, and pauses take no time."""
    with pytest.MonkeyPatch.context() as patch, Server([]) as server:
        server.max_limit = PAGE
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("caches")))
        patch.setattr(endpoints, "PAGE_SIZE", PAGE)
        patch.setattr(pagination, "_PAUSES", 10**6)
        yield server


def same(records: Records, expected: Records, query: dict[str, Any]) -> bool:
    """Return whether two answers are equal, up to ties where LL2 itself did the ordering."""
    column = query.get("ordering", "id").removeprefix("-")
    if column == "id" or query.get("limit", 99) > PAGE:
        return records == expected
    return [record[column] for record in records] == [record[column] for record in expected]


def set_faults(server: Server, faults: list[Any], **endpoint: Any) -> None:
    """Have these go wrong from now on."""
    server.clear_faults()
    for when, (kind, parameters) in faults:
        server.fault(when, kind, **parameters, **endpoint)


@settings(max_examples=EXAMPLES, deadline=None)
@given(count=st.integers(0, 45), query=queries)
def test_no_request_more_than_needed(server, count, query):
    """A plan names every request; a second fetch sends none and gives the same."""
    story = Story(server, count)
    found = story.library.fetch(**query)
    [expected] = story.possible(query)
    assert same(found.records, expected, query)
    sent = len(server.spacecraft_requests)
    limit = query.get("limit", 99)
    whole = query.get("ordering", "id") != "id" and limit > PAGE
    [rows] = story.possible({} if whole else {"limit": limit})
    # Each page below the first has one row that is known already.
    assert sent <= max(1, -(-(len(rows) - 1) // (PAGE - 1)))
    assert story.library.plan(**query).requests == 0
    assert story.library.fetch(**query).records == found.records
    assert len(server.spacecraft_requests) == sent


@settings(max_examples=EXAMPLES, deadline=None)
@given(count=st.integers(0, 45), ordinal=st.integers(1, 6), edit=edits)
def test_one_edit(server, count, ordinal, edit):
    """A record that goes, one that comes, or both, between any pages: the state of one moment."""
    story = Story(server, count)
    server.on_request["spacecraft"] = lambda number: number == ordinal and story.edit(*edit)
    assert story.library.fetch().records in story.states


@settings(max_examples=EXAMPLES, deadline=None)
@given(count=st.integers(0, 45), edits=st.dictionaries(st.integers(1, 9), edits, max_size=5))
def test_many_edits(server, count, edits):
    """No record that was there throughout is missing or twice, or it is an error."""
    story = Story(server, count)
    server.on_request["spacecraft"] = lambda number: number in edits and story.edit(*edits[number])
    with suppress(sa.IncompleteError):
        found = [record["id"] for record in story.library.fetch().records]
        states = [{record["id"] for record in state} for state in story.states]
        assert len(set(found)) == len(found)
        assert set.intersection(*states) <= set(found) <= set.union(*states)


@settings(max_examples=EXAMPLES, deadline=None)
@given(count=st.integers(0, 45), query=queries, before=queries, faults=faults)
def test_exact_or_an_error(server, count, query, before, faults):
    """With faults, rate limits and pages cached before, an answer is exact or an error."""
    story = Story(server, count)
    story.library.fetch(**before)
    set_faults(server, faults)
    [expected] = story.possible(query)
    for _ in range(3):
        with suppress(sa.LaunchLibraryError):
            assert same(story.library.fetch(**query).records, expected, query)


# After a smaller page the size grows again, and the slow page would be the next one.
@example(count=28, query={}, slow=[(1, ("reset", {}))], throttled=12)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    count=st.integers(0, 45),
    query=queries,
    slow=st.lists(slow_faults, min_size=1, max_size=4),
    throttled=st.integers(1, 12),
)
def test_slow_server(server, count, query, slow, throttled):
    """Whatever is not received in time, an answer is exact, and no call requests a page twice."""
    story = Story(server, count)
    set_faults(server, [*slow, (throttled, THROTTLED)])
    [expected] = story.possible(query)
    for _ in range(3):
        server.requests.clear()
        with suppress(sa.AnswerError, sa.ThrottledError):
            assert same(story.library.fetch(**query).records, expected, query)
        sent = [tuple(request.query.items()) for request in server.spacecraft_requests]
        assert len(set(sent)) == len(sent)
    server.clear_faults()
    assert same(story.library.fetch(**query).records, expected, query)


steps = st.lists(
    st.tuples(queries, st.booleans(), st.sampled_from([0, 0, 30]), faults), min_size=2, max_size=6
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(count=st.integers(0, 45), steps=steps, edit=edits)
def test_last_complete_download_stays(server, count, steps, edit):
    """What was complete once can be had offline ever after, whatever was requested since."""
    story = Story(server, count)
    answered: list[dict[str, Any]] = []
    for query, refresh, hours, faults in steps:
        if answered:
            make_older(story.cache_dir, timedelta(hours=hours))
        set_faults(server, faults)
        with suppress(sa.LaunchLibraryError):
            story.library.fetch(**query, refresh=refresh)
            answered.append(query)
        story.edit(*edit)
        for known in answered:
            found = story.offline.fetch(**known).records
            assert any(same(found, expected, known) for expected in story.possible(known))


# Days on which events fall: few, so that many share one.
days = st.lists(st.integers(1, 28), max_size=45)


def events_on(days: list[int]) -> Records:
    """Return docking events on these days, but so few on one that a small page holds them."""
    known = Counter(days)
    spread = [day for day in sorted(known) for _ in range(min(known[day], PAGE // 4 - 1))]
    return [
        event | {"docking": f"2020-01-{day:02}T00:00:00Z"}
        for event, day in zip(EVENTS, spread, strict=False)
    ]


def keys(events: Records | None) -> list[tuple[str, int]]:
    """Return when and which events are, in their order."""
    return [(event["docking"], event["id"]) for event in events or []]


@settings(max_examples=EXAMPLES, deadline=None)
@given(days=days, slow=st.lists(slow_faults, max_size=2), throttled=st.integers(1, 12))
def test_events_are_exact(server, days, slow, throttled):
    """However LL2 breaks ties, slow or throttled: every event once, by docking time and id."""
    story = Story(server, 5)
    events = events_on(days)
    server.set_docking_events(events)
    set_faults(server, [*slow, (throttled, THROTTLED)], endpoint="docking_events")
    for _ in range(2):
        server.requests.clear()
        with suppress(sa.AnswerError, sa.ThrottledError):
            found = story.library.fetch(dockings=True).docking_events
            assert keys(found) == sorted(keys(events))
        sent = [tuple(request.query.items()) for request in server.requests_to("docking_events")]
        assert len(set(sent)) == len(sent)
    server.clear_faults()
    assert keys(story.library.fetch(dockings=True).docking_events) == sorted(keys(events))
    server.requests.clear()
    story.library.fetch(dockings=True)
    assert server.requests == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    days=days,
    ordinal=st.integers(1, 6),
    gone=st.integers(0, 44),
    come=st.lists(st.integers(1, 28), max_size=1),
    faults=faults,
)
def test_one_edit_of_events(server, days, ordinal, gone, come, faults):
    """An event that goes, one that comes, or both: the events of one moment, or an error."""
    story = Story(server, 5)
    before = events_on(days)
    new = [EVENTS[-1] | {"docking": f"2020-01-{day:02}T12:00:00Z"} for day in come]
    after = [event for at, event in enumerate(before) if at != gone] + new
    server.set_docking_events(before)
    set_faults(server, faults, endpoint="docking_events")
    server.on_request["docking_events"] = lambda number: (
        number == ordinal and server.set_docking_events(after)
    )
    for _ in range(3):
        with suppress(sa.LaunchLibraryError):
            found = story.library.fetch(dockings=True).docking_events
            assert keys(found) in (sorted(keys(before)), sorted(keys(after)))
