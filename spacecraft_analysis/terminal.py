"""What a command prints: a table in a terminal, every column in a pipe, and never a failure."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence

import polars as pl

# What a terminal could take for a command of its own.
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


def open_output() -> None:
    """Makes stdout and stderr take any text, also where they are closed or speak no Unicode.

    Into a pipe or a file go the same bytes on every system: UTF-8, unless `PYTHONIOENCODING` asks
    for something else. A character that the encoding has not comes out as its escape.
    """
    # Where they are closed Python has none, and would print to the one what is for the other.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    if isinstance(sys.stdout, io.TextIOWrapper):
        as_data = not (sys.stdout.isatty() or os.environ.get("PYTHONIOENCODING"))
        encoding = "utf-8" if as_data else sys.stdout.encoding
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def show_sections(sections: Mapping[str, Sequence[str]]) -> None:
    """Headings, with the lines below each of them set in."""
    for heading, lines in sections.items():
        print(heading)
        for line in lines:
            print(f"  {line}")


def _nowhere() -> io.TextIOWrapper:
    # Takes the closed one's number, so that no file that is opened later gets it.
    number = os.open(os.devnull, os.O_WRONLY)
    return open(number, "w", encoding="utf-8", closefd=False)


def show(frame: pl.DataFrame, main_columns: Sequence[str], what: str) -> None:
    """What fits a terminal; all of it, tab-separated, where nobody looks at a terminal."""
    texts = frame.select(pl.all().cast(pl.String).str.replace_all(_CONTROL, " "))
    if not sys.stdout.isatty():
        print(texts.write_csv(separator="\t"), end="")
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    caption = f"{frame.height} {what}; all columns with | cat"
    table = Table(box=SIMPLE_HEAD, caption=caption, caption_justify="left")
    for name in main_columns:
        # A name cut short would be no name.
        table.add_column(name, overflow="fold")
    for row in texts.select(main_columns).iter_rows():
        table.add_row(*(Text(value or "") for value in row))
    Console().print(table)
