"""What the stand-in for Launch Library 2 does, so that the other tests may rely on it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.ll2_server import LaunchLibraryServer, Offset, catalogue
from tests.ll2_server.modes import normal

# For changes of the stand-in.
pytestmark = pytest.mark.slow

RECORDS = catalogue(250, seed=1)
BUSY = 20  # seconds, in which a busy machine does what takes it no time


@pytest.fixture
def server() -> Iterator[LaunchLibraryServer]:
    """A server with 250 records and no quota."""
    with LaunchLibraryServer(RECORDS) as server:
        yield server


def get(
    server: LaunchLibraryServer, path: str = "spacecraft/", headers: Any = None, **query: Any
) -> requests.Response:
    """Return the answer to one request, on a connection of its own."""
    return requests.get(
        server.base_url + path, query, headers=headers, timeout=5, allow_redirects=False
    )


def page(server: LaunchLibraryServer, **query: Any) -> dict[str, Any]:
    """Return a detailed page as LL2 sends it, ordered by id unless the query says otherwise."""
    defaults = {"format": "json", "mode": "detailed", "ordering": "id", "limit": 100}
    answer = get(server, **defaults | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(server: LaunchLibraryServer, **query: Any) -> list[int]:
    """Return the ids on a page."""
    return [record["id"] for record in page(server, **query)["results"]]


def test_pages_by_id_give_every_record_back(server: LaunchLibraryServer) -> None:
    """Three pages of a hundred by id are the full catalogue, record for record."""
    pages = [page(server, offset=offset) for offset in (0, 100, 200)]
    assert [record for page in pages for record in page["results"]] == RECORDS
    assert [page["count"] for page in pages] == [250, 250, 250]


def test_limit_is_clamped(server: LaunchLibraryServer) -> None:
    """A limit above a hundred is a hundred, without a word."""
    clamped = page(server, limit=1000)
    assert len(clamped["results"]) == 100
    assert "limit=100&" in clamped["next"]


def test_modes(server: LaunchLibraryServer) -> None:
    """Normal is the default, and has neither flights nor the configuration's figures."""
    default = get(server, ordering="id", format="json").json()["results"]
    record = default[0]
    assert default == page(server, mode="normal", limit=10)["results"]
    assert record == normal(RECORDS[0])
    assert record["response_mode"] == "normal"
    assert "flights" not in record
    assert "height" not in record["spacecraft_config"]


@pytest.mark.parametrize(
    "ordering", ["flights_count", "mission_ends_count", "-time_docked", "time_in_space", ""]
)
def test_ties_change_their_order(server: LaunchLibraryServer, ordering: str) -> None:
    """Records of the same rank come in another order at the next request."""
    assert ids(server, ordering=ordering) != ids(server, ordering=ordering)


def test_quota() -> None:
    """When the calls are used up, the answer says how long to wait, and so does a header."""
    with LaunchLibraryServer(RECORDS, quota=2) as server:
        assert [get(server).status_code for _ in range(3)] == [200, 200, 429]
        server.advance(3599)
        answer = get(server)
        assert answer.json() == {"detail": "Request was throttled. Expected available in 1 second."}
        assert answer.headers["Retry-After"] == "1"
        server.advance(1)
        assert get(server).status_code == 200


def test_keys_have_their_own_rate_limit() -> None:
    """A key is throttled apart from the address, and an unknown key is refused."""
    with LaunchLibraryServer(RECORDS, quota=0, tokens={"known": 1}) as server:
        known, unknown = ({"Authorization": f"Token {key}"} for key in ("known", "unknown"))
        statuses = [get(server, headers=known).status_code for _ in range(2)]
        assert (get(server).status_code, statuses) == (429, [200, 429])
        refused = get(server, headers=unknown)
        assert (refused.status_code, refused.json()) == (401, {"detail": "Invalid token."})
        assert get(server, "api-throttle/", headers=known).json()["ident"] == "known"


def test_throttle_endpoint_is_free() -> None:
    """`api-throttle/` reports the use of the rate limit and does not count."""
    with LaunchLibraryServer(RECORDS, quota=2) as server:
        get(server)
        uses = [get(server, "api-throttle/").json() for _ in range(3)]
        assert uses[2] == {
            "your_request_limit": 2,
            "limit_frequency_secs": 3600,
            "current_use": 1,
            "next_use_secs": 0,
            "ident": "127.0.0.1",
        }
        get(server)
        server.advance(600)
        assert get(server, "api-throttle/").json()["next_use_secs"] == pytest.approx(3000, abs=2)


def test_the_catalogue_can_change_during_a_download(server: LaunchLibraryServer) -> None:
    """A change made on a request's arrival is in that request's answer."""

    def shrink(ordinal: int) -> None:
        if ordinal == 2:
            server.records = RECORDS[:120]

    server.on_request = shrink
    assert [page(server)["count"] for _ in range(3)] == [250, 120, 120]


def test_fault_by_ordinal(server: LaunchLibraryServer) -> None:
    """A fault is for the nth request from when it was set; what costs nothing does not count."""
    page(server)
    server.fault(2, "status", code=502)
    page(server)
    get(server, "api-throttle/")
    assert [get(server).status_code for _ in range(2)] == [502, 200]


def test_fault_by_offset(server: LaunchLibraryServer) -> None:
    """A fault can be for one page, at every request for it."""
    server.fault(Offset(100), "short_page", missing=2)
    assert [len(ids(server, offset=offset)) for offset in (0, 100, 100)] == [100, 98, 98]


@pytest.mark.parametrize(
    ("when", "kind", "parameters", "error"),
    [
        ("never", "stall", {}, ValueError),
        (1, "flood", {}, ValueError),
        (1, "status", {"kode": 1}, TypeError),
        (1, "redirect", {}, TypeError),
    ],
)
def test_fault_that_does_not_exist(
    server: LaunchLibraryServer, when: Any, kind: str, parameters: Any, error: type[Exception]
) -> None:
    """A misspelt fault is an error where it is set."""
    with pytest.raises(error):
        server.fault(when, kind, **parameters)


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        ("html", {}, lambda answer: answer.text.startswith("<html>")),
        ("truncated", {"keep": 0.9}, lambda answer: answer.text[-1] != "}"),
        ("empty", {}, lambda answer: answer.content == b""),
        ("bare_list", {}, lambda answer: len(answer.json()) == 10),
        ("invalid_utf8", {}, lambda answer: b"\xff" in answer.content),
        ("results_missing", {}, lambda answer: "results" not in answer.json()),
        ("results_not_list", {"value": {}}, lambda answer: answer.json()["results"] == {}),
        ("null_record", {"index": 4}, lambda answer: answer.json()["results"][4] is None),
        ("record_without_id", {}, lambda answer: "id" not in answer.json()["results"][0]),
        ("short_page", {}, lambda answer: len(answer.json()["results"]) == 9),
        ("count_text", {}, lambda answer: answer.json()["count"] == "250"),
        ("count_off", {"by": -3}, lambda answer: answer.json()["count"] == 247),
        ("drip_headers", {"every": 0.0001}, lambda answer: answer.json()["count"] == 250),
        ("huge", {"size": 2_000_000}, lambda answer: len(answer.content) == 2_000_000),
        ("gzip_bomb", {"size": 20_000_000}, lambda answer: len(answer.content) >= 20_000_000),
    ],
)
def test_fault_with_200(
    server: LaunchLibraryServer, kind: str, parameters: dict[str, Any], expected: Any
) -> None:
    """A spoilt answer says 200 all the same, and the answer after it is valid."""
    server.fault(1, kind, **parameters)
    answer = get(server)
    assert answer.status_code == 200
    assert expected(answer)
    assert get(server).json()["count"] == 250


@pytest.mark.parametrize(
    ("kind", "parameters", "status", "header"),
    [
        ("status", {"code": 401}, 401, {}),
        ("status", {"code": 404, "detail": "No such thing."}, 404, {}),
        ("status", {"code": 503, "headers": {"Retry-After": "7"}}, 503, {"Retry-After": "7"}),
        ("throttled", {"wait": 1}, 429, {"Retry-After": "1"}),
        ("redirect", {"to": "http://127.0.0.1:9/"}, 302, {"Location": "http://127.0.0.1:9/"}),
    ],
)
def test_fault_with_another_status(
    server: LaunchLibraryServer, kind: str, parameters: Any, status: int, header: dict[str, str]
) -> None:
    """An answer can be an error, a wait, or a way to somewhere else."""
    server.fault(1, kind, **parameters)
    answer = get(server)
    assert answer.status_code == status == server.requests[-1].status
    assert header.items() <= answer.headers.items()


def test_stall_ends_with_the_server() -> None:
    """A stalled request waits for ever, but a server that closes does not wait for it."""
    with LaunchLibraryServer([]) as server:
        server.fault("every", "stall")
        with pytest.raises(requests.Timeout):
            requests.get(server.base_url + "spacecraft/", timeout=0.1)
        assert server.requests[-1].status is None
        start = time.monotonic()
    assert time.monotonic() - start < BUSY


def test_catalogue_is_deterministic() -> None:
    """The same seed gives the same records, another one others; ids are unique."""
    assert catalogue(40, seed=3) == catalogue(40, seed=3) != catalogue(40, seed=4)
    assert len({record["id"] for record in catalogue(600)}) == 600
    flights = [flight["id"] for record in RECORDS for flight in record["flights"]]
    assert len(set(flights)) == len(flights)
    assert catalogue(0) == []


def test_more_flights_take_longer() -> None:
    """An answer takes its time for each flight in it; a normal page has none."""
    flights = sum(len(record["flights"]) for record in RECORDS[:10])
    with LaunchLibraryServer(RECORDS, seconds_per_flight=0.2 / flights) as server:
        start = time.monotonic()
        page(server, limit=10)
        assert time.monotonic() - start >= 0.2
        server.seconds_per_flight, start = 600, time.monotonic()
        page(server, limit=10, mode="normal")
        assert time.monotonic() - start < BUSY


def test_a_proxy_gives_up() -> None:
    """What takes the proxy too long ends in its own words, and has cost a call all the same."""
    options = {"seconds_per_flight": 1, "gives_up_after": 0.05, "quota": 2}
    with LaunchLibraryServer(RECORDS, **options) as server:
        refused = get(server, mode="detailed", limit=100)
        server.seconds_per_flight = 0
        assert (refused.status_code, server.requests[-1].status) == (524, 524)
        assert refused.headers["Content-Type"] == "text/html"
        assert len(page(server, limit=3)["results"]) == 3
        assert get(server).status_code == 429


def test_version_2_4_0_goes_by_its_path() -> None:
    """2.4.0 ignores `mode`, has detailed records at a path of their own, and names itself."""
    with LaunchLibraryServer(RECORDS[:3], version="2.4.0") as server:
        query = {"mode": "detailed", "ordering": "id"}
        [plain, detailed] = [
            get(server, path, **query).json()["results"][0]
            for path in ("spacecraft/", "spacecraft/detailed/")
        ]
        throttles = [get(server, f"api-throttle/{end}").status_code for end in ("", "status/")]
    assert ("flights" in plain, "flights" in detailed) == (False, True)
    assert "/2.4.0/spacecraft/" in plain["url"]
    assert throttles == [404, 200]
