"""From a measure's frame to a chart with title, caption and units.

What all charts share:

* `title` and `description` are set. The description holds the numbers behind the picture and says
  what is not in it; it serves as caption and as the name that a screen reader says.
* They take a `DataFrame` or a `LazyFrame`. The groups are in the first column that the measure
  does not fix, whatever its name; a null there is drawn as "(no family)" and counted.
* A group has one colour in every chart (`colours`), and its name stands at its marks (`labels`);
  there are no legends.
* A frame without anything to draw gives a chart that says so.
* Only what is drawn is put into the chart, as plain values under field names of our own. So what
  LL2 sends is never part of an expression, a link or a field's name, and Altair's limit of 5,000
  rows does not apply: n marks take roughly 300 n bytes.
* Instants are drawn as UTC wherever the reader is; durations as days of 24 hours.
* The same frame gives the same specification.

Altair takes over a second to import, so it is imported where a chart is made. Where its class of a
channel is not named (`x2="end:T"`, `alt.value`), it looks through all its classes for one, each
time.
"""

from spacecraft_analysis.charts.docking import station_occupancy_chart, time_to_dock_chart
from spacecraft_analysis.charts.occupancy import in_orbit_chart
from spacecraft_analysis.charts.survival import turnaround_survival_chart
from spacecraft_analysis.charts.timeline import fleet_timeline_chart
from spacecraft_analysis.charts.turnaround import (
    turnaround_by_family_chart,
    turnaround_chart,
)
from spacecraft_analysis.charts.utilisation import utilisation_chart

__all__ = [
    "fleet_timeline_chart",
    "in_orbit_chart",
    "station_occupancy_chart",
    "time_to_dock_chart",
    "turnaround_by_family_chart",
    "turnaround_chart",
    "turnaround_survival_chart",
    "utilisation_chart",
]
