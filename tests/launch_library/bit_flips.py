"""Flips single bits of a cache file: the same data, or an error of ours, and nothing else.

`python -m tests.launch_library.bit_flips 1000` prints how often which happened.
"""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import spacecraft_analysis as sa
from tests.ll2_server import Server, catalogue, with_dockings


def flip_bits(count: int, folder: Path, *, seed: int = 0) -> Counter[str]:
    """Return how often which outcome was seen: offline and online for each of `count` bits."""
    rng = random.Random(seed)
    records, events = with_dockings(catalogue(40, seed=1), 30, seed=1)
    outcomes: Counter[str] = Counter()
    with Server(records, docking_events=events) as server:
        options = {"base_url": server.base_url, "cache_dir": folder}
        fetched = sa.LaunchLibrary(**options).fetch(dockings=True)
        expected = (fetched.records, fetched.docking_events)
        file = folder / "pages.sqlite"
        intact = file.read_bytes()
        for _ in range(count):
            damaged = bytearray(intact)
            damaged[rng.randrange(len(intact))] ^= 1 << rng.randrange(8)
            for offline in (True, False):
                file.write_bytes(damaged)
                server.requests.clear()
                way = "offline" if offline else "online"
                try:
                    found = sa.LaunchLibrary(**options, offline=offline).fetch(dockings=True)
                except sa.LaunchLibraryError as error:
                    outcomes[f"{way}: {type(error).__name__}"] += 1
                else:
                    same = (found.records, found.docking_events) == expected
                    requests = len(server.paid_requests)
                    outcomes[f"{way}: same, {requests} requests" if same else "other data"] += 1
    return outcomes


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = flip_bits(int(sys.argv[1]), Path(folder))
    for outcome, times in sorted(found.items()):
        print(f"{times:6,} {outcome}")
