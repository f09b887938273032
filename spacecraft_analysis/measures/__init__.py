"""Measures of turnaround, use, occupancy, docking, outcomes and coverage, from frame to frame.

Every measure takes tables of a snapshot, as `polars.DataFrame` or `polars.LazyFrame`, and returns
the same kind. A lazy frame is not collected on the way, and its plan holds no Python function. All
measures group by one column, `by`:

* Its null is a group like any other, the last one.
* A row `all` at the end counts everything once. There, and so in the whole column, the names of
  groups are text. Measures without such a row (`turnarounds`, `times_to_dock`, `in_orbit`,
  `station_occupancy`) keep the column's type.
* The columns are in the order of reading: the group, the answer, the counts behind it.

Which spacecraft count:

* Placeholders and mass simulators (configuration type 5, such as Tesla Roadster) only with
  `placeholders=True` and `mass_simulators=True`.
* Suborbital craft unless `suborbital=False`: those that never went around the Earth, as far as is
  known. LL2 has no field for that. Its `destination` is "Suborbital" for a few flights, and the
  other sign is their length, since nothing goes around in under 84 minutes. So a craft is left out
  if one of its flights has that destination, or lasted more than nothing and less than 84 minutes,
  and none lasted longer or is going on. Lunar craft stay. The rule goes by what was flown: a craft
  that was lost on its way to orbit is left out if its end is known, and a suborbital one that came
  down later than that, or whose end is unknown, stays.

The state of a flight comes from columns of the flights table: `flight_number`, `is_planned`,
`is_latest`, `is_open` (see `spacecraft_analysis.data_dictionary`). Each measure says which it
needs; a frame without them is a ValueError that names them. A planned flight does not count. What
goes on is measured up to the row's `retrieved_at`; no measure reads the clock.

The end of a flight is *known* where neither it nor the launch is null and it is not before the
launch. An end known to the day stands at midnight and is taken as it stands, up to a day early. A
spacecraft *waits* to fly again if its status is Active (id 1), it is not `in_space`, and the end of
its latest flight is known. No measure knows the findings of `check`: a flagged value counts unless
it is set to null first, as the essay on turnarounds does with mission ends.

A measure raises TypeError if a table is not a Polars frame or an option neither true nor false, and
ValueError if a column is missing or of another type, if `by` can't be grouped by, or if another
argument is not possible. The message says what is.

Times may have any unit and zone; those without a zone are taken as UTC. Results are in microseconds
and UTC.
"""

from spacecraft_analysis.measures.coverage import coverage
from spacecraft_analysis.measures.dockings import time_to_dock_by_family, times_to_dock
from spacecraft_analysis.measures.occupancy import in_orbit, station_occupancy
from spacecraft_analysis.measures.outcomes import outcomes_by_family
from spacecraft_analysis.measures.turnaround import (
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
)
from spacecraft_analysis.measures.utilisation import utilisation_by_family

__all__ = [
    "coverage",
    "in_orbit",
    "outcomes_by_family",
    "station_occupancy",
    "time_to_dock_by_family",
    "times_to_dock",
    "turnaround_by_family",
    "turnaround_survival",
    "turnarounds",
    "utilisation_by_family",
]
