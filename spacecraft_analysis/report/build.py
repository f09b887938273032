"""Notebooks → a folder of offline pages with an index."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.launch_library import load
from spacecraft_analysis.report.execute import (
    Failure,
    Kernels,
    Progress,
    Run,
    own_code,
    read_notebook,
    run,
)
from spacecraft_analysis.report.import_speedups import import_jsonschema
from spacecraft_analysis.report.index import COLUMNS, READING_ORDER, index_of
from spacecraft_analysis.report.parameters import (
    check_parameters,
    check_source,
    found_source,
    given,
    live_questions,
)
from spacecraft_analysis.snapshot import local_path, write_atomic


@contextmanager
def telling(progress: Progress | None) -> Iterator[Progress]:
    """Whom to tell: the caller's own, else a bar on stderr if that is a terminal, else nobody."""
    if progress is not None:
        yield progress
    elif sys.stderr is not None and sys.stderr.isatty():
        with _terminal_bars() as tell:
            yield tell
    else:
        yield lambda *_: None


@contextmanager
def _terminal_bars() -> Iterator[Progress]:
    """One line for each notebook that runs, naming the heading it is at."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    words = TextColumn("{task.description}", markup=False)
    bars = Bars(BarColumn(20), MofNCompleteColumn(), words, console=Console(stderr=True))
    tasks: dict[str, Any] = {}
    with bars:

        def tell(name: str, heading: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            text = f"{name}: {heading}" if heading else name
            bars.update(tasks[name], completed=done, description=text)

        yield tell


_NEEDED = (
    *("IPython", "bleach", "ipykernel", "jupyter_client", "nbclient", "nbconvert", "nbformat"),
    *("traitlets", "vl_convert"),
)
# One more than there are processors: a kernel rests while this process takes what it said.
_AT_A_TIME = (os.cpu_count() or 1) + 1


def bundled_notebooks() -> list[Path]:
    """The notebooks that come with the package: a checkout's own folder, or the installed copy.

    Raises:
        ReportError: There are none; the installation is not whole.
    """
    package = Path(__file__).parent.parent
    checkout = package.parent
    is_checkout = (checkout / "pyproject.toml").exists()
    folder = (checkout if is_checkout else package) / "notebooks"
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise ReportError(f"there are no notebooks in {folder}; give the path of one")
    first = [name for name in READING_ORDER if name in found]
    return [found[name] for name in dict.fromkeys([*first, *found])]


def write_report(
    notebooks: Sequence[str | Path] | None = None,
    *,
    output: str | Path = "reports",
    source: str | None = None,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """The paths of the pages written: the index, then one page for each notebook.

    Each page is one file that needs nothing else and asks the network for nothing.

    Args:
        notebooks: Paths of notebooks; without any, those that come with the package, and beside
            their pages one that says what each column means.
        output: The folder for the pages; it is made if need be.
        source: "sample", "live" or the path of a snapshot's file, for the notebooks that declare
            a `source`; without it, what they say themselves.
        parameters: Values for names that the notebooks declare, as typed: Python literals or text.
        progress: Called for each notebook at the start, then before each cell; without it, bars
            on stderr if that is a terminal.

    Raises:
        ReportError: A notebook can't be read or run to its end. The message names the cell; the
            pages of the others are written, and the failed one's is kept, marked as unfinished.
        LaunchLibraryError: LL2 did not send what the bundled notebooks need for "live"; the message
            says what to do. None has run.
    """
    _check_installed()
    import_jsonschema()
    paths = [local_path(path) for path in notebooks] if notebooks else bundled_notebooks()
    _check_names(paths)
    contents = {path: read_notebook(path) for path in paths}
    values = _values(contents, source, parameters or {})
    _pull_once(contents, values)
    folder = _made(local_path(output))
    with telling(progress) as tell:
        for path, notebook in contents.items():
            tell(path.stem, "", 0, len(own_code(notebook.cells)))
        pages = _run_all(contents, values, folder, tell)
    others = [] if notebooks else [_write_columns(folder)]
    listing = _write(folder / "index.html", _index(folder))
    for page in pages:
        for sentence in page.left_out:
            print(f"{page.name}: {sentence}", file=sys.stderr)
    failed = [page for page in pages if page.failure]
    if failed:
        raise ReportError(_failures(failed, folder))
    return [listing, *(folder / f"{page.name}.html" for page in pages), *others]


def _check_installed() -> None:
    """Nothing, if all is there that is imported only now or in a kernel."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ReportError(
            f"a report needs {', '.join(missing)}: pip install 'spacecraft-analysis[notebooks]'"
        )


def _values(
    contents: Mapping[Path, Any], source: str | None, parameters: Mapping[str, str]
) -> dict[Path, dict[str, Any]]:
    """What each notebook's declared names are set to."""
    if source is not None and "source" in parameters:
        raise ReportError("a source is given twice; leave out either --source or -p source=…")
    parameters = dict(parameters)
    check_parameters(parameters, contents)
    source = parameters.pop("source", source)
    if source is not None:
        check_source(contents)
        source = found_source(source)
    return {path: given(notebook, source, parameters) for path, notebook in contents.items()}


def _pull_once(contents: Mapping[Path, Any], values: Mapping[Path, Any]) -> None:
    """Nothing; what notebooks ask of LL2 is kept, or its refusal met once and not by each."""
    asked: list[dict[str, Any]] = []
    for path, notebook in contents.items():
        for question in live_questions(notebook, values[path]):
            if question not in asked:
                asked.append(question)
    for question in asked:
        # What can't be meant the notebook's own error tells better, with its cell.
        with suppress(TypeError, ValueError):
            load("live", **question)


def _check_names(paths: Sequence[Path]) -> None:
    seen: set[str] = {"index"}
    for path in paths:
        if path.stem in seen:
            raise ReportError(f"two pages would be named {path.stem}.html; rename {path}")
        seen.add(path.stem)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            f"{folder} can't be made: {error.strerror}; choose another --output"
        ) from error
    return folder


def _run_all(
    contents: Mapping[Path, Any], values: Mapping[Path, Any], folder: Path, progress: Progress
) -> list[_Page]:
    """The pages of all notebooks, of which some run at a time, each written when it is done."""
    kernels = Kernels()
    with ThreadPoolExecutor(_AT_A_TIME) as running, ThreadPoolExecutor(len(contents)) as making:
        # While the page of one is made, the next can run.
        runs = [
            running.submit(
                run, path, notebook, values=values[path], progress=progress, kernels=kernels
            )
            for path, notebook in contents.items()
        ]
        pages = [making.submit(_page, ran, folder) for ran in runs]
        try:
            # With Polars loaded, Ctrl-C does not wake a thread that waits without an end.
            while wait(pages, timeout=0.2).not_done:
                pass
            return [page.result() for page in pages]
        except BaseException:
            # Ctrl-C reaches this process alone: its kernels would run on to the end.
            for pool in (running, making):
                pool.shutdown(wait=False, cancel_futures=True)
            kernels.kill()
            raise


@dataclass(frozen=True)
class _Page:
    """A page that was written, and what there is to tell of it."""

    name: str
    left_out: list[str]
    failure: Failure | None


def _page(running: Future[Run], folder: Path) -> _Page:
    ran = running.result()
    from nbformat.v4 import new_notebook

    from spacecraft_analysis.report.export import page

    made = page(
        new_notebook(cells=ran.cells),
        name=ran.path.stem,
        folder=ran.path.parent,
        unfinished=str(ran.failure or ""),
    )
    _write(folder / f"{ran.path.stem}.html", made.html)
    return _Page(ran.path.stem, made.left_out, ran.failure)


def _write_columns(folder: Path) -> Path:
    from spacecraft_analysis.report.dictionary_page import columns_page

    return _write(folder / f"{COLUMNS}.html", columns_page().html)


def _index(folder: Path) -> str:
    from spacecraft_analysis.report.export import exporter

    return index_of(folder, exporter().environment)


def _write(path: Path, text: str) -> Path:
    try:
        write_atomic(path, text.encode())
    except OSError as error:
        raise ReportError(
            f"{path} can't be written: {error.strerror}; choose another --output"
        ) from error
    return path


def _failures(failed: Sequence[_Page], folder: Path) -> str:
    """The first failure in full and the others by name: at most ten lines."""
    first, *others = failed
    lines = [
        f"{first.name}.ipynb: {first.failure}",
        f"what there is of it: {folder / first.name}.html",
    ]
    if others:
        lines.append(f"failed too: {', '.join(f'{page.name}.ipynb' for page in others)}")
    return "\n".join(lines)
