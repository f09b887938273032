"""Snapshots: provenance, files, and what changed between two of them."""

import copy
import gzip
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from IPython.lib.pretty import pretty

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot, SnapshotError
from spacecraft_analysis.frames import Records
from tests.records import RETRIEVED, config, craft, docking, flight, snapshot

LATER = RETRIEVED + timedelta(hours=2)


def two_pages() -> Snapshot:
    return Snapshot(
        [craft(1), craft(2, description="Союз “🚀”\r\n")],
        url="https://ll/",
        query={"mode": "detailed"},
        retrieved_at=[RETRIEVED, LATER],
    )


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    """A file gives back the records as sent, where they come from, and each page's own time."""
    before = two_pages()
    after = sa.load(before.write(tmp_path / f"pull{suffix}"))
    assert after.records == before.records
    assert (after.url, after.query, after.sha256) == (before.url, before.query, before.sha256)
    assert after.retrieved_at == LATER
    assert after.spacecraft["retrieved_at"].to_list() == [RETRIEVED, LATER]


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_two_writes_are_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """The same snapshot gives the same bytes, under any name and at any time."""
    one = two_pages().write(tmp_path / f"one{suffix}")
    two = two_pages().write(tmp_path / f"two{suffix}")
    assert one.read_bytes() == two.read_bytes()


def test_sha256_is_over_sorted_compact_json() -> None:
    """The checksum depends on what the records say, not on the order of their keys."""
    records = [{"b": 1, "a": "ü"}]
    assert snapshot(*records).sha256 == snapshot({"a": "ü", "b": 1}).sha256
    # As sha256sum gives it for [{"a":"ü","b":1}]
    assert snapshot(*records).sha256 == (
        "42f102f53d7a5bc0f2045974169fb83a1b435d3c99a14e40ad8cde0097d0202e"
    )


def test_an_empty_snapshot_keeps_its_time(tmp_path: Path) -> None:
    """No records are a snapshot too, with its time and its columns."""
    after = sa.load(snapshot().write(tmp_path / "none.json"))
    assert (after.count, after.retrieved_at) == (0, RETRIEVED)
    assert after.flights.is_empty()


def test_instants_need_an_offset() -> None:
    """A time without an offset names no instant and is refused."""
    with pytest.raises(ValueError, match="offset"):
        snapshot(craft(1), retrieved_at=datetime(2025, 1, 1))


def test_instants_are_no_text() -> None:
    """An instant as text is answered with what makes one of it."""
    with pytest.raises(TypeError, match="expected datetime, as fromisoformat makes one, not str"):
        snapshot(craft(1), retrieved_at="2025-01-01T00:00:00Z")


def test_as_many_instants_as_records() -> None:
    """One instant, or one for each record; anything else is refused."""
    with pytest.raises(ValueError, match="2 instants for 1 records"):
        snapshot(craft(1), retrieved_at=[RETRIEVED, LATER])
    with pytest.raises(ValueError, match="retrieved_at is empty: give one instant"):
        snapshot(retrieved_at=[])


def test_instants_before_all_time() -> None:
    """An instant that UTC has no date for is refused as any other that can't be."""
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(ValueError, match="retrieved_at is no date in UTC"):
        snapshot(craft(1), retrieved_at=first)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Craft 1", "Craft X"),
        ("https://ll/", "https://LL/"),
        ('"mode": "detailed"', '"mode": "detailed", "limit": 2'),
        ("2025-01-01T00", "2025-01-01T01"),
        ('"count": 2', '"count": 1'),
        ('"format": "', '"format":"'),
        ("}\n]", "}]"),
    ],
)
def test_a_changed_file_is_refused(was: str, now: str, tmp_path: Path) -> None:
    """A file of which anything was changed, records or provenance, is refused by name."""
    path = two_pages().write(tmp_path / "pull.json")
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, now, 1), "utf-8")
    with pytest.raises(SnapshotError, match=r"pull\.json: its checksum does not match"):
        sa.load(path)


@pytest.mark.parametrize("form", [{"indent": 2}, {"separators": (",", ":")}, {}], ids=str)
def test_a_file_formatted_anew_is_refused(form: dict[str, Any], tmp_path: Path) -> None:
    """Whoever had an editor or jq set a file anew is told that the layout counts."""
    path = two_pages().write(tmp_path / "pull.json")
    path.write_text(json.dumps(json.loads(path.read_bytes()), **form), "utf-8")
    with pytest.raises(SnapshotError, match=r"the file was modified .*editor or jq"):
        sa.load(path)


@pytest.mark.parametrize("form", [{"indent": 2}, {}], ids=str)
def test_a_file_of_a_later_format_is_told(form: dict[str, Any], tmp_path: Path) -> None:
    """A file of a format to come is told as a newer version's, not as none of ours."""
    later = {"format": "spacecraft_analysis snapshot 13", "records": [], "results": []}
    path = tmp_path / "later.json"
    path.write_text(json.dumps(later, **form), "utf-8")
    with pytest.raises(SnapshotError, match=r"has format 13 .*this version reads format 2"):
        sa.load(path)


def test_other_ends_of_lines_are_no_change(tmp_path: Path) -> None:
    """A file that went through a tool that writes lines in its own way is still the same."""
    path = two_pages().write(tmp_path / "pull.json")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert sa.load(path).records == two_pages().records


def test_a_compressed_file_that_was_unpacked_is_read(tmp_path: Path) -> None:
    """A browser may unpack a file in passing and leave it its name."""
    path = two_pages().write(tmp_path / "pull.json.gz")
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert sa.load(path).records == two_pages().records


def test_a_number_beyond_every_float_is_written_as_one(tmp_path: Path) -> None:
    """A file never holds a number that JSON has not, and the record's checksum stays its own."""
    page = b'{"results":[{"id":1,"mass":1e400},{"id":2,\n"text":"Infinity"}]}'
    odd = Snapshot(Records((page,), 2), url="https://ll/", query={}, retrieved_at=RETRIEVED)
    path = odd.write(tmp_path / "odd.json")
    assert b'"mass":1e400}' in path.read_bytes()
    again = Snapshot(odd.records, url="https://ll/", query={}, retrieved_at=RETRIEVED)
    for made in (sa.load(path), sa.load(again.write(path))):
        assert b"Infinity}" not in path.read_bytes()
        assert made.sha256 == odd.sha256
    with pytest.raises(TypeError, match="NaN is no number that JSON has"):
        snapshot({"id": 1, "mass": float("nan")})


def test_half_a_character_is_kept_as_an_escape(tmp_path: Path) -> None:
    """A text that UTF-8 has no place for is written as LL2 could send it."""
    odd = snapshot(craft(1, name="Half \ud83d"))
    again = sa.load(odd.write(tmp_path / "odd.json"))
    assert (again.records, again.sha256) == (odd.records, odd.sha256)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.json", b'{"format": "spacecraft', "can't be read"),
        ("list.json", b"[]", "is not a snapshot"),
        ("page.json", b'{"count": 0, "results": []}', "page of LL2"),
        ("half.json.gz", gzip.compress(b"{}" * 99, mtime=0)[:20], "can't be read"),
        ("plain.json.gz", b"{}", "is not a snapshot"),
        ("old.json", b'{"format": "spacecraft_analysis snapshot 1"}', "has format 1"),
        ("bare-2.json", b'{"format": "spacecraft_analysis snapshot 2"}', "the file was modified"),
        ("deep.json", b"[" * 100_000, "can't be read"),
        ("table.csv", b"a,b", "can't be read"),
    ],
)
def test_files_that_are_no_snapshot(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    """Any other file is refused, naming it and saying what it is."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SnapshotError, match=message) as caught:
        sa.load(tmp_path / name)
    assert name in str(caught.value)


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A failed write names the path that was given and the reason, and leaves no half a file."""
    with pytest.raises(SnapshotError, match="ends in"):
        two_pages().write(tmp_path / "pull.parquet")
    wanted = tmp_path / "missing" / "pull.json"
    said = f"{wanted} can't be written: No such file or directory. Choose another path"
    with pytest.raises(SnapshotError, match=f"^{re.escape(said)}$"):
        two_pages().write(wanted)
    assert list(tmp_path.iterdir()) == []


def test_misspelt_question_to_a_file() -> None:
    """A misspelt argument is refused on a file as on the live source."""
    with pytest.raises(TypeError, match="did you mean 'in_space'"):
        sa.load("sample", in_spce=True)


def test_detailed_records_of_a_normal_snapshot() -> None:
    """A snapshot in normal mode can't be made detailed, and says so."""
    with pytest.raises(SnapshotError, match="normal mode"):
        sa.load("sample").select(mode="normal").select(mode="detailed")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("smaple", "no file smaple; did you mean 'sample'?"),
        ("today.json.gz", "no file today.json.gz; pass a snapshot's path, 'sample' or 'live'"),
        (".", "is a folder; pass the path of a snapshot in it"),
    ],
)
def test_a_source_that_is_none(source: str, said: str) -> None:
    """A source that is misspelt, missing or a folder is answered with what to give instead."""
    with pytest.raises(SnapshotError, match=re.escape(said)):
        sa.load(source)


def test_the_tables_and_their_sizes() -> None:
    """In IPython and in a notebook the snapshot shows its tables and their sizes, or why not."""
    whole = snapshot(craft(1), docking_events=[docking(1, None)])
    first, *tables = pretty(whole).splitlines()
    assert first.startswith(
        "<Snapshot of 1 spacecraft from https://ll/, retrieved 2025-01-01 00:00"
    )
    assert [line.split()[:3] for line in tables] == [
        *([".spacecraft", "1", "row,"], [".flights", "0", "rows,"]),
        *([".configurations", "1", "row,"], [".dockings", "1", "row,"]),
    ]
    assert "<code>.dockings</code></th><td>1 row, 77 columns</td>" in whole._repr_html_()
    bare = snapshot(craft(1)).select(mode="normal")
    assert "  .flights        none: fetch with mode='detailed'\n" in pretty(bare)
    assert pretty(bare).endswith("  .dockings       none: fetch with dockings=True")
    assert len(whole) == 1
    assert repr(whole) == first.split(";")[0] + ">"


def test_the_display_is_inert() -> None:
    """No text in what a notebook shows of a snapshot becomes markup."""
    shown = snapshot(craft(1), url="https://ll/?<script>alert(1)</script>")._repr_html_()
    assert "1 spacecraft" in shown
    assert "2025-01-01" in shown
    assert "<script>" not in shown


def test_the_display_counts_the_findings() -> None:
    """The line says how much `check` finds, by severity, or why nothing can be read."""
    unknown = {"time_in_space": None, "time_docked": None}
    assert "; check finds nothing<" in snapshot(craft(1, **unknown))._repr_html_()
    odd = snapshot(craft(1, **unknown, new_field=1, mission_ends_count=3))._repr_html_()
    assert "; check finds 1 error, 1 note<" in odd
    cut = snapshot({"id": 1}, {"id": 2}, {"id": 3})
    assert "url is missing" in cut._repr_html_()
    assert ".spacecraft</code></th><td>can't be read</td>" in cut._repr_html_()


def changes(old: Snapshot, new: Snapshot) -> list[tuple[str | int | None, ...]]:
    return sa.diff(old, new).rows()


def test_nothing_changed() -> None:
    """A snapshot does not differ from itself; when it was retrieved is no change."""
    later = snapshot(*two_pages().records, retrieved_at=LATER)
    assert changes(two_pages(), later) == []


def test_added_removed_and_changed() -> None:
    """One row per craft added or removed, one per value changed; by id, then by column."""
    old = snapshot(craft(1), craft(2, time_docked="P5D", name="Old"))
    new = snapshot(craft(2, time_docked="P1DT2H", name="New"), craft(3))
    assert changes(old, new) == [
        ("spacecraft", 1, "Craft 1", None, "removed", None, None),
        ("spacecraft", 2, "New", "name", "changed", "Old", "New"),
        ("spacecraft", 2, "New", "time_docked", "changed", "P5D", "P1DT2H"),
        ("spacecraft", 3, "Craft 3", None, "added", None, None),
    ]


def test_flights_are_compared_without_their_craft() -> None:
    """A craft's new name is one change, not one for each of its flights; a moved flight is one."""
    leg = flight(7, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    old = snapshot(craft(1, flights=[leg]), craft(2))
    renamed = snapshot(craft(1, name="New", flights=[leg]), craft(2))
    assert [row[:4] for row in changes(old, renamed)] == [("spacecraft", 1, "New", "name")]
    moved = snapshot(craft(1), craft(2, flights=[leg]))
    assert changes(old, moved) == [("flights", 7, "Craft 2", "spacecraft_id", "changed", "1", "2")]


def test_growing_totals_are_no_correction() -> None:
    """What grows while a craft is in space is no change; once it has landed it is one."""
    launched = "2020-01-01T00:00:00Z"

    def up(days: int, end: str | None = None) -> Snapshot:
        leg = flight(7, launched, end, duration=f"P{days}D")
        return snapshot(craft(1, in_space=end is None, time_in_space=f"P{days}D", flights=[leg]))

    assert changes(up(3), up(4)) == []
    columns = [row[3] for row in changes(up(3), up(4, "2020-01-05T00:00:00Z"))]
    assert columns == ["in_space", "time_in_space", "mission_end", "duration"]


def test_configurations_are_compared() -> None:
    """A corrected configuration is one change, however many craft it has."""
    old = snapshot(*(craft(at, spacecraft_config=config(height=5)) for at in (1, 2)))
    new = snapshot(*(craft(at, spacecraft_config=config(height=6.5)) for at in (1, 2)))
    assert changes(old, new) == [("configurations", 1, None, "height_m", "changed", "5.0", "6.5")]


def test_a_snapshot_without_docking_events_has_an_empty_table_for_who_asks_for_one() -> None:
    """The same columns and types as with events, and no rows."""
    with_events = snapshot(craft(1), docking_events=[docking(1, None)])
    empty = snapshot(craft(1)).dockings_or_empty
    assert (empty.height, empty.schema) == (0, with_events.dockings.schema)
    assert with_events.dockings_or_empty.height == 1


def test_docking_events_are_compared() -> None:
    """An event that came and a departure known now are changes; what it repeats is none."""
    leg = flight(7, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
    old_craft, new_craft = craft(1, name="Old", flights=[leg]), craft(1, name="New", flights=[leg])
    first = docking(1, old_craft, departure=None)
    old = snapshot(old_craft, docking_events=[first])
    new = snapshot(new_craft, docking_events=[docking(1, new_craft), docking(2, new_craft)])
    departed = "2020-01-05T00:00:00Z"
    assert [row for row in changes(old, new) if row[0] == "dockings"] == [
        ("dockings", 1, "New", "departure", "changed", None, departed),
        ("dockings", 2, "New", None, "added", None, None),
    ]
    assert [row[0] for row in changes(snapshot(new_craft), new)] == []


def test_an_open_docking_grows_without_being_corrected() -> None:
    """While it goes on nothing of it has changed, an hour later either."""
    leg = flight(7, "2020-01-01T00:00:00Z", None)
    up = craft(1, in_space=True, flights=[leg])
    event = docking(1, up, departure=None)
    now, later = (
        snapshot(up, docking_events=[event], retrieved_at=at) for at in (RETRIEVED, LATER)
    )
    assert changes(now, later) == []


def test_normal_mode_compares_spacecraft_alone() -> None:
    """Against a snapshot in normal mode only spacecraft are compared."""
    sample = sa.load("sample")
    assert changes(sample, sample.select(mode="normal")) == []


def test_an_empty_snapshot_in_normal_mode_is_one_too() -> None:
    """Nothing came of a question in normal mode: craft are added, their flights not compared."""
    leg = flight(7, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    nothing, something = snapshot(query={"mode": "normal"}), snapshot(craft(1, flights=[leg]))
    assert changes(nothing, something) == [
        ("spacecraft", 1, "Craft 1", None, "added", None, None),
    ]
    assert [row[4] for row in changes(something, nothing)] == ["removed"]


def test_diff_has_the_same_columns_for_any_data() -> None:
    """The columns are there, as text, without a single change too."""
    expected = {
        "table": pl.String,
        "id": pl.Int64,
        **dict.fromkeys(("spacecraft_name", "column", "change", "old", "new"), pl.String),
    }
    assert sa.diff(snapshot(), snapshot()).schema == expected


def test_records_are_not_touched() -> None:
    """Reading the frames leaves the records as LL2 sent them."""
    records = [craft(1, flights=[flight(1, "2020-01-01T00:00:00Z", None)])]
    before = copy.deepcopy(records)
    data = snapshot(*records)
    _ = data.spacecraft, data.flights, data.configurations, sa.check(data)
    assert data.records == before
