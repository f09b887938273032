"""What each command does with what was asked for: gets it from the rooms, and prints it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from spacecraft_analysis import frames, snapshot
from spacecraft_analysis.errors import AnswerError, SnapshotError
from spacecraft_analysis.launch_library import LaunchLibrary, load
from spacecraft_analysis.query import Query
from spacecraft_analysis.terminal import show, show_sections

_MAIN_COLUMNS = {
    "spacecraft": ("spacecraft_id", "name", "family", "status_name", "flights_count"),
    "flights": ("flight_id", "spacecraft_name", "launch_net", "mission_end"),
    "configurations": ("config_id", "name", "family", "maiden_flight"),
    "dockings": ("docking_id", "spacecraft_name", "target_name", "docking", "departure"),
}

# What a source can lack, how to know, and the flag that asks for it.
_LACKING = (
    ("docking events", "has_dockings", "--dockings"),
    ("flights and configurations", "is_detailed", "--mode detailed"),
)


def named_ids(number: str, name: str) -> dict[str, str]:
    """The values of a column of ids with what they are called, as far as the sample has them."""
    pairs = load("sample").spacecraft.select(number, name).unique().sort(number, name)
    return {str(number): name for number, name in pairs.iter_rows()}


def fetch(asked: Namespace) -> None:
    """Writes what LL2 says to a file."""
    library = LaunchLibrary(wait=asked.wait, offline=asked.offline)
    fetched = library.fetch(**_query(asked))
    path = fetched.write(asked.output)
    # It may be of kept pages, and so of yesterday.
    retrieved = f"retrieved {fetched.retrieved_at:%Y-%m-%d %H:%M} UTC"
    print(f"{fetched.count:,} spacecraft, {retrieved}, written to {path}")


def plan(asked: Namespace) -> None:
    """Prints what a fetch would cost; fails where something is missing that can't be had."""
    plan = LaunchLibrary().plan(**_query(asked))
    print(plan)
    if plan.unanswered and plan.requests:
        raise AnswerError(plan.unanswered)


def report(asked: Namespace) -> None:
    """Makes pages of notebooks."""
    from spacecraft_analysis.report.build import write_report

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
    """Prints the findings; where it is strict, fails if there is an error among them."""
    loaded = load(asked.source)
    found = snapshot.check(loaded)
    show(found, ("severity", "rule", "spacecraft_name", "explanation"), "findings")
    _tell_lacking({asked.source: loaded}, "checked")
    count = found["severity"].eq("error").sum()
    if asked.strict and count:
        sys.stdout.flush()
        told = "1 error" if count == 1 else f"{count:,} errors"
        raise SnapshotError(f"{asked.source}: {told} found")


def diff(asked: Namespace) -> None:
    """Prints what changed."""
    sides = {asked.old: load(asked.old), asked.new: load(asked.new)}
    changes = snapshot.diff(sides[asked.old], sides[asked.new])
    show(changes, ("table", "spacecraft_name", "column", "change", "old", "new"), "changes")
    _tell_lacking(sides, "compared")


def _tell_lacking(sides: Mapping[str, snapshot.Snapshot], done: str) -> None:
    """Says on stderr what was not looked at for want of it, unless it was left out on purpose."""
    for things, has, flag in _LACKING:
        without = [name for name, side in sides.items() if not getattr(side, has)]
        # Nobody can ask "live" for more.
        if without and ("live" in without or len(without) < len(sides)):
            sys.stdout.flush()
            print(
                f"spacecraft-analysis: {things} are not {done}, since there are none in "
                f"{' and '.join(without)}; fetch {flag} --output FILE gets them",
                file=sys.stderr,
            )


def table(asked: Namespace) -> None:
    """Prints one of the tables, or writes it to a file."""
    needs_dockings = asked.dockings or asked.name == "dockings"
    loaded = load(asked.source, **({"dockings": True} if needs_dockings else {}))
    frame = getattr(loaded, asked.name)
    if not asked.output:
        show(frame, _MAIN_COLUMNS[asked.name], f"rows of {asked.name}")
        return
    content = frames.FORMATS[asked.output.suffix](frame)
    try:
        snapshot.write_atomic(asked.output, content)
    except OSError as error:
        raise SnapshotError(f"{asked.output} can't be written: {error.strerror}") from error
    print(f"{frame.height:,} rows of {asked.name} written to {asked.output}")


def dictionary(asked: Namespace) -> None:
    """Prints every column."""
    columns = frames.data_dictionary()
    show(columns, ("table", "column", "meaning"), "columns")


def doctor(asked: Namespace) -> None:
    """Prints what a maintainer needs to know."""
    from spacecraft_analysis.launch_library.doctor import diagnosis

    show_sections(diagnosis(LaunchLibrary()))


def cache(asked: Namespace) -> None:
    """Prints what is kept, or removes it."""
    from spacecraft_analysis.launch_library.cache import (
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
