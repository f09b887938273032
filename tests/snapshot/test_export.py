"""Exports: what other tools read in them, and what happens to what was there before."""

import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot, SnapshotError
from spacecraft_analysis.frames.tables import TABLES
from tests.records import craft, docking, flight, in_normal_mode, snapshot
from tests.snapshot import full_disk

SHUTTLE, STS_1 = pl.col("family") == "Space Shuttle", "Space Shuttle Columbia / OV-102 | STS-1"
LEG = flight(7, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
FLOWN = craft(1, name="=1+1", time_in_space="PT1.5S", time_docked="-PT38M", flights=[LEG])
ONE = snapshot(FLOWN)


@pytest.fixture(scope="module")
def folder(sample: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sa.export(sample, tmp_path_factory.mktemp("export") / "spacecraft").path


def files(path: Path) -> dict[str, bytes]:
    """The content of a file, or of each file in a folder, by its name."""
    return {one.name: one.read_bytes() for one in (path.iterdir() if path.is_dir() else [path])}


def package(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_bytes())
    return found


@pytest.mark.slow
def test_the_package_is_valid(folder, monkeypatch):
    """Frictionless finds types, keys, foreign keys, sizes and checksums as described."""
    import frictionless

    monkeypatch.chdir(folder)
    report = frictionless.validate("datapackage.json")
    assert report.valid, report.to_summary()
    assert [task.name for task in report.tasks] == [table.name for table in TABLES]


def test_the_package_describes_itself(sample, folder):
    """Each column with its meaning and unit, the keys, and where the data comes from."""
    described = package(folder)
    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert described["created"] == "2025-04-07T23:48:35Z"
    assert described["snapshot"]["sha256"] == sample.sha256
    assert described["snapshot"]["query"] == sample.query
    sources = {one.get("path") for one in described["sources"]}
    assert sources >= {"https://ll.thespacedevs.com/", "https://planet4589.org/space/gcat"}
    spacecraft, flights, _, dockings = (one["schema"] for one in described["resources"])
    fields = {field["name"]: field for field in spacecraft["fields"]}
    assert fields["time_docked_seconds"]["unit"] == "s"
    assert fields["family_ids"]["type"] == "array"
    assert all(field["description"] for field in fields.values())
    assert flights["primaryKey"] == ["flight_id"]
    references = {one["fields"][0]: one["reference"] for one in dockings["foreignKeys"]}
    assert references == {
        "flight_id": {"resource": "flights", "fields": ["flight_id"]},
        "spacecraft_id": {"resource": "spacecraft", "fields": ["spacecraft_id"]},
        "config_id": {"resource": "configurations", "fields": ["config_id"]},
    }


@pytest.mark.slow
def test_pandas_reads_the_same_values(sample, folder):
    """The Shuttles' time in space and the launch of STS-1 are the same there."""
    import pandas

    craft = pandas.read_csv(folder / "spacecraft.csv")
    total = craft[craft["family"] == "Space Shuttle"]["time_in_space_seconds"].sum()
    seconds = sample.spacecraft.filter(SHUTTLE)["time_in_space"].dt.total_seconds().sum()
    assert total == seconds == 114_968_420
    flights = pandas.read_csv(folder / "flights.csv", parse_dates=["launch_net"])
    [launch] = flights[flights["launch_name"] == STS_1]["launch_net"]
    assert launch == sample.flights.filter(pl.col("launch_name") == STS_1)["launch_net"].item()
    assert launch.isoformat() == "1981-04-12T12:00:04+00:00"


def test_a_measure_gives_the_same_of_what_was_read_back(sample, folder):
    """With durations made of the seconds, frames of an export are like those of the snapshot."""
    flights = pl.read_csv(folder / "flights.csv", try_parse_dates=True)
    assert sa.turnaround_by_family(flights).equals(sa.turnaround_by_family(sample.flights))
    names = ("time_in_space", "time_docked")
    totals = [pl.duration(seconds=f"{name}_seconds").alias(name) for name in names]
    craft = pl.read_csv(folder / "spacecraft.csv", try_parse_dates=True).with_columns(totals)
    assert sa.utilisation_by_family(craft).equals(sa.utilisation_by_family(sample.spacecraft))


@pytest.mark.parametrize(
    ("durations", "name", "cell", "kind"),
    [
        ("seconds", "time_docked_seconds", "-2280", "number"),
        ("iso", "time_docked", "-PT38M", "duration"),
    ],
)
def test_durations_in_csv(durations, name, cell, kind, tmp_path):
    """Numbers have their unit in the column's name; text is described as a duration."""
    path = sa.export(ONE, tmp_path / "a", durations=durations).path
    row = pl.read_csv(path / "spacecraft.csv", infer_schema=False).row(0, named=True)
    assert (row[name], row["name"], row["family_ids"]) == (cell, "'=1+1", "[]")
    fields = package(path)["resources"][0]["schema"]["fields"]
    assert [field["type"] for field in fields if field["name"] == name] == [kind]


@pytest.mark.parametrize(("durations", "dtype"), [("seconds", pl.Float64), ("native", pl.Duration)])
def test_parquet(durations, dtype, tmp_path):
    """Parquet has lists and instants as they are, and durations as asked for."""
    path = sa.export(ONE, tmp_path / "a", format="parquet", durations=durations).path
    frame = pl.read_parquet(path / "spacecraft.parquet")
    name = "time_in_space" if durations == "native" else "time_in_space_seconds"
    assert frame.schema[name] == dtype
    assert frame.schema["family_ids"] == pl.List(pl.Int64)
    assert frame.schema["retrieved_at"] == pl.Datetime("us", "UTC")
    assert package(path)["resources"][0]["path"] == "spacecraft.parquet"


@pytest.mark.parametrize(("name", "format"), [("a", "csv"), ("a", "parquet"), ("a.xlsx", "csv")])
def test_two_exports_are_the_same_bytes(name, format, tmp_path):
    """The same snapshot gives the same bytes, in a folder and in a workbook."""
    first, second = (files(sa.export(ONE, tmp_path / name, format=format).path) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_a_database(sample, tmp_path):
    """DuckDB finds seconds, instants in UTC, lists, keys and comments; a rerun replaces it."""
    import duckdb

    path = tmp_path / "spacecraft.duckdb"
    for data in (ONE, sample):
        sa.export(data, path)
    assert [one.name for one in tmp_path.iterdir()] == ["spacecraft.duckdb"]
    with duckdb.connect(str(path), read_only=True) as connection:

        def ask(sql: str) -> list[Any]:
            return connection.execute(sql).fetchall()

        shuttles = "FROM spacecraft WHERE family = 'Space Shuttle'"
        assert ask(f"SELECT sum(time_in_space_seconds) {shuttles}") == [(114_968_420,)]
        [launch] = ask(f"SELECT launch_net FROM flights WHERE launch_name = '{STS_1}'")
        assert launch == (datetime(1981, 4, 12, 12, 0, 4),)
        types = {name: kind for name, kind, *_ in ask("DESCRIBE flights")}
        names = ("launch_net", "duration_seconds", "family_ids")
        assert [types[name] for name in names] == ["TIMESTAMP", "DOUBLE", "BIGINT[]"]
        assert ask("SELECT * FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == []
        keys = ask("SELECT constraint_type FROM duckdb_constraints()")
        assert (keys.count(("FOREIGN KEY",)), keys.count(("PRIMARY KEY",))) == (6, 4)
        [tags] = ask("SELECT tags FROM duckdb_databases() WHERE NOT internal")
        assert "v1.2" in str(tags)


@pytest.mark.slow
def test_a_database_of_others_is_left_alone(tmp_path):
    """A database with other tables or views, or none, is not overwritten; an empty one is."""
    import duckdb

    mine = ("TABLE mine (a INTEGER)", "TABLE flights (note TEXT)", "VIEW flights AS SELECT 1")
    for nth, what in enumerate((None, *mine)):
        path = tmp_path / f"{nth}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE {what}" if what else "SELECT 1")
        before = path.read_bytes()
        if what:
            with pytest.raises(SnapshotError, match="is not an earlier export; choose another"):
                sa.export(ONE, path)
            assert path.read_bytes() == before
        else:
            assert sa.export(ONE, path).tables
    path.write_text("a note")
    with pytest.raises(SnapshotError, match=r"\.duckdb can't be written"):
        sa.export(ONE, path)
    assert path.read_text() == "a note"


def test_a_workbook(tmp_path):
    """A sheet a table and one of meanings, days as numbers, and UTC in the header of instants."""
    path = sa.export(ONE, tmp_path / "a.xlsx").path
    with zipfile.ZipFile(path) as book:
        workbook = book.read("xl/workbook.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for name in ("spacecraft", "flights", "configurations", "meanings"):
        assert f'<sheet name="{name}"' in workbook
    for text in ("time_docked_days", "launch_net (UTC)", "=1+1", "Shortest turnaround"):
        assert text in texts
    assert f"<v>{-38 / 1440}"[:10] in sheet
    assert "<f>" not in sheet


def test_what_the_snapshot_lacks_is_left_out(tmp_path):
    """Tables of detailed mode and dockings are named with the argument that gets them."""
    written = sa.export(in_normal_mode(ONE), tmp_path / "a")
    assert written.tables == ("spacecraft",)
    assert written.left_out == (
        "no flights: the snapshot was fetched without mode='detailed'",
        "no configurations: the snapshot was fetched without mode='detailed'",
        "no dockings: the snapshot was fetched without dockings=True",
    )
    assert {*files(written.path)} == {"spacecraft.csv", "datapackage.json"}


@pytest.mark.slow
def test_keys_that_do_not_hold_are_left_out(tmp_path):
    """A docking of a flight that is not there has no foreign key, and breaks no database."""
    import duckdb

    other = craft(2, flights=[flight(8, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")])
    data = snapshot(FLOWN, docking_events=[docking(1, FLOWN), docking(2, other)])
    written = sa.export(data, tmp_path / "a")
    assert written.left_out == (
        "no foreign key dockings.flight_id: 1 row refers to a flight that is not there",
        "no foreign key dockings.spacecraft_id: 1 row refers to a spacecraft that is not there",
    )
    dockings = package(written.path)["resources"][-1]["schema"]
    assert [key["fields"] for key in dockings["foreignKeys"]] == [["config_id"]]
    sa.export(data, tmp_path / "a.duckdb")
    with duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM dockings").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("a.csv", {}, r"a folder, or a file that ends in \.duckdb or \.xlsx"),
        ("a", {"format": "xml"}, "expected csv or parquet"),
        ("a", {"durations": "hours"}, "expected one of seconds, days, iso, native"),
        ("a.duckdb", {"format": "parquet"}, "is for a folder"),
        ("a.xlsx", {"durations": "iso"}, "a workbook has days"),
        ("a.xlsx", {"durations": "seconds"}, "a workbook has days"),
        ("", {}, "the path is empty"),
    ],
)
def test_wrong_arguments(path, options, message, tmp_path):
    """A path or an option that does not fit is refused before anything is written."""
    with pytest.raises(ValueError, match=message):
        sa.export(ONE, tmp_path / path if path else "", **options)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_export_is_replaced(tmp_path):
    """Only the files that it names are replaced or removed; the user's own files stay."""
    folder = tmp_path / "a"
    folder.mkdir()
    sa.export(snapshot(FLOWN, docking_events=[]), folder)
    (folder / "notes.txt").write_text("mine")
    sa.export(ONE, folder, format="parquet")
    assert {*files(folder)} == {
        *("datapackage.json", "notes.txt"),
        *("spacecraft.parquet", "flights.parquet", "configurations.parquet"),
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [("notes.txt", "mine"), ("datapackage.json", '{"name": "other"}'), ("datapackage.json", "[]")],
)
def test_a_folder_of_others_is_left_alone(name, content, tmp_path):
    """A folder with other files, or another's Data Package, is a SnapshotError."""
    (tmp_path / name).write_text(content)
    with pytest.raises(SnapshotError, match="is not an earlier export, and not empty; choose"):
        sa.export(ONE, tmp_path)
    assert files(tmp_path) == {name: content.encode()}


def test_a_users_file_under_a_name_of_ours_is_left_alone(tmp_path):
    """A file that the earlier export does not name is not overwritten."""
    sa.export(ONE, tmp_path / "a")
    (tmp_path / "a" / "dockings.csv").write_text("mine")
    before = files(tmp_path / "a")
    with pytest.raises(SnapshotError, match=r"dockings\.csv is not of an earlier export"):
        sa.export(snapshot(FLOWN, docking_events=[]), tmp_path / "a")
    assert files(tmp_path / "a") == before


@pytest.mark.parametrize("name", ["a", "a.xlsx", pytest.param("a.duckdb", marks=pytest.mark.slow)])
def test_a_full_disk_leaves_the_old_export(name, tmp_path):
    """An export that does not fit leaves what was there, and nothing beside it."""
    path = tmp_path / name
    sa.export(ONE, path)
    before = files(path)
    with full_disk(3_000), pytest.raises(SnapshotError, match=rf"{name} can't be written"):
        sa.export(snapshot(FLOWN, craft(2)), path)
    assert files(path) == before
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_an_interruption_leaves_the_old_export(tmp_path, monkeypatch):
    """Ctrl-C between any two files leaves the old folder as it was."""
    folder = tmp_path / "a"
    sa.export(ONE, folder)
    before, replace = files(folder), os.replace
    larger = snapshot(FLOWN, craft(2), docking_events=[])
    for nth in range(5):
        calls = iter(range(100))

        def interrupted(old: Any, new: Any, calls: Any = calls, nth: int = nth) -> None:
            if next(calls) == nth:
                raise KeyboardInterrupt
            replace(old, new)

        monkeypatch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sa.export(larger, folder)
        assert files(folder) == before


KILLED = """
import os, sys
import spacecraft_analysis as sa
from tests.snapshot.test_export import ONE

os.replace = lambda *paths: os._exit(9)
sa.export(ONE, sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", ["nothing", "an empty folder", "an export"])
def test_an_export_that_was_killed_does_not_block_the_next(before, tmp_path):
    """What it left in the folder is removed by the next one."""
    folder = tmp_path / "a"
    if before != "nothing":
        folder.mkdir()
    if before == "an export":
        sa.export(ONE, folder)
    command = [sys.executable, "-c", KILLED, folder]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], check=False).returncode == 9
    assert [*tmp_path.rglob(".spacecraft-analysis-*")]
    sa.export(ONE, folder, format="parquet")
    tables = ("spacecraft", "flights", "configurations")
    assert {*files(folder)} == {"datapackage.json", *(f"{table}.parquet" for table in tables)}
