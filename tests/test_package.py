"""The package from outside: its public names, its types, its start-up, its files."""

import ast
import inspect
import io
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import charts, measures

ROOT = Path(__file__).parent.parent
SUBPACKAGES = {module.name for module in pkgutil.iter_modules(sa.__path__)}
MODULES = sorted((ROOT / "spacecraft_analysis").rglob("*.py"))


def test_public_names():
    """Everything public can be imported and is described; completion offers nothing else."""
    assert dir(sa) == sa.__all__ == sorted(sa.__all__)
    for name in sa.__all__:
        described = inspect.getdoc(getattr(sa, name)) or ""
        assert described.split("\n")[0].endswith((".", ":")), name
    others = {name for name in vars(sa) if not name.startswith("_")}
    assert others - SUBPACKAGES - {*sa.__all__} == set()


@pytest.mark.slow
def test_a_misspelt_name():
    """A wrong name is an AttributeError, to which Python adds the nearest public name."""
    script = "import spacecraft_analysis as sa; sa.turnaround_s"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.endswith("no attribute 'turnaround_s'. Did you mean: 'turnarounds'?\n")


@pytest.mark.parametrize("name", [*measures.__all__, *charts.__all__])
def test_what_a_measure_or_a_chart_raises_is_documented(name):
    """Each raises a TypeError for what is not a frame, and its subpackage's docstring says so."""
    with pytest.raises(TypeError):
        getattr(sa, name)([])
    subpackage = measures if name in measures.__all__ else charts
    assert "TypeError" in (subpackage.__doc__ or "")


def test_one_version():
    """The version is the same in the package, CITATION.cff and the newest part of CHANGELOG."""
    citation = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    changes = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert citation
    assert changes
    assert sa.__version__ == citation[1] == changes[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("from spacecraft_analysis.cli import main; main(['--help'])", []),
        ("import spacecraft_analysis as sa; sa.load('sample').flights", ["polars"]),
        ("import spacecraft_analysis.charts", []),
        ("import spacecraft_analysis.report.build, spacecraft_analysis.report.index", ["polars"]),
        ("import spacecraft_analysis as sa; sa.use_theme()", ["altair", "polars"]),
    ],
)
def test_a_light_start(code, loaded):
    """No large library is loaded before it is used: to print help none, for the sample Polars."""
    check = (
        "import atexit, sys\n"
        "large = {'polars', 'requests', 'rich', 'altair', 'nbformat', 'IPython', 'pandas'}\n"
        "large |= {'nbclient', 'nbconvert', 'vl_convert', 'mistune', 'nh3'}\n"
        "atexit.register(lambda: print(sorted(large & {*sys.modules}), file=sys.stderr))\n"
    )
    done = subprocess.run([sys.executable, "-c", check + code], capture_output=True, text=True)
    assert done.stderr == f"{loaded}\n"


def test_few_modules_for_a_file():
    """What a file's table needs of the package is in at most nine of its modules."""
    called: set[str] = set()
    # Not load("sample"), whose tables all tests share.
    file = io.BytesIO((Path(sa.__file__).parent / "sample" / "spacecraft.json.gz").read_bytes())
    sa.load("sample")
    sys.setprofile(lambda frame, *_: called.add(frame.f_globals.get("__name__", "")))
    try:
        assert sa.load(file).flights.height
    finally:
        sys.setprofile(None)
    assert 0 < sum(name.startswith("spacecraft_analysis") for name in called) <= 9


@pytest.mark.slow
def test_imports_are_declared():
    """Each package that a module imports is named in pyproject.toml, and each named one is used."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    users = [name for name in extras if name not in ("test", "docs", "bench")]
    requirements = [*project["dependencies"], *(line for name in users for line in extras[name])]
    declared = {re.split("[>=<]", requirement)[0].lower() for requirement in requirements}
    imported: set[str] = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            imported |= {name.split(".")[0] for name in names}
    known = packages_distributions()
    distributions = {known[name][0].lower().replace("_", "-") for name in imported if name in known}
    # JupyterLab is started as a program.
    assert distributions - {"spacecraft-analysis"} == declared - {"jupyterlab"}


def test_no_file_names_a_machine():
    """No file of the checkout names a home folder or a temporary one, and none is a lock file."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in done.stdout.splitlines()]
    assert [path for path in paths if path.suffix == ".lock"] == []
    texts = [path for path in paths if path.suffix not in (".png", ".gz") and path.exists()]
    machine = re.compile(r"/(?:home|root|Users|tmp|var/tmp)/\w|[A-Z]:\\Users")
    assert [path for path in texts if machine.search(path.read_text("utf-8"))] == []
