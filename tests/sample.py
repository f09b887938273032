"""Make the bundled sample from the pages that it was compiled into: `python -m tests.sample DIR`.

`DIR` holds `spacecraft-detailed.json` and `docking-events.json`, each in the form of a response of
LL2.
"""

import argparse
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import spacecraft_analysis
from spacecraft_analysis import Snapshot
from tests.ll2_server.modes import normal

SAMPLE = Path(spacecraft_analysis.__file__).parent / "sample" / "spacecraft.json.gz"
URL = (
    "the bundled sample: public facts, compiled for this package in the format of Launch Library 2"
)
AS_OF = datetime(2025, 4, 7, 23, 48, 35, tzinfo=timezone.utc)


def _results(page: Path) -> list[dict[str, Any]]:
    return json.loads(page.read_text("utf-8"))["results"]


def _spacecraft(folder: Path) -> list[dict[str, Any]]:
    records = _results(folder / "spacecraft-detailed.json")
    for record in records:
        for flight in record["flights"]:
            # Two flights have their spacecraft as it was before its record was completed.
            flight["spacecraft"] = normal(record)
    return records


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.sample", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pages are")
    folder = parser.parse_args().folder
    sample = Snapshot(
        _spacecraft(folder),
        docking_events=_results(folder / "docking-events.json"),
        url=URL,
        query={"mode": "detailed", "ordering": "id", "dockings": True},
        retrieved_at=AS_OF,
    )
    print(sample.write(SAMPLE), SAMPLE.stat().st_size, "bytes")


if __name__ == "__main__":
    _main()
