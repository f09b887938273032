"""How large a page LL2 can send in time: halved where it can't, doubled where it is quick."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

_BARRED = 2
_QUICK = 2


class Pace:
    """The size of the pages of one walk; each walk begins with the largest."""

    def __init__(self, sizes: tuple[int, ...], patience: timedelta) -> None:
        self.size = sizes[0]
        self._sizes = sizes
        self._quick = patience.total_seconds() / 3
        self._failures: Counter[int] = Counter()
        self._in_a_row = 0

    def came(self, seconds: float) -> None:
        """Notes a page that came: after two quick ones in a row they may be larger again."""
        self._in_a_row = self._in_a_row + 1 if seconds < self._quick else 0
        larger = self._sizes[: self._sizes.index(self.size)][-1:]
        if self._in_a_row >= _QUICK and larger and self._failures[larger[0]] < _BARRED:
            self.size = larger[0]
            self._in_a_row = 0

    def failed(self, size: int) -> bool:
        """Notes a page that did not come in time; whether smaller ones are left to try."""
        self._failures[size] += 1
        self._in_a_row = 0
        smaller = [other for other in self._sizes if other < size]
        self.size = smaller[0] if smaller else self.size
        return bool(smaller)
