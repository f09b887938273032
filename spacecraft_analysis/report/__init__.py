"""Notebooks into offline pages.

In come notebooks, out goes a folder of pages that need no network, with an index. The page of a
notebook that was run elsewhere is made by the same exporter, from JupyterLab's menu or with
`jupyter nbconvert --to spacecraft_report`.

JupyterLab loads the exporter, and through this door, to list it: so the door opens what it names
when that is asked for.

`notebook` a notebook's file · `parameters`, `source` what it is set to · `run` runs it, `kernel` in
a process of its own, `failure` what ended it early · `display` how frames, charts and snapshots
show themselves there, `table` frames as tables, `craft` all spacecraft in one, `escape` anyone's
text inside Markdown, `outputs` what is handed on · `export` the exporter, `page` what a page shows,
`kinds` which kind of an output, `text` Markdown and HTML made safe, `streams` what was printed,
`figures` charts and tables, `draw` charts as pictures, `frame` what stands around · `gallery` all
pages, `cards` their index, `columns` the page that no notebook makes, `progress` how far they are ·
`template` what a page is made of · `quick_imports` what makes all that start quickly
"""

import typing as _typing
from importlib import import_module as _import_module

if _typing.TYPE_CHECKING:
    from spacecraft_analysis.report.craft import spacecraft_table
    from spacecraft_analysis.report.display import use_theme
    from spacecraft_analysis.report.escape import escape_markdown

__all__ = ["escape_markdown", "spacecraft_table", "use_theme"]

_CUPBOARDS = {"escape_markdown": "escape", "spacecraft_table": "craft", "use_theme": "display"}

# A type checker takes a module with this function for one that has every name.
if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The public name, from the cupboard that it is in."""
        if name not in _CUPBOARDS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(_import_module(f"{__name__}.{_CUPBOARDS[name]}"), name)
