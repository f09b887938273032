"""The reference pages: `python -m tests.reference` writes what every public name says of itself.

They come into the folder `reference`, which git ignores, and need no network. A name that can't be
found, or a docstring that can't be read, is an error.
"""

import warnings
from importlib.metadata import version
from pathlib import Path

import pdoc

import spacecraft_analysis as sa

FOLDER = Path(__file__).parent.parent / "reference"


def write(folder: Path) -> None:
    """Nothing; the pages are in the folder."""
    # Public names are found when they are first asked for; pdoc looks at those that are there.
    for name in sa.__all__:
        getattr(sa, name)
    footer = f"spacecraft_analysis {version('spacecraft-analysis')}"
    pdoc.render.configure(docformat="google", footer_text=footer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The rooms are for who works on them; what one imports is at the front door.
        pdoc.pdoc("spacecraft_analysis", r"!spacecraft_analysis\.", output_directory=folder)


if __name__ == "__main__":
    write(FOLDER)
