"""Notebook → executed notebook, in a kernel whose surroundings are always the same."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError

Progress = Callable[[str, str, int, int], None]
"""Called with the notebook's name, the heading being run, code cells done and in all."""

HIDDEN = "spacecraft-analysis-hidden"
INJECTED = "injected-parameters"
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What tells a terminal the colour of the text that follows."""

_PREPARE = "import spacecraft_analysis.report.display as _displays\n_displays.prepare()"
_PROVENANCE = "_displays.show_provenance(globals())"
# The cell and the line of a frame in a traceback.
_FRAME = re.compile(r"Cell In\[\d+\], line (\d+)")
_LETTERS = 160
# This package's errors say last what to do; before that, they name an address.
_ERROR_LETTERS = 600


@dataclass
class Failure:
    """The cell that ended a run before its end."""

    cell: int
    """Its place among the notebook's cells."""
    number: int
    count: int
    """It is code cell `number` of `count`."""
    heading: str
    line: str
    """Where in the cell, and the source there; empty where the kernel did not say."""
    error: str

    def __str__(self) -> str:
        """What failed, where and why, in at most six lines."""
        under = f", under “{self.heading}”" if self.heading else ""
        lines = [f"cell {self.number} of {self.count} failed{under}", self.line, self.error]
        return "\n  ".join(line for line in lines if line)


@dataclass
class Run:
    """A notebook after its run: its cells with their outputs, and what ended it early."""

    path: Path
    cells: list[Any]
    failure: Failure | None = None
    provenance: dict[str, Any] = field(default_factory=dict)


def read(path: Path) -> Any:
    """The notebook in a file, in today's format.

    Raises:
        ReportError: There is no such file, or it holds no notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise ReportError(f"there is no notebook {path}; give the path of an .ipynb file") from None
    except Exception as error:
        # nbformat lets through whatever its parsers raise.
        problem = str(error).splitlines()[0][:_LETTERS] if str(error) else type(error).__name__
        raise ReportError(
            f"{path} can't be read as a notebook: {problem}. Open and save it in JupyterLab"
        ) from error


def declared(notebook: Any) -> dict[str, Any]:
    """The names that a notebook's cell tagged `parameters` assigns, with their literal values.

    A value that is not a literal is None.
    """
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in tags(cell):
            values |= _assignments(cell.source)
    return values


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def check_parameters(parameters: Mapping[str, str], notebooks: Mapping[Path, Any]) -> None:
    """Nothing, if each parameter is declared by a notebook at least.

    Raises:
        ReportError: None declares it; the message suggests the nearest name.
    """
    known = sorted({name for notebook in notebooks.values() for name in declared(notebook)})
    for name in parameters:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1)
        if near:
            hint = f"did you mean {near[0]!r}?"
        elif known:
            hint = f"declared are {', '.join(known)}"
        else:
            hint = "a notebook declares its parameters in a cell tagged 'parameters'"
        where = ", ".join(path.name for path in notebooks)
        raise ReportError(f"no parameter {name!r} in {where}: {hint}")


def parameter_value(name: str, text: str, default: Any) -> Any:
    """What `-p name=text` means: a Python literal, or else the text as it is.

    Where the notebook's own value is a text, a number or a truth value, so is this one, and where
    it is a list or the like this is no plain text; None is taken for a number or a list too.

    Raises:
        ReportError: It is of another kind.

    Examples:
        >>> parameter_value("families", "['Dragon', 'Soyuz']", None)
        ['Dragon', 'Soyuz']
        >>> parameter_value("name", "1969", "Apollo")
        '1969'
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text
    if isinstance(default, str):
        return value if isinstance(value, str) else text
    if isinstance(default, bool) and not isinstance(value, bool):
        raise ReportError(f"-p {name}={text}: expected True or False")
    if isinstance(default, bool) or value is None:
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, int | float) and not is_number:
        raise ReportError(f"-p {name}={text}: expected a number, such as {default}")
    # A text is a sequence as well: its letters would be taken one by one.
    if isinstance(default, list | tuple | set | dict) and isinstance(value, str):
        kind = type(default).__name__
        raise ReportError(f"-p {name}={text}: expected a {kind}, such as {default}")
    return value


def run(
    path: Path,
    notebook: Any,
    *,
    source: str | None,
    parameters: Mapping[str, str],
    progress: Progress,
    kernels: list[Any],
) -> Run:
    """The notebook with its outputs; where a cell failed, up to that cell.

    Args:
        path: The notebook's file, in whose folder the kernel works.
        notebook: What `read` made of it; it is changed.
        source: What its `source` is set to, if it declares one.
        parameters: Values for the names that it declares, as text.
        progress: Told before each code cell.
        kernels: Gets the manager of the kernel, for a caller who has to stop it.
    """
    notebook.cells = _prepared(notebook, source, parameters)
    started: list[int] = []

    def tell(cell: Any, cell_index: int) -> None:
        started.append(cell_index)
        done = sum(place < cell_index for place in own)
        progress(path.stem, heading_above(notebook.cells, cell_index), done, len(own))

    own = _own_code(notebook.cells)
    died = not _finishes(notebook, path.resolve().parent, tell, kernels)
    failure = _failure(notebook.cells, started[-1:] if died else [])
    end = failure.cell + 1 if failure else None
    shown = [cell for cell in notebook.cells[:end] if HIDDEN not in tags(cell)]
    for cell in shown:
        if source is not None and INJECTED in tags(cell):
            # Where a file lies is the reader's business as little as the writer's.
            cell.source = cell.source.replace(repr(source), repr(Path(source).name))
    return Run(path, shown, failure, _provenance(notebook.cells))


def heading_above(cells: list[Any], index: int) -> str:
    """The nearest Markdown heading above a cell, or an empty text."""
    for cell in reversed(cells[:index]):
        if cell.cell_type == "markdown":
            found = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", cell.source, flags=re.MULTILINE)
            if found:
                return str(found[-1])
    return ""


def _assignments(source: str) -> dict[str, Any]:
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return {}
    values = {}
    for statement in statements:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                values[target.id] = _literal(statement.value)
    return values


def _literal(expression: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(expression) if expression else None
    except (ValueError, TypeError):
        return None


def _prepared(notebook: Any, source: str | None, parameters: Mapping[str, str]) -> list[Any]:
    """The notebook's cells without outputs, with the given parameters, between two of our own."""
    names = declared(notebook)
    given = {
        name: parameter_value(name, text, names[name])
        for name, text in parameters.items()
        if name in names
    }
    # What the notebook says itself need not be said again, nor change a byte of its page.
    if source is not None and names.get("source", source) != source:
        given["source"] = source
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return [
        _code_cell(_PREPARE, HIDDEN),
        *_with_parameters(notebook.cells, given),
        _code_cell(_PROVENANCE, HIDDEN),
    ]


def _code_cell(source: str, tag: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(source, metadata={"tags": [tag]})  # type: ignore[no-untyped-call]


def _with_parameters(cells: list[Any], given: Mapping[str, Any]) -> list[Any]:
    """The cells with one more after the declared parameters, as papermill does it."""
    if not given:
        return list(cells)
    source = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    last = max(index for index, cell in enumerate(cells) if "parameters" in tags(cell))
    return [*cells[: last + 1], _code_cell(source, INJECTED), *cells[last + 1 :]]


def _finishes(notebook: Any, folder: Path, tell: Callable[..., None], kernels: list[Any]) -> bool:
    """False if a cell failed, or the kernel died."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client = NotebookClient(
        notebook, timeout=None, record_timing=False, coalesce_streams=True, on_cell_execute=tell
    )
    with tempfile.TemporaryDirectory(prefix="spacecraft-analysis-") as private:
        # Without any folder of kernels, "python3" is the interpreter that runs this.
        client.km = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=f"{private}/kernel.json",
        )
        kernels.append(client.km)
        # The kernel process's own words; what a cell writes to stderr arrives all the same.
        process: dict[str, Any] = {"env": _surroundings(private), "stderr": subprocess.DEVNULL}
        try:
            asyncio.run(client.async_execute(cwd=str(folder), **process))
        except (CellExecutionError, DeadKernelError):
            return False
    return True


def _surroundings(private: str) -> dict[str, str]:
    """The environment of every kernel, alike on every machine and day."""
    # How Polars shows a frame is the notebook's business, not the machine's.
    shown = ("POLARS_FMT_", "POLARS_TABLE_WIDTH")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(shown)}
    environment |= {
        "SPACECRAFT_ANALYSIS_PROGRESS": "silent",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        # A user's start-up files must not change what a page says.
        "IPYTHONDIR": private,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    cache = environment.get("SPACECRAFT_ANALYSIS_CACHE_DIR")
    if cache:
        # The kernel works in the notebook's folder, its caller elsewhere.
        environment["SPACECRAFT_ANALYSIS_CACHE_DIR"] = str(Path(cache).resolve())
    return environment


def _own_code(cells: list[Any]) -> list[int]:
    """The places of the code cells that the notebook's author wrote."""
    added = {HIDDEN, INJECTED}
    return [
        index
        for index, cell in enumerate(cells)
        if cell.cell_type == "code" and not added & set(tags(cell))
    ]


def _failure(cells: list[Any], last_started: list[int]) -> Failure | None:
    """The first cell with an error among its outputs, else the one in which the kernel died."""
    for index, cell in enumerate(cells):
        if cell.cell_type != "code" or "raises-exception" in tags(cell):
            continue
        for output in cell.outputs:
            # A frame or a chart that fails while it is displayed ends no cell, yet is missing.
            if output.output_type == "error":
                text = _first_lines(f"{output.ename}: {output.evalue}")
                return _failed(cells, index, _failing_line(cell.source, output.traceback), text)
    for index in last_started:
        return _failed(cells, index, "", "the kernel died; is the memory full?")
    return None


def _failed(cells: list[Any], index: int, line: str, error: str) -> Failure:
    places = _own_code(cells)
    number = sum(place <= index for place in places)
    return Failure(index, number, len(places), heading_above(cells, index), line, error)


def _failing_line(source: str, traceback: list[str]) -> str:
    found = _FRAME.search(COLOUR.sub("", "\n".join(traceback)))
    lines = source.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return ""
    return f"line {found[1]}: {lines[int(found[1]) - 1].strip()[:_LETTERS]}"


def _first_lines(text: str) -> str:
    lines = [line[:_ERROR_LETTERS] for line in COLOUR.sub("", text).splitlines() if line.strip()]
    return "\n  ".join(lines[:4])


def _provenance(cells: list[Any]) -> dict[str, Any]:
    from spacecraft_analysis.report.display import PROVENANCE

    for output in cells[-1].outputs:
        if PROVENANCE in output.get("data", {}):
            return dict(output.data[PROVENANCE])
    return {}
