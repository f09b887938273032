"""The package from a user's script: its types are complete."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

RIGHT = """
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


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> list[str]:
    """What `mypy --strict` says of a right and of a wrong script.

    What it knows of the libraries stays in the checkout, so that it learns it but once.
    """
    folder = tmp_path_factory.mktemp("scripts")
    for name, script in (("right.py", RIGHT), ("wrong.py", WRONG)):
        (folder / name).write_text(script, "utf-8")
    known = pytestconfig.rootpath / ".mypy_cache" / "user_code"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={known}"]
    command += ["right.py", "wrong.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_a_script_passes_a_strict_type_check(told: list[str]) -> None:
    """A script that uses the package as it is meant has no errors under `mypy --strict`."""
    assert [line for line in told if line.startswith("right.py")] == []
    assert told[-1] == "Found 3 errors in 1 file (checked 2 source files)"


@pytest.mark.parametrize(
    "error",
    [
        'Module has no attribute "turnaround_periods"',
        'Unexpected keyword argument "serach" for "fetch" of "LaunchLibrary"',
        'expression has type "timedelta", variable has type "str"',
    ],
)
def test_a_wrong_script_does_not(told: list[str], error: str) -> None:
    """A name, an argument and a type that are wrong are found before the script runs."""
    assert any(error in line for line in told), told
