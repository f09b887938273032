"""A real Chromium without a network, driven by the tests and by `python -m tests.pictures`."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.base import AXE_SCRIPT
from selenium import webdriver
from selenium.webdriver.common.by import By

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
    *("disable-background-networking", "disable-component-update", "disable-sync"),
    # No frame of a window is drawn, a page stays in its process, and draws in one thread.
    *("hide-scrollbars", "kiosk", "disable-features=RenderDocument"),
    "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # With some room to begin with, its scripts need not look for what can go again and again; and
    # none runs long enough for the better of its compilers to be worth the time that they take.
    "js-flags=--min-semi-space-size=64 --max-semi-space-size=64 --initial-heap-size=1024"
    " --no-turbofan --no-maglev",
)
HERE = ("file:", "data:", "blob:", "chrome:", "chrome-untrusted:")

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Debian's chromium and chromium-driver"
)


def each(names: list[str]) -> pytest.MarkDecorator:
    """One test for each page or notebook; those of one come together, for it takes a while."""
    return pytest.mark.parametrize("name", names, scope="module")


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own, which ends with the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def screen(
    browser: webdriver.Chrome, *, width: int, scheme: str = "light", media: str = "screen"
) -> None:
    """Give the browser a screen of this width, in this colour scheme."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def soon(done: Callable[[], Any], within: float = 60) -> Any:
    """What `done` gives, once it gives something."""
    end = time.monotonic() + within
    while not (value := done()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
    return value


def every(page: webdriver.Chrome, selector: str) -> list[Any]:
    return page.find_elements(By.CSS_SELECTOR, selector)


def requested(page: webdriver.Chrome) -> set[str]:
    """The addresses that were asked for since the last look."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return {
        message["params"].get("url") or message["params"]["request"]["url"]
        for message in messages
        if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
    }


# axe takes its time for every element of a page. Of rows, entries of a list and shapes of a picture
# one of each kind stays, and of the words of code one of each colour. Of a table's words axe can't
# tell the contrast unless the shadows at the table's edges are gone.
FEWER = """
const kind = (one) => one.localName + one.getAttribute("class");
for (const [all, each] of [["tbody", "tr"], ["ul, ol", "li"], ["svg", ":not(:has(*))"]])
  for (const whole of document.querySelectorAll(all)) {
    const known = new Set();
    for (const one of whole.querySelectorAll(each)) {
      const kinds = [one, ...one.querySelectorAll("*")].map(kind);
      if (kinds.every((name) => known.has(name))) one.remove();
      for (const name of kinds) known.add(name);
    }
  }
const colours = new Set();
for (const word of document.querySelectorAll("pre span")) {
  if (colours.has(word.className)) word.replaceWith(...word.childNodes);
  colours.add(word.className);
}
for (const box of document.querySelectorAll(".scroll")) box.style.background = "none";
"""
ONLY_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def violations(page: webdriver.Chrome) -> list[tuple[str, Any, str]]:
    """What axe finds on a laptop, in light and in dark: each rule, place and what to do about it.

    Much of the page is gone then.
    """
    page.execute_script(FEWER)
    # Describing each element, and what passes, would take most of the time that is left.
    page.execute_script(f"{AXE_SCRIPT}; axe.configure({{noHtml: true}})")
    found = []
    # Elements and their names are those of the light page; colours alone differ.
    for scheme, rules in (("light", {}), ("dark", ONLY_COLOURS)):
        screen(page, width=1280, scheme=scheme)
        options = {"resultTypes": ["violations"]} | rules
        run = "axe.run(arguments[0]).then(found => arguments[1](found.violations))"
        found += page.execute_async_script(run, options)
    return [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in found
        for node in violation["nodes"]
    ]
