"""The table of all spacecraft: what is in it, and how a reader finds one in a real Chromium."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import spacecraft_analysis as sa
from spacecraft_analysis.charts.colours import GREY, STATED
from spacecraft_analysis.report.craft import path_of, safe_colour, spacecraft_table
from spacecraft_analysis.report.gallery import write_report
from spacecraft_analysis.report.outputs import TABLE, Table, read
from tests.records import config, craft, family, flight, snapshot
from tests.report.browser import chromium, every, needs_browser, requested, screen, violations
from tests.report.essay import HOSTILE, code, displayed, shown, write

SHUTTLE = config(2, "Orbiter", family=[family(1, "Space Shuttle")])
FLOWN = craft(
    1,
    name="Éole",
    flights_count=2,
    spacecraft_config=SHUTTLE,
    flights=[
        flight(11, "2021-01-01T00:00:00Z", "2021-07-01T00:00:00Z"),
        flight(12, "2023-01-01T00:00:00Z", None),
        flight(13, "2030-01-01T00:00:00Z", None),
    ],
    in_space=True,
)
LANDED = craft(
    2, flights_count=1, flights=[flight(21, "2022-01-01T00:00:00Z", "2022-01-11T00:00:00Z")]
)
NEVER = craft(3, time_in_space="P0D", is_placeholder=True)


def _table(*records: dict[str, object]) -> Table:
    """What a notebook's output holds of the table, read as the page reads it."""
    stored = json.dumps(spacecraft_table(snapshot(*records))._repr_mimebundle_()[TABLE])
    table = read(json.loads(stored), Table)
    assert table
    return table


def test_every_spacecraft_is_one_row_the_latest_first() -> None:
    """Flights of the future count nowhere, and who is in space has no last end yet."""
    found = spacecraft_table(snapshot(FLOWN, LANDED, NEVER)).frame
    assert found["spacecraft_name"].to_list() == ["Craft 2", "Éole", "Craft 3"]
    assert found["first_launch"].to_list() == [date(2022, 1, 1), date(2021, 1, 1), None]
    assert found["last_end"].to_list() == [date(2022, 1, 11), None, None]
    assert found["time_in_space"].to_list() == [timedelta(10), timedelta(10), timedelta(0)]
    assert found["family"].to_list() == ["Capsule One", "Space Shuttle", "Capsule One"]


def test_what_is_no_snapshot_is_refused() -> None:
    """A frame in its place is answered with what to give."""
    with pytest.raises(TypeError, match="takes a snapshot, as load gives, not a DataFrame"):
        spacecraft_table(snapshot(FLOWN).flights)


def test_flights_are_parts_of_one_time_for_all_craft() -> None:
    """The axis goes from the first launch to the retrieval, four years later; open flights too."""
    strips = _table(FLOWN, LANDED, NEVER).strips
    assert strips
    landed, flown, never = strips.marks
    assert landed == [(pytest.approx(0.25, abs=1e-3), pytest.approx(0.257, abs=1e-3))]
    assert flown == [(0, pytest.approx(0.124, abs=1e-3)), (pytest.approx(0.5, abs=1e-3), 1)]
    assert never == []
    assert [label for _, label in strips.ticks] == ["2022", "2023", "2024", "2025"]
    assert strips.colours == [GREY, STATED["Space Shuttle"], GREY]
    assert strips.also[0] == "Launch 21"


@pytest.mark.parametrize("search", ["Dragon", "TBD", "nobody"])
def test_any_snapshot_has_its_table(search: str) -> None:
    """Where no craft flew, or none is there, the table has what is known."""
    some = sa.load("sample", search=search)
    assert spacecraft_table(some).frame.height == len(some)


def test_a_snapshot_without_flights_says_how_to_get_them() -> None:
    """In normal mode LL2 sends none, so there is nothing to draw."""
    with pytest.raises(sa.SchemaError, match="mode='detailed'"):
        spacecraft_table(sa.load("sample", mode="normal"))


def test_a_flight_is_at_least_a_line_wide() -> None:
    """Of ten days in sixty years nothing would be seen."""
    assert path_of([(0.5, 0.5)]) == "M80 2h1.5v8h-1.5z"


def test_nothing_but_a_colour_is_a_colour() -> None:
    """An output of anyone's notebook must not make the page ask for an address."""
    assert [safe_colour(text) for text in ("#12ab9f", "url(https://a/)", "#12ab9")] == [
        "#12ab9f",
        GREY,
        GREY,
    ]


def test_a_table_whose_strips_do_not_fit_is_not_taken() -> None:
    """One strip for two rows is no output of ours; its text is shown instead."""
    table = spacecraft_table(snapshot(FLOWN, LANDED))._repr_mimebundle_()[TABLE]
    table["strips"]["marks"] = table["strips"]["marks"][:1]
    html = shown(displayed(TABLE, table))
    assert "<td" not in html


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    """The page of a notebook with the table of the sample and one of a hostile name."""
    folder = tmp_path_factory.mktemp("find")
    hostile = craft(1, name=HOSTILE, serial_number=HOSTILE, spacecraft_config=config(1, HOSTILE))
    notebook = write(
        folder / "find.ipynb",
        "# Find a spacecraft",
        code('source = "sample"', "parameters"),
        code("import spacecraft_analysis as sa\nsnapshot = sa.load(source)"),
        code("# All spacecraft\nsa.spacecraft_table(snapshot)"),
        code(
            f"records, when = [{hostile!r}], snapshot.retrieved_at\n"
            'odd = sa.Snapshot(records, url="", query={}, retrieved_at=when)\n'
            "sa.spacecraft_table(odd)"
        ),
    )
    write_report([notebook], output=folder / "reports")
    with chromium(folder / "profile") as browser:
        browser.get((folder / "reports" / "find.html").as_uri())
        yield browser


@pytest.fixture
def table(page) -> webdriver.Chrome:
    """The page as it is when it was just opened."""
    screen(page, width=1280)
    page.refresh()
    return page


def _names(page: webdriver.Chrome) -> list[str]:
    """The names of the rows that are to be seen, in their order."""
    read = "return [...document.querySelectorAll('#find-table-1 tbody tr:not([hidden]) th')]"
    return page.execute_script(f"{read}.map(name => name.textContent)")


def _type(page: webdriver.Chrome, text: str) -> str:
    """What the page says of a search."""
    page.find_element(By.ID, "find-table-1-find").send_keys(text)
    return page.find_element(By.CSS_SELECTOR, ".find [role=status]").text


def _head(page: webdriver.Chrome, name: str) -> webdriver.remote.webelement.WebElement:
    heads = every(page, "#find-table-1 thead th")
    return next(head for head in heads if head.text.startswith(name))


browsed = [needs_browser, pytest.mark.slow]


class TestInABrowser:
    pytestmark = browsed

    def test_atlantis_is_found_with_its_flights(self, table) -> None:
        """How often Atlantis flew is one word away."""
        assert _type(table, "atlantis") == "1 of 551 rows"
        assert _names(table) == ["Space Shuttle Atlantis"]
        row = table.find_element(By.CSS_SELECTOR, "#find-table-1 tbody tr:not([hidden])")
        assert row.find_element(By.CSS_SELECTOR, "td.figures").text == "33"

    def test_all_words_count_in_any_order_and_launches_too(self, table) -> None:
        """Words of several columns find a craft, and so does the name of one of its launches."""
        _type(table, "active spacex c208")
        assert _names(table) == ["Cargo Dragon C208"]
        table.find_element(By.ID, "find-table-1-find").clear()
        _type(table, "sts-107")
        assert _names(table) == ["Space Shuttle Columbia"]

    def test_the_keyboard_alone_sorts(self, table) -> None:
        """Tab and Enter reach a column's head; most first, then fewest; aria-sort says so."""
        _head(table, "flights count").find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
        assert _names(table)[0] == "Space Shuttle Discovery"
        assert _head(table, "flights count").get_attribute("aria-sort") == "descending"
        table.switch_to.active_element.send_keys(Keys.ENTER)
        assert _names(table)[-1] == "Space Shuttle Discovery"
        assert _head(table, "flights count").get_attribute("aria-sort") == "ascending"

    def test_durations_sort_by_length_and_the_unknown_is_last(self, table) -> None:
        """Nine days come before ten, and who never turned around is below either way."""
        frame = spacecraft_table(sa.load("sample")).frame.drop_nulls("fastest_turnaround")
        by_length = frame.sort("fastest_turnaround")["spacecraft_name"].to_list()
        button = _head(table, "fastest turnaround").find_element(By.TAG_NAME, "button")
        button.click()
        assert _names(table)[: frame.height][0] == by_length[-1]
        button.click()
        assert _names(table)[0] == by_length[0]
        assert _names(table)[frame.height - 1] == by_length[-1]

    def test_names_sort_as_one_counts(self, table) -> None:
        """Soyuz 9 comes before Soyuz 10."""
        _head(table, "spacecraft name").find_element(By.TAG_NAME, "button").click()
        names = _names(table)
        assert names.index("Soyuz 9") < names.index("Soyuz 10")

    def test_it_is_whole_without_scripts(self, page) -> None:
        """All rows and strips are there, and no field that would do nothing."""
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        page.refresh()
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        assert len(every(page, "#find-table-1 tbody tr")) == 551
        assert len(every(page, "#find-table-1 td.strip path[fill]")) == 551
        assert not any(field.is_displayed() for field in every(page, ".find"))

    def test_a_phone_shows_name_and_flights_side_by_side(self, table) -> None:
        """The page does not scroll sideways; the table does, its names stay."""
        screen(table, width=390)
        width = "return document.documentElement.scrollWidth"
        assert table.execute_script(width) == 390
        strip = table.find_element(By.CSS_SELECTOR, "#find-table-1 td.strip svg").rect
        assert strip["x"] + strip["width"] <= 390
        box = table.find_element(By.ID, "find-table-1")
        table.execute_script("arguments[0].scrollLeft = 400", box)
        name = table.find_element(By.CSS_SELECTOR, "#find-table-1 tbody th").rect
        assert name["x"] == pytest.approx(box.rect["x"], abs=2)

    def test_no_column_is_lost_on_paper(self, table) -> None:
        """The box is as high as its rows, and no wider than a page of A4."""
        screen(table, width=672, media="print")
        box = table.find_element(By.ID, "find-table-1")
        sizes = "const box = arguments[0]; return [box.scrollWidth, box.clientWidth]"
        inner, outer = table.execute_script(sizes, box)
        assert inner <= outer
        heights = "return [arguments[0].scrollHeight, arguments[0].clientHeight]"
        inner, outer = table.execute_script(heights, box)
        assert inner <= outer
        assert not table.find_element(By.CSS_SELECTOR, ".find").is_displayed()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_no_serious_violation(self, table, scheme) -> None:
        """Search and sorted heads have names, roles and contrast."""
        screen(table, width=1280, scheme=scheme)
        table.find_element(By.CSS_SELECTOR, "#find-table-2 .sort").click()
        # Axe takes minutes for the rows of the whole sample, which are all of one kind.
        rows = "document.querySelectorAll('#find-table-1 tbody tr')"
        table.execute_script(f"[...{rows}].slice(9).forEach((row) => row.remove())")
        found = violations(table)
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []

    def test_a_hostile_name_is_text(self, table) -> None:
        """It runs nothing, asks for nothing, and is found like any other."""
        assert table.execute_script("return window.hacked === undefined")
        assert not any(url.startswith("http") for url in requested(table))
        assert table.find_element(By.CSS_SELECTOR, "#find-table-2 tbody th").text == HOSTILE
