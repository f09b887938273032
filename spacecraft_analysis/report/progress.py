"""How far each notebook is, for whoever waits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[str, str, int, int], None]
"""Called with the notebook's name, the heading being run, code cells done and in all."""


@contextmanager
def telling(progress: Progress | None) -> Iterator[Progress]:
    """Whom to tell: the caller's own, else a bar on stderr if that is a terminal, else nobody."""
    if progress is not None:
        yield progress
    elif sys.stderr is not None and sys.stderr.isatty():
        with _terminal_bars() as tell:
            yield tell
    else:
        yield lambda *_: None


@contextmanager
def _terminal_bars() -> Iterator[Progress]:
    """One line for each notebook that runs, naming the heading it is at."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    words = TextColumn("{task.description}", markup=False)
    bars = Bars(BarColumn(20), MofNCompleteColumn(), words, console=Console(stderr=True))
    tasks: dict[str, Any] = {}
    with bars:

        def tell(name: str, heading: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            text = f"{name}: {heading}" if heading else name
            bars.update(tasks[name], completed=done, description=text)

        yield tell
