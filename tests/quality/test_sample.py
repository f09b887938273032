"""The findings of the bundled sample: those named or counted here, and nothing else."""

from __future__ import annotations

import polars as pl
import pytest

import spacecraft_analysis as sa
from tests.records import snapshot

ENDEAVOUR, FREEDOM = "Crew Dragon Endeavour", "Crew Dragon Freedom"
NAMED = {
    "docked longer than in space": ["Soyuz T-15", "Soyuz TM-2", "Soyuz TM-4"],
    "mission end before or at launch": ["Gemini SC3", "Mercury No.2"],
    "duplicate serial within a configuration": ["Soyuz MS-13", "Soyuz MS-17"],
    "departure after mission end": [
        *("Dragon C108", "Dragon C113", "Soyuz 11", "Soyuz TM-2", "Soyuz TM-4")
    ],
    "departure unknown though not in space": [
        *("Cargo Dragon C208", ENDEAVOUR, "Crew Dragon Resilience", "Cygnus CRS NG-14"),
        "Cygnus CRS NG-21 (S.S. Francis R. “Dick” Scobee)",
        *("Progress MS-15", "Progress-MS 27", "Progress-MS 28", "Soyuz MS-17", "Soyuz MS-25"),
        "Tianzhou-7",
    ],
    "overlapping dockings of one flight": ["Soyuz T-15"],
    "first docking over ten days after launch": [
        *(ENDEAVOUR, "Cygnus 1", "Georges Lemaître ATV", "Jules Verne ATV", "Soyuz TMA-19")
    ],
    # STS-101 and Soyuz TMA-19 are wrong in the data; the other five flights were like that.
    "time to dock far from the others of its configuration": [
        *("Cygnus CRS OA-5", "Progress M-10", "Progress M-7", "Progress MS-13", "Soyuz MS-14"),
        *("Soyuz TMA-19", "Space Shuttle Atlantis"),
    ],
    "departure fits another flight better": [f"Soyuz TM-{nth}" for nth in range(2, 7)],
    # Soyuz TMA, in the unit of its siblings 7.48.
    "taller than any rocket": [None],
    "launch at midnight, so perhaps known to the day only": ["Progress M-12M", "Soyuz 7K-L1 No.8L"],
    # Of these some events, or all, are in no stored source.
    "Σ dockings ≠ time docked": [
        *(ENDEAVOUR, FREEDOM, "Cygnus CRS NG-20 (S.S. Patricia “Patty” Hilliard Robertson)"),
        *("Progress 20", "Progress M-46", "Progress MS-20", "Progress MS-24", "Shenzhou 13"),
        *("Soyuz 34", "Soyuz MS-23"),
    ],
}
COUNTED = {
    "end unknown though not in space": 34,
    "zero time in space though flown": 27,
    # 144 of these ends are known to the day only; STS-103 really ended then.
    "end exactly at midnight, so perhaps known to the day only": 145,
    "two craft at one port at the same time": 27,
    "fewer flights listed than LL2 counts for the configuration": 13,
}


@pytest.fixture(scope="module")
def found(sample: sa.Snapshot) -> pl.DataFrame:
    return sa.check(sample)


def test_what_is_found(found):
    """The sample's known faults are found, and nothing else."""
    named = found.filter(~found["rule"].is_in(COUNTED))
    assert {
        rule: sorted(named.filter(rule=rule)["spacecraft_name"]) for rule in named["rule"]
    } == NAMED
    assert {rule: found.filter(rule=rule).height for rule in COUNTED} == COUNTED


def test_the_times_to_dock_of_the_others(found):
    """STS-101 docked in the data 18.3 hours after launch, its neighbours after 41 to 67."""
    far = found.filter(rule="time to dock far from the others of its configuration")
    [explanation] = far.filter(spacecraft_name="Space Shuttle Atlantis")["explanation"]
    assert explanation == (
        "docked 18h 18m 50s after launch; the 23 other flights of Space Shuttle within five years "
        "took 1d 16h 52m 59s to 2d 18h 27m 26s"
    )


def test_an_empty_snapshot(found):
    """No records, no findings, the same columns."""
    empty = sa.check(snapshot())
    assert empty.is_empty()
    assert empty.schema == found.schema


def test_flagged_values_are_errors_and_warnings(found):
    """A note says nothing against a value, so it marks none; all columns stay."""
    flagged = sa.flagged(found)
    assert flagged.schema == found.schema
    assert flagged.height == 111
    assert {*flagged["severity"]} == {"error", "warning"}
    with pytest.raises(ValueError, match=r"lacks severity; pass what check\(snapshot\) returns"):
        sa.flagged(found.drop("severity"))
    with pytest.raises(TypeError, match=r"as check\(snapshot\) returns, got int"):
        sa.flagged(3)
    assert {*found.join(flagged, on=found.columns, how="anti", nulls_equal=True)["severity"]} == {
        "note"
    }


@pytest.mark.slow
def test_the_order_of_records_does_not_matter(sample, found):
    """The same records and events in another order have the same findings in the same order."""
    backwards = snapshot(
        *reversed(sample.records),
        docking_events=[*reversed(sample.docking_events)],
        retrieved_at=sample.retrieved_at,
        is_selection=sample.is_selection,
    )
    assert sa.check(backwards).equals(found)
