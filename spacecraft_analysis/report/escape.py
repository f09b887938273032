"""Anyone's text inside Markdown of one's own."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def escape_markdown(text: object) -> str:
    r"""The text as Markdown that shows it letter by letter, on one line.

    What LL2 sends is anyone's text: as it is, a name could become a link, or a picture that
    JupyterLab fetches. Every sign that could mean something in Markdown, HTML or a formula is
    escaped, and line breaks become blanks; no text becomes "unknown".

    Args:
        text: What to show, such as a name; null where LL2 does not say.

    Examples:
        >>> print(escape_markdown("Soyuz TM-4"))
        Soyuz TM\-4
        >>> print(escape_markdown("![](http://x/)"))
        \!\[\]\(http\:\/\/x\/\)
        >>> escape_markdown(None)
        'unknown'
    """
    if text is None:
        return "unknown"
    return _PUNCTUATION.sub(r"\\\g<0>", " ".join(str(text).split()))
