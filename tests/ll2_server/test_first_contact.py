"""What the real LL2 does and a quick stand-in would not: slowness, proxies, plans, versions."""

import time
from typing import Any

import isodate
import pytest

from tests.ll2_server import (
    LaunchLibraryServer,
    catalogue,
    with_nulls,
    with_planned_flights,
)
from tests.ll2_server.oddities import PLANNED_NET
from tests.ll2_server.test_ll2_server import get, page

# Most wait for an answer that comes late.
pytestmark = pytest.mark.slow

RECORDS = catalogue(120, seed=1)
ADMITTED = 20  # seconds, in which a busy machine does what takes it no time


def seconds(text: str) -> float:
    """Return how many seconds a duration is."""
    return isodate.parse_duration(text).total_seconds()


def timed(server: LaunchLibraryServer, **query: Any) -> float:
    """Return how long a detailed page takes."""
    start = time.monotonic()
    page(server, **query)
    return time.monotonic() - start


def test_more_flights_take_longer() -> None:
    """An answer takes its time for each flight in it; a normal page has none."""
    flights = sum(len(record["flights"]) for record in RECORDS[:10])
    with LaunchLibraryServer(RECORDS, seconds_per_flight=0.2 / flights) as server:
        assert timed(server, limit=10) >= 0.2
        server.seconds_per_flight = 600
        assert timed(server, limit=10, mode="normal") < ADMITTED


@pytest.mark.parametrize("status", [504, 520, 521, 522, 523, 524])
def test_a_proxy_gives_up(status: int) -> None:
    """What takes the proxy too long ends in its own words, and has cost a call all the same."""
    with LaunchLibraryServer(
        RECORDS, seconds_per_flight=1, gives_up_after=0.05, gives_up_with=status, quota=2
    ) as server:
        start = time.monotonic()
        refused = get(server, mode="detailed", limit=100)
        # Without the proxy it would take minutes.
        assert 0.05 <= time.monotonic() - start < ADMITTED
        server.seconds_per_flight = 0
        assert (refused.status_code, server.requests[-1].status) == (status, status)
        assert refused.headers["Content-Type"] == "text/html"
        assert len(page(server, limit=3)["results"]) == 3
        assert get(server).status_code == 429


@pytest.mark.parametrize("index", [None, 1])
def test_faults_of_single_fields(index: int | None) -> None:
    """A field can be another value, or missing, in one record of a page or in all."""
    concerned = slice(0, 4) if index is None else slice(1, 2)
    with LaunchLibraryServer(RECORDS[:4]) as server:
        server.fault(1, "set_field", path="spacecraft_config.agency", value=7, index=index)
        server.fault(2, "drop_field", path="flights.launch", index=index)
        agencies = [record["spacecraft_config"]["agency"] for record in page(server)["results"]]
        assert agencies[concerned] == [7] * len(agencies[concerned])
        assert agencies.count(7) == len(agencies[concerned])
        flights = [record["flights"] for record in page(server)["results"]]
        assert all("launch" not in flight for some in flights[concerned] for flight in some)
        assert sum("launch" in flight for some in flights for flight in some) == sum(
            len(record["flights"]) for record in RECORDS[:4]
        ) - sum(len(record["flights"]) for record in RECORDS[:4][concerned])


def test_now_moves_inside_a_page() -> None:
    """Each craft and flight on a page moves LL2's now for the craft in space after it."""
    aloft = [record for record in RECORDS if record["in_space"] and record["time_in_space"]][:3]
    with LaunchLibraryServer(aloft, drift=0.5) as server:
        records = page(server)["results"]
    moved = [
        seconds(late["time_in_space"]) - seconds(early["time_in_space"])
        for late, early in zip(records, aloft, strict=True)
    ]
    before = [0, *(1 + len(record["flights"]) for record in aloft)]
    assert moved == [sum(before[: nth + 1]) * 0.5 for nth in range(3)]


def test_planned_flights_are_listed_and_not_counted() -> None:
    """A flight to come stands in the list of a craft, and changes nothing else of it."""
    records = with_planned_flights(RECORDS)
    changed = [(old, new) for old, new in zip(RECORDS, records, strict=True) if old is not new]
    assert 5 < len(changed) < 30
    for old, new in changed:
        *flown, planned = new["flights"]
        assert new | {"flights": flown} == old
        assert planned["launch"]["net"] == PLANNED_NET
        assert planned["mission_end"] is planned["duration"] is planned["turn_around_time"] is None


def test_nulls_out_of_place() -> None:
    """Some records have null, or nothing, where LL2 promises a value, and are sent like that."""
    records = with_nulls(RECORDS, share=0.5)
    configs = [record["spacecraft_config"] for record in records]
    assert any(config.get("agency", "gone") is None for config in configs)
    assert any("agency" not in config for config in configs)
    launches = [flight.get("launch") for record in records for flight in record["flights"]]
    assert None in launches
    assert all(old["id"] == new["id"] for old, new in zip(RECORDS, records, strict=True))
    with LaunchLibraryServer(records) as server:
        pages = [page(server, offset=offset)["results"] for offset in (0, 100)]
    assert [*pages[0], *pages[1]] == records


def test_version_2_4_0_goes_by_its_path() -> None:
    """2.4.0 passes over `mode`, has detailed records at a path of their own, and names itself."""
    with LaunchLibraryServer(RECORDS[:3], version="2.4.0") as server:
        query = {"mode": "detailed", "ordering": "id"}
        [plain, detailed] = [
            get(server, path, **query).json()["results"][0]
            for path in ("spacecraft/", "spacecraft/detailed/")
        ]
        throttles = [get(server, f"api-throttle/{end}").status_code for end in ("", "status/")]
        assert server.base_url.endswith("/2.4.0/")
    assert ("flights" in plain, "flights" in detailed) == (False, True)
    assert "/2.4.0/spacecraft/" in plain["url"]
    assert throttles == [404, 200]
