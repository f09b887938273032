"""What in records and frames can't be right: rules, and the findings of those that are broken.

In come records and the frames made of them, out goes a frame with a row for each finding. `rules`
holds what can be said of one row of a table; `findings` runs them, and finds what needs more than
one row, or the records themselves.
"""

from spacecraft_analysis.quality.findings import SEVERITIES, findings

__all__ = ["SEVERITIES", "findings"]
