"""The command line: what each command prints and writes, and its exit status."""

import contextlib
import csv
import io
import os
import pty
import pwd
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import cli
from spacecraft_analysis.cli import main
from spacecraft_analysis.frames.formats import FORMATS, with_durations
from spacecraft_analysis.frames.tables import TABLES
from spacecraft_analysis.launch_library.http import DownError
from spacecraft_analysis.report import build
from tests.ll2_server import Server, catalogue
from tests.ll2_server.dockings import with_dockings
from tests.records import craft, flight, in_normal_mode, snapshot

# Most start a process or a server.
pytestmark = pytest.mark.slow

Done = subprocess.CompletedProcess[str]
COMMAND = [str(Path(sys.executable).parent / "spacecraft-analysis")]
COMMANDS = ["fetch", "plan", "report", "notebooks", "table", "export", "check", "diff"]
COMMANDS += ["dictionary", "cache", "doctor"]


def start(*arguments: str, encoding: str = "utf-8", **environment: str) -> Done:
    """Run a command in a process of its own, as a shell does."""
    env = os.environ | environment
    return subprocess.run([*COMMAND, *arguments], capture_output=True, encoding=encoding, env=env)


def run(*arguments: str) -> Done:
    """Run a command in this process, which has imported everything."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            status = main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    for stream in streams:
        stream.seek(0)
    return Done(arguments, status, *(stream.read() for stream in streams))


@pytest.fixture
def ll2(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The stand-in for LL2, with its address in the environment."""
    monkeypatch.setenv("LL2_BASE_URL", server.base_url)
    return server


@pytest.fixture
def docked(ll2: Server) -> list[dict[str, Any]]:
    """The docking events of a catalogue of which tables can be made."""
    records, events = with_dockings(catalogue(20), 15)
    ll2.set_records(records)
    ll2.set_docking_events(events)
    return events


@pytest.fixture
def contradictory(tmp_path: Path) -> Path:
    """A snapshot file with one error, whose finding contains characters of no old encoding."""
    flown = flight(1, "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z", duration="P2D")
    record = craft(1, time_in_space="P5D", flights_count=1, mission_ends_count=1, flights=[flown])
    return snapshot(record).write(tmp_path / "sum.json.gz")


# fetch, plan, cache, doctor


def test_fetch_writes_a_snapshot(ll2, tmp_path):
    """`fetch` writes the whole answer to the file and says so in one line."""
    file = tmp_path / "all.json.gz"
    done = run("fetch", "--output", str(file), "--mode", "normal", "--ordering=-time_docked")
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    assert line.startswith("230 spacecraft, retrieved 20")
    assert line.endswith(f" UTC, written to {file}")
    assert sa.load(file).query == {"mode": "normal", "ordering": "-time_docked"}


def test_every_filter_has_a_flag(ll2, tmp_path):
    """Each filter of `LaunchLibrary.fetch` can be set by a flag and reaches LL2."""
    words = "--in-space=false --is-placeholder=false --spacecraft-config=1 --status=4 --limit=3"
    flags = [*words.split(), "--search=Soyuz", "--name=Soyuz 10"]
    done = run("fetch", "--output", str(tmp_path / "one.json"), "--refresh", *flags)
    assert done.returncode == 0, done.stderr
    query = ll2.spacecraft_requests[0].query
    assert {f"--{name.replace('_', '-')}={value}" for name, value in query.items()} >= {*flags}


def test_fetch_reports_each_page_in_a_pipe(ll2, tmp_path):
    """Where stderr is no terminal `fetch` prints a line for each page, and none twice."""
    lines = run("fetch", "--output", str(tmp_path / "all.json")).stderr.splitlines()
    assert len(lines) == len({*lines})
    assert {re.search(r"(\d)/3 pages: ", line)[1] for line in lines[1:]} >= {"1", "2"}


def test_fetch_in_the_rate_limit(ll2, tmp_path):
    """A fetch that LL2 throttles exits with 75 and says from when the same command continues."""
    ll2.quota = 1
    done = run("fetch", "--output", str(tmp_path / "all.json"))
    assert done.returncode == 75
    last = done.stderr.splitlines()[-1]
    assert re.search(r"until .* \d\d:\d\d:\d\d UTC.*; the same command resumes then", last)
    assert "LaunchLibrary(" not in last


def test_a_log(ll2, tmp_path):
    """With -v each request is a line on stderr with its time."""
    done = run("fetch", "-v", "--output", str(tmp_path / "all.json"))
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^\d{4}-\d\d-\d\d .* INFO .*/spacecraft/", done.stderr, re.M)) >= 2


def test_a_warning_without_a_log(ll2, tmp_path):
    """What was given up is on stderr also without -v: here the time of a server's wrong clock."""
    ll2.date = "Thu, 01 Jan 1970 00:00:00 GMT"
    done = run("fetch", "--output", str(tmp_path / "all.json"))
    assert done.returncode == 0
    assert re.search(r"WARNING the server's clock .* is more than a day off", done.stderr)
    assert " INFO " not in done.stderr


def test_an_interrupted_fetch_resumes(ll2, tmp_path):
    """Ctrl-C ends a fetch with one line; the next one requests only the missing pages."""
    command = ["fetch", "--output", str(tmp_path / "all.json")]
    ll2.fault(3, "stall")
    with subprocess.Popen([*COMMAND, *command], stderr=subprocess.PIPE, text=True) as process:
        while len(ll2.spacecraft_requests) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        last = process.communicate(timeout=60)[1].splitlines()[-1]
    assert process.returncode == 130
    assert last == "spacecraft-analysis: interrupted; 2 pages cached; the same command resumes"
    ll2.clear_faults()
    assert run(*command).returncode == 0
    assert len(ll2.spacecraft_requests) == 4


def test_a_fetch_interrupted_after_its_last_page(ll2, tmp_path, monkeypatch):
    """Ctrl-C while the file is written says so in one line, too."""
    monkeypatch.setattr(sa.Snapshot, "write", mock.Mock(side_effect=KeyboardInterrupt))
    done = run("fetch", "--output", str(tmp_path / "all.json"))
    last = "spacecraft-analysis: interrupted; the same command resumes"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (130, last)


@pytest.mark.usefixtures("cache_dir")
def test_plan_fails_without_an_answer(monkeypatch):
    """Where LL2 can't be reached `plan` prints what it knows, and fails with one line."""
    monkeypatch.setenv("LL2_BASE_URL", "http://127.0.0.1:1/2.3.0/")
    done = run("plan")
    assert done.returncode == 75
    assert "LL2 did not respond" in done.stdout.splitlines()[-1]
    assert re.fullmatch(r".*can't be reached.*\n", done.stderr)


def test_plan_fails_offline_without_a_page(ll2, tmp_path, monkeypatch):
    """Offline `plan` fails as `fetch` would, with the first page that is missing."""
    run("fetch", "--output", str(tmp_path / "all.json"))
    monkeypatch.setenv("SPACECRAFT_ANALYSIS_OFFLINE", "1")
    cached, missing = run("plan"), run("plan", "--dockings")
    assert (cached.returncode, cached.stderr) == (0, "")
    assert (missing.returncode, len(missing.stdout.splitlines())) == (1, 3)
    assert re.search(r"offline, and http.*/docking_events/\?", missing.stderr)


@pytest.mark.usefixtures("ll2")
def test_plan_fails_with_a_refused_token(monkeypatch):
    """`plan` reports a token that LL2 refuses, without printing it."""
    monkeypatch.setenv("LL2_TOKEN", "nobodys-key")
    done = run("plan")
    assert done.returncode == 1
    assert "LL2 refused the token: check LL2_TOKEN" in done.stderr
    assert "nobodys-key" not in done.stdout + done.stderr


def test_cache_shows_and_removes_pages(ll2, cache_dir):
    """`cache` prints how many pages are cached, their size and age, and removes them."""
    sa.LaunchLibrary().fetch(limit=3)
    described = rf"1 page, \d+\.\d MB, \d+ min old cached in {cache_dir}\n"
    assert re.fullmatch(described, run("cache").stdout)
    assert run("cache", "--remove").stdout == f"removed the pages cached in {cache_dir}\n"
    assert run("cache", "--remove").stdout == f"no pages cached in {cache_dir}\n"


def test_without_a_home(ll2, monkeypatch):
    """`doctor`, `plan` and `cache` say that there is no home for the cache, and go on."""
    monkeypatch.delenv("SPACECRAFT_ANALYSIS_CACHE_DIR")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", mock.Mock(side_effect=KeyError))
    commands = ("doctor", "plan", "cache", "cache --remove", "fetch --output a.json")
    done = [run(*command.split()) for command in commands]
    assert [one.returncode for one in done] == [0, 0, 0, 0, 1]
    missing = "no home directory: set SPACECRAFT_ANALYSIS_CACHE_DIR\n"
    assert all(missing in one.stdout + one.stderr for one in done)
    doctor, plan, *_ = (one.stdout for one in done)
    assert f"spacecraft-analysis {sa.__version__}" in doctor
    assert "left, next request possible now" in doctor
    assert plan.startswith("requests needed: up to 7 (0 pages cached)")
    assert ll2.paid_requests == []


# table, check, diff, dictionary


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_a_table_in_a_pipe(name):
    """In a pipe `table` prints all rows and columns, tab-separated."""
    done = run("table", name)
    frame = getattr(sa.load("sample"), name)
    lines = list(csv.reader(io.StringIO(done.stdout), delimiter="\t"))
    assert lines[0] == with_durations(frame).columns
    assert {len(line) for line in lines} == {frame.width}
    assert len(lines) == frame.height + 1


def test_columns_and_durations_of_a_table(tmp_path):
    """`table` writes the columns and the form of durations that are asked for."""
    columns = ("--columns", "spacecraft_name,duration")
    seconds = run("table", "flights", *columns).stdout
    assert seconds.startswith("spacecraft_name\tduration_seconds\n")
    spaced = run("table", "flights", "--columns", " spacecraft_name , duration,duration").stdout
    assert spaced == seconds
    days = run("table", "flights", *columns, "--durations", "days").stdout
    assert days.startswith("spacecraft_name\tduration_days\n")
    file = tmp_path / "flights.csv"
    run("table", "flights", *columns, "--output", str(file), "--durations", "iso")
    assert re.search(r"\nSpace Shuttle Columbia,P2DT\w+\n", file.read_text())


@pytest.mark.parametrize("path", ["tables", "ll2.xlsx"])
def test_export(tmp_path, path):
    """`export` writes all tables and says what it left out, and what it replaces."""
    source = str(snapshot(craft(1)).write(tmp_path / "one.json"))
    done = run("export", str(tmp_path / path), "--source", source)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"spacecraft, flights, configurations written to {tmp_path / path}\n"
    assert "left out: no dockings: the snapshot was fetched without --dockings" in done.stderr
    assert (tmp_path / path).exists()
    again = run("export", str(tmp_path / path), "--source", source).stdout
    assert again == done.stdout.replace("\n", ", replacing an earlier export\n")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_in_a_file(tmp_path, suffix):
    """`table --output` writes each format by the file's suffix; the help names it."""
    file, source = tmp_path / f"flights{suffix}", tmp_path / "few.json"
    frame = sa.load(sa.load("sample", limit=20).write(source)).flights
    done = run("table", "flights", "--output", str(file), "--source", str(source))
    assert done.stdout == f"{frame.height} rows of flights written to {file}\n"
    assert file.read_bytes() == FORMATS[suffix](frame)
    assert suffix in run("table", "--help").stdout


def test_a_table_that_can_not_be_written(tmp_path):
    """Where a file can't be written one line says why, and the folder stays as it was."""
    folder = tmp_path / "flights.csv"
    folder.mkdir()
    done = run("table", "flights", "--output", str(folder))
    assert (done.returncode, [*tmp_path.iterdir()]) == (1, [folder])
    assert done.stderr == f"spacecraft-analysis: {folder} can't be written: Is a directory\n"


def test_a_workbook_without_the_extra(tmp_path, monkeypatch):
    """Without xlsxwriter one line names the extra to install."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    done = run("table", "flights", "--output", str(tmp_path / "f.xlsx"))
    assert done.returncode == 1
    assert done.stderr.endswith("pip install 'spacecraft-analysis[excel]'\n")
    assert [*tmp_path.iterdir()] == []


def test_table_dockings_of_live_data(docked):
    """`table dockings --source live` downloads the docking events."""
    done = run("table", "dockings", "--source", "live")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(csv.reader(io.StringIO(done.stdout), delimiter="\t"))) == len(docked) + 1


def test_a_file_without_docking_events(tmp_path):
    """For a snapshot without docking events the error says how to get them."""
    file = str(snapshot(craft(1)).write(tmp_path / "one.json"))
    for arguments in (["dockings"], ["flights", "--dockings"]):
        done = run("table", *arguments, "--source", file)
        assert (done.returncode, done.stdout) == (1, "")
        assert "no docking events" in done.stderr


def test_a_warning_is_one_line(tmp_path):
    """A warning about the data is one line that names the command with the details."""
    file = snapshot(craft(1), craft(2, time_docked=5), craft(3)).write(tmp_path / "malformed.json")
    done = start("table", "spacecraft", "--source", str(file))
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    assert re.match("spacecraft-analysis: 1 value had .*see `spacecraft-analysis check`", line)


def test_check_strict(contradictory, tmp_path):
    """With --strict `check` prints all findings and fails if one of them is an error."""
    strict, usual = run("check", str(contradictory), "--strict"), run("check", str(contradictory))
    assert (usual.returncode, strict.returncode, strict.stdout) == (0, 1, usual.stdout)
    assert re.fullmatch(r"spacecraft-analysis: .*sum\.json\.gz: 1 error found\n", strict.stderr)
    clean = snapshot(craft(1, time_in_space=None, time_docked=None)).write(tmp_path / "clean.json")
    assert run("check", str(clean), "--strict").returncode == 0
    assert run("check", "nowhere.json", "--strict").returncode == 3


def test_a_query_that_no_spacecraft_match(ll2, tmp_path):
    """An empty answer is one request, reported in a line that names the query, and no failure."""
    file = str(tmp_path / "none.json")
    fetched = run("fetch", "--output", file, "--search", "no such craft")
    assert "LL2: no spacecraft match --search 'no such craft'\n" in fetched.stderr
    table = run("table", "spacecraft", "--source", file)
    assert (fetched.returncode, table.returncode, len(ll2.requests)) == (0, 0, 1)
    assert table.stderr.endswith("none.json: no spacecraft match --search 'no such craft'\n")


def test_diff_of_two_queries(tmp_path):
    """That two snapshots answer different queries is reported in one line."""
    few = str(sa.load("sample", search="Apollo", limit=2).write(tmp_path / "few.json"))
    [line] = run("diff", "sample", few).stderr.splitlines()
    assert line.endswith(f"(sample: all; {few}: --search Apollo --limit 2)")


def test_diff_exit_code(tmp_path):
    """`diff` prints a line for each change; with --exit-code it exits with 1, where it fails 3."""
    old = str(snapshot(craft(1)).write(tmp_path / "old.json"))
    new = str(snapshot(craft(1, name="Renamed")).write(tmp_path / "new.json"))
    done = run("diff", old, new)
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    statuses = [run("diff", old, side, "--exit-code").returncode for side in (old, new, "none")]
    assert statuses == [0, 1, 3]


@pytest.mark.usefixtures("docked")
def test_check_and_diff_report_what_live_lacks(tmp_path):
    """That a live source has no docking events is reported, with the command that gets them."""
    file = str(tmp_path / "docked.json")
    run("fetch", "--dockings", "--output", file)
    for command in (["check", "live"], ["diff", file, "live"]):
        done = run(*command)
        assert done.returncode == 0
        [line] = done.stderr.splitlines()
        assert re.search("docking events were not .*: live has none", line)
        assert "fetch --dockings --output FILE" in line


def test_diff_reports_what_one_file_lacks(tmp_path):
    """What `diff` can't compare since one file lacks it is reported; what both lack is not."""
    of = snapshot(craft(1, time_in_space=None, time_docked=None), docking_events=[])
    full = str(of.write(tmp_path / "full.json"))
    normal = str(in_normal_mode(of).write(tmp_path / "normal.json"))
    undocked = str(snapshot(*of.records).write(tmp_path / "undocked.json"))
    for lacking, what in ((normal, "flights and configurations"), (undocked, "docking events")):
        missing = f"{what} were not compared: {lacking} has none"
        assert missing in run("diff", full, lacking).stderr
    assert run("diff", undocked, undocked).stderr == run("check", undocked).stderr == ""


def test_dictionary_lists_every_column():
    """`dictionary` prints one line for each column of each table."""
    assert run("dictionary").stdout.count("\n") == sa.data_dictionary().height + 1
    lines = run("dictionary", "dockings").stdout.splitlines()[1:]
    assert {line.split("\t")[0] for line in lines} == {"dockings"}


# report, notebooks


def test_notebooks_copies_the_essays(tmp_path):
    """`notebooks` copies the essays, and leaves a copy alone that was changed."""
    folder = tmp_path / "new" / "essays"
    essays = {path.name: path.read_bytes() for path in build.bundled_notebooks()}
    copies = [str(folder / name) for name in essays]
    first = run("notebooks", str(folder))
    assert (first.returncode, first.stdout.splitlines(), first.stderr) == (0, copies, "")
    unchanged = run("notebooks", str(folder))
    assert (unchanged.returncode, unchanged.stdout) == (0, "")
    assert unchanged.stderr.endswith(f": the essays are in {folder} already, unchanged\n")
    (folder / "docking.ipynb").write_text("my own work")
    (folder / "turnaround.ipynb").unlink()
    again = run("notebooks", str(folder))
    assert again.stdout == f"{folder / 'turnaround.ipynb'}\n"
    [line] = again.stderr.splitlines()
    assert line.endswith("docking.ipynb differs from the essay and was left as it is")
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert there == essays | {"docking.ipynb": b"my own work"}


def own_notebook(path: Path, source: str) -> str:
    """The path of a new notebook with one cell of code after its parameters."""
    from tests.report.essay import code, write

    return str(write(path, code("source = 'sample'", "parameters"), code(source)))


def test_a_live_report_downloads_once(ll2, tmp_path):
    """All notebooks share one download; where it fails none runs, and nothing is written."""
    code = "import spacecraft_analysis as sa\nsa.load(source).count"
    own = [own_notebook(tmp_path / f"{name}.ipynb", code) for name in ("one", "two")]
    command = ("report", *own, "--source", "live", "--output", str(tmp_path / "reports"))
    ll2.set_records(catalogue(120))
    ll2.quota = 1
    done = run(*command)
    assert (done.returncode, len(ll2.spacecraft_requests)) == (75, 2)
    assert "UTC" in done.stderr
    assert not (tmp_path / "reports").exists()
    ll2.quota = 15
    done = run(*command)
    assert (done.returncode, len(ll2.spacecraft_requests)) == (0, 3)
    pages = {path.name for path in (tmp_path / "reports").iterdir()}
    assert pages == {"index.html", "one.html", "two.html"}


def test_a_notebook_without_its_live_data(ll2, tmp_path):
    """A notebook that fetches by itself exits with 75, too, where LL2 throttles it."""
    code = "import spacecraft_analysis as sa\nsa.LaunchLibrary().fetch()"
    own = own_notebook(tmp_path / "own.ipynb", code)
    ll2.quota = 1
    done = run("report", "--output", str(tmp_path / "reports"), own)
    assert done.returncode == 75
    assert "ThrottledError" in done.stderr


@pytest.mark.parametrize(
    ("error", "status"), [(DownError, 75), (sa.IncompleteError, 75), (sa.AnswerError, 1)]
)
def test_what_a_notebooks_error_means(tmp_path, monkeypatch, error, status):
    """A report exits with 75 after an error of a cell that may pass, after any other with 1."""
    failure = f"cell 1 of 1 failed\n  {error.__name__}: why"
    monkeypatch.setattr(build, "run", lambda *_, **__: failure)
    own = own_notebook(tmp_path / "own.ipynb", "sa.load('live')")
    assert run("report", "--output", str(tmp_path / "reports"), own).returncode == status


# Usage, failures, streams


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["plan", "--mode", "list"], 2, "expected one of detailed, normal"),
        (["plan", "--in-space", "maybe"], 2, "expected true or false"),
        (["plan", "--limit", "0"], 2, "--limit=0: "),
        (["plan", "--ordering", "-time_docked"], 2, "an equals sign: --ordering=-time_docked\n"),
        (["fetch", "--output", "a.json", "--spacecraft-config", "0"], 2, "--spacecraft-config=0: "),
        (["fetch"], 2, "--output"),
        # Before any request is sent.
        (["fetch", "--output", "a.txt"], 2, ".json.gz"),
        (["fetch", "--output", "none/a.json"], 2, "there is no folder none"),
        (["chekc"], 2, "(did you mean 'check'?)"),
        (["report", "-p", "source"], 2, "expected NAME=VALUE"),
        (["report", "-p", "a=1", "-p", "a=2"], 2, "a is set twice"),
        (["report", "--source", "sample", "-p", "source=live"], 2, "source is set twice"),
        (["check", "nowhere.json"], 1, "nowhere.json can't be read: No such file"),
        (["cache"], 1, "set SPACECRAFT_ANALYSIS_CACHE_DIR to another folder"),
        (["check", ""], 2, "the path is empty"),
        (["check", "https://example.org/a.json"], 2, "is an address"),
        (["report", "--output", ""], 2, "the path is empty"),
        (["fetch", "--output", "~nobody-at-all/a.json"], 2, "~nobody-at-all"),
        (["export", "tables.csv"], 2, "a file that ends in .duckdb or .xlsx"),
        (["export", "a.xlsx", "--format", "csv"], 2, "a.xlsx: --format is for a folder"),
        (["table", "flihgts"], 2, "(did you mean 'flights'?)"),
        (["table", "flights", "--columns", "flight_idd"], 2, "(did you mean 'flight_id'?)"),
        (["notebooks", __file__], 2, "test_cli.py is a file; pass a folder"),
        (["report", "-o", "x"], 2, "unrecognized arguments: -o"),
        (["report", "--source", __file__], 1, "test_cli.py is not a snapshot; expected a file"),
        (["table", "flights", "--output", "f.txt"], 2, "ends in one of .parquet, .csv, .tsv"),
        (["table", "flights", "--output", "none/f.csv"], 2, "there is no folder none"),
    ],
)
def test_wrong_usage_and_failures(arguments, status, message):
    """Wrong usage exits with 2, a failure with 1 and one line."""
    done = run(*arguments)
    assert done.returncode == status
    assert message in done.stderr
    if status == 1:
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [
        *("{}", "check {}", "diff sample {}", "table {}", "table flights --source {}"),
        *("table flights --output {}", "fetch --output {}", "report --source {}", "report {}"),
        *("report -p {}", "report --output {}", "notebooks {}"),
    ],
)
def test_no_message_shows_a_password(command):
    """The password of an address that was typed is in no message."""
    done = run(*command.format("https://me:hunter2@example.org/a.json").split())
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr
    assert "example.org" in done.stderr


@pytest.mark.parametrize(
    "command", ["check live", "diff sample live", "report --source live", "doctor"]
)
def test_wrong_environment(monkeypatch, command):
    """A setting that can't be used is wrong usage; `doctor` prints its versions before."""
    monkeypatch.setenv("LL2_BASE_URL", "nowhere")
    done = run(*command.split())
    assert done.returncode == 2
    assert "base_url (LL2_BASE_URL) is no" in done.stderr
    assert (f"spacecraft-analysis {sa.__version__}\n" in done.stdout) == (command == "doctor")


def test_no_code_is_imported_from_the_working_folder(tmp_path, monkeypatch):
    """Files in the working folder that are named like libraries are not imported."""
    for name in ("argparse", "random", "uuid", "polars", "typing_extensions"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    monkeypatch.chdir(tmp_path)
    done = start("dictionary")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_pipe_is_no_failure(tmp_path, monkeypatch):
    """If the reader of a pipe stops reading, the command ends without a message."""
    # Else nothing would be left for Python to write when it ends.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    command = [*COMMAND, "notebooks", str(tmp_path)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("redirection", "folder", "status", "message"),
    [
        (">/dev/full", "essays", 1, b"spacecraft-analysis: No space left on device\n"),
        (">&-", "essays", 0, b""),
        ("2>&-", __file__, 2, b""),
        (">&- 2>&-", __file__, 2, b""),
    ],
)
def test_streams_that_take_nothing(tmp_path, monkeypatch, redirection, folder, status, message):
    """A full disk is a failure in one line; what would go to a closed stream is dropped."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, "notebooks", folder]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", message)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii:strict"])
def test_a_pipe_of_another_encoding(tmp_path, encoding):
    """Characters that PYTHONIOENCODING's encoding lacks are printed as escapes."""
    name = encoding.split(":")[0]
    done = start("notebooks", str(tmp_path / "Σ≠"), encoding=name, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u03a3\\u2260" in done.stdout


def test_a_pipe_is_utf_8_in_any_locale(contradictory):
    """Without PYTHONIOENCODING a pipe gets UTF-8, whatever the locale."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = start("check", str(contradictory), encoding="utf-8", **plain)
    assert "Σ flight durations ≠ time in space" in done.stdout


def shown_in_a_terminal(*arguments: str) -> list[str]:
    """The few lines that a command shows in a terminal of 80 columns, without their styles."""
    parent, child = pty.openpty()
    environment = mock.patch.dict(os.environ, COLUMNS="80", TERM="xterm")
    with open(child, "w") as terminal, contextlib.redirect_stdout(terminal), environment:
        assert main(arguments) == 0
    shown = b""
    # The terminal is gone once it has been read to its end.
    with contextlib.suppress(OSError):
        while part := os.read(parent, 65536):
            shown += part
    os.close(parent)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()


def test_a_terminal_shows_a_table_that_fits(contradictory):
    """In a terminal a table is no wider than the terminal, and its number of rows stands below."""
    lines = shown_in_a_terminal("check", str(contradictory))
    assert 70 < max(map(len, lines)) <= 80
    count = sa.check(sa.load(contradictory)).height
    assert lines[-1] == f"{count} findings; for all columns: | cat"


def test_a_terminal_gets_no_control_characters(tmp_path):
    """A control character in a name is a blank in a terminal."""
    file = snapshot(craft(1, name="\x1b[31mred\x07", time_docked="P1M")).write(tmp_path / "a.json")
    shown = "".join(shown_in_a_terminal("check", str(file)))
    assert "[31mred" in shown
    assert "\x07" not in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command):
    """Each command's help shows an example and explains every argument."""
    shown = run(command, "--help").stdout
    assert f"example: spacecraft-analysis {command}" in shown
    assert re.findall(r"^  \S+(?: \S+)*\n(?! {4})", shown, re.MULTILINE) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("export", "folder (a Data Package), .duckdb file or .xlsx file"),
        ("fetch", "every page again; resumes, too, after a rate limit"),
        ("table", "native (default for .parquet; DuckDB reads it as a whole number of"),
    ],
)
def test_help_on_what_surprises(command, words):
    """It says what a path makes, that a refresh resumes, and what DuckDB makes of durations."""
    assert words in " ".join(run(command, "--help").stdout.split())


def test_the_command_line_names_the_tables():
    """`table` offers every table, and a terminal shows columns that the table has."""
    columns = {table.name: {column.name for column in table.columns} for table in TABLES}
    assert columns.keys() == cli._MAIN_COLUMNS.keys()
    assert all({*shown} <= columns[name] for name, shown in cli._MAIN_COLUMNS.items())
