from typing import Any

from tests.ll2_server import brief_catalogue, catalogue, with_dockings

# Three pages, and as many spacecraft as LL2 has.
SMALL, MANY = brief_catalogue(230, seed=3), brief_catalogue(607, seed=7)


def docked_catalogue(
    count: int, event_count: int, **options: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return craft and their docking events, with launches of few fields, which are soon sent."""
    records = catalogue(count, seed=options.get("seed", 0))
    for flight in (flight for record in records for flight in record["flights"]):
        flight["launch"] = {name: flight["launch"][name] for name in ("id", "name", "net")}
        flight["landing"] = None
    return with_dockings(records, event_count, **options)
