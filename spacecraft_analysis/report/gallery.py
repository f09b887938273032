"""Notebooks → a folder of offline pages with an index."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.launch_library import load
from spacecraft_analysis.report.notebook import read
from spacecraft_analysis.report.parameters import check_parameters, given
from spacecraft_analysis.report.run import Kernels, Progress, Run, run
from spacecraft_analysis.report.source import check_source, found_source, live_questions

# As one would read them; whatever else there is follows by name.
_READING_ORDER = ("spacecraft", "turnaround", "utilisation", "data_quality")
_AT_A_TIME = 2


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
    first = [name for name in _READING_ORDER if name in found]
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
        notebooks: Paths of notebooks; without any, those that come with the package.
        output: The folder for the pages; it is made if need be.
        source: "sample", "live" or the path of a snapshot's file, for the notebooks that declare
            a `source`; without it, what they say themselves.
        parameters: Values for names that the notebooks declare, as typed: Python literals or text.
        progress: Called before each cell; without it, a bar on stderr if that is a terminal.

    Raises:
        ReportError: A notebook can't be read or run to its end. The message names the cell; the
            pages of the others are written, and the failed one's is kept, marked as unfinished.
        LaunchLibraryError: LL2 did not send what the bundled notebooks need for "live"; the message
            says what to do. None has run.
    """
    paths = [Path(path) for path in notebooks] if notebooks else bundled_notebooks()
    _check_names(paths)
    contents = {path: read(path) for path in paths}
    values = _values(contents, source, parameters or {})
    _pull_once(contents, values)
    folder = _made(Path(output))
    with _telling(progress) as tell:
        runs = _run_all(contents, values, tell)
    written = _write_pages(runs, folder)
    failed = [run for run in runs if run.failure]
    if failed:
        raise ReportError(_failures(failed, folder))
    return written


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
    contents: Mapping[Path, Any], values: Mapping[Path, Any], progress: Progress
) -> list[Run]:
    """Every notebook after its run, some at a time."""
    kernels = Kernels()
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        futures = [
            pool.submit(
                run, path, notebook, values=values[path], progress=progress, kernels=kernels
            )
            for path, notebook in contents.items()
        ]
        try:
            # With Polars loaded, Ctrl-C does not wake a thread that waits without an end.
            while wait(futures, timeout=0.2).not_done:
                pass
            return [future.result() for future in futures]
        except BaseException:
            # Ctrl-C reaches this process alone: its kernels would run on to the end.
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.kill()
            raise


def _write_pages(runs: Sequence[Run], folder: Path) -> list[Path]:
    from nbformat.v4 import new_notebook

    from spacecraft_analysis.report.cards import card_of, index
    from spacecraft_analysis.report.export import page

    pages = {
        run.path.stem: page(
            new_notebook(cells=run.cells),
            name=run.path.stem,
            folder=run.path.parent,
            unfinished=str(run.failure or ""),
        )
        for run in runs
    }
    for name, made in pages.items():
        for sentence in made.left_out:
            print(f"{name}: {sentence}", file=sys.stderr)
    cards = {name: card for name, made in pages.items() if (card := card_of(made.html))}
    texts = {"index": index(cards)} | {name: made.html for name, made in pages.items()}
    return [_write(folder / f"{name}.html", text) for name, text in texts.items()]


def _write(path: Path, text: str) -> Path:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise ReportError(
            f"{path} can't be written: {error.strerror}; choose another --output"
        ) from error
    return path


def _failures(failed: Sequence[Run], folder: Path) -> str:
    """The first failure in full and the others by name: at most ten lines."""
    first, *others = failed
    lines = [
        f"{first.path.name}: {first.failure}",
        f"what there is of it: {folder / first.path.stem}.html",
    ]
    if others:
        lines.append(f"failed too: {', '.join(run.path.name for run in others)}")
    return "\n".join(lines)


@contextmanager
def _telling(progress: Progress | None) -> Iterator[Progress]:
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
