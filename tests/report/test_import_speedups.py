"""An import without what nobody asks for, in a process of its own."""

import subprocess
import sys

import pytest

# In several threads at once, as in a report.
CODE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import spacecraft_analysis as sa
together = Barrier(4)
def start(_):
    together.wait()
    sa.use_theme()
with ThreadPoolExecutor(4) as threads:
    list(threads.map(start, range(4)))
print([name for name in sys.modules if name.startswith(("rfc3987", "lark"))])
import jsonschema
checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
print([checker.conforms(address, "iri") for address in ("https://exämple.org/ö", "a b")])
import rfc3987_syntax
print([rfc3987_syntax.is_valid_syntax("iri", x) for x in ("https://exämple.org/ö", "a b")])
"""


@pytest.mark.slow
def test_what_takes_long_is_imported_when_it_is_asked_for():
    """Parsers of international addresses are not built until a check of one, which then works."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[True, False]", "[True, False]"]
