"""The package from outside: its names, its types, its start-up, its text."""

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis import charts, measures

ROOT = Path(__file__).parent.parent
ROOMS = [module.name for module in pkgutil.iter_modules(sa.__path__)]
MODULES = sorted((ROOT / "spacecraft_analysis").rglob("*.py"))


def test_public_names() -> None:
    """Everything public is importable from the package, sorted, and completion offers no more."""
    assert sa.__all__ == sorted(sa.__all__)
    assert dir(sa) == sa.__all__
    for name in sa.__all__:
        assert getattr(sa, name).__doc__, name


def test_nothing_else_leaks() -> None:
    """The package holds its public names, its modules, and names that begin with an underscore."""
    held = {name for name in vars(sa) if not name.startswith("_")}
    assert held - {*ROOMS} - {*sa.__all__} == set()


def test_a_wrong_name_suggests_the_right_one() -> None:
    """A misspelt name is an error that names the nearest public one."""
    with pytest.raises(AttributeError, match="did you mean 'turnarounds'"):
        _ = sa.turnaround_s
    with pytest.raises(AttributeError, match=r"no attribute 'quite_another'$"):
        _ = sa.quite_another


@pytest.mark.parametrize("name", sa.__all__)
def test_docstrings(name: str) -> None:
    """The first line of each public name's documentation is a whole sentence."""
    documentation = inspect.getdoc(getattr(sa, name)) or ""
    assert documentation.splitlines()[0].endswith((".", ":"))


@pytest.mark.parametrize("name", [*measures.__all__, *charts.__all__])
def test_what_a_measure_or_a_chart_raises_is_documented(name: str) -> None:
    """Each raises a TypeError for what is no frame, and its docstring names that error."""
    with pytest.raises(TypeError):
        getattr(sa, name)([])
    assert "    TypeError: " in (inspect.getdoc(getattr(sa, name)) or "")


def test_the_version_is_that_of_the_installed_package() -> None:
    """`__version__` is what is installed, found when it is asked for."""
    assert sa.__version__ == version("spacecraft-analysis")
    assert "__version__" not in vars(sa)


def test_light_start() -> None:
    """Importing the package loads nothing that only a fetch, charts, notebooks or reports need."""
    code = (
        "import sys, spacecraft_analysis\n"
        "heavy = {'altair', 'nbformat', 'nbclient', 'IPython', 'pandas', 'rich', 'vl_convert'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_a_light_command_line() -> None:
    """Help and completion, for which a user sits and waits, load no library for tables."""
    code = (
        "import sys\n"
        "from spacecraft_analysis.__main__ import main\n"
        "try:\n    main(['check', '--help'])\nexcept SystemExit:\n    pass\n"
        "print({'polars', 'requests', 'rich', 'argcomplete'} & {*sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == "set()\n"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_nothing_twice(module: Path) -> None:
    """No name of a module is given a second meaning, or the same one again."""
    tree = ast.parse(module.read_text("utf-8"))
    targets = [
        target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    ]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    names += [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert sorted(names) == sorted({*names})


def test_what_is_imported_is_declared() -> None:
    """Each package that a module imports is named in pyproject.toml, and each named one is used."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = project["dependencies"] + extras["notebooks"] + extras["excel"]
    declared = {re.split("[>=<]", requirement)[0].lower() for requirement in named}
    found: set[str] = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found |= {name.split(".")[0] for name in names}
    known = packages_distributions()
    distributions = {known[name][0].lower().replace("_", "-") for name in found if name in known}
    # Started as a program: what one opens the notebooks with.
    assert distributions - {"spacecraft-analysis"} == declared - {"jupyterlab"}


def test_no_file_names_a_machine() -> None:
    """No file of the checkout names a home folder or a temporary one, and none is a lock file."""
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no checkout")
    paths = [ROOT / name for name in done.stdout.splitlines()]
    assert [path for path in paths if path.suffix == ".lock"] == []
    texts = [path for path in paths if path.suffix not in (".png", ".gz") and path.exists()]
    machine = re.compile(r"/(?:home|root|Users|tmp|var/tmp)/\w|[A-Z]:\\Users")
    assert [path for path in texts if machine.search(path.read_text("utf-8"))] == []
