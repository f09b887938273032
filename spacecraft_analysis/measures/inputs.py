"""Check what is passed to a measure or a chart: the frame, its columns, the options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import polars as pl

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

_INSTANTS = {
    *("launch_net", "next_launch_net", "mission_end", "docking", "departure"),
    *("period_start", "period_end", "retrieved_at"),
}
_DURATIONS = {
    *("time_in_space", "time_docked", "spacecraft_time_docked"),
    *("docked", "time_to_dock", "turnaround"),
}


def same_kind(result: pl.LazyFrame, frame: Frame, *others: Frame | None) -> Frame:
    """Return the result as a DataFrame, or as it is if one of the frames is lazy."""
    for other in others:
        if isinstance(other, pl.LazyFrame):
            frame = other
    return result.collect() if isinstance(frame, pl.DataFrame) else result


def checked(frame: object, source: str, columns: Iterable[str]) -> pl.LazyFrame:
    """Return the frame as a LazyFrame with the columns, their times in µs and UTC.

    Raise TypeError or ValueError for what is no such frame as `source`, an expression, gives.
    """
    if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
        kind = type(frame).__name__
        if type(frame).__module__.startswith("pandas"):
            kind = f"pandas {kind} (use polars.from_pandas)"
        raise TypeError(f"expected a Polars frame like {source}, got a {kind}")
    lazy, needed = frame.lazy(), {*columns}
    schema = lazy.collect_schema()
    if missing := sorted(needed - {*schema}):
        raise ValueError(f"this frame lacks {', '.join(missing)}; pass a frame like {source}")
    instants, durations = sorted(needed & _INSTANTS), sorted(needed & _DURATIONS)
    # A CSV file makes text of times, and a frame made by hand has no type for a column of nulls.
    unexpected = [one for one in instants if schema[one] not in (pl.Datetime, pl.Date, pl.Null)]
    unexpected += [one for one in durations if schema[one] not in (pl.Duration, pl.Null)]
    if unexpected:
        raise ValueError(
            f"this frame has {', '.join(unexpected)} as {schema[unexpected[0]]}: read instants "
            "with pl.read_csv(…, try_parse_dates=True) and durations with durations(pl.col(…)), "
            f"or pass a frame like {source}"
        )
    return lazy.with_columns(
        pl.col(instants).cast(pl.Datetime("us", "UTC")),
        pl.col(durations).cast(pl.Duration("us")),
    )


def check_by(by: object, lazy: pl.LazyFrame, reserved: Iterable[str]) -> None:
    """Raise ValueError unless `by` is a column of plain values with no other use in the result."""
    schema = lazy.collect_schema()
    plain = [name for name, dtype in schema.items() if not dtype.is_nested()]
    if not isinstance(by, str):
        raise ValueError(
            f"by={by!r} should be the name of one column, such as 'family'; "
            "make one of several with pl.concat_str in the frame first"
        )
    if by in reserved:
        raise ValueError(f"by={by!r} is also a column of the result; rename it in the frame first")
    if by not in plain:
        what = "holds lists or structs" if by in schema else "is not a column of this frame"
        from difflib import get_close_matches

        close = get_close_matches(by, plain, n=3) or ["family", "family_root", "config_name"]
        raise ValueError(f"by={by!r} {what}; did you mean {' or '.join(close)}?")
