"""Instants and days: the fast reading is Python's own."""

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spacecraft_analysis.frames.times import parse_instant, read_days, read_instants


def read(reader: Callable[[list[str | None]], pl.Series], *texts: str | None) -> list[Any]:
    return reader([*texts]).to_list()


def parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except (ValueError, OverflowError):
        return None


# Close to what LL2 writes, so that many of them are instants and as many just are not.
INSTANTS = st.from_regex(
    r"\A[0-3][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-][01][0-9]:00)?\Z"
)
DAYS = st.from_regex(r"\A[0-3][0-9]{3}-?[01][0-9]-?[0-3][0-9]\Z")


@given(text=INSTANTS | st.text())
@example("2016-12-31T23:59:60Z")
@example("0000-01-01T00:00:00Z")
@example("2023-02-29T00:00:00Z")
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-05:00")
@example("٢٠٢٠-01-01T00:00:00Z")
def test_instants_are_pythons(text):
    """A column of instants holds what Python reads in each text, and null where it reads none."""
    assert read(read_instants, text, None) == [parsed(parse_instant, text), None]


@given(text=DAYS | st.text())
@example("2024-02-30")
@example("2024-W09-1")
def test_days_are_pythons(text):
    """A column of days holds what Python reads in each text, and null where it reads none."""
    assert read(read_days, text, None) == [parsed(date.fromisoformat, text), None]


def test_an_instant_in_utc():
    """An instant with another offset is the same instant in UTC; without one it is none."""
    three = datetime(2020, 1, 1, 3, tzinfo=timezone.utc)
    texts = ("2020-01-01T03:00:00Z", "2020-01-01T05:00:00+02:00")
    assert read(read_instants, *texts) == [three, three]
    with pytest.raises(ValueError, match="no offset"):
        parse_instant("2020-01-01T03:00:00")
