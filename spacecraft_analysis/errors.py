"""What can go wrong between Launch Library 2 and a frame, under one root."""

from __future__ import annotations

from datetime import datetime, timedelta


class LaunchLibraryError(Exception):
    """The root of every error that this package raises about its data or its source.

    A wrong argument is not one of them: that is a `TypeError` or a `ValueError`, raised before
    anything is sent.
    """

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own calls `__init__` with the message alone, so that no error with more to
        # tell would come back from a worker process.
        return type(self).__new__, (type(self), *self.args), vars(self)


class ThrottledError(LaunchLibraryError):
    """LL2's allowance is used up; everything fetched so far is kept.

    Attributes:
        wait: How long LL2 asks to wait before the next request.
        available_at: The instant (UTC) at which the same call goes on where it stopped.
    """

    def __init__(self, message: str, *, wait: timedelta, available_at: datetime) -> None:
        super().__init__(message)
        self.wait = wait
        self.available_at = available_at


class OfflineError(LaunchLibraryError):
    """A page is needed that is not kept, and asking LL2 was ruled out by `offline=True`.

    Attributes:
        url: The address of the missing page.
    """

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message)
        self.url = url


class IncompleteError(LaunchLibraryError):
    """The pages that LL2 sent do not add up to one whole catalogue; nothing is returned.

    Attributes:
        have: How many different records were on them.
        want: How many there should have been.
    """

    def __init__(self, message: str, *, have: int, want: int) -> None:
        super().__init__(message)
        self.have = have
        self.want = want


class AnswerError(LaunchLibraryError):
    """LL2, or something on the way to it, sent anything but the JSON that it promises."""


class CacheError(LaunchLibraryError):
    """The folder of kept pages can't be read or written."""


class SnapshotError(LaunchLibraryError):
    """A file of a snapshot or of its table can't be read or written, or was changed since."""


class SchemaError(LaunchLibraryError):
    """The records lack what a table is made of: LL2 has changed, or they were asked otherwise."""


class DataWarning(UserWarning):
    """Some fields of some records are not as declared and so null; `check` lists them."""


class ReportError(LaunchLibraryError):
    """A notebook can't be run or made into a page; the message says which cell, and why."""
