"""A frame as a table for readers."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from spacecraft_analysis.report.tables import table


def column(*values, **dtype) -> list[str]:
    """What a reader sees of a column."""
    return [row[0] for row in table(pl.DataFrame({"x": pl.Series(values, **dtype)})).rows]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt16, pl.Float64])
def test_a_year_is_no_number_of_thousands(dtype):
    """Below ten thousand no comma sets digits apart, whatever the column is called."""
    whole = [text.removesuffix(".0") for text in column(1961, 2024, None, dtype=dtype)]
    assert whole == ["1961", "2024", ""]


def test_a_column_with_large_numbers_sets_thousands_apart():
    """Where one value has five digits, all of its column are grouped, but for ids.

    Any integer may be an id whose column does not count or measure by its name.
    """
    assert column(1024.5, 12345.0) == ["1,024.5", "12,345.0"]
    counts = pl.DataFrame({"flights_count": [1024, -12345], "norad": [1024, 12345]})
    assert table(counts).rows == [["1,024", "1024"], ["-12,345", "12345"]]
    with pl.Config(thousands_separator=True):
        assert table(counts).rows[1] == ["-12,345", "12,345"]
        assert table(pl.DataFrame({"flight_id": [900103]})).rows == [["900103"]]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1200.0, 30.0], ["1200.0", "30.0"]),
        ([1.5, 2.25], ["1.50", "2.25"]),
        ([0.5], ["0.500"]),
        ([0.996, 1.0], ["0.996", "1.000"]),
        ([120.0, 0.04, 0.0], ["120.00", "0.04", "0.00"]),
        ([120.0, 0.0004], ["120.0000", "0.0004"]),
        ([120.0, -0.06], ["120.00", "-0.06"]),
        ([120.0, 3e-9, -0.0], ["1.20e+02", "3.00e-09", "0.00e+00"]),
        ([1e22, -1e300, 5.0], ["1.00e+22", "-1.00e+300", "5.00e+00"]),
        ([0.0, float("nan"), float("inf"), None], ["0.000", "", "inf", ""]),
    ],
)
def test_nothing_but_zero_reads_as_zero(values, texts):
    """A column has as many decimals as its smallest value needs, and no more than a reader does."""
    assert column(*values) == texts


def test_a_precision_that_a_notebook_set_is_kept():
    """Who sets the decimals of floats in Polars gets these on the page."""
    with pl.Config(float_precision=1):
        assert column(120.0, 0.04) == ["120.0", "0.0"]


def test_no_part_of_the_token_is_left_where_a_text_is_cut(monkeypatch):
    """A cell is cut after the token is masked, also within a struct."""
    monkeypatch.setenv("LL2_TOKEN", "abcdef0123456789")
    text = "x" * 150 + "abcdef0123456789"
    assert column(text) == ["x" * 150 + "[LL2_TOKE…"]
    assert "abc" not in column({"a": text})[0]


def test_rows_that_are_not_shown_are_in_the_file():
    """Of over forty rows twenty are shown, and the file has all."""
    frame = pl.DataFrame({"time": [timedelta(hours=12)] * 41, "at": [datetime(2020, 1, 1)] * 41})
    assert len(table(frame[:40]).rows) == 40
    made = table(frame)
    assert (len(made.rows), made.row_count) == (20, 41)
    assert made.csv.splitlines()[:2] == ["time_seconds,at", "43200,2020-01-01T00:00:00"]
    assert (len(made.csv.splitlines()), made.csv_is_whole) == (42, True)


def test_the_row_of_everything_is_shown():
    """A measure's row `all` stands last, also where rows before it are not shown."""
    made = table(pl.DataFrame({"family": [*map(str, range(50)), "all"], "n": range(51)}))
    assert [row[0] for row in made.rows] == [*map(str, range(20)), "all"]
    assert made.has_last


def test_polars_setting_of_rows_is_obeyed():
    """What a notebook sets for Polars' own tables counts on the page too."""
    with pl.Config(tbl_rows=2):
        made = table(pl.DataFrame({"a": range(9)}))
    assert (len(made.rows), made.csv.count("\n")) == (2, 10)


def test_polars_setting_of_columns_is_obeyed():
    """As in Polars' own tables the first and the last are shown; the file has all."""
    frame = pl.DataFrame({name: [1] for name in "abcdef"})
    with pl.Config(tbl_cols=3):
        made = table(frame)
        assert table(frame[:, :3]).column_count == 0
    assert [column.label for column in made.columns] == ["a", "b", "f"]
    assert (made.rows, made.column_count) == ([["1", "1", "1"]], 6)
    assert made.csv.startswith("a,b,c,d,e,f\n")


def test_a_column_without_a_value_is_named_and_not_shown():
    """What is null in all rows has no place in the table, but in its file."""
    frame = pl.DataFrame({"a": [1, 2], "b": [None, None], "c": [None, 3]})
    made = table(frame)
    assert ([column.label for column in made.columns], made.empty) == (["a", "c"], ["b"])
    assert made.rows == [["1", ""], ["2", "3"]]
    assert made.csv.startswith("a,b,c\n")
    # A table of nothing else is shown as it is.
    assert table(frame.select("b")).rows == [[""], [""]]


def test_a_duration_is_written_as_polars_does_it():
    """From days down to its seconds, without what is zero."""
    times = [timedelta(178, hours=22, seconds=29), timedelta(hours=-5), timedelta(0), None]
    assert column(*times) == ["178d 22h 29s", "-5h", "0s", ""]


def test_instants_of_a_table_are_written_alike():
    """Where one instant has seconds, all of the table have."""
    times = {"a": [datetime(2020, 1, 1)], "b": [datetime(2020, 1, 1, 0, 0, 7)]}
    assert table(pl.DataFrame(times)).rows == [["2020-01-01 00:00:00", "2020-01-01 00:00:07"]]


def test_findings_are_grouped_by_rule():
    """A frame of findings has the rows of each rule together, in the order of its first."""
    rules = {"rule": ["late", "early", "late"], "explanation": ["a", "b", "c"]}
    made = table(pl.DataFrame(rules))
    assert made.rows == [["a"], ["c"], ["b"]]
    assert made.groups == [("late: 2", 2), ("early: 1", 1)]
    assert made.is_valid
    many = table(pl.DataFrame({"rule": ["late"] * 50, "explanation": map(str, range(50))}))
    assert (many.rows, many.groups) == ([["0"], ["1"], ["2"]], [("late: 50", 3)])
