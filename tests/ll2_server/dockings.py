"""Docking events of a catalogue's flights."""

import random
from datetime import datetime, timedelta, timezone

from tests.ll2_server.modes import brief_flight, normal
from tests.records import STATION, docking

FIRST = datetime(2000, 1, 1, tzinfo=timezone.utc)
PAYLOAD = {
    "response_mode": "normal",
    "id": 1,
    "url": "https://ll.thespacedevs.com/2.3.0/payload_flights/1/",
    "destination": "Geostationary Orbit",
    "amount": 1,
    "payload": {"response_mode": "list", "id": 1, "name": "MEV-1", "image": None},
    "launch": {"id": "0f0e", "url": "https://ll/launches/0f0e/", "name": "Atlas", "net": None},
    "landing": None,
}
# What docks, or is docked to, instead of a craft and a station, in some of twenty events.
OTHERS = {
    3: {"payload_flight_chaser": PAYLOAD, "payload_flight_target": PAYLOAD},
    7: {"space_station_chaser": STATION | {"status": {"id": 1, "name": "Active"}}},
}


def with_dockings(
    records: list[dict], count: int, *, seed: int = 0
) -> tuple[list[dict], list[dict]]:
    """Return the records, and `count` detailed docking events of their flights, one a day.

    Craft dock with a station and with each other; a few events are of payloads and modules. An
    event ties with its neighbour over each border of pages of a hundred.
    """
    rng = random.Random(seed)
    flights = [
        flight | {"spacecraft": normal(record)}
        for record in records
        for flight in record["flights"]
    ]
    events = []
    for nth, id in enumerate(rng.sample(range(1, 10 * count + 1), count)):
        day = FIRST + timedelta(days=nth - 1 if nth and nth % 100 == 0 else nth)
        times = {"docking": f"{day:%FT%TZ}", "departure": f"{day + timedelta(hours=12):%FT%TZ}"}
        url = f"https://ll.thespacedevs.com/2.3.0/docking_events/{id}/?format=json"
        flight, target = rng.choices(flights, k=2)
        sides = OTHERS.get(nth % 20, {"flight_vehicle_chaser": flight})
        if nth % 5 == 1:
            sides = sides | {
                "space_station_target": None,
                "flight_vehicle_target": brief_flight(target),
            }
        events.append(docking(id, None, url=url, response_mode="detailed", **times, **sides))
    return records, events
