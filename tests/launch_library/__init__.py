from functools import cache
from typing import Any

from tests.ll2_server import brief_catalogue, with_dockings
from tests.records import flight

# Three pages, and as many spacecraft as LL2 has.
SMALL, MANY = brief_catalogue(230, seed=3), brief_catalogue(607, seed=7)


@cache
def docked_catalogue(
    count: int, event_count: int, seed: int = 0
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return craft of one flight each, and their docking events, all with few fields."""
    launch = {"id": "1", "name": "Launch", "net": "2000-01-01T00:00:00Z"}
    records = brief_catalogue(count, seed=seed)
    for record in records:
        record["flights"] = [flight(record["id"], None, None, launch=launch)]
    return with_dockings(records, event_count, seed=seed)


def response(status: str = "200 OK", headers: str = "", body: str = "") -> str:
    """Return a response as a server sends it that then closes the connection."""
    headers += f"Connection: close\r\nContent-Length: {len(body.encode())}\r\n"
    return f"HTTP/1.1 {status}\r\n{headers}\r\n{body}"
