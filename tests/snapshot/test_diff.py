"""What changed between two snapshots."""

from datetime import timedelta

import polars as pl

import spacecraft_analysis as sa
from spacecraft_analysis import Snapshot
from tests.records import RETRIEVED, config, craft, docking, flight, in_normal_mode, snapshot

LATER = RETRIEVED + timedelta(hours=2)


def changes(old: Snapshot, new: Snapshot) -> list[tuple[str | int | None, ...]]:
    return sa.diff(old, new).rows()


def test_added_removed_and_changed():
    """One row per craft added or removed, one per value changed; by id, then by column."""
    old = snapshot(craft(1), craft(2, time_docked="P5D", name="Old"))
    new = snapshot(craft(2, time_docked="P1DT2H", name="New"), craft(3))
    assert changes(old, new) == [
        ("spacecraft", 1, "Craft 1", None, "removed", None, None),
        ("spacecraft", 2, "New", "name", "changed", "Old", "New"),
        ("spacecraft", 2, "New", "time_docked", "changed", "P5D", "P1DT2H"),
        ("spacecraft", 3, "Craft 3", None, "added", None, None),
    ]


def test_flights_are_compared_without_their_craft():
    """A craft's new name is one change, not one for each of its flights; a moved flight is one."""
    leg = flight(7, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    old = snapshot(craft(1, flights=[leg]), craft(2))
    renamed = snapshot(craft(1, name="New", flights=[leg]), craft(2))
    assert [row[:4] for row in changes(old, renamed)] == [("spacecraft", 1, "New", "name")]
    moved = snapshot(craft(1), craft(2, flights=[leg]))
    assert changes(old, moved) == [("flights", 7, "Craft 2", "spacecraft_id", "changed", "1", "2")]


def test_launches_are_compared_but_not_what_is_derived_of_them():
    """A corrected pad is one change; a launch that was planned and has begun is none."""
    legs = [flight(7, "2025-01-01T01:00:00Z", None), flight(8, "2020-01-01T00:00:00Z", None)]
    old = snapshot(craft(1, in_space=True, flights=legs))
    legs[0]["launch"]["pad"]["name"] = "Pad 39A"
    legs[1]["launch"]["program"] = []
    new = snapshot(craft(1, in_space=True, flights=legs), retrieved_at=LATER)
    assert [*old.flights["is_planned"], *new.flights["is_planned"]] == [False, True, False, False]
    assert changes(old, new) == [
        ("flights", 7, "Craft 1", "launch_pad_name", "changed", "1/5", "Pad 39A"),
        ("flights", 8, "Craft 1", "launch_program_ids", "changed", "[17, 28]", "[]"),
        ("flights", 8, "Craft 1", "launch_program_names", "changed", "[ISS, Soyuz]", "[]"),
    ]


def test_growing_totals_are_not_corrections():
    """A total that grows while a craft is in space is not compared; once it has landed it is."""
    launched = "2020-01-01T00:00:00Z"

    def up(days: int, end: str | None = None) -> Snapshot:
        leg = flight(7, launched, end, duration=f"P{days}D")
        return snapshot(craft(1, in_space=end is None, time_in_space=f"P{days}D", flights=[leg]))

    assert changes(up(3), up(4)) == []
    columns = [row[3] for row in changes(up(3), up(4, "2020-01-05T00:00:00Z"))]
    assert columns == ["in_space", "time_in_space", "mission_end", "duration"]


def test_an_earlier_flight_without_an_end_does_not_grow():
    """Its duration is corrected, although its craft is in space again."""

    def again(duration: str) -> Snapshot:
        earlier = flight(6, "2019-01-01T00:00:00Z", None, duration=duration)
        legs = [earlier, flight(7, "2020-01-01T00:00:00Z", None)]
        return snapshot(craft(1, in_space=True, flights=legs))

    [row] = changes(again("P1D"), again("P5D"))
    assert row[:2] + row[3:] == ("flights", 6, "duration", "changed", "P1D", "P5D")


def test_a_flight_of_two_craft_is_compared_once():
    """Of two flights with one id the first counts, so a snapshot does not differ from itself."""
    leg = flight(7, "2020-01-01T00:00:00Z", None)
    twice = snapshot(craft(1, flights=[leg]), craft(2, flights=[leg]))
    assert changes(twice, twice) == []


def test_configurations_are_compared():
    """A corrected configuration is one change, however many craft it has."""
    old = snapshot(*(craft(at, spacecraft_config=config(height=5)) for at in (1, 2)))
    new = snapshot(*(craft(at, spacecraft_config=config(height=6.5)) for at in (1, 2)))
    assert changes(old, new) == [("configurations", 1, None, "height_m", "changed", "5.0", "6.5")]


def test_docking_events_are_compared():
    """A new event and a departure known now are changes; what it repeats of its craft is not."""
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


def test_an_open_docking_grows_without_being_corrected():
    """The time docked up to now is not compared."""
    leg = flight(7, "2020-01-01T00:00:00Z", None)
    up = craft(1, in_space=True, flights=[leg])
    event = docking(1, up, departure=None)
    later = snapshot(up, docking_events=[event], retrieved_at=LATER)
    assert changes(snapshot(up, docking_events=[event]), later) == []


def test_normal_mode_compares_spacecraft_alone(sample):
    """Against a snapshot in normal mode only spacecraft are compared."""
    assert changes(sample, in_normal_mode(sample)) == []


def test_an_empty_snapshot_in_normal_mode():
    """Without records the query decides: craft are added, their flights are not compared."""
    leg = flight(7, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    nothing, something = snapshot(query={"mode": "normal"}), snapshot(craft(1, flights=[leg]))
    assert changes(nothing, something) == [("spacecraft", 1, "Craft 1", None, "added", None, None)]
    assert [row[4] for row in changes(something, nothing)] == ["removed"]


def test_diff_has_the_same_columns_for_any_data():
    """The columns are there, as text, without a single change too."""
    names = ("table", "id", "spacecraft_name", "column", "change", "old", "new")
    expected = dict.fromkeys(names, pl.String()) | {"id": pl.Int64()}
    assert sa.diff(snapshot(), snapshot()).schema == expected
