"""The pages of a report as a reader meets them: opened from a file in a real Chromium."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from nbformat.v4 import new_code_cell, new_output
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import spacecraft_analysis as sa
from spacecraft_analysis.report.build import bundled_notebooks
from spacecraft_analysis.report.spacecraft_table import spacecraft_table
from spacecraft_analysis.report.tables import TABLE, table
from tests.report.browser import (
    chromium,
    each,
    every,
    needs_browser,
    requested,
    screen,
    soon,
    violations,
)
from tests.report.essay import HOSTILE, displayed, shown

BUNDLED = [path.stem for path in bundled_notebooks()]
NOTEBOOKS = [*BUNDLED, "essay"]
WITH_CHARTS = [*NOTEBOOKS, "index"]
PAGES = [*WITH_CHARTS, "columns"]
MARKS = ".drawn .role-mark path"

pytestmark = [needs_browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def seen(browser, report):
    """A function that shows a page of the report, as on a laptop or as is said.

    Who asks for it leaves the page as it was, so that the next one need not load it again.
    """

    def show_page(name, *, width=1280, scheme="light", media="screen", scripts=True):
        url = (report / f"{name}.html").as_uri()
        # Who prints a page has it on a screen before; all else is for style alone to decide.
        first = 1280 if media == "print" else width
        loaded, shown = [url, scripts and first], [width, scheme, media]
        if browser.execute_script("return window.loaded") != loaded:
            screen(browser, width=first)
            browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
            for log in ("browser", "performance"):
                browser.get_log(log)
            browser.get(url)
            # What was loaded without scripts stays so; the driver needs them to look at it.
            browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
            soon(lambda: not scripts or not every(browser, "figure .picture:not(.drawn)"))
            browser.execute_script("window.loaded = arguments[0]", loaded)
        # Each change of the screen has the page laid out again.
        if browser.execute_script("return window.shown") != shown:
            screen(browser, width=width, scheme=scheme, media=media)
        browser.execute_script("window.shown = arguments[0]; window.scrollTo(0, 0)", shown)
        return browser

    return show_page


def open_made(browser: webdriver.Chrome, folder: Path, *cells: Any, **how: Any) -> None:
    """Open a page of these cells on such a screen."""
    (folder / "made.html").write_text(shown(*cells), encoding="utf-8")
    screen(browser, **how)
    browser.get((folder / "made.html").as_uri())


def element(page: Any, selector: str) -> Any:
    return page.find_element(By.CSS_SELECTOR, selector)


def sizes(page: webdriver.Chrome, selector: str, side: str) -> list[float]:
    """An edge, the width or the height of each element."""
    boxes = "return [...document.querySelectorAll(arguments[0])]"
    boxes += ".map(element => element.getBoundingClientRect()[arguments[1]])"
    return page.execute_script(boxes, selector, side)


def cut(page: webdriver.Chrome, selector: str, side: str) -> list[str]:
    """The names of the boxes that hold more than they show."""
    boxes = "return [...document.querySelectorAll(arguments[0])].filter(box => "
    boxes += f"box.scroll{side} > box.client{side} + 1).map(box => box.ariaLabel || box.className)"
    return page.execute_script(boxes, selector)


def style(page: webdriver.Chrome, selector: str, name: str) -> str:
    return element(page, selector).value_of_css_property(name)


@each(PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(seen, name):
    """A page is one request, to its own file, and the console holds no error."""
    page = seen(name)
    assert requested(page) == {page.current_url}
    entries = page.get_log("browser")
    assert [entry for entry in entries if entry["level"] == "SEVERE"] == []
    # Of a notebook's own charts Vega may have some advice; these here give it no reason.
    assert entries == [] or name not in ("essay", "index")


@each(["essay"])
def test_the_keyboard_reaches_the_text_first(seen, name):
    """The first stop of the keyboard skips to the text."""
    page = seen(name)
    ActionChains(page).send_keys(Keys.TAB).perform()
    focused = page.switch_to.active_element
    assert focused.text == "Skip to the text"
    assert focused.rect["x"] >= 0
    page.execute_script("arguments[0].blur()", focused)


@each(PAGES)
def test_a_wide_screen_cuts_no_table(seen, name):
    """At 1280 pixels the whole of every bundled table is in sight, but for one to search in."""
    assert cut(seen(name), ".scroll:not(.whole)", "Width") == []


@each(NOTEBOOKS)
def test_answer_and_picture_are_on_the_first_screen(seen, name):
    """On a laptop a reader sees the question, the answer and the whole chart that shows it."""
    page = seen(name)
    box = "return arguments[0].getBoundingClientRect()"
    picture = page.execute_script(box, element(page, "figure.chart svg"))
    assert page.execute_script(box, element(page, ".answer"))["bottom"] < picture["top"]
    # A chart of many rows, one above the other, is taller than any screen.
    assert picture["bottom"] <= 800 or picture["height"] > 700
    assert picture["top"] <= 400


@each(PAGES)
def test_a_page_can_be_sent_by_mail(report, name):
    """With its script, its charts and all that one takes along a page stays under 2.6 MB."""
    assert (report / f"{name}.html").stat().st_size < 2_600_000


@pytest.mark.parametrize("width", [390, 1280])
def test_a_foreign_table_scrolls_by_itself(browser, tmp_path, width):
    """A wide table of pandas' HTML, or of Markdown, is no wider than the text."""
    cells = "".join(f"<td>{number * 1000}</td>" for number in range(60))
    markdown = "|" + "a very long column|" * 30 + "\n|" + "-|" * 30 + "\n|" + "1|" * 30
    table = displayed("text/html", f"<div><table><tr>{cells}</tr></table></div>")
    open_made(browser, tmp_path, markdown, table, width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    assert len(every(browser, ".scroll[tabindex='0'] > table")) == 2


@pytest.mark.parametrize("width", [390, 1280])
def test_a_printed_answer_is_a_paragraph(browser, tmp_path, width):
    """A sentence that was printed wraps in the letters of one in Markdown."""
    printed = new_output("stream", text="Half of the turnarounds took so many days. " * 9)
    answer = new_code_cell("x", outputs=[printed], metadata={"tags": ["answer"]})
    open_made(browser, tmp_path, answer, width=width)
    assert cut(browser, ".answer pre", "Width") == []
    font = style(browser, ".answer", "font-family"), style(browser, ".answer", "font-size")
    assert font == tuple(style(browser, ".answer pre", f"font-{of}") for of in ("family", "size"))


def test_rows_of_many_columns_are_low(browser, tmp_path):
    """In a table that scrolls in any case no text is broken after each of its words."""
    frame = pl.DataFrame({f"column_{n}": ["some words " * 14] for n in range(40)})
    open_made(browser, tmp_path, displayed(TABLE, asdict(table(frame))), width=1280)
    assert 0 < max(sizes(browser, "tbody tr", "height")) < 80


@pytest.mark.parametrize("columns", [9, 40])
def test_paper_shows_every_column(browser, tmp_path, columns):
    """A table wider than the paper loses no value: words break, or rows become lists by name."""
    frame = pl.DataFrame(
        {f"a_long_name_{n}": ["some words", "LongerWords"] for n in range(columns)}
    )
    cell = displayed(TABLE, asdict(table(frame)))
    open_made(browser, tmp_path, cell, width=673, media="print")
    edges = sizes(browser, "tbody td, tbody th", "right")
    assert len(edges) == 2 * columns
    assert max(edges) <= 673
    before = "return getComputedStyle(document.querySelector('tbody td'), '::before').content"
    assert ("a_long_name" in browser.execute_script(before)) == (columns > 12)


@each(["spacecraft"])
def test_a_click_on_a_layer_makes_the_others_pale(seen, name):
    """One family is followed through a stack; its name stands beside, without a legend."""
    page = seen(name)
    stack = element(page, "figure.chart:has(.mark-rect)")
    title = element(stack, "figcaption")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", stack)
    layers = "[...arguments[0].querySelectorAll('.mark-rect.role-mark path')]"
    height = ".map(layer => [layer.getBoundingClientRect().height, layer])"
    tallest = page.execute_script(f"return {layers}{height}.sort(([a], [b]) => b - a)[0][1]", stack)
    ActionChains(page, duration=0).move_to_element(tallest).click().perform()
    drawn = ".map(layer => [layer.getAttribute('fill'), layer.getAttribute('opacity')])"
    opacities = dict(page.execute_script(f"return {layers}{drawn}", stack))
    assert sorted(opacities.values()) == ["0.15"] * (len(opacities) - 1) + ["1"]
    assert every(stack, ".role-legend") == []
    ActionChains(page, duration=0).double_click(tallest).move_to_element(title).perform()
    assert {pale for _, pale in page.execute_script(f"return {layers}{drawn}", stack)} == {"1"}


@each(["essay"])
def test_a_tooltip_shows_a_hostile_name_as_text(seen, name):
    """Pointing at a mark tells of its craft; what the name looks like is not obeyed."""
    page = seen(name)
    mark = every(page, MARKS)[1]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
    ActionChains(page, duration=0).move_to_element(mark).perform()
    tooltip = soon(lambda: every(page, "#vg-tooltip-element.visible"))[0]
    assert HOSTILE[:30] in tooltip.text
    assert page.execute_script("return window.hacked") is None
    ActionChains(page, duration=0).move_by_offset(-20, -20).perform()
    soon(lambda: not every(page, "#vg-tooltip-element.visible"))


@each(["essay"])
def test_a_click_on_the_legend_fades_the_other_families(seen, name):
    """A family chosen in the legend stands out from the others, until a double click."""
    page = seen(name)
    legend = every(page, ".drawn .role-legend-symbol path")[0]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", legend)
    ActionChains(page, duration=0).move_to_element(legend).click().perform()

    def opacities() -> set[str | None]:
        marks = every(page, f"#essay-1 {MARKS}")
        return {mark.get_attribute("opacity") for mark in marks}

    soon(lambda: "0.1" in opacities() and len(opacities()) == 2)
    plot = element(page, "#essay-1 .role-frame .background")
    ActionChains(page, duration=0).double_click(plot).perform()
    soon(lambda: "0.1" not in opacities())


@each(["spacecraft"])
def test_the_years_over_the_strips_stand_apart(seen, name):
    """No year's label lies on the next one's."""
    page = seen(name)
    edges = "return [...document.querySelectorAll('.whole .strip text')]"
    edges += ".map(year => year.getBoundingClientRect()).map(box => [box.left, box.right])"
    years = page.execute_script(edges)
    assert len(years) > 2
    assert all(one[1] < other[0] for one, other in pairwise(years))


@each(["essay"])
def test_one_button_shows_and_hides_the_code(seen, name):
    """Code is out of the way until asked for."""
    page = seen(name)
    button, code = element(page, "#code-button"), element(page, ".code")
    assert not code.is_displayed()
    button.click()
    assert (button.text, code.is_displayed()) == ("Hide code", True)
    button.click()
    assert (button.text, code.is_displayed()) == ("Show code", False)


@each(["index"])
def test_a_card_cuts_no_picture_but_a_very_tall_one(seen, name):
    """What the list shows of a picture is all of it, or fades out to say that there is more."""
    assert cut(seen(name), ".card .picture:not(.tall)", "Height") == []


@each(["index"])
def test_the_pictures_of_the_cards_differ(seen, name):
    """No two of the bundled essays show the same chart in the list."""
    page = seen(name)
    pictures = every(page, ".card svg")
    drawn = {picture.get_attribute("innerHTML") for picture in pictures}
    assert len(drawn) == len(pictures) == len(bundled_notebooks()) + 1


@each(["utilisation"])
def test_every_entry_of_the_contents_is_marked_when_it_is_followed(seen, name):
    """The last two too, though the end of this page comes before their headings are on top."""
    page = seen(name)
    links = every(page, ".contents a")
    names = page.execute_script("return arguments[0].map(link => link.innerText)", links)
    assert len(names) > 3
    current = "return [...document.querySelectorAll('.contents a[aria-current]')]"

    def marked() -> list[str]:
        return page.execute_script(f"{current}.map(link => link.innerText)")

    for link, text in zip(links, names, strict=True):
        # As the keyboard follows it; a mouse takes twice as long.
        page.execute_script("arguments[0].click()", link)
        soon(lambda text=text: marked() == [text], within=5)
    # The list stays in sight.
    assert page.execute_script("return arguments[0].getBoundingClientRect().top", links[0]) >= 0
    page.execute_script("location.hash = ''; window.scrollTo(0, 0)")
    soon(lambda: marked() == [], within=5)
    page.execute_script("window.scrollTo(0, document.documentElement.scrollHeight)")
    soon(lambda: marked() == names[-1:], within=5)
    page.execute_script("window.scrollTo(0, 0)")


def search(page: webdriver.Chrome, words: str) -> str:
    """What the page says of a search."""
    field = element(page, ".find input")
    enter = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
    page.execute_script(enter, field, words)
    return element(page, ".find [role=status]").get_property("textContent")


def found(page: webdriver.Chrome) -> list[str]:
    """The names of the rows that are to be seen, in their order."""
    names = "document.querySelectorAll('.whole tbody tr:not([hidden]) th')"
    return page.execute_script(f"return [...{names}].map(name => name.textContent.trim())")


def head(page: webdriver.Chrome, name: str) -> Any:
    """The head of the column of this name."""
    heads = every(page, ".whole thead th")
    return next(one for one in heads if one.get_property("textContent").startswith(name))


@each(["spacecraft"])
class TestTheTableOfAllSpacecraft:
    """A reader finds one craft among hundreds, and sorts them."""

    def test_all_words_count_in_any_order_and_launches_too(self, seen, name):
        """Words of several columns find a craft, and so does the name of one of its launches."""
        page = seen(name)
        element(page, ".find input").send_keys("c208 active spacex")
        assert found(page) == ["Cargo Dragon C208"]
        assert search(page, "sts-107") == "1 of 551 rows"
        assert found(page) == ["Space Shuttle Columbia"]
        assert search(page, "") == "551 rows"

    def test_the_keyboard_alone_sorts(self, seen, name):
        """Tab and Enter reach a column's head; most first, then fewest; aria-sort says so."""
        page = seen(name)
        search(page, "shuttle")
        head(page, "flights_count").find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
        assert found(page)[0] == "Space Shuttle Discovery"
        assert head(page, "flights_count").get_attribute("aria-sort") == "descending"
        page.switch_to.active_element.send_keys(Keys.ENTER)
        assert found(page)[-1] == "Space Shuttle Discovery"
        assert head(page, "flights_count").get_attribute("aria-sort") == "ascending"
        search(page, "")

    def test_durations_sort_by_length_and_the_unknown_is_last(self, seen, name):
        """Nine days come before ten, and a craft without a turnaround is last either way."""
        page = seen(name)
        frame = spacecraft_table(sa.load("sample")).frame
        lengths = dict(frame.select("spacecraft_name", "fastest_turnaround").rows())
        search(page, "dragon")
        known = sorted(lengths[name] for name in found(page) if lengths[name])
        assert 5 < len(known) < len(found(page))
        unknown = [None] * (len(found(page)) - len(known))
        button = head(page, "fastest_turnaround").find_element(By.TAG_NAME, "button")
        for by_length in (known[::-1], known):
            button.click()
            assert [lengths[name] for name in found(page)] == by_length + unknown
        search(page, "")

    def test_names_sort_as_one_counts(self, seen, name):
        """Soyuz 9 comes before Soyuz 10."""
        page = seen(name)
        search(page, "soyuz")
        head(page, "spacecraft_name").find_element(By.TAG_NAME, "button").click()
        assert found(page).index("Soyuz 9") < found(page).index("Soyuz 10")
        search(page, "")


@each(["essay"])
def test_a_dark_page_is_dark(seen, name):
    """A reader who prefers dark pages gets light text on dark paper, in charts too."""
    page = seen(name, scheme="dark")
    assert style(page, "body", "background-color") == "rgba(21, 23, 27, 1)"
    assert style(page, ".drawn .role-axis-label text", "fill") == "rgb(227, 229, 233)"
    assert style(page, ".drawn .role-frame > g > .background", "fill") != "rgb(255, 255, 255)"


@each(["essay"])
def test_a_dark_page_prints_light(seen, name):
    """Paper is white, whatever the screen was."""
    page = seen(name, scheme="dark", media="print")
    assert style(page, "body", "background-color") == "rgba(255, 255, 255, 1)"
    assert not element(page, ".contents").is_displayed()


@each(WITH_CHARTS)
def test_every_chart_fits_a_printed_page(seen, name):
    """Even the tallest chart is whole on one sheet of A4, and nothing is wider than its text."""
    page = seen(name, width=673, media="print")
    assert page.execute_script("return document.documentElement.scrollWidth") == 673
    assert max(sizes(page, "svg", "height")) <= 190 / 25.4 * 96 + 1
    assert cut(page, ".picture", "Height") == []


@each(["turnaround"])
def test_a_fold_is_open_on_paper(seen, name):
    """What is folded on a screen is printed; what only works on a screen is not."""
    page = seen(name, media="print", width=673)
    assert page.execute_script("return document.querySelector('.findings details').open") is False
    shown = "return arguments[0].checkVisibility({contentVisibilityAuto: true})"
    assert page.execute_script(shown, element(page, ".findings details li"))
    assert not element(page, ".downloads").is_displayed()


@each([*BUNDLED, "columns"])
def test_paper_breaks_no_number(seen, name):
    """On A4 each figure and instant of a table is on one line, and the table within the page."""
    page = seen(name, width=673, media="print")
    lines = "return [...document.querySelectorAll('td.figures, td.instant')].map(cell => {"
    lines += "const text = document.createRange(); text.selectNodeContents(cell);"
    lines += "return new Set([...text.getClientRects()].map(line => Math.round(line.top))).size})"
    assert set(page.execute_script(lines)) <= {0, 1}
    assert max(sizes(page, "main td, main th", "right")) <= 673


@each(["spacecraft"])
def test_all_craft_are_printed_on_few_sheets(seen, name):
    """The table of all craft lies across, whole, a line each, so that fifteen sheets take it."""
    page = seen(name, width=673, media="print")
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    sheets = re.findall(rb"/MediaBox \[0 0 (\d+)", base64.b64decode(printed["data"]))
    assert 1 < sheets.count(b"841") <= 15
    assert cut(page, ".whole", "Height") == []
    assert not element(page, ".find").is_displayed()
    folds = every(page, ".findings details")
    page.execute_script("for (const fold of arguments[0]) fold.open = false", folds)


@each(PAGES)
def test_axe_finds_no_violation(seen, name):
    """Nothing on a page keeps someone from reading it, or from finding the way by its headings."""
    # It may stay on paper for now: what `violations` removes first is not laid out again.
    page = seen(name, width=673, media="print")
    page.execute_script("document.getElementById('code-button')?.click(); delete window.loaded")
    assert violations(page) == []


@each(["essay"])
def test_the_links_under_a_figure_give_files_that_open(seen, name, tmp_path):
    """From a file and under the policy: the rows of a table and of a chart, and its picture."""
    page = seen(name)
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    for file in ("essay-table-1.csv", "essay-1.csv", "essay-1.svg"):
        link = element(page, f".downloads a[download='{file}']")
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
        link.click()
        soon((tmp_path / file).exists)
    made = pl.read_csv(tmp_path / "essay-table-1.csv", try_parse_dates=True)
    columns = ["name", "family", "flights_count", "turnaround_seconds", "launch_net"]
    assert made.columns == columns
    assert made["name"].to_list() == ["Endeavour", "Columbia", HOSTILE]
    assert made["turnaround_seconds"].to_list() == [4_346_940, 10_800, None]
    assert pl.read_csv(tmp_path / "essay-1.csv").height == 3
    page.get((tmp_path / "essay-1.svg").as_uri())
    assert "Flights by launch" in [text.text for text in every(page, "text")]
    assert page.execute_script("return document.documentElement.localName") == "svg"


@each(["essay"])
def test_without_scripts_the_page_is_whole(seen, name):
    """Without scripts there are pictures for charts, and the code is in sight."""
    page = seen(name, scripts=False)
    pictures = every(page, ".picture > svg")
    assert [picture.is_displayed() for picture in pictures] == [True, True]
    for selector in (".code", ".contents ol", ".downloads a"):
        assert element(page, selector).is_displayed()
    assert not element(page, "#code-button").is_displayed()


@each(["spacecraft"])
def test_without_scripts_the_table_of_all_spacecraft_is_whole(seen, name):
    """All rows and strips are there, and no field that would do nothing."""
    page = seen(name, width=390, scripts=False)
    count = "return document.querySelectorAll(arguments[0]).length"
    assert page.execute_script(count, ".whole tbody tr") == 551
    assert page.execute_script(count, ".whole td.strip path[fill]") == 551
    assert not element(page, ".find").is_displayed()


@each(PAGES)
@pytest.mark.parametrize("scripts", [False, True])
def test_a_phone_never_scrolls_sideways(seen, name, scripts):
    """At 390 pixels a page is as wide as the screen, and so are its charts; unfolded too."""
    page = seen(name, width=390, scripts=scripts)
    folds = every(page, "details:not([open])")
    fold = "for (const fold of arguments[0]) fold.open = arguments[1]"
    page.execute_script(fold, folds, True)
    assert page.execute_script("return document.documentElement.scrollWidth") == 390
    assert max(sizes(page, ".drawn svg", "width"), default=0) <= 390 - 2 * 16
    page.execute_script(fold, folds, False)


@each(BUNDLED)
def test_a_phone_shows_every_caption_and_every_line_of_a_table(seen, name):
    """A caption is no wider than the screen, and no row's name lies on the line above it."""
    page = seen(name, width=390)
    assert max(sizes(page, "caption", "right")) <= 390
    assert all(height % 1 == 0 for height in sizes(page, "tbody th", "height"))
    assert style(page, "table", "border-collapse") == "separate"


@each(NOTEBOOKS)
def test_a_phone_cuts_no_word_of_a_chart(seen, name):
    """Whatever a chart writes ends within its drawing."""
    page = seen(name, width=390)
    cut = "return [...document.querySelectorAll('.drawn svg text')].filter(text => {"
    cut += "const [word, whole] = [text, text.ownerSVGElement].map(e => e.getBoundingClientRect());"
    cut += "return word.right > whole.right + 1 || word.left < whole.left - 1"
    cut += "}).map(text => text.textContent)"
    assert page.execute_script(cut) == []


@each(["spacecraft"])
def test_a_phone_shows_more_than_one_column_of_words(seen, name):
    """No agency's name takes half of the screen."""
    page = seen(name, width=390)
    assert 0 < max(sizes(page, ".whole td.words", "width")) < 390 / 2


@each(["data_quality"])
def test_a_phone_shows_more_than_one_row(seen, name):
    """No explanation makes its row a tower."""
    page = seen(name, width=390)
    assert 0 < max(sizes(page, ".wide tbody tr", "height")) < 800 / 5


@each(["spacecraft"])
def test_a_phone_shows_name_and_flights_side_by_side(seen, name):
    """The table of all spacecraft scrolls sideways, its names stay."""
    page = seen(name, width=390)
    strip = element(page, ".whole td.strip svg").rect
    assert strip["x"] + strip["width"] <= 390
    box = element(page, ".whole")
    page.execute_script("arguments[0].scrollLeft = 400", box)
    assert element(page, ".whole tbody th").rect["x"] == pytest.approx(box.rect["x"], abs=2)
    page.execute_script("arguments[0].scrollLeft = 0", box)
