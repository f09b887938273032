"""What in a snapshot can't be right."""

from __future__ import annotations

import polars as pl

from spacecraft_analysis.snapshot.snapshot import Snapshot


def check(snapshot: Snapshot) -> pl.DataFrame:
    """What in a snapshot can't be right, or deserves a second look.

    One row per finding: `rule`, `severity` (error: it contradicts itself; warning: it probably
    misleads; note: good to know), `table`, `spacecraft_id`, `spacecraft_name`, `flight_id`,
    `docking_id`, `column`, `value` (as text) and `explanation`. Null where a finding concerns no
    single craft, flight, docking event or column. Ordered by rule, table, spacecraft, flight,
    docking event and column. Placeholders are checked too. A snapshot in normal mode has no
    flights: the rules that need them are listed as "rule not run".

    Raises:
        TypeError: It is no snapshot.
        SchemaError: The records can't be read as tables at all.

    Examples:
        >>> import spacecraft_analysis as sa
        >>> found = check(sa.load("sample"))
        >>> found.filter(rule="docked longer than in space")["spacecraft_name"].to_list()
        ['Soyuz TM-4', 'Soyuz TM-2', 'Soyuz T-15']
    """
    if not isinstance(snapshot, Snapshot):
        kind = type(snapshot).__name__
        raise TypeError(f"check takes a snapshot, as load gives, not a {kind}")
    return snapshot.findings
