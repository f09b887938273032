"""What is made once for all tests of the report: a page, and a kernel for their notebooks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

from spacecraft_analysis.report.build import bundled_notebooks, dictionary_page, write_report
from tests.report.essay import essay, without_vega

Executed = Callable[[Path, Path | str], Any]


@pytest.fixture(scope="session")
def kernel() -> Iterator[AsyncKernelManager]:
    """A kernel that starts with the first notebook; its names are forgotten before each."""
    manager = AsyncKernelManager(kernel_name="python3")
    yield manager
    run_sync(manager.shutdown_kernel)(now=True)


@pytest.fixture(scope="session")
def executed(kernel: AsyncKernelManager) -> Executed:
    """Runs a notebook with another source, once, in a kernel that forgot the last one's names."""

    @cache
    def run(path: Path, source: Path | str) -> Any:
        notebook = nbformat.read(path, 4)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = f"source = {str(source)!r}"
        notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset_selective -f ."))
        client = NotebookClient(notebook, km=kernel, timeout=120)
        try:
            client.execute(stderr=subprocess.DEVNULL)
        finally:
            client.kc.stop_channels()
        return notebook

    return run


@pytest.fixture(scope="session")
def report(tmp_path_factory, worker_id) -> Path:
    """The folder of a report on the bundled notebooks and the essay, with the page of columns.

    It takes some seconds, so that whichever worker asks first makes it for all.
    """
    own = tmp_path_factory.getbasetemp()
    # Each worker has a folder of its own in the run's.
    run = own if worker_id == "master" else own.parent
    folder = run / "report"
    with FileLock(run / "report.lock"):
        if not folder.exists():
            made = tmp_path_factory.mktemp("report")
            write_report([essay(made), *bundled_notebooks()], output=made / "reports")
            (made / "reports" / "columns.html").write_text(dictionary_page().html, "utf-8")
            (made / "reports").rename(folder)
    return folder


@pytest.fixture(scope="session")
def essay_report(tmp_path_factory) -> Path:
    """The folder of a report on the essay, made with a parameter."""
    folder = tmp_path_factory.mktemp("essay")
    write_report([essay(folder)], output=folder / "reports", parameters={"smallest": "7"})
    return folder / "reports"


@pytest.fixture(scope="session")
def page(essay_report) -> str:
    """The essay's page, without what would hide everything else."""
    return without_vega((essay_report / "essay.html").read_text(encoding="utf-8"))
