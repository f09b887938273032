"""The look of the charts and what a notebook stores of them."""

import json
from collections.abc import Iterator

import altair as alt
import polars as pl
import pytest

from spacecraft_analysis.charts import theme


@pytest.fixture(autouse=True)
def _theme_put_back() -> Iterator[None]:
    """Whatever a test switches on is off again after it."""
    with alt.theme.enable("default"), alt.renderers.enable("default"):
        yield


def _points(*values: float) -> alt.Chart:
    frame = pl.DataFrame({"days": values}, schema={"days": pl.Float64})
    return (
        alt.Chart(frame, title="A title", description="Three periods.")
        .mark_point()
        .encode(x="days")
    )


def test_chart_is_stored_as_the_type_that_jupyterlab_draws() -> None:
    """The bundle is the specification under the v5+json name, and the description as text."""
    theme.use_theme()
    stored = _points(1, 2, 3)._repr_mimebundle_()
    assert set(stored) == {"application/vnd.vegalite.v5+json", "text/plain"}
    assert stored["text/plain"] == "Three periods."
    assert stored["application/vnd.vegalite.v5+json"]["encoding"]["x"]["field"] == "days"


def test_non_finite_numbers_are_stored_as_null() -> None:
    """NaN and both infinities become null, so that the notebook stays valid JSON."""
    theme.use_theme()
    stored = _points(1, float("nan"), float("inf"), float("-inf"))._repr_mimebundle_()
    (rows,) = stored[theme.MIME]["datasets"].values()
    assert [row["days"] for row in rows] == [1, None, None, None]
    json.dumps(stored, allow_nan=False)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"description": "Told.", "title": "Title"}, "Told."),
        ({"title": "Title"}, "Title"),
        ({"title": {"text": ["Two", "lines"]}}, "Two lines"),
        ({}, "A chart without a description"),
    ],
)
def test_plain_text_is_the_best_there_is(spec: dict[str, object], text: str) -> None:
    """Without a description the title stands in, and without a title a phrase."""
    assert theme.bundle(spec)["text/plain"] == text


def test_a_width_of_the_container_is_not_handed_on() -> None:
    """JupyterLab stops answering at a chart as wide as its container, so it gets the theme's width.

    A width in pixels stays.
    """
    theme.use_theme()
    stored = _points(1).properties(width="container")._repr_mimebundle_()[theme.MIME]
    assert "width" not in stored
    assert stored["config"]["view"]["continuousWidth"] == 600
    assert _points(1).properties(width=200)._repr_mimebundle_()[theme.MIME]["width"] == 200


def test_theme_travels_in_the_specification() -> None:
    """Sizes that Vega-Lite 5 and 6 choose differently are pinned in each chart's own config."""
    theme.use_theme()
    config = _points(1).to_dict()["config"]
    assert config["view"] == {
        "continuousWidth": 600,
        "continuousHeight": 300,
        "stroke": "transparent",
    }
    assert config["tick"]["thickness"] == 2
    assert config["background"] == "transparent"
    assert config["legend"]["orient"] == "bottom"


def test_a_drawing_in_a_notebook_is_accessible_and_stays_there() -> None:
    """Charts ask to be drawn as SVG, whose marks have names, with a menu that leads nowhere."""
    theme.use_theme()
    asked = _points(1).to_dict()["usermeta"]["embedOptions"]
    assert asked["renderer"] == "svg"
    assert asked["actions"] == {"export": True, "source": True, "editor": False}


def test_theme_can_be_switched_on_twice() -> None:
    """A second call changes nothing."""
    theme.use_theme()
    once = _points(1)._repr_mimebundle_()
    theme.use_theme()
    assert _points(1)._repr_mimebundle_() == once
    assert (alt.theme.active, alt.renderers.active) == ("spacecraft_analysis",) * 2


def test_no_tooltip_line_is_drawn_as_a_picture() -> None:
    """Grouping by a column named image gives no line titled "image", Vega's word for a picture."""
    assert [tip.to_dict()["title"] for tip in theme.tips("image", Days="days:Q")] == [
        "Image",
        "Days",
    ]
