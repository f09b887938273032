"""Where a snapshot can be read from, and what is told of all else."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import SnapshotError
from tests.records import craft, snapshot

SNAPSHOT = snapshot(craft(1), craft(2, description="Союз “🚀”\r\n"))


@pytest.mark.parametrize("name", ["pull.json", "pull.json.gz", "pull.download"])
@pytest.mark.parametrize("mode", ["rb", "r"])
def test_an_open_file_is_read(name: str, mode: str, tmp_path: Path) -> None:
    """A file that is open for reading is as good as its path, whatever its name."""
    path = SNAPSHOT.write(tmp_path / f"pull.json{'.gz' if mode == 'rb' else ''}")
    path.rename(tmp_path / name)
    with (tmp_path / name).open(mode) as file:
        assert sa.load(file).sha256 == SNAPSHOT.sha256
    assert sa.load(io.BytesIO((tmp_path / name).read_bytes())).records == SNAPSHOT.records


def test_an_open_file_that_holds_no_snapshot(tmp_path: Path) -> None:
    """What is wrong with an open file is told by its name, where it has one."""
    (tmp_path / "list.json").write_text("[]")
    with (
        (tmp_path / "list.json").open() as file,
        pytest.raises(SnapshotError, match=r"list\.json is not a snapshot"),
    ):
        sa.load(file)
    with pytest.raises(SnapshotError, match="the open file is not a snapshot"):
        sa.load(io.StringIO("[]"))


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that begins with ~ is in the user's home, to write to and to read from."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert SNAPSHOT.write("~/pull.json") == tmp_path / "pull.json"
    assert sa.load("~/pull.json").count == SNAPSHOT.count
    assert sa.load(Path("~/pull.json")).count == SNAPSHOT.count
    for method in (SNAPSHOT.write, sa.load):
        with pytest.raises(ValueError, match=r"~nobody-at-all/x\.json: there is no home"):
            method("~nobody-at-all/x.json")


@pytest.mark.parametrize(
    "address",
    ["https://me:mine@example.org/a.json.gz?key=secret", "s3://bucket/a.json", "file:///a.json"],
)
def test_an_address_is_no_path(address: str) -> None:
    """An address is told as what it is, and without what may be secret in it."""
    with pytest.raises(SnapshotError, match=r"is an address, .*: download it first") as caught:
        sa.load(address)
    for word in ("mine", "secret"):
        assert word not in str(caught.value)


@pytest.mark.parametrize("source", [None, b"sample", 5, ["sample"]])
def test_a_source_of_another_kind(source: Any) -> None:
    """What is neither a path nor an open file is a TypeError in one sentence."""
    with pytest.raises(TypeError, match=f"got {type(source).__name__} .*io.BytesIO"):
        sa.load(source)


def test_an_empty_path_is_none() -> None:
    """An empty path, which would be the current folder, is refused."""
    for method in (sa.load, SNAPSHOT.write):
        with pytest.raises(ValueError, match="the path is empty"):
            method("")


def test_no_advice_costs_what_need_not_be_spent(tmp_path: Path) -> None:
    """Where a file is damaged nobody is sent to LL2 before another copy was looked for."""
    for content in (b"{", b'{"format": "spacecraft_analysis snapshot 2"}'):
        (tmp_path / "odd.json").write_bytes(content)
        with pytest.raises(SnapshotError, match=r"Use another copy, or run"):
            sa.load(tmp_path / "odd.json")


def test_the_sample_is_found_in_a_zip(tmp_path: Path) -> None:
    """A package that is imported from a zip file has its sample, too."""
    package = Path(sa.__file__).parent
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as site:
        for file in package.rglob("*"):
            if file.suffix in (".py", ".pyi", ".gz"):
                site.write(file, file.relative_to(package.parent))
    code = "import spacecraft_analysis as sa; print(sa.__file__, sa.load('sample').count)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site.zip")},
        check=True,
    )
    assert "site.zip" in done.stdout
    assert done.stdout.split()[-1] == str(sa.load("sample").count)
