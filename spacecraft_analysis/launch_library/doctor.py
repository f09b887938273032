"""What a maintainer needs to know to help: of the installation, of LL2, of what LL2 sent.

Neither the token is in it, nor the name of a user's folder, a question asked, or a text of LL2's.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from spacecraft_analysis.errors import LaunchLibraryError
from spacecraft_analysis.frames import Records
from spacecraft_analysis.frames.validation import UNREADABLE, Notice, Notices, Validation
from spacecraft_analysis.launch_library.cache import KeptPage, kept_in_words, kept_pages
from spacecraft_analysis.launch_library.client import LaunchLibrary
from spacecraft_analysis.launch_library.endpoints import ENDPOINTS

_PACKAGE = "spacecraft-analysis"
_USERS_EXTRA = "notebooks"
# Their values may be secret, or say where and who somebody is.
_SETTINGS = (
    *("LL2_BASE_URL", "LL2_TOKEN", "SPACECRAFT_ANALYSIS_CACHE_DIR", "SPACECRAFT_ANALYSIS_OFFLINE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"),
)
_KINDS = {'"': "text", "{": "an object", "[": "a list", "t": "true", "f": "false", "n": "null"}


def diagnosis(library: LaunchLibrary) -> dict[str, list[str]]:
    """Headings, each with the lines below it.

    Sends one request, which costs nothing. Whatever does not work is a line too.
    """
    try:
        pages = kept_pages(library.cache_dir)
        kept = list(kept_in_words(pages, filters=False)) or ["none"]
    except LaunchLibraryError as error:
        pages, kept = [], [str(error)]
    sections = {
        "versions": list(_versions()),
        "settings": list(_settings(library)),
        "allowance": [_allowance(library)],
        "kept pages": kept,
        "structure of the kept pages": list(_structure(pages)),
    }
    return {
        heading: [_without_folders(line, library.cache_dir) for line in lines]
        for heading, lines in sections.items()
    }


def _versions() -> Iterator[str]:
    """The package's, and those of all that a user may have installed with it."""
    yield f"{_PACKAGE} {version(_PACKAGE)}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.platform()}, {sys.getfilesystemencoding()}"
    yield f"SQLite {sqlite3.sqlite_version}"
    for requirement in requires(_PACKAGE) or []:
        name, _, condition = requirement.partition(";")
        if not condition or _USERS_EXTRA in condition:
            name = re.split(r"[^\w.-]", name, maxsplit=1)[0]
            try:
                yield f"{name} {version(name)}"
            except PackageNotFoundError:
                yield f"{name} is not installed"


def _settings(library: LaunchLibrary) -> Iterator[str]:
    yield f"base_url {library.base_url}"
    for name in _SETTINGS:
        if os.environ.get(name) or os.environ.get(name.lower()):
            yield f"{name} is set"


def _allowance(library: LaunchLibrary) -> str:
    try:
        # Of what would be asked nothing matters: the allowance is the same for all.
        plan = library.plan(limit=1)
    except LaunchLibraryError as error:
        return str(error)
    if plan.offline:
        return "not asked, since offline"
    if plan.unanswered:
        return plan.unanswered
    if plan.allowance_left is None or plan.next_in is None:
        return "LL2 does not say"
    return f"{plan.allowance_left} requests left, the next possible in {plan.next_in}"


def _structure(pages: list[KeptPage]) -> Iterator[str]:
    """What of the kept pages is not as this package knows LL2, by path and kind."""
    looked_at = sound = 0
    for endpoint in ENDPOINTS:
        bodies = tuple(page.body for page in pages if page.endpoint == endpoint.name)
        odd = list(_odd(Validation(Records(bodies, 0), endpoint.kind).notices())) if bodies else []
        yield from (f"{endpoint.name}, {line}" for line in odd)
        looked_at += bool(bodies)
        sound += bool(bodies and not odd)
    if sound == looked_at:
        yield "as declared" if looked_at else "nothing to look at"


def _odd(noticed: Notices) -> Iterator[str]:
    fields = Counter((one.rule, one.path, _kind(one)) for one in noticed.notices)
    for (rule, path, kind), count in sorted(fields.items()):
        times = "once" if count == 1 else f"{count} times"
        yield f"{rule}: {_clean(path) or 'a record'}, {kind}, {times}"
    for path in sorted(noticed.unknown):
        yield f"unknown field: {_clean(path)}"


def _kind(one: Notice) -> str:
    """What kind of JSON a value is, without telling the value."""
    if one.value is None:
        return "missing"
    # What can't be read is a text and told as it is, any other value as JSON.
    return "text" if one.rule == UNREADABLE else _KINDS.get(one.value[:1], "a number")


def _clean(path: str) -> str:
    return "".join(character for character in path if character.isprintable())[:120]


def _without_folders(line: str, cache_dir: Path) -> str:
    line = line.replace(str(cache_dir), "cache_dir")
    # As it stands where there is no home.
    home = os.path.expanduser("~")
    return line if home == "/" else line.replace(home, "~")
