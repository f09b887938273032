"""Frames as files: each format gives back what it can hold."""

import io
import re
import zipfile
from datetime import datetime, timedelta, timezone

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.errors import SnapshotError
from spacecraft_analysis.frames.formats import FORMATS

AT = datetime(2020, 7, 1, 12, tzinfo=timezone.utc)
FRAME = pl.DataFrame(
    {
        "flight_id": [12345, 2],
        "name": ["=1+1", None],
        "launch_net": [AT, None],
        "duration": [timedelta(days=1, hours=12), None],
        "family_names": [["Soyuz", "@"], []],
        "height_m": [1.5, None],
        "human_rated": [True, False],
    }
)


def sheet(content: bytes) -> dict[str, str]:
    """Return the content of each cell of a workbook, as text."""
    book = zipfile.ZipFile(io.BytesIO(content))
    strings = re.findall(r"<si><t[^>]*>(.*?)</t></si>", book.read("xl/sharedStrings.xml").decode())
    rows = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in rows
    cells = re.findall(r'<c r="(\w+)"(?: s="\d+")?(?: t="(\w)")?><v>(.*?)</v>', rows)
    return {cell: strings[int(v)] if kind == "s" else v for cell, kind, v in cells}


def test_parquet_holds_it_all():
    """Parquet gives back the very frame: durations, lists and all."""
    read = pl.read_parquet(io.BytesIO(FORMATS[".parquet"](FRAME)))
    assert read.schema == FRAME.schema
    assert read.equals(FRAME)


def test_csv_and_tsv_differ_in_what_separates():
    """Both hold durations in seconds, lists as JSON, and no formula."""
    csv = FORMATS[".csv"](FRAME).decode().splitlines()[1]
    tsv = FORMATS[".tsv"](FRAME).decode().splitlines()[1]
    cells = ["12345", "'=1+1", "2020-07-01T12:00:00Z", "129600", '"[""Soyuz"", ""@""]"', "1.5"]
    assert csv == ",".join([*cells, "true"])
    assert tsv == "\t".join([*cells, "true"])


def test_ndjson_has_an_object_a_row():
    """NDJSON holds lists as lists, durations in seconds, and text as it is."""
    read = pl.read_ndjson(FORMATS[".ndjson"](FRAME))
    assert read["family_names"].to_list() == [["Soyuz", "@"], []]
    assert read["name"].to_list() == ["=1+1", None]
    assert read["duration_seconds"].to_list() == [129_600, None]
    assert read["launch_net"].str.to_datetime(time_zone="UTC").to_list() == [AT, None]


def test_a_workbook_counts_in_days():
    """In Excel instants and durations are numbers of days, text is text, and lists are JSON."""
    cells = sheet(FORMATS[".xlsx"](FRAME))
    assert {cells[cell] for cell in ("A2", "A3")} == {"12345", "2"}
    assert cells["B2"] == "=1+1"
    assert float(cells["C2"]) == (AT - datetime(1899, 12, 30, tzinfo=timezone.utc)).days + 0.5
    assert float(cells["D2"]) == 1.5
    assert cells["E2"] == '["Soyuz", "@"]'
    assert (cells["F2"], cells["G2"]) == ("1.5", "1")
    assert not {"B3", "C3", "D3", "F3"} & {*cells}


def test_a_workbook_cuts_no_text():
    """A text that is longer than Excel takes is an error, and not cut."""
    longest = pl.DataFrame({"a": ["x" * 32_767]})
    assert len(sheet(FORMATS[".xlsx"](longest))["A2"]) == 32_767
    with pytest.raises(SnapshotError, match="a text of 32,768 characters is too long"):
        FORMATS[".xlsx"](longest.select(pl.col("a") + "x"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_durations_as_text(suffix):
    """Each format writes durations in ISO 8601, too, under the column's own name."""
    content = FORMATS[suffix](FRAME, "iso")
    if suffix == ".parquet":
        read = pl.read_parquet(content)
        assert read.select(sa.durations(pl.col("duration"))).equals(FRAME.select("duration"))
    elif suffix == ".xlsx":
        assert sheet(content)["D2"] == "P1DT12H"
    else:
        assert b"P1DT12H" in content
        assert b"duration_seconds" not in content


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_frame_gives_the_same_bytes(suffix, monkeypatch):
    """No day and no zone of the machine is in a file."""
    before = FORMATS[suffix](FRAME)
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    assert FORMATS[suffix](FRAME) == before
    if suffix == ".xlsx":
        book = zipfile.ZipFile(io.BytesIO(before))
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
        assert book.read("docProps/core.xml").decode().count("1980-01-01") == 2


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_frame_without_rows(suffix):
    """A table without rows is a file, too."""
    assert isinstance(FORMATS[suffix](FRAME.clear()), bytes)
