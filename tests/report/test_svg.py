"""Pictures that depend on their chart alone: not on what was drawn before, nor on the place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spacecraft_analysis.report import svg

BARS = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
    "data": {"values": [{"a": 1}]},
    "mark": {"type": "bar", "clip": True},
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}
WORDS = BARS | {
    "encoding": BARS["encoding"] | {"y": {"datum": "illicit lilies", "type": "nominal"}}
}
MONOSPACED = Path("/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf")


def on_page(picture: str) -> str:
    return svg.cleaned(picture, prefix="p-", label="L")


def test_a_picture_does_not_depend_on_what_was_drawn_before():
    """A chart drawn once more is the same to the byte, also where its parts have names."""
    first, second = (svg.draw(BARS) for _ in range(2))
    assert on_page(first) == on_page(second)
    assert 'id="p-1"' in on_page(first)


def drawn(before: str = "", **environment: str) -> list[str]:
    """What a process in California prints that draws a chart of words."""
    code = f"""
import os, vl_convert
from spacecraft_analysis.report import svg
{before}
print(svg.draw({WORDS!r}))
print(os.environ["TZ"], vl_convert.get_local_tz(), os.environ.get("FONTCONFIG_FILE"))
"""
    environment = os.environ | {"TZ": "America/Los_Angeles"} | environment
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    return done.stdout.splitlines() + done.stderr.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(not MONOSPACED.exists(), reason="needs Debian's fonts-liberation")
def test_a_picture_depends_on_no_process(tmp_path):
    """A chart is drawn in UTC and with the same letters, whatever zone and fonts a process has.

    What is installed under the name of our font changes nothing; the process keeps its settings.
    """
    font = MONOSPACED.read_bytes()
    for encoding in ("utf-16-be", "latin-1"):
        font = font.replace("Liberation Mono".encode(encoding), "Liberation Sans".encode(encoding))
    (tmp_path / "other.ttf").write_bytes(font)
    installed = tmp_path / "fonts.conf"
    installed.write_text(f"<fontconfig><dir>{tmp_path}</dir></fontconfig>")
    picture, settings = drawn(FONTCONFIG_FILE=str(installed))
    assert on_page(picture) == on_page(svg.draw(WORDS))
    assert settings == f"America/Los_Angeles UTC {installed}"


@pytest.mark.slow
def test_where_the_zone_is_settled_already_that_is_reported():
    """A process that had drawn charts before is warned that its pages depend on its zone."""
    output = "\n".join(drawn(before="vl_convert.get_local_tz()"))
    assert "UserWarning: charts are drawn in the time zone America/Los_Angeles" in output
    assert "set TZ=UTC before Python starts" in output


def test_a_picture_is_bytes():
    """Jupyter encodes them; marimo makes an address of bytes alone and breaks base64 text."""
    assert svg.draw_png(BARS)[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("word", ["url", "URL", "u\\72l"])
def test_a_picture_names_no_address(word):
    """However CSS may spell it; what stands in the same picture may be named."""
    fill = f'fill="{word}(https://elsewhere/#a)"'
    shown = svg.cleaned(f'<svg xmlns="x"><path {fill} clip-path="url(#a)"></path></svg>')
    assert shown == '<svg xmlns="x"><path clip-path="url(#a)"></path></svg>'
