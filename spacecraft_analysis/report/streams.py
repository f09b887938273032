"""What a cell printed, as a terminal would show it.

nbclient and nbconvert join streams too, in a time that grows as the square of a line's length: of a
line of 400,000 letters, in a minute.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any


def joined_streams(outputs: list[Any]) -> list[Any]:
    """The outputs with what was printed in a row as one, as a terminal would show it.

    In which order stdout and stderr arrive between two other outputs is chance; stdout goes first.
    """
    from nbformat.v4 import new_output

    joined: list[Any] = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        row = list(group)
        for name in ("stdout", "stderr") if printed else ():
            text = as_on_a_terminal("".join(part.text for part in row if part.name == name))
            if text:
                joined.append(new_output("stream", name=name, text=text))  # type: ignore[no-untyped-call]
        joined += [] if printed else row
    return joined


def as_on_a_terminal(text: str) -> str:
    r"""The text with each line as it was last written, in a time that grows as the text does.

    Examples:
        >>> as_on_a_terminal("10%\r20%\rdone\nab\b\bcd")
        'done\ncd'
    """
    if "\r" not in text and "\b" not in text:
        return text
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return "\n".join(_without_backspaces(line) if "\b" in line else line for line in lines)


def _without_backspaces(line: str) -> str:
    kept: list[str] = []
    for letter in line:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)
