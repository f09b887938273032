"""Notebook → executed notebook, in a kernel whose surroundings are always the same."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacecraft_analysis.report import kernel
from spacecraft_analysis.report.failure import Failure, end_of, failed_cell, failure_in, said
from spacecraft_analysis.report.notebook import heading_above, tags
from spacecraft_analysis.report.progress import Progress

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

    return new_code_cell(source, metadata={"tags": [INJECTED]})  # type: ignore[no-untyped-call]


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
                return KernelSpec(argv=kernel.command(), display_name="Python", language="python")

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
