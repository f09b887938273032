"""Executed notebook → one self-contained page: an exporter of nbconvert's.

JupyterLab lists it in its menu, and `jupyter nbconvert --to spacecraft_report` takes it. Both load
every exporter that is installed, and one that can't be loaded would take the others along: here
nothing but nbconvert is imported until a notebook is exported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import TemplateExporter
from nbconvert.preprocessors import Preprocessor
from traitlets import default
from traitlets.config import Config


class PagePreprocessor(Preprocessor):
    """Makes what a notebook holds safe for a page, and draws its charts."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The notebook and the resources as the page's template takes them."""
        from spacecraft_analysis.report.page import facts, prepare

        resources["page"] = resources["page"] or facts(nb, resources)
        return prepare(nb, resources)


class PageExporter(TemplateExporter):
    """One offline page of a notebook that was run: its title, answer and picture first."""

    export_from_notebook = "Spacecraft report"
    output_mimetype = "text/html"

    @property
    def default_config(self) -> Any:
        """nbconvert's, with the tags by which a notebook hides what its page is not to show."""

        def tagged(part: str) -> set[str]:
            return {f"{verb}{dash}{part}" for verb in ("remove", "hide") for dash in "-_"}

        config = Config(
            {
                "TagRemovePreprocessor": {
                    "enabled": True,
                    "remove_cell_tags": tagged("cell"),
                    "remove_input_tags": tagged("input"),
                    "remove_all_outputs_tags": tagged("output"),
                },
                "TemplateExporter": {"optimistic_validation": True},
            }
        )
        inherited = super().default_config.copy()
        inherited.merge(config)
        return inherited

    @default("file_extension")
    def _html(self) -> str:
        return ".html"

    @default("template_name")
    def _own_template(self) -> str:
        return "template"

    @default("extra_template_basedirs")
    def _own_folder(self) -> list[str]:
        # nbconvert's own default is the folder where it happens to be started.
        return [str(Path(__file__).parent)]

    def _init_preprocessors(self) -> None:
        super()._init_preprocessors()
        # The last, whichever others a user's configuration adds.
        self.register_preprocessor(PagePreprocessor, enabled=True)

    def _create_environment(self) -> Any:
        from spacecraft_analysis.report import page, sanitize, tables

        environment = super()._create_environment()
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        # Of each output one kind is left by then.
        environment.filters["filter_data_type"] = list
        environment.filters["breakable"] = sanitize.breakable
        environment.globals["assets"] = page.assets
        environment.globals["drawing"] = tables
        return environment

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page as HTML, and the resources, among them what it shows as `page`."""
        from spacecraft_analysis.report.page import facts

        resources = self._init_resources(resources)
        if not self.config["ExecutePreprocessor"].get("enabled"):
            # Before any cell is removed by its tags; what nbconvert has yet to run says it later.
            resources["page"] = facts(nb, resources)
        written, resources = super().from_notebook_node(nb, resources, **kw)
        for sentence in resources["page"].left_out:
            self.log.warning("%s: %s", resources["page"].name, sentence)
        return written, resources


@cache
def exporter() -> PageExporter:
    """The one of all pages that a process makes, so that their templates are compiled once."""
    return PageExporter()


@dataclass(frozen=True)
class Page:
    """A page that was made of a notebook."""

    name: str
    html: str
    left_out: list[str]
    """What of the notebook a page can't show, a sentence each."""


def page(
    notebook: Any, *, name: str, folder: Path, unfinished: str = "", gallery: str = "index.html"
) -> Page:
    """The page of a notebook with its outputs, as one of a folder of pages.

    Args:
        notebook: As nbformat reads it.
        name: What the page is called, without suffix.
        folder: Where the notebook lies; the pictures beside it are taken into the page.
        unfinished: Why its run ended early.
        gallery: The address of the list of all pages.

    Raises:
        ReportError: What draws the charts is not installed, or failed.
    """
    asked: dict[str, Any] = {"metadata": {"name": name, "path": str(folder)}}
    html, resources = exporter().from_notebook_node(
        notebook, asked | {"unfinished": unfinished, "gallery": gallery}
    )
    return Page(name, html, resources["page"].left_out)
