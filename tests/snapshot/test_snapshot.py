"""Snapshots: their records, where these come from, and narrower snapshots."""

import copy
from datetime import datetime, timedelta

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot, SnapshotError
from tests.records import RETRIEVED, craft, docking, flight, in_normal_mode, snapshot

LATER = RETRIEVED + timedelta(hours=2)
DAYS = ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
ONE, TWO, THREE = (craft(at, flights=[flight(10 * at, *DAYS)]) for at in (1, 2, 3))
TARGET = docking(0, THREE)["flight_vehicle_chaser"]
# The second craft docks with the third; the last event is a module's.
EVENTS = [
    docking(1, ONE),
    docking(2, TWO, space_station_target=None, flight_vehicle_target=TARGET),
    docking(3, None, space_station_chaser={"id": 9, "name": "Module"}),
]
WITH_EVENTS = snapshot(ONE, TWO, THREE, docking_events=EVENTS)


def test_sha256_is_over_sorted_compact_json():
    """The checksum depends on the content of the records, not on the order of their keys."""
    records = [{"b": 1, "a": "ü"}]
    # As sha256sum gives it for [{"a":"ü","b":1}]
    expected = "42f102f53d7a5bc0f2045974169fb83a1b435d3c99a14e40ad8cde0097d0202e"
    assert snapshot(*records).sha256 == snapshot({"a": "ü", "b": 1}).sha256 == expected


def test_the_checksum_in_a_file_is_that_of_the_records_in_it(tmp_path):
    """A change to the decoded records reaches neither."""
    changed = snapshot(*copy.deepcopy([ONE, TWO]), docking_events=EVENTS)
    changed.records[0]["name"] = "Changed"
    events = changed.docking_events or []
    events.clear()
    read = sa.load(changed.write(tmp_path / "changed.json"))
    assert read.sha256 == snapshot(*read.records).sha256 == changed.sha256
    assert read.docking_events_sha256 == snapshot(*read.docking_events or []).sha256


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"retrieved_at": datetime(2025, 1, 1)}, ValueError, "retrieved_at needs an offset"),
        ({"retrieved_at": "2025-01-01"}, TypeError, "expected datetime, got str .*fromisoformat"),
        ({"retrieved_at": [RETRIEVED, LATER]}, ValueError, "2 datetimes for 1 records"),
        ({"retrieved_at": []}, ValueError, "retrieved_at is empty: pass one datetime"),
        (
            {"docking_events": EVENTS, "docking_events_retrieved_at": []},
            *(ValueError, "docking_events_retrieved_at is empty"),
        ),
        (
            {"docking_events": EVENTS, "docking_events_retrieved_at": [RETRIEVED]},
            *(ValueError, "docking_events_retrieved_at: 1 datetimes for 3 records"),
        ),
        ({"docking_events": [EVENTS[0]] * 2}, SnapshotError, "two docking events have the id 1"),
    ],
)
def test_wrong_arguments(fields, error, message):
    """An impossible argument is refused by its name, with what is expected."""
    with pytest.raises(error, match=message):
        snapshot(ONE, **fields)


def test_a_selection_of_a_selection(sample):
    """What selected first still holds, and a contradiction is refused."""
    dragons = sample.select(search="Dragon")
    crewed = dragons.select(search="Crew", limit=20).select(limit=100)
    assert crewed.query == sample.query | {"search": "Dragon Crew", "limit": 20}
    assert crewed.records == sample.select(search="Dragon Crew", limit=20).records
    with pytest.raises(ValueError, match="status=2: these records were selected by status=1"):
        sample.select(status=1).select(status=2)


def test_two_records_with_one_id():
    """A record that is there twice would be counted twice, so it is refused."""
    with pytest.raises(SnapshotError, match="two records have the id 1; pass each one once"):
        snapshot(ONE, TWO, ONE)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ({"count": 1, "results": [ONE]}, r"got dict: pass page\['results'\]"),
        ("sample", "got str$"),
        (pl.DataFrame(), "got DataFrame$"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_records(records, message):
    """A page of LL2, a path or a frame in place of records is answered with what to pass."""
    with pytest.raises(TypeError, match=f"expected a list of records, {message}"):
        Snapshot(records, url="", query={}, retrieved_at=RETRIEVED)


@pytest.mark.parametrize(
    "call",
    [
        *(sa.check, sa.spacecraft_table),
        *(lambda frame: sa.export(frame, "a"), lambda frame: sa.diff(frame, frame)),
    ],
)
def test_what_is_not_a_snapshot(call):
    """A frame is answered with what is expected instead."""
    with pytest.raises(TypeError, match="expected a snapshot, as load returns, got DataFrame"):
        call(pl.DataFrame())


def test_records_of_two_versions():
    """Records of LL2 2.2.0 among those of 2.3.0 are named as that, not as malformed."""
    address = "https://ll.thespacedevs.com/{}/spacecraft/1/"
    old, new = ONE | {"url": address.format("2.2.0")}, TWO | {"url": address.format("2.3.0")}
    with pytest.raises(SnapshotError, match=r"of LL2 2\.2\.0 and 2\.3\.0 are mixed; use those of"):
        snapshot(old, new)
    assert snapshot(new).count == snapshot(old).count == 1


def test_events_without_times_have_those_of_the_records():
    """Docking events are taken to be as recent as the latest record."""
    data = snapshot(ONE, TWO, docking_events=[], retrieved_at=[RETRIEVED, LATER])
    assert data.retrieved_at == LATER


def test_tables_that_a_snapshot_lacks_can_be_had_empty():
    """The same columns and types as with data, and no rows."""
    normal = in_normal_mode(snapshot(ONE))
    for name in ("flights", "configurations", "dockings"):
        empty, rows = getattr(normal, f"{name}_or_empty"), getattr(WITH_EVENTS, name)
        assert (empty.height, empty.schema) == (0, rows.schema)
        assert getattr(WITH_EVENTS, f"{name}_or_empty").equals(rows)


@pytest.mark.parametrize(
    ("query", "selects"),
    [
        ({}, False),
        ({"ordering": "-id", "dockings": True, "mode": "detailed"}, False),
        ({"in_space": False}, True),
        ({"search": "craft"}, True),
        ({"name": "Craft 1"}, True),
        ({"limit": 2}, True),
        ({"limit": 3}, False),
    ],
)
def test_what_selects(query, selects, tmp_path):
    """A filter, search, name or a limit that cuts makes a selection, in a file too."""
    whole = snapshot(ONE, TWO, THREE, docking_events=EVENTS, is_selection=False)
    part = whole.select(**query)
    assert part.is_selection == selects
    assert sa.load(part.write(tmp_path / "part.json")).is_selection == selects
    assert part.select(ordering="id").is_selection == selects


def test_records_put_together_by_hand_are_a_selection(tmp_path, sample):
    """Its file says so; a file without that key is judged by its query."""
    path = snapshot(ONE).write(tmp_path / "hand.json")
    assert '"selection": true' in path.read_text()
    assert sa.load(path).is_selection
    whole = snapshot(ONE, is_selection=False).write(tmp_path / "whole.json")
    assert '"selection"' not in whole.read_text()
    assert not sa.load(whole).is_selection
    assert not sample.is_selection


@pytest.mark.parametrize(
    ("query", "event_ids"),
    [
        ({}, [1, 2, 3]),
        ({"ordering": "-id"}, [1, 2, 3]),
        ({"name": "Craft 1"}, [1]),
        ({"name": "Craft 3"}, [2]),
        ({"limit": 2}, [1, 2]),
        ({"search": "nobody"}, []),
    ],
)
def test_a_selection_has_the_events_of_its_craft(query, event_ids):
    """With a filter or a limit those whose chaser or target is in it; without, all of them."""
    events = WITH_EVENTS.select(**query).docking_events
    assert [event["id"] for event in events or []] == event_ids


def test_docking_events_can_be_required(tmp_path):
    """A file without them is refused with what to do; one with them always gives them."""
    import numpy

    without = snapshot(ONE).write(tmp_path / "without.json")
    with pytest.raises(SnapshotError, match="no docking events; fetch it again with dockings=True"):
        sa.load(without, dockings=True)
    assert not sa.load(without, dockings=False).has_dockings
    path = WITH_EVENTS.write(tmp_path / "with.json")
    for wanted in (True, False, numpy.bool_(True)):
        assert sa.load(path, dockings=wanted).docking_events == EVENTS
    with pytest.raises(TypeError, match="'docking'"):
        sa.load(path, docking=True)
    with pytest.raises(TypeError, match="dockings='yes': expected bool"):
        sa.load(path, dockings="yes")


def test_modes_are_not_converted():
    """Detailed records are not made normal, and normal ones can't be made detailed."""
    with pytest.raises(ValueError, match="mode='normal': these records are detailed; leave mode"):
        sa.load("sample", mode="normal")
    normal = in_normal_mode(snapshot(ONE))
    assert normal.select(mode="normal").count == 1
    with pytest.raises(SnapshotError, match="normal mode and can't give detailed records"):
        normal.select(mode="detailed")


def test_the_tables_and_their_sizes():
    """In IPython and in a notebook the snapshot shows its tables and their sizes, or why not."""
    from IPython.lib.pretty import pretty

    first, *tables = pretty(WITH_EVENTS).splitlines()
    assert first.startswith("<Snapshot of 3 spacecraft from https://ll/, retrieved 2025-01-01")
    assert [line.split()[:3] for line in tables] == [
        *([".spacecraft", "3", "rows,"], [".flights", "3", "rows,"]),
        *([".configurations", "1", "row,"], [".dockings", "3", "rows,"]),
    ]
    size = f"3 rows, {WITH_EVENTS.dockings.width} columns"
    assert f"<code>.dockings</code></th><td>{size}</td>" in WITH_EVENTS._repr_html_()
    normal = in_normal_mode(snapshot(ONE))
    assert "  .flights        none: fetch with mode='detailed'\n" in pretty(normal)
    assert pretty(normal).endswith("  .dockings       none: fetch with dockings=True")
    assert repr(WITH_EVENTS) == first.split(";")[0] + ">"
    assert len(normal) == 1


def test_the_display_is_inert():
    """No text of the snapshot becomes markup in a notebook."""
    shown = snapshot(craft(1), url="https://ll/?<script>alert(1)</script>")._repr_html_()
    assert "1 spacecraft" in shown
    assert "<script>" not in shown


def test_the_display_says_why_measures_count_fewer_flights(sample):
    """The sample lists 739 flights, and measures count 738: the Roadster is a mass simulator."""
    shown = f"739 rows, {sample.flights.width} columns; measures leave out 1 (planned, placeholder,"
    assert f"{shown} mass simulator)<" in sample._repr_html_()
    assert sa.outcomes_by_family(sample.flights)["flights_count"][-1] == 738


def test_the_display_of_the_sample_says_what_it_is(sample):
    """Its facts were not retrieved from LL2; a query that no spacecraft match is repeated."""
    source = "the bundled sample: public facts, compiled for this package in the format of Launch"
    assert repr(sample).startswith(f"<Snapshot of 551 spacecraft from {source}")
    assert repr(sample).endswith("Library 2, as of 2025-04-07 23:48 UTC>")
    nothing = repr(sample.select(search="Sojuz", limit=2))
    assert nothing.startswith("<Snapshot of 0 spacecraft (no spacecraft match search='Sojuz') from")


def test_the_display_counts_the_findings():
    """The line says how many findings there are, by severity, or why nothing can be read."""
    unknown = {"time_in_space": None, "time_docked": None}
    assert "; check finds nothing<" in snapshot(craft(1, **unknown))._repr_html_()
    shown = snapshot(craft(1, **unknown, new_field=1, mission_ends_count=3))._repr_html_()
    assert "; check finds 1 error, 1 note<" in shown
    cut = snapshot({"id": 1}, {"id": 2}, {"id": 3})
    assert "name is missing" in cut._repr_html_()
    assert ".spacecraft</code></th><td>can't be read</td>" in cut._repr_html_()


def test_the_scope_names_the_source_and_the_selection(sample):
    """An answer can say which spacecraft it is about: how many, whose, and how selected."""
    of = "spacecraft of the bundled sample"
    assert sample.scope == f"the 551 {of}"
    shuttles = sample.select(search="Shuttle", ordering="-id", limit=2)
    assert shuttles.scope == f"the 2 {of} selected by search='Shuttle', limit=2"
    by_name = "selected by search='no such name' (none match: change or leave out a filter)"
    assert sample.select(search="no such name").scope == f"the 0 {of} {by_name}"
    assert snapshot(ONE, TWO, is_selection=False).scope == "the 2 spacecraft of Launch Library 2"
    by_hand = "the 1 spacecraft of Launch Library 2 that were selected by hand"
    assert snapshot(ONE).scope == by_hand
