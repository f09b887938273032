"""Showing how far a download is: in a terminal, in a notebook, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[int, int | None, str], None]
"""Called with pages done, pages in all (None while unknown) and a sentence: once for each page,
wait and retry."""


@contextmanager
def showing(progress: Progress | None) -> Iterator[Progress]:
    """Yield the callback for one download: the caller's, else one for the place where it runs."""
    if progress is not None:
        yield progress
    elif os.environ.get("SPACECRAFT_ANALYSIS_PROGRESS") == "silent":
        yield silent
    elif kernel_shell():
        yield _notebook_line()
    elif sys.stderr is not None and sys.stderr.isatty():
        with _terminal_bar() as bar:
            yield bar
    else:
        yield silent


def silent(done: int, total: int | None, message: str) -> None:
    """Show nothing."""


def kernel_shell() -> Any:
    """Return IPython's shell in a notebook's kernel; None elsewhere, without loading IPython."""
    module = sys.modules.get("IPython.core.getipython")
    shell = module.get_ipython() if module else None
    return shell if hasattr(shell, "kernel") else None


def _notebook_line() -> Progress:
    """One line of an output cell that is rewritten in place and leaves clean text behind."""
    from IPython.display import display

    handle: Any = None

    def show(done: int, total: int | None, message: str) -> None:
        nonlocal handle
        text = {"text/plain": f"{done}/{total or '?'} pages: {message}"}
        if handle is None:
            handle = display(text, raw=True, display_id=True)
        else:
            handle.update(text, raw=True)

    return show


@contextmanager
def _terminal_bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    # Where a sentence leaves little room, the bar gives way and not the numbers.
    numbers = MofNCompleteColumn(table_column=Column(no_wrap=True))
    elapsed = TimeElapsedColumn(table_column=Column(no_wrap=True))
    columns = (BarColumn(), numbers, elapsed, TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int | None, message: str) -> None:
            bar.update(task, completed=done, total=total, description=message, refresh=True)

        yield show
