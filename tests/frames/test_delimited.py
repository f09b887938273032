"""Frames as text for spreadsheets and other programs."""

import csv
import io
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from spacecraft_analysis.frames import delimited


def lines(frame: pl.DataFrame, **options) -> list[list[str]]:
    return list(csv.reader(io.StringIO(delimited(frame, **options))))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_text_is_no_formula(first):
    """Text that begins as a formula does is told as text, in cells and in the line of names."""
    name = f"{first}1+1"
    for dtype in (pl.String, pl.Categorical, pl.Enum([name])):
        assert lines(pl.DataFrame({name: pl.Series([name], dtype=dtype)})) == [[f"'{name}"]] * 2


def test_other_text_and_numbers_stay():
    """Neither a number below zero nor a sign inside a text gets an apostrophe."""
    frame = pl.DataFrame({"a": [-1], "b": [-0.5], "c": ["T-15"], "d": ["'=1"], "e": [True]})
    assert lines(frame)[1] == ["-1", "-0.5", "T-15", "'=1", "true"]


def test_null_is_nothing_and_empty_text_is_text():
    """What LL2 does not say and what it says to be empty can be told apart."""
    assert delimited(pl.DataFrame({"a": [None, ""], "b": [1, None]})) == 'a,b\n,1\n"",\n'


def test_instants_are_in_utc():
    """An instant of any zone is told in UTC, one without a zone as it stands; days as days."""
    noon = datetime(2020, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))
    frame = pl.DataFrame(
        {
            "at": [noon.astimezone(timezone.utc)],
            "there": pl.Series([noon], dtype=pl.Datetime("us", "Europe/Paris")),
            "somewhere": [datetime(2020, 7, 1, 12, 0, 0, 500_000)],
            "day": [date(2020, 7, 1)],
        }
    )
    utc = "2020-07-01T10:00:00Z"
    assert lines(frame)[1] == [utc, utc, "2020-07-01T12:00:00.500", "2020-07-01"]


def test_a_duration_stands_beside_its_days():
    """A duration is ISO 8601, with a number of days beside it where that is asked for."""
    frame = pl.DataFrame({"time": [timedelta(hours=36), None], "n": [1, 2]})
    assert lines(frame) == [["time", "n"], ["P1DT12H", "1"], ["", "2"]]
    assert lines(frame, days=True) == [
        ["time", "time_days", "n"],
        ["P1DT12H", "1.5", "1"],
        ["", "", "2"],
    ]


def test_a_column_of_days_is_told_once():
    """A frame that has the number of days already keeps its own."""
    frame = pl.DataFrame({"time": [timedelta(days=1)], "time_days": [7]})
    assert lines(frame, days=True) == [["time", "time_days"], ["P1D", "7"]]


def test_lists_and_structs_are_json():
    """What is nested is JSON, with instants and durations inside in ISO 8601."""
    frame = pl.DataFrame(
        {
            "a": [["Dragon", "Σ"]],
            "b": [{"x": timedelta(days=1), "y": [datetime(2020, 1, 1)]}],
            "c": [["=1"]],
        }
    )
    told = '{"x": "P1D", "y": ["2020-01-01T00:00:00"]}'
    assert lines(frame)[1] == ['["Dragon", "Σ"]', told, '["=1"]']


def test_tabs_separate_where_asked():
    """The separator is quoted where it stands in a text."""
    assert (
        delimited(pl.DataFrame({"a": ["x\ty"], "b": ["z"]}), separator="\t") == 'a\tb\n"x\ty"\tz\n'
    )
