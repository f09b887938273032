"""The README and the how-to pages: their code runs and prints what they show."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.cli import main
from tests.ll2_server import Server, catalogue, with_dockings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def printed_by(text: str) -> str:
    """Run the code blocks of a page one after the other and return what they print."""
    printed = io.StringIO()
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(printed):
        for block in blocks("python", text):
            exec(block, names)
    return printed.getvalue()


HOW_TO = [
    # a cluster of processes takes seconds to start
    pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if page.stem == "cluster" else [])
    for page in sorted(ROOT.glob(".docs/how_to/*.md"))
]


@pytest.mark.parametrize("page", HOW_TO)
def test_how_to_pages(page):
    """The code of a how-to page prints what the page shows, and the page is half a screen."""
    text = page.read_text("utf-8")
    assert printed_by(text) == "".join(blocks("text", text))
    assert text.startswith("# ")
    assert text.count("\n") <= 50


@pytest.fixture
def stand_in(tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and the stand-in for LL2."""
    monkeypatch.chdir(tmp_path)
    records, events = with_dockings(catalogue(60), 40)
    with Server(records, docking_events=events) as server:
        monkeypatch.setenv("LL2_BASE_URL", server.base_url)
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("stand_in")
def test_python_snippets():
    """The code blocks run one after the other and print the text blocks."""
    assert printed_by(README) == "".join(blocks("text"))
    written = {path.name for path in Path().iterdir()}
    assert {"in_space.json.gz", "tables"} <= written


def test_what_is_printed_fits_a_terminal():
    """Printed text fits a terminal of 80 columns."""
    assert max(len(line) for block in blocks("text") for line in block.splitlines()) <= 80


@pytest.mark.slow
@pytest.mark.usefixtures("stand_in")
def test_command_lines(capsys):
    """Each command runs as written, except report, which has its own tests."""
    sa.load("sample").write("yesterday.json.gz")
    lines = blocks("sh")[1].splitlines()
    assert len(lines) == 8
    for line in lines:
        program, *arguments = line.split()
        assert program == "spacecraft-analysis"
        if arguments[0] != "report":
            assert main(arguments) == 0, capsys.readouterr().err


def test_the_two_commands():
    """The quick start has two commands, each complete on its own."""
    commands = blocks("sh")[0].splitlines()
    assert len(commands) == 2
    assert all(line.startswith("python3 -m venv .venv && ") for line in commands)
    assert commands[0].endswith(".venv/bin/spacecraft-analysis report")
    assert commands[1].endswith(".venv/bin/pytest -n auto")


def test_every_public_function_is_listed():
    """The table of functions names every public function and class except errors and warnings."""
    table = README.split("## Functions")[1].split("## Notebooks")[0]
    names = [name for name in sa.__all__ if not name.endswith(("Error", "Warning"))]
    assert [name for name in names if name not in table and name != "Plan"] == []


def test_pictures():
    """Each picture is in the checkout; together they are below 400 kB."""
    paths = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    sizes = [(ROOT / path).stat().st_size for path in paths]
    assert 2 <= len(sizes) <= 3
    assert sum(sizes) < 400_000


def test_short_enough_to_read():
    """The README has at most 150 lines."""
    assert README.count("\n") <= 150
