"""Make the bundled sample from the pages that it was compiled into: `python -m tests.sample DIR`.

`DIR` holds `spacecraft-detailed.json` and `docking-events.json`, each in the form of a response of
LL2.
"""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import spacecraft_analysis
from spacecraft_analysis import Snapshot
from tests.ll2_server.modes import normal

SAMPLE = Path(spacecraft_analysis.__file__).parent / "sample" / "spacecraft.json.gz"
URL = (
    "the bundled sample: public facts, compiled for this package in the format of Launch Library 2"
)

if __name__ == "__main__":
    records, events = (
        json.loads(Path(sys.argv[1], name).read_text("utf-8"))["results"]
        for name in ("spacecraft-detailed.json", "docking-events.json")
    )
    for record in records:
        for flight in record["flights"]:
            # Two flights have their spacecraft as it was before its record was completed.
            flight["spacecraft"] = normal(record)
    sample = Snapshot(
        records,
        docking_events=events,
        url=URL,
        query={"mode": "detailed", "ordering": "id", "dockings": True},
        retrieved_at=datetime(2025, 4, 7, 23, 48, 35, tzinfo=timezone.utc),
    )
    print(sample.write(SAMPLE), SAMPLE.stat().st_size, "bytes")
