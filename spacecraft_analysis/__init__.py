"""Flights of crew and cargo spacecraft, from Launch Library 2, as typed Polars frames.

    import spacecraft_analysis as sa

    snapshot = sa.load("sample")  # or "live", or a file
    snapshot.flights.pipe(sa.turnarounds).pipe(sa.turnaround_chart)

`data_dictionary` explains each column of `Snapshot.spacecraft`, `.flights`, `.configurations` and
`.dockings`.
"""

import ast as _ast
from importlib import import_module as _import_module
from pkgutil import get_data as _get_data

__version__ = "0.3.0"

# The public names are listed once, in the stub beside this file, which type checkers read as well.
_MODULE = {
    alias.name: node.module
    for node in _ast.parse(_get_data(__name__, "__init__.pyi") or b"").body
    if isinstance(node, _ast.ImportFrom)
    for alias in node.names
}
__all__ = sorted(_MODULE)


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package stays quick."""
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
