"""Frames as text for spreadsheets and other programs."""

import csv
import io
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from spacecraft_analysis.frames.formats import delimited


def lines(frame: pl.DataFrame, **options) -> list[list[str]]:
    return list(csv.reader(io.StringIO(delimited(frame, **options))))


def test_text_is_not_a_formula():
    """Text that begins as a formula does, after blanks too, gets an apostrophe, as a name too."""
    blanks = ("", " ", "\n", "\t", "\r", "\xa0", "\u3000", "\x0b", "\u200b")
    names = [f"{before}{sign}1+1" for before in blanks for sign in "=+-@＝＋－＠"]
    for dtype in (pl.String, pl.Categorical, pl.Enum(names)):
        frame = pl.DataFrame([pl.Series(name, [name], dtype=dtype) for name in names])
        assert lines(frame) == [[f"'{name}" for name in names]] * 2


def test_other_text_and_numbers_stay():
    """Neither a number below zero nor a sign inside a text gets an apostrophe."""
    frame = pl.DataFrame({"a": [-1], "b": [-0.5], "c": ["T-15"], "d": ["'=1"], "e": [True]})
    assert lines(frame)[1] == ["-1", "-0.5", "T-15", "'=1", "true"]


def test_null_is_nothing_and_empty_text_is_text():
    """A missing value and an empty text differ."""
    assert delimited(pl.DataFrame({"a": [None, ""], "b": [1, None]})) == 'a,b\n,1\n"",\n'


def test_instants_are_in_utc():
    """An instant of any zone is in UTC, one without a zone as it stands; dates are dates."""
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


@pytest.mark.parametrize(
    ("durations", "name", "cells"),
    [
        ("seconds", "time_seconds", ["129600", "0.5"]),
        ("days", "time_days", ["1.5", "5.787037037037037e-6"]),
        ("iso", "time", ["P1DT12H", "PT0.5S"]),
        ("native", "time", ["P1DT12H", "PT0.5S"]),
    ],
)
def test_a_duration_is_a_number_or_text(durations, name, cells):
    """By default it is a number of seconds, whole where it is one, with the unit in the name."""
    frame = pl.DataFrame({"time": [timedelta(hours=36), timedelta(milliseconds=500), None]})
    assert lines(frame, durations=durations) == [[name], *([cell] for cell in cells), []]


def test_a_name_that_is_taken():
    """Where the frame has the seconds already, a duration stays text under its own name."""
    frame = pl.DataFrame({"time": [timedelta(days=1)], "time_seconds": [7]})
    assert lines(frame) == [["time", "time_seconds"], ["P1D", "7"]]


def test_lists_and_structs_are_json():
    """What is nested is JSON, with instants and durations inside in ISO 8601."""
    struct = {"x": timedelta(days=1), "y": [datetime(2020, 1, 1)]}
    frame = pl.DataFrame({"a": [["Dragon", "Σ"]], "b": [struct], "c": [["=1"]]})
    written = '{"x": "P1D", "y": ["2020-01-01T00:00:00"]}'
    assert lines(frame)[1] == ['["Dragon", "Σ"]', written, '["=1"]']
