"""Make the README's pictures from the sample: `python -m tests.pictures`."""

import base64
import tempfile
from pathlib import Path

from spacecraft_analysis.report.build import write_report
from tests.report.browser import chromium, every, screen, soon

FOLDER = Path(__file__).parent.parent / ".pictures"
# Page, width and colour scheme of the screen, the element at the top, height.
PICTURES = {
    "gallery": ("index", 1100, "light", "body", 760),
    "page": ("turnaround", 1100, "light", "body", 800),
    "phone": ("turnaround", 390, "dark", "#turnaround-1", 620),
}


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        write_report(output=Path(work) / "reports", source="sample")
        with chromium(Path(work) / "profile") as browser:
            for name, (page, width, scheme, top, height) in PICTURES.items():
                screen(browser, width=width, scheme=scheme)
                browser.get((Path(work) / "reports" / f"{page}.html").as_uri())
                soon(lambda: not every(browser, "figure.chart .picture:not(.drawn)"))
                browser.execute_script("document.querySelector(arguments[0]).scrollIntoView()", top)
                y = browser.execute_script("return window.scrollY")
                area = {"clip": {"x": 0, "y": y, "width": width, "height": height, "scale": 1}}
                shot = browser.execute_cdp_cmd("Page.captureScreenshot", area)
                (FOLDER / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
