"""What is kept on disk, told and removed."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.launch_library import cache
from spacecraft_analysis.launch_library.cache import (
    age_in_words,
    kept_in_words,
    kept_pages,
    remove_kept_pages,
    size_in_words,
)
from spacecraft_analysis.launch_library.progress import untold
from tests.conftest import Library


def test_every_kept_page_is_told(library: Library, cache_dir: Path) -> None:
    """The pages of a folder tell where they are from, what was asked, and when they were kept."""
    before = datetime.now(timezone.utc)
    library().fetch()
    library().fetch(mode="normal", search="Dragon", limit=3)
    pages = kept_pages(cache_dir)
    assert sorted((page.endpoint, page.mode, page.filters) for page in pages) == [
        ("spacecraft", "detailed", ""),
        ("spacecraft", "detailed", ""),
        ("spacecraft", "detailed", ""),
        ("spacecraft", "normal", "search=Dragon"),
    ]
    assert all(before <= page.kept_at <= datetime.now(timezone.utc) for page in pages)
    assert all(b'"results"' in page.body for page in pages)


def test_a_folder_that_is_not_there_keeps_nothing(cache_dir: Path) -> None:
    """Nothing is kept where no folder is, and none is made by looking."""
    assert kept_pages(cache_dir) == []
    assert not remove_kept_pages(cache_dir, untold)
    assert not cache_dir.exists()


def test_a_line_for_each_question(library: Library, cache_dir: Path) -> None:
    """Pages of one question are one line, with their number, size and age."""
    library().fetch()
    library().fetch(search="Dragon", limit=3)
    pages = kept_pages(cache_dir)
    size = size_in_words(sum(len(page.body) for page in pages if not page.filters))
    whole, part = kept_in_words(pages, filters=True)
    assert whole == f"spacecraft, detailed: 3 pages, {size}, 0 min old"
    assert part.startswith("spacecraft, detailed, search=Dragon: 1 page, ")
    assert list(kept_in_words(pages, filters=False))[1].startswith("spacecraft, detailed, filtered")


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(minutes=120), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_ages_in_words(age: timedelta, words: str) -> None:
    """An age is told in the unit in which one thinks of it."""
    assert age_in_words(age) == words


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 kB"), (1, "1 kB"), (999_000, "999 kB"), (3_140_000, "3.1 MB")]
)
def test_sizes_in_words(size: int, words: str) -> None:
    """A size is told in kB, and from a million bytes on in MB."""
    assert size_in_words(size) == words


def test_what_is_removed_is_gone(library: Library, cache_dir: Path) -> None:
    """After the removal nothing is kept, not even a journal, and a fetch asks again."""
    library().fetch(limit=3)
    (cache_dir / "pages.sqlite-journal").write_bytes(b"left over")
    assert remove_kept_pages(cache_dir, untold)
    assert [file for file in os.listdir(cache_dir) if file.startswith("pages")] == []
    assert library().plan(limit=3).requests == 1
    assert library().fetch(limit=3).count == 3


def test_a_damaged_file_can_be_removed(library: Library, cache_dir: Path) -> None:
    """What can't be read can be removed, and then pages can be kept again."""
    cache_dir.mkdir()
    (cache_dir / "pages.sqlite").write_bytes(b"no database")
    with pytest.raises(sa.CacheError, match="delete the file"):
        kept_pages(cache_dir)
    assert remove_kept_pages(cache_dir, untold)
    assert library().fetch(limit=3).count == 3


def test_a_removal_waits_for_a_pull(library: Library, cache_dir: Path) -> None:
    """A pull under way keeps its pages until it is over, and the waiting is told."""
    library().fetch(limit=3)
    told: list[str] = []

    def tell(done: int, total: int | None, message: str) -> None:
        told.append(message)
        assert len(kept_pages(cache_dir)) == 1
        pull.__exit__(None, None, None)

    pull = cache.one_pull_at_a_time(cache_dir, untold)
    pull.__enter__()
    assert remove_kept_pages(cache_dir, tell)
    assert told == ["another pull into this cache is under way; waiting for it"]
