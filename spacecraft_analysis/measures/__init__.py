"""What the frames say: turnaround, utilisation and presence in space, from frame to frame.

Every measure takes a `polars.DataFrame` or a `polars.LazyFrame` and gives the same kind back; a
lazy frame is not collected on the way. All of them group by one column, `by`:

* Its null is a group like any other, the last one.
* A row `all` at the end takes every craft once. There, and so in the whole column, the groups'
  names are text; `turnarounds` and `in_orbit` have no such row and keep the column's type.
* Placeholders and mass simulators (configuration type 5, such as Tesla Roadster) are left out
  unless asked for.

Nothing here reads the clock: what is still going on is measured up to the row's `retrieved_at`,
and a flight planned for later than that has not begun, so it is not counted.

The end of a flight is *known* where it is not null and not before its own launch. A flight is
*open* if it has no end, is the last of its craft and the craft is `in_space`. A craft *waits* to
fly again if its status is Active (id 1), it is not `in_space` and the end of its last flight is
known. A craft's flights are ordered by `launch_net`, then `flight_id`; one without a launch time is
the last.
"""

from spacecraft_analysis.measures.presence import in_orbit
from spacecraft_analysis.measures.turnaround import (
    turnaround_by_family,
    turnaround_survival,
    turnarounds,
)
from spacecraft_analysis.measures.utilisation import utilisation_by_family

__all__ = [
    "in_orbit",
    "turnaround_by_family",
    "turnaround_survival",
    "turnarounds",
    "utilisation_by_family",
]
