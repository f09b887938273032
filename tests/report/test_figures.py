"""What a reader takes along of a chart."""

import polars as pl

from spacecraft_analysis.charts import in_orbit_chart
from spacecraft_analysis.measures import in_orbit
from spacecraft_analysis.report.figures import chart_csv
from tests.measures.fleets import flight, flights


def test_the_data_of_a_chart_is_what_its_marks_show() -> None:
    """The names beside the layers and the lines around them are no rows of the file."""
    chart = in_orbit_chart(in_orbit(flights(flight(1, 0, 10), flight(2, 5, 30))))
    taken = pl.read_csv(chart_csv(chart.to_dict()).encode())
    assert {"group", "period_start", "average_in_orbit"} <= {*taken.columns}
    assert taken["craft_days"].null_count() == 0
