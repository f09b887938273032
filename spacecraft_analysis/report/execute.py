"""Run a notebook in a kernel whose environment is the same on every machine and day.

The kernel is IPython's. It imports the libraries of a report before the notebook's folder is on its
path, so that no file there can stand in for one of them. These imports take longer than most
notebooks, so the package's own notebooks, which change nothing in their kernel that lasts, run in
it one after another; any other notebook has a kernel of its own.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from spacecraft_analysis.report.notebook import INJECTED, as_shown, code_cells, declared, tags

Progress = Callable[[str, str, int, int], None]
"""Called with the notebook's name, the heading above the cell that runs, the number of code cells
done, and of all."""

_START_TIMEOUT = 180
_LINE_LENGTH = 160
# This package's errors end with what to do; before that, they may name a long address.
_ERROR_LENGTH = 600
# The cell and the line of a frame in a traceback.
_FRAME = re.compile(r"Cell In\[\d+\], line (\d+)")
# What Python writes between the traceback of an error and that of the one it led to.
_NEXT_ERROR = re.compile(r"\n\s*(?:The above exception was|During handling of the above)")
# With -c Python would look for modules in the current folder first. Not `-P`: the processes that a
# notebook starts would inherit it.
_KERNEL = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
from spacecraft_analysis.report.execute import serve
serve()
"""
# Leaving the block makes Python forget which warnings it has shown.
_RESET = """\
import warnings
with warnings.catch_warnings():
    get_ipython().reset()
"""


class Kernel:
    """A kernel's process, and a folder of files that only this user can read."""

    def __init__(self) -> None:
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

        command = [sys.executable, "-c", _KERNEL, "--log-level=ERROR", "-f", "{connection_file}"]

        class ThisInterpreter(AsyncKernelManager):
            """Starts this interpreter, whatever kernel's name a notebook has."""

            kernel_spec = KernelSpec(argv=command)

        self._folder = tempfile.TemporaryDirectory(prefix="spacecraft-analysis-")
        private = self._folder.name
        # It is reached through files, if the disk and the path's length allow it: a port that is
        # free when a kernel is given its number may be taken when it starts.
        transport = "tcp"
        with suppress(AttributeError, OSError), socket.socket(socket.AF_UNIX) as trial:
            trial.bind(f"{private}/kernel-ipc-0")
            transport = "ipc"
        file = f"{private}/kernel.json"
        self.manager: Any = ThisInterpreter(connection_file=file, transport=transport)
        self.process: Any = None
        """None until it has started."""
        self.connection: Any = None
        """The next notebook uses the first one's: a new one would wait a fifth of a second."""
        self.stderr = Path(private) / "stderr"
        """What the process itself writes there; what a cell writes is one of its outputs."""

    def end(self) -> None:
        """End the process at once, if it still runs, and delete its files."""
        if self.connection:
            self.connection.stop_channels()
        if self.process:
            self.process.kill()
            self.process.wait()
        asyncio.run(self.manager.cleanup_resources())
        self._folder.cleanup()


class Kernels(AbstractContextManager["Kernels"]):
    """The kernels of all notebooks of a report, which can be ended together.

    They start with the environment variables of the moment when this is made, alike on every
    machine and day.
    """

    def __init__(self) -> None:
        # How Polars shows a frame is for the notebook to say, and no start-up file of a user may
        # change a page.
        machine = ("POLARS_FMT_", "POLARS_TABLE_WIDTH", "PYTHONSTARTUP")
        ours = {name: text for name, text in os.environ.items() if not name.startswith(machine)}
        fixed = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self.environment = ours | fixed | {"SPACECRAFT_ANALYSIS_PROGRESS": "silent"}
        if cache := ours.get("SPACECRAFT_ANALYSIS_CACHE_DIR"):
            # A kernel works in its notebook's folder, its caller elsewhere.
            self.environment["SPACECRAFT_ANALYSIS_CACHE_DIR"] = str(Path(cache).resolve())
        self.idle: list[Kernel] = []
        """Those that the next notebook can use, as if they had just started."""
        self._processes: list[Any] = []
        self.ended = False
        """Whether all were ended before their time."""

    def __exit__(self, *_: object) -> None:
        """End those that are idle."""
        for kernel in self.idle:
            kernel.end()

    def add(self, process: Any) -> None:
        self._processes.append(process)
        if self.ended:
            process.kill()

    def kill(self) -> None:
        """End all, and any that starts from now on."""
        self.ended = True
        for process in self._processes:
            process.kill()


def run(
    path: Path, notebook: Any, *, progress: Progress, kernels: Kernels, shared: bool = False
) -> str:
    """Run a notebook and return what ended the run early; "" if nothing did.

    Its cells get their outputs; those after one that failed are taken out. The kernel works in the
    folder of the notebook's file; a `shared` one may have run another, and may run the next.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from nbformat import ValidationError

    cells = notebook.cells
    begun: list[int] = []

    def begin(cell: Any, cell_index: int) -> None:
        begun.append(cell_index)
        above = cells[:cell_index]
        progress(path.stem, _last_heading(above), len(code_cells(above)), len(code_cells(cells)))

    async def execute() -> None:
        # Else a kernel that could not start would be looked for when this process ends.
        if not kernel.process:
            environment = kernels.environment | {"IPYTHONDIR": str(kernel.stderr.parent)}
            folder = str(path.resolve().parent)
            with kernel.stderr.open("wb") as stderr:
                await client.async_start_new_kernel(cwd=folder, env=environment, stderr=stderr)
            kernel.process = kernel.manager.provisioner.process
            kernels.add(kernel.process)
            kernel.connection = await client.async_start_new_kernel_client()
        connection = client.kc = kernel.connection
        await client.async_execute(cleanup_kc=not shared)
        if shared:
            await connection.execute(_RESET, silent=True, reply=True, timeout=_START_TIMEOUT)

    client = NotebookClient(
        notebook, startup_timeout=_START_TIMEOUT, record_timing=False, on_cell_execute=begin
    )
    kernel = kernels.idle.pop() if shared and kernels.idle else Kernel()
    client.km = kernel.manager
    failure = "interrupted"
    try:
        asyncio.run(execute())
        failure = end_at_failure(notebook)
    except CellExecutionError as error:
        # IPython can only print some errors, which are then none of the cell's outputs.
        reason = _error(error.ename, error.evalue)
        failure = end_at_failure(notebook) or _end_at(notebook, begun[-1], reason)
    except DeadKernelError:
        end = end_of(kernel.process.poll(), kernel.stderr.read_text(errors="replace"))
        failure = _end_at(notebook, begun[-1], f"the kernel died{end}")
    except ValidationError as error:
        # Its message is the value, the schema and, under both, the place.
        place = re.search(r"On instance(.*):", str(error))
        kind = f" ({place[1]})" if place else ""
        reason = as_shown(str(error)).splitlines()[0][:_LINE_LENGTH]
        failure = _end_at(notebook, begun[-1], f"a notebook can't hold its output{kind}: {reason}")
    except (OSError, RuntimeError) as error:
        if begun:
            raise
        reason = _last_words(kernel.stderr.read_text(errors="replace")) or str(error)
        failure, notebook.cells = f"its kernel could not start\n  {reason}", []
    finally:
        if shared and not failure:
            kernels.idle.append(kernel)
        else:
            kernel.end()
    source = declared(notebook).get("source")
    for cell in cells:
        if INJECTED in tags(cell) and isinstance(source, str):
            # A page names no folder of this machine.
            cell.source = cell.source.replace(repr(source), repr(Path(source).name))
    return failure


def _last_heading(cells: list[Any]) -> str:
    """Return the last Markdown heading in some cells, or ""."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings: list[str] = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, flags=re.MULTILINE)
    return headings[-1] if headings else ""


def end_at_failure(notebook: Any) -> str:
    """Return the first failure among executed cells and take out those after it; "" if none."""
    for index, cell in enumerate(notebook.cells):
        # A chart or frame that fails while it is displayed ends no cell, yet is missing.
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        if errors and "raises-exception" not in tags(cell):
            # The line of the cell that raised the last error of a chain.
            trace = _NEXT_ERROR.split(as_shown("\n".join(errors[0].traceback)))[-1]
            found, lines = _FRAME.search(trace), as_shown(cell.source).splitlines()
            number = int(found[1]) if found else 0
            line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
            line = f"line {number}: {line[:_LINE_LENGTH]}" if line else ""
            return _end_at(notebook, index, _error(errors[0].ename, errors[0].evalue), line)
    return ""


def _end_at(notebook: Any, index: int, error: str, line: str = "") -> str:
    """Take out the cells after one that failed; return which it was and why, in a few lines."""
    count = len(code_cells(notebook.cells))
    notebook.cells = notebook.cells[: index + 1]
    heading = _last_heading(notebook.cells)
    what = f"cell {len(code_cells(notebook.cells))} of {count} failed"
    what += f", under “{heading}”" if heading else ""
    return "\n  ".join(filter(None, [what, line, error]))


def _error(name: str, message: str) -> str:
    text = as_shown(f"{name}: {message}")
    lines = [line[:_ERROR_LENGTH] for line in text.splitlines() if line.strip()]
    return "\n  ".join(lines[:4])


def end_of(status: int, stderr: str) -> str:
    """Return how a process with this status ended, and the most telling line of its stderr."""
    how = f" with status {status}"
    if status < 0:
        name = signal.strsignal(-status) or f"signal {-status}"
        how = f" ({name})" + ("; is the memory full?" if name == "Killed" else "")
    return how + (f"\n  {_last_words(stderr)}" if stderr.strip() else "")


def _last_words(stderr: str) -> str:
    lines = [line.strip() for line in as_shown(stderr).splitlines() if line.strip()]
    crash = [line for line in lines if line.startswith("Fatal Python error")]
    return (crash or lines[-1:] or [""])[0][:_ERROR_LENGTH]


def serve() -> None:
    """Be the kernel of one notebook until asked to end."""
    from spacecraft_analysis.report.import_speedups import import_jsonschema

    # What is imported stays: looking through it for garbage would take a tenth of the run.
    gc.disable()
    import_jsonschema()
    import altair  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    from spacecraft_analysis.report.payloads import prepare_kernel

    app: Any = IPKernelApp.instance()
    # ipykernel would load a debugger, which takes as long as Altair.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    app.initialize()
    del sys.modules["debugpy"]
    prepare_kernel()
    gc.freeze()
    gc.enable()
    app.start()
    # ipykernel stops the thread that sends before the one that still reports the kernel's end;
    # that one may then wait for ever, and the process that ends the kernel for seconds.
    app.control_thread.stop()
    app.control_thread.join()
