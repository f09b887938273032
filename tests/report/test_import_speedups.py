"""An import without what nobody asks for, in a process of its own."""

import subprocess
import sys

import pytest

# Starts processes.
pytestmark = pytest.mark.slow

BY_ITSELF = """
from spacecraft_analysis.report.import_speedups import import_jsonschema
import_jsonschema()
"""
IN_A_NOTEBOOK = "import spacecraft_analysis as sa\nsa.use_theme()"


def printed(code: str, *, after: str = BY_ITSELF) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{after}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("after", [BY_ITSELF, IN_A_NOTEBOOK])
def test_what_takes_long_is_left_out(after: str) -> None:
    """The parsers of international addresses are not built, and nothing stands in for them."""
    listed = printed(
        "import sys\nprint([m for m in sys.modules if m.startswith(('rfc3987', 'lark'))])",
        after=after,
    )
    assert listed == "[]"


def test_who_asks_for_it_gets_it() -> None:
    """A check of an international address says what it says without us."""
    code = """
import jsonschema
checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
for address in ("https://exämple.org/ö", "a b"):
    print(checker.conforms(address, "iri"))
    import rfc3987_syntax
    print(rfc3987_syntax.is_valid_syntax("iri", address))
"""
    assert printed(code).split() == ["True", "True", "False", "False"]


def test_several_threads_may_ask_at_once() -> None:
    """Who sets the theme first in several threads at a time gets it in each."""
    code = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from spacecraft_analysis.report.payloads import use_theme
together = Barrier(4)
def start(_):
    together.wait()
    use_theme()
with ThreadPoolExecutor(4) as threads:
    list(threads.map(start, range(4)))
"""
    assert printed(code, after="") == ""
