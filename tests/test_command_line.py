"""The command line, as a process of its own."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from tests.ll2_server import LaunchLibraryServer, catalogue
from tests.records import craft, flight, snapshot

COMMAND = [sys.executable, "-W", "error", "-m", "spacecraft_analysis"]


def run(
    *arguments: str, encoding: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        encoding=encoding,
        timeout=120,
        env=os.environ | environment,
        check=False,
    )


def test_fetch_writes_every_page(tmp_path: Path) -> None:
    """`fetch` writes the whole answer to the file and says so in one line, silent on a pipe."""
    file = tmp_path / "pull.json.gz"
    with LaunchLibraryServer(catalogue(120)) as server:
        done = run(
            *("fetch", "--output", str(file), "--mode", "normal", "--ordering", "-time_docked"),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"120 spacecraft written to {file}\n"
    assert sa.load(file).query == {"mode": "normal", "ordering": "-time_docked"}


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
        done = run(
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
        (["fetch", "--output", "~nobody-at-all/a.json"], 2, "nobody's home has this name"),
        (["diff", "sample", "nowhere.json"], 1, "there is no file nowhere.json"),
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
    done = run("dictionary")
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
    lines = run("check").stdout.splitlines()
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
    told = run("check", str(contradictory), encoding=name, PYTHONIOENCODING=encoding)
    assert (told.returncode, told.stderr) == (0, "")
    assert "\\u03a3 flight durations \\u2260 time in space" in told.stdout


def test_a_pipe_is_utf_8_whatever_the_locale(contradictory: Path) -> None:
    """Without such a wish a pipe carries UTF-8, as files do, in a locale that has little else."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    told = run("check", str(contradictory), encoding="utf-8", **plain)
    assert "Σ flight durations ≠ time in space" in told.stdout


def test_a_file_with_a_name_in_another_script(tmp_path: Path) -> None:
    """A snapshot whose file stdout can't name is written, and told with escapes."""
    with LaunchLibraryServer(catalogue(3)) as server:
        done = run(
            *("fetch", "--output", str(tmp_path / "союз.json")),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(tmp_path / "cache"),
            PYTHONIOENCODING="latin-1",
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\\u0441\\u043e\\u044e\\u0437.json\n")
    assert sa.load(tmp_path / "союз.json").count == 3


@pytest.mark.parametrize(
    ("arguments", "status"), [(["dictionary"], 0), (["check", "nowhere.json"], 1)]
)
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_failure(arguments: list[str], status: int, closed: str) -> None:
    """What would go to a closed stdout or stderr goes nowhere, and all else is as usual."""
    script = f'exec "$@" {closed}'
    done, usual = (
        subprocess.run(["sh", "-c", text, "sh", *COMMAND, *arguments], capture_output=True)
        for text in (script, 'exec "$@"')
    )
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
    lines = run("diff", str(old), str(new)).stdout.splitlines()
    assert sum("\tremoved\t" in line for line in lines) > 100
    assert run("diff", str(old), str(old)).stdout.count("\n") == 1


def test_dictionary_lists_every_column() -> None:
    """`dictionary` prints one line per column of every table."""
    lines = run("dictionary").stdout.splitlines()
    assert len(lines) == sa.data_dictionary().height + 1


def shown_in_a_terminal(*arguments: str) -> list[str]:
    """The lines that a command shows in a terminal of 80 columns, without their styles."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=child,
        stderr=child,
        env=os.environ | {"COLUMNS": "80", "TERM": "xterm"},
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
    assert max(map(len, lines)) == 80
    count = sa.check(sa.load("sample")).height
    assert f"{count} findings; all columns with | cat" in "\n".join(lines)
    assert "Soyuz TM-4" in "\n".join(lines)


def test_a_terminal_cuts_no_name() -> None:
    """A name that is longer than its column is wide goes on in the next line."""
    columns = sa.data_dictionary().select("table", "column", "dtype", "meaning").rows()
    said = "".join(text for row in columns for text in row).count("…")
    assert "".join(shown_in_a_terminal("dictionary")).count("…") == said


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
    heading, line = run("cache", **environment).stdout.splitlines()
    assert heading == f"kept in {folder}"
    assert re.fullmatch(r"  spacecraft, detailed: 1 page, \d+ kB, \d+ min old", line)
    assert run("cache", "--remove", **environment).stdout == (
        f"removed the pages kept in {folder}\n"
    )
    assert run("cache", "--remove", **environment).stdout == f"no pages are kept in {folder}\n"


def test_doctor_never_fails() -> None:
    """`doctor` tells what it finds, also where nothing works."""
    done = run("doctor", LL2_BASE_URL="http://127.0.0.1:1/2.3.0/", HTTPS_PROXY="")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "versions"
    assert "kept pages" in lines
    assert any("can't be reached" in line for line in lines)


COMMANDS = ["fetch", "plan", "report", "check", "diff", "dictionary", "doctor", "cache"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    """Each command's help shows one example."""
    assert f"example: spacecraft-analysis {command}" in run(command, "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_argument(command: str) -> None:
    """No argument stands in a command's help without a word on what it does."""
    shown = run(command, "--help").stdout
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
    assert len(list((tmp_path / "reports").iterdir())) == 6


def test_a_live_report_meets_a_throttle_once(tmp_path: Path) -> None:
    """No essay runs without its data: the error is that of the one request refused."""
    done, asked = live_report(tmp_path, quota=1)
    assert (done.returncode, asked) == (1, 2)
    assert "LL2's allowance is used up" in done.stderr
    assert not (tmp_path / "reports").exists()


def live_report(folder: Path, quota: int) -> tuple[subprocess.CompletedProcess[str], int]:
    """The report of a catalogue of two pages, and how many pages were asked for."""
    with LaunchLibraryServer(catalogue(120), quota=quota) as server:
        done = run(
            *("report", "--source", "live", "--output", str(folder / "reports")),
            LL2_BASE_URL=server.base_url,
            SPACECRAFT_ANALYSIS_CACHE_DIR=str(folder / "cache"),
        )
        return done, len(server.spacecraft_requests)
