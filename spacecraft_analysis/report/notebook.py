"""A notebook as it is read: its cells, the names that can be set, and what its cells printed."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError

INJECTED = "injected-parameters"
"""The tag of a cell that sets what the notebook declares."""
_PARAMETERS = {"parameters", INJECTED}

DICTIONARY = "columns"
"""The name of the data dictionary's page, which stands last."""
READING_ORDER = ("spacecraft", "turnaround", "utilisation", "docking", "launches", "data_quality")
"""The order of the bundled notebooks; others follow by name."""

_PROBLEM_LENGTH = 160
# Code that can change more of a kernel than the names that a reset removes.
_LASTING = re.compile(
    r"\bimport (?!(?:polars as pl|spacecraft_analysis as sa|Markdown)$)|^\s*[%!]"
    r"|\b(?:Config|get_ipython|setattr|__import__)\b|\b(?:pl|sa)\.[\w.]+ *=(?!=)",
    re.MULTILINE,
)
# The folder of a line of code that a warning or a traceback names, and what IPython calls a cell.
_FOLDER = r'(?:[A-Za-z]:)?[/\\](?!/)[^":\n]*[/\\]'
_IN_CELL = re.compile(rf'(?m)(?:File "|^|(?<=:)){_FOLDER}ipykernel_\d+[/\\]\d+\.py(?:", line |:)')
_IN_FILE = re.compile(rf'(?m)(?:(?<=File ")|^|(?<=:)){_FOLDER}(?=[^":/\\\n]+\.py(?:", line |:)\d)')


def read_notebook(path: Path) -> Any:
    """Return the notebook in a file, in nbformat's current version and without outputs."""
    import nbformat
    from nbformat.reader import reads

    parts = ("cell_type", "metadata", "source", "attachments")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Ids and outputs are made anew. Before version 4 a notebook had worksheets, not cells.
        for number, cell in enumerate(content.get("cells", []), start=1):
            made: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}}
            made |= {name: cell[name] for name in parts if name in cell}
            if cell["cell_type"] == "code":
                made |= {"outputs": [], "execution_count": None}
            content["cells"][number - 1] = made
        if content["nbformat"] == 4:
            content["nbformat_minor"] = 5
        notebook = nbformat.convert(reads(json.dumps(content)), 4)
        nbformat.validate(notebook)
        return notebook
    except FileNotFoundError:
        raise ReportError(f"there is no notebook {path}; pass the path of an .ipynb file") from None
    except IsADirectoryError:
        raise ReportError(f"{path} is a folder; pass its notebooks: {path / '*.ipynb'}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        problem = f"{path} is not a notebook, since it is not JSON ({error})"
        raise ReportError(f"{problem}; pass the path of an .ipynb file") from None
    except Exception as error:
        # nbformat lets through whatever its parsers raise.
        problem = (str(error) or type(error).__name__).splitlines()[0][:_PROBLEM_LENGTH]
        place = re.search(r"On instance\['cells'\]\[(\d+)\](.*):", str(error))
        cell = f" (cell {int(place[1]) + 1}{place[2]})" if place else ""
        raise ReportError(
            f"{path} can't be read as a notebook: {problem}{cell}. Open and save it in JupyterLab"
        ) from error


def tags(cell: Any) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags") or [])


def code_cells(cells: list[Any]) -> list[Any]:
    """Return the code cells that the notebook's author wrote."""
    return [cell for cell in cells if cell.cell_type == "code" and INJECTED not in tags(cell)]


def changes_kernel(notebook: Any) -> bool:
    """Return whether code imports another library than the essays do, or changes a setting."""
    return any(cell.cell_type == "code" and _LASTING.search(cell.source) for cell in notebook.cells)


def as_shown(text: str) -> str:
    """Return a text without a terminal's colours and with the token masked, before any is cut."""
    token = os.environ.get("LL2_TOKEN", "").strip()
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    # Polars cuts texts in the frames that it prints.
    for length in range(len(token) - 1, 3, -1) if "…" in text else ():
        text = text.replace(f"{token[:length]}…", "[LL2_TOKEN]…")
    return text.replace(token, "[LL2_TOKEN]") if token else text


def declared(notebook: Any) -> dict[str, Any]:
    """Return the names that the cells tagged `parameters` assign, with their values or those set.

    A value that is not a literal is None.
    """
    cells = (cell for cell in notebook.cells if _PARAMETERS.intersection(tags(cell)))
    assigned = (_assignments(cell.source) for cell in cells if cell.cell_type == "code")
    return {name: value for names in assigned for name, value in names.items()}


def set_parameters(notebook: Any, source: str | None, parameters: Mapping[str, str]) -> None:
    """Set what a notebook declares, of those typed and the source, in a cell as papermill does."""
    from nbformat.v4 import new_code_cell

    names = declared(notebook)
    values = {
        name: parameter_value(name, text, names[name])
        for name, text in parameters.items()
        if name in names
    }
    # Setting what the notebook says anyway would change the bytes of its page.
    if source is not None and names.get("source", source) != source:
        values["source"] = source
    if values:
        text = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        cells = enumerate(notebook.cells)
        last = max(place for place, cell in cells if _PARAMETERS.intersection(tags(cell)))
        notebook.cells.insert(last + 1, new_code_cell(text, metadata={"tags": [INJECTED]}))


def parameter_value(name: str, text: str, default: Any) -> Any:
    """Return the value of `-p name=text`: a Python literal, or else the text as it is.

    Raise ReportError unless it has the type of the notebook's own value, or is None; any number
    stands for a number, and any text for a text.
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = text
    if isinstance(default, str):
        return value if isinstance(value, str) else text
    expected = type(default)
    are_numbers = {type(value), expected} <= {int, float}
    if not (are_numbers or type(value) is expected or value is None or default is None):
        raise ReportError(f"-p {name}={text}: expected {expected.__name__}, like {default}")
    return value


def check_parameters(parameters: Mapping[str, str], notebooks: Mapping[Path, Any]) -> None:
    """Raise ReportError if no notebook declares a parameter; suggest the nearest name."""
    known = sorted({name for notebook in notebooks.values() for name in declared(notebook)})
    for name in parameters:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            names = f"sets {', '.join(known)}" if known else "can declare it"
            hint = f"did you mean {near[0]!r}?" if near else f"a cell tagged 'parameters' {names}"
            where = ", ".join(path.name for path in notebooks)
            raise ReportError(f"no parameter {name!r} in {where}: {hint}")


def check_source(notebooks: Mapping[Path, Any]) -> None:
    """Raise ReportError if `--source` would not reach a notebook; say what to change in it."""
    for path, notebook in notebooks.items():
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        last = len(cells)
        for place, cell in enumerate(cells):
            if "parameters" in tags(cell) and "source" in _assignments(cell.source):
                last = place
        later = [cell.source for cell in cells[last + 1 :]]
        used = any(re.search(r"\bsource\b", code) for code in later)
        if not used or any(isinstance(_assignments(code).get("source"), str) for code in later):
            raise ReportError(
                f'--source has no effect on {path.name}: put source = "sample" into a cell tagged '
                "'parameters', into no other, and load(source) into a later one"
            )


def _assignments(source: str) -> dict[str, Any]:
    """Return the names that a cell assigns at its top level, with their literal values."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # A cell with a magic is not Python alone.
        return {}
    values: dict[str, Any] = {}
    for statement in statements:
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            try:
                value = ast.literal_eval(statement.value)
            except (ValueError, TypeError, RecursionError, MemoryError):
                value = None
            values |= {target.id: value for target in targets if isinstance(target, ast.Name)}
    return values


def joined_streams(outputs: list[Any]) -> list[Any]:
    """Return the outputs with what was printed in a row as one, as a terminal would show it.

    In which order stdout and stderr arrive between two other outputs is chance; stdout goes first.
    A line of code is named by its file or "Cell", without a folder: that is another one elsewhere.
    nbclient and nbconvert join streams too, in a time that grows as the square of a line's length.
    """
    from nbformat.v4 import new_output

    joined: list[Any] = []
    for printed, group in groupby(outputs, lambda output: output.output_type == "stream"):
        row = list(group)
        for name in ("stdout", "stderr") if printed else ():
            written = "".join(part.text for part in row if part.name == name)
            # Of a line that was written over, such as a progress bar, the last state is left.
            lines = (line.rstrip("\r").rpartition("\r")[2] for line in written.split("\n"))
            if text := _IN_FILE.sub("", _IN_CELL.sub("Cell, line ", "\n".join(lines))):
                joined.append(new_output("stream", name=name, text=text))
        joined += [] if printed else row
    return joined
