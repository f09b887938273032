"""What LL2 sends stays text inside the Markdown of a notebook."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from spacecraft_analysis import escape_markdown
from spacecraft_analysis.report.sanitize import Sanitizer

HOSTILE = (
    "![x](https://elsewhere/x.png)",
    "<img src=https://elsewhere/x.png>",
    "[x](javascript:alert(1))",
    "https://elsewhere/",
    "<https://elsewhere/>",
    "**bold** _and_ `code` ~~gone~~",
    "$x^2$ \\(y\\)",
    "&lt;b&gt; &#x21;",
    "1. one\n\n# two\n| a |\n| - |",
)


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).replace("¶", "").split())


@pytest.mark.parametrize("name", HOSTILE)
def test_on_a_page_a_name_stays_a_name(name: str) -> None:
    """Inside a sentence it makes no element, and is read as it was sent."""
    shown = Sanitizer().markdown_output(f"The craft {escape_markdown(name)} flew.")
    assert re.findall(r"<(\w+)", shown) == ["p"]
    assert words(shown) == f"The craft {' '.join(name.split())} flew."


@given(st.text())
@example("![x](y)")
@example("a\\")
def test_in_commonmark_it_makes_no_element(text: str) -> None:
    """By the specification of Markdown, with the tables and strikes that JupyterLab adds."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = reader.render(f"The craft {escape_markdown(text)} flew.")
    assert set(re.findall(r"<(\w+)", shown)) == {"p"}


def test_what_ll2_does_not_say_is_unknown() -> None:
    """A null makes no sentence about None."""
    assert escape_markdown(None) == "unknown"
