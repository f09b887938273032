"""Flights of crew and cargo spacecraft, from Launch Library 2, as typed Polars frames.

    import spacecraft_analysis as sa

    snapshot = sa.load("sample")  # or "live", or a file
    snapshot.flights.pipe(sa.turnarounds).pipe(sa.turnaround_chart)

`data_dictionary` explains each column of `Snapshot.spacecraft`, `.flights`, `.configurations` and
`.dockings`.
"""

from importlib import import_module as _import_module

__version__ = "0.3.0"

# The public names are listed once, in the stub beside this file, which type checkers read as well.
# Its lines are split here, since importing `ast` takes ten times as long; and a package can be in a
# zip file, of which the loader knows.
_LOADER: object = __loader__
_STUB: bytes = _LOADER.get_data(f"{__path__[0]}/__init__.pyi")  # type: ignore[attr-defined]
_MODULE = {
    name: module[1:]
    for line in _STUB.decode().splitlines()
    if line.startswith("from ")
    for _, module, _, name, *_ in [line.split()]
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
