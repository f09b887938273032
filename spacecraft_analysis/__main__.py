"""The command line: `spacecraft-analysis`, or `python -m spacecraft_analysis`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import AnswerError, LaunchLibraryError, SnapshotError
from spacecraft_analysis.frames import data_dictionary
from spacecraft_analysis.launch_library import LaunchLibrary, load
from spacecraft_analysis.query import MODES, ORDERINGS, Query
from spacecraft_analysis.snapshot import check, diff, is_gzip, local_path
from spacecraft_analysis.terminal import open_output, show, show_sections

_INTERRUPTED = 130
_SOURCE = "sample, live or a snapshot's file (default: sample)"
_MEANINGS = {
    "mode": "detailed (with flights and configurations; the default) or normal",
    "in_space": "only craft that are, or are not, in space",
    "is_placeholder": "only placeholders, or only real craft",
    "name": "only craft of exactly this name",
    "spacecraft_config": "only craft of the configuration with this id",
    "status": "only craft with the status of this id",
    "search": "words that must all occur in the name of the craft or its configuration",
    "ordering": f"{', '.join(ORDERINGS)}, each with an optional - (default: id)",
    "limit": "at most so many spacecraft",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of one command: 0, or 1 with one clear line on stderr if it failed."""
    open_output()
    asked = _parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        asked.command(asked)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spacecraft-analysis",
        description="Every spacecraft that flew, from Launch Library 2 by The Space Devs.",
    )
    parser.add_argument("--version", action="version", version=version("spacecraft-analysis"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fetch = _command(
        commands, "fetch", _fetch, "every page of LL2 into a file", "--output today.json.gz"
    )
    fetch.add_argument(
        "--output",
        type=_snapshot_file,
        required=True,
        metavar="FILE",
        help="where to: .json or .json.gz",
    )
    fetch.add_argument("--wait", action="store_true", help="wait out a throttle and go on")
    fetch.add_argument("--offline", action="store_true", default=None, help="kept pages only")
    plan = _command(commands, "plan", _plan, "what a fetch would cost", "--search Dragon")
    for command in (fetch, plan):
        _add_query(command)
        command.set_defaults(checks_arguments=True)
    _add_report(commands)
    checked = _command(commands, "check", _check, "what in the data can't be right", "sample")
    checked.add_argument(
        "source", type=_source, nargs="?", default="sample", metavar="SOURCE", help=_SOURCE
    )
    compared = _command(
        commands, "diff", _diff, "what changed between two snapshots", "old.json.gz new.json.gz"
    )
    for side in ("old", "new"):
        compared.add_argument(
            side, type=_source, metavar=side.upper(), help="sample, live or a snapshot's file"
        )
    _command(commands, "dictionary", _dictionary, "every column and its meaning", "")
    _command(commands, "doctor", _doctor, "what a maintainer needs to help you", "").set_defaults(
        checks_arguments=True
    )
    _add_cache(commands)
    return parser


def _add_cache(commands: Any) -> None:
    cache = _command(
        commands, "cache", _cache, "where pages are kept, how many and how old", "--remove"
    )
    cache.add_argument("--remove", action="store_true", help="remove them all")
    cache.set_defaults(checks_arguments=True)


def _add_report(commands: Any) -> None:
    report = _command(
        commands, "report", _report, "notebooks into pages to read", "--source today.json.gz"
    )
    report.add_argument("--source", type=_source, help=_SOURCE)
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
        action="append",
        metavar="NAME=VALUE",
        default=[],
        help="set what a cell tagged parameters declares; may be repeated",
    )
    report.add_argument(
        "notebooks", nargs="*", type=_path, metavar="NOTEBOOK", help="default: the four essays"
    )


def _command(
    commands: Any, name: str, command: Any, purpose: str, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=f"example: spacecraft-analysis {name} {example}".strip(),
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
    for field in fields(Query):
        kind = str(field.type).split(" ")[0]
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=readers[kind],
            choices=choices.get(field.name),
            metavar="true|false" if kind == "bool" else field.name.upper(),
            default=argparse.SUPPRESS,
            help=_MEANINGS[field.name],
        )
    parser.add_argument("--refresh", action="store_true", help="ask for every page again")


def _path(text: str) -> Path:
    try:
        return local_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _snapshot_file(text: str) -> Path:
    """The path, refused before anything is asked of LL2 if no snapshot can be written there."""
    path = _path(text)
    try:
        is_gzip(path)
    except SnapshotError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no folder {path.parent}")
    return path


def _source(text: str) -> str:
    """The source as it stands; what can't be meant is refused at once."""
    if text == "live":
        try:
            LaunchLibrary()
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    _path(text)
    return text


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


def _query(asked: argparse.Namespace) -> dict[str, Any]:
    names = [field.name for field in fields(Query)]
    return {name: value for name, value in vars(asked).items() if name in (*names, "refresh")}


def _fetch(asked: argparse.Namespace) -> None:
    library = LaunchLibrary(wait=asked.wait, offline=asked.offline)
    snapshot = library.fetch(**_query(asked))
    path = snapshot.write(asked.output)
    print(f"{snapshot.count:,} spacecraft written to {path}")


def _plan(asked: argparse.Namespace) -> None:
    plan = LaunchLibrary().plan(**_query(asked))
    print(plan)
    if plan.unanswered and plan.requests:
        raise AnswerError(plan.unanswered)


def _report(asked: argparse.Namespace) -> None:
    from spacecraft_analysis.report.gallery import write_report

    index, *_ = write_report(
        asked.notebooks,
        output=asked.output,
        source=asked.source,
        parameters=dict(_pairs(asked.parameters)),
    )
    print(f"report written; open {index} in a browser")


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not (name and equals):
            print(f"spacecraft-analysis: -p {name}: expected NAME=VALUE", file=sys.stderr)
            raise SystemExit(2)
    return [(name, value) for name, _, value in pairs]


def _check(asked: argparse.Namespace) -> None:
    found = check(load(asked.source))
    show(found, ("severity", "rule", "spacecraft_name", "explanation"), "findings")


def _diff(asked: argparse.Namespace) -> None:
    changes = diff(load(asked.old), load(asked.new))
    show(changes, ("table", "spacecraft_name", "column", "change", "old", "new"), "changes")


def _dictionary(asked: argparse.Namespace) -> None:
    columns = data_dictionary()
    show(columns, ("table", "column", "dtype", "meaning"), "columns")


def _doctor(asked: argparse.Namespace) -> None:
    from spacecraft_analysis.launch_library.doctor import diagnosis

    show_sections(diagnosis(LaunchLibrary()))


def _cache(asked: argparse.Namespace) -> None:
    from spacecraft_analysis.launch_library.kept import (
        kept_in_words,
        kept_pages,
        remove_kept_pages,
    )

    folder = LaunchLibrary().cache_dir
    if asked.remove and remove_kept_pages(folder, lambda *told: print(told[-1], file=sys.stderr)):
        print(f"removed the pages kept in {folder}")
    elif pages := kept_pages(folder):
        show_sections({f"kept in {folder}": list(kept_in_words(pages, filters=True))})
    else:
        print(f"no pages are kept in {folder}")


if __name__ == "__main__":
    sys.exit(main())
