"""Notebooks made for a test."""

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from spacecraft_analysis.report.notebook import read


def code(source: str, *tags: str) -> Any:
    return new_code_cell(source.strip(), metadata={"tags": list(tags)})


def write(path: Path, *cells: Any) -> Path:
    """The path of a new notebook with these cells; text stands for Markdown."""
    made = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    nbformat.write(new_notebook(cells=made), path)
    return path


def notebook(*cells: Any, folder: Path) -> Any:
    """A notebook with these cells, as it is read from its file."""
    return read(write(folder / "made.ipynb", *cells))
