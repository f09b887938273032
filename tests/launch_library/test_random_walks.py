"""Whatever happens: the exact catalogue, in a state that LL2 had, or an error of ours.

Pages are of ten records here, so that catalogues of many pages are quickly made.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import question, transport
from spacecraft_analysis.query import Query
from tests.ll2_server import LaunchLibraryServer, Offset, catalogue
from tests.ll2_server.modes import normal
from tests.records import answer

PAGE = 10
FILTERS = ("in_space", "search")
POOL = [record | {"flights": []} for record in catalogue(75, seed=5)]
# None of the faults is slowness. A hasty client would give a busy server up and ask it once more.
pytestmark = pytest.mark.slow

PATIENCE = transport.Patience(pause=0)
PASSING = ["short_page", "repeated_page", "count_off", "html", "reset", "truncated", "broken_off"]

Records = list[dict[str, Any]]

queries = st.fixed_dictionaries(
    {},
    optional={
        "in_space": st.booleans(),
        "search": st.sampled_from(["a", "dragon", "o"]),
        "ordering": st.sampled_from(["id", "-id", "-flights_count", "time_docked"]),
        "limit": st.sampled_from([1, 9, 10, 11, 20, 25, 99]),
        "mode": st.sampled_from(["normal", "detailed"]),
    },
)
places = st.one_of(
    st.integers(1, 8), st.just("every"), st.integers(0, 5).map(lambda page: Offset(PAGE * page))
)
faults = st.lists(
    st.one_of(
        st.tuples(places, st.sampled_from(PASSING)),
        st.tuples(st.integers(1, 8), st.just("throttled")),
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
    """A server that all examples share, with pages of ten records, and a client that knows."""
    with (
        mock.patch.object(question, "PAGE", PAGE),
        mock.patch.object(transport, "PATIENCE", PATIENCE),
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
        self.library = sa.LaunchLibrary(base_url=server.base_url, cache_dir=cache_dir)

    def change(self, gone: list[int], come: int) -> None:
        """Remove the records at these places, add some with higher ids."""
        now = [record for place, record in enumerate(self.server.records) if place not in gone]
        now += [record for record, _ in zip(self.fresh, range(come), strict=False)]
        self.server.set_records(now)
        self.states.append(now)

    def possible(self, query: dict[str, Any]) -> list[Records]:
        """Return the right answers to a query: one for each state.

        And the one kind of wrong ones that nobody can see: the first page, which is read before
        all others, in an earlier state with as many records.
        """
        asked = Query.of(query | {"mode": "detailed"})
        filters = Query.of({name: query[name] for name in FILTERS if name in query})
        matching = [answer(state, filters) for state in self.states]
        first_is_older = [
            older[:PAGE] + newer[PAGE:]
            for older, newer in combinations(matching, 2)
            if len(older) == len(newer)
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
    faults: list[tuple[Any, str]],
) -> None:
    """With changes, faults, throttles and pages kept before, an answer is exact or an error."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(small_pages, count, folder)
        if before is not None:
            story.library.fetch(**before)
        small_pages.requests.clear()
        for when, kind in faults:
            small_pages.fault(when, kind)
        small_pages.on_request = lambda ordinal: (
            ordinal in changes and story.change(*changes[ordinal])
        )
        answers = []
        for _ in range(3):
            with suppress(sa.LaunchLibraryError):
                answers.append(story.library.fetch(**query))
        possible = story.possible(query)
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
@given(count=st.integers(11, 45), data=st.data())
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
