"""What the frames say: turnaround, utilisation, presence in space and dockings, frame to frame.

Every measure takes a `polars.DataFrame` or a `polars.LazyFrame` and gives the same kind back; a
lazy frame is not collected on the way, and its plan holds no Python function. All of them group by
one column, `by`:

* Its null is a group like any other, the last one.
* A row `all` at the end takes every craft once. There, and so in the whole column, the groups'
  names are text; what has no such row (`turnarounds`, `times_to_dock`, `in_orbit`,
  `station_occupancy`) keeps the column's type.
* The columns stand as one reads them: the group, the answer, the counts behind it.

Which craft count:

* Placeholders and mass simulators (configuration type 5, such as Tesla Roadster) only if asked for
  (`placeholders=True`, `mass_simulators=True`).
* Suborbital craft do unless told otherwise (`suborbital=False`): those that never went around the
  Earth, as far as is known. LL2 has no field for it; its `destination` says "Suborbital" of a few
  flights, and the other sign is their length, since nothing goes around in under 84 minutes. So a
  craft is left out if one of its flights is said to be suborbital, or lasted more than nothing and
  less than 84 minutes, and none lasted longer, or is going on. Lunar craft stay. The rule goes by
  what was flown: a craft that was lost on its way to orbit is left out if its end is known, and a
  suborbital one that came down later than that, or whose end is unknown, stays.

Nothing here reads the clock: what is still going on is measured up to the row's `retrieved_at`,
and a flight planned for later than that has not begun, so it is not counted.

The end of a flight is *known* where it is not null and not before its own launch. One that is known
to the day stands at midnight, and is taken as it stands, up to a day early. A flight is *open* if
it has no end, is the last of its craft and the craft is `in_space`. A craft *waits* to fly again if
its status is Active (id 1), it is not `in_space` and the end of its last flight is known. A craft's
flights are ordered by `launch_net`, then `flight_id`; one without a launch time is the last.

Times may come in any unit and zone, those without a zone as UTC; they are measured, and given back,
in microseconds and UTC.
"""

from spacecraft_analysis.measures.dockings import (
    station_occupancy,
    time_to_dock_by_family,
    times_to_dock,
)
from spacecraft_analysis.measures.occupancy import in_orbit
from spacecraft_analysis.measures.turnaround import (
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
)
from spacecraft_analysis.measures.utilisation import utilisation_by_family

__all__ = [
    "in_orbit",
    "station_occupancy",
    "time_to_dock_by_family",
    "times_to_dock",
    "turnaround_by_family",
    "turnaround_survival",
    "turnarounds",
    "utilisation_by_family",
]
