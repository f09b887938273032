"""What a command prints: a table in a terminal, all columns in a pipe."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spacecraft_analysis.errors import redacted

if TYPE_CHECKING:
    import polars as pl

# Characters that a terminal could take for a command.
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


def open_output() -> None:
    """Make stdout and stderr accept any text, also where they are closed or not UTF-8."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Python's word for a closed one.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            is_data = not (stream.isatty() or os.environ.get("PYTHONIOENCODING"))
            encoding = "utf-8" if is_data else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def print_error(message: object) -> None:
    """Print one line to stderr, after what was printed to stdout before."""
    sys.stdout.flush()
    print(f"spacecraft-analysis: {redacted(message)}", file=sys.stderr)


@contextmanager
def log_to_stderr(*, verbose: bool) -> Iterator[None]:
    """Print the package's warnings to stderr, or its whole log, one line a message."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("spacecraft_analysis")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbose else logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def print_frame(
    frame: pl.DataFrame, main_columns: Sequence[str], what: str, durations: str = "seconds"
) -> None:
    """Print the main columns as a table in a terminal, all columns tab-separated in a pipe."""
    import polars as pl

    from spacecraft_analysis.frames.formats import delimited, plain

    safe = frame.with_columns(
        pl.col(pl.String).str.replace_all(_CONTROL, " "),
        pl.col(pl.List(pl.String)).list.eval(pl.element().str.replace_all(_CONTROL, " ")),
    )
    if not sys.stdout.isatty():
        print(delimited(safe, separator="\t", durations=durations), end="")
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    columns = [Column(name, overflow="fold") for name in main_columns]
    table = Table(*columns, box=None, pad_edge=False)
    texts = [plain(safe[name]).cast(pl.String).fill_null("") for name in main_columns]
    for row in zip(*texts, strict=True):
        table.add_row(*map(Text, row))
    console = Console()
    console.print(table)
    console.print(f"\n{frame.height:,} {what}; for all columns: | cat", highlight=False)
