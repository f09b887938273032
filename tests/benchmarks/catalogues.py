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
_IMAGE = {
    "id": 7,
    "name": "A picture of the craft",
    "image_url": "https://pictures.example/media/images/craft_image_20231228130713.jpeg",
    "thumbnail_url": "https://pictures.example/media/images/craft_thumbnail_20240305194152.jpeg",
    "credit": None,
    "license": {"id": 1, "name": "Unknown", "priority": 9, "link": None},
    "single_use": True,
    "variants": [],
}
_MARKED = ("an id", "a name", "a time in space", "a time docked", "a serial", "a turnaround")


def write_pages(file: Path, count: int, mode: str) -> None:
    """One page a line: so many spacecraft, each with ids, names and durations of its own.

    Serial numbers and times docked are null here and there.
    """
    rng = random.Random(count)
    models = [_template(record, mode) for record in sa.load("sample").records]
    with file.open("w", encoding="utf-8") as pages:
        for start in range(0, count, PAGE):
            ids = range(start + 1, min(start + PAGE, count) + 1)
            records = ",".join(_filled(models[id % len(models)], id, rng) for id in ids)
            pages.write(f'{{"count":{count},"next":null,"previous":null,"results":[{records}]}}\n')


def read_pages(file: Path) -> list[bytes]:
    """The pages in a file."""
    return file.read_bytes().splitlines()


def _template(record: dict[str, Any], mode: str) -> str:
    """A record's text with a mark wherever its copies differ."""
    marked = json.loads(json.dumps(record if mode == "detailed" else normal(record)))
    keys = ("id", "name", "time_in_space", "time_docked", "serial_number", "fastest_turnaround")
    marked |= dict(zip(keys, _MARKED, strict=True))
    marked |= {"description": _DESCRIPTION, "image": _IMAGE}
    marked["spacecraft_config"]["image"] = _IMAGE
    for nth, flight in enumerate(marked.get("flights", [])):
        flight["id"] = f"flight {nth:02}"
        # As large as LL2 sends them: the sample has null in most of their fields.
        brief = {name: flight["launch"][name] for name in ("id", "net", "name", "status")}
        flight["launch"] = launch(brief["id"], brief["net"]) | brief
        flight["landing"] = part("landing")
    return json.dumps(marked, separators=(",", ":"))


def _filled(template: str, id: int, rng: random.Random) -> str:
    # No craft is docked for longer than it is in space.
    aloft = timedelta(seconds=rng.randrange(86_400, 40_000_000))
    docked = timedelta(seconds=rng.randrange(86_400))
    values = (
        str(id),
        f'"Craft {id}"',
        f'"{isodate.duration_isoformat(aloft)}"',
        f'"{isodate.duration_isoformat(docked)}"' if rng.random() < 0.8 else "null",
        f'"S{id}"' if rng.random() < 0.9 else "null",
        f'"P{id % 900 + 1}DT{id % 24}H"' if rng.random() < 0.3 else "null",
    )
    for mark, value in zip(_MARKED, values, strict=True):
        template = template.replace(f'"{mark}"', value, 1)
    nth = 0
    while f'"flight {nth:02}"' in template:
        template = template.replace(f'"flight {nth:02}"', str(100 * id + nth), 1)
        nth += 1
    return template
