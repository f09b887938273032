"""ISO 8601 durations: what is one, what is not, and that both functions agree."""

from datetime import timedelta

import isodate
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacecraft_analysis import durations, parse_duration

SPELLINGS = {
    "P178DT22H54M29S": timedelta(days=178, hours=22, minutes=54, seconds=29),
    "P99DT14H49S": timedelta(days=99, hours=14, seconds=49),
    "PT18M": timedelta(minutes=18),
    "P0D": timedelta(0),
    "PT0.000001S": timedelta(microseconds=1),
    "-P1DT14H": -timedelta(days=1, hours=14),
    "P1W": timedelta(weeks=1),
    "P1.5D": timedelta(days=1, hours=12),
    "P1DT": timedelta(days=1),
}
NOT_DURATIONS = [
    *("", "P", "PT", "P1", "1D", "p1d", "P1H", "PT1D", "PT1S1M", "abc", " P1D", "P\u0663D"),
    *("P1M", "P1Y", "P1Y2M3D", "P0003-06-04T12:30:05", "P999999999D", "P99999999999999D"),
]


def read(*texts: str | None) -> list[timedelta | None]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(durations(pl.col("text"))).to_series().to_list()


def test_spellings_of_ll2():
    """Every spelling that LL2 uses is read exactly, by both functions."""
    for text, length in SPELLINGS.items():
        # A column of one alone may be read in another way than one of several.
        assert parse_duration(text) == length
        assert read(text) == [length]
    assert read(*SPELLINGS) == [*SPELLINGS.values()]


def test_what_is_not_a_duration():
    """A text that states no fixed length is an error for one value and null in a column."""
    for text in NOT_DURATIONS:
        with pytest.raises(ValueError, match=r"duration|length|number"):
            parse_duration(text)
        assert read(text, "P1D") == [None, timedelta(days=1)]


@pytest.mark.parametrize(
    ("text", "origin", "spelling"),
    [
        ("P-1DT23H22M0S", "pandas", "-PT38M"),
        ("PT-38M", "Luxon or PostgreSQL", "-PT38M"),
        ("P-1DT-14H", "Luxon or PostgreSQL", "-P1DT14H"),
        ("P4Y167D", "pydantic", "P1627D"),
    ],
)
def test_a_spelling_of_another_program(text, origin, spelling):
    """It is refused, and the message says where it probably comes from and how to write it."""
    with pytest.raises(ValueError, match=f"{origin}.*write '{spelling}'"):
        parse_duration(text)
    assert read(text) == [None]


def test_null_stays_null():
    """A null text is a null duration, and an empty column stays a column of durations."""
    assert read(None, "P1D") == [None, timedelta(days=1)]
    empty = pl.DataFrame(schema={"text": pl.String}).select(durations(pl.col("text")))
    assert empty.schema == {"text": pl.Duration("us")}


def test_what_is_no_column_of_text():
    """A column's name, which Polars often takes, and a column of durations are refused."""
    with pytest.raises(TypeError, match="durations takes an expression, such as"):
        durations("time_docked")  # type: ignore[arg-type]
    frame = pl.DataFrame({"docked": [timedelta(1)]})
    with pytest.raises(TypeError, match="reads text in ISO 8601; docked is Duration"):
        frame.select(durations(pl.col("docked")))


def test_many_digits_before_a_fraction():
    """A column reads what is too long for isodate's own precision as one value does."""
    text = "PT9999999999.999999S"
    assert read(text) == [parse_duration(text)]


def test_lazy_and_streaming():
    """The expression works in a lazy plan, streaming too."""
    lazy = pl.LazyFrame({"text": ["P1D", "P1W", "no"]}).select(durations(pl.col("text")))
    expected = [timedelta(days=1), timedelta(days=7), None]
    assert lazy.collect(engine="streaming").to_series().to_list() == expected


@given(st.timedeltas(timedelta(days=-(10**6)), timedelta(days=10**6)))
def test_what_isodate_writes_comes_back(length):
    """Any length that isodate writes, fractions and negatives included, is read back exactly."""
    text = isodate.duration_isoformat(length)
    assert parse_duration(text) == length
    assert read(text) == [length]


@given(st.text("PTDHMSWY0123456789.,+-", max_size=14))
def test_both_functions_agree(text):
    """On any text the column and the single value agree: the same length, or none."""
    try:
        expected = parse_duration(text)
    except ValueError:
        expected = None
    assert read(text) == [expected]
