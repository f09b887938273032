"""One piece of work in a process of its own: `python -m tests.benchmarks.worker WORK FILE …`.

Prints what it took as JSON: seconds and how much the memory in use grew at its peak. What a user of
the library does not import is not imported: Python's collector would look at it again and again.
"""

import gc
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import isodate
import polars as pl

import spacecraft_analysis as sa
from tests.benchmarks import methods

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def main() -> None:
    """Does the work that the arguments name."""
    kind, *arguments = sys.argv[1:]
    print(json.dumps(WORK[kind](*arguments)))


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """What one call takes."""
    # Linux then counts the peak anew; elsewhere the memory is left out.
    with suppress(OSError):
        _CLEAR.write_text("5")
    held, start = _memory("VmRSS"), time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - start, "memory": _memory("VmHWM") - held}


def _memory(what: str) -> int:
    """A line of the process's status, in bytes."""
    try:
        found = re.search(rf"{what}:\s+([0-9]+) kB", _STATUS.read_text())
    except OSError:
        return 0
    return 1024 * int(found[1]) if found else 0


def read_with(name: str, file: str) -> dict[str, float]:
    """One method over the pages of a file, after one over the first six of them."""
    pages = methods.read_pages(Path(file))
    work = (methods.METHODS | methods.BOTH_TABLES)[name]
    # What a library sets up at its first use, its import too, is not what reading takes.
    work(pages[:6])
    return timed(lambda: work(pages))


def read_durations(name: str, count: str) -> dict[str, float]:
    """`durations`, or isodate value by value, over so many texts."""
    texts = [f"P{nth % 900}DT{nth % 24}H{nth % 60}M{nth % 59}S" for nth in range(int(count))]
    frame = pl.DataFrame({"text": texts})
    if name == "ours":
        frame.head(6).select(sa.durations(pl.col("text")))
        return timed(lambda: frame.select(sa.durations(pl.col("text"))))
    by_column = frame.select(sa.durations(pl.col("text"))).to_series()
    by_value = pl.Series([isodate.parse_duration(text) for text in texts], dtype=by_column.dtype)
    if not by_column.equals(by_value):
        raise SystemExit("durations() and isodate differ")
    return timed(lambda: [isodate.parse_duration(text) for text in texts])


def read_cached(mode: str, file: str) -> dict[str, float]:
    """A second fetch and its frames, beside reading and decoding the same bytes from plain files.

    Both several times in turns, since a fresh process for each would have to fetch again.
    """

    def frames() -> None:
        snapshot = library.fetch(mode=mode, dockings=True)
        made = [snapshot.spacecraft, snapshot.dockings]
        if mode == "detailed":
            made += [snapshot.flights, snapshot.configurations]
        assert all(frame.height for frame in made)

    from tests.ll2_server import Server, with_dockings

    pages = methods.read_pages(Path(file))
    records = [record for page in pages for record in json.loads(page)["results"]]
    with tempfile.TemporaryDirectory() as folder:
        # As many docking events as LL2 has.
        with Server(*with_dockings(records, 577)) as server:
            library = sa.LaunchLibrary(base_url=server.base_url, cache_dir=folder)
            first = library.fetch(mode=mode, dockings=True)
            asked = len(server.paid_requests)
            frames()
            again = len(server.paid_requests) - asked
        events = [json.dumps(event).encode() for event in first.docking_events or []]
        sent = [*first.text.pages, b"[%s]" % b",".join(events)]
        plain = [Path(folder, f"{nth}.json") for nth in range(len(sent))]
        for path, page in zip(plain, sent, strict=True):
            path.write_bytes(page)
        # Who fetches has no server in the process, at whose records Python's collector would look.
        del server, records, first, events, sent
        gc.collect()
        gc.freeze()
        rounds = [
            (timed(frames), timed(lambda: [json.loads(path.read_bytes()) for path in plain]))
            for _ in range(9)
        ]
    cached, decoded = (
        sorted(one["seconds"] for one in side)[4] for side in zip(*rounds, strict=True)
    )
    return {"seconds": cached, "plain": decoded, "first": asked, "second": again}


def measure(name: str, folder: str) -> dict[str, float]:
    """A measure of the tables in a folder."""
    from tests.benchmarks import measures

    return timed(measures.work(name, Path(folder)))


WORK: dict[str, Callable[..., dict[str, float]]] = {
    "read": read_with,
    "durations": read_durations,
    "cached": read_cached,
    "measure": measure,
}

if __name__ == "__main__":
    main()
