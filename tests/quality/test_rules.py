"""Every rule finds what it is for, and nothing else."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.frames import xml_text
from tests.records import RETRIEVED, STATION, config, craft, docking, family, flight, snapshot

JANUARY, FEBRUARY, MARCH = (f"2020-{month:02}-01T12:00:00Z" for month in (1, 2, 3))
KEYS = ("rule", "severity", "table", "spacecraft_id", "flight_id", "column", "value")


def legs(*flights: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A craft whose counts and totals fit its flights unless said otherwise."""
    ends = sum(leg["mission_end"] is not None for leg in flights)
    counts = {"flights_count": len(flights), "mission_ends_count": ends}
    totals = {"time_in_space": None, "time_docked": None}
    return craft(1, flights=[*flights], **(counts | totals | fields))


def found(*records: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sa.check(snapshot(*records)).select(KEYS).rows()


def test_nothing_to_find() -> None:
    """Data without fault has no finding."""
    fine = legs(flight(1, JANUARY, FEBRUARY, duration="P31D"), time_in_space="P31D")
    assert found(fine) == []


def test_an_explanation_is_for_people_and_a_value_for_programs() -> None:
    """Times stand in an explanation as one says them, and as ISO 8601 in the value."""
    odd = legs(flight(1, FEBRUARY, JANUARY), time_in_space="P0D", time_docked="P363DT13H41M54S")
    told = {row["rule"]: row for row in sa.check(snapshot(odd)).to_dicts()}
    docked = told["docked longer than in space"]
    assert docked["value"] == "P363DT13H41M54S"
    assert docked["explanation"] == "docked 363d 13h 41m 54s, but in space only 0s"
    ended = told["mission end before or at launch"]["explanation"]
    assert ended == "launched 2020-02-01 12:00:00 UTC, but ended 2020-01-01 12:00:00 UTC"


@pytest.mark.parametrize(
    ("record", "finding"),
    [
        (
            craft(1, time_in_space="P1D", time_docked="P2D"),
            ("docked longer than in space", "error", "spacecraft", 1, None, "time_docked", "P2D"),
        ),
        (
            craft(1, time_in_space=None, time_docked="-PT38M"),
            ("negative duration", "error", "spacecraft", 1, None, "time_docked", "-PT38M"),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY), time_in_space="P0D"),
            (
                *("zero time in space though flown", "warning", "spacecraft", 1, None),
                *("time_in_space", "PT0S"),
            ),
        ),
        (
            craft(1, time_in_space=None, mission_ends_count=2),
            (
                *("more mission ends than flights", "error", "spacecraft", 1, None),
                *("mission_ends_count", "2"),
            ),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY), flights_count=3),
            (
                "flights begun ≠ flights_count",
                "error",
                "spacecraft",
                1,
                None,
                "flights_count",
                "3",
            ),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, duration="P31D"), time_in_space="P30D"),
            (
                *("Σ flight durations ≠ time in space", "error", "spacecraft", 1, None),
                *("time_in_space", "P30D"),
            ),
        ),
        (
            legs(
                flight(1, JANUARY, FEBRUARY),
                flight(2, MARCH, "2020-03-02T12:00:00Z"),
                fastest_turnaround="P28D",
            ),
            (
                *("recomputed fastest turnaround ≠ LL2's", "error", "spacecraft", 1, None),
                *("fastest_turnaround", "P28D"),
            ),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, duration="P30D")),
            ("duration ≠ mission end − launch", "error", "flights", 1, 1, "duration", "P30D"),
        ),
        (
            legs(flight(1, JANUARY, JANUARY)),
            ("mission end before or at launch", "error", "flights", 1, 1, "mission_end", JANUARY),
        ),
        (
            legs(flight(1, JANUARY, None)),
            ("end unknown though not in space", "warning", "flights", 1, 1, "mission_end", None),
        ),
        (
            legs(flight(1, JANUARY, None), flight(2, FEBRUARY, None), in_space=True),
            ("end unknown though not in space", "warning", "flights", 1, 1, "mission_end", None),
        ),
        (
            craft(1, time_in_space=None, fastest_turnaround="P9D"),
            (
                *("turnaround though fewer than two flights", "error", "spacecraft", 1, None),
                *("fastest_turnaround", "P9D"),
            ),
        ),
        (
            legs(flight(1, JANUARY, FEBRUARY, turn_around_time="P11077D")),
            (
                *("turnaround over ten years", "warning", "flights", 1, 1),
                *("turn_around_time", "P11077D"),
            ),
        ),
        (
            craft(1, time_in_space=None, time_docked="P1M"),
            ("unreadable value", "error", "spacecraft", 1, None, "time_docked", "P1M"),
        ),
        (
            legs(flight(3, JANUARY, "soon")),
            ("unreadable value", "error", "flights", 1, 3, "mission_end", "soon"),
        ),
        (
            craft(1, time_in_space=None, spacecraft_config=config(colour="white")),
            ("unknown field", "note", None, 1, None, "spacecraft_config.colour", None),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_each_rule(record: dict[str, Any], finding: tuple[Any, ...]) -> None:
    """A record with one fault has that finding."""
    assert finding in found(record)


def test_overlapping_flights() -> None:
    """A launch before the end of an earlier flight of the same craft is a finding."""
    rows = found(legs(flight(1, JANUARY, MARCH), flight(2, FEBRUARY, MARCH)))
    finding = ("overlapping flights of one craft", "error", "flights", 1, 2, "launch_net", FEBRUARY)
    assert finding in rows


def test_an_unknown_end_hides_no_overlap() -> None:
    """Launched while an earlier flight lasts, though the flight between has no end."""
    legs_of_three = (
        flight(1, JANUARY, MARCH),
        flight(2, JANUARY, None),
        flight(3, FEBRUARY, MARCH),
    )
    rows = found(legs(*legs_of_three))
    assert [row[4] for row in rows if row[0] == "overlapping flights of one craft"] == [2, 3]


def test_a_flight_that_names_neither_launch_nor_end_is_a_finding() -> None:
    """An end is unknown too where the launch is: measures leave that flight out as well."""
    finding = ("end unknown though not in space", "warning", "flights", 1, 1, "mission_end", None)
    assert found(legs(flight(1, None, None))) == [finding]


def test_a_planned_flight_has_not_begun() -> None:
    """The open flight of a craft in space stays open, and no turnaround is due, before a plan."""
    plan = flight(2, "2031-01-01T00:00:00Z", None)
    assert found(legs(flight(1, JANUARY, None), plan, in_space=True, flights_count=1)) == []
    assert found(legs(flight(1, JANUARY, FEBRUARY), plan, flights_count=1)) == []


def test_a_planned_flight_is_listed_but_not_counted() -> None:
    """LL2 lists flights to come and leaves them out of flights_count; one begun too few is told."""
    flights = (flight(1, JANUARY, FEBRUARY), flight(2, "2031-01-01T00:00:00Z", None))
    assert found(legs(*flights, flights_count=1)) == []
    assert [row[0] for row in found(legs(*flights, flights_count=2))] == [
        "flights begun ≠ flights_count"
    ]


def test_a_planned_flight_may_begin_before_a_planned_end() -> None:
    """What is planned beside each other overlaps on paper only."""
    plans = (
        flight(1, "2031-01-01T00:00:00Z", "2031-03-01T12:00:00Z"),
        flight(2, "2031-02-01T00:00:00Z", None),
    )
    assert found(legs(*plans, flights_count=0, mission_ends_count=0)) == []


def test_an_end_at_midnight_may_be_known_to_the_day() -> None:
    """An end on the stroke of midnight is a note; one a second later is none."""
    at_midnight, later = ("2020-02-01T00:00:00Z", "2020-02-01T00:00:01Z")
    assert found(legs(flight(7, JANUARY, at_midnight))) == [
        (MIDNIGHT, "note", "flights", 1, 7, "mission_end", at_midnight)
    ]
    assert found(legs(flight(7, JANUARY, later))) == []


def test_a_flight_of_unknown_length_leaves_the_sum_open() -> None:
    """31 days and a flight of unknown length may be 40 days in space, but not 30."""
    flights = (flight(1, JANUARY, FEBRUARY, duration="P31D"), flight(2, MARCH, None))
    for total, differs in (("P40D", False), ("P30D", True)):
        rules = {row[0] for row in found(legs(*flights, in_space=True, time_in_space=total))}
        assert ("Σ flight durations ≠ time in space" in rules) == differs


def test_a_craft_in_space_may_grow_between_pages() -> None:
    """A total of a craft in space may differ by the time between two pages, and by a minute."""
    leg = flight(1, JANUARY, None, duration="P1D")
    up = legs(leg, in_space=True, time_in_space="P1DT1H59S")
    times = [RETRIEVED, RETRIEVED + timedelta(hours=1)]
    other = craft(2, time_in_space=None, time_docked=None)
    assert sa.check(snapshot(up, other, retrieved_at=times)).is_empty()
    assert found(up, other)[0][0] == "Σ flight durations ≠ time in space"


def test_the_servers_now_moves_inside_an_answer() -> None:
    """13 seconds of a craft in space are LL2 working; of one that is back they are a fault."""
    leg = flight(1, JANUARY, None, duration="P1D")
    assert found(legs(leg, in_space=True, time_in_space="P1DT13S")) == []
    back = legs(flight(1, JANUARY, FEBRUARY, duration="P31D"), time_in_space="P31DT13S")
    assert found(back)[0][0] == "Σ flight durations ≠ time in space"


def test_the_open_flight_is_no_finding() -> None:
    """The last flight of a craft in space has no end because it goes on."""
    assert found(legs(flight(1, JANUARY, None, duration=None), in_space=True)) == []


def test_duplicate_serials_count_within_a_configuration() -> None:
    """Two craft of one configuration with one serial are noted; placeholders and others not."""
    twins = [craft(at, serial_number="#746", time_in_space=None) for at in (1, 2)]
    other = craft(3, serial_number="#746", time_in_space=None, spacecraft_config=config(2))
    unnamed = [
        craft(at, serial_number="TBD", is_placeholder=True, time_in_space=None) for at in (4, 5)
    ]
    rows = found(*twins, other, *unnamed)
    assert [(row[0], row[3]) for row in rows] == [
        ("duplicate serial within a configuration", 1),
        ("duplicate serial within a configuration", 2),
    ]


def test_configurations_told_differently() -> None:
    """The first record that says something else than the lowest id is named, once per column."""
    told = [
        craft(at, time_in_space=None, spacecraft_config=config(4, height=height))
        for at, height in ((1, 8.1), (2, 9.0), (3, 9.0))
    ]
    rows = found(*told)
    expected = ("configuration told differently", "note", "configurations", 2, None)
    assert rows == [(*expected, "height_m", "9.0")]
    assert sa.check(snapshot(*told))["spacecraft_name"].to_list() == ["Craft 2"]


def test_an_unknown_field_is_said_once() -> None:
    """A new field of LL2 is one note for its path, at the first craft that has it."""
    rows = found(*(craft(at, time_in_space=None, new_field=1) for at in (1, 2, 3)))
    assert rows == [("unknown field", "note", None, 1, None, "new_field", None)]


NOT_RUN = [
    "end exactly at midnight, so perhaps known to the day only",
    "flights begun ≠ flights_count",
    "Σ flight durations ≠ time in space",
    "recomputed fastest turnaround ≠ LL2's",
    "duration ≠ mission end − launch",
    "mission end before or at launch",
    "end unknown though not in space",
    "overlapping flights of one craft",
    "turnaround over ten years",
    "negative duration",
    "two rows with one id",
    "character that no page can show",
    "configuration told differently",
]


def test_normal_mode_says_which_rules_could_not_run() -> None:
    """In normal mode each rule that needs flights or details is one note; the others ran."""
    path = Path(__file__).parents[1] / "pages" / "seed-page.json"
    page = json.loads(path.read_text("utf-8"))["results"]
    rows = sa.check(snapshot(*page))
    ran = rows.filter(rows["rule"] != "rule not run")
    assert ran.select("rule", "spacecraft_name").rows() == [
        ("docked longer than in space", "Soyuz TM-4")
    ]
    missed = rows.filter(rule="rule not run").select(KEYS).rows()
    assert sorted(missed) == sorted(
        ("rule not run", "note", None, None, None, None, rule) for rule in NOT_RUN
    )


def test_an_empty_snapshot_in_normal_mode_did_not_run_them_either() -> None:
    """No records, but asked in normal mode: there is nothing to tell flights from."""
    rows = sa.check(snapshot(query={"mode": "normal"}))
    assert rows["value"].sort().to_list() == sorted(NOT_RUN)


def test_the_records_say_whether_there_are_flights() -> None:
    """Detailed records are checked in full, whatever the query says."""
    record = legs(flight(1, JANUARY, JANUARY))
    rows = sa.check(snapshot(record, query={"mode": "normal"})).select(KEYS).rows()
    assert rows == found(record) != []


ENDEAVOUR, FREEDOM = "Crew Dragon Endeavour", "Crew Dragon Freedom"
OF_THE_SAMPLE = {
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
    "time to dock far from the others of its configuration": [
        *("Cygnus CRS OA-5", "Progress M-10", "Progress M-7"),
        *("Progress MS-13", "Soyuz MS-14", "Soyuz TMA-19", "Space Shuttle Atlantis"),
    ],
    "departure fits another flight better": [f"Soyuz TM-{nth}" for nth in range(2, 7)],
    # Of these some events, or all, are in no stored source.
    "Σ dockings ≠ time docked": [
        *(ENDEAVOUR, FREEDOM, "Cygnus CRS NG-20 (S.S. Patricia “Patty” Hilliard Robertson)"),
        *("Progress 20", "Progress M-46", "Progress MS-20", "Progress MS-24", "Shenzhou 13"),
        *("Soyuz 34", "Soyuz MS-23"),
    ],
}


def test_the_sample() -> None:
    """The sample's known oddities are found, and nothing else."""
    counted = ["end unknown though not in space", ZERO, MIDNIGHT, PORT]
    found = sa.check(sa.load("sample"))
    named = found.filter(~found["rule"].is_in(counted))
    names = {rule: sorted(named.filter(rule=rule)["spacecraft_name"]) for rule in named["rule"]}
    assert names == OF_THE_SAMPLE
    assert found.filter(rule=PORT)["docking_id"].n_unique() == 27


def test_the_sample_names_the_event_at_fault() -> None:
    """A total that is too long is told with the event whose departure or docking makes it so."""
    found = sa.check(sa.load("sample")).filter(rule="docked longer than in space")
    assert dict(found.select("spacecraft_name", "docking_id").iter_rows()) == {
        **{"Soyuz TM-4": 12, "Soyuz TM-2": 10, "Soyuz T-15": 223}
    }


UNSHOWN = "character that no page can show"
PORT = "two craft at one port at the same time"
ZERO = "zero time in space though flown"
MIDNIGHT = "end exactly at midnight, so perhaps known to the day only"


def test_the_ends_that_the_sample_knows_to_the_day() -> None:
    """144 ends stand at midnight because only the day is known; STS-103 really ended then."""
    assert sa.check(sa.load("sample")).filter(rule=MIDNIGHT).height == 145


def test_the_ends_that_the_sample_lacks() -> None:
    """Each of its 34 flights without an end is found, and each craft that has no other flight."""
    sample = sa.load("sample")
    found = sa.check(sample)
    flights = sample.flights.filter(~sample.flights["in_space"])
    unknown = flights.filter(flights["mission_end"].is_null())
    told = found.filter(rule="end unknown though not in space")
    assert {*told["flight_id"]} == {*unknown["flight_id"]}
    assert told.height == 34
    known = flights.filter(flights["mission_end"].is_not_null())
    never = {*unknown["spacecraft_name"]} - {*known["spacecraft_name"]}
    assert {*found.filter(rule=ZERO)["spacecraft_name"]} == never | {"Gemini SC3"}


def test_an_empty_snapshot() -> None:
    """No records, no findings, the same columns."""
    empty = sa.check(snapshot())
    assert empty.is_empty()
    assert empty.schema == sa.check(sa.load("sample")).schema


def test_the_order_of_records_does_not_matter() -> None:
    """The same records in another order have the same findings in the same order."""
    sample = sa.load("sample")
    backwards = snapshot(*reversed(sample.records))
    assert sa.check(backwards).equals(sa.check(snapshot(*sample.records)))


def test_what_is_no_snapshot() -> None:
    """A frame, or a path that was not loaded, is answered with what is wanted instead."""
    flights = sa.load("sample").flights
    with pytest.raises(TypeError, match="expected a snapshot, as load returns, got DataFrame"):
        sa.check(flights)  # type: ignore[arg-type]


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_no_page_can_show(character: str) -> None:
    """A text in any table with a character that XML does not allow is a finding, and replaced."""
    name = f"Soyuz{character}\t“é🚀”"
    families = [family(1, "Soyuz"), family(2, name)]
    odd = legs(flight(1, JANUARY, FEBRUARY, destination=name), name=name)
    odd["spacecraft_config"] = config(family=families)
    event = docking(9, odd, space_station_target=STATION | {"name": name})
    found = sa.check(snapshot(odd, docking_events=[event])).filter(rule=UNSHOWN)
    assert found.select("table", "column").rows() == [
        *(("configurations", "family_names"), ("dockings", "space_station_target_name")),
        *(("flights", "destination"), ("spacecraft", "family_names"), ("spacecraft", "name")),
    ]
    assert xml_text(name) == "Soyuz\ufffd\t“é🚀”"
    fromstring(f"<name>{xml_text(name)}</name>")
