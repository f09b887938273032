"""What ended a run, in words."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from spacecraft_analysis import LaunchLibrary
from spacecraft_analysis.errors import OfflineError
from spacecraft_analysis.report.execute import end_of, failure_in


@pytest.mark.parametrize(
    ("status", "words", "end"),
    [
        (3, "", " with status 3"),
        (-9, "", " (Killed); is the memory full?"),
        (1, "Traceback\n  File x\n\x1b[31mMemoryError\x1b[0m\n", " with status 1\n  MemoryError"),
        (-11, "Fatal Python error: Segmentation fault\n\nStack", " (Segmentation fault)\n  Fatal"),
        (None, "", ""),
    ],
)
def test_the_end_of_a_kernel_in_words(status: int | None, words: str, end: str) -> None:
    """A status, a signal or the telling line of its process's own words say how a kernel ended."""
    assert end_of(status, words).startswith(end)
    assert end or not end_of(status, words)


def test_what_an_error_advises_is_told_in_full() -> None:
    """An error of fetch's names a long address first, and last what to do: none of it is cut."""
    with pytest.raises(OfflineError) as caught:
        LaunchLibrary(offline=True).fetch(search="a" * 60)
    raised = new_output("error", ename="OfflineError", evalue=str(caught.value), traceback=[])
    told = str(failure_in([new_code_cell("x", outputs=[raised])], [0], None))
    assert told == f"cell 1 of 1 failed\n  OfflineError: {caught.value}"
