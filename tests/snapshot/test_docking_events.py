"""Docking events beside the records: kept, written, read, selected."""

from datetime import timedelta
from pathlib import Path

import numpy
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot, SnapshotError
from tests.records import RETRIEVED, craft, docking, flight, snapshot

LATER = RETRIEVED + timedelta(hours=2)
ONE, TWO, THREE = (
    craft(at, flights=[flight(10 * at, "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")])
    for at in (1, 2, 3)
)
# The second craft docks with the third, which is the target; the last is of a station's module.
MODULE = {"id": 9, "name": "Module"}
EVENTS = [
    docking(1, ONE),
    docking(
        2,
        TWO,
        space_station_target=None,
        flight_vehicle_target=docking(0, THREE)["flight_vehicle_chaser"],
    ),
    docking(3, None, payload_flight_chaser=MODULE),
]


def with_events() -> Snapshot:
    return snapshot(
        *(ONE, TWO, THREE),
        docking_events=EVENTS,
        docking_events_retrieved_at=[RETRIEVED, RETRIEVED, LATER],
    )


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_events_are_written_and_read_back(suffix: str, tmp_path: Path) -> None:
    """A file gives back the events as sent and their pages' own times, in the same bytes again."""
    before = with_events()
    path = before.write(tmp_path / f"one{suffix}")
    after = sa.load(path)
    assert after.docking_events == EVENTS
    assert after.docking_events_sha256 == before.docking_events_sha256
    assert after.retrieved_at == LATER
    assert path.read_bytes() == after.write(tmp_path / f"two{suffix}").read_bytes()


def test_the_records_keep_their_checksum() -> None:
    """Events have a checksum of their own; that of the records does not know of them."""
    assert with_events().sha256 == snapshot(ONE, TWO, THREE).sha256
    assert with_events().docking_events_sha256 == snapshot(*EVENTS).sha256


def test_no_events_are_not_the_same_as_none_asked(tmp_path: Path) -> None:
    """Asked for and none there is an empty list; not asked for is nothing at all."""
    empty = sa.load(snapshot(ONE, docking_events=[]).write(tmp_path / "empty.json"))
    assert (empty.has_dockings, empty.docking_events) == (True, [])
    without = sa.load(snapshot(ONE).write(tmp_path / "without.json"))
    assert (without.has_dockings, without.docking_events) == (False, None)
    assert without.docking_events_sha256 is None


def test_events_without_times_of_their_own_have_the_records() -> None:
    """Where no time of theirs is given, they were sent when the latest of the records was."""
    made = snapshot(ONE, TWO, docking_events=EVENTS, retrieved_at=[RETRIEVED, LATER])
    assert made.retrieved_at == LATER


def test_times_of_events_are_checked_by_their_name() -> None:
    """What is wrong with the instants of events names the argument that it came in."""
    with pytest.raises(ValueError, match="docking_events_retrieved_at: 2 instants for 3 records"):
        snapshot(ONE, docking_events=EVENTS, docking_events_retrieved_at=[RETRIEVED, LATER])


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ({}, [1, 2, 3]),
        ({"ordering": "-id", "mode": "normal"}, [1, 2, 3]),
        ({"name": "Craft 1"}, [1]),
        ({"name": "Craft 3"}, [2]),
        ({"limit": 2}, [1, 2]),
        ({"search": "nobody"}, []),
    ],
)
def test_a_selection_keeps_the_events_of_its_craft(
    question: dict[str, object], kept: list[int]
) -> None:
    """With a filter or a limit those whose chaser or target stays; without, all of them."""
    events = with_events().select(**question).docking_events
    assert events is not None
    assert [event["id"] for event in events] == kept


def test_events_can_be_asked_to_be_there(tmp_path: Path) -> None:
    """A file without is refused with what to do; one with them gives them, asked for or not."""
    without = snapshot(ONE).write(tmp_path / "without.json")
    with pytest.raises(SnapshotError, match="no docking events; fetch it again with dockings=True"):
        sa.load(without, dockings=True)
    assert not sa.load(without, dockings=False).has_dockings
    path = with_events().write(tmp_path / "with.json")
    assert all(sa.load(path, dockings=asked).docking_events == EVENTS for asked in (True, False))
    assert sa.load(path, dockings=numpy.bool_(True)).has_dockings
    with pytest.raises(TypeError, match="did you mean 'dockings'"):
        sa.load(path, docking=True)
    with pytest.raises(TypeError, match="dockings='yes': expected bool"):
        sa.load(path, dockings="yes")
