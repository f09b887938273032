"""A script that uses the package as documented, for mypy to check; it is never run.

mypy also reports an `ignore` that silences nothing, so the mistakes at the end have to be found.
"""

from datetime import datetime, timedelta

import altair as alt
import polars as pl

import spacecraft_analysis as sa

library = sa.LaunchLibrary(offline=True, max_age=timedelta(days=2), progress=lambda *report: None)
cost: int = library.plan(search="Dragon").requests
snapshot: sa.Snapshot = sa.load("sample")
retrieved: datetime = snapshot.retrieved_at
names: list[str] = [record["name"] for record in snapshot.records]
eager: pl.DataFrame = sa.turnaround_by_family(snapshot.flights, by="config_name")
lazy: pl.LazyFrame = snapshot.flights.lazy().pipe(sa.in_orbit, every="1mo")
chart: alt.LayerChart = sa.turnaround_chart(sa.turnarounds(snapshot.flights))
length: timedelta = sa.parse_duration("P1D")
read: pl.DataFrame = eager.select(sa.durations(pl.col("family")))
try:
    sa.load("live")
except sa.ThrottledError as error:
    wait: timedelta = error.wait

sa.load("sample").flights.pipe(sa.turnaround_periods)  # type: ignore[attr-defined]
sa.LaunchLibrary().fetch(serach="Dragon")  # type: ignore[call-arg]
text: str = sa.parse_duration("P1D")  # type: ignore[assignment]
