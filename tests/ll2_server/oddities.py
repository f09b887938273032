"""What real catalogues have and the bundled sample has not: plans, and nulls out of place."""

import json
import random

from tests.ll2_server.modes import normal

# Later than any clock of a test.
PLANNED_NET = "2099-01-01T00:00:00Z"
# Where LL2's schema promises a value, and the models behind it do not.
NULLABLE = [
    "spacecraft_config.agency",
    "spacecraft_config.agency.type",
    "spacecraft_config.type",
    "spacecraft_config.family.manufacturer",
    "flights.launch",
    "flights.landing.landing_location",
    "flights.landing.type",
]


def with_planned_flights(records: list[dict], *, share: float = 0.1, seed: int = 0) -> list[dict]:
    """Return the records, some of them with a flight of a launch that is still to come.

    It is listed and nothing else: `flights_count` leaves it out, it has no end and no duration.
    Of a large catalogue craft in space are among them, and ones that have never flown.
    """
    rng = random.Random(seed)
    return [_planning(record) if rng.random() < share else record for record in records]


def _planning(record: dict) -> dict:
    id = 900_000_000 + record["id"]
    api = record["url"].split("/spacecraft/")[0]
    flight = {
        "id": id,
        "url": f"{api}/spacecraft_flights/{id}/?format=json",
        "destination": "International Space Station",
        "mission_end": None,
        "spacecraft": normal(record),
        "launch": {
            "id": f"planned-{id}",
            "url": f"{api}/launches/planned-{id}/?format=json",
            "name": f"Falcon 9 Block 5 | {record['name']}",
            "response_mode": "normal",
            "status": {"id": 1, "name": "Go for Launch", "abbrev": "Go", "description": ""},
            "net": PLANNED_NET,
        },
        "landing": None,
        "duration": None,
        "turn_around_time": None,
        "response_mode": "normal",
    }
    return record | {"flights": [*record["flights"], flight]}


def with_nulls(records: list[dict], *, share: float = 0.1, seed: int = 0) -> list[dict]:
    """Return the records, some of them with null, or nothing at all, where LL2 promises a value."""
    rng = random.Random(seed)
    return [_nulled(record, rng) if rng.random() < share else record for record in records]


def _nulled(record: dict, rng: random.Random) -> dict:
    record = json.loads(json.dumps(record))
    *way, last = rng.choice(NULLABLE).split(".")
    things = [record]
    for key in way:
        found = [thing[key] for thing in things if thing.get(key)]
        things = [
            item for value in found for item in (value if isinstance(value, list) else [value])
        ]
    gone = rng.random() < 0.5
    for thing in things:
        thing[last] = None
        if gone:
            del thing[last]
    return record
