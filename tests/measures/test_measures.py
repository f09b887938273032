"""What is common to all measures: kinds of frames, order, groups, what must not change them."""

import io
import os
import time
from datetime import timedelta

import numpy
import polars as pl
import pytest
from polars import selectors
from polars.testing import assert_frame_equal

from spacecraft_analysis.frames import durations
from spacecraft_analysis.measures import (
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import (
    DESTROYED,
    MEASURES,
    RETIRED,
    craft,
    dockings,
    event,
    flight,
    flights,
    spacecraft,
)

DAY = timedelta(days=1)


def fleet_of_everything():
    """Three families, waits, retired and open flights, unknown ends."""
    rows = [
        *(flight(1, day, day + 5, config_name="Falcon 1") for day in (0, 20, 70, 400)),
        *(flight(2, day, day + 9, config_name="Falcon 2") for day in (3, 90, 200)),
        *(flight(3, day, day + 2, status_id=RETIRED, family="Condor") for day in (5, 50)),
        flight(4, 600, 640, in_space=True, family="Condor"),
        flight(4, 900, None, in_space=True, family="Condor"),
        flight(5, 100, None, status_id=DESTROYED, family="Kite"),
        flight(6, 100, 160, family=None),
    ]
    listed = [
        craft(1, 4, 20, 10, config_name="Falcon 1"),
        craft(2, 3, 27, 99, config_name="Falcon 2"),
        craft(3, 2, 4, 1, status_id=RETIRED, family="Condor"),
        craft(4, 2, 140, 100, in_space=True, family="Condor"),
        craft(5, 1, None, None, status_id=DESTROYED, family="Kite"),
        craft(6, 1, 60, 30, family=None),
    ]
    frames = spacecraft(*listed), flights(*rows)
    docked = [
        *(event(id_, day + 1, day + 4) for id_, day in enumerate((0, 20, 70, 400), 1)),
        *(event(id_, day + 2, day + 8) for id_, day in enumerate((3, 90, 200), 5)),
        *(event(8, 6, 6.5), event(10, 603, 630, target_id=2, target_name="ISS")),
        *(event(11, 905, None), event(11, 950, None), event(12, 101, None)),
        event(13, 103, 133),
    ]
    return *frames, dockings(*frames, *docked)


@pytest.fixture(params=MEASURES)
def measure(request):
    return MEASURES[request.param]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_lazy_frame_stays_lazy_and_gives_the_same(measure, engine, monkeypatch):
    """Nothing is collected on the way, and either engine gives what a frame in memory gives."""
    frames = fleet_of_everything()
    eager = measure(*frames)

    def collect(*args, **more):
        raise AssertionError("a measure collected a lazy frame")

    with monkeypatch.context() as patch:
        for name in ("collect", "collect_async", "collect_batches", "sink_parquet"):
            patch.setattr(pl.LazyFrame, name, collect)
        patch.setattr(pl, "collect_all", collect)
        lazy = measure(*(frame.lazy() for frame in frames))
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.collect(engine=engine), eager)


def test_any_frame_of_utilisation_may_be_lazy():
    """A lazy frame is never collected, so one makes the result lazy."""
    frames = fleet_of_everything()
    for nth in range(3):
        some = [frame.lazy() if nth == at else frame for at, frame in enumerate(frames)]
        mixed = utilisation_by_family(*some)
        assert isinstance(mixed, pl.LazyFrame)
        assert_frame_equal(mixed.collect(), utilisation_by_family(*frames))


def test_shuffled_rows_change_nothing(measure):
    """The order of the result is stated and total."""
    expected = measure(*fleet_of_everything())
    for seed in range(5):
        shuffled = (
            frame.sample(fraction=1, shuffle=True, seed=seed) for frame in fleet_of_everything()
        )
        assert_frame_equal(measure(*shuffled), expected)


@pytest.mark.parametrize(
    ("odd", "option"),
    [({"is_placeholder": True}, "placeholders"), ({"config_type_id": 5}, "mass_simulators")],
)
def test_placeholders_and_mass_simulators_count_only_when_asked_for(measure, odd, option):
    """One more of them, in space since 2019, changes nothing by default."""
    frames = fleet_of_everything()
    more_craft = spacecraft(craft(99, 2, 180, 70, **odd))
    more_flights = flights(
        flight(99, -300, -200, flight_id=98, **odd), flight(99, -10, 70, flight_id=99, **odd)
    )
    more_dockings = dockings(more_craft, more_flights, event(98, -290, -230), event(99, 0, 10))
    pairs = zip(frames, (more_craft, more_flights, more_dockings), strict=True)
    more = [pl.concat(pair) for pair in pairs]
    assert_frame_equal(measure(*more), measure(*frames))
    assert not measure(*more, **{option: True}).equals(measure(*frames))


@pytest.mark.parametrize("option", ["placeholders", "mass_simulators"])
def test_a_choice_that_is_neither_true_nor_false_is_refused(measure, option):
    """Text would be true whatever it says; what comes out of an array is as good as Python's."""
    frames = fleet_of_everything()
    with pytest.raises(TypeError, match=f"{option}='no': expected True or False"):
        measure(*frames, **{option: "no"})
    for value in (numpy.bool_(False), 0):
        assert_frame_equal(measure(*frames, **{option: value}), measure(*frames))


SHORT = 84 / 1440
SUBORBITAL = [
    *("turnarounds", "turnaround_by_family", "turnaround_survival"),
    *("in_orbit", "utilisation_by_family"),
]


@pytest.mark.parametrize("name", SUBORBITAL)
def test_suborbital_craft_are_left_out_when_asked_for(name):
    """A craft that rose twice for ten minutes and waits: without it all is as if it never was."""
    frames = fleet_of_everything()
    hop = 10 / 1440
    more_craft = spacecraft(craft(98, 2, 2 * hop, 0))
    rises = (flight(98, day, day + hop, flight_id=98 + day) for day in (0, 20))
    more = [pl.concat(pair) for pair in zip(frames[:2], (more_craft, flights(*rises)), strict=True)]
    measure = MEASURES[name]
    assert not measure(*more, frames[2]).equals(measure(*frames))
    with pytest.raises(TypeError, match="suborbital='no': expected True or False"):
        measure(*more, frames[2], suborbital="no")
    without = measure(*more, frames[2], suborbital=False)
    assert_frame_equal(without, measure(*frames))


@pytest.mark.parametrize(
    ("legs", "stays"),
    [
        pytest.param([(0, SHORT / 2)], False, id="too short to go around"),
        pytest.param([(0, SHORT)], True, id="as long as going around takes"),
        pytest.param([(0, SHORT / 2), (20, 25)], True, id="short once, around once"),
        pytest.param([(0, SHORT / 2), (20, None)], False, id="short, and once unknown"),
        pytest.param([(0, None)], True, id="unknown"),
        pytest.param([(0, 0)], True, id="no length at all, which is a mistake"),
        pytest.param([(0, -5)], True, id="an end before the launch"),
        pytest.param([(0, 10, {"destination": "Suborbital"})], False, id="said to be suborbital"),
        pytest.param([(0, None, {"destination": "Suborbital"})], False, id="said, end unknown"),
        pytest.param(
            [(0, SHORT / 2, {"in_space": True}), (20, None, {"in_space": True})],
            True,
            id="in space now",
        ),
    ],
)
def test_what_counts_as_suborbital(legs, stays):
    """By what was flown: nothing goes around the Earth in under 84 minutes."""
    rows = [flight(1, *leg[:2], **(leg[2] if leg[2:] else {})) for leg in legs]
    everything = turnaround_by_family(flights(*rows), suborbital=False)
    assert everything.row(-1, named=True)["craft_count"] == stays


def test_splitting_a_family_changes_neither_all_nor_the_others(measure):
    """Falcon becomes Falcon 1 and Falcon 2: Condor, Kite, null and the total stay."""
    frames = fleet_of_everything()
    whole = measure(*frames)
    split = measure(
        *(
            frame.with_columns(family=pl.coalesce("config_name", "family").alias("family"))
            for frame in frames
        )
    )
    others = ~pl.col("family").str.starts_with("Falcon").fill_null(False)
    assert_frame_equal(split.filter(others), whole.filter(others))


def test_the_time_zone_of_the_machine_changes_nothing(measure, monkeypatch):
    """West of Greenwich, east of it, and half an hour beside the hour."""
    expected = measure(*fleet_of_everything())
    try:
        for zone in ("America/Los_Angeles", "Pacific/Apia", "Asia/Kolkata"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            assert_frame_equal(measure(*fleet_of_everything()), expected)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("turned", [["launch_net"], ["launch_net", "mission_end", "retrieved_at"]])
def test_columns_turned_to_another_time_zone_change_nothing(measure, turned):
    """Periods stay those of UTC, and instants of two zones can be compared."""
    frames = fleet_of_everything()
    local = [
        frame.with_columns(
            selectors.by_name(turned, require_all=False).dt.convert_time_zone("Asia/Kolkata")
        )
        for frame in frames
    ]
    assert_frame_equal(measure(*local), measure(*frames))


@pytest.mark.parametrize("unit", ["ms", "ns"])
@pytest.mark.parametrize("turned", ["launch_net", "retrieved_at", "docking", "mission_end", "all"])
def test_times_of_other_units_change_nothing(measure, unit, turned):
    """One column in milli- or nanoseconds and the rest in micro-, or all of them."""
    frames = fleet_of_everything()
    named = selectors.by_name(turned, require_all=False)
    times = selectors.temporal() if turned == "all" else named
    other = [frame.with_columns(times.dt.cast_time_unit(unit)) for frame in frames]
    assert_frame_equal(measure(*other), measure(*frames))


def test_times_without_a_zone_are_utc(measure):
    """As pandas and spreadsheets have them: in one column, or in all."""
    frames = fleet_of_everything()
    for naive in (selectors.datetime(), selectors.by_name("launch_net", require_all=False)):
        bare = [frame.with_columns(naive.dt.replace_time_zone(None)) for frame in frames]
        assert_frame_equal(measure(*bare), measure(*frames))


def test_a_column_of_nulls_without_a_type_is_one_of_unknown_times(measure):
    """A frame made by hand in which no end is known."""
    listed, *others = fleet_of_everything()
    bare = [frame.with_columns(mission_end=pl.lit(None)) for frame in others]
    assert bare[0].schema["mission_end"] == pl.Null
    typed = [frame.with_columns(pl.col("mission_end").cast(pl.Datetime("us"))) for frame in bare]
    assert_frame_equal(measure(listed, *bare), measure(listed, *typed))


def test_a_plan_can_be_sent_to_another_process(measure):
    """Written down, it holds no Python function; read back, it gives the same."""
    plan = measure(*(frame.lazy() for frame in fleet_of_everything()))
    assert "python" not in plan.explain(optimized=False).lower()
    again = pl.LazyFrame.deserialize(io.BytesIO(plan.serialize()))
    assert_frame_equal(again.collect(), measure(*fleet_of_everything()))


def test_empty_frames_have_the_same_schema(measure):
    """No rows, or for what has a row `all`, that row with counts of 0."""
    frames = fleet_of_everything()
    empty = measure(*(frame.clear() for frame in frames))
    assert empty.schema == measure(*frames).schema
    assert empty.height <= 1
    for row in empty.rows(named=True):
        assert row.pop("family") == "all"
        assert set(row.values()) == {0, None}


def test_a_single_flight_is_enough(measure):
    """One craft, one flight: the same columns, and no failure."""
    frames = fleet_of_everything()
    alone = spacecraft(craft(1, 1, 10, 0)), flights(flight(1, 0, 10))
    single = measure(*alone, dockings(*alone, event(1, 1, 9)))
    assert single.schema == measure(*frames).schema


def test_a_null_group_is_a_group_and_the_last(measure):
    """Craft 6 has no family: it has rows of its own below the others and above `all`."""
    groups = measure(*fleet_of_everything())["family"].unique(maintain_order=True).to_list()
    if "all" in groups:
        assert groups.pop() == "all"
        assert groups == [*sorted(groups[:-1]), None]
    assert None in groups


def test_a_group_without_a_name_is_measured_like_any_other(measure):
    """Falcon's name is lost: its rows only move to the end."""
    frames = fleet_of_everything()
    named = measure(*(frame.filter(pl.col("family").is_not_null()) for frame in frames))
    lost = measure(
        *(
            frame.filter(pl.col("family").is_not_null()).with_columns(
                family=pl.col("family").replace("Falcon", None)
            )
            for frame in frames
        )
    )
    falcon = named.filter(family="Falcon").drop("family")
    assert_frame_equal(lost.filter(pl.col("family").is_null()).drop("family"), falcon)


def test_any_plain_column_groups(measure):
    """Numbers keep their order (2 before 10) although `all` makes them text."""
    number = pl.when(pl.col("spacecraft_id") < 3).then(10).otherwise(2).alias("crew")
    frame = measure(*(frame.with_columns(number) for frame in fleet_of_everything()), by="crew")
    groups = [str(group) for group in frame["crew"].unique(maintain_order=True)]
    assert {"2", "10"} <= set(groups)
    if groups[-1] == "all":
        assert groups == ["2", "10", "all"]


def test_a_length_of_time_groups(measure):
    """Craft 1 to 3 are of 0 days, the others of 1: as ISO 8601 where `all` makes groups text."""
    size = pl.duration(days=pl.col("spacecraft_id") // 4).alias("size")
    frame = measure(*(frame.with_columns(size) for frame in fleet_of_everything()), by="size")
    groups = frame["size"].unique(maintain_order=True).to_list()
    assert groups in (["PT0S", "P1D", "all"], [timedelta(0), DAY])


def test_a_group_called_all_is_not_mixed_with_the_total(measure):
    """A family of that name has its own rows; the total is the last."""
    named = pl.col("family").replace("Condor", "all")
    frame = measure(*(frame.with_columns(named) for frame in fleet_of_everything()))
    expected = measure(*fleet_of_everything())
    assert frame.height == expected.height
    last = [name for name in frame.columns if name != "family"]
    assert frame.select(last).tail(1).equals(expected.select(last).tail(1))


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("famly", "no column.*did you mean family"),
        ("family_ids", "holds lists.*did you mean family"),
        (["family", "decade"], "name of one column.*make one of several with pl.concat_str"),
        (None, "name of one column"),
        ("zzz", "did you mean family or family_root or config_name"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_close_matches(measure, by, message):
    """At the call, also for a lazy frame."""
    with pytest.raises(ValueError, match=message):
        measure(*(frame.lazy() for frame in fleet_of_everything()), by=by)


def test_a_group_named_like_a_result_is_refused():
    """Two columns of one name can't be: rename it first."""
    craft_frame, flown, _ = fleet_of_everything()
    with pytest.raises(ValueError, match="rename it"):
        utilisation_by_family(craft_frame, by="flights_count")
    with pytest.raises(ValueError, match="rename it"):
        turnarounds(flown, by="spacecraft_name")


def test_text_from_a_csv_file_is_refused_until_it_is_read_as_times(measure, tmp_path):
    """A CSV file knows no times; with try_parse_dates and durations() measures agree."""
    frames = fleet_of_everything()
    read, parsed = [], []
    for nth, frame in enumerate(frames):
        path = tmp_path / f"{nth}.csv"
        flat = frame.select(pl.exclude(pl.List)).with_columns(
            selectors.duration().dt.to_string("iso")
        )
        flat.write_csv(path)
        read.append(pl.read_csv(path))
        lengths = [name for name, dtype in frame.schema.items() if dtype == pl.Duration]
        parsed.append(
            pl.read_csv(path, try_parse_dates=True).with_columns(durations(pl.col(lengths)))
        )
    with pytest.raises(ValueError, match=r"as String: .*try_parse_dates=True.*durations"):
        measure(*read)
    assert_frame_equal(measure(*parsed), measure(*frames))


def test_a_wrong_frame_is_refused_with_what_to_give():
    """Turnarounds instead of flights, a list instead of a frame."""
    flown = flights(flight(1, 0, 10))
    with pytest.raises(ValueError, match=r"lacks config_type_id.*what snapshot\.flights gives"):
        turnaround_by_family(turnarounds(flown))
    with pytest.raises(TypeError, match=r"frame that snapshot\.flights gives, not a list"):
        turnaround_survival([])
    import pandas

    with pytest.raises(TypeError, match=r"not a pandas DataFrame; polars\.from_pandas"):
        turnaround_survival(pandas.DataFrame(flown.to_dicts()))
    with pytest.raises(ValueError, match=r"give what snapshot\.flights gives"):
        utilisation_by_family(spacecraft(craft(1, 1, 1, 1)), turnarounds(flown))
