"""What a maintainer is told, and what is nobody's business."""

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from spacecraft_analysis.launch_library import doctor
from spacecraft_analysis.launch_library.cache import KeptPage
from spacecraft_analysis.launch_library.doctor import diagnosis
from tests.conftest import SMALL, Library
from tests.ll2_server import LaunchLibraryServer, catalogue, with_dockings
from tests.ll2_server.modes import normal_event

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
STRUCTURE = "structure of the kept pages"


def test_versions_of_all_that_may_matter(library: Library) -> None:
    """The package, Python, the system and every library of a user's are told with versions."""
    told = diagnosis(library(offline=True))["versions"]
    for name in ("spacecraft-analysis", "Python", "SQLite", "polars", "requests", "nbclient"):
        assert any(re.match(rf"{name} \d+\.\d+", line) for line in told), name
    assert not any(line.startswith(("pytest", "django")) for line in told)


def test_allowance(server: LaunchLibraryServer, library: Library) -> None:
    """The allowance is asked for, and nothing that counts."""
    server.quota = 15
    assert diagnosis(library())["allowance"] == ["15 requests left, the next possible in 0:00:00"]
    server.throttle_endpoint = False
    assert diagnosis(library())["allowance"] == ["LL2 does not say"]
    assert server.paid_requests == []


def test_nobody_answers(library: Library) -> None:
    """A server that can't be reached is told with the reason, and nothing fails."""
    [line] = diagnosis(library(base_url="http://127.0.0.1:1/2.3.0/"))["allowance"]
    assert "can't be reached" in line
    assert diagnosis(library(offline=True))["allowance"] == ["not asked, since offline"]


def test_kept_pages(library: Library, cache_dir: Path) -> None:
    """Kept pages are told by age and size; a file that can't be read is told, too."""
    assert diagnosis(library(offline=True))["kept pages"] == ["none"]
    library().fetch()
    [line] = diagnosis(library(offline=True))["kept pages"]
    assert re.fullmatch(r"spacecraft, detailed: 3 pages, \d+ kB, 0 min old", line)
    (cache_dir / "pages.sqlite").write_bytes(b"no database")
    [line] = diagnosis(library(offline=True))["kept pages"]
    assert line.startswith("cache_dir/pages.sqlite can't be used")


@pytest.mark.parametrize(
    ("kind", "parameters", "line"),
    [
        (
            "set_field",
            {"path": "spacecraft_config.agency", "value": "Énergia", "index": 3},
            "spacecraft, not as declared: spacecraft_config.agency, text, once",
        ),
        (
            "set_field",
            {"path": "spacecraft_config.agency", "value": 5},
            "spacecraft, not as declared: spacecraft_config.agency, a number, 5 times",
        ),
        (
            "drop_field",
            {"path": "status", "index": 0},
            "spacecraft, not as declared: status, missing, once",
        ),
        (
            "set_field",
            {"path": "time_in_space", "value": "not long", "index": 0},
            "spacecraft, unreadable value: time_in_space, text, once",
        ),
        (
            "set_field",
            {"path": "orbit", "value": "low", "index": 0},
            "spacecraft, unknown field: orbit",
        ),
    ],
)
def test_structure(
    server: LaunchLibraryServer, library: Library, kind: str, parameters: Any, line: str
) -> None:
    """What is not as declared is told by path and kind, also where it is so in every record."""
    server.records = SMALL[:5]
    assert diagnosis(library(offline=True))[STRUCTURE] == ["nothing to look at"]
    server.fault("every", kind, **parameters)
    library().fetch()
    assert diagnosis(library(offline=True))[STRUCTURE] == [line]


def test_sound_structure(library: Library) -> None:
    """Where LL2 sent what is declared, that is told."""
    library().fetch()
    assert diagnosis(library(offline=True))[STRUCTURE] == ["as declared"]


@pytest.mark.parametrize("mode", ["normal", "detailed"])
def test_structure_of_docking_events(
    library: Library, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Docking events are looked at as well, each kind of record by what is declared of it."""
    _, events = with_dockings(catalogue(20), 40)
    odd = [*events[:-1], events[-1] | {"docking": 5, "orbit": "low"}]
    shaped = [normal_event(event) if mode == "normal" else event for event in odd]
    body = json.dumps({"count": 40, "results": shaped}).encode()
    url = f"https://ll/2.3.0/docking_events/?mode={mode}"
    page = KeptPage(url, datetime.now(timezone.utc), body)
    monkeypatch.setattr(doctor, "kept_pages", lambda folder: [page])
    assert diagnosis(library(offline=True))[STRUCTURE] == [
        "docking_events, not as declared: docking, a number, once",
        "docking_events, unknown field: orbit",
    ]


def test_nothing_of_the_users_is_told(
    server: LaunchLibraryServer,
    library: Library,
    cache_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the token, nor a folder, a question or a text of LL2's is in it."""
    monkeypatch.setenv("HOME", str(cache_dir.parent))
    monkeypatch.setenv("LL2_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:mine@proxy/")
    server.tokens[TOKEN] = 15
    server.fault("every", "set_field", path="name", value=["Прогресс"], index=0)
    library().fetch(search="Dragon", limit=3)
    told = diagnosis(library())
    text = "\n".join(line for lines in told.values() for line in lines)
    for secret in (TOKEN, str(cache_dir), str(cache_dir.parent), "Dragon", "Прогресс", "mine"):
        assert secret not in text
    assert "LL2_TOKEN is set" in told["settings"]
    assert "HTTPS_PROXY is set" in told["settings"]
