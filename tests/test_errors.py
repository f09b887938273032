"""What every error of the package has in common."""

import pickle
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import errors
from spacecraft_analysis.errors import redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://me:secret@example.org/2.3.0/", "see https://…@example.org/2.3.0/"),
        ("https://secret@example.org", "https://…@example.org"),
        (Path("https://me:secret@example.org/x.json"), "https:/…@example.org/x.json"),
        ("ftp://me:se/cr@et@example.org", "ftp://…@example.org"),
        ("socks5h://me:secret@[::1]:1080 is dead", "socks5h://…@[::1]:1080 is dead"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("C:/folder/a@b.json", "C:/folder/a@b.json"),
        ("write to me@example.org", "write to me@example.org"),
    ],
)
def test_redacted(text, expected):
    """User name and password leave an address or a path; everything else stays."""
    assert redacted(text) == expected


def test_no_error_shows_a_password():
    """Whatever text an error is raised with, an address in it has no password."""
    text = "https://me:secret@example.org"
    raised = [getattr(sa, name)(text) for name in sa.__all__ if name.endswith("Error")]
    assert len(raised) > 5
    assert not any("secret" in repr((error, vars(error))) for error in raised)


def test_error_from_another_process():
    """An error arrives from a worker process with its message and its attributes."""
    error = errors.OfflineError("offline", url="https://example.org")
    arrived = pickle.loads(pickle.dumps(error))
    assert (str(arrived), vars(arrived)) == (str(error), vars(error))


def test_temporary_errors():
    """A rate limit and a changed catalogue pass; a missing page in the cache does not."""
    assert errors.IncompleteError("").temporary
    assert errors.AnswerError("", temporary=True).temporary
    assert not errors.AnswerError("").temporary
    assert not errors.CacheError("").temporary


URL = "https://me:secret@example.org/x.json"


@pytest.mark.parametrize(
    "call",
    [
        lambda: sa.load("sample").write(URL),
        lambda: sa.load("sample").write(Path(f"{URL}.txt")),
        lambda: sa.export(sa.load("sample"), URL),
    ],
)
def test_no_password_of_a_path_or_an_address(call):
    """An address in the place of a path, as it happens by mistake, is shown without password."""
    with pytest.raises((sa.SnapshotError, ValueError)) as caught:
        call()
    assert "secret" not in str(caught.value)
