"""The package from a user's script: its types are complete."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
from datetime import datetime, timedelta

import altair as alt
import polars as pl

import spacecraft_analysis as sa

library = sa.LaunchLibrary(offline=True, max_age=timedelta(days=2), progress=lambda *told: None)
cost: int = library.plan(search="Dragon").requests
snapshot: sa.Snapshot = sa.load("sample")
retrieved: datetime = snapshot.retrieved_at
names: list[str] = [record["name"] for record in snapshot.records]
eager: pl.DataFrame = sa.turnaround_by_family(snapshot.flights, by="config_name")
lazy: pl.LazyFrame = snapshot.flights.lazy().pipe(sa.in_orbit, every="1mo")
chart: alt.LayerChart = sa.turnaround_chart(sa.turnarounds(snapshot.flights))
length: timedelta = sa.parse_duration("P1D")
read: pl.DataFrame = eager.select(sa.durations(pl.col("family")))
try:
    sa.load("live")
except sa.ThrottledError as error:
    wait: timedelta = error.wait
"""
WRONG = """
import spacecraft_analysis as sa

sa.load("sample").flights.pipe(sa.turnaround_periods)
sa.LaunchLibrary().fetch(serach="Dragon")
length: str = sa.parse_duration("P1D")
"""


def mypy(folder: Path, script: str) -> str:
    (folder / "script.py").write_text(script, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "script.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


def test_a_script_passes_a_strict_type_check(tmp_path: Path) -> None:
    """A script that uses the package as it is meant has no errors under `mypy --strict`."""
    assert mypy(tmp_path, SCRIPT) == "Success: no issues found in 1 source file\n"


def test_a_wrong_script_does_not(tmp_path: Path) -> None:
    """A name, an argument and a type that are wrong are found before the script runs."""
    found = mypy(tmp_path, WRONG)
    assert "Found 3 errors" in found
    assert 'has no attribute "turnaround_periods"' in found
    assert 'Unexpected keyword argument "serach"' in found
