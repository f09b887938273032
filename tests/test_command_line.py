"""The command line: each command as a process of its own, and all that it can be told."""

import contextlib
import csv
import io
import os
import pty
import re
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import __main__, commands
from spacecraft_analysis.__main__ import main
from spacecraft_analysis.frames import FORMATS
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.terminal import wrapped
from tests.ll2_server import LaunchLibraryServer, catalogue
from tests.ll2_server.dockings import with_dockings
from tests.records import craft, flight, snapshot

# Most start processes.
pytestmark = pytest.mark.slow

COMMANDS = ["fetch", "plan", "report", "table", "check", "diff", "dictionary", "doctor", "cache"]
COMMAND = [sys.executable, "-W", "error", "-m", "spacecraft_analysis"]


class Ran(NamedTuple):
    """What a command ended with, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def start(
    *arguments: str, encoding: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        encoding=encoding,
        timeout=120,
        env=os.environ | environment,
        check=False,
    )


def run(*arguments: str, **environment: str) -> Ran:
    """Run a command in this process, which has imported everything already."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    for stream in streams:
        stream.seek(0)
    return Ran(status, *(stream.read() for stream in streams))


def help_of(command: str, columns: int = 80) -> str:
    return run(*command.split(), "--help", COLUMNS=str(columns)).stdout


def test_fetch_writes_every_page(tmp_path: Path) -> None:
    """`fetch` writes the whole answer to the file and says so in one line, silent on a pipe."""
    file = tmp_path / "pull.json.gz"
    with LaunchLibraryServer(catalogue(120)) as server:
        done = start(
            *("fetch", "--output", str(file), "--mode", "normal", "--ordering", "-time_docked"),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
        )
    assert (done.returncode, done.stderr) == (0, "")
    [told] = done.stdout.splitlines()
    assert told.startswith("120 spacecraft, retrieved 20")
    assert told.endswith(f" UTC, written to {file}")
    assert sa.load(file).query == {"mode": "normal", "ordering": "-time_docked"}


def test_docking_events_into_a_file(tmp_path: Path) -> None:
    """`--dockings` costs what a plan with it says, and its events stand in the file."""
    records, events = with_dockings(catalogue(20), 15)
    file = tmp_path / "docked.json"
    with LaunchLibraryServer(records, docking_events=events) as server:
        where = {
            "LL2_BASE_URL": server.base_url,
            "SPACECRAFT_ANALYSIS_CACHE_DIR": str(tmp_path / "cache"),
        }
        planned = run("plan", "--dockings", **where)
        done = run("fetch", "--dockings", "--output", str(file), **where)
        again = run("plan", "--dockings", **where)
    assert "requests needed: at most about 14 (pages kept: 0)" in planned.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert "requests needed: 0 (pages kept: 2)" in again.stdout
    assert sa.load(file, dockings=True).dockings.height == len(events)


def test_every_argument_has_a_flag(tmp_path: Path) -> None:
    """Each argument of fetch can be given as a flag, and reaches LL2."""
    flags = {
        "--in-space": "false",
        "--is-placeholder": "false",
        "--name": "Soyuz 10",
        "--spacecraft-config": "1",
        "--status": "4",
        "--search": "Soyuz",
        "--limit": "3",
    }
    with LaunchLibraryServer(catalogue(5)) as server:
        done = run(
            *("fetch", "--output", str(tmp_path / "one.json"), "--refresh"),
            *(word for pair in flags.items() for word in pair),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
        )
        asked = server.spacecraft_requests[0].query
    assert done.returncode == 0, done.stderr
    for flag, value in flags.items():
        assert asked[flag[2:].replace("-", "_")] == value


def test_plan_prints_three_lines(tmp_path: Path) -> None:
    """`plan` says the cost, the allowance and the time, and sends nothing that counts."""
    with LaunchLibraryServer(catalogue(5), quota=15) as server:
        done = start(
            *("plan", "--limit", "40"),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path),
        )
        assert server.spacecraft_requests == []
    assert len(done.stdout.splitlines()) == 3
    assert "requests needed: 1 " in done.stdout
    assert "15 left" in done.stdout


def test_plan_fails_where_nobody_answers() -> None:
    """`plan` says what it knows, and fails in one clear line if the rest can't be had."""
    done = run("plan", LL2_BASE_URL="http://127.0.0.1:1/2.3.0/")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "can be done: not now, since LL2 did not answer"
    assert len(done.stderr.splitlines()) == 1
    assert "can't be reached" in done.stderr


def test_plan_fails_where_offline_something_is_missing(tmp_path: Path) -> None:
    """`plan` fails as the fetch would, with the first page that is missing; else it does not."""
    file = tmp_path / "pull.json"
    with LaunchLibraryServer(catalogue(120)) as server:
        where = {
            "LL2_BASE_URL": server.base_url,
            "SPACECRAFT_ANALYSIS_CACHE_DIR": str(tmp_path / "cache"),
        }
        run("fetch", "--output", str(file), **where)
        kept = run("plan", SPACECRAFT_ANALYSIS_OFFLINE="1", **where)
        missing = run("plan", "--dockings", SPACECRAFT_ANALYSIS_OFFLINE="1", **where)
    assert (kept.returncode, kept.stderr) == (0, "")
    assert (missing.returncode, len(missing.stdout.splitlines())) == (1, 3)
    assert re.fullmatch(
        r".*offline, and http.*/docking_events/\?.* is not kept.*\n", missing.stderr
    )


def test_plan_fails_where_the_token_is_refused(tmp_path: Path) -> None:
    """`plan` does not promise what LL2 refuses to a token that it does not know."""
    with LaunchLibraryServer(catalogue(3)) as server:
        done = run(
            "plan",
            LL2_BASE_URL=server.base_url,
            LL2_TOKEN="nobodys-key",
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path),
        )
    assert done.returncode == 1
    assert "LL2 refused the token: check LL2_TOKEN" in done.stderr
    assert "nobodys-key" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["plan", "--mode", "list"], 2, "invalid choice: 'list'"),
        (["plan", "--in-space", "maybe"], 2, "expected true or false"),
        (["plan", "--limit", "0"], 2, "limit=0: expected a number from 1"),
        (["fetch"], 2, "--output"),
        (["chekc"], 2, "invalid choice: 'chekc'"),
        (["report", "-p", "source"], 2, "expected NAME=VALUE"),
        (["report", "-p", "a=1", "-p", "a=2"], 2, "a is given twice; leave one out"),
        (["report", "--source", "sample", "-p", "source=live"], 2, "source is given twice"),
        (["check", "nowhere.json"], 1, "there is no file nowhere.json"),
        (["check", ""], 2, "the path is empty"),
        (["check", "https://example.org/a.json"], 1, "is an address"),
        (["report", "--output", ""], 2, "the path is empty"),
        (["fetch", "--output", "~nobody-at-all/a.json"], 2, "no home directory of that name"),
        (["diff", "sample", "nowhere.json"], 1, "there is no file nowhere.json"),
        (["table", "flihgts"], 2, "invalid choice: 'flihgts'"),
        (["table", "flights", "--output", "f.txt"], 2, "ends in .parquet, .csv, .tsv, .ndjson or"),
        (["table", "flights", "--output", "none/f.csv"], 2, "there is no folder none"),
        (["table", "flights", "--source", "nowhere.json"], 1, "there is no file nowhere.json"),
    ],
)
def test_wrong_usage_and_failures(arguments: list[str], status: int, message: str) -> None:
    """Wrong usage ends with 2, a failure with 1 and one clear line; never a traceback."""
    done = run(*arguments)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    if status == 1:
        assert len(done.stderr.splitlines()) == 1


def test_no_code_is_taken_from_the_callers_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files beside the caller that bear the names of libraries are none of ours."""
    for name in ("argparse", "random", "uuid", "polars", "typing_extensions"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('code of the wrong folder')")
    monkeypatch.chdir(tmp_path)
    done = start("dictionary")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_a_failure() -> None:
    """Output that can't be written ends with 1 and one clear line."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "dictionary"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "spacecraft-analysis: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    "arguments", [["check", "live"], ["diff", "sample", "live"], ["report", "--source", "live"]]
)
def test_wrong_environment(arguments: list[str]) -> None:
    """A setting that can't be meant is wrong usage, said before anything is run."""
    done = run(*arguments, LL2_BASE_URL="nowhere")
    assert done.returncode == 2
    assert "base_url (LL2_BASE_URL) is no address" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_in_a_pipe_is_tab_separated() -> None:
    """In a pipe `check` prints all columns, tab-separated, one finding a line."""
    lines = start("check").stdout.splitlines()
    assert lines[0].split("\t")[0] == "rule"
    assert any(line.startswith("docked longer") and "Soyuz TM-4" in line for line in lines)


@pytest.fixture
def contradictory(tmp_path: Path) -> Path:
    """The file of a snapshot about which `check` says what no old encoding has letters for."""
    flown = flight(1, "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z", duration="P2D")
    record = craft(1, time_in_space="P5D", flights_count=1, mission_ends_count=1, flights=[flown])
    return snapshot(record).write(tmp_path / "sum.json.gz")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii:strict"])
def test_a_pipe_of_another_encoding(contradictory: Path, encoding: str) -> None:
    """A pipe that was asked to be of another encoding gets what that has not as escapes."""
    name = encoding.split(":")[0]
    told = start("check", str(contradictory), encoding=name, PYTHONIOENCODING=encoding)
    assert (told.returncode, told.stderr) == (0, "")
    assert "\\u03a3 flight durations \\u2260 time in space" in told.stdout


def test_a_pipe_is_utf_8_whatever_the_locale(contradictory: Path) -> None:
    """Without such a wish a pipe carries UTF-8, as files do, in a locale that has little else."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    told = start("check", str(contradictory), encoding="utf-8", **plain)
    assert "Σ flight durations ≠ time in space" in told.stdout


def test_a_file_with_a_name_in_another_script(tmp_path: Path) -> None:
    """A snapshot whose file stdout can't name is written, and told with escapes."""
    with LaunchLibraryServer(catalogue(3)) as server:
        done = start(
            *("fetch", "--output", str(tmp_path / "союз.json")),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
            PYTHONIOENCODING="latin-1",
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\\u0441\\u043e\\u044e\\u0437.json\n")
    assert sa.load(tmp_path / "союз.json").count == 3


@cache
def _of_shell(script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", script, "sh", *COMMAND, *arguments], capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "status"), [(["dictionary"], 0), (["check", "nowhere.json"], 1)]
)
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_failure(arguments: list[str], status: int, closed: str) -> None:
    """What would go to a closed stdout or stderr goes nowhere, and all else is as usual."""
    done, usual = _of_shell(f'exec "$@" {closed}', *arguments), _of_shell('exec "$@"', *arguments)
    assert done.returncode == usual.returncode == status
    assert done.stdout == (b"" if ">&-" in closed.split() else usual.stdout)
    assert done.stderr == (b"" if "2>&-" in closed.split() else usual.stderr)


def test_a_tilde_that_no_shell_took(tmp_path: Path) -> None:
    """A path that begins with ~ is in the user's home also where no shell said so."""
    snapshot(craft(1)).write(tmp_path / "one.json")
    done = run("check", "~/one.json", HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_diff_of_two_files(tmp_path: Path) -> None:
    """`diff` prints what changed between two files."""
    whole = sa.load("sample")
    old = whole.write(tmp_path / "old.json.gz")
    new = whole.select(search="Apollo").write(tmp_path / "new.json.gz")
    lines = start("diff", str(old), str(new)).stdout.splitlines()
    assert sum("\tremoved\t" in line for line in lines) > 100
    assert start("diff", str(old), str(old)).stdout.count("\n") == 1


def test_what_live_does_not_ask_is_told(tmp_path: Path) -> None:
    """That docking events are missing from a live source is told, and how to have them."""
    records, events = with_dockings(catalogue(20), 15)
    file = str(tmp_path / "docked.json")
    with LaunchLibraryServer(records, docking_events=events) as server:
        where = {
            "LL2_BASE_URL": server.base_url,
            "SPACECRAFT_ANALYSIS_CACHE_DIR": str(tmp_path / "cache"),
        }
        run("fetch", "--dockings", "--output", file, **where)
        for command, done in ((["check", "live"], "checked"), (["diff", file, "live"], "compared")):
            told = run(*command, **where)
            assert told.returncode == 0
            [line] = told.stderr.splitlines()
            assert f"docking events are not {done}, since there are none in live" in line
            assert "fetch --dockings --output FILE" in line


def test_what_one_side_lacks_is_told(tmp_path: Path) -> None:
    """What `diff` can't compare since one file lacks it is told; what neither has is not."""
    whole = sa.load("sample", limit=3)
    usual = str(whole.write(tmp_path / "usual.json"))
    normal = str(whole.select(mode="normal").write(tmp_path / "normal.json"))
    bare = str(snapshot(*whole.records).write(tmp_path / "bare.json"))
    told = run("diff", usual, normal).stderr
    assert told.startswith(
        "spacecraft-analysis: flights and configurations are not compared, since there are none in "
        f"{normal}; "
    )
    assert f"docking events are not compared, since there are none in {bare}; " in (
        run("diff", usual, bare).stderr
    )
    assert run("diff", bare, bare).stderr == ""
    assert run("check", bare).stderr == ""


def test_check_can_be_strict(contradictory: Path, tmp_path: Path) -> None:
    """With --strict errors among the findings end `check` with 1, after all are printed."""
    strict, usual = run("check", str(contradictory), "--strict"), run("check", str(contradictory))
    assert (usual.returncode, strict.returncode, strict.stdout) == (0, 1, usual.stdout)
    assert re.fullmatch(r"spacecraft-analysis: .*sum\.json\.gz: 1 error found\n", strict.stderr)
    flown = flight(1, "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z", duration="P2D")
    right = craft(
        1,
        time_in_space="P2D",
        time_docked=None,
        flights_count=1,
        mission_ends_count=1,
        flights=[flown],
    )
    sound = snapshot(right).write(tmp_path / "sound.json")
    assert run("check", str(sound), "--strict").returncode == 0


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_each_table_in_a_pipe(name: str) -> None:
    """In a pipe `table` prints each of the tables whole, tab-separated."""
    done = run("table", name)
    frame = getattr(sa.load("sample"), name)
    lines = list(csv.reader(io.StringIO(done.stdout), delimiter="\t"))
    assert lines[0] == frame.columns
    assert {len(line) for line in lines} == {frame.width}
    assert len(lines) == frame.height + 1


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_as_a_file(tmp_path: Path, suffix: str) -> None:
    """`table` writes each format by the file's suffix, and says how much in one line."""
    file = tmp_path / f"flights{suffix}"
    done = run("table", "flights", "--output", str(file))
    frame = sa.load("sample").flights
    assert done.stdout == f"{frame.height} rows of flights written to {file}\n"
    assert file.read_bytes() == FORMATS[suffix](frame)
    assert suffix in help_of("table")


def test_a_table_that_can_not_be_written(tmp_path: Path) -> None:
    """Where a file can't be written the one there stays, and one line says why."""
    folder = tmp_path / "flights.csv"
    folder.mkdir()
    done = run("table", "flights", "--output", str(folder))
    assert (done.returncode, [*tmp_path.iterdir()]) == (1, [folder])
    assert done.stderr == f"spacecraft-analysis: {folder} can't be written: Is a directory\n"


def test_a_workbook_without_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without xlsxwriter one line names the extra that has it."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert main(["table", "flights", "--output", str(tmp_path / "f.xlsx")]) == 1
    told = capsys.readouterr().err
    assert told.endswith("pip install 'spacecraft-analysis[excel]'\n")
    assert told.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_a_table_of_dockings_from_ll2(tmp_path: Path) -> None:
    """`table dockings` of live data asks for docking events unasked."""
    records, events = with_dockings(catalogue(20), 15)
    with LaunchLibraryServer(records, docking_events=events) as server:
        done = start(
            *("table", "dockings", "--source", "live"),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(csv.reader(io.StringIO(done.stdout), delimiter="\t"))) == len(events) + 1


def test_a_table_of_dockings_that_are_not_there(tmp_path: Path) -> None:
    """A snapshot without docking events is told how to get them."""
    file = snapshot(craft(1)).write(tmp_path / "one.json")
    for arguments in (["dockings"], ["flights", "--dockings"]):
        done = run("table", *arguments, "--source", str(file))
        assert (done.returncode, done.stdout) == (1, "")
        assert "has no docking events; fetch it again with dockings=True" in done.stderr


@pytest.mark.parametrize("command", ["fetch", "plan"])
def test_help_tells_ids_with_their_names(command: str) -> None:
    """Help names the ids of statuses and configurations that are in the sample."""
    craft = sa.load("sample").spacecraft
    shown = help_of(command, columns=10_000)
    for number, name in {*craft.select("status_id", "status_name").iter_rows()}:
        assert f"{number} {name}" in shown
    for number, name in {*craft.select("config_id", "config_name").iter_rows()}:
        assert f"{number} {name}" in shown


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fl", {"flights"}),
        ("flights --o", {"--output"}),
    ],
)
def test_the_tab_key_completes(tmp_path: Path, typed: str, offered: set[str]) -> None:
    """A shell is told which words can follow what is typed."""
    assert completed(f"table {typed}", tmp_path) == offered


def test_the_tab_key_offers_ids(tmp_path: Path) -> None:
    """After --status the tab key offers the ids that there are."""
    ids = {str(number) for number in sa.load("sample").spacecraft["status_id"]}
    assert completed("fetch --status ", tmp_path) == ids


def completed(typed: str, folder: Path) -> set[str]:
    line = f"spacecraft-analysis {typed}"
    told = folder / "told"
    start(
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_IFS=",",
        _ARGCOMPLETE_STDOUT_FILENAME=str(told),
        COMP_LINE=line,
        COMP_POINT=str(len(line)),
    )
    return {word.strip() for word in told.read_text().split(",") if word}


def test_dictionary_lists_every_column() -> None:
    """`dictionary` prints one line per column of every table."""
    lines = start("dictionary").stdout.splitlines()
    assert len(lines) == sa.data_dictionary().height + 1


def shown_in_a_terminal(*arguments: str, columns: int = 80) -> list[str]:
    """The lines that a command shows in a terminal of so many columns, without their styles."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=child,
        stderr=child,
        env=os.environ | {"COLUMNS": str(columns), "TERM": "xterm"},
    ) as process:
        os.close(child)
        shown = b""
        try:
            while part := os.read(parent, 65536):
                shown += part
        except OSError:
            # The terminal is gone once the process has ended.
            pass
        os.close(parent)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()


def test_a_terminal_shows_a_table_that_fits() -> None:
    """In a terminal a table is no wider than the terminal, and says how much there is."""
    lines = shown_in_a_terminal("check")
    assert 70 < max(map(len, lines)) <= 80
    count = sa.check(sa.load("sample")).height
    assert f"{count} findings; all columns with | cat" in "\n".join(lines)
    assert "Soyuz TM-4" in "\n".join(lines)


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_a_terminal_cuts_no_word(columns: int) -> None:
    """However narrow the terminal, a line ends between words, or in a long name after a _."""
    shown = shown_in_a_terminal("dictionary", columns=columns)
    assert max(map(len, shown)) <= columns
    words = {word for line in shown for word in line.split()}
    dictionary = sa.data_dictionary().select("table", "column", "meaning").rows()
    told = {word for row in dictionary for text in row for word in text.split()}
    cut = {word for word in told - words if len(word) < columns - len("column: ")}
    assert cut == set()


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (40, ["see spacecraft-analysis, time_in_space"]),
        (24, ["see spacecraft-analysis,", "time_in_space"]),
        (10, ["see", "spacecraft-analysis,", "time_in_", "space"]),
    ],
)
def test_lines_end_between_words(width: int, lines: list[str]) -> None:
    """No line ends in a hyphenated word; a name is parted after a _ where it has to be."""
    assert wrapped("see spacecraft-analysis, time_in_space", width) == lines


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_narrow_help_cuts_no_word(command: str) -> None:
    """In 30 columns help has the words that it has in 200, and no line is longer."""
    narrow, wide = help_of(command, columns=30), help_of(command, columns=200)
    assert max(map(len, narrow.splitlines())) <= 30
    assert narrow.split() == wide.split()


def test_a_terminal_gets_no_commands_of_its_own(tmp_path: Path) -> None:
    """A control character in a name, which would command a terminal, is a blank there."""
    file = snapshot(craft(1, name="\x1b[31mred\x07", time_docked="P1M")).write(
        tmp_path / "odd.json"
    )
    shown = "".join(shown_in_a_terminal("check", str(file)))
    assert "[31mred" in shown
    assert "\x07" not in shown


def test_a_closed_pipe_ends_quietly() -> None:
    """If the reader of a pipe has seen enough, the command ends without a complaint."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "dictionary"], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_interrupted_fetch_ends_quietly(tmp_path: Path) -> None:
    """Ctrl-C ends a fetch without a traceback, and what came is kept."""
    with LaunchLibraryServer(catalogue(250)) as server:
        server.fault(2, "stall")
        environment = {
            "LL2_BASE_URL": server.base_url,
            "SPACECRAFT_ANALYSIS_CACHE_DIR": str(tmp_path / "cache"),
        }
        with subprocess.Popen(
            [*COMMAND, "fetch", "--output", str(tmp_path / "pull.json")],
            stderr=subprocess.PIPE,
            env=os.environ | environment,
        ) as process:
            while len(server.spacecraft_requests) < 2:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, complaint = process.communicate(timeout=60)
        assert (process.returncode, complaint) == (130, b"")
        server.clear_faults()
        before = len(server.spacecraft_requests)
        assert run("fetch", "--output", str(tmp_path / "pull.json"), **environment).returncode == 0
        assert len(server.spacecraft_requests) == before + 2


def test_cache_tells_and_removes(tmp_path: Path) -> None:
    """`cache` says where pages are kept, how many, how large and how old, and removes them."""
    folder = tmp_path / "cache"
    environment = {"SPACECRAFT_ANALYSIS_CACHE_DIR": str(folder)}
    with LaunchLibraryServer(catalogue(3)) as server:
        sa.LaunchLibrary(base_url=server.base_url, cache_dir=folder).fetch()
    heading, line = start("cache", **environment).stdout.splitlines()
    assert heading == f"kept in {folder}"
    assert re.fullmatch(r"  spacecraft, detailed: 1 page, \d+ kB, \d+ min old", line)
    assert start("cache", "--remove", **environment).stdout == (
        f"removed the pages kept in {folder}\n"
    )
    assert start("cache", "--remove", **environment).stdout == f"no pages are kept in {folder}\n"


def test_doctor_never_fails() -> None:
    """`doctor` tells what it finds, also where nothing works."""
    done = start("doctor", LL2_BASE_URL="http://127.0.0.1:1/2.3.0/", HTTPS_PROXY="")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "versions"
    assert "kept pages" in lines
    assert any("can't be reached" in line for line in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    """Each command's help shows one example."""
    assert f"example: spacecraft-analysis {command}" in help_of(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_argument(command: str) -> None:
    """No argument stands in a command's help without a word on what it does."""
    shown = help_of(command)
    assert re.findall(r"^  \S+(?: \S+)*\n(?! {4})", shown, re.MULTILINE) == []


@pytest.mark.parametrize(
    ("name", "why"), [("x.txt", ".json.gz"), (".json", ".json.gz"), ("none/x.json", "no folder")]
)
def test_fetch_refuses_a_file_before_it_asks(tmp_path: Path, name: str, why: str) -> None:
    """A file that no snapshot can be written to is refused before a request is spent."""
    with LaunchLibraryServer(catalogue(3)) as server:
        done = run(
            *("fetch", "--output", str(tmp_path / name)),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
        )
        assert (done.returncode, server.requests) == (2, [])
    assert why in done.stderr


def test_a_live_report_asks_for_each_page_once(tmp_path: Path) -> None:
    """The five essays share what is asked for them beforehand."""
    done, asked = live_report(tmp_path, quota=15)
    assert (done.returncode, asked) == (0, 2)
    assert len(list((tmp_path / "reports").iterdir())) == 7


def test_a_live_report_meets_a_throttle_once(tmp_path: Path) -> None:
    """No essay runs without its data: the error is that of the one request refused."""
    done, asked = live_report(tmp_path, quota=1)
    assert (done.returncode, asked) == (1, 2)
    assert "LL2's allowance is used up" in done.stderr
    assert not (tmp_path / "reports").exists()


def live_report(folder: Path, quota: int) -> tuple[subprocess.CompletedProcess[str], int]:
    """The report of a catalogue of two pages, and how many pages were asked for."""
    with LaunchLibraryServer(catalogue(120), quota=quota) as server:
        done = start(
            *("report", "--source", "live", "--output", str(folder / "reports")),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(folder / "cache"),
        )
        return done, len(server.spacecraft_requests)


def test_what_can_be_typed_is_what_there_is() -> None:
    """The names that are told before tables are imported are those of the tables and formats."""
    assert (*(table.name for table in TABLES),) == __main__._TABLES
    assert (*FORMATS,) == __main__._FORMATS
    shown = {table.name: {column.name for column in table.columns} for table in TABLES}
    assert shown.keys() == commands._MAIN_COLUMNS.keys()
    assert all({*columns} <= shown[name] for name, columns in commands._MAIN_COLUMNS.items())
