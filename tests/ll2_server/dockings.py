"""Docking events that fit a catalogue: which craft, where, from when until when."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

from tests.ll2_server.modes import brief_flight, normal

# When the bundled sample was read: until then what has no end goes on.
NOW = datetime.fromisoformat("2025-04-07T23:48:35+00:00")
# Later than any clock of a test.
PLANNED = "2099-01-01T12:00:00Z"
API = "https://ll.thespacedevs.com/2.3.0"

# Id, name, years and ports. A port's id belongs to it alone.
STATIONS = [
    (7, "Salyut 6", range(1977, 1983), ["Salyut-6 aft", "Salyut-6 forward"]),
    (6, "Salyut 7", range(1983, 1986), ["Salyut-7 aft", "Salyut-7 forward"]),
    (2, "Mir", range(1986, 1999), ["Mir Core forward", "Kvant-1 aft", "Mir SO starboard"]),
    (
        *(4, "International Space Station", range(1999, 2100)),
        ["Harmony nadir", "Zvezda aft", "Poisk zenith", "Rassvet nadir", "Harmony forward"],
    ),
]
# Before the first of them craft could only meet each other.
FIRST_STATION = STATIONS[0][2].start


@dataclass(frozen=True)
class Stay:
    """A docking that may become an event: one flight, from when until when."""

    record: dict
    flight: dict
    docking: datetime
    departure: datetime | None


def with_dockings(
    records: list[dict], count: int = 577, *, seed: int = 0, tie_every: int = 100
) -> tuple[list[dict], list[dict]]:
    """Return the records, and `count` detailed docking events in the course of their flights.

    Craft dock with each other and with stations; where there is room for them there are special
    ones: payloads, a station's module, a planned one. Ordered by docking, an event ties with its
    neighbour over each border of pages of `tie_every`.
    """
    rng = random.Random(seed)
    special = _special_events() if count >= 20 else []
    stays = _stays(records, count - len(special), tie_every, rng)
    # The special ones come last, so that the borders stay where the ties are.
    ids = rng.sample(range(1, 10 * count + 1), count)
    events = [_event(id, stay, stays, rng) for id, stay in zip(ids, stays, strict=False)]
    if special and stays:
        special[-1]["flight_vehicle_chaser"] = _planned_flight(records) or stays[-1].flight
    events += [_identified(event, id) for event, id in zip(special, ids[len(stays) :], strict=True)]
    return records, events


def unknown_flight(event: dict, id: int) -> dict:
    """Return the event as one of a craft and flight that no catalogue has: both get this `id`."""
    event = json.loads(json.dumps(event))
    flight = event["flight_vehicle_chaser"]
    for thing in (flight, flight["spacecraft"]):
        thing["url"] = thing["url"].replace(f"/{thing['id']}/", f"/{id}/")
        thing["id"] = id
    return event


def _stays(records: list[dict], count: int, tie_every: int, rng: random.Random) -> list[Stay]:
    """Return the stays in the order of their dockings."""
    flights = [
        (record, flight)
        for record in records
        for flight in record["flights"]
        if (span := _span(record, flight)) and span[1] - span[0] > timedelta(hours=6)
    ]
    if not flights:
        raise ValueError("there is no flight among these records that could dock")
    rng.shuffle(flights)
    ties = (count - 1) // tie_every
    times = Counter(nth % len(flights) for nth in range(count - ties))
    stays = [
        stay
        for nth, (record, flight) in enumerate(flights)
        for stay in _of_flight(record, flight, times[nth], rng)
    ]
    stays.sort(key=lambda stay: stay.docking)
    for border in range(tie_every, count, tie_every):
        # As of Soyuz T-15, two events of one flight have one docking time.
        before = stays[border - 1]
        half = before.docking + ((before.departure or NOW) - before.docking) / 2
        stays.insert(border, replace(before, departure=half.replace(microsecond=0)))
    return stays


def _of_flight(record: dict, flight: dict, times: int, rng: random.Random) -> Iterator[Stay]:
    """Make so many stays in the course of one flight, one after the other."""
    start, end = _span(record, flight) or (NOW, NOW)
    pieces = list(accumulate(rng.uniform(1, 5) for _ in range(2 * times + 1)))
    moments = [start + (end - start) * (piece / pieces[-1]) for piece in pieces[:-1]]
    moments = [moment.replace(microsecond=0) for moment in moments]
    for docking, departure in list(pairwise(moments))[::2]:
        goes_on = departure == moments[-1] and flight["mission_end"] is None
        yield Stay(record, flight, docking, None if goes_on else departure)


def _span(record: dict, flight: dict) -> tuple[datetime, datetime] | None:
    """Return from when until when a flight is in space, as far as that is known."""
    net, end = (flight.get("launch") or {}).get("net"), flight["mission_end"]
    if net is None or _at(net) > NOW or (end is None and not record["in_space"]):
        return None
    return _at(net), _at(end) if end else NOW


def _event(id: int, stay: Stay, stays: list[Stay], rng: random.Random) -> dict:
    event = _identified(_blank(stay.docking, stay.departure), id)
    event["flight_vehicle_chaser"] = stay.flight | {"spacecraft": normal(stay.record)}
    if stay.docking.year < FIRST_STATION:
        others = [other for other in stays if other.flight["id"] != stay.flight["id"]]
        return event | _met(rng.choice(others or stays))
    station_id, name, _, ports = next(
        station for station in STATIONS if stay.docking.year in station[2]
    )
    place = rng.randrange(len(ports))
    station = _station(station_id, name)
    location = _location(10 * station_id + place, ports[place], spacestation=station)
    return event | {"docking_location": location, "space_station_target": station}


def _met(other: Stay) -> dict:
    """Return what an event says of another craft as its target."""
    craft = normal(other.record)
    location = _location(
        100_000 + craft["id"], f"{craft['name']} forward", spacecraft=craft["spacecraft_config"]
    )
    return {"docking_location": location, "flight_vehicle_target": brief_flight(other.flight)}


def _special_events() -> list[dict]:
    """Return one event each of a payload met by a payload, a station's module, and a plan.

    The plan, the last, has no chaser yet.
    """
    launch = {"id": "0f0e", "url": f"{API}/launches/0f0e/", "name": "Atlas | MEV-1", "net": None}
    payloads = [
        _payload_flight(nth, name, launch) for nth, name in ((1, "Intelsat 901"), (2, "MEV-1"))
    ]
    met = _blank(_at("2025-04-09T07:15:00Z"), None) | {
        "docking_location": _location(200_001, "Intelsat 901", payload=payloads[0]["payload"]),
        "payload_flight_target": payloads[0],
        "payload_flight_chaser": payloads[1],
    }
    iss, module = _station(4, "International Space Station"), _station(90, "Prichal")
    grown = _blank(_at("2025-04-10T15:19:00Z"), None) | {
        "docking_location": _location(46, "Nauka nadir", spacestation=iss),
        "space_station_target": iss,
        "space_station_chaser": module | {"status": {"id": 1, "name": "Active"}},
    }
    planned = _blank(_at(PLANNED), None) | {
        "docking_location": _location(40, "Harmony nadir", spacestation=iss),
        "space_station_target": iss,
    }
    return [met, grown, planned]


def _planned_flight(records: list[dict]) -> dict | None:
    flights = [flight for record in records for flight in record["flights"]]
    nets = [(flight.get("launch") or {}).get("net") or "" for flight in flights]
    return next(
        (f for f, net in zip(flights, nets, strict=True) if net > f"{NOW:%Y-%m-%dT%H}"), None
    )


def _blank(docking: datetime, departure: datetime | None) -> dict:
    return {
        "id": None,
        "url": None,
        "docking": _text(docking),
        "departure": departure and _text(departure),
        "docking_location": None,
        "space_station_target": None,
        "flight_vehicle_target": None,
        "payload_flight_target": None,
        "response_mode": "detailed",
        "flight_vehicle_chaser": None,
        "space_station_chaser": None,
        "payload_flight_chaser": None,
    }


def _identified(event: dict, id: int) -> dict:
    return event | {"id": id, "url": f"{API}/docking_events/{id}/?format=json"}


def _station(id: int, name: str) -> dict:
    return {"id": id, "url": f"{API}/space_stations/{id}/", "name": name, "image": None}


def _location(id: int, name: str, **place: Any) -> dict:
    return {
        "id": id,
        "name": name,
        "spacestation": None,
        "spacecraft": None,
        "payload": None,
    } | place


def _payload_flight(id: int, name: str, launch: dict) -> dict:
    return {
        "response_mode": "normal",
        "id": id,
        "url": f"{API}/payload_flights/{id}/",
        "destination": "Geostationary Orbit",
        "amount": 1,
        "payload": {"response_mode": "list", "id": id, "name": name, "image": None},
        "launch": launch,
        "landing": None,
    }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
