"""What the stand-in serves: the bundled sample, or a catalogue of any size made from it."""

import gzip
import json
import random
from functools import lru_cache
from pathlib import Path

from tests.ll2_server.modes import normal
from tests.records import launch, part

SAMPLE = Path(__file__).parents[2] / "spacecraft_analysis" / "sample" / "spacecraft.json.gz"

# Few values, so that they tie; in every spelling that LL2 uses.
TIMES_IN_SPACE = ["P178DT22H54M29S", "P87DT7H36M", "P105DT7M", "PT10H34M3S", "P1D", "P0D", None]
TIMES_DOCKED = ["P99DT14H49S", "P23DT31M", "PT18M", "P0D", "P0D", None, None]
NAMES = ["{}", "{} ({})", "“{}”  No. {}", "{}\r\n{}", "Союз {1} / {0}", "{} & Co. #{} 100%"]


def sample_records() -> list[dict]:
    """Return the bundled sample's records, anew at each call."""
    return [json.loads(text) for text in _sample("records")]


def sample_docking_events() -> list[dict]:
    """Return the bundled sample's docking events, anew at each call."""
    return [json.loads(text) for text in _sample("docking_events")]


@lru_cache(maxsize=2)
def _sample(listed: str) -> list[str]:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        return [json.dumps(record) for record in json.load(file)[listed]]


def catalogue(count: int, *, seed: int = 0) -> list[dict]:
    """Return `count` detailed records, the same ones for the same `seed`.

    They repeat the sample under ids and names of their own. Totals need not agree with the flights.
    """
    rng = random.Random(seed)
    ids = sorted(rng.sample(range(1, 10 * count + 1), count))
    records = [json.loads(text) for text in rng.choices(_sample("records"), k=count)]
    for id, record in zip(ids, records, strict=True):
        record["url"] = record["url"].replace(f"/{record['id']}/", f"/{id}/")
        record |= {"id": id, "name": rng.choice(NAMES).format(record["name"], id)}
        record |= {"in_space": rng.random() < 0.1, "is_placeholder": rng.random() < 0.05}
        for nth, flight in enumerate(record["flights"]):
            _fly(flight, 1_000 * id + nth, record)
    return records


def brief_catalogue(count: int, *, seed: int = 0) -> list[dict]:
    """Return `count` records with the fields that LL2 filters and orders by, and few others.

    They are quickly made, sent and compared, and no table can be made of them. Every column that
    LL2 orders by has ties.
    """
    rng = random.Random(seed)
    configs = ["Soyuz", "Crew Dragon 2", "Союз", "Space Shuttle"]
    return [
        {
            "id": id,
            "url": f"https://ll.thespacedevs.com/2.3.0/spacecraft/{id}/?format=json",
            "name": rng.choice(NAMES).format(rng.choice(configs), id),
            "is_placeholder": rng.random() < 0.05,
            "in_space": rng.random() < 0.1,
            "time_in_space": rng.choice(TIMES_IN_SPACE),
            "time_docked": rng.choice(TIMES_DOCKED),
            "flights_count": rng.randrange(5),
            "mission_ends_count": rng.randrange(5),
            "status": {"id": rng.randint(1, 4), "name": ""},
            "description": "",
            "spacecraft_config": {"id": (at := rng.randrange(4)) + 1, "name": configs[at]},
            "flights": [],
        }
        for id in sorted(rng.sample(range(1, 10 * count + 1), count))
    ]


def _fly(flight: dict, id: int, record: dict) -> None:
    """Make `flight` one of the record's own: its id is new, its copy of the craft the same."""
    flight["url"] = flight["url"].replace(f"/{flight['id']}/", f"/{id}/")
    flight["id"] = id
    brief = {name: flight["launch"][name] for name in ("id", "name", "net", "status")}
    # Every field of LL2's schema filled, or as few as it may send.
    full = launch(brief["id"], brief["net"], name=brief["name"], status=brief["status"])
    flight["launch"] = full if record["id"] % 20 else brief
    flight["landing"] = part("landing", id=id) if record["id"] % 3 else None
    if "spacecraft" in flight:
        flight["spacecraft"] = normal(record)
