"""A token, kept from view."""

from __future__ import annotations


class Secret(str):
    """Text that goes out with a request and shows nowhere else.

    Debuggers, and tracebacks that list local variables, show an object by its repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"
