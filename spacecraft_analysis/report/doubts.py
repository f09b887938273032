"""The findings of a page's data, a line for each rule that is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacecraft_analysis.report.outputs import Finding


@dataclass(frozen=True)
class Doubt:
    """What one rule found in one column."""

    rule: str
    severity: str
    column: str
    findings: list[Finding]

    @property
    def number(self) -> int:
        """How many findings there are."""
        return len(self.findings)

    @property
    def count(self) -> str:
        """The same in words."""
        return f"{self.number:,} {self.severity}{'' if self.number == 1 else 's'}"


def by_rule(findings: Sequence[Finding]) -> list[Doubt]:
    """The findings of each rule, severity and column together: errors first, else as they came.

    Examples:
        >>> one, other = (Finding("error", "docked", why, rule="late") for why in ("a", "b"))
        >>> [(doubt.rule, doubt.count) for doubt in by_rule([one, other])]
        [('late', '2 errors')]
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity):
        key = (finding.rule, finding.severity, finding.column)
        groups.setdefault(key, []).append(finding)
    return [Doubt(*key, found) for key, found in groups.items()]
