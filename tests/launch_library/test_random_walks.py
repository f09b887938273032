"""Whatever happens: the exact catalogue, in a state that LL2 had, or an error of ours.

Pages are of twelve records here, so that catalogues of many pages are quickly made, and pauses
take no time.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import endpoints, pagination
from spacecraft_analysis.query import Query
from tests.launch_library.test_cache import make_older
from tests.ll2_server import Larger, LaunchLibraryServer, Offset, catalogue, with_dockings
from tests.ll2_server.modes import normal
from tests.records import answer

PAGE = 12
FILTERS = ("in_space", "search")
Records = list[dict[str, Any]]

EVENTS: Records = with_dockings(catalogue(30, seed=5), 45, seed=5)[1]
POOL = [record | {"flights": []} for record in catalogue(75, seed=5)]
pytestmark = pytest.mark.slow

PASSING = ["short_page", "repeated_page", "count_off", "html", "truncated"]
# After these the same page is not asked for again.
SLOW: list[tuple[str, dict[str, Any]]] = [
    ("reset", {}),
    ("broken_off", {}),
    ("status", {"code": 504}),
    ("status", {"code": 524}),
]
DOWN: tuple[str, dict[str, Any]] = ("status", {"code": 503})

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
    st.integers(1, 8),
    st.just("every"),
    st.integers(0, 5).map(lambda page: Offset(PAGE * page)),
    st.sampled_from([PAGE // 2, PAGE // 4]).map(Larger),
)
slow_faults = st.tuples(places, st.sampled_from(SLOW))
faults = st.lists(
    st.one_of(
        st.tuples(places, st.sampled_from([(kind, {}) for kind in PASSING] + [DOWN])),
        slow_faults,
        st.tuples(st.integers(1, 8), st.just(("throttled", {}))),
    ),
    max_size=2,
)
# At which request what happens: some records vanish, by their place, and some new ones come.
changes = st.dictionaries(
    st.integers(1, 9),
    st.tuples(st.lists(st.integers(0, 44), max_size=3), st.integers(0, 3)),
    max_size=3,
)


@pytest.fixture(scope="module")
def small_pages() -> Iterator[LaunchLibraryServer]:
    """A server that all examples share, with pages of twelve records, and a client that knows."""
    with (
        mock.patch.object(endpoints, "PAGE", PAGE),
        mock.patch.object(pagination, "_PAUSES", 10**6),
        LaunchLibraryServer([], max_limit=PAGE) as server,
    ):
        yield server


class Story:
    """A catalogue with a history, served from `server` to a client with an empty cache."""

    def __init__(self, server: LaunchLibraryServer, count: int, cache_dir: str) -> None:
        server.clear_faults()
        server.on_request = None
        server.requests.clear()
        server.set_records(POOL[:count])
        self.server = server
        self.states: list[Records] = [POOL[:count]]
        self.fresh = iter(POOL[count:])
        server.on_docking_request = None
        server.set_docking_events([])
        self.library = sa.LaunchLibrary(base_url=server.base_url, cache_dir=cache_dir)

    def change(self, gone: list[int], come: int) -> None:
        """Remove the records at these places, add some with higher ids."""
        now = [record for place, record in enumerate(self.server.records) if place not in gone]
        now += [record for record, _ in zip(self.fresh, range(come), strict=False)]
        self.server.set_records(now)
        self.states.append(now)

    def possible(self, query: dict[str, Any], *, lies: bool = False) -> list[Records]:
        """Return the right answers to a query: one for each state.

        And the one kind of wrong ones that nobody can see: the first page, which is read before
        all others, in an earlier state with as many records, or said to have as many by a lie.
        """
        asked = Query.of(query | {"mode": "detailed"})
        filters = Query.of({name: query[name] for name in FILTERS if name in query})
        matching = [answer(state, filters) for state in self.states]
        first_is_older = [
            older[:size] + newer[size:]
            for older, newer in combinations(matching, 2)
            if len(older) == len(newer) or lies
            for size in (PAGE, PAGE // 2, PAGE // 4)
        ]
        shape = normal if query.get("mode") == "normal" else dict
        return [
            [shape(record) for record in answer(state, asked)]
            for state in [*matching, *first_is_older]
        ]


def same(records: Records, expected: Records, query: dict[str, Any]) -> bool:
    """Return whether two answers are equal, up to ties where LL2 itself did the ordering."""
    column = query.get("ordering", "id").removeprefix("-")
    if column == "id" or query.get("limit", 99) > PAGE:
        return records == expected
    return [record[column] for record in records] == [record[column] for record in expected]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(0, 45), query=queries)
def test_no_request_more_than_needed(
    small_pages: LaunchLibraryServer, count: int, query: dict[str, Any]
) -> None:
    """A catalogue that stays as it is takes one request a page, and no second one ever."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        found = story.library.fetch(**query)
        [expected] = story.possible(query)
        assert same(found.records, expected, query)
        filters = {name: query[name] for name in FILTERS if name in query}
        [matching] = story.possible(filters)
        wanted = len(matching)
        if query.get("limit", 99) <= PAGE or query.get("ordering", "id") == "id":
            wanted = min(wanted, query.get("limit", 99))
        assert len(small_pages.spacecraft_requests) == max(1, -(-wanted // PAGE))
        assert story.library.plan(**query).requests == 0
        assert story.library.fetch(**query).records == found.records
        assert len(small_pages.spacecraft_requests) == max(1, -(-wanted // PAGE))


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 45),
    query=queries,
    before=st.one_of(st.none(), queries),
    changes=changes,
    faults=faults,
)
def test_exact_or_an_error(
    small_pages: LaunchLibraryServer,
    count: int,
    query: dict[str, Any],
    before: dict[str, Any] | None,
    changes: dict[int, tuple[list[int], int]],
    faults: list[tuple[Any, tuple[str, dict[str, Any]]]],
) -> None:
    """With changes, faults, throttles and pages kept before, an answer is exact or an error."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        if before is not None:
            story.library.fetch(**before)
        small_pages.requests.clear()
        for when, (kind, parameters) in faults:
            small_pages.fault(when, kind, **parameters)
        small_pages.on_request = lambda ordinal: (
            ordinal in changes and story.change(*changes[ordinal])
        )
        answers = []
        for _ in range(3):
            with suppress(sa.LaunchLibraryError):
                answers.append(story.library.fetch(**query))
        lies = any(kind == "count_off" for _, (kind, _) in faults)
        possible = story.possible(query, lies=lies)
        for answer in answers:
            assert any(same(answer.records, expected, query) for expected in possible)


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(0, 45),
    before=st.lists(queries, max_size=2),
    broken=st.integers(1, 6),
    query=queries,
)
def test_plan_is_what_fetch_sends(
    small_pages: LaunchLibraryServer,
    count: int,
    before: list[dict[str, Any]],
    broken: int,
    query: dict[str, Any],
) -> None:
    """A plan that is no estimate names every request that a fetch sends; an estimate no fewer."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        small_pages.fault(broken, "html")
        for one in [*before, query]:
            with suppress(sa.AnswerError):
                story.library.fetch(**one)
        small_pages.clear_faults()
        plan = story.library.plan(**query)
        small_pages.requests.clear()
        story.library.fetch(**query)
        sent = [f"offset={request.query['offset']}" for request in small_pages.spacecraft_requests]
        if plan.estimated:
            assert plan.requests >= len(sent)
        else:
            assert [url.split("&")[-1] for url in plan.urls] == sent


@settings(max_examples=30, deadline=None)
@given(count=st.integers(PAGE + 1, 45), data=st.data())
def test_record_that_goes_while_another_comes(
    small_pages: LaunchLibraryServer, count: int, data: st.DataObject
) -> None:
    """With the count the same again, a skipped row would show nowhere but in the walk's order.

    What nobody can see is a change between the first page and the second that is read.
    """
    ordinal = data.draw(st.integers(3, -(-count // PAGE) + 1))
    place = data.draw(st.integers(0, count - 1))
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        small_pages.on_request = lambda number: number == ordinal and story.change([place], 1)
        assert story.library.fetch().records in story.states
        assert len(small_pages.spacecraft_requests) <= 2 * -(-count // PAGE)


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 45),
    query=queries,
    slow=st.lists(slow_faults, min_size=1, max_size=4),
    throttled=st.one_of(st.none(), st.integers(1, 12)),
)
def test_slow_server(
    small_pages: LaunchLibraryServer,
    count: int,
    query: dict[str, Any],
    slow: list[tuple[Any, tuple[str, dict[str, Any]]]],
    throttled: int | None,
) -> None:
    """Whatever does not come in time, an answer is whole, and no call asks twice for a page."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        for when, (kind, parameters) in slow:
            small_pages.fault(when, kind, **parameters)
        if throttled:
            small_pages.fault(throttled, "throttled")
        [expected] = story.possible(query)
        for _ in range(3):
            small_pages.requests.clear()
            with suppress(sa.AnswerError, sa.ThrottledError):
                assert same(story.library.fetch(**query).records, expected, query)
            asked = [tuple(request.query.items()) for request in small_pages.spacecraft_requests]
            assert len(set(asked)) == len(asked)
        small_pages.clear_faults()
        assert same(story.library.fetch(**query).records, expected, query)


steps = st.lists(
    st.tuples(queries, st.booleans(), st.sampled_from([0, 0, 30]), faults, changes),
    min_size=2,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 45), steps=steps)
def test_last_whole_pull_stays(
    small_pages: LaunchLibraryServer, count: int, steps: list[tuple[Any, ...]]
) -> None:
    """What was whole once can be had offline ever after, whatever was asked and broke off since."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        offline = sa.LaunchLibrary(base_url=small_pages.base_url, cache_dir=folder, offline=True)
        answered: list[dict[str, Any]] = []
        lies = False
        for query, refresh, hours, faults, changes in steps:
            if answered:
                make_older(Path(folder), timedelta(hours=hours))
            begun = len(small_pages.spacecraft_requests)
            small_pages.clear_faults()
            for when, (kind, parameters) in faults:
                small_pages.fault(when, kind, **parameters)
            small_pages.on_request = lambda ordinal, begun=begun, changes=changes: (
                ordinal - begun in changes and story.change(*changes[ordinal - begun])
            )
            with suppress(sa.LaunchLibraryError):
                story.library.fetch(**query, refresh=refresh)
                answered.append(query)
            lies = lies or any(kind == "count_off" for _, (kind, _) in faults)
            for known in answered:
                found = offline.fetch(**known).records
                possible = story.possible(known, lies=lies)
                assert any(same(found, expected, known) for expected in possible)


# Days on which events fall: few, so that many share one and tear at the borders of pages.
days = st.lists(st.integers(1, 28), max_size=45)


def events_on(when: list[int]) -> Records:
    """Return docking events on these days, each day as often as it is named but no page full."""
    known = Counter(when)
    spread = [day for day in sorted(known) for _ in range(min(known[day], PAGE))]
    return [
        event | {"docking": f"2020-01-{day:02}T00:00:00Z"}
        for event, day in zip(EVENTS, spread, strict=False)
    ]


def places(events: Records | None) -> list[tuple[str, int]]:
    """Return when and which events are, in their order."""
    return [(event["docking"], event["id"]) for event in events or []]


@settings(max_examples=40, deadline=None)
@given(when=days, slow=st.lists(slow_faults, max_size=2), throttled=st.integers(1, 12))
def test_ties_lose_and_repeat_nothing(
    small_pages: LaunchLibraryServer,
    when: list[int],
    slow: list[tuple[Any, tuple[str, dict[str, Any]]]],
    throttled: int,
) -> None:
    """However LL2 breaks ties, slow or throttled: every event once, by moment and id."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, 5, folder)
        events = events_on(when)
        small_pages.set_docking_events(events)
        for at, (kind, parameters) in slow:
            small_pages.fault(at, kind, endpoint="docking_events", **parameters)
        small_pages.fault(throttled, "throttled", endpoint="docking_events")
        for _ in range(2):
            small_pages.requests.clear()
            with suppress(sa.AnswerError, sa.ThrottledError):
                found = story.library.fetch(dockings=True).docking_events
                assert places(found) == sorted(places(events))
            asked = [tuple(request.query.items()) for request in small_pages.docking_requests]
            assert len(set(asked)) == len(asked)
        small_pages.clear_faults()
        assert places(story.library.fetch(dockings=True).docking_events) == sorted(places(events))
        small_pages.requests.clear()
        story.library.fetch(dockings=True)
        assert small_pages.requests == []


@settings(max_examples=40, deadline=None)
@given(
    when=days,
    later=st.dictionaries(st.integers(1, 8), days, max_size=2),
    faults=faults,
)
def test_events_are_exact_or_an_error(
    small_pages: LaunchLibraryServer,
    when: list[int],
    later: dict[int, list[int]],
    faults: list[tuple[Any, tuple[str, dict[str, Any]]]],
) -> None:
    """With ties, changes, faults and throttles the events are a state that LL2 had, or an error."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, 5, folder)
        states = [events_on(when), *(events_on(other) for other in later.values())]
        small_pages.set_docking_events(states[0])
        for at, (kind, parameters) in faults:
            small_pages.fault(at, kind, endpoint="docking_events", **parameters)
        small_pages.on_docking_request = lambda ordinal: (
            ordinal in later and small_pages.set_docking_events(events_on(later[ordinal]))
        )
        for _ in range(3):
            with suppress(sa.LaunchLibraryError):
                found = story.library.fetch(dockings=True).docking_events
                assert is_possible(places(found), [set(places(state)) for state in states])


def is_possible(found: list[tuple[str, int]], states: list[set[tuple[str, int]]]) -> bool:
    """Return whether the events are a state, each once.

    Or the one kind of wrong answer that nobody can see: with a first page, which is read before
    all others, of an earlier state with as many events.
    """
    if len({event_id for _, event_id in found}) < len(found):
        return False
    pairs = [*combinations(states, 2), *((state, state) for state in states)]
    return any(
        len(found) == len(newer) == len(older)
        and set(found) <= older | newer
        and len(set(found) - newer) <= PAGE
        for older, newer in pairs
    )
