"""Notebook → executed notebook, in a kernel whose surroundings are always the same."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.parameters import tags

_KINDS = ("code", "markdown", "raw")
_LETTERS = 160


def read_notebook(path: Path) -> Any:
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
        return nbformat.reads(json.dumps(content), as_version=4)
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


COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What tells a terminal the colour of the text that follows."""

# The cell and the line of a frame in a traceback.
_FRAME = re.compile(r"Cell In\[\d+\], line (\d+)")
# What Python writes between the traceback of an error and that of the one it led to.
_NEXT = re.compile(r"^\s*(?:The above exception was|During handling of the above)", re.MULTILINE)
# This package's errors say last what to do; before that, they name an address.
_ERROR_LETTERS = 600


@dataclass
class Failure:
    """What ended a run before its end."""

    what: str
    """Such as "cell 2 of 3 failed"."""
    error: str
    line: str = ""
    """Where in the cell, and the source there; empty where the kernel did not say."""
    end: int = 0
    """How many of the notebook's cells have something to show."""

    def __str__(self) -> str:
        """What failed, where and why, in at most six lines."""
        return "\n  ".join(line for line in (self.what, self.line, self.error) if line)


def failure_in(cells: list[Any], own: list[int], reply: Mapping[str, Any] | None) -> Failure | None:
    """The first failure among executed cells.

    Args:
        cells: All cells of the notebook.
        own: The places of the code cells that its author wrote.
        reply: What the kernel answered to the cell that ended the run, with its place as `index`.
    """
    for index, cell in enumerate(cells):
        if cell.cell_type != "code" or "raises-exception" in tags(cell):
            continue
        for output in cell.outputs:
            # A frame or a chart that fails while it is displayed ends no cell, yet is missing.
            if output.output_type == "error":
                line = _failing_line(cell.source, output.traceback)
                return failed_cell(cells, own, index, _error(output), line)
    if reply:
        # An error that the kernel could only print; the reply's traceback may be another's.
        return failed_cell(cells, own, reply["index"], _error(reply))
    return None


def failed_cell(
    cells: list[Any], own: list[int], index: int, error: str, line: str = ""
) -> Failure:
    """The failure of one cell."""
    heading = heading_above(cells, index)
    number = sum(place <= index for place in own)
    what = f"cell {number} of {len(own)} failed" + (f", under “{heading}”" if heading else "")
    return Failure(what, error, line, index + 1)


def end_of(status: int | None, words: str) -> str:
    """How a kernel's process ended, and what it said last.

    Args:
        status: As the system reports it; negative for a signal.
        words: What the process wrote to its stderr.
    """
    how = "" if status is None else f" with status {status}"
    if status is not None and status < 0:
        name = signal.strsignal(-status) or f"signal {-status}"
        how = f" ({name})" + ("; is the memory full?" if name == "Killed" else "")
    return how + (f"\n  {said(words)}" if words.strip() else "")


def said(words: str) -> str:
    """The line that tells most of what a process wrote: why it crashed, else its last."""
    lines = [line.strip() for line in COLOUR.sub("", words).splitlines() if line.strip()]
    crash = [line for line in lines if line.startswith("Fatal Python error")]
    return (crash or lines[-1:] or [""])[0][:_ERROR_LETTERS]


def _error(told: Mapping[str, Any]) -> str:
    text = COLOUR.sub("", f"{told['ename']}: {told['evalue']}")
    lines = [line[:_ERROR_LETTERS] for line in text.splitlines() if line.strip()]
    return "\n  ".join(lines[:4])


def _failing_line(source: str, traceback: list[str]) -> str:
    """Where in the cell the error was raised that is told, not the one that led to it."""
    last = _NEXT.split(COLOUR.sub("", "\n".join(traceback)))[-1]
    found = _FRAME.search(last)
    lines = source.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return ""
    return f"line {found[1]}: {lines[int(found[1]) - 1].strip()[:_LETTERS]}"


_SHOWN = 3
# With -c Python looks for code in the current folder first, if not told otherwise.
_START = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
from spacecraft_analysis.report.execute import serve
serve()
"""


def kernel_command() -> list[str]:
    """The words that start a kernel, for a kernel's specification.

    Not `-P`: the processes that a notebook starts would inherit it.
    """
    options = ["--log-level=ERROR", "-f", "{connection_file}"]
    return [sys.executable, "-c", _START, *options]


def serve() -> None:
    """Nothing; a kernel that serves one notebook, until it is told to end."""
    from spacecraft_analysis.report.import_speedups import import_jsonschema

    # What is imported stays: looking through it for what can go would take a tenth of the run.
    gc.disable()
    import_jsonschema()
    import altair  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    from spacecraft_analysis.report.payloads import prepare

    app: Any = IPKernelApp.instance()
    # ipykernel would load a debugger for as long as Altair takes; nobody debugs this kernel.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    app.initialize()
    del sys.modules["debugpy"]
    prepare()
    app.shell.set_custom_exc((BaseExceptionGroup,), _show_group)
    gc.freeze()
    gc.enable()
    app.start()
    # ipykernel stops the thread that sends before the one that has yet to tell of the kernel's end;
    # that one may then wait for ever, and whoever ends the kernel for seconds.
    app.control_thread.stop()
    app.control_thread.join()


def _show_group(shell: Any, kind: Any, group: Any, trace: Any, tb_offset: Any = None) -> None:
    """Nothing; a group of errors becomes a cell's error. IPython only prints it to stderr."""
    text = "".join(traceback.format_exception(kind, group, trace))
    leaves = list(_leaves(group))
    told = [str(group), *(f"{type(leaf).__name__}: {leaf}" for leaf in leaves[:_SHOWN])]

    def named(found: re.Match[str]) -> str:
        name = shell.compile.format_code_name(found[1])
        return " ".join(name) if name else found[0]

    lines = re.sub('File "(.*?)"', named, text).splitlines(keepends=True)
    shell._showtraceback(kind, "\n".join(told), lines)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors of a group that are no groups themselves."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error


Progress = Callable[[str, str, int, int], None]
"""Called with the notebook's name, the heading being run, code cells done and in all."""
INJECTED = "injected-parameters"

_PATIENCE = 180


@dataclass
class Run:
    """A notebook after its run: its cells with their outputs, and what ended it early."""

    path: Path
    cells: list[Any]
    failure: Failure | None = None


class Kernels:
    """The processes of all notebooks that run, to be ended together.

    They start in the environment that there is when this is made: drawing changes it for moments
    while others of them start.
    """

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self._processes: list[Any] = []
        self._over = False

    def add(self, process: Any) -> None:
        self._processes.append(process)
        if self._over:
            process.kill()

    def kill(self) -> None:
        """Nothing; all end, and whichever starts from now on."""
        self._over = True
        for process in self._processes:
            process.kill()


def run(
    path: Path,
    notebook: Any,
    *,
    values: Mapping[str, Any],
    progress: Progress,
    kernels: Kernels,
) -> Run:
    """The notebook with its outputs; where a cell failed, up to that cell.

    Args:
        path: The notebook's file, in whose folder the kernel works.
        notebook: What `read` made of it; it is changed.
        values: What the names that it declares are set to.
        progress: Told before each code cell.
        kernels: Gets the kernel's process.
    """
    notebook.cells = _with_parameters(notebook.cells, values)
    own = own_code(notebook.cells)

    def tell(index: int) -> None:
        done = sum(place < index for place in own)
        progress(path.stem, heading_above(notebook.cells, index), done, len(own))

    session = _Session(notebook, tell, kernels)
    with tempfile.TemporaryDirectory(prefix="spacecraft-analysis-") as private:
        failure = asyncio.run(session.run(path.resolve().parent, private))
    shown = notebook.cells[: failure.end] if failure else notebook.cells
    for cell in shown:
        if INJECTED in tags(cell) and "source" in values:
            # Where a file lies is the reader's business as little as the writer's.
            source = values["source"]
            cell.source = cell.source.replace(repr(source), repr(Path(source).name))
    return Run(path, shown, failure)


def own_code(cells: list[Any]) -> list[int]:
    """The places of the code cells that the notebook's author wrote."""
    return [
        index
        for index, cell in enumerate(cells)
        if cell.cell_type == "code" and INJECTED not in tags(cell)
    ]


def _parameters(source: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(source, metadata={"tags": [INJECTED]})


def _with_parameters(cells: list[Any], values: Mapping[str, Any]) -> list[Any]:
    """The cells with one more after the declared parameters, as papermill does it."""
    if not values:
        return list(cells)
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    last = max(index for index, cell in enumerate(cells) if "parameters" in tags(cell))
    return [*cells[: last + 1], _parameters(source), *cells[last + 1 :]]


class _Session:
    """One notebook in one kernel."""

    def __init__(self, notebook: Any, tell: Callable[[int], None], kernels: Kernels) -> None:
        self._notebook = notebook
        self._tell = tell
        self._kernels = kernels
        self._place = 0
        self._reply: dict[str, Any] | None = None
        self._process: Any = None

    async def run(self, folder: Path, private: str) -> Failure | None:
        """What ended the run early, if anything did.

        Args:
            folder: Where the kernel works.
            private: A folder of the kernel's own.
        """
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        own = own_code(self._notebook.cells)
        words = Path(private) / "said"
        client = self._client(private)
        try:
            await self._start(client, folder, private, words)
        except (OSError, RuntimeError) as error:
            told = said(words.read_text(errors="replace")) or str(error)
            return Failure("its kernel could not start", told)
        try:
            await client.async_execute()
        except CellExecutionError:
            pass
        except DeadKernelError:
            end = end_of(self._process.poll(), words.read_text(errors="replace"))
            return failed_cell(self._notebook.cells, own, self._place, f"the kernel died{end}")
        return failure_in(self._notebook.cells, own, self._reply)

    def _client(self, private: str) -> Any:
        from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        class OurKernel(KernelSpecManager):
            """Whatever name a notebook was saved with: the interpreter that runs this."""

            def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
                return KernelSpec(argv=kernel_command(), display_name="Python", language="python")

        client = NotebookClient(
            self._notebook,
            timeout=None,
            startup_timeout=_PATIENCE,
            record_timing=False,
            on_cell_execute=self._begin,
            on_cell_error=self._blame,
        )
        client.km = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=OurKernel(),
            connection_file=f"{private}/kernel.json",
            transport=_transport(private),
        )
        return client

    async def _start(self, client: Any, folder: Path, private: str, words: Path) -> None:
        with words.open("wb") as stderr:
            # The kernel process's own words; what a cell writes to stderr arrives all the same.
            surroundings = _surroundings(self._kernels.environment, private)
            process = {"env": surroundings, "stderr": stderr}
            await client.async_start_new_kernel(cwd=str(folder), **process)
        self._process = client.km.provisioner.process
        self._kernels.add(self._process)
        await client.async_start_new_kernel_client()

    def _begin(self, cell: Any, cell_index: int) -> None:
        self._place = cell_index
        self._tell(cell_index)

    def _blame(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        if "raises-exception" not in tags(cell):
            self._reply = {**execute_reply["content"], "index": cell_index}


def _transport(private: str) -> str:
    """How one talks with a kernel: by files of this user alone, or where that can't be by ports.

    A port that is free when the kernel is told of it may be somebody else's when it starts.
    """
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(f"{private}/kernel-ipc-0")
    except (AttributeError, OSError):
        # Windows, a path of over a hundred letters, or a disk that holds no sockets.
        return "tcp"
    return "ipc"


def _surroundings(ours: Mapping[str, str], private: str) -> dict[str, str]:
    """The environment of every kernel, made of our own but alike on every machine and day."""
    # How Polars shows a frame is the notebook's business, not the machine's.
    shown = ("POLARS_FMT_", "POLARS_TABLE_WIDTH")
    environment = {name: text for name, text in ours.items() if not name.startswith(shown)}
    # A user's start-up files must not change what a page says.
    environment.pop("PYTHONSTARTUP", None)
    environment |= {
        "IPYTHONDIR": private,
        "SPACECRAFT_ANALYSIS_PROGRESS": "silent",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
    cache = environment.get("SPACECRAFT_ANALYSIS_CACHE_DIR")
    if cache:
        # The kernel works in the notebook's folder, its caller elsewhere.
        environment["SPACECRAFT_ANALYSIS_CACHE_DIR"] = str(Path(cache).resolve())
    return environment
