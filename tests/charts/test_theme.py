"""The look of the charts and what a notebook stores of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import altair as alt
import polars as pl
import pytest

from spacecraft_analysis import use_theme
from spacecraft_analysis.charts import theme


@pytest.fixture(autouse=True)
def _theme_restored() -> Iterator[None]:
    """Altair has its own theme, renderer and limit again after each test."""
    registries = (alt.theme, alt.renderers, alt.data_transformers)
    with ExitStack() as stack:
        for registry in registries:
            stack.enter_context(registry.enable("default"))
        yield


def _points(*values: float) -> alt.Chart:
    frame = pl.DataFrame({"days": values}, schema={"days": pl.Float64})
    return (
        alt.Chart(frame, title="A title", description="Three periods.")
        .mark_point()
        .encode(x="days")
    )


def test_chart_is_stored_as_the_type_that_jupyterlab_draws():
    """The bundle is the specification under the v5+json name, and the description as text."""
    use_theme(static=False)
    stored = _points(1, 2, 3)._repr_mimebundle_()
    assert set(stored) == {"application/vnd.vegalite.v5+json", "text/plain"}
    assert stored["text/plain"] == "Three periods."
    assert stored["application/vnd.vegalite.v5+json"]["encoding"]["x"]["field"] == "days"


def test_non_finite_numbers_are_stored_as_null():
    """NaN and both infinities become null, so that the notebook stays valid JSON."""
    use_theme(static=False)
    stored = _points(1, float("nan"), float("inf"), float("-inf"))._repr_mimebundle_()
    (rows,) = stored[theme.MIME]["datasets"].values()
    assert [row["days"] for row in rows] == [1, None, None, None]
    json.dumps(stored, allow_nan=False)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"description": "Described.", "title": "Title"}, "Described."),
        ({"title": "Title"}, "Title"),
        ({"title": {"text": ["Two", "lines"]}}, "Two lines"),
        ({"hconcat": [{"title": "One"}, {"vconcat": [{"description": "Two."}]}]}, "One Two."),
        ({}, "A chart without a description"),
    ],
)
def test_plain_text_is_the_best_there_is(spec, text):
    """Without a description the title stands in, then what charts beside it say, then a phrase."""
    assert theme.description_of(spec) == text


def test_a_width_of_the_container_is_not_stored():
    """JupyterLab freezes at a chart as wide as its container, so it gets the theme's width.

    A width in pixels stays.
    """
    use_theme(static=False)
    stored = _points(1).properties(width="container")._repr_mimebundle_()[theme.MIME]
    assert "width" not in stored
    assert stored["config"]["view"]["continuousWidth"] == 600
    assert _points(1).properties(width=200)._repr_mimebundle_()[theme.MIME]["width"] == 200


def test_theme_travels_in_the_specification():
    """Sizes that Vega-Lite 5 and 6 choose differently are pinned in each chart's own config.

    A notebook draws it as SVG, whose marks have names, with a menu that opens no website.
    """
    use_theme(static=False)
    spec = _points(1).to_dict()
    size = {"continuousWidth": 600, "continuousHeight": 300}
    assert spec["config"]["view"] == {**size, "stroke": "transparent"}
    assert spec["config"]["tick"]["thickness"] == 2
    assert spec["config"]["background"] == "transparent"
    assert spec["config"]["legend"]["orient"] == "bottom"
    options = spec["usermeta"]["embedOptions"]
    assert options["renderer"] == "svg"
    assert options["actions"] == {"export": True, "source": True, "editor": False}


def test_the_limit_of_5000_rows_is_lifted():
    """A user's own chart of a large table is stored as well."""
    with pytest.raises(alt.MaxRowsError):
        _points(*range(5001)).to_dict()
    use_theme(static=False)
    assert len(next(iter(_points(*range(5001)).to_dict()["datasets"].values()))) == 5001
