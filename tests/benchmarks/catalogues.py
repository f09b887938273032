"""Pages of any number, made from the bundled sample."""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import isodate

import spacecraft_analysis as sa
from tests.ll2_server.modes import normal
from tests.records import launch, part

PAGE = 100
# What LL2 sends of each craft and the sample leaves out: a text and two pictures.
_DESCRIPTION = "A ferry for three people, docked for half a year before it came down again."
_IMAGE = part(
    "image",
    image_url="https://pictures.example/media/images/craft_image_20231228130713.jpeg",
    thumbnail_url="https://pictures.example/media/images/craft_thumbnail_20240305194152.jpeg",
    variants=[],
)


def write_pages(file: Path, count: int, mode: str) -> None:
    """One page a line: so many spacecraft, each with ids, names and durations of its own.

    Serial numbers and times docked are null here and there.
    """
    rng = random.Random(count)
    models = [_model(record, mode) for record in sa.load("sample").records]
    with file.open("w", encoding="utf-8") as pages:
        for start in range(0, count, PAGE):
            ids = range(start + 1, min(start + PAGE, count) + 1)
            records = ",".join(_copy(models[id % len(models)], id, rng) for id in ids)
            pages.write(f'{{"count":{count},"next":null,"previous":null,"results":[{records}]}}\n')


def _model(record: dict[str, Any], mode: str) -> str:
    """A record's text, as large as LL2 sends it: the sample has null in many fields."""
    model = json.loads(json.dumps(record if mode == "detailed" else normal(record)))
    model |= {"description": _DESCRIPTION, "image": _IMAGE}
    model["spacecraft_config"]["image"] = _IMAGE
    for flight in model.get("flights", []):
        brief = {name: flight["launch"][name] for name in ("id", "net", "name", "status")}
        flight["launch"] = launch(brief["id"], brief["net"]) | brief
        flight["landing"] = part("landing")
    return json.dumps(model)


def _copy(model: str, id: int, rng: random.Random) -> str:
    record = json.loads(model)
    # No craft is docked for longer than it is in space.
    aloft = timedelta(seconds=rng.randrange(86_400, 40_000_000))
    docked = timedelta(seconds=rng.randrange(86_400))
    record |= {
        "id": id,
        "name": f"Craft {id}",
        "time_in_space": isodate.duration_isoformat(aloft),
        "time_docked": isodate.duration_isoformat(docked) if rng.random() < 0.8 else None,
        "serial_number": f"S{id}" if rng.random() < 0.9 else None,
        "fastest_turnaround": f"P{id % 900 + 1}DT{id % 24}H" if rng.random() < 0.3 else None,
    }
    for nth, flight in enumerate(record.get("flights", [])):
        flight["id"] = 100 * id + nth
    return json.dumps(record, separators=(",", ":"))
