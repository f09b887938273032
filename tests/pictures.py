"""The README's pictures of the report: `python -m tests.pictures` makes them anew from the sample.

They lie in a hidden folder beside README.md, since no module, notebook or test uses them, and the
wheel takes only the package.
"""

import base64
import tempfile
from pathlib import Path

from spacecraft_analysis.report.build import write_report
from tests.report.browser import chromium, every, screen, soon

FOLDER = Path(__file__).parent.parent / ".pictures"
# The page, how wide and of which colours the screen is, what the picture begins with, its height.
PICTURES = {
    "gallery": ("index", 1100, "light", "h1", 760),
    "page": ("turnaround", 1100, "light", "h1", 760),
    "phone": ("turnaround", 390, "dark", "#turnaround-1", 620),
}


def main() -> None:
    """Nothing; the pictures are in their folder."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        write_report(output=Path(work) / "reports", source="sample")
        with chromium(Path(work) / "profile") as browser:
            for name, (page, width, scheme, top, height) in PICTURES.items():
                screen(browser, width=width, scheme=scheme)
                browser.get((Path(work) / "reports" / f"{page}.html").as_uri())
                soon(lambda: not every(browser, "figure.chart .picture:not(.drawn)"))
                # As one reads it, with the list of contents where it follows.
                browser.execute_script("document.querySelector(arguments[0]).scrollIntoView()", top)
                y = browser.execute_script("return window.scrollY")
                asked = {"clip": {"x": 0, "y": y, "width": width, "height": height, "scale": 1}}
                shot = browser.execute_cdp_cmd("Page.captureScreenshot", asked)
                (FOLDER / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
