"""The benchmarks as one command: tables side by side, then which goals hold."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from tests.benchmarks import catalogues, fleets, measures, methods

# Beyond these numbers of rows a method takes minutes, or more memory than most computers have.
LIMITS = {
    ("pl.json_normalize + isodate", "normal"): 10_000,
    ("pl.json_normalize + isodate", "detailed"): 592,
}
OURS, BOUND = "ours", "orjson.loads alone (bound)"
FEWER = "ours, 10,000 rows"
# Seconds; what has taken so long needs no further round.
ENOUGH = 2
BESIDE_PEERS = 1_000_000


@dataclass
class Report:
    """What was measured, and which goals hold."""

    goals: list[tuple[str, float, str, float]] = field(default_factory=list)

    def goal(self, what: str, value: float, relation: str, bound: float) -> None:
        """Notes what is to hold: `value` is to be at least, or at most, the bound."""
        self.goals.append((what, value, relation, bound))

    def table(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Prints a table, in Markdown."""
        print(f"\n## {title}\n\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
        for row in rows:
            print(f"| {' | '.join(str(cell) for cell in row)} |")
        sys.stdout.flush()

    def end(self) -> int:
        """Prints which goals hold; how many don't."""
        rows = []
        for what, value, relation, bound in self.goals:
            holds = value >= bound if relation == "≥" else value <= bound
            rows.append(
                (what, f"{value:.2f}", f"{relation} {bound:g}", "yes" if holds else "**no**")
            )
        self.table("Goals", ("goal", "measured", "wanted", "holds"), rows)
        print(
            "\nMeasured elsewhere: the time of the suite and its quick part, by README's commands "
            "(pytest prints it);\nthat of `report` beside an older version, in turns in a clone of "
            "each (`time spacecraft-analysis report`)."
        )
        return sum(row[-1] != "yes" for row in rows)


def main() -> int:
    """The number of goals that don't hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[592, 10_000, 100_000])
    parser.add_argument("--flights", type=int, nargs="*", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--dockings", type=int, nargs="*", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(
        f"{date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"medians of {asked.rounds} rounds in turns, fewer where they take over {ENOUGH} s, twice "
        "as many of 592 rows"
    )
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in asked.rows:
            for mode in ("normal", "detailed") if rows <= 10_000 else ("normal",):
                read_pages(report, folder, rows, mode, asked.rounds)
        both_tables(report, folder, asked.rounds)
        read_durations(report, asked.rounds)
        start_up(report, asked.rounds)
        cached_pages(report, folder)
        for of, counts in (("flight", asked.flights), ("docking", asked.dockings)):
            if counts:
                many(report, folder, of, counts, asked.rounds)
    return report.end()


def worker(*arguments: object) -> dict[str, float]:
    """What a piece of work took, in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.worker", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def in_turns(rounds: int, works: dict[str, tuple[object, ...]]) -> dict[str, dict[str, float]]:
    """The medians of what each work took, done once in each round until it has taken long."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, arguments in works.items():
            if sum(one["seconds"] for one in taken[name]) < ENOUGH:
                taken[name].append(worker(*arguments))
    return {
        name: {key: median(one[key] for one in each) for key in each[0]}
        for name, each in taken.items()
    }


def read_pages(report: Report, folder: Path, rows: int, mode: str, rounds: int) -> None:
    """Bytes of pages to one frame, by every method."""
    file = folder / f"{mode}-{rows}.pages"
    catalogues.write_pages(file, rows, mode)
    names = [name for name in methods.METHODS if rows <= LIMITS.get((name, mode), rows)]
    check_same(file, names)
    works = {name: ("read", name, file) for name in names}
    if rows > 10_000:
        # In the same turns, since a machine is now faster and now slower.
        fewer = folder / f"{mode}-10000.pages"
        catalogues.write_pages(fewer, 10_000, mode)
        works[FEWER] = ("read", OURS, fewer)
    # What takes milliseconds sways.
    taken = in_turns(rounds if rows >= 10_000 else 2 * rounds, works)
    if rows > 10_000:
        of_fewer = taken.pop(FEWER)["seconds"] / 10_000
        growth = taken[OURS]["seconds"] / rows / of_fewer
        report.goal(f"{rows:,} rows: time a row, × that at 10,000", growth, "≤", 1)
        kilobytes = taken[OURS]["memory"] / rows / 1024
        report.goal(f"{rows:,} rows: KB of memory a row", kilobytes, "≤", 8)
    ours = taken[OURS]
    report.table(
        f"{rows:,} spacecraft, {mode} pages ({file.stat().st_size / 2**20:,.1f} MB) to a frame",
        ("method", "median ms", "× ours", "rows/s", "memory MB"),
        [
            (
                name,
                f"{1_000 * one['seconds']:,.0f}",
                f"{one['seconds'] / ours['seconds']:.1f}",
                f"{rows / one['seconds']:,.0f}",
                f"{one['memory'] / 2**20:,.0f}",
            )
            for name, one in taken.items()
        ],
    )
    bounds = {
        592: {"pandas.json_normalize + to_timedelta": 9 if mode == "detailed" else 6},
        10_000: {
            "pandas.json_normalize + to_timedelta": 9,
            "pl.json_normalize + isodate": 14,
            BOUND: 3,
        },
    }
    for name, bound in bounds.get(rows, {}).items():
        if name in taken:
            times = taken[name]["seconds"] / ours["seconds"]
            report.goal(f"{rows:,} {mode} rows: times as fast as {name}", times, "≥", bound)
    file.unlink()


def both_tables(report: Report, folder: Path, rounds: int) -> None:
    """Bytes of full-size pages, every field of a launch filled, to spacecraft and flights."""
    file = folder / "full.pages"
    catalogues.write_pages(file, 607, "detailed")
    pages, size = methods.read_pages(file), file.stat().st_size
    if differing := methods.differing_flights(pages):
        raise SystemExit(f"pandas differs in {' and '.join(differing)}: nothing is timed")
    flights = methods.ours_with_flights(pages)[1].height
    works = {name: ("read", name, file) for name in (*methods.BOTH_TABLES, BOUND)}
    taken = in_turns(rounds, works)
    report.table(
        f"607 spacecraft and {flights} flights, full-size pages ({size / 2**20:.1f} MB)",
        ("method", "median ms", "memory ÷ bytes"),
        [
            (name, f"{1_000 * one['seconds']:,.0f}", f"{one['memory'] / size:.2f}")
            for name, one in taken.items()
        ],
    )
    ours, pandas, bound = taken.values()
    report.goal("both tables: memory ÷ bytes of the pages", ours["memory"] / size, "≤", 1)
    report.goal(f"both tables: × {BOUND}", ours["seconds"] / bound["seconds"], "≤", 0.6)
    times = pandas["seconds"] / ours["seconds"]
    report.goal("both tables: times as fast as pandas", times, "≥", 20)
    file.unlink()


def check_same(file: Path, names: list[str]) -> None:
    """Ends everything if a method gives other values than ours."""
    pages = methods.read_pages(file)[:10]
    wanted = methods.compared(methods.ours(pages))
    for name in names:
        frame = methods.METHODS[name](pages)
        if name != BOUND and not methods.compared(frame).equals(wanted):
            raise SystemExit(f"{name} gives other values than ours: nothing is timed")


def read_durations(report: Report, rounds: int) -> None:
    """`durations` beside isodate for each value."""
    works = {name: ("durations", name, 100_000) for name in (OURS, "isodate per value")}
    taken = in_turns(rounds, works)
    rows = [(name, f"{1_000 * one['seconds']:,.0f}") for name, one in taken.items()]
    report.table("100,000 durations", ("method", "median ms"), rows)
    times = taken["isodate per value"]["seconds"] / taken[OURS]["seconds"]
    report.goal("durations(): times as fast as isodate per value", times, "≥", 10)


def start_up(report: Report, rounds: int) -> None:
    """Cold processes, from start to end."""
    flights = 'import spacecraft_analysis as sa; sa.load("sample").flights'
    works = {
        "import polars": ("-c", "import polars"),
        "import spacecraft_analysis": ("-c", "import spacecraft_analysis"),
        "sample.flights": ("-c", flights),
        "--help": ("-m", "spacecraft_analysis", "--help"),
    }
    bounds = {"import spacecraft_analysis": 0.15, "sample.flights": 1.35}
    taken: dict[str, list[float]] = {name: [] for name in works}
    with tempfile.TemporaryDirectory() as folder:
        # Compiled beforehand, as an installed package is, whatever the environment says.
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for _ in range(3 * rounds + 1):
            for name, work in works.items():
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, *work], check=True, env=environment, stdout=subprocess.DEVNULL
                )
                taken[name].append(time.perf_counter() - start)
    # The first of each compiled.
    medians = {name: median(each[1:]) for name, each in taken.items()}
    rows = [(name, f"{1_000 * seconds:,.0f}") for name, seconds in medians.items()]
    report.table("Start of a process", ("work", "median ms"), rows)
    for name, bound in bounds.items():
        times = medians[name] / medians["import polars"]
        report.goal(f"cold {name}: × importing polars", times, "≤", bound)
    report.goal("spacecraft-analysis --help: seconds", medians["--help"], "≤", 0.15)


def cached_pages(report: Report, folder: Path) -> None:
    """A second fetch from cached pages, beside decoding the same bytes from plain files."""
    rows = []
    for mode in ("normal", "detailed"):
        file = folder / f"cached-{mode}.pages"
        catalogues.write_pages(file, 607, "detailed")
        one = worker("cached", mode, file)
        times = one["seconds"] / one["plain"]
        rows.append((mode, *(f"{1_000 * one[key]:,.1f}" for key in ("seconds", "plain"))))
        if mode == "detailed":  # what fetch() asks for by default
            report.goal("second fetch: × decoding plain files", times, "≤", 1)
        report.goal(f"first fetch of 607 and 577 events, {mode}: requests", one["first"], "≤", 13)
        report.goal(f"second fetch, {mode}: requests", one["second"], "≤", 0)
    heads = ("mode", "fetch + frames ms", "plain files ms")
    report.table("607 spacecraft and 577 dockings, cached pages to all frames", heads, rows)


def many(report: Report, folder: Path, of: str, counts: list[int], rounds: int) -> None:
    """Compare the measures over more and more rows, each reading the files itself."""
    write, of_them = {
        "flight": (fleets.write_flights, measures.OF_FLIGHTS),
        "docking": (fleets.write_dockings, measures.OF_DOCKINGS),
    }[of]
    rows, seconds = [], {}
    for count in counts:
        tables = folder / f"{count} {of}s"
        write(tables, count)
        works = [*of_them]
        # Of fewer rows each takes about a tenth of a second, of more DuckDB takes minutes.
        if count == BESIDE_PEERS:
            works += measures.peers(of_them)
            if differing := measures.differing(of_them, tables):
                raise SystemExit(f"other figures from {' and '.join(differing)}: nothing is timed")
        taken = in_turns(rounds, {name: ("measure", name, tables) for name in works})
        shutil.rmtree(tables)
        for name, one in taken.items():
            seconds[name, count], gigabytes = one["seconds"], one["memory"] / 2**30
            nanoseconds = f"{1e9 * one['seconds'] / count:,.0f}"
            cells = (f"{one['seconds']:.2f}", nanoseconds, f"{gigabytes:.2f}")
            rows.append((f"{count:,}", name, *cells))
            measure, _, peer = name.partition(" in ")
            if peer:
                times = one["seconds"] / taken[measure]["seconds"]
                wanted = 2 if measure == "turnaround_by_family" else 1.5
                report.goal(f"{count:,} {of}s: times as fast as {name}", times, "≥", wanted)
            elif count >= 10_000_000:
                report.goal(f"{name} of {count:,} {of}s: GB", gigabytes, "≤", 1.5)
    report.table(
        f"Measures of {of}s, lazy and streaming",
        (f"{of}s", "measure", "seconds", f"ns a {of}", "memory GB"),
        rows,
    )
    first, last = counts[0], counts[-1]
    for name in of_them if first < last else ():
        times = seconds[name, last] / last / (seconds[name, first] / first)
        report.goal(f"{name}: time a {of} at {last:,}, × {first:,}", times, "≤", 1.2)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
