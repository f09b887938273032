"""What stands around a page: its style, its scripts, and the policy that allows just these."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from spacecraft_analysis.report import draw


@dataclass(frozen=True)
class Frame:
    """The style, the scripts and the policy of one page."""

    style: str
    scripts: list[str]
    """The first runs before anything is drawn, the others after everything is there."""

    @property
    def policy(self) -> str:
        """What a browser may run and show: the page's own, byte for byte, and nothing else."""
        return "; ".join(
            [
                "default-src 'none'",
                f"script-src {_hashes(self.scripts) or chr(39) + 'none' + chr(39)}",
                f"style-src {_hashes([self.style])}",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        )


def frame(*, scripts: bool, charts: bool) -> Frame:
    """The frame of a page.

    Args:
        scripts: Whether anything on it moves.
        charts: Whether it has charts, which need a large script.
    """
    from platformdirs import user_cache_path

    if not scripts:
        return Frame(asset("page.css"), [])
    drawing = [draw.bundle(user_cache_path("spacecraft_analysis") / "vega")] if charts else []
    return Frame(asset("page.css"), [asset("first.js"), *drawing, asset("page.js")])


@cache
def asset(name: str) -> str:
    """The text of a file of the page's template."""
    path = files("spacecraft_analysis") / "report" / "template" / name
    return path.read_text(encoding="utf-8")


def _hashes(texts: Sequence[str]) -> str:
    """What the policy calls each text, byte for byte as it stands between its tags."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
