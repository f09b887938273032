"""Write the reference pages into the folder `reference`: `python .docs/build.py`.

They consist of the docstrings of all public names, a picture of each chart, and the pages of
`how_to`. No network is needed; a warning of pdoc is an error.
"""

import re
import warnings
from pathlib import Path

import altair as alt
import pdoc
import vl_convert
from pdoc.render_helpers import to_html

import spacecraft_analysis as sa
import spacecraft_analysis.charts

HERE = Path(__file__).parent
FOLDER = HERE.parent / "reference"
# Their docstrings define what all measures, and all charts, have in common.
MODULES = ("spacecraft_analysis", "spacecraft_analysis.measures", "spacecraft_analysis.charts")
SIGNATURES = """
# Names in signatures

* `Frame`: a `polars.DataFrame` or a `polars.LazyFrame`; a measure returns the kind that it gets.
* `Source`: "live", "sample", the path of a file that `Snapshot.write` made, or that file, open.
* `Progress`: a function that gets pages done, pages in all (None while unknown) and a sentence.
"""
PAGE = """
{% extends "frame.html.jinja2" %}
{% block title %}{{ title }}{% endblock %}
{% block nav %}<a class="pdoc-button" href="../spacecraft_analysis.html">Reference</a>{% endblock %}
{% block content %}<main class="pdoc">
<section class="module-info">{{ html | safe }}</section></main>
{% endblock %}
"""


def charts() -> dict[str, alt.LayerChart]:
    """Return each chart of the sample by the name of its function."""
    snapshot = sa.load("sample")
    flights, dockings, found = snapshot.flights, snapshot.dockings, sa.check(snapshot)
    listed = sa.coverage(snapshot.configurations, flights, by="family")
    return {
        "coverage_chart": sa.coverage_chart(listed),
        "fleet_timeline_chart": sa.fleet_timeline_chart(flights, findings=found),
        "in_orbit_chart": sa.in_orbit_chart(sa.in_orbit(flights)),
        "outcomes_chart": sa.outcomes_chart(sa.outcomes_by_family(flights)),
        "station_occupancy_chart": sa.station_occupancy_chart(
            sa.station_occupancy(dockings, flights)
        ),
        "time_to_dock_chart": sa.time_to_dock_chart(sa.times_to_dock(flights, dockings), found),
        "turnaround_by_family_chart": sa.turnaround_by_family_chart(
            sa.turnaround_by_family(flights)
        ),
        "turnaround_chart": sa.turnaround_chart(sa.turnarounds(flights), found),
        "turnaround_survival_chart": sa.turnaround_survival_chart(sa.turnaround_survival(flights)),
        "utilisation_chart": sa.utilisation_chart(
            sa.utilisation_by_family(snapshot.spacecraft, flights)
        ),
    }


def combined(each: dict[str, alt.LayerChart]) -> dict[str, alt.TopLevelMixin]:
    """Return what the section "Working with the charts" shows, by its caption."""
    small = {name: chart.properties(width=260, height=200) for name, chart in each.items()}
    in_orbit, docked = small["in_orbit_chart"], small["time_to_dock_chart"]
    colour = alt.Color("group:N", legend=None).scale(scheme="dark2")
    return {
        "Two charts side by side": in_orbit | docked,
        "Other colours, and another size": in_orbit.encode(color=colour),
    }


def write(folder: Path) -> None:
    """Write all pages into the folder."""
    folder.mkdir(exist_ok=True)
    for module in (sa, sa.charts):
        for name in module.__all__:
            # pdoc documents the names that were imported.
            getattr(module, name)
    pictures = charts()
    if missing := {name for name in sa.__all__ if name.endswith("_chart")} - pictures.keys():
        raise LookupError(f"charts() draws no {missing}")
    for name, chart in pictures.items():
        picture = vl_convert.vegalite_to_svg(chart.to_dict())
        (folder / f"{name}.svg").write_text(picture, "utf-8")
        function = getattr(sa, name)
        function.__doc__ = f"{function.__doc__}\n\n    ![{name} of the sample]({name}.svg)\n"
    for nth, (caption, chart) in enumerate(combined(pictures).items(), start=1):
        picture = vl_convert.vegalite_to_svg(chart.to_dict())
        (folder / f"combined_{nth}.svg").write_text(picture, "utf-8")
        sa.charts.__doc__ = f"{sa.charts.__doc__}\n![{caption}](../combined_{nth}.svg)\n"
    pages = sorted((HERE / "how_to").glob("*.md"))
    titles = {page.stem: page.read_text("utf-8").split("\n")[0].lstrip("# ") for page in pages}
    links = "\n".join(f"* [{title}](how_to/{stem}.html)" for stem, title in titles.items())
    sa.__doc__ = f"{sa.__doc__}\n\n# How to\n\n{links}\n\n{SIGNATURES}"
    pdoc.render.configure(docformat="google", footer_text=f"spacecraft_analysis {sa.__version__}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pdoc.pdoc(*MODULES, r"!spacecraft_analysis\.\w+\.", output_directory=folder)
    (folder / "how_to").mkdir(exist_ok=True)
    template = pdoc.render.env.from_string(PAGE)
    for page in pages:
        html = template.render(title=titles[page.stem], html=to_html(page.read_text("utf-8")))
        (folder / "how_to" / f"{page.stem}.html").write_text(html, "utf-8")
    for page in folder.rglob("*.html"):
        if unlinked := re.findall(r"\(see <code>\w[^)]*\)", page.read_text("utf-8")):
            raise LookupError(f"{page.name}: references without a link: {set(unlinked)}")


if __name__ == "__main__":
    write(FOLDER)
