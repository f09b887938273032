"""The bundled sample: what its README says of it."""

import gzip
import json
from collections.abc import Iterable
from datetime import datetime, time, timezone
from pathlib import Path

import polars as pl

import spacecraft_analysis as sa
from spacecraft_analysis.frames import Records

FOLDER = Path(sa.__file__).with_name("sample")
README = (FOLDER / "README.md").read_text("utf-8")


def test_it_is_what_it_says(sample):
    """The sample is dated by its facts, small, and unchanged since it was written."""
    assert sample.retrieved_at == datetime(2025, 4, 7, 23, 48, 35, tzinfo=timezone.utc)
    file = FOLDER / "spacecraft.json.gz"
    assert file.stat().st_size < 400_000
    # By its path, its checksum is looked at as that of any file.
    assert sa.load(file).sha256 == sample.sha256
    assert json.loads(gzip.decompress(file.read_bytes()))["sha256"] == sample.sha256
    # Read from the file, these sums are what its records give.
    assert Records.of(sample.records).sha256 == sample.sha256
    assert Records.of(sample.docking_events or []).sha256 == sample.docking_events_sha256


def unnamed(craft: Iterable[str], after: str) -> list[str]:
    """The craft that the README's paragraph does not name after these words."""
    words = " ".join(README.split(after)[1].split("\n\n")[0].split())
    return [name for name in craft if name.split(" (")[0] not in words]


def test_docking_events_add_up(sample):
    """Of a craft they last as long as it was docked, to the second, but for what README says."""
    docked, total = pl.col("docked"), pl.col("time_docked")
    sums = sample.dockings.group_by("spacecraft_name").agg(
        docked.sum(), total.first(), unknown=docked.has_nulls()
    )
    exact = sums.filter(docked == total, ~pl.col("unknown"))
    assert exact.height == 210
    others = {*sums["spacecraft_name"]} - {*exact["spacecraft_name"]}
    assert len(others) == 12
    assert unnamed(others, "their events are incomplete:") == []


def test_whose_dockings_are_missing(sample):
    """The craft that were docked without an event here are those that the README names."""
    has_event = pl.col("spacecraft_id").is_in(sample.dockings["spacecraft_id"].implode())
    without = sample.spacecraft.filter(pl.col("time_docked") > pl.duration(), ~has_event)["name"]
    assert without.len() == 8
    assert unnamed(without, "but no event:") == []


def test_the_coverage(sample):
    """README's table by configuration is what the sample holds; the message gives it anew."""
    end, is_exact = pl.col("mission_end"), pl.col("launch_name").str.contains("STS-103")
    flown = sample.flights.group_by("config_id").agg(
        flights=pl.len(),
        day=((end.dt.time() == time(0)) & ~is_exact).sum(),
        no_end=(end.is_null() & ~pl.col("in_space")).sum(),
    )
    craft = sample.spacecraft.group_by("config_id").agg(craft=pl.len())
    joined = sample.configurations.join(craft, on="config_id")
    names = ("name", "craft", "flights", "spacecraft_flown", "total_launch_count", "day", "no_end")
    rows = joined.join(flown, on="config_id", how="left").sort("config_id").select(names)
    total = rows.select(pl.lit("together"), pl.exclude("name").sum())
    cells = [[str(value or "") for value in row] for row in (*rows.rows(), *total.rows())]
    wanted = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    assert wanted in README, f"put this into the sample's README:\n{wanted}"
