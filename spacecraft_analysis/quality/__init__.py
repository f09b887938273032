"""Values that contradict each other or look wrong: the rules, and the findings they give.

`rules` and `docking_rules` list what can be said of one row of a table; `findings` runs them, and
finds what needs more than one row, or the records themselves.
"""

from spacecraft_analysis.quality.findings import SEVERITIES, findings, flagged

__all__ = ["SEVERITIES", "findings", "flagged"]
