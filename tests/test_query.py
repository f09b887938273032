"""The arguments of a query, and that a file answers it as LL2 would."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis.strategies import text

from spacecraft_analysis import LaunchLibrary, SchemaError
from spacecraft_analysis.query import Query, search_words
from tests.ll2_server import Server, brief_catalogue
from tests.records import answer, craft, snapshot

RECORDS = [*brief_catalogue(120), craft(9001, name="Straße ﬁ"), craft(9002, name=None)]
ALL = snapshot(*RECORDS)
[PLAIN, *_] = (record["name"] for record in RECORDS if str(record["name"]).isascii())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaunchLibrary]:
    """One library for all queries, each of which it caches on its own."""
    with Server(RECORDS) as server:
        yield LaunchLibrary(base_url=server.base_url, cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"in_spce": True}, TypeError, "unexpected keyword argument 'in_spce'"),
        ({"in_space": 1}, TypeError, "expected bool"),
        ({"status": True}, TypeError, "expected int"),
        ({"status": "Active"}, TypeError, "expected int"),
        ({"spacecraft_config": "Dragon"}, TypeError, "expected int"),
        ({"limit": "10"}, TypeError, "expected int"),
        ({"limit": 0}, ValueError, "must be at least 1"),
        ({"mode": "list"}, ValueError, "expected one of detailed, normal"),
        ({"ordering": "-time_dockd"}, ValueError, "expected one of .*-time_docked"),
        ({"search": ""}, ValueError, "leave search out"),
        ({"search": " , "}, ValueError, "leave search out"),
        ({"name": " "}, ValueError, "leave name out"),
        ({"search": "x\ud83d"}, ValueError, r"search='x.ud83d' contains bytes that are not"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    """A misspelt or impossible argument is refused, with what was expected."""
    with pytest.raises(error, match=message):
        Query(**arguments)


def test_numpy_scalars_are_pythons_own():
    """Numbers, bools and texts out of an array are the same as Python's own."""
    import numpy

    numbers = {"limit": numpy.int64(5), "status": numpy.uint8(2)}
    query = Query(**numbers, in_space=numpy.bool_(True), name=numpy.str_("X"))
    assert query == Query(limit=5, status=2, in_space=True, name="X")
    assert [type(value) for value in query.arguments.values()] == [str, bool, str, int, str, int]
    for wrong in (numpy.float64(5), numpy.bool_(True), numpy.array([5])):
        with pytest.raises(TypeError, match=r"limit=.*expected int"):
            Query(limit=wrong)


SEARCHES = [
    *('"Crew Dragon" 2,  C201', "soyuz,tm", "'soyuz tm'-4", 'Dragon "', "'", '"', '"Soyuz MS"-1'),
    *('a"b', 'a"b c"d', '"a', "it's", '"it\'s"', r'"a \"b\" c"', r"'a \\ b'", ',"a b",', '"a,b"'),
    *("ß", "STRASSE", "ﬁ", "éÉ", "\t a\u00a0b ", '""', "''", '"a"b"c', "a,,b", r'"\"'),
]


def split(search: str) -> list[str]:
    """Return the words as Django REST framework splits them; its import needs Django's settings."""
    from rest_framework.filters import search_smart_split

    words: list[str] = search_smart_split(search)
    return words


@pytest.mark.parametrize("search", SEARCHES)
def test_search_words(search):
    """Words are split as Django REST framework splits the terms of a search."""
    assert search_words(search) == split(search)


@given(text(alphabet="ab,'\"\\ \t"))
def test_search_words_of_any_text(search):
    """Quotes, commas, blanks and backslashes in any order are split alike, too."""
    assert search_words(search) == split(search)


def test_the_order_of_durations():
    """They go by length, nulls as in PostgreSQL, and ties by id in both directions."""
    values = {1: "P10D", 2: None, 3: "P9D", 4: "P9D"}
    records = [craft(at, time_docked=value) for at, value in values.items()]
    assert [r["id"] for r in answer(records, Query(ordering="time_docked"))] == [3, 4, 1, 2]
    assert [r["id"] for r in answer(records, Query(ordering="-time_docked"))] == [2, 1, 3, 4]


def test_what_one_record_lacks_is_null_to_a_question():
    """A field that one record lacks sorts as null; one that all lack is a SchemaError."""
    lacking = craft(3)
    del lacking["time_docked"]
    some = snapshot(lacking, craft(1), craft(2, name=None))
    assert [r["id"] for r in some.select(ordering="-time_docked").records] == [3, 1, 2]
    assert [r["id"] for r in some.select(search="none").records] == []
    assert [r["id"] for r in some.records] == [3, 1, 2]
    with pytest.raises(SchemaError, match="time_docked is missing from every record"):
        snapshot(lacking).select(ordering="time_docked")


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        {"in_space": True},
        {"is_placeholder": True},
        {"status": 2, "ordering": "-id"},
        {"spacecraft_config": 3},
        {"status": 2, "in_space": False, "search": "so"},
        {"search": "dragon 2", "ordering": "-flights_count"},
        {"search": '"space shuttle"', "limit": 7},
        *({"search": search} for search in ('Dragon "', "'", '"Soyuz 1"-1', "STRASSE", "ẞ", "FI")),
        *({"search": search} for search in ("STRAßE", "Союз", "& 100% #", "no such craft")),
        {"name": f" {PLAIN} "},
        {"limit": 40},
    ],
)
def test_a_file_answers_as_the_server(query, library):
    """The same query to a file and to a server gives the same records in the same order."""
    assert ALL.select(**query).records == library.fetch(**query).records


@pytest.mark.slow
@pytest.mark.parametrize("ordering", ["time_docked", "-time_docked", "-mission_ends_count"])
def test_a_file_orders_as_the_server(ordering, library):
    """A server orders the records of one page itself, ties as it likes, and a file alike."""
    query = {"ordering": ordering, "limit": 100}
    answers = ALL.select(**query).records, library.fetch(**query).records
    here, there = ([record[ordering.lstrip("-")] for record in records] for records in answers)
    assert here == there
