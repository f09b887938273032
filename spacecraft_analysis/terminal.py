"""What a command prints: a table in a terminal, every column in a pipe, and never a failure."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from textwrap import TextWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

# What a terminal could take for a command of its own.
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
# Where a line ends: between words; in a name or an address too long for a line after _ and / too.
_BREAKS = (r"\s+", r"\s+|(?<=[_/])(?=[^\s_/])")
_GAP = 2


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


class Help(argparse.HelpFormatter):
    """A command's help, of whose words a narrow terminal cuts none."""

    def format_help(self) -> str:
        lines = super().format_help().splitlines()
        return "".join(f"{part}\n" for line in lines for part in self._folded(line))

    def _folded(self, line: str) -> list[str]:
        indent = len(line) - len(line.lstrip()) + _GAP
        return wrapped(line, self._width, indent) if len(line) > self._width else [line]

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(f"{indent}{line}" for line in wrapped(text, width - len(indent)))


def wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    """The text in lines of this width; what can't be broken stays whole."""
    fits = _longest([text], _BREAKS[0]) <= width - indent
    wrapper = TextWrapper(width, subsequent_indent=" " * indent)
    wrapper.break_long_words = wrapper.break_on_hyphens = False
    wrapper.wordsep_simple_re = re.compile(f"({_BREAKS[0] if fits else _BREAKS[1]})")
    return wrapper.wrap(text) or [""]


def _longest(texts: Iterable[str], pattern: str) -> int:
    return max(len(word) for text in texts for word in re.split(pattern, text))


def show(frame: pl.DataFrame, main_columns: Sequence[str], what: str) -> None:
    """What fits a terminal; all of it, tab-separated, where nobody looks at a terminal."""
    import polars as pl

    from spacecraft_analysis.frames import delimited, plain

    harmless = frame.with_columns(
        pl.col(pl.String).str.replace_all(_CONTROL, " "),
        pl.col(pl.List(pl.String)).list.eval(pl.element().str.replace_all(_CONTROL, " ")),
    )
    if not sys.stdout.isatty():
        print(delimited(harmless, separator="\t"), end="")
        return
    texts = [plain(harmless[name]).cast(pl.String).fill_null("") for name in main_columns]
    _show_columns(
        {text.name: text.to_list() for text in texts},
        f"{frame.height:,} {what}; all columns with | cat",
    )


def _show_columns(columns: Mapping[str, Sequence[str]], caption: str) -> None:
    """A table, or in a terminal too narrow for one a paragraph for each row."""
    from rich.console import Console

    console = Console()
    widths = _widths(columns, console.width - _GAP * (len(columns) - 1))
    if widths:
        _show_table(columns, widths, console)
    else:
        _show_paragraphs(columns, console.width)
    print("\n".join(wrapped(caption, console.width)))


def _show_paragraphs(columns: Mapping[str, Sequence[str]], width: int) -> None:
    for row in zip(*columns.values(), strict=True):
        told = [f"{name}: {text}" for name, text in zip(columns, row, strict=True) if text]
        lines = [line for text in told for line in wrapped(text, width, _GAP)]
        print("\n".join([*lines, ""]))


def _show_table(
    columns: Mapping[str, Sequence[str]], widths: Mapping[str, int], console: Console
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    for name, width in widths.items():
        table.add_column(Text("\n".join(wrapped(name, width))), width=width)
    for row in zip(*columns.values(), strict=True):
        cells = zip(row, widths.values(), strict=True)
        table.add_row(*(Text("\n".join(wrapped(text, width))) for text, width in cells))
    console.print(table)
    print()


def _widths(columns: Mapping[str, Sequence[str]], room: int) -> dict[str, int]:
    """How wide each column is set, so that it cuts no word; nothing where they have no room."""
    told = {name: {name, *texts} for name, texts in columns.items()}
    most = {name: max(map(len, texts)) for name, texts in told.items()}
    for pattern in _BREAKS:
        least = {name: _longest(texts, pattern) for name, texts in told.items()}
        spare = room - sum(least.values())
        if spare >= 0:
            wish = max(sum(most.values()) - sum(least.values()), 1)
            share = min(1.0, spare / wish)
            return {name: low + int((most[name] - low) * share) for name, low in least.items()}
    return {}
