"""The exceptions of the package, under one root, and what never goes into their messages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

# The second form covers a password with a slash in it. A path has one slash: Path("https://…").
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:/{1,2})(?:[^\s/?#]*|\S*:\S*)@")


def redacted(text: object) -> str:
    """Return a text for a message: an address or path in it loses its user name and password."""
    return _USER.sub(r"\1…@", str(text))


class LaunchLibraryError(Exception):
    """The root of every error that this package raises about its data or its source.

    A wrong argument is not one of them: that is a `TypeError` or a `ValueError`, raised before
    anything is sent.

    Args:
        message: What was requested, what was received and what to do next.

    Attributes:
        temporary: Whether the same call may succeed later without any change.
    """

    temporary: bool = False

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(redacted(message))
        vars(self).update(attributes)


class ThrottledError(LaunchLibraryError):
    """LL2's rate limit is reached; all pages received so far are cached.

    Attributes:
        wait: How long LL2 asks to wait before the next request.
        available_at: The instant (UTC) from which the same call can continue.
    """

    temporary = True
    wait: timedelta
    available_at: datetime


class OfflineError(LaunchLibraryError):
    """A page is not in the cache, and `offline=True` rules out requesting it.

    Attributes:
        url: The address of the missing page.
    """

    url: str


class IncompleteError(LaunchLibraryError):
    """The pages received are not one state of the catalogue; nothing is returned."""

    temporary = True


class AnswerError(LaunchLibraryError):
    """LL2 did not respond, or something else than the JSON that it promises was received."""


class CacheError(LaunchLibraryError):
    """The folder of cached pages can't be read or written."""


class SnapshotError(LaunchLibraryError):
    """A file of a snapshot or of a table can't be read or written, or was modified."""


class SchemaError(LaunchLibraryError):
    """The records lack what a table needs: LL2 has changed, or they were requested otherwise."""


class DataWarning(UserWarning):
    """Some fields of some records had an unexpected type and are null; `check` lists them."""


class ReportError(LaunchLibraryError):
    """A notebook can't be run or made into a page; the message says which cell, and why."""
