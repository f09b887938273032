# Every public name and the module that has it. To make a name public, add its line here: type
# checkers read this file, and `__init__.py` imports each name from it when it is first used.

from .charts.coverage import coverage_chart as coverage_chart
from .charts.docking import time_to_dock_chart as time_to_dock_chart
from .charts.occupancy import in_orbit_chart as in_orbit_chart
from .charts.occupancy import station_occupancy_chart as station_occupancy_chart
from .charts.outcomes import outcomes_chart as outcomes_chart
from .charts.survival import turnaround_survival_chart as turnaround_survival_chart
from .charts.timeline import fleet_timeline_chart as fleet_timeline_chart
from .charts.turnaround import turnaround_by_family_chart as turnaround_by_family_chart
from .charts.turnaround import turnaround_chart as turnaround_chart
from .charts.utilisation import utilisation_chart as utilisation_chart
from .errors import AnswerError as AnswerError
from .errors import CacheError as CacheError
from .errors import DataWarning as DataWarning
from .errors import IncompleteError as IncompleteError
from .errors import LaunchLibraryError as LaunchLibraryError
from .errors import OfflineError as OfflineError
from .errors import ReportError as ReportError
from .errors import SchemaError as SchemaError
from .errors import SnapshotError as SnapshotError
from .errors import ThrottledError as ThrottledError
from .frames.tables import data_dictionary as data_dictionary
from .frames.times import durations as durations
from .frames.times import parse_duration as parse_duration
from .launch_library.client import LaunchLibrary as LaunchLibrary
from .launch_library.fetch import Plan as Plan
from .launch_library.sources import load as load
from .measures import coverage as coverage
from .measures import in_orbit as in_orbit
from .measures import outcomes_by_family as outcomes_by_family
from .measures import station_occupancy as station_occupancy
from .measures import time_to_dock_by_family as time_to_dock_by_family
from .measures import times_to_dock as times_to_dock
from .measures import turnaround_by_family as turnaround_by_family
from .measures import turnaround_survival as turnaround_survival
from .measures import turnarounds as turnarounds
from .measures import utilisation_by_family as utilisation_by_family
from .quality import flagged as flagged
from .report.payloads import escape_markdown as escape_markdown
from .report.payloads import use_theme as use_theme
from .report.spacecraft_table import spacecraft_table as spacecraft_table
from .snapshot import Snapshot as Snapshot
from .snapshot import check as check
from .snapshot.diff import diff as diff
from .snapshot.export import export as export

__all__: list[str]
__version__: str
