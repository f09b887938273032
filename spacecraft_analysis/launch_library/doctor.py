"""Diagnostics for a bug report: the installation, the settings, the rate limit, the cache.

Neither the token, nor the name of a user's folder, a query or a text of LL2 is in it.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version

import spacecraft_analysis
from spacecraft_analysis.errors import LaunchLibraryError
from spacecraft_analysis.launch_library.cache import describe_cache
from spacecraft_analysis.launch_library.client import LaunchLibrary

# Their values may be secret, or name a person or a place.
_SETTINGS = (
    *("LL2_BASE_URL", "LL2_TOKEN", "SPACECRAFT_ANALYSIS_CACHE_DIR", "SPACECRAFT_ANALYSIS_OFFLINE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"),
)


def versions() -> list[str]:
    """Return what is installed: this package, Python, the system, libraries of a user."""
    lines = [
        f"spacecraft-analysis {spacecraft_analysis.__version__}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        f"{platform.platform()}, {sys.getfilesystemencoding()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    for requirement in requires("spacecraft-analysis") or []:
        if not re.search(r"extra == .(test|docs|bench)\b", requirement):
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
            try:
                lines.append(f"{name} {version(name)}")
            except PackageNotFoundError:
                lines.append(f"{name} is not installed")
    return lines


def diagnosis(library: LaunchLibrary) -> dict[str, list[str]]:
    """Return headings of settings, rate limit and cache, each with the lines below it.

    One request is sent, which does not count. Whatever does not work is a line, too.
    """
    environment = os.environ.get
    names = [name for name in _SETTINGS if environment(name) or environment(name.lower())]
    sections = {
        "settings": [f"base_url {library.base_url}", *(f"{name} is set" for name in names)],
        "rate limit": [_or_error(lambda: _rate_limit(library))],
        "cached pages": [_or_error(lambda: describe_cache(library.cache_dir))],
    }
    # As it stands where there is no home.
    home = os.path.expanduser("~")
    for folder, name in ((library._cache_dir, "cache_dir"), (home, "~")):
        if folder and str(folder) != "/":
            for heading, lines in sections.items():
                sections[heading] = [line.replace(str(folder), name) for line in lines]
    return sections


def _rate_limit(library: LaunchLibrary) -> str:
    # What would be requested does not matter: the rate limit is the same for all.
    plan = library.plan(limit=1)
    return plan.rate_limit if plan.offline else plan.unanswered or plan.rate_limit


def _or_error(describe: Callable[[], str]) -> str:
    try:
        return describe()
    except LaunchLibraryError as error:
        return str(error)
