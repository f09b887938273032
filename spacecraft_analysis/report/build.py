"""Notebooks → a folder of offline pages with an index.

Kernels take longest to start, so what only pages need is imported while the first ones do.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.paths import local_path, write_atomic
from spacecraft_analysis.report.execute import Kernels, Progress, run
from spacecraft_analysis.report.import_speedups import import_jsonschema
from spacecraft_analysis.report.notebook import (
    DICTIONARY,
    READING_ORDER,
    changes_kernel,
    check_parameters,
    check_source,
    code_cells,
    declared,
    read_notebook,
    set_parameters,
)

if TYPE_CHECKING:
    from spacecraft_analysis.report.page import Contents

_NEEDED = (
    *("IPython", "ipykernel", "jupyter_client", "latex2mathml", "nbclient", "nbconvert"),
    *("nbformat", "nh3", "vl_convert"),
)
# A cell's error after which the same command may succeed later; a kernel sends it as text alone.
_LATER = re.compile(r"\b(Throttled|Incomplete|Slow|Down)Error: |AnswerError: .*received status 5")


def bundled_notebooks() -> list[Path]:
    """Return the notebooks of the package: those of a checkout, or the installed copies."""
    package = Path(__file__).parent.parent
    is_checkout = (package.parent / "pyproject.toml").exists()
    folder = (package.parent if is_checkout else package) / "notebooks"
    return [folder / f"{name}.ipynb" for name in READING_ORDER]


def write_report(
    notebooks: Sequence[str | Path] | None = None,
    *,
    output: str | Path = "reports",
    source: str | None = None,
    parameters: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Run notebooks and write their pages; return the paths of the index and of the pages.

    Each page is one file that needs nothing else and sends no request.

    Args:
        notebooks: Paths of notebooks; without any, those of the package, and beside their pages
            one that says what each column means.
        output: The folder for the pages; it is made if need be.
        source: "sample", "live" or the path of a snapshot's file, for the notebooks that declare
            a `source`; without it, what they say themselves.
        parameters: Values for names that the notebooks declare, as typed: Python literals or text.
        progress: Called for each notebook at the start, then before each cell; without it, bars
            on stderr if that is a terminal.

    Raises:
        ReportError: A notebook can't be read, a cell failed or a chart could not be drawn. The
            message names the cell; all pages are written, that of a failed notebook marked as
            unfinished. It is `temporary` where LL2 could not be reached or throttled the cell.
        LaunchLibraryError: LL2 did not send what several notebooks need for "live"; the message
            says what to do. No notebook has run.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        # They are imported only later, or in a kernel.
        raise ReportError(
            f"a report needs {', '.join(missing)}: pip install 'spacecraft-analysis[notebooks]'"
        )
    import_jsonschema()
    paths = [local_path(path) for path in notebooks] if notebooks else bundled_notebooks()
    for number, path in enumerate(paths):
        if path.stem in ("index", *(other.stem for other in paths[:number])):
            raise ReportError(f"two pages would be named {path.stem}.html; rename {path}")
    contents = {path: read_notebook(path) for path in paths}
    typed = dict(parameters or {})
    if source is not None and "source" in typed:
        raise ReportError("source is passed twice; leave out either --source or -p source=…")
    check_parameters(typed, contents)
    source = typed.pop("source", source)
    if source is not None:
        check_source(contents)
        if source not in ("sample", "live"):
            # A kernel works in its notebook's folder.
            source = str(local_path(source).resolve())
    for notebook in contents.values():
        set_parameters(notebook, source, typed)
    live = [one for one in contents.values() if declared(one).get("source") == "live"]
    if len(live) > 1:
        from spacecraft_analysis.launch_library.sources import load

        # One download for all; or LL2's refusal is met once, and not by each.
        load("live", dockings=True)
    folder = local_path(output)
    with _reported(f"{folder} can't be made"):
        folder.mkdir(parents=True, exist_ok=True)
    with _reporting(progress) as report:
        for path, notebook in contents.items():
            report(path.stem, "", 0, len(code_cells(notebook.cells)))
        pages = _run_all(contents, folder, report, dictionary=not notebooks)
    from spacecraft_analysis.report.export import exporter
    from spacecraft_analysis.report.index import index_of

    _write(folder / "index.html", index_of(folder, exporter().environment))
    for page in pages:
        for sentence in page.left_out:
            print(f"{page.name}: {sentence}", file=sys.stderr)
    if failures := _failures(pages, folder):
        temporary = any(_LATER.search(page.unfinished) for page in pages)
        raise ReportError(failures, temporary=temporary)
    names = ["index", *(page.name for page in pages), *([] if notebooks else [DICTIONARY])]
    return [folder / f"{name}.html" for name in names]


@contextmanager
def _reporting(progress: Progress | None) -> Iterator[Progress]:
    """Return the caller's own progress function, or one that draws bars on a terminal's stderr."""
    if progress is not None or not (sys.stderr and sys.stderr.isatty()):
        yield progress or (lambda *_: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    words = TextColumn("{task.description}", markup=False)
    bars = Bars(BarColumn(20), MofNCompleteColumn(), words, console=Console(stderr=True))
    tasks: dict[str, Any] = {}

    def draw(name: str, heading: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=total)
        text = f"{name}: {heading}" if heading else name
        bars.update(tasks[name], completed=done, description=text)

    with bars:
        yield draw


def _run_all(
    contents: Mapping[Path, Any], folder: Path, progress: Progress, *, dictionary: bool
) -> list[Contents]:
    """Run some notebooks at a time, and write the page of each when its run has ended."""
    # What starts a kernel; so the first ones start before the imports below take the processors.
    import nbclient  # noqa: F401

    def prepare() -> None:
        """Import the exporter, compile its templates and start the engine that draws charts."""
        from spacecraft_analysis.report import svg
        from spacecraft_analysis.report.export import exporter

        exporter().environment.get_template("index.html.j2")
        svg.engine()
        if dictionary:
            _write(folder / f"{DICTIONARY}.html", dictionary_page().html)

    def write_page(path: Path, running: Future[str]) -> Contents:
        failure = running.result()
        if kernels.ended:
            # The page of an earlier run says more than one that ends where its kernel was killed.
            raise CancelledError
        from spacecraft_analysis.report.export import page

        cells = contents[path].cells
        made = page(cells, name=path.stem, folder=path.parent, unfinished=failure)
        _write(folder / f"{path.stem}.html", made.html)
        return made

    with (
        Kernels() as kernels,
        # Where this process takes outputs, the kernel that sent them rests.
        ThreadPoolExecutor(os.cpu_count()) as running,
        ThreadPoolExecutor(1) as making,
    ):
        runs, bundled = {}, bundled_notebooks()
        for path, notebook in contents.items():
            # In a checkout anyone may edit an essay.
            shared = path.resolve() in bundled and not changes_kernel(notebook)
            runs[path] = running.submit(
                run, path, notebook, progress=progress, kernels=kernels, shared=shared
            )
        # Done while the first kernels start.
        prepared = making.submit(prepare)
        pages = [making.submit(write_page, path, ran) for path, ran in runs.items()]
        try:
            # With Polars loaded, Ctrl-C does not wake a thread that waits without a timeout.
            while wait(pages, timeout=0.2).not_done:
                pass
            prepared.result()
            return [page.result() for page in pages]
        except BaseException:
            # Ctrl-C reaches this process alone: its kernels would run on to their end.
            for pool in (running, making):
                pool.shutdown(wait=False, cancel_futures=True)
            kernels.kill()
            raise


def dictionary_page() -> Contents:
    """Return the page that says what each column of each table means; no notebook makes it."""
    import polars as pl
    from nbformat.v4 import new_markdown_cell

    from spacecraft_analysis.frames.tables import TABLES, data_dictionary
    from spacecraft_analysis.report.export import page
    from spacecraft_analysis.report.page import ANSWER
    from spacecraft_analysis.report.payloads import PROVENANCE, provenance
    from spacecraft_analysis.report.tables import TABLE, table

    columns = data_dictionary()
    names = ", ".join(one.name for one in TABLES)
    answer = (
        f"**{columns.height} columns** in {len(TABLES)} tables: {names}. A column without a path "
        "is derived from others or added on retrieval; every time is in UTC."
    )
    cells = [
        new_markdown_cell("# Which columns are there?"),
        _shown({"text/markdown": answer}, ANSWER),
        # It is made from declarations, not from a snapshot.
        _shown({PROVENANCE: asdict(provenance([]))}),
    ]
    for one in TABLES:
        rows = columns.filter(pl.col("table") == one.name)
        # Microseconds and UTC are the same everywhere, and would leave the meaning no room.
        dtype = pl.col("dtype").str.replace(r"\(time_unit.*\)", "").alias("type")
        shown = rows.select("column", "meaning", "unit", dtype, "path")
        cells.append(new_markdown_cell(f"## {one.name}: {one.grain}"))
        cells.append(_shown({TABLE: asdict(table(shown, whole=True))}))
    return page(cells, name=DICTIONARY, folder=Path())


def _shown(data: dict[str, Any], *tags: str) -> Any:
    from nbformat.v4 import new_code_cell, new_output

    output = new_output("display_data", data=data)
    return new_code_cell(outputs=[output], metadata={"tags": list(tags)})


def _write(path: Path, text: str) -> None:
    with _reported(f"{path} can't be written"):
        write_atomic(path, text.encode())


@contextmanager
def _reported(problem: str) -> Iterator[None]:
    """Raise an error of the file system as a ReportError."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"{problem}: {error.strerror}; choose another --output") from error


def _failures(pages: Sequence[Contents], folder: Path) -> str:
    """Return the first failed run in full, the others by name, and each chart not drawn."""
    failed = [page for page in pages if page.unfinished]
    lines = []
    for page in failed[:1]:
        lines.append(f"{page.name}.ipynb: {page.unfinished}")
        lines.append(f"partial page written to {folder / page.name}.html")
    if failed[1:]:
        lines.append(f"also failed: {', '.join(f'{page.name}.ipynb' for page in failed[1:])}")
    lines += [f"{page.name}.ipynb: {sentence}" for page in pages for sentence in page.not_drawn]
    return "\n".join(lines)
