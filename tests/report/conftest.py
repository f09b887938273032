"""What is made once for all tests of the report: a page, and a kernel for their notebooks.

What takes long to import is imported where it is used: pytest may import this file before the one
above, which makes the import of jsonschema a quick one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

Executed = Callable[[Path, Path | str], Any]


@pytest.fixture(scope="session")
def executed() -> Iterator[Executed]:
    """Runs a notebook with another source, once; all one after another in one kernel."""
    from spacecraft_analysis.report.execute import Kernels, run
    from spacecraft_analysis.report.notebook import read_notebook, set_parameters

    with Kernels() as kernels:

        @cache
        def execute(path: Path, source: Path | str) -> Any:
            notebook = read_notebook(path)
            set_parameters(notebook, str(source), {})
            failure = run(path, notebook, progress=lambda *_: None, kernels=kernels, shared=True)
            assert failure == ""
            return notebook

        yield execute


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id) -> Callable[[str, Callable[[Path], None]], Path]:
    """Makes a folder with an index, which takes seconds, once for all workers of a run."""
    own = tmp_path_factory.getbasetemp()
    # Each worker has a folder of its own in the run's.
    run = own if worker_id == "master" else own.parent

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        with FileLock(run / f"{name}.lock"):
            # The index is written last.
            if not (run / name / "index.html").exists():
                (run / name).mkdir()
                make(run / name)
        return run / name

    return folder


@pytest.fixture(scope="session")
def essay_report(shared) -> Path:
    """The folder of a report on the essay, made with a parameter; the essay is in it, too."""
    from spacecraft_analysis.report.build import write_report
    from tests.report.essay import essay

    def make(folder: Path) -> None:
        write_report([essay(folder)], output=folder, parameters={"smallest": "7"})

    return shared("essay", make)


@pytest.fixture(scope="session")
def report(shared, essay_report) -> Path:
    """The folder of a report on the bundled notebooks, where the essay's page was before."""
    from spacecraft_analysis.report.build import write_report

    def make(folder: Path) -> None:
        shutil.copy(essay_report / "essay.html", folder)
        write_report(output=folder)

    return shared("report", make)


@pytest.fixture(scope="session")
def page(essay_report) -> str:
    """The essay's page, without what would hide everything else."""
    from tests.report.essay import without_vega

    return without_vega((essay_report / "essay.html").read_text(encoding="utf-8"))
