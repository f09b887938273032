"""What all measures have in common: kinds of frames, order, groups, what must not change them."""

import inspect
import io
import os
import time
import warnings
from datetime import timedelta
from functools import cache

import polars as pl
import pytest
from polars import selectors
from polars.testing import assert_frame_equal

from spacecraft_analysis import measures
from spacecraft_analysis.frames import durations
from spacecraft_analysis.measures import (
    coverage,
    times_to_dock,
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
    utilisation_by_family,
)
from tests.measures.fleets import (
    ARGUMENTS,
    call,
    craft_row,
    flight_row,
    flights,
    random_fleet,
    spacecraft,
)

# 64 craft of all families, placeholders and mass simulators among them.
FLEET = random_fleet(6)


def mapped(function, tables=FLEET):
    """Return the tables, each after the function."""
    return {name: function(frame) for name, frame in tables.items()}


@cache
def unchanged(name, **options):
    """Return what a measure gives of the fleet."""
    return call(name, FLEET, **options)


@pytest.fixture(params=ARGUMENTS)
def name(request):
    """Each measure, by its name in the list."""
    return request.param


def names_with(option):
    """The measures that have the option."""
    functions = {name: getattr(measures, name.split()[0]) for name in ARGUMENTS}
    return [name for name, one in functions.items() if option in inspect.signature(one).parameters]


def test_every_measure_is_in_the_list():
    """A measure that the list of `fleets` lacks would be in none of these tests."""
    assert {name.split()[0] for name in ARGUMENTS} == {*measures.__all__}


def test_a_lazy_frame_stays_lazy_and_gives_the_same(name, monkeypatch):
    """No frame is collected on the way, and streaming gives what a frame in memory gives."""

    def collect(*args, **more):
        raise AssertionError("a measure collected a lazy frame")

    with monkeypatch.context() as patch:
        for method in ("collect", "collect_async", "collect_batches", "sink_parquet"):
            patch.setattr(pl.LazyFrame, method, collect)
        patch.setattr(pl, "collect_all", collect)
        lazy = call(name, mapped(pl.DataFrame.lazy))
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.collect(engine="streaming"), unchanged(name))


@pytest.mark.parametrize(
    ("name", "table"),
    [(name, table) for name, used in ARGUMENTS.items() if len(used) > 1 for table in used],
)
def test_one_lazy_table_makes_the_result_lazy(name, table):
    """A lazy frame is never collected, so the result can't be a frame in memory."""
    assert isinstance(call(name, FLEET | {table: FLEET[table].lazy()}), pl.LazyFrame)


@pytest.mark.slow
def test_shuffled_rows_change_nothing(name):
    """The order of the result is stated and total."""
    backwards = mapped(pl.DataFrame.reverse)
    shuffled = mapped(lambda frame: frame.sample(fraction=1, shuffle=True, seed=1))
    for tables in (backwards, shuffled):
        assert_frame_equal(call(name, tables), unchanged(name))


@pytest.mark.parametrize(
    ("option", "counts"),
    [
        ("placeholders", pl.col("is_placeholder").ne_missing(True)),
        ("mass_simulators", pl.col("config_type_id").ne_missing(5)),
    ],
)
@pytest.mark.parametrize("name", names_with("placeholders"))
def test_placeholders_and_mass_simulators_count_only_on_request(name, option, counts):
    """Without them in the tables nothing changes by default."""
    used = {table: FLEET[table].filter(counts) for table in ARGUMENTS[name]}
    assert_frame_equal(call(name, used), unchanged(name))
    assert not unchanged(name, **{option: True}).equals(unchanged(name))
    with pytest.raises(TypeError, match=f"{option}='no': expected True or False"):
        call(name, FLEET, **{option: "no"})


SHORT = 84 / 1440


@pytest.mark.parametrize("name", names_with("suborbital"))
def test_suborbital_craft_are_left_out_on_request(name):
    """A craft that rose twice for ten minutes and waits: without it all is as if it never was."""
    hop = 10 / 1440
    rises = flights(*(flight_row(998, day, day + hop, flight_id=998 + day) for day in (0, 20)))
    more = FLEET | {
        "spacecraft": pl.concat([FLEET["spacecraft"], spacecraft(craft_row(998, 2, 2 * hop, 0))]),
        "flights": pl.concat([FLEET["flights"], rises]),
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


def test_splitting_a_family_changes_neither_all_nor_the_others(name):
    """Falcon becomes Falcon 1 and Falcon 2: Condor, Kite, null and the total stay."""

    def split(frame):
        model = "config_name" if "config_name" in frame.columns else "name"
        return frame.with_columns(
            family=pl.when(pl.col("family") == "Falcon").then(model).otherwise("family")
        )

    others = ~pl.col("family").str.starts_with("Falcon").fill_null(False)
    found = call(name, mapped(split), by="family")
    assert_frame_equal(found.filter(others), unchanged(name, by="family").filter(others))


@pytest.mark.slow
def test_the_time_zone_of_the_machine_changes_nothing(name, monkeypatch):
    """East of Greenwich, and west of it, half an hour beside the hour."""
    try:
        for zone in ("Pacific/Apia", "America/St_Johns"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            assert_frame_equal(call(name, FLEET), unchanged(name))
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
def test_times_of_other_zones_and_units_change_nothing(name, change):
    """Those without a zone are UTC, periods always."""
    changed = mapped(lambda frame: frame.with_columns(change))
    assert_frame_equal(call(name, changed), unchanged(name))


def test_a_column_of_nulls_without_a_type_is_one_of_unknown_times(name):
    """A frame made by hand in which no end is known."""
    end = selectors.by_name("mission_end", require_all=False)
    bare = mapped(
        lambda frame: frame.with_columns(pl.lit(None).alias(c) for c in frame.select(end).columns)
    )
    assert bare["flights"].schema["mission_end"] == pl.Null
    typed = mapped(lambda frame: frame.with_columns(end.cast(pl.Datetime("us"))), bare)
    assert_frame_equal(call(name, bare), call(name, typed))


def test_a_plan_can_be_sent_to_another_process(name):
    """As JSON it holds no Python function; read back, it gives the same."""
    plan = call(name, mapped(pl.DataFrame.lazy))
    assert "python" not in plan.explain(optimized=False).lower()
    with warnings.catch_warnings(action="ignore"):
        text = plan.serialize(format="json")
        again = pl.LazyFrame.deserialize(io.StringIO(text), format="json")
    assert_frame_equal(again.collect(), unchanged(name))


def test_empty_frames_have_the_same_schema(name):
    """No rows, or for a measure with a row `all`, that row with counts of 0."""
    empty = call(name, mapped(pl.DataFrame.clear), by="family")
    assert empty.schema == unchanged(name, by="family").schema
    assert empty.height <= 1
    for row in empty.rows(named=True):
        assert row.pop("family") == "all"
        assert set(row.values()) <= {0, None}


def test_a_null_group_is_a_group_and_the_last(name):
    """With Falcon's name lost its rows are the same, below the others and above `all`."""
    tables = mapped(lambda frame: frame.filter(pl.col("family").is_not_null()))
    lost = mapped(
        lambda frame: frame.with_columns(family=pl.col("family").replace("Falcon", None)), tables
    )
    nameless = call(name, lost, by="family")
    assert_frame_equal(
        nameless.filter(pl.col("family").is_null()).drop("family"),
        call(name, tables, by="family").filter(family="Falcon").drop("family"),
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
            [timedelta(0), timedelta(days=1)],
            id="durations become ISO 8601",
        ),
    ],
)
def test_any_plain_column_groups(name, column, of_all, alone):
    """In its order, although the row `all` makes text of it."""
    frame = call(name, mapped(lambda frame: frame.with_columns(crew=column)), by="crew")
    # Null is the group of dockings of unknown flights.
    groups = frame["crew"].drop_nulls().unique(maintain_order=True).to_list()
    assert groups == of_all or {*groups} == {*alone}


def test_a_group_called_all_is_not_mixed_with_the_total(name):
    """A family of that name has its own rows; the total is the last."""
    named = pl.col("family").replace("Condor", "all")
    frame = call(name, mapped(lambda frame: frame.with_columns(named)), by="family")
    expected = unchanged(name, by="family")
    assert frame.height == expected.height
    assert_frame_equal(frame.drop("family").tail(1), expected.drop("family").tail(1))


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("famly", r"is not a column of snapshot\.[a-z]+; did you mean family"),
        ("family_ids", "holds lists.*did you mean family"),
        (["family", "decade"], "name of one column.*make one of several with pl.concat_str"),
        ("zzz", "did you mean family or family_root or config_name"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_close_matches(name, by, message):
    """At the call, also for a lazy frame."""
    with pytest.raises(ValueError, match=message):
        call(name, mapped(pl.DataFrame.lazy), by=by)


def test_a_group_named_like_a_result_is_refused():
    """Two columns of one name can't be: rename it first, if the frame has such a column."""
    with pytest.raises(ValueError, match="copy it under another name"):
        utilisation_by_family(FLEET["spacecraft"], by="flights_count")
    with pytest.raises(ValueError, match="copy it under another name"):
        turnarounds(FLEET["flights"], by="spacecraft_name")
    with pytest.raises(ValueError, match=r"is not a column of snapshot\.flights; did you mean"):
        times_to_dock(FLEET["flights"], FLEET["dockings"], by="target_name")


@cache
def from_csv():
    """Return the tables read from CSV files as text, and with their times."""
    text, parsed = {}, {}
    for table, frame in FLEET.items():
        lengths = frame.select(selectors.duration()).columns
        flat = frame.select(pl.exclude(pl.List)).with_columns(pl.col(lengths).dt.to_string("iso"))
        csv = flat.write_csv().encode()
        text[table] = pl.read_csv(csv)
        parsed[table] = pl.read_csv(csv, try_parse_dates=True).with_columns(
            durations(pl.col(lengths).cast(pl.String))
        )
    return text, parsed


def test_text_from_a_csv_file_is_refused_until_it_is_read_as_times(name):
    """A CSV file has no type for times; with try_parse_dates and durations() measures agree."""
    text, parsed = from_csv()
    with pytest.raises(ValueError, match=r"as String: .*try_parse_dates=True.*durations"):
        call(name, text)
    assert_frame_equal(call(name, parsed), unchanged(name))


def test_flags_as_numbers_are_refused(name):
    """Other programs write 0 and 1; the message says what to cast them to."""
    numbers = mapped(lambda frame: frame.with_columns(pl.col(pl.Boolean).cast(pl.Int64)))
    with pytest.raises(ValueError, match=r"has (is|in)_[a-z_, ]+ as Int64: cast it to pl\.Boolean"):
        call(name, numbers)


def test_ids_as_text_are_refused(name):
    """Text is not in the order of numbers; the message says what to cast it to."""
    texts = mapped(lambda frame: frame.with_columns(selectors.ends_with("_id").cast(pl.String)))
    with pytest.raises(ValueError, match=r"_id as String: cast it to pl\.Int64, or pass a frame"):
        call(name, texts)


def test_whole_numbers_may_be_floats(name):
    """As pandas makes them of numbers with a null among them."""
    numbers = selectors.ends_with("_id", "flight_number") & selectors.integer()
    expected = unchanged(name)
    found = call(name, mapped(lambda frame: frame.with_columns(numbers.cast(pl.Float64))))
    assert_frame_equal(found.cast({numbers: pl.Int64}), expected.cast({numbers: pl.Int64}))


def test_a_flag_without_a_value_needs_no_type(name):
    """A frame made by hand has no type for a column of nulls."""
    typed = mapped(lambda frame: frame.with_columns(in_space=pl.lit(None, pl.Boolean)))
    untyped = mapped(lambda frame: frame.with_columns(in_space=pl.lit(None)))
    assert_frame_equal(call(name, untyped), call(name, typed))


def test_a_wrong_frame_is_refused_with_what_to_pass():
    """Turnarounds instead of flights, a list instead of a Polars frame."""
    flown = FLEET["flights"]
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

    with pytest.raises(TypeError, match=r"got a pandas DataFrame \(use polars\.from_pandas\)"):
        turnaround_survival(pandas.DataFrame({"flight_id": [1]}))


def test_suborbital_craft_are_known_by_their_flights_alone():
    """Without the flights there is no length to go by."""
    with pytest.raises(ValueError, match="suborbital=False needs `flights`"):
        utilisation_by_family(FLEET["spacecraft"], suborbital=False)
