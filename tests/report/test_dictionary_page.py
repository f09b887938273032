"""The gallery's page on columns."""

import html
import re
from pathlib import Path

import pytest

import spacecraft_analysis as sa
from spacecraft_analysis.report import build
from spacecraft_analysis.report.build import dictionary_page
from spacecraft_analysis.report.index import card_of
from tests.report.essay import write


@pytest.fixture(scope="module")
def page() -> str:
    return dictionary_page().html


def test_every_column_is_reported(page: str) -> None:
    """Each column of each table has a row with its name and its meaning."""
    text = html.unescape(page.replace("<wbr>", ""))
    rows = re.findall(
        r'<tr>\s*<th scope="row" class="words">(.*?)</th>\s*<td class="words">(.*?)</td>', text
    )
    assert rows == sa.data_dictionary().select("column", "meaning").rows()


def test_the_page_pretends_no_data(page: str) -> None:
    """It is made of declarations alone, so it misses no source and has no code to show."""
    assert "data is unknown" not in page
    assert "Computed with spacecraft_analysis" in page
    assert "was not run" not in page
    assert 'id="code-button"' not in page


def test_it_has_a_card(page: str) -> None:
    """The gallery shows how many columns there are."""
    card = card_of(page)
    assert card is not None
    assert card.figure == f"{sa.data_dictionary().height} columns"


@pytest.mark.slow
def test_it_comes_with_the_bundled_notebooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report on the bundled notebooks has it as its last card; `test_build` has one without."""
    own = write(tmp_path / "tail.ipynb", "# Tail")
    monkeypatch.setattr(build, "bundled_notebooks", lambda: [own])
    written = build.write_report(output=tmp_path / "all")
    assert [path.name for path in written] == ["index.html", "tail.html", "columns.html"]
    links = re.findall(r'<h2><a href="(.*?)">', written[0].read_text("utf-8"))
    assert links == ["tail.html", "columns.html"]
