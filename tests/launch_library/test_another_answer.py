"""The answer is what was asked: in its mode, of its version, with ids by which to prove it."""

from typing import Any, Literal

import pytest

import spacecraft_analysis as sa
from tests.conftest import SMALL, Library
from tests.ll2_server import LaunchLibraryServer


def without_flights(count: int) -> list[dict[str, Any]]:
    """Return records as in normal mode."""
    return [
        {key: value for key, value in record.items() if key != "flights"}
        for record in SMALL[:count]
    ]


@pytest.mark.parametrize("query", [{}, {"mode": "normal"}, {"limit": 1}], ids=str)
@pytest.mark.parametrize("version", ["2.2.0", "2.4.0"])
def test_another_version(
    server: LaunchLibraryServer, library: Library, version: str, query: dict[str, Any]
) -> None:
    """Records whose url names another version than was asked are refused in one clear sentence."""
    url = f"https://ll.thespacedevs.com/{version}/spacecraft/7/"
    server.fault("every", "set_field", path="url", value=url)
    words = rf"records of LL2 {version} .*where 2\.3\.0 was asked; this package speaks 2\.3\.0"
    with pytest.raises(sa.AnswerError, match=words):
        library().fetch(**query)
    server.clear_faults()
    server.requests.clear()
    assert library().fetch(limit=1).count == 1
    assert len(server.spacecraft_requests) == 1


@pytest.mark.parametrize("query", [{}, {"limit": 1}, {"limit": 150}], ids=str)
@pytest.mark.parametrize("count", [1, 2, 3, 230])
def test_records_of_normal_mode(
    server: LaunchLibraryServer, library: Library, query: dict[str, Any], count: int
) -> None:
    """Records without flights where detailed ones were asked are refused, and nothing is kept."""
    server.set_records(without_flights(count))
    words = r"without flights though mode=detailed was asked.*this package speaks 2\.3\.0"
    with pytest.raises(sa.AnswerError, match=words):
        library().fetch(**query)
    assert len(server.spacecraft_requests) == 1
    assert library().fetch(**query, mode="normal").count > 0


@pytest.mark.parametrize("mode", ["detailed", "normal"])
@pytest.mark.parametrize("version", ["2.2.0", "2.4.0"])
def test_base_url_of_another_version(
    library: Library, version: Literal["2.2.0", "2.4.0"], mode: str
) -> None:
    """Another version is refused at its first page where base_url names it, too."""
    words = rf"records of LL2 {version} .*this package speaks 2\.3\.0.*base_url ends in"
    with LaunchLibraryServer(SMALL, version=version) as other:
        with pytest.raises(sa.AnswerError, match=words):
            library(base_url=other.base_url).fetch(mode=mode, dockings=True)
        assert len(other.paid_requests) == 1


@pytest.mark.parametrize("url", ["https://example.org/2.4.0/x/", None, 5])
def test_one_odd_url(server: LaunchLibraryServer, library: Library, url: Any) -> None:
    """One record with another address costs nothing."""
    server.fault("every", "set_field", path="url", value=url, index=0)
    assert library().fetch().count == 230


def test_last_page_of_one_odd_record(server: LaunchLibraryServer, library: Library) -> None:
    """A single record without flights on the last page costs nothing."""
    records = [*SMALL[:200], *without_flights(201)[200:]]
    server.set_records(records)
    assert library().fetch().records == records


@pytest.mark.parametrize("record_id", ["null", "3.0", '"3"', "true", "1e3", str(2**63)])
def test_id_that_is_no_whole_number(
    server: LaunchLibraryServer, library: Library, record_id: str
) -> None:
    """Completeness can't be proven by an id that is no whole number, or a larger one than any."""
    server.fault(1, "html", text=f'{{"count": 1, "results": [{{"id": {record_id}}}]}}')
    with pytest.raises(sa.AnswerError, match="without a whole number as id"):
        library().fetch(mode="normal")
