"""Every chart of the sample, and what people do to charts: join, resize, recolour, save, load."""

import copy
import json
import math
import re
from collections import Counter

import altair as alt
import polars as pl
import pytest

from spacecraft_analysis import charts, measures
from spacecraft_analysis.charts.colours import GREY, STATED
from spacecraft_analysis.report.svg import for_page
from tests.charts import drawing
from tests.charts.drawing import Chart, drawn, rows, sample_charts, spec, svg

# By family, and by columns of numbers, nulls and truth values in spacecraft, flights and dockings.
GROUPINGS = ([], ["config_id"], ["serial_number"], ["is_placeholder"])


@pytest.fixture(scope="module")
def tiny() -> dict[str, Chart]:
    """Every chart of one craft that flew four times."""
    return drawing.fleet_charts(drawing.flown_often("Dragon"))


@pytest.mark.slow
def test_every_chart_can_be_drawn_with_every_other(tiny):
    """Those of one craft are side by side below those of the sample, and below themselves."""
    sample, one = sample_charts().values(), tiny.values()
    shown = [*sample, alt.hconcat(*one)]
    alt.vconcat(*shown)
    # A chart and itself share one selection; no others did above.
    with pytest.warns(UserWarning, match="Automatically deduplicated selection parameter"):
        joined = alt.vconcat(*shown, *one)
    titles = Counter(re.findall(">([^<>]+)</text>", svg(joined)))
    assert titles >= Counter(chart.title for chart in [*sample, *one, *one])


@pytest.mark.slow
def test_a_chart_survives_json(tiny):
    """A chart read from its own specification, which is valid, has the same one."""
    for chart in tiny.values():
        read = alt.Chart.from_json(chart.to_json(validate=False))
        assert read.to_dict(validate=False) == spec(chart)


@pytest.mark.slow
def test_a_plot_is_800_pixels_wide_unless_a_page_draws_it():
    """A page draws it as wide as itself; a width of the user's own stays."""
    for chart in sample_charts().values():
        assert spec(chart)["width"] == 800
        assert for_page(spec(chart), width=740)["width"] == 740
    own = spec(sample_charts()["turnaround"].properties(width=300))
    assert for_page(own, width=740)["width"] == 300


@pytest.mark.slow
def test_charts_side_by_side_keep_their_sizes_and_colours():
    """Two plots of 300 by 200 pixels are that large, and share no scale of colours."""
    one, other = (
        sample_charts()[name].properties(width=300, height=200)
        for name in ("in orbit", "time to dock")
    )
    both = svg(one | other)
    assert both.count('d="M0.5,0.5h300v200h-300Z"') == 2
    alone = Counter(re.findall('fill="(#[0-9a-f]{6})"', svg(one) + svg(other)))
    assert Counter(re.findall('fill="(#[0-9a-f]{6})"', both)) == alone


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5.8", drawing.VERSION])
def test_names_stay_apart_in_a_lower_plot(version):
    """At half the height texts have half the size."""
    low = svg(sample_charts()["in orbit"].properties(height=170), version)
    sizes = re.findall(r'font-size="([\d.]+)px"[^>]*>(?:Soyuz|Cygnus)<', low)
    assert sizes == ["6.5", "6.5"]


@pytest.mark.slow
def test_a_colour_encoded_anew_colours_marks_and_names():
    """The scheme's colours are in the picture, the old ones are not."""
    chart = sample_charts()["time to dock"]
    other = chart.encode(color=alt.Color("group:N", legend=None).scale(range=["#123456"]))
    assert set(drawing.colours_in(chart).values()) & set(re.findall("#[0-9a-f]{6}", svg(chart)))
    found = set(re.findall("#[0-9a-f]{6}", svg(other)))
    assert "#123456" in found
    assert not found & set(drawing.colours_in(chart).values()) - {GREY}


def test_a_deep_copy_has_rows_of_its_own():
    """A row changed in the copy stays in the chart."""
    chart = charts.outcomes_chart(measures.outcomes_by_family(drawing.FLIGHTS))
    described = chart.to_dict()
    copied = copy.deepcopy(chart)
    assert copied.to_dict() == described
    copied.data["values"].clear()
    assert chart.to_dict() == described


@pytest.mark.slow
def test_a_facet_is_refused_with_what_works_instead():
    """The message says how to draw a chart of each part, also after other changes."""
    with pytest.raises(ValueError, match=r"a chart of each part .* alt\.vconcat"):
        sample_charts()["in orbit"].properties(width=300).facet("group:N")


@pytest.mark.slow
def test_a_line_of_ones_own_lies_over_or_under_a_chart(tiny):
    """It has the colour that it was given, and the chart its title and its own colours."""
    chart = tiny["time to dock"]
    line = alt.Chart(pl.DataFrame({"hours": [6]})).mark_rule(color="#123456").encode(y="hours:Q")
    for both in (chart + line, line + chart):
        assert {*re.findall("#[0-9a-f]{6}", svg(chart))} < {*re.findall("#[0-9a-f]{6}", svg(both))}
        assert 'stroke="#123456"' in svg(both)
    assert spec(chart + line)["title"] == spec(chart)["title"]


@pytest.mark.slow
@pytest.mark.parametrize("by", GROUPINGS, ids=str)
def test_no_two_series_share_a_colour_and_none_is_grey(by):
    """A name with a colour of its own has it everywhere; grey is for groups drawn as one."""
    for name, chart in sample_charts(*by).items():
        found = drawing.colours_in(chart)
        assert len({*found.values()}) == len(found), name
        assert found.items() >= {(series, STATED[series]) for series in found if series in STATED}
        greys = [series for series, colour in found.items() if colour == GREY]
        assert all(re.fullmatch(r"\d+ others", series) for series in greys), name


@pytest.mark.slow
@pytest.mark.parametrize("days", [[0], [-8, 0], [-900, 0], [-9000, 0]], ids=str)
def test_every_time_axis_names_a_year(days):
    """One docking, and dockings of a week, of some years, of decades: each form of a label."""
    chart = charts.time_to_dock_chart(drawing.arrivals(*(("Soyuz", day, 9) for day in days)))
    assert re.search(r"<text[^>]*>([^<>]*\b(?:19|20)\d\d\b[^<>]*)</text>", svg(chart))
    assert "%Y" in json.dumps(spec(chart)), "and so does each label"


@pytest.mark.slow
def test_every_chart_is_in_the_list():
    """A chart that `all_charts` lacks would be in none of the shared tests."""
    assert len(sample_charts()) == len(charts.__all__)


@pytest.mark.slow
def test_no_turnaround_lies_over_the_name_of_its_strip():
    """However many periods are alike, their marks stay below the line on which the name stands."""
    chart = sample_charts()["turnaround"]
    names = {row["text"]: row["_depth"] for row in rows(chart, "text") if "_depth" in row}
    radius, half_a_letter = (30 / math.pi) ** 0.5, 5
    below = [row["_depth"] - names[row["_row"]] for row in rows(chart)]
    assert len(below) > 100
    assert radius < min(below) - half_a_letter
    assert max(below) + radius < 38 - half_a_letter, "nor over the next one"


@pytest.mark.slow
def test_title_and_axes_are_in_the_picture():
    """So are years at a time axis; a caption has figures, marks tooltips, nothing a legend."""
    for chart in sample_charts().values():
        assert re.search(r"\d", chart.description)  # type: ignore[arg-type]
        assert '"tooltip": [' in json.dumps(spec(chart))
        encodings = [layer["encoding"] for layer in spec(chart)["layer"]]
        axes = [encoding[axis] for encoding in encodings for axis in "xy" if axis in encoding]
        titles = {axis["title"] for axis in axes if axis.get("title")}
        assert titles
        texts = {*re.findall(">([^<>]+)</text>", svg(chart))}
        assert {chart.title, *titles} <= texts
        is_of_time = any(axis.get("type") == "temporal" for axis in axes)
        assert any(re.fullmatch(r"(19|20)\d\d", text) for text in texts) or not is_of_time
        assert "role-legend" not in svg(chart)


@pytest.mark.slow
def test_looks_the_same_in_the_version_that_jupyterlab_has():
    """Vega-Lite 5 draws as many marks of each kind as Vega-Lite 6."""
    for name, chart in sample_charts().items():
        assert drawn(chart, "5.8") == drawn(chart), name


@pytest.mark.slow
def test_charts_are_the_same_again(sample):
    """The same frame gives the same specification, to the byte, and so does a lazy one."""
    frames = (sample.spacecraft, sample.flights, sample.dockings, sample.configurations)
    for name, chart in drawing.all_charts(*(frame.lazy() for frame in frames)).items():
        assert json.dumps(spec(chart)) == json.dumps(spec(sample_charts()[name]))


@pytest.mark.slow
def test_no_sentence_is_in_two_captions_of_the_sample():
    """A caption describes its own picture."""
    captions = " ".join(str(chart.description) for chart in sample_charts().values())
    sentences = Counter(re.split(r"(?<=\.) ", captions))
    assert [sentence for sentence, times in sentences.items() if times > 1] == []
