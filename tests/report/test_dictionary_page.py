"""The gallery's page on columns."""

import html
import re

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.report.build import dictionary_page
from spacecraft_analysis.report.index import card_of


@pytest.fixture(scope="module")
def page() -> str:
    return dictionary_page().html


def test_every_column_is_reported(page):
    """Each column of each table has a row with its name and its meaning."""
    text = html.unescape(page.replace("<wbr>", ""))
    rows = re.findall(
        r'<tr>\s*<th scope="row" class="words">(.*?)</th>\s*<td class="words">(.*?)</td>', text
    )
    assert rows == sa.data_dictionary().select("column", "meaning").rows()


def test_the_page_pretends_no_data(page):
    """It is made of declarations alone, so it misses no source and has no code to show."""
    assert "data is unknown" not in page
    assert "Computed with spacecraft_analysis" in page
    assert "was not run" not in page
    assert 'class="code"' not in page


def test_it_has_a_card(page):
    """The gallery shows how many columns there are."""
    card = card_of(page)
    assert card is not None
    assert card.figure == f"{sa.data_dictionary().height} columns"
