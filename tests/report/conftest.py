"""What is made once for all tests of the report."""

from pathlib import Path

import pytest

from spacecraft_analysis.report.gallery import write_report
from tests.report.essay import essay, without_vega


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
