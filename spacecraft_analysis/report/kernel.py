"""The process in which a notebook runs: an IPython kernel that has imported what all need.

It imports before the notebook's folder is on its path, so that no file there can stand in for a
library of ours; the notebook finds its folder where Jupyter puts it.
"""

from __future__ import annotations

import gc
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

_SHOWN = 3
# With -c Python looks for code in the current folder first, if not told otherwise.
_START = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
from spacecraft_analysis.report.kernel import main
main()
"""


def command() -> list[str]:
    """The words that start a kernel, for a kernel's specification.

    Not `-P`: the processes that a notebook starts would inherit it.
    """
    options = ["--log-level=ERROR", "-f", "{connection_file}"]
    return [sys.executable, "-c", _START, *options]


def main() -> None:
    """Nothing; a kernel that serves one notebook, until it is told to end."""
    from spacecraft_analysis.report.quick_imports import import_jsonschema

    # What is imported stays: looking through it for what can go would take a tenth of the run.
    gc.disable()
    import_jsonschema()
    import altair  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    from spacecraft_analysis.report.display import prepare

    app: Any = IPKernelApp.instance()
    # ipykernel would load a debugger for as long as Altair takes; nobody debugs this kernel.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    app.initialize()
    del sys.modules["debugpy"]
    prepare()
    app.shell.set_custom_exc((BaseExceptionGroup,), _show_group)
    gc.freeze()
    gc.enable()
    app.start()
    # ipykernel stops the thread that sends before the one that has yet to tell of the kernel's end;
    # that one may then wait for ever, and whoever ends the kernel for seconds.
    app.control_thread.stop()
    app.control_thread.join()


def _show_group(shell: Any, kind: Any, group: Any, trace: Any, tb_offset: Any = None) -> None:
    """Nothing; a group of errors becomes a cell's error. IPython only prints it to stderr."""
    text = "".join(traceback.format_exception(kind, group, trace))
    leaves = list(_leaves(group))
    told = [str(group), *(f"{type(leaf).__name__}: {leaf}" for leaf in leaves[:_SHOWN])]

    def named(found: re.Match[str]) -> str:
        name = shell.compile.format_code_name(found[1])
        return " ".join(name) if name else found[0]

    lines = re.sub('File "(.*?)"', named, text).splitlines(keepends=True)
    shell._showtraceback(kind, "\n".join(told), lines)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors of a group that are no groups themselves."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error
