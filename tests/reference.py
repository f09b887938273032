"""Write the reference pages from the docstrings of all public names: `python -m tests.reference`.

They are written to the folder `reference`, which git ignores, and need no network. A warning of
pdoc is an error.
"""

import warnings
from importlib.metadata import version
from pathlib import Path

import pdoc

import spacecraft_analysis as sa

FOLDER = Path(__file__).parent.parent / "reference"


def write(folder: Path) -> None:
    """Write the pages into the folder."""
    # pdoc documents the names that were imported.
    for name in sa.__all__:
        getattr(sa, name)
    footer = f"spacecraft_analysis {version('spacecraft-analysis')}"
    pdoc.render.configure(docformat="google", footer_text=footer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Only the public names, not the subpackages.
        pdoc.pdoc("spacecraft_analysis", r"!spacecraft_analysis\.", output_directory=folder)


if __name__ == "__main__":
    write(FOLDER)
