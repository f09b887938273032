"""What LL2 sends stays text inside the Markdown of a notebook."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from spacecraft_analysis import escape_markdown
from spacecraft_analysis.report.sanitize import Headings, Sanitizer

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
def test_on_a_page_a_name_stays_a_name(name):
    """Inside a sentence it makes no element, and is read as it was sent."""
    shown = Sanitizer().markdown_output(f"The craft {escape_markdown(name)} flew.")
    assert re.findall(r"<(\w+)", shown) == ["p"]
    assert words(shown) == f"The craft {' '.join(name.split())} flew."


@given(st.text())
@example("![x](y)")
@example("a\\")
def test_in_commonmark_it_makes_no_element(text):
    """By the specification of Markdown, with the tables and strikes that JupyterLab adds."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = reader.render(f"The craft {escape_markdown(text)} flew.")
    assert set(re.findall(r"<(\w+)", shown)) == {"p"}


FRACTION = "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"


@pytest.mark.parametrize("source", [r"$\frac{a}{b}$", r"$$\frac{a}{b}$$", r"# Share $\frac{a}{b}$"])
def test_a_formula_is_mathml(source):
    """In a sentence, on a line of its own and in a heading, without a script."""
    made = Sanitizer()
    assert FRACTION in made.markdown_cell(source, {})
    assert made.left_out == {}


@pytest.mark.parametrize(
    "formula",
    [
        r"\unknown{x}",
        r"\begin{aligned}a&=b\\c&=d\end{aligned}",
        r"\begin{gathered}a\\b\end{gathered}",
        r"\begin{split}a&=b\\c&=d\end{split}",
        r"\begin{multline}a\\b\end{multline}",
        r"a\\b",
        r"\frac{a}",
        r"\text{a < b}",
        r"\href{https://example.org/}{y}",
        "a & b",
        "{",
    ],
)
def test_a_formula_that_can_not_be_converted_keeps_its_source(formula):
    """What MathML would not say alike is shown as it was written, and reported."""
    made = Sanitizer()
    shown = made.markdown_cell(f"So ${formula}$.", {})
    assert "<math" not in shown
    assert words(shown) == f"So ${formula}$."
    assert [*made.left_out] == [f"A formula is shown as its source: {formula}"]


def test_prices_are_no_formula():
    """A dollar sign before a blank ends none."""
    made = Sanitizer()
    assert words(made.markdown_cell("It cost $5 and then $6.", {})) == "It cost $5 and then $6."
    assert made.left_out == {}


def test_a_formula_makes_no_element_in_an_attribute():
    """In the words of a picture a formula is its source."""
    shown = Sanitizer().markdown_cell("![$x<y$](data:image/png;base64,aGk=)", {})
    # Releases of nh3 differ in whether they escape "<" in an attribute, which HTML leaves open.
    assert html.unescape(shown) == '<p><img src="data:image/png;base64,aGk=" alt="x<y"></p>\n'


def test_a_plain_documents_elements_are_left():
    """Folds, tables and classes stay; scripts, styles and whatever else could act do not."""
    source = (
        "<details open><summary>More</summary><p style='x' onclick='y()'>text</p></details>"
        "<style>p {}</style><script>x()</script><table><td class='figures' id='x'>1</td></table>"
    )
    assert Sanitizer().html(source) == (
        '<details open=""><summary>More</summary><p>text</p></details>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table><tbody><tr>'
        '<td class="figures">1</td></tr></tbody></table></div>'
    )


def test_elements_are_known_with_attributes_too():
    """A table in another language scrolls in its box, and a heading has its anchor."""
    box = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    table = '<table lang="de"><tbody><tr><td>1</td></tr></tbody></table>'
    assert Sanitizer().html(table) == f"{box}{table}</div>"
    headings = Headings()
    written = headings.anchored(Sanitizer().html('<h2 lang="de">Mond</h2>'))
    assert written == '<h2 id="mond" lang="de">Mond</h2>'
    assert headings.contents == [("mond", "Mond")]


def test_an_attribute_makes_no_element():
    """Words in a title that look like a table or a heading are words."""
    source = '<a title="<table><hr></table> <h2>x</h2>">y</a>'
    written = Headings().anchored(Sanitizer().html(source))
    assert re.findall(r"<(\w+)", written) == ["a"]
    assert html.unescape(written) == source


@pytest.mark.parametrize("name", ["code", "live", "skip", "k code"])
def test_no_class_hides_a_text(name):
    """The page's own classes, some of which are not shown, are for the page."""
    cell = f"<table><tbody><tr><td class='{name}'>1</td></tr></tbody></table>"
    assert 'class="' + name not in Sanitizer().html(f"<span class='{name}'>text</span>{cell}")
