"""What is kept on disk: where, how much, how old; and how to be rid of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from spacecraft_analysis.launch_library.cache import Cache
from spacecraft_analysis.launch_library.folder import FILE, cache_errors, one_pull_at_a_time
from spacecraft_analysis.launch_library.progress import Progress

# What every page is asked with, and what tells one page from the next.
_UNTOLD = ("format", "ordering", "limit", "offset")


@dataclass(frozen=True)
class KeptPage:
    """One page as it is kept."""

    url: str
    kept_at: datetime
    body: bytes

    @property
    def endpoint(self) -> str:
        """What stands behind the version in its address."""
        return urlsplit(self.url).path.rstrip("/").rpartition("/")[2]

    @property
    def mode(self) -> str:
        """The mode that was asked for."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("mode", "normal")

    @property
    def filters(self) -> str:
        """What else was asked for, as in its address."""
        pairs = parse_qsl(urlsplit(self.url).query)
        return urlencode([pair for pair in pairs if pair[0] not in (*_UNTOLD, "mode")])


def kept_pages(cache_dir: Path) -> list[KeptPage]:
    """Every page in a folder, by address; none where the folder is not there. Nothing is made.

    Raises:
        CacheError: The folder or its file can't be read.
    """
    with Cache.open(cache_dir, reading=True) as cache:
        pages = [KeptPage(entry.url, entry.kept_at, entry.body) for entry in cache.everything()]
    return sorted(pages, key=lambda page: page.url)


def remove_kept_pages(cache_dir: Path, tell: Progress) -> bool:
    """Whether there was anything to remove; a pull under way is waited for.

    Raises:
        CacheError: The folder or its file can't be written.
    """
    file = cache_dir / FILE
    if not file.exists():
        return False
    with one_pull_at_a_time(cache_dir, tell), cache_errors(file):
        file.unlink()
        # SQLite would take what a killed process left for the journal of the next file.
        file.with_name(f"{FILE}-journal").unlink(missing_ok=True)
    return True


def kept_in_words(pages: Iterable[KeptPage], *, filters: bool) -> Iterator[str]:
    """A line for the pages of each question: how many, how large, how old.

    Args:
        pages: In the order of their addresses.
        filters: Whether to name what was asked for; else only that something was.
    """

    def question(page: KeptPage) -> str:
        asked = page.filters if filters else page.filters and "filtered"
        return ", ".join(filter(None, [page.endpoint, page.mode, asked]))

    now = datetime.now(timezone.utc)
    for words, run in groupby(sorted(pages, key=question), key=question):
        found = list(run)
        ages = [now - page.kept_at for page in found]
        newest, oldest = age_in_words(min(ages)), age_in_words(max(ages))
        old = f"{newest} old" if newest == oldest else f"{newest} to {oldest} old"
        size = size_in_words(sum(len(page.body) for page in found))
        yield f"{words}: {len(found)} page{'' if len(found) == 1 else 's'}, {size}, {old}"


def age_in_words(age: timedelta) -> str:
    """An age in minutes, hours or days."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def size_in_words(size: int) -> str:
    """A size in kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} kB"
