"""What a cell printed, as a terminal would show it."""

import time
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_output

from spacecraft_analysis.report.page import as_on_a_terminal, joined_streams
from tests.report.essay import shown


def stream(name: str, text: str) -> Any:
    return new_output("stream", name=name, text=text)


def test_prints_keep_their_place_among_other_outputs() -> None:
    """What is printed in a row is one output, stdout first; what came later stays later."""
    between = new_output("display_data", data={"text/plain": "chart"})
    outputs = [stream("stdout", "a"), stream("stderr", "!"), stream("stdout", "b\n"), between]
    joined = joined_streams([*outputs, stream("stderr", "?"), stream("stdout", "c")])
    assert [output.get("text", "chart") for output in joined] == ["ab\n", "!", "chart", "c", "?"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("10%\r20%\rdone\nnext", "done\nnext"),
        ("done\r\nnext\r\n", "done\nnext\n"),
        ("abc\b\bd\b\b\b\be", "e"),
        ("half\r", "half"),
    ],
)
def test_a_terminals_returns_and_backspaces_are_obeyed(text: str, end: str) -> None:
    """A line is shown as it was last written."""
    assert as_on_a_terminal(text) == end


def test_joining_takes_a_time_that_grows_as_the_text_does() -> None:
    """A page of a million letters in one line, with returns and backspaces, takes no minute."""
    started = time.process_time()
    text = "x" * 1_000_000 + "\r" + "y\b" * 100_000 + "done"
    assert ">done</pre>" in shown(new_code_cell("x", outputs=[stream("stdout", text)]))
    assert time.process_time() - started < 10
