"""Diagnostics for a bug report, and what is private."""

import re

from spacecraft_analysis.launch_library.doctor import diagnosis, versions

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"


def test_versions_of_all_that_may_matter():
    """The package, Python, the system and every library of a user are listed with versions."""
    lines = versions()
    for name in ("spacecraft-analysis", "Python", "SQLite", "polars", "requests", "nbclient"):
        assert any(re.match(rf"{name} \d+\.\d+", line) for line in lines), name
    assert not any(line.startswith(("pytest", "django")) for line in lines)


def test_rate_limit(server, library):
    """The rate limit is requested, and nothing that counts."""
    server.quota = 15
    assert diagnosis(library())["rate limit"] == ["15 left, next request possible now"]
    server.throttle_endpoint = False
    assert diagnosis(library())["rate limit"] == ["unknown, LL2 does not report it"]
    assert server.paid_requests == []


def test_nobody_answers(library):
    """A server that can't be reached is a line with the reason."""
    [line] = diagnosis(library(base_url="http://127.0.0.1:1/2.3.0/"))["rate limit"]
    assert "can't be reached" in line
    assert diagnosis(library(offline=True))["rate limit"] == ["unknown, not requested offline"]


def test_cached_pages(library, cache_dir):
    """Cached pages are described by age and size; a file that can't be read is a line, too."""
    assert diagnosis(library(offline=True))["cached pages"] == ["no pages"]
    library().fetch()
    [line] = diagnosis(library(offline=True))["cached pages"]
    assert re.fullmatch(r"3 pages, \d+\.\d MB, 0 min old", line)
    (cache_dir / "downloads.sqlite").write_bytes(b"no database")
    [line] = diagnosis(library(offline=True))["cached pages"]
    assert line.startswith("cache_dir/downloads.sqlite can't be used")


def test_damaged_file_in_a_relative_folder(library, cache_dir, monkeypatch):
    """A folder named from the working folder does not show where that is."""
    cache_dir.mkdir()
    (cache_dir / "downloads.sqlite").write_bytes(b"no database")
    monkeypatch.chdir(cache_dir.parent)
    [line] = diagnosis(library(offline=True, cache_dir=cache_dir.name))["cached pages"]
    assert line.startswith("cache_dir/downloads.sqlite can't be used")


def test_nothing_private_is_in_it(server, library, cache_dir, monkeypatch):
    """Neither the token, nor a folder, a query or a text of LL2 is in it."""
    monkeypatch.setenv("HOME", str(cache_dir.parent))
    monkeypatch.setenv("LL2_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:mine@proxy/")
    server.tokens[TOKEN] = 15
    server.fault("every", "set_field", field="name", value=["Прогресс"], index=0)
    library().fetch(search="Dragon", limit=3)
    sections = diagnosis(library())
    text = "\n".join(line for section in sections.values() for line in section)
    for secret in (TOKEN, str(cache_dir), str(cache_dir.parent), "Dragon", "Прогресс", "mine"):
        assert secret not in text
    assert "LL2_TOKEN is set" in sections["settings"]
    assert "HTTPS_PROXY is set" in sections["settings"]
