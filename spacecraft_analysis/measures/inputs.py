"""What may be given to a measure, or to a chart: which frame, which columns, which group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import polars as pl

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Rows from which on the streaming engine is as fast as the in-memory one.
_MANY = 250_000
_INSTANTS = {
    *("launch_net", "next_launch_net", "mission_end", "docking", "departure"),
    *("period_start", "retrieved_at"),
}
_DURATIONS = {"time_in_space", "time_docked", "docked", "time_to_dock", "turnaround"}


def as_given(result: pl.LazyFrame, given: Frame) -> Frame:
    """The result as the kind of frame that was given; only a frame in memory is collected."""
    return collected(result, given) if isinstance(given, pl.DataFrame) else result


def collected(query: pl.LazyFrame, given: pl.DataFrame) -> pl.DataFrame:
    """What comes of a query on a frame in memory, and on others of its size."""
    # As many flights as LL2 has take the streaming engine three times as long as the other one;
    # sorting ten million takes it a third.
    return query.collect(engine="in-memory" if given.height < _MANY else "streaming")


def lazy_among(frame: Frame, *others: Frame | None) -> Frame:
    """The first frame that is lazy, since one makes the result lazy; else the first."""
    for other in others:
        if isinstance(other, pl.LazyFrame):
            return other
    return frame


def checked(frame: object, source: str, needed: Iterable[str]) -> pl.LazyFrame:
    """The frame, lazy, once it is known to have the columns needed, each time in µs and UTC.

    Instants without a time zone are taken as UTC. `source` names what gives such a frame, for who
    gave another.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        kind = type(frame).__name__
        if type(frame).__module__.startswith("pandas"):
            kind = f"pandas {kind}; polars.from_pandas makes one of it"
        raise TypeError(f"this takes the frame that {source} gives, not a {kind}")
    lazy, names = frame.lazy(), {*needed}
    schema = lazy.collect_schema()
    if lacking := sorted(names - {*schema}):
        raise ValueError(f"this frame lacks {', '.join(lacking)}; give what {source} gives")
    instants, durations = sorted(names & _INSTANTS), sorted(names & _DURATIONS)
    # A CSV file makes text of times, and a frame made by hand has no type for a column of nulls.
    odd = [name for name in instants if schema[name] not in (pl.Datetime, pl.Date, pl.Null)]
    odd += [name for name in durations if schema[name] not in (pl.Duration, pl.Null)]
    if odd:
        raise ValueError(
            f"this frame has {', '.join(odd)} as {schema[odd[0]]}: read instants with "
            "pl.read_csv(…, try_parse_dates=True) and durations with durations(pl.col(…)), "
            f"or give what {source} gives"
        )
    return lazy.with_columns(
        pl.col(instants).cast(pl.Datetime("us", "UTC")),
        pl.col(durations).cast(pl.Duration("us")),
    )


def check_flags(**flags: object) -> None:
    """Nothing, if each is true or false; NumPy's own and 0 and 1 are, a text never is."""
    for name, value in flags.items():
        if value not in (True, False):
            raise TypeError(f"{name}={value!r}: expected True or False")


def check_by(by: object, lazy: pl.LazyFrame, taken: Iterable[str]) -> None:
    """Nothing, if `by` is a column of plain values whose name the result has no other use for."""
    schema = lazy.collect_schema()
    plain = [name for name, dtype in schema.items() if not dtype.is_nested()]
    if not isinstance(by, str):
        raise ValueError(
            f"by={by!r} should be the name of one column, such as 'family'; "
            "make one of several with pl.concat_str in the frame first"
        )
    if by in taken:
        raise ValueError(f"by={by!r} is also a column of the result; rename it in the frame first")
    if by not in plain:
        what = "holds lists or structs" if by in schema else "is no column of this frame"
        from difflib import get_close_matches

        close = get_close_matches(by, plain, n=3) or ["family", "family_root", "config_name"]
        raise ValueError(f"by={by!r} {what}; did you mean {' or '.join(close)}?")
