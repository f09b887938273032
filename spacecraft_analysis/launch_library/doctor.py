"""Diagnostics for a bug report: the installation, the settings, the rate limit, the cache.

Neither the token, nor the name of a user's folder, a query or a text of LL2 is in it.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

import spacecraft_analysis
from spacecraft_analysis.errors import LaunchLibraryError
from spacecraft_analysis.launch_library.cache import describe_cache
from spacecraft_analysis.launch_library.client import LaunchLibrary

_PACKAGE = "spacecraft-analysis"
_DEVELOPERS_EXTRAS = ("test", "docs", "bench")
# Their values may be secret, or name a person or a place.
_SETTINGS = (
    *("LL2_BASE_URL", "LL2_TOKEN", "SPACECRAFT_ANALYSIS_CACHE_DIR", "SPACECRAFT_ANALYSIS_OFFLINE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"),
)


def diagnosis(library: LaunchLibrary) -> dict[str, list[str]]:
    """Return headings, each with the lines below it.

    One request is sent, which does not count. Whatever does not work is a line, too.
    """
    environment = os.environ.get
    names = [name for name in _SETTINGS if environment(name) or environment(name.lower())]
    sections = {
        "versions": list(_versions()),
        "settings": [f"base_url {library.base_url}", *(f"{name} is set" for name in names)],
        "rate limit": [_rate_limit(library)],
        "cached pages": [_cached_pages(library)],
    }
    return {
        heading: [_without_folders(line, library) for line in lines]
        for heading, lines in sections.items()
    }


def _versions() -> Iterator[str]:
    """Yield the package's version, and those of all that a user may have installed with it."""
    yield f"{_PACKAGE} {spacecraft_analysis.__version__}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.platform()}, {sys.getfilesystemencoding()}"
    yield f"SQLite {sqlite3.sqlite_version}"
    for requirement in requires(_PACKAGE) or []:
        name, _, condition = requirement.partition(";")
        if not any(f'"{extra}"' in condition.replace("'", '"') for extra in _DEVELOPERS_EXTRAS):
            name = re.split(r"[^\w.-]", name, maxsplit=1)[0]
            try:
                yield f"{name} {version(name)}"
            except PackageNotFoundError:
                yield f"{name} is not installed"


def _rate_limit(library: LaunchLibrary) -> str:
    try:
        # What would be requested does not matter: the rate limit is the same for all.
        plan = library.plan(limit=1)
    except LaunchLibraryError as error:
        return str(error)
    if plan.offline:
        return "not requested, since offline"
    if plan.unanswered:
        return plan.unanswered
    if plan.allowance_left is None or plan.next_in is None:
        return "LL2 does not report it"
    return f"{plan.allowance_left} requests left, the next possible in {plan.next_in}"


def _cached_pages(library: LaunchLibrary) -> str:
    try:
        return describe_cache(library.cache_dir)
    except LaunchLibraryError as error:
        return str(error)


def _without_folders(line: str, library: LaunchLibrary) -> str:
    if library._cache_dir is not None:
        line = line.replace(str(library._cache_dir), "cache_dir")
    # As it stands where there is no home.
    home = os.path.expanduser("~")
    return line if home == "/" else line.replace(home, "~")
