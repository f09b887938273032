"""The notebooks in a real JupyterLab, in a real Chromium.

Both are without a network: the browser resolves no name, and JupyterLab listens on loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.report.browser import HERE, chromium, every, needs_browser, requested, screen, soon

ESSAYS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
ONE, OTHERS = "docking.ipynb", "others.ipynb"
DRAWINGS = ".jp-RenderedVegaLite svg.marks"
MARKS = ".role-mark path, .role-mark rect, .role-mark line"

pytestmark = [needs_browser, pytest.mark.slow]


@dataclass
class Lab:
    """JupyterLab in a browser, and the folder that it works in."""

    address: str
    folder: Path
    browser: webdriver.Chrome
    kernel: str | None = None

    def open(self, name: str) -> None:
        """Open the notebook alone, with the kernel that the first one started."""
        # What is closed while it draws may complain.
        self.browser.execute_async_script("requestIdleCallback(arguments[0], {timeout: 5000})")
        self._wait_for("commands.execute('application:close-all')")
        how = json.dumps({"path": name, "kernel": self.kernel and {"id": self.kernel}})
        self._wait_for(f"commands.execute('docmanager:open', {how})")
        soon(lambda: every(self.browser, ".jp-Notebook .jp-CodeCell"))
        # The indicator says "idle" before the kernel is known; a run then asks which one to take.
        session = "shell.currentWidget.sessionContext"
        self._wait_for(f"{session}.ready")
        self.kernel = self.browser.execute_script(f"return jupyterapp.{session}.session.kernel.id")
        soon(lambda: every(self.browser, ".jp-Notebook-ExecutionIndicator[data-status=idle]"))

    def run(self, name: str) -> list[int]:
        """How many marks each chart has, of a notebook run from top to bottom and saved."""
        self.open(name)
        for command in ("notebook:run-all-cells", "docmanager:save"):
            self._wait_for(f"commands.execute('{command}')")
        charts = sum(map(charts_of, nbformat.read(self.folder / name, 4).cells))
        return soon(lambda: len(self.marks()) == charts and self.marks())

    def _wait_for(self, promise: str) -> None:
        """Wait until JupyterLab's promise is fulfilled."""
        self.browser.execute_script(f"return jupyterapp.{promise}.then(() => null)")

    def marks(self) -> list[int]:
        """How many marks each drawing has."""
        count = "return [...document.querySelectorAll(arguments[0])].map("
        count += "drawing => drawing.querySelectorAll(arguments[1]).length)"
        return self.browser.execute_script(count, DRAWINGS, MARKS)

    def complaints(self) -> list[str]:
        """Errors in the browser's console and requests elsewhere, since the last look.

        Vega warns of a specification that is written for another version than JupyterLab's.
        """
        own = (self.address, self.address.replace("http", "ws"), *HERE)
        elsewhere = [url for url in requested(self.browser) if not url.startswith(own)]
        return elsewhere + [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if entry["level"] == "SEVERE" or "Vega-Lite" in entry["message"]
        ]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    folder = home / "work"
    folder.mkdir()
    shutil.copy(ESSAYS[0].with_name(ONE), folder)
    # The code of the others, one after the other. JupyterLab shows no PNG where it can draw, and a
    # PNG of each chart takes seconds.
    cells = chain(*(nbformat.read(path, 4).cells for path in ESSAYS if path.name != ONE))
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    code = [source.replace("sa.use_theme()", "sa.use_theme(static=False)") for source in code]
    nbformat.write(new_notebook(cells=[*map(new_code_cell, code)]), folder / OTHERS)
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    own += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    options = {
        "ip": "127.0.0.1",
        "port": 0,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        # In the end a kernel is not waited for.
        "KernelManager.shutdown_wait_time": 0.1,
        # Its commands tell when they have ended, which a click in its menus doesn't.
        "LabApp.expose_app_in_browser": True,
    }
    # The debugger complains of a kernel that ends before it could tell of its breakpoints.
    settings = home / "JUPYTER_CONFIG_DIR" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"disabledExtensions": {"@jupyterlab/debugger-extension": true}}')
    # It would start Node, where it finds one, to ask where extensions that nobody builds come from.
    surroundings = {name: str(home / name) for name in own} | {"PATH": str(home)}
    # The package takes a second to import, for a check that nobody asks for.
    start = "import sys; sys.modules['rfc3987_syntax'] = None; "
    start += "from jupyterlab.labapp import main; main()"
    command = [sys.executable, "-c", start, "--no-browser", "--allow-root", str(folder)]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, *(f"--{name}={value}" for name, value in options.items())],
            env=os.environ | surroundings,
            stdout=log,
            stderr=log,
        )
    try:
        facts = home / "JUPYTER_RUNTIME_DIR" / f"jpserver-{server.pid}.json"
        soon(lambda: facts.exists() and facts.read_text(), within=60)
        with chromium(home / "profile") as browser:
            screen(browser, width=1280)
            browser.set_script_timeout(120)
            about = json.loads(facts.read_text())
            browser.get(f"{about['url']}lab?token={about['token']}&reset")
            soon(lambda: browser.execute_script("return !!window.jupyterapp?.shell.currentWidget"))
            yield Lab(about["url"], folder, browser)
    finally:
        # It ends its kernels before itself.
        server.terminate()
        server.wait(30)


def charts_of(cell: nbformat.NotebookNode) -> int:
    """How many charts a cell's outputs hold."""
    outputs = cell.get("outputs", [])
    return sum("application/vnd.vegalite.v5+json" in one.get("data", {}) for one in outputs)


@pytest.fixture(scope="module")
def drawn(lab) -> list[int]:
    """How many marks each chart of the first notebook has, which is run and stays open."""
    return lab.run(ONE)


def check_run(lab: Lab, marks: list[int], charts: int) -> None:
    """The open notebook ran from top to bottom and drew its charts, without an error."""
    prompts = every(lab.browser, ".jp-CodeCell .jp-InputPrompt")
    numbers = [int(prompt.get_property("textContent").strip("[]:")) for prompt in prompts]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert every(lab.browser, "[data-mime-type='application/vnd.jupyter.stderr']") == []
    assert len(marks) >= charts
    assert min(marks) >= 1
    assert lab.complaints() == []


def test_a_notebook_runs_and_draws(lab, drawn):
    """As it is stored, a notebook runs without an error, and nothing is asked for elsewhere."""
    check_run(lab, drawn, charts=1)


@pytest.mark.usefixtures("drawn")
def test_the_menu_exports_the_page_that_the_command_writes(lab, report, tmp_path):
    """A notebook run in JupyterLab becomes the same page, without being run again."""
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    lab.browser.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    for words in ("File", "Save and Export Notebook As", "Spacecraft_report"):
        entry = f"//*[contains(@class, '-itemLabel')][text()='{words}']"
        found = soon(lambda path=entry: lab.browser.find_elements(By.XPATH, path))
        ActionChains(lab.browser, duration=0).move_to_element(found[0]).click().perform()
    page = Path(ONE).with_suffix(".html")
    soon((tmp_path / page).exists)
    exported = (tmp_path / page).read_text(encoding="utf-8")
    command = (report / page).read_text(encoding="utf-8")
    assert exported == command.replace('<a href="index.html">All reports</a>\n', "")
    assert lab.complaints() == []


@pytest.mark.parametrize("trusted", [True, False])
def test_stored_charts_are_drawn_with_and_without_trust(lab, drawn, trusted):
    """A notebook shows its stored charts when it is opened, trusted or not."""
    name = ONE
    if not trusted:
        notebook = nbformat.read(lab.folder / name, 4)
        # The charts alone have another signature, and this one nobody signed.
        notebook.cells = [cell for cell in notebook.cells if charts_of(cell)]
        name = "foreign.ipynb"
        nbformat.write(notebook, lab.folder / name)
    lab.open(name)
    code = "[...jupyterapp.shell.currentWidget.model.cells].filter(cell => cell.type === 'code')"
    trust = lab.browser.execute_script(f"return {code}.map(cell => cell.trusted)")
    assert {*trust} == {trusted}
    soon(lambda: lab.marks() == drawn)
    assert lab.complaints() == []


def test_the_other_notebooks_run_and_draw(lab):
    """So do the others, which come last, since it takes a while until so much has come to rest."""
    check_run(lab, lab.run(OTHERS), charts=len(ESSAYS) - 1)
