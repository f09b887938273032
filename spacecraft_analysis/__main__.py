"""The command line: what can be typed after `spacecraft-analysis`, and what is refused."""

from __future__ import annotations

import os
import sys

# With -m Python looks for all code first where the caller happens to stand.
if __name__ == "__main__" and sys.path[0] == os.getcwd():
    del sys.path[0]

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

# What tables are made with is imported once a command is known: help and the shell's completion
# have to be quick.
from spacecraft_analysis.errors import LaunchLibraryError, SnapshotError
from spacecraft_analysis.query import MODES, ORDERINGS, Query
from spacecraft_analysis.terminal import Help, open_output

_INTERRUPTED = 130
_TABLES = ("spacecraft", "flights", "configurations", "dockings")
_FORMATS = (".parquet", ".csv", ".tsv", ".ndjson", ".xlsx")
_OR_FORMATS = f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
_SOURCE = "sample, live or a snapshot's file (default: sample)"
# The filters that take an id, with the columns that have it and its name.
_NAMED_IDS = {
    "status": ("status_id", "status_name"),
    "spacecraft_config": ("config_id", "config_name"),
}
_MEANINGS = {
    "mode": "detailed (with flights and configurations; the default) or normal",
    "in_space": "only craft that are, or are not, in space",
    "is_placeholder": "only placeholders, or only real craft",
    "name": "only craft of exactly this name",
    "spacecraft_config": "only craft of the configuration with this id; in the sample are",
    "status": "only craft with the status of this id; in the sample are",
    "search": "words that must all occur in the name of the craft or its configuration",
    "ordering": f"{', '.join(ORDERINGS)}, each with an optional -, which puts nulls first "
    "(default: id)",
    "limit": "at most so many spacecraft",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of one command: 0, or 1 with one clear line on stderr if it failed."""
    open_output()
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    asked = parser.parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        from spacecraft_analysis import commands

        getattr(commands, asked.command)(asked)
        sys.stdout.flush()
    except LaunchLibraryError as error:
        print(f"spacecraft-analysis: {error}", file=sys.stderr)
        return 1
    except (TypeError, ValueError) as error:
        if not getattr(asked, "checks_arguments", False):
            raise
        print(f"spacecraft-analysis: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        # Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # The reader of a pipe may have seen enough; a full disk is a failure.
        if not isinstance(error, BrokenPipeError):
            print(f"spacecraft-analysis: {error}", file=sys.stderr)
            return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


class _Help(Help):
    """Tells the ids that a filter takes, too."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        told = ", ".join(f"{number} {name}" for number, name in _ids(action.dest).items())
        return f"{action.help}: {told.replace('%', '%%')}" if told else action.help


class _Version(argparse.Action):
    """Prints the version, which takes as long to find as all the rest of the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        import spacecraft_analysis

        print(spacecraft_analysis.__version__)
        parser.exit()


def _ids(argument: str, **_: Any) -> dict[str, str]:
    """The ids that a filter takes and their names, as far as the sample has them."""
    if argument not in _NAMED_IDS:
        return {}
    from spacecraft_analysis.commands import named_ids

    return named_ids(*_NAMED_IDS[argument])


def _complete(parser: argparse.ArgumentParser) -> None:
    """What a shell asks for, where its user pressed the tab key; this then ends the process."""
    import argcomplete

    argcomplete.autocomplete(parser)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spacecraft-analysis",
        description="Every spacecraft that flew, from Launch Library 2 by The Space Devs.",
        formatter_class=Help,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    known = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_fetch(known)
    _add_plan(known)
    _add_report(known)
    _add_table(known)
    _add_check(known)
    _add_diff(known)
    _command(known, "dictionary", "every column and its meaning", "")
    _add_cache(known)
    doctor = _command(known, "doctor", "what a maintainer needs to help you", "")
    doctor.set_defaults(checks_arguments=True)
    return parser


def _add_fetch(known: Any) -> None:
    fetch = _command(known, "fetch", "every page of LL2 into a file", "--output today.json.gz")
    fetch.add_argument(
        "--output",
        type=_snapshot_file,
        required=True,
        metavar="FILE",
        help="where to: .json or .json.gz",
    )
    fetch.add_argument("--wait", action="store_true", help="wait out a throttle and go on")
    fetch.add_argument("--offline", action="store_true", default=None, help="kept pages only")
    _add_query(fetch)


def _add_plan(known: Any) -> None:
    purpose = "what a fetch would cost; fails where it can't be had"
    _add_query(_command(known, "plan", purpose, "--search Dragon"))


def _add_report(known: Any) -> None:
    report = _command(known, "report", "notebooks into pages to read", "--source today.json.gz")
    report.add_argument(
        "--source",
        type=_source,
        help="sample, live or a snapshot's file (default: what each notebook says)",
    )
    report.add_argument(
        "--output",
        type=_path,
        default=Path("reports"),
        metavar="FOLDER",
        help="where to (default: reports)",
    )
    report.add_argument(
        "-p",
        dest="parameters",
        type=_pair,
        action="append",
        metavar="NAME=VALUE",
        default=[],
        help="set what a cell tagged parameters declares; once a name",
    )
    report.add_argument(
        "notebooks", nargs="*", type=_path, metavar="NOTEBOOK", help="default: the essays"
    )


def _add_table(known: Any) -> None:
    table = _command(known, "table", "one of the tables", "flights --output flights.csv")
    table.add_argument("name", choices=_TABLES, metavar="NAME", help=f"{', '.join(_TABLES)}")
    table.add_argument("--source", type=_source, default="sample", help=_SOURCE)
    table.add_argument(
        "--dockings", action="store_true", help="ask for docking events, too (dockings needs them)"
    )
    table.add_argument(
        "--output",
        type=_table_file,
        metavar="FILE",
        help=f"where to: {_OR_FORMATS} (default: shown; in a pipe tab-separated)",
    )


def _add_check(known: Any) -> None:
    check = _command(known, "check", "what in the data can't be right", "sample")
    check.add_argument(
        "source", type=_source, nargs="?", default="sample", metavar="SOURCE", help=_SOURCE
    )
    check.add_argument(
        "--strict", action="store_true", help="exit with 1 where there is an error among them"
    )


def _add_diff(known: Any) -> None:
    diff = _command(known, "diff", "what changed between two snapshots", "old.json.gz new.json.gz")
    for side in ("old", "new"):
        diff.add_argument(
            side, type=_source, metavar=side.upper(), help="sample, live or a snapshot's file"
        )


def _add_cache(known: Any) -> None:
    cache = _command(known, "cache", "where pages are kept, how many and how old", "")
    cache.add_argument("--remove", action="store_true", help="remove them all")
    cache.set_defaults(checks_arguments=True)


def _command(known: Any, command: str, purpose: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = known.add_parser(
        command,
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        formatter_class=_Help,
        epilog=f"example: spacecraft-analysis {command} {example}".strip(),
    )
    parser.set_defaults(command=command)
    return parser


def _add_query(parser: argparse.ArgumentParser) -> None:
    """One flag for each of fetch's arguments, from the same declaration."""
    choices: dict[str, list[str]] = {
        "mode": [*MODES],
        "ordering": [*ORDERINGS, *(f"-{name}" for name in ORDERINGS)],
    }
    readers: dict[str, Callable[[str], Any]] = {"bool": _boolean, "int": int, "str": str}
    metavars = {"bool": "true|false", "int": "NUMBER"}
    for field in fields(Query):
        kind = str(field.type).split(" ")[0]
        flag: Any = parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=readers[kind],
            choices=choices.get(field.name),
            metavar=metavars.get(kind, field.name.upper()),
            default=argparse.SUPPRESS,
        )
        # Given with the rest, Python 3.14 would at once look up the ids that it tells.
        flag.help = _MEANINGS[field.name]
        if field.name in _NAMED_IDS:
            flag.completer = partial(_ids, field.name)
    parser.add_argument(
        "--dockings", action="store_true", help="fetch docking events, too: 6 requests more"
    )
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="ask for every page again, also for those of the last 24 hours",
    )
    parser.set_defaults(checks_arguments=True)


def _path(text: str) -> Path:
    from spacecraft_analysis.snapshot import local_path

    try:
        return local_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _snapshot_file(text: str) -> Path:
    """The path, refused before anything is asked of LL2 if no snapshot can be written there."""
    from spacecraft_analysis.snapshot import check_suffix

    path = _in_a_folder(text)
    try:
        check_suffix(path)
    except SnapshotError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path


def _table_file(text: str) -> Path:
    path = _in_a_folder(text)
    if path.suffix not in _FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r}: a table's file ends in {_OR_FORMATS}")
    return path


def _in_a_folder(text: str) -> Path:
    path = _path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no folder {path.parent}")
    return path


def _source(text: str) -> str:
    """The source as it stands; what can't be meant is refused at once."""
    if text == "live":
        from spacecraft_analysis.launch_library import LaunchLibrary

        try:
            LaunchLibrary()
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    _path(text)
    return text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE")
    return name, value


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected true or false") from None


def _joined(words: Sequence[str]) -> list[str]:
    """The words with `--ordering -name` as one, since argparse takes `-name` for a flag."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--ordering" and word.startswith("-"):
            joined[-1] = f"--ordering={word}"
        else:
            joined.append(word)
    return joined


if __name__ == "__main__":
    sys.exit(main())
