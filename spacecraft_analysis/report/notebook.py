"""A notebook's file, read and proven to be one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError

_KINDS = ("code", "markdown", "raw")
_LETTERS = 160


def read(path: Path) -> Any:
    """The notebook in a file, in today's format and without outputs.

    Raises:
        ReportError: There is no such file, or it holds no notebook.
    """
    import nbformat

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Before version 4 a notebook had pages; its cells are nbformat's business.
        if content["nbformat"] == 4:
            content["cells"] = list(_proven(path, content["cells"]))
        return nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise ReportError(f"there is no notebook {path}; give the path of an .ipynb file") from None
    except ReportError:
        raise
    except Exception as error:
        # nbformat lets through whatever its parsers raise.
        kind = type(error).__name__
        problem = str(error).splitlines()[0][:_LETTERS] if str(error) else kind
        problem = f"it has no {problem}" if isinstance(error, KeyError) else problem
        raise ReportError(
            f"{path} can't be read as a notebook: {problem}. Open and save it in JupyterLab"
        ) from error


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def heading_above(cells: list[Any], index: int) -> str:
    """The nearest Markdown heading above a cell, or an empty text."""
    for cell in reversed(cells[:index]):
        if cell.cell_type == "markdown":
            found = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", cell.source, flags=re.MULTILINE)
            if found:
                return str(found[-1])
    return ""


def _proven(path: Path, cells: Any) -> Iterator[dict[str, Any]]:
    """The cells as far as they count here: their kind, text, tags and pasted pictures."""
    for number, cell in enumerate(cells, start=1):
        for fault in _faults(cell):
            raise ReportError(f"{path}, cell {number}: {fault}; mend and save it in JupyterLab")
        kept = {"id": f"cell-{number}", "cell_type": cell["cell_type"]}
        kept |= {"metadata": cell.get("metadata", {}), "source": cell["source"]}
        if cell["cell_type"] == "code":
            kept |= {"outputs": [], "execution_count": None}
        elif "attachments" in cell:
            kept["attachments"] = cell["attachments"]
        yield kept


def _faults(cell: Any) -> Iterator[str]:
    """What a hand or a program wrote into a cell that no notebook may hold, in words."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in _KINDS:
        yield f"it is no cell of code, Markdown or raw text but {_told(cell)}"
    lines = cell.get("source")
    lines = [lines] if isinstance(lines, str) else lines
    if not _is_texts(lines):
        yield f"its source is {_told(cell.get('source'))}, not text"
    half = re.search("[\ud800-\udfff]", "".join(lines))
    if half:
        yield f"its text holds half a character ({half[0]!a}), which no page can show"
    metadata = cell.get("metadata", {})
    if not isinstance(metadata, dict):
        yield f"its metadata is {_told(metadata)}, not an object"
    if not _is_texts(metadata.get("tags", [])):
        yield f"its tags are {_told(metadata['tags'])}, not a list of texts"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _told(value: Any) -> str:
    return json.dumps(value)[:_LETTERS]
