"""The command line: `spacecraft-analysis COMMAND`.

`_parser` declares the commands and their arguments; each command is a function of its name.
Whatever needs Polars or the network is imported where a command runs, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import spacecraft_analysis
from spacecraft_analysis import errors
from spacecraft_analysis.console import log_to_stderr, open_output, print_error, print_frame
from spacecraft_analysis.paths import local_path, write_atomic

if TYPE_CHECKING:
    from spacecraft_analysis.launch_library.client import LaunchLibrary
    from spacecraft_analysis.snapshot import Snapshot

_SOURCE = "sample, live or a snapshot file"
_DURATIONS = ("seconds", "days", "iso", "native")
_TYPED = {
    "LaunchLibrary(wait=True)": "the same command resumes then, and `fetch --wait`",
    "check(snapshot)": "`spacecraft-analysis check`",
    "base_url (LL2_BASE_URL)": "LL2_BASE_URL",
    " base_url": " LL2_BASE_URL",
    " or cache_dir to": " to",
}
# What a terminal shows of each table.
_MAIN_COLUMNS = {
    "spacecraft": ("spacecraft_id", "name", "family", "status_name", "flights_count"),
    "flights": ("flight_id", "spacecraft_name", "launch_net", "mission_end"),
    "configurations": ("config_id", "name", "family", "maiden_flight"),
    "dockings": ("docking_id", "spacecraft_name", "target_name", "docking", "departure"),
}


class _UsageError(Exception):
    """An argument or a setting that no command can use."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with 2; a misspelt choice gets the nearest, and an address loses its password."""
        if found := re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message):
            message += _did_you_mean(found[1], re.findall(r"[\w.-]+", found[2]))
        if message == "argument --ordering: expected one argument":
            message += "; a - in front needs an equals sign: --ordering=-time_docked"
        super().error(errors.redacted(message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; a failure is one line on stderr."""
    open_output()
    options = _parser().parse_args(arguments)
    # Where 1 means that something was found, a failure is 3.
    failed = 3 if getattr(options, "strict", False) else 1
    try:
        with warnings.catch_warnings(), log_to_stderr(verbose=options.verbose):
            warnings.showwarning = lambda message, *_, **__: print_error(_as_typed(message))
            status = options.run(options)
        sys.stdout.flush()
        return status or 0
    except _UsageError as error:
        print_error(error)
        return 2
    except errors.LaunchLibraryError as error:
        print_error(_as_typed(error))
        return 75 if error.temporary else failed
    except OSError as error:
        # Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A pipe's reader may have read enough; a full disk is a failure.
        if isinstance(error, BrokenPipeError):
            return 0
        print_error(": ".join(filter(None, (error.filename, error.strerror))) or error)
        return failed
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="spacecraft-analysis",
        description="Flights of crew and cargo spacecraft, from Launch Library 2 (The Space Devs).",
        epilog="exit status: 0 done; 1 failed, or found something (with `diff --exit-code` and "
        "`check --strict`, which exit with 3 if they fail); 2 wrong usage; 75 try again later "
        "(rate limit, no answer, the catalogue changed during the download); 130 interrupted",
    )
    version = spacecraft_analysis.__version__
    parser.add_argument("--version", action="version", version=version, help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[Any], int | None], purpose: str, example: str = "") -> Any:
        """Add a command and return the function that adds its arguments."""
        name = run.__name__.removeprefix("_")
        description = f"{purpose[0].upper()}{purpose[1:]}."
        epilog = f"example: spacecraft-analysis {name} {example}".strip()
        one = commands.add_parser(name, help=purpose, description=description, epilog=epilog)
        one.add_argument("-v", "--verbose", action="store_true", help="print a log to stderr")
        one.set_defaults(run=run)
        return one.add_argument

    output: Any = {"type": _output_file, "metavar": "FILE"}
    source: Any = {"type": _source, "default": "sample", "help": f"{_SOURCE} (default: sample)"}
    tables = ", ".join(_MAIN_COLUMNS)

    add = command(_fetch, "download the catalogue to a file", "--output today.json.gz")
    add("--output", required=True, help="file to write (.json or .json.gz)", **output)
    add("--wait", action="store_true", help="wait for the rate limit and go on")
    add("--offline", action="store_true", default=None, help="use cached pages only")
    _add_query(add)

    _add_query(command(_plan, "show how many requests a fetch needs", "--search Dragon"))

    add = command(_report, "build HTML pages from notebooks", "--source today.json.gz")
    value: Any = {"type": _pair, "default": [], "metavar": "NAME=VALUE", "action": "append"}
    parameter = "set a name that a cell tagged `parameters` declares; can be repeated"
    folder: Any = {"type": _path, "metavar": "FOLDER"}
    add("--source", type=_source, help=f"{_SOURCE} (default: what each notebook declares)")
    add("--output", default=Path("reports"), help="folder to write (default: reports)", **folder)
    add("-p", dest="parameters", help=parameter, **value)
    add("notebooks", nargs="*", type=_path, metavar="NOTEBOOK", help="default: the essays")

    add = command(_table, "print or save one table", "flights --output flights.csv")
    help = "with --source live: also download docking events (the table dockings always does)"
    durations = (
        "seconds (default), days (default for .xlsx), iso or native (default for .parquet; DuckDB "
        "reads it as a whole number of microseconds)"
    )
    add("name", choices=_MAIN_COLUMNS, metavar="NAME", help=tables)
    add("--source", **source)
    add("--dockings", action="store_true", help=help)
    add("--columns", help="only these columns", type=_names, metavar="A,B")
    help = "file to write: .parquet, .csv, .tsv, .ndjson or .xlsx (default: print; TSV in a pipe)"
    add("--output", help=help, **output)
    add("--durations", choices=_DURATIONS, metavar="FORM", help=durations)

    purpose = "write all tables for other tools, with their types, units, meanings and keys"
    add = command(_export, purpose, "tables --source today.json.gz")
    help = "folder (a Data Package), .duckdb file or .xlsx file to write"
    durations = (
        "seconds (the default), days (alone in a workbook), iso (ISO 8601 text) or native (the "
        "format's own)"
    )
    add("path", type=_output_file, metavar="PATH", help=help)
    add("--source", **source)
    add("--format", choices=("csv", "parquet"), help="in a folder (default: csv)")
    add("--durations", choices=_DURATIONS, metavar="FORM", help=durations)

    add = command(_check, "list values that contradict each other or look wrong", "today.json.gz")
    add("source", nargs="?", metavar="SOURCE", **source)
    add("--strict", action="store_true", help="exit with 1 if a finding is an error, 3 on failure")

    add = command(_diff, "list changes between two snapshots", "old.json.gz new.json.gz")
    add("old", type=_source, metavar="OLD", help=_SOURCE)
    add("new", type=_source, metavar="NEW", help=_SOURCE)
    help = "exit with 1 if there are changes, 3 on failure"
    add("--exit-code", dest="strict", action="store_true", help=help)

    add = command(_dictionary, "list columns and their meanings", "flights")
    help = f"{tables} (default: all)"
    add("table", nargs="?", choices=_MAIN_COLUMNS, metavar="TABLE", help=help)

    add = command(_notebooks, "copy the essays into a folder to work on", "essays")
    add("folder", help="folder to write", **folder)

    add = command(_cache, "show or delete the cached pages")
    add("--remove", action="store_true", help="delete all cached pages")

    command(_doctor, "print diagnostics for a bug report")
    return parser


def _add_query(add: Any) -> None:
    """Add a flag for each argument of `LaunchLibrary.fetch`; `Query` checks the values."""
    unset: Any = {"default": argparse.SUPPRESS}
    boolean: Any = {"type": _boolean, "metavar": "true|false"} | unset
    number: Any = {"type": int, "metavar": "ID"} | unset
    ordering = (
        "id (the default), flights_count, mission_ends_count, time_docked or time_in_space; "
        "descending, unknown values first, with a - in front: --ordering=-time_docked"
    )
    add("--mode", help="detailed (with flights and configurations; the default) or normal", **unset)
    add("--in-space", help="only spacecraft that are, or are not, in space", **boolean)
    add("--is-placeholder", help="only placeholders, or only real spacecraft", **boolean)
    add("--name", help="only spacecraft of exactly this name", **unset)
    add("--spacecraft-config", help="only this configuration (`table configurations`)", **number)
    add("--status", help="only this status (status_id in `table spacecraft`)", **number)
    add("--search", help="words, all in the name of spacecraft or configuration", **unset)
    add("--ordering", help=ordering, **unset)
    add("--limit", help="at most this many spacecraft", **number | {"metavar": "NUMBER"})
    add("--dockings", action="store_true", help="also download docking events (6 more requests)")
    refresh = "ignore the cache and download every page again; resumes, too, after a rate limit"
    add("--refresh", action="store_true", help=refresh)


# fetch and plan


def _fetch(options: argparse.Namespace) -> None:
    from spacecraft_analysis.snapshot import check_suffix

    try:
        # Before any request: a file that no snapshot can be written to.
        check_suffix(options.output)
    except errors.SnapshotError as error:
        raise _UsageError(error) from error
    query = _query(options)

    def show(done: int, total: int | None, message: str) -> None:
        print_error(f"{done}/{total or '?'} pages: {message}")

    # A terminal has a bar, and a log tells more.
    progress = None if sys.stderr.isatty() or options.verbose else show
    try:
        library = _library(wait=options.wait, offline=options.offline, progress=progress)
        snapshot = library.fetch(**query)
        _report_empty("LL2", snapshot)
        path = snapshot.write(options.output)
    except KeyboardInterrupt as error:
        # During the download a note says how many pages are cached, then what to do in Python.
        cached = [note.split(";")[0] for note in getattr(error, "__notes__", [])]
        print_error("; ".join(["interrupted", *cached, "the same command resumes"]))
        raise
    # Cached pages can be of yesterday.
    retrieved = f"retrieved {snapshot.retrieved_at:%Y-%m-%d %H:%M} UTC"
    print(f"{snapshot.count:,} spacecraft, {retrieved}, written to {path}")


def _plan(options: argparse.Namespace) -> None:
    plan = _library().plan(**_query(options))
    print(plan)
    if plan.unanswered and plan.requests:
        raise errors.AnswerError(plan.unanswered, temporary=plan.temporary)


def _query(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `fetch` that were set, checked before anything is sent."""
    from spacecraft_analysis.query import Query

    names = Query.__dataclass_fields__
    filters = {name: value for name, value in vars(options).items() if name in names}
    try:
        Query(**filters)
    except ValueError as error:
        raise _UsageError(_as_typed(error)) from error
    return filters | {"dockings": options.dockings, "refresh": options.refresh}


# report


def _report(options: argparse.Namespace) -> None:
    from spacecraft_analysis.report.build import write_report

    names = [name for name, _ in options.parameters] + ["source"] * (options.source is not None)
    for name in names:
        if names.count(name) > 1:
            raise _UsageError(f"{name} is set twice")
    if options.source == "live":
        # A wrong setting is wrong usage, before any notebook runs.
        _library()
    elif options.source not in (None, "sample"):
        # A file that is no snapshot, or an empty one, is reported before any notebook runs.
        _load(options.source)
    index, *_ = write_report(
        options.notebooks,
        output=options.output,
        source=options.source,
        parameters=dict(options.parameters),
    )
    print(f"report written; open {index} in a browser")


def _notebooks(options: argparse.Namespace) -> None:
    from spacecraft_analysis.report.build import bundled_notebooks

    if options.folder.is_file():
        raise _UsageError(f"{options.folder} is a file; pass a folder to copy the essays into")
    options.folder.mkdir(parents=True, exist_ok=True)
    essays, unchanged = bundled_notebooks(), 0
    for essay in essays:
        copy, content = options.folder / essay.name, essay.read_bytes()
        if not copy.exists():
            copy.write_bytes(content)
            print(copy)
        elif copy.read_bytes() != content:
            print_error(f"{copy} differs from the essay and was left as it is")
        else:
            unchanged += 1
    if unchanged == len(essays):
        print_error(f"the essays are in {options.folder} already, unchanged")


# Commands that read a snapshot


def _table(options: argparse.Namespace) -> None:
    from spacecraft_analysis.frames.formats import FORMATS

    output = options.output
    if output and output.suffix not in FORMATS:
        raise _UsageError(f"{output}: a table file ends in one of {', '.join(FORMATS)}")
    snapshot = _load(options.source, dockings=options.dockings or options.name == "dockings")
    frame = getattr(snapshot, options.name)
    if unknown := set(options.columns or ()) - {*frame.columns}:
        near = _did_you_mean(min(unknown), frame.columns)
        known = f"`dictionary {options.name}` lists the columns"
        raise _UsageError(f"{options.name} has no column {min(unknown)!r}{near}; {known}")
    frame = frame.select(options.columns or frame.columns)
    durations = [options.durations] if options.durations else []
    if not output:
        shown = options.columns or _MAIN_COLUMNS[options.name]
        print_frame(frame, shown, f"rows of {options.name}", *durations)
        return
    try:
        write_atomic(output, FORMATS[output.suffix](frame, *durations))
    except OSError as error:
        raise errors.SnapshotError(f"{output} can't be written: {error.strerror}") from error
    print(f"{frame.height:,} rows of {options.name} written to {output}")


def _export(options: argparse.Namespace) -> None:
    from spacecraft_analysis.snapshot.export import export

    if options.format and options.path.suffix in (".duckdb", ".xlsx"):
        raise _UsageError(f"{options.path}: --format is for a folder")
    settings = {"format": options.format or "csv", "durations": options.durations}
    is_there = options.path.is_file() or (options.path / "datapackage.json").is_file()
    replaced = ", replacing an earlier export" if is_there else ""
    try:
        done = export(_load(options.source), options.path, **settings)
    except ValueError as error:
        raise _UsageError(_as_typed(error)) from error
    for sentence in done.left_out:
        print_error(f"left out: {_as_typed(sentence)}")
    print(f"{', '.join(done.tables)} written to {done.path}{replaced}")


def _check(options: argparse.Namespace) -> int:
    from spacecraft_analysis.snapshot import check

    snapshot = _load(options.source)
    findings = check(snapshot)
    print_frame(findings, ("severity", "rule", "spacecraft_name", "explanation"), "findings")
    _report_missing({options.source: snapshot}, "checked")
    count = findings["severity"].eq("error").sum()
    if not (options.strict and count):
        return 0
    print_error(f"{options.source}: {count:,} error{'s' * (count > 1)} found")
    return 1


def _diff(options: argparse.Namespace) -> int:
    from spacecraft_analysis.snapshot.diff import diff

    snapshots = {source: _load(source) for source in (options.old, options.new)}
    changes = diff(snapshots[options.old], snapshots[options.new])
    print_frame(changes, ("table", "spacecraft_name", "column", "change", "old", "new"), "changes")
    _report_missing(snapshots, "compared")
    queries = {source: _typed_query(one) or "all" for source, one in snapshots.items()}
    if len({*queries.values()}) > 1:
        selected = "; ".join(f"{source}: {query}" for source, query in queries.items())
        print_error(f"what only one query selects is listed as added or removed ({selected})")
    return 1 if options.strict and changes.height else 0


def _report_missing(snapshots: Mapping[str, Snapshot], done: str) -> None:
    """Report on stderr what was left out because a source lacks it and another has it."""
    for things, has, flag in (
        ("docking events", "has_dockings", "--dockings"),
        ("flights and configurations", "is_detailed", "--mode detailed"),
    ):
        lacking = [source for source, snapshot in snapshots.items() if not getattr(snapshot, has)]
        # "live" has no flag for more; a file without them was perhaps fetched so on purpose.
        if lacking and ("live" in lacking or len(lacking) < len(snapshots)):
            print_error(
                f"{things} were not {done}: {' and '.join(lacking)} has none; "
                f"`fetch {flag} --output FILE` gets them"
            )


def _dictionary(options: argparse.Namespace) -> None:
    from spacecraft_analysis.frames.tables import data_dictionary

    columns = data_dictionary()
    if options.table:
        columns = columns.filter(table=options.table)
    print_frame(columns, ("table", "column", "unit", "meaning"), "columns")


# cache and doctor


def _cache(options: argparse.Namespace) -> None:
    from spacecraft_analysis.launch_library.cache import clear_cache, describe_cache

    try:
        folder = _library().cache_dir
    except errors.CacheError as error:
        print(f"no pages cached: {_as_typed(error)}")
        return
    if options.remove and clear_cache(folder, lambda *step: print_error(step[-1])):
        print(f"removed the pages cached in {folder}")
    else:
        print(f"{describe_cache(folder)} cached in {folder}")


def _doctor(options: argparse.Namespace) -> None:
    from spacecraft_analysis.launch_library.doctor import diagnosis, versions

    # Also where a setting can't be used.
    print("versions", *(f"  {line}" for line in versions()), sep="\n")
    for heading, lines in diagnosis(_library()).items():
        print(heading, *(f"  {_as_typed(line)}" for line in lines), sep="\n")


# What commands share


def _library(**settings: Any) -> LaunchLibrary:
    from spacecraft_analysis.launch_library.client import LaunchLibrary

    try:
        return LaunchLibrary(**settings)
    except ValueError as error:
        raise _UsageError(error) from error


def _load(source: str, *, dockings: bool = False) -> Snapshot:
    from spacecraft_analysis.launch_library.sources import load

    if source == "live":
        snapshot = _library().fetch(dockings=dockings)
    else:
        snapshot = load(source, dockings=dockings)
    _report_empty(source, snapshot)
    return snapshot


def _report_empty(source: str, snapshot: Snapshot) -> None:
    if not snapshot.count:
        print_error(f"{source}: no spacecraft match {_typed_query(snapshot) or 'the query'}")


def _typed_query(snapshot: Snapshot) -> str:
    """Return what selected a snapshot's spacecraft, as flags; empty where nothing did."""
    from spacecraft_analysis.snapshot.file_format import selecting

    return " ".join(
        f"--{name.replace('_', '-')} {shlex.quote(str(value))}"
        for name, value in selecting(snapshot.query).items()
    )


def _did_you_mean(word: str, words: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, words, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _as_typed(message: object) -> str:
    """Return a message with flags and commands for Python's words: --dockings for dockings=True."""
    message = str(message)
    for python, typed in _TYPED.items():
        message = message.replace(python, typed)
    flags = re.sub(r"\b(dockings|refresh|wait|offline)=True\b", r"--\1", message)
    flags = re.sub(r"\bmode='(\w+)'", r"--mode \1", flags)
    return re.sub(r"^\w+(?==)", lambda name: f"--{name[0].replace('_', '-')}", flags)


def _path(text: str) -> Path:
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text} is an address; expected a path: download it")
    try:
        return local_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _source(text: str) -> str:
    if text not in ("sample", "live"):
        _path(text)
    return text


def _output_file(text: str) -> Path:
    path = _path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no folder {path.parent}")
    return path


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE")
    return name, value


def _names(text: str) -> list[str]:
    """Return the names between commas, each once."""
    return [*dict.fromkeys(name.strip() for name in text.split(","))]


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected true or false")
    return text.lower() == "true"
