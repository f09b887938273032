"""What ended a run before its end: where, and who is to blame."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spacecraft_analysis.report.notebook import heading_above, tags

COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What tells a terminal the colour of the text that follows."""

# The cell and the line of a frame in a traceback.
_FRAME = re.compile(r"Cell In\[\d+\], line (\d+)")
# What Python writes between the traceback of an error and that of the one it led to.
_NEXT = re.compile(r"^\s*(?:The above exception was|During handling of the above)", re.MULTILINE)
_LETTERS = 160
# This package's errors say last what to do; before that, they name an address.
_ERROR_LETTERS = 600


@dataclass
class Failure:
    """What ended a run before its end."""

    what: str
    """Such as "cell 2 of 3 failed"."""
    error: str
    line: str = ""
    """Where in the cell, and the source there; empty where the kernel did not say."""
    end: int = 0
    """How many of the notebook's cells have something to show."""

    def __str__(self) -> str:
        """What failed, where and why, in at most six lines."""
        return "\n  ".join(line for line in (self.what, self.line, self.error) if line)


def failure_in(cells: list[Any], own: list[int], reply: Mapping[str, Any] | None) -> Failure | None:
    """The first failure among executed cells.

    Args:
        cells: All cells of the notebook.
        own: The places of the code cells that its author wrote.
        reply: What the kernel answered to the cell that ended the run, with its place as `index`.
    """
    for index, cell in enumerate(cells):
        if cell.cell_type != "code" or "raises-exception" in tags(cell):
            continue
        for output in cell.outputs:
            # A frame or a chart that fails while it is displayed ends no cell, yet is missing.
            if output.output_type == "error":
                line = _failing_line(cell.source, output.traceback)
                return failed_cell(cells, own, index, _error(output), line)
    if reply:
        # An error that the kernel could only print; the reply's traceback may be another's.
        return failed_cell(cells, own, reply["index"], _error(reply))
    return None


def failed_cell(
    cells: list[Any], own: list[int], index: int, error: str, line: str = ""
) -> Failure:
    """The failure of one cell."""
    heading = heading_above(cells, index)
    number = sum(place <= index for place in own)
    what = f"cell {number} of {len(own)} failed" + (f", under “{heading}”" if heading else "")
    return Failure(what, error, line, index + 1)


def end_of(status: int | None, words: str) -> str:
    """How a kernel's process ended, and what it said last.

    Args:
        status: As the system reports it; negative for a signal.
        words: What the process wrote to its stderr.
    """
    how = "" if status is None else f" with status {status}"
    if status is not None and status < 0:
        name = signal.strsignal(-status) or f"signal {-status}"
        how = f" ({name})" + ("; is the memory full?" if name == "Killed" else "")
    return how + (f"\n  {said(words)}" if words.strip() else "")


def said(words: str) -> str:
    """The line that tells most of what a process wrote: why it crashed, else its last."""
    lines = [line.strip() for line in COLOUR.sub("", words).splitlines() if line.strip()]
    crash = [line for line in lines if line.startswith("Fatal Python error")]
    return (crash or lines[-1:] or [""])[0][:_ERROR_LETTERS]


def _error(told: Mapping[str, Any]) -> str:
    text = COLOUR.sub("", f"{told['ename']}: {told['evalue']}")
    lines = [line[:_ERROR_LETTERS] for line in text.splitlines() if line.strip()]
    return "\n  ".join(lines[:4])


def _failing_line(source: str, traceback: list[str]) -> str:
    """Where in the cell the error was raised that is told, not the one that led to it."""
    last = _NEXT.split(COLOUR.sub("", "\n".join(traceback)))[-1]
    found = _FRAME.search(last)
    lines = source.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return ""
    return f"line {found[1]}: {lines[int(found[1]) - 1].strip()[:_LETTERS]}"
