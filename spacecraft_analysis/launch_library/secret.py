"""A token, kept from view."""

from __future__ import annotations

from typing import Never, SupportsIndex


class Secret(str):
    """Text that goes out with a request and shows nowhere else.

    Debuggers, and tracebacks that list local variables, show an object by its repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"

    def __deepcopy__(self, _: object) -> Secret:
        return self

    def __reduce_ex__(self, _: SupportsIndex) -> Never:
        # What is pickled can end in a file.
        raise TypeError(
            "a token is never written, and so a LaunchLibrary with one can't be pickled: make it "
            "where it is used; in another process, too, LL2_TOKEN gives it its token"
        )
