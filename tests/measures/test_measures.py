"""What all measures have in common: kinds of frames, order, groups, what must not change them."""

import inspect
import io
import os
import time
import warnings
from datetime import timedelta
from functools import cache, partial

import polars as pl
import pytest
from polars import selectors
from polars.testing import assert_frame_equal

from spacecraft_analysis import measures
from spacecraft_analysis.frames import durations
from spacecraft_analysis.measures import (
    coverage,
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import (
    ARGUMENTS,
    DESTROYED,
    FAILURE,
    RETIRED,
    SUCCESS,
    call,
    configurations,
    craft_row,
    dockings,
    event,
    flight_row,
    flights,
    spacecraft,
)

DAY = timedelta(days=1)
FALCON_1, FALCON_2, CONDOR, KITE, NAMELESS = (
    {"config_id": id_, "config_name": name, "family": family}
    for id_, name, family in (
        (1, "Falcon 1", "Falcon"),
        (2, "Falcon 2", "Falcon"),
        (3, "Condor 1", "Condor"),
        (4, "Kite 1", "Kite"),
        (5, "Craft", None),
    )
)


@cache
def fleet_of_everything():
    """Return the four tables of three families, with waits, retired and open flights."""
    flown = flights(
        *(flight_row(1, day, day + 5, **FALCON_1) for day in (0, 20, 70, 400)),
        *(
            flight_row(2, day, day + 9, **FALCON_2, launch_status_id=SUCCESS)
            for day in (3, 90, 200)
        ),
        *(flight_row(3, day, day + 2, status_id=RETIRED, **CONDOR) for day in (5, 50)),
        flight_row(4, 600, 640, in_space=True, **CONDOR, spacecraft_time_docked=100 * DAY),
        flight_row(4, 900, None, in_space=True, **CONDOR, spacecraft_time_docked=100 * DAY),
        flight_row(5, 100, None, status_id=DESTROYED, **KITE, launch_status_id=FAILURE),
        flight_row(6, 100, 160, **NAMELESS, landing_attempt=True, landing_success=True),
        flight_row(1, 1100, None, **FALCON_1),
    )
    listed = spacecraft(
        craft_row(1, 4, 20, 10, **FALCON_1),
        craft_row(2, 3, 27, 99, **FALCON_2),
        craft_row(3, 2, 4, 1, status_id=RETIRED, **CONDOR),
        craft_row(4, 2, 140, 100, in_space=True, **CONDOR),
        craft_row(5, 1, None, None, status_id=DESTROYED, **KITE),
        craft_row(6, 1, 60, 30, **NAMELESS),
    )
    models = configurations(
        *(
            model | {"name": model["config_name"], "total_launch_count": 3, "spacecraft_flown": 1}
            for model in (FALCON_1, FALCON_2, CONDOR, KITE, NAMELESS)
        )
    )
    docked = dockings(
        flown,
        *(event(id_, day + 1, day + 4) for id_, day in enumerate((0, 20, 70, 400), 1)),
        *(event(id_, day + 2, day + 8) for id_, day in enumerate((3, 90, 200), 5)),
        *(event(8, 6, 6.5), event(10, 603, 630, target_id=2, target_name="ISS")),
        *(event(11, 905, None), event(11, 950, None), event(12, 101, None)),
        event(13, 103, 133),
    )
    return {
        "spacecraft": listed, "flights": flown, "configurations": models, "dockings": docked
    }  # fmt: skip


def mapped(function, tables=None):
    """Return the tables, each after the function."""
    tables = tables or fleet_of_everything()
    return {name: function(frame) for name, frame in tables.items()}


@cache
def unchanged(name):
    """Return what a measure gives of the fleet of everything."""
    return call(name, fleet_of_everything())


@pytest.fixture(params=ARGUMENTS, scope="module")
def measure(request):
    """Each measure with its default group."""
    return partial(call, request.param)


@pytest.fixture
def expected(measure):
    """What the measure gives of the fleet of everything."""
    return unchanged(*measure.args)


@pytest.fixture(scope="module")
def by_family(measure):
    """Each measure by family, unless the test names another group."""
    return partial(measure, by="family")


@pytest.fixture(scope="module")
def expected_by_family(by_family):
    """What the measure gives of the fleet of everything by family."""
    return by_family(fleet_of_everything())


def names_with(option):
    """The measures that have the option."""
    functions = {name: getattr(measures, name.split()[0]) for name in ARGUMENTS}
    return [name for name, one in functions.items() if option in inspect.signature(one).parameters]


def test_every_measure_is_in_the_list():
    """A measure that the list of `fleets` lacks would be in none of these tests."""
    assert {name.split()[0] for name in ARGUMENTS} == {*measures.__all__}


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_lazy_frame_stays_lazy_and_gives_the_same(measure, expected, engine, monkeypatch):
    """No frame is collected on the way, and either engine gives what a frame in memory gives."""

    def collect(*args, **more):
        raise AssertionError("a measure collected a lazy frame")

    with monkeypatch.context() as patch:
        for name in ("collect", "collect_async", "collect_batches", "sink_parquet"):
            patch.setattr(pl.LazyFrame, name, collect)
        patch.setattr(pl, "collect_all", collect)
        lazy = measure(mapped(pl.DataFrame.lazy))
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.collect(engine=engine), expected)


@pytest.mark.parametrize(
    ("name", "table"),
    [(name, table) for name, used in ARGUMENTS.items() if len(used) > 1 for table in used],
)
def test_one_lazy_table_makes_the_result_lazy(name, table):
    """A lazy frame is never collected, so the result can't be a frame in memory."""
    tables = fleet_of_everything()
    mixed = call(name, tables | {table: tables[table].lazy()})
    assert_frame_equal(mixed, unchanged(name).lazy())


@pytest.mark.slow
def test_shuffled_rows_change_nothing(measure, expected):
    """The order of the result is stated and total."""
    for seed in range(3):
        shuffled = mapped(lambda frame, n=seed: frame.sample(fraction=1, shuffle=True, seed=n))
        assert_frame_equal(measure(shuffled), expected)


@pytest.mark.parametrize(
    ("field", "option"),
    [({"is_placeholder": True}, "placeholders"), ({"config_type_id": 5}, "mass_simulators")],
)
@pytest.mark.parametrize("name", names_with("placeholders"))
def test_placeholders_and_mass_simulators_count_only_on_request(name, field, option):
    """One more of them, in space since 2019, changes nothing by default."""
    tables = fleet_of_everything()
    flown = flights(
        flight_row(99, -300, -200, flight_id=98, **field),
        flight_row(99, -10, 70, flight_id=99, **field),
    )
    more = tables | {
        "spacecraft": pl.concat(
            [tables["spacecraft"], spacecraft(craft_row(99, 2, 180, 70, **field))]
        ),
        "flights": pl.concat([tables["flights"], flown]),
        "dockings": pl.concat(
            [tables["dockings"], dockings(flown, event(98, -290, -230), event(99, 0, 10))]
        ),
    }
    assert_frame_equal(call(name, more), unchanged(name))
    assert not call(name, more, **{option: True}).equals(unchanged(name))
    with pytest.raises(TypeError, match=f"{option}='no': expected True or False"):
        call(name, tables, **{option: "no"})


SHORT = 84 / 1440


@pytest.mark.parametrize("name", names_with("suborbital"))
def test_suborbital_craft_are_left_out_on_request(name):
    """A craft that rose twice for ten minutes and waits: without it all is as if it never was."""
    tables, hop = fleet_of_everything(), 10 / 1440
    rises = flights(*(flight_row(98, day, day + hop, flight_id=98 + day) for day in (0, 20)))
    more = tables | {
        "spacecraft": pl.concat([tables["spacecraft"], spacecraft(craft_row(98, 2, 2 * hop, 0))]),
        "flights": pl.concat([tables["flights"], rises]),
    }
    assert not call(name, more).equals(unchanged(name))
    assert_frame_equal(call(name, more, suborbital=False), unchanged(name))


def test_what_counts_as_suborbital():
    """By what was flown: nothing goes around the Earth in under 84 minutes."""
    named, up = {"destination": "Suborbital"}, {"in_space": True}
    suborbital = {
        "too short to go around": [(0, SHORT / 2, {})],
        "short, and once unknown": [(0, SHORT / 2, {}), (20, None, {})],
        "by destination": [(0, 10, named)],
        "by destination, of unknown end": [(0, None, named)],
    }
    others = {
        "as long as going around takes": [(0, SHORT, {})],
        "short once, around once": [(0, SHORT / 2, {}), (20, 25, {})],
        "unknown": [(0, None, {})],
        "no length at all, which is a mistake": [(0, 0, {})],
        "an end before the launch": [(0, -5, {})],
        "in space now": [(0, SHORT / 2, up), (20, None, up)],
    }
    rows = [
        flight_row(craft, launch, end, family=case, **more)
        for craft, (case, legs) in enumerate((suborbital | others).items())
        for launch, end, more in legs
    ]
    summary = turnaround_by_family(flights(*rows), suborbital=False)
    assert {*summary["family"]} == {*others, "all"}


def test_splitting_a_family_changes_neither_all_nor_the_others(by_family, expected_by_family):
    """Falcon becomes Falcon 1 and Falcon 2: Condor, Kite, null and the total stay."""

    def split(frame):
        name = "config_name" if "config_name" in frame.columns else "name"
        return frame.with_columns(
            family=pl.when(pl.col("family") == "Falcon").then(name).otherwise("family")
        )

    others = ~pl.col("family").str.starts_with("Falcon").fill_null(False)
    assert_frame_equal(by_family(mapped(split)).filter(others), expected_by_family.filter(others))


@pytest.mark.slow
def test_the_time_zone_of_the_machine_changes_nothing(measure, expected, monkeypatch):
    """West of Greenwich, east of it, and half an hour beside the hour."""
    try:
        for zone in ("America/Los_Angeles", "Pacific/Apia", "Asia/Kolkata"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            assert_frame_equal(measure(fleet_of_everything()), expected)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            [
                selectors.datetime().dt.convert_time_zone("Asia/Kolkata").dt.cast_time_unit("ms"),
                selectors.duration().dt.cast_time_unit("ms"),
            ],
            id="zone, ms",
        ),
        pytest.param(
            selectors.datetime().dt.replace_time_zone(None).dt.cast_time_unit("ns"),
            id="no zone, ns",
        ),
    ],
)
def test_times_of_other_zones_and_units_change_nothing(measure, expected, change):
    """Those without a zone are UTC, periods always."""
    changed = mapped(lambda frame: frame.with_columns(change))
    assert_frame_equal(measure(changed), expected)


def test_a_column_of_nulls_without_a_type_is_one_of_unknown_times(measure):
    """A frame made by hand in which no end is known."""
    end = selectors.by_name("mission_end", require_all=False)
    bare = mapped(
        lambda frame: frame.with_columns(pl.lit(None).alias(c) for c in frame.select(end).columns)
    )
    assert bare["flights"].schema["mission_end"] == pl.Null
    typed = mapped(lambda frame: frame.with_columns(end.cast(pl.Datetime("us"))), bare)
    assert_frame_equal(measure(bare), measure(typed))


def test_a_plan_can_be_sent_to_another_process(measure, expected):
    """As JSON it holds no Python function; read back, it gives the same."""
    plan = measure(mapped(pl.DataFrame.lazy))
    assert "python" not in plan.explain(optimized=False).lower()
    with warnings.catch_warnings(action="ignore"):
        text = plan.serialize(format="json")
        again = pl.LazyFrame.deserialize(io.StringIO(text), format="json")
    assert_frame_equal(again.collect(), expected)


def test_empty_frames_have_the_same_schema(by_family, expected_by_family):
    """No rows, or for a measure with a row `all`, that row with counts of 0."""
    empty = by_family(mapped(pl.DataFrame.clear))
    assert empty.schema == expected_by_family.schema
    assert empty.height <= 1
    for row in empty.rows(named=True):
        assert row.pop("family") == "all"
        assert set(row.values()) <= {0, None}


def test_a_null_group_is_a_group_and_the_last(by_family):
    """With Falcon's name lost its rows are the same, below the others and above `all`."""
    tables = mapped(lambda frame: frame.filter(pl.col("family").is_not_null()))
    lost = mapped(
        lambda frame: frame.with_columns(family=pl.col("family").replace("Falcon", None)), tables
    )
    nameless = by_family(lost)
    assert_frame_equal(
        nameless.filter(pl.col("family").is_null()).drop("family"),
        by_family(tables).filter(family="Falcon").drop("family"),
    )
    groups = nameless["family"].unique(maintain_order=True).to_list()
    if "all" in groups:
        assert groups == [*sorted(groups[:-2]), None, "all"]


@pytest.mark.parametrize(
    ("column", "of_all", "alone"),
    [
        pytest.param(
            pl.when(pl.col("config_id") < 3).then(10).otherwise(2),
            ["2", "10", "all"],
            [2, 10],
            id="numbers keep their order",
        ),
        pytest.param(
            pl.duration(days=pl.col("config_id") // 3),
            ["PT0S", "P1D", "all"],
            [timedelta(0), DAY],
            id="durations become ISO 8601",
        ),
    ],
)
def test_any_plain_column_groups(by_family, column, of_all, alone):
    """In its order, although the row `all` makes text of it."""
    frame = by_family(mapped(lambda frame: frame.with_columns(crew=column)), by="crew")
    groups = frame["crew"].unique(maintain_order=True).to_list()
    assert groups == of_all or {*groups} == {*alone}


def test_a_group_called_all_is_not_mixed_with_the_total(by_family, expected_by_family):
    """A family of that name has its own rows; the total is the last."""
    named = pl.col("family").replace("Condor", "all")
    frame = by_family(mapped(lambda frame: frame.with_columns(named)))
    assert frame.height == expected_by_family.height
    assert_frame_equal(frame.drop("family").tail(1), expected_by_family.drop("family").tail(1))


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("famly", "is not a column.*did you mean family"),
        ("family_ids", "holds lists.*did you mean family"),
        (["family", "decade"], "name of one column.*make one of several with pl.concat_str"),
        ("zzz", "did you mean family or family_root or config_name"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_close_matches(by_family, by, message):
    """At the call, also for a lazy frame."""
    with pytest.raises(ValueError, match=message):
        by_family(mapped(pl.DataFrame.lazy), by=by)


def test_a_group_named_like_a_result_is_refused():
    """Two columns of one name can't be: rename it first."""
    tables = fleet_of_everything()
    with pytest.raises(ValueError, match="copy it under another name"):
        utilisation_by_family(tables["spacecraft"], by="flights_count")
    with pytest.raises(ValueError, match="copy it under another name"):
        turnarounds(tables["flights"], by="spacecraft_name")


def test_text_from_a_csv_file_is_refused_until_it_is_read_as_times(measure, expected):
    """A CSV file has no type for times; with try_parse_dates and durations() measures agree."""
    text, parsed = {}, {}
    for name, frame in fleet_of_everything().items():
        flat = frame.select(pl.exclude(pl.List)).with_columns(
            selectors.duration().dt.to_string("iso")
        )
        csv = flat.write_csv().encode()
        text[name] = pl.read_csv(csv)
        lengths = [name for name, dtype in frame.schema.items() if dtype == pl.Duration]
        parsed[name] = pl.read_csv(csv, try_parse_dates=True).with_columns(
            durations(pl.col(lengths).cast(pl.String))
        )
    with pytest.raises(ValueError, match=r"as String: .*try_parse_dates=True.*durations"):
        measure(text)
    assert_frame_equal(measure(parsed), expected)


def test_a_wrong_frame_is_refused_with_what_to_pass():
    """Turnarounds instead of flights, a list instead of a Polars frame."""
    flown = flights(flight_row(1, 0, 10))
    with pytest.raises(ValueError, match=r"lacks config_type_id.*a frame like snapshot\.flights"):
        turnaround_by_family(turnarounds(flown))
    with pytest.raises(ValueError, match="lacks flight_number, is_latest; pass"):
        turnarounds(flown.drop("is_latest", "flight_number"))
    with pytest.raises(TypeError, match=r"a Polars frame like snapshot\.flights, got list"):
        turnaround_survival([])
    with pytest.raises(ValueError, match=r"a frame like snapshot\.configurations"):
        coverage(flown, flown)


@pytest.mark.slow
def test_a_pandas_frame_is_refused_with_what_to_pass():
    """The message names the function of Polars that makes a Polars frame of it."""
    import pandas

    with pytest.raises(TypeError, match=r"got pandas DataFrame \(use polars\.from_pandas\)"):
        turnaround_survival(pandas.DataFrame({"flight_id": [1]}))


def test_suborbital_craft_are_known_by_their_flights_alone():
    """Without the flights there is no length to go by."""
    with pytest.raises(ValueError, match="suborbital=False needs `flights`"):
        utilisation_by_family(spacecraft(craft_row(1, 1, 1, 0)), suborbital=False)
