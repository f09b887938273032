"""A frame as a table for readers."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from spacecraft_analysis.report import tables
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
    """Where one value has five digits, all of its column are grouped; an id never is."""
    assert column(1024, -12345) == ["1,024", "-12,345"]
    assert column(1024.5, 12345.0) == ["1,024.5", "12,345.0"]
    assert table(pl.DataFrame({"spacecraft_id": [12345]})).rows == [["12345"]]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1200.0, 30.0], ["1200.0", "30.0"]),
        ([1.5, 2.25], ["1.50", "2.25"]),
        ([0.5], ["0.500"]),
        ([120.0, 0.04, 0.0], ["120.00", "0.04", "0.00"]),
        ([120.0, 0.0004], ["120.0000", "0.0004"]),
        ([120.0, -0.06], ["120.00", "-0.06"]),
        ([120.0, 3e-9, -0.0], ["120.000000", "3.0e-09", "0.000000"]),
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


def test_rows_that_are_not_shown_are_in_the_file():
    """Twenty rows are shown, and the file has all, durations with their days beside."""
    frame = pl.DataFrame({"time": [timedelta(hours=12)] * 30, "at": [datetime(2020, 1, 1)] * 30})
    made = table(frame)
    assert (len(made.rows), made.row_count) == (20, 30)
    assert made.whole_csv.splitlines()[:2] == ["time,time_days,at", "PT12H,0.5,2020-01-01T00:00:00"]
    assert len(made.whole_csv.splitlines()) == 31
    assert len(made.shown_csv.splitlines()) == 21


def test_a_file_of_over_a_megabyte_is_not_made(monkeypatch):
    """A large frame gives the rows that are shown, and nothing is written to find out its size."""
    monkeypatch.setattr(tables, "_FILE_SIZE", 100)
    assert table(pl.DataFrame({"x": ["long " * 10] * 5})).whole_csv == ""
    made = table(pl.DataFrame({"x": range(200)}))
    assert made.whole_csv == ""
    assert made.shown_csv.count("\n") == 21
