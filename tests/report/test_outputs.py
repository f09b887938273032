"""What a kernel hands to a page, read by whichever thread makes the page."""

import subprocess
import sys

import pytest

TOGETHER = """
import sys
from threading import Barrier, Thread
import msgspec  # else whoever imports it first is alone
from spacecraft_analysis.report.payloads import Provenance, read
from spacecraft_analysis.report.tables import Table

sys.setswitchinterval(1e-6)
source = {"url": "", "query": {}, "retrieved_at": "", "count": 1, "sha256": ""}
finding = {"severity": "", "column": "", "explanation": ""}
told = {"snapshots": [source] * 50, "versions": {}, "findings": [finding] * 300}
shown = {"columns": [{"label": "", "kind": ""}], "rows": [[""]] * 50, "row_count": 50}
shown |= {"first_names_row": False, "shown_csv": "", "whole_csv": ""}
begin = Barrier(8)

def work():
    begin.wait()
    if not (read(told, Provenance) and read(shown, Table)):
        print("not read")

for thread in [Thread(target=work) for _ in range(8)]:
    thread.start()
"""


@pytest.mark.slow  # starts processes
@pytest.mark.parametrize("nth", range(3))
def test_threads_may_read_the_first_outputs_at_once(nth: int) -> None:
    """Pages that are made at the same time end in no crash of the process."""
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
