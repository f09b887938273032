"""Records into frames: columns, types, nulls, families, and what is refused."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.frames import Records
from spacecraft_analysis.frames.tables import CONFIGURATIONS, FLIGHTS, SPACECRAFT
from tests.benchmarks import catalogues, methods
from tests.ll2_server import catalogue
from tests.records import RETRIEVED, config, craft, family, flight, in_normal_mode, snapshot

SEED = json.loads((Path(__file__).parents[1] / "pages" / "seed-page.json").read_text("utf-8"))
TABLE_NAMES = ("spacecraft", "flights", "configurations", "dockings")
DRAGON, DRAGON_2 = family(6, "Dragon"), family(7, "Dragon 2", parent=(6, "Dragon"))


def families_of(listed: list[dict[str, Any]] | None) -> tuple[Any, ...]:
    frame = snapshot(craft(1, spacecraft_config=config(name="Crew Dragon 2", family=listed)))
    columns = ("family", "family_root", "family_is_config", "family_ids")
    return frame.spacecraft.select(columns).row(0)


def test_the_real_page():
    """The stored page of LL2 becomes ten rows whose durations are exact to the second."""
    page = snapshot(*SEED["results"]).spacecraft
    assert page.height == 10
    first = page.row(by_predicate=pl.col("name") == "Soyuz TM-4", named=True)
    assert first["time_in_space"] == timedelta(days=178, hours=22, minutes=54, seconds=29)
    assert first["time_docked"] == timedelta(days=363, hours=13, minutes=41, seconds=54)
    cygnus = page.row(by_predicate=pl.col("name") == "Cygnus 1", named=True)
    assert cygnus["serial_number"] is None


@pytest.mark.parametrize("records", [[], [craft(1)], SEED["results"], catalogue(150)], ids=len)
def test_the_schema_never_changes(records):
    """Columns and types are the declared ones for any data, the empty answer included."""
    data = snapshot(*records)
    assert data.spacecraft.schema == SPACECRAFT.schema
    if not records or "flights" in records[0]:
        assert data.flights.schema == FLIGHTS.schema
        assert data.configurations.schema == CONFIGURATIONS.schema


def test_any_number_of_pages_and_of_records_at_once(sample, monkeypatch):
    """Many pages, decoded a few at a time, give the same tables, each column in one piece."""
    texts = sample.text.texts
    pages = (texts[start : start + 10] for start in range(0, len(texts), 10))
    text = Records(tuple(b"[%s]" % b",".join(page) for page in pages), len(texts))
    at = [sample.retrieved_at] * len(texts)
    data = sa.Snapshot(text, url=sample.url, query=sample.query, retrieved_at=at)
    monkeypatch.setattr("spacecraft_analysis.frames.pages._RECORDS_AT_ONCE", 25)
    for name in ("spacecraft", "flights", "configurations"):
        assert getattr(data, name).equals(getattr(sample, name))
        assert {column.n_chunks() for column in getattr(data, name)} == {1}


def test_both_modes_give_the_same_spacecraft(sample):
    """A detailed record and its normal form make the same row."""
    assert in_normal_mode(sample).spacecraft.equals(sample.spacecraft)


def test_every_leaf_of_a_normal_record_has_a_column():
    """Every plain value of LL2's normal record has a column, response_mode aside."""

    def leaves(value: Any, path: str) -> set[str]:
        if isinstance(value, dict):
            inner = (leaves(child, f"{path}.{key}") for key, child in value.items())
            return set().union(*inner)
        if isinstance(value, list):
            return set().union(*(leaves(child, f"{path}[]") for child in value))
        return {path.removeprefix(".")}

    found = {leaf for record in SEED["results"] for leaf in leaves(record, "")}
    declared = {SPACECRAFT.path(column) for column in SPACECRAFT.columns}
    declared |= {path.rsplit(".", 1)[0] for path in declared}
    assert {leaf for leaf in found - declared if not leaf.endswith("response_mode")} == set()


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        # Of a family and its parent the child is the family, in either order.
        ([DRAGON, DRAGON_2], ("Dragon 2", "Dragon", False)),
        ([DRAGON_2, DRAGON], ("Dragon 2", "Dragon", False)),
        # The root is the listed family's parent even where that is not listed itself.
        ([DRAGON_2], ("Dragon 2", "Dragon", False)),
        # Of two unrelated families the one with the lower id is taken.
        ([family(9, "B"), family(3, "A")], ("A", "A", False)),
        # A circle of parents ends too, with the lowest id.
        ([family(1, "A", parent=(2, "B")), family(2, "B", parent=(1, "A"))], ("A", "B", False)),
    ],
)
def test_the_most_specific_family(listed, expected):
    """The most specific family, and the family at the top of its tree."""
    assert families_of(listed)[:3] == expected


@pytest.mark.parametrize("listed", [[], None])
def test_no_family(listed):
    """Without a family the configuration's name stands in; no list is null, an empty one empty."""
    assert families_of(listed) == ("Crew Dragon 2", "Crew Dragon 2", True, listed)


def test_empty_text_is_null():
    """Empty text is null, and so is what LL2 sends as null."""
    row = snapshot(craft(1, description="", serial_number=None)).spacecraft.row(0, named=True)
    assert (row["description"], row["serial_number"]) == (None, None)


def test_each_craft_has_its_own_image():
    """A picture may be that of the craft before, of an earlier one, another, or none."""
    first, other = SEED["results"][0]["image"], SEED["results"][0]["image"] | {"id": 1}
    images = [first, first, None, other, first]
    records = [craft(nth, image=image) for nth, image in enumerate(images)]
    assert snapshot(*records).spacecraft["image_id"].to_list() == [1930, 1930, None, 1, 1930]


def test_image_variants_are_lists():
    """A list of objects becomes one list per leaf, whether a type is text or an object."""
    image = SEED["results"][0]["image"] | {
        "variants": [
            {"id": 1, "type": {"id": 4, "name": "Wide"}, "image_url": "https://a"},
            {"id": 2, "type": "Square", "image_url": "https://b"},
        ]
    }
    row = snapshot(craft(1, image=image)).spacecraft.row(0, named=True)
    assert row["image_variant_ids"] == [1, 2]
    assert row["image_variant_types"] == ["Wide", "Square"]
    assert row["image_variant_urls"] == ["https://a", "https://b"]


def test_flights_carry_their_craft():
    """A flight repeats what grouping needs of its craft, and comes in order of launch."""
    legs = [flight(2, "2020-01-01T00:00:00Z", None), flight(5, "2019-01-01T00:00:00Z", None)]
    flights = snapshot(craft(7), craft(9, in_space=True, flights=legs)).flights
    assert flights["flight_id"].to_list() == [5, 2]
    assert flights["spacecraft_name"].to_list() == ["Craft 9", "Craft 9"]
    row = flights.row(1, named=True)
    assert (row["spacecraft_id"], row["in_space"], row["retrieved_at"]) == (9, True, RETRIEVED)


def test_configurations_by_lowest_spacecraft():
    """One row per configuration; where records differ, the lowest spacecraft id wins."""
    records = [
        craft(8, spacecraft_config=config(3, height=9)),
        craft(2, spacecraft_config=config(3, height=8.1, maiden_flight="2010-12-08")),
        craft(1, spacecraft_config=config(1, payload_capacity=6000)),
    ]
    table = snapshot(*records).configurations
    assert table["config_id"].to_list() == [1, 3]
    assert table["height_m"].to_list() == [None, 8.1]
    assert table["payload_capacity_kg"].to_list() == [6000.0, None]
    assert table["maiden_flight"].to_list() == [None, date(2010, 12, 8)]


def test_dictionary_and_frames_agree(sample):
    """It lists the frames' columns in their order, with types, and where no value is null."""
    declared = sa.data_dictionary()
    assert {*declared["table"]} == {*TABLE_NAMES}
    assert declared["meaning"].str.len_chars().min() > 5
    assert declared["column"].str.contains("^[a-z][a-z0-9_]*$").all()
    for name in TABLE_NAMES:
        rows, frame = declared.filter(table=name), getattr(sample, name)
        assert rows["column"].to_list() == frame.columns
        assert rows["dtype"].to_list() == [str(dtype) for dtype in frame.dtypes]
        never_null = frame.select(rows.filter(nullable=False)["column"].to_list())
        assert never_null.null_count().sum_horizontal().item() == 0


def test_units_of_the_dictionary():
    """A duration has its unit, as a type and in exports; a latitude and a longitude have theirs."""
    declared = sa.data_dictionary()
    durations = declared.filter(pl.col("dtype").str.starts_with("Duration"))
    unit = "µs as Arrow duration; a number or text in other files"
    assert durations["unit"].unique().to_list() == [unit]
    places = declared.filter(pl.col("column").str.contains("(latitude|longitude)$"))
    assert places["unit"].to_list() == ["degrees"] * 4


def test_flights_of_one_id_stay_in_the_order_of_the_record():
    """Where LL2 repeats a flight's id, nothing but the record says which one comes first."""
    launches = ["2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z"]
    flights = [flight(7, launches[nth % 2], None) | {"destination": str(nth)} for nth in range(200)]
    places = snapshot(craft(1, flights=flights)).flights["destination"].to_list()
    assert places == [str(nth) for nth in (*range(0, 200, 2), *range(1, 200, 2))]


def test_what_is_known_about_each_flight():
    """Flights are numbered by launch, planned ones too; those without a launch time come last."""
    at = [f"20{year}-01-01T00:00:00Z" for year in (20, 21, 22, 23, 30)]
    flights = [flight(4, at[1], None), flight(3, at[0], at[1]), flight(6, at[4], None)]
    flights.append(flight(5, at[1], None))
    lost = [flight(7, None, None), flight(10, at[0], at[1])]
    open_twice = [flight(8, at[0], at[1]), flight(9, at[2], None)]
    rows = snapshot(
        craft(1, in_space=True, flights=flights, time_docked="P5D"),
        craft(2, in_space=True, flights=lost, time_docked=None),
        craft(3, in_space=False, flights=open_twice, time_docked="P1D"),
    ).flights
    columns = ("flight_id", "flight_number", "is_planned", "is_latest", "is_open")
    assert rows.select(columns).rows() == [
        (3, 1, False, False, False),
        (4, 2, False, False, False),
        (5, 3, False, True, True),
        (6, 4, True, False, False),
        (10, 1, False, False, False),
        (7, None, False, True, True),
        (8, 1, False, False, False),
        (9, 2, False, True, False),
    ]
    days = rows["spacecraft_time_docked"].dt.total_days().to_list()
    assert days == [5, 5, 5, 5, None, None, 1, 1]


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_the_order_of_columns(name, sample):
    """The id, a name, the family come first; addresses and pictures last, before the time."""
    columns = getattr(sample, name).columns
    assert columns[0].endswith("_id")
    assert columns[1].endswith("name")
    assert "family" in columns[:4]
    assert columns[-1] == "retrieved_at"
    is_last = [re.search("url|image|_link$", column) is not None for column in columns[:-1]]
    assert is_last == sorted(is_last)


def test_the_benchmarks_read_pages_as_a_user_does(tmp_path):
    """The work that is timed is done by the package's present functions."""
    pages = tmp_path / "some.pages"
    catalogues.write_pages(pages, 120, "detailed")
    spacecraft, flights = methods.ours_with_flights(methods.read_pages(pages))
    assert spacecraft.equals(methods.ours(methods.read_pages(pages)))
    assert (spacecraft.height, flights["spacecraft_id"].is_in(range(1, 121)).all()) == (120, True)
