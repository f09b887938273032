"""An exporter of nbconvert's that makes one self-contained page of an executed notebook.

JupyterLab lists it in its menu, and `jupyter nbconvert --to spacecraft_report` uses it. Both load
every exporter that is installed, and one that can't be loaded would make the others fail: so this
module imports nothing but nbconvert until a notebook is exported.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import TemplateExporter
from nbformat.v4 import new_notebook

if TYPE_CHECKING:
    from spacecraft_analysis.report.page import Contents


def _assets(*, scripts: bool, charts: bool) -> dict[str, Any]:
    """Return the style, the scripts and the policy of a page.

    The first script runs before anything is drawn, and charts need a large one. The policy says
    what a browser may run and show: the page's own, byte for byte, and nothing else.
    """
    from platformdirs import user_cache_path

    from spacecraft_analysis.report import svg

    def hashes(texts: list[str]) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    folder = Path(__file__).parent / "template"
    style, first, last = (
        (folder / name).read_text(encoding="utf-8") for name in ("page.css", "first.js", "page.js")
    )
    drawing = [svg.bundle(user_cache_path("spacecraft_analysis") / "vega")] if charts else []
    sources = [first, *drawing, last] if scripts else []
    none = "'none'"
    policy = (
        f"default-src 'none'; script-src {hashes(sources) or none}; "
        f"style-src {hashes([style])}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"style": style, "scripts": sources, "policy": policy}


class PageExporter(TemplateExporter):
    """One offline page of an executed notebook: its title, answer and picture first."""

    export_from_notebook = "Spacecraft report"
    output_mimetype = "text/html"

    @property
    def default_config(self) -> Any:
        """Return nbconvert's, with our template and the tags that hide cells or parts of them."""

        def tagged(part: str) -> set[str]:
            return {f"{verb}{dash}{part}" for verb in ("remove", "hide") for dash in "-_"}

        config = super().default_config.copy()
        removing = config.TagRemovePreprocessor
        removing.enabled = True
        removing.remove_cell_tags = tagged("cell")
        removing.remove_input_tags = tagged("input")
        removing.remove_all_outputs_tags = tagged("output")
        ours = config.TemplateExporter
        ours.optimistic_validation = True
        ours.file_extension, ours.template_name = ".html", "template"
        # nbconvert's own default is the folder where it happens to be started.
        ours.extra_template_basedirs = [str(Path(__file__).parent)]
        return config

    def get_template_names(self) -> list[str]:
        """Return the names of the templates that this one is based on, down to nbconvert's own."""
        from spacecraft_analysis.errors import ReportError

        try:
            return list(super().get_template_names())
        except ValueError as error:
            # Its message lists the folders, one a line.
            folders = ", ".join(line.strip() for line in str(error).splitlines()[1:])
            raise ReportError(
                f"nbconvert's templates are in none of these folders: {folders}; set JUPYTER_PATH "
                "to the folder share/jupyter of the Python installation that has nbconvert"
            ) from error

    def _create_environment(self) -> Any:
        from spacecraft_analysis.report import sanitize

        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        # Of each output one kind is left by then.
        environment.filters["filter_data_type"] = list
        environment.filters["breakable"] = sanitize.breakable
        environment.globals["assets"] = _assets
        return environment

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page as HTML, and the resources, among them what it shows as `page`."""
        written, resources = super().from_notebook_node(nb, resources, **kw)
        contents = resources["page"]
        contents.html = written
        for sentence in [*contents.not_drawn, *contents.left_out]:
            self.log.warning("%s: %s", contents.name, sentence)
        return written, resources

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        from spacecraft_analysis.report.page import page_contents, prepare

        is_yet_to_run = self.config["ExecutePreprocessor"].get("enabled")
        # Where it has outputs, before any cell is removed by its tags.
        contents = None if is_yet_to_run else page_contents(nb, resources)
        nb, resources = super()._preprocess(nb, resources)
        resources["page"] = contents or page_contents(nb, resources)
        prepare(nb, resources["page"])
        return nb, resources


@cache
def exporter() -> PageExporter:
    """Return the exporter of all pages of a process, so that templates are compiled once."""
    return PageExporter()


def page(cells: list[Any], *, name: str, folder: Path, unfinished: str = "") -> Contents:
    """Return the page of cells with their outputs, as one of a folder of pages, and its parts."""
    resources: dict[str, Any] = {"metadata": {"name": name, "path": str(folder)}}
    resources |= {"unfinished": unfinished, "gallery": "index.html"}
    _, resources = exporter().from_notebook_node(new_notebook(cells=cells), resources)
    made: Contents = resources["page"]
    return made
