"""What each command does with what was asked for: gets it from the rooms, and prints it."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import fields
from typing import Any

from spacecraft_analysis import frames, snapshot
from spacecraft_analysis.errors import AnswerError
from spacecraft_analysis.launch_library import LaunchLibrary, load
from spacecraft_analysis.query import Query
from spacecraft_analysis.terminal import show, show_sections


def fetch(asked: Namespace) -> None:
    """Writes what LL2 says to a file."""
    library = LaunchLibrary(wait=asked.wait, offline=asked.offline)
    fetched = library.fetch(**_query(asked))
    path = fetched.write(asked.output)
    print(f"{fetched.count:,} spacecraft written to {path}")


def plan(asked: Namespace) -> None:
    """Prints what a fetch would cost; fails where nobody answers and something is missing."""
    plan = LaunchLibrary().plan(**_query(asked))
    print(plan)
    if plan.unanswered and plan.requests:
        raise AnswerError(plan.unanswered)


def report(asked: Namespace) -> None:
    """Makes pages of notebooks."""
    from spacecraft_analysis.report.gallery import write_report

    _check_set_once(asked)
    index, *_ = write_report(
        asked.notebooks,
        output=asked.output,
        source=asked.source,
        parameters=dict(asked.parameters),
    )
    print(f"report written; open {index} in a browser")


def _check_set_once(asked: Namespace) -> None:
    names = [name for name, _ in asked.parameters] + ["source"] * (asked.source is not None)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        print(f"spacecraft-analysis: {twice[0]} is given twice; leave one out", file=sys.stderr)
        raise SystemExit(2)


def check(asked: Namespace) -> None:
    """Prints the findings."""
    found = snapshot.check(load(asked.source))
    show(found, ("severity", "rule", "spacecraft_name", "explanation"), "findings")


def diff(asked: Namespace) -> None:
    """Prints what changed."""
    changes = snapshot.diff(load(asked.old), load(asked.new))
    show(changes, ("table", "spacecraft_name", "column", "change", "old", "new"), "changes")


def dictionary(asked: Namespace) -> None:
    """Prints every column."""
    columns = frames.data_dictionary()
    show(columns, ("table", "column", "dtype", "meaning"), "columns")


def doctor(asked: Namespace) -> None:
    """Prints what a maintainer needs to know."""
    from spacecraft_analysis.launch_library.doctor import diagnosis

    show_sections(diagnosis(LaunchLibrary()))


def cache(asked: Namespace) -> None:
    """Prints what is kept, or removes it."""
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


def _query(asked: Namespace) -> dict[str, Any]:
    names = [field.name for field in fields(Query)]
    return {
        name: value
        for name, value in vars(asked).items()
        if name in (*names, "dockings", "refresh")
    }
