"""What the stand-in adds to its framework, so that the other tests may rely on it."""

from typing import Any

import pytest
import requests

from tests.ll2_server import Server, brief_catalogue, catalogue
from tests.ll2_server.modes import normal

# For changes of the stand-in.
pytestmark = pytest.mark.slow


def page(server: Server, **query: Any) -> dict[str, Any]:
    """Return a page as LL2 sends it."""
    answer = requests.get(f"{server.base_url}spacecraft/", query, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_pages():
    """Pages by id are the catalogue; normal is the default mode; a larger limit is clamped."""
    records = catalogue(25, seed=1)
    with Server(records) as server:
        server.max_limit = 12
        query = {"mode": "detailed", "ordering": "id", "format": "json", "limit": 1000}
        pages = [page(server, offset=offset, **query) for offset in (0, 12, 24)]
        default = page(server, ordering="id", format="json")["results"]
    assert [record for page in pages for record in page["results"]] == records
    assert default == [normal(record) for record in records[:10]]


@pytest.mark.parametrize("ordering", ["flights_count", "-time_docked", ""])
def test_ties_change_their_order(ordering):
    """Records of the same rank come in another order at the next request."""
    with Server(brief_catalogue(250)) as server:
        first, second = (page(server, ordering=ordering, limit=100)["results"] for _ in range(2))
    assert first != second
