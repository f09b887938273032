"""Write the reference pages into the folder `reference`: `python docs/build.py`.

They consist of the docstrings of all public names, a picture of each chart, and the pages of
`how_to`. No network is needed; a warning of pdoc is an error.
"""

import re
import warnings
from pathlib import Path

import pdoc
import vl_convert
from pdoc.render_helpers import to_html

import spacecraft_analysis as sa

HERE = Path(__file__).parent
FOLDER = HERE.parent / "reference"
# Their docstrings define what all measures, and all charts, have in common.
MODULES = ("spacecraft_analysis", "spacecraft_analysis.measures", "spacecraft_analysis.charts")
PAGE = """
{% extends "frame.html.jinja2" %}
{% block title %}{{ title }}{% endblock %}
{% block nav %}<a class="pdoc-button" href="../spacecraft_analysis.html">Reference</a>{% endblock %}
{% block content %}<main class="pdoc">
<section class="module-info">{{ html | safe }}</section></main>
{% endblock %}
"""


def charts() -> dict[str, object]:
    """Return each chart of the sample by the name of its function."""
    snapshot = sa.load("sample")
    flights, dockings = snapshot.flights, snapshot.dockings
    periods = sa.turnarounds(flights)
    return {
        "fleet_timeline_chart": sa.fleet_timeline_chart(flights),
        "in_orbit_chart": sa.in_orbit_chart(sa.in_orbit(flights)),
        "station_occupancy_chart": sa.station_occupancy_chart(sa.station_occupancy(dockings)),
        "time_to_dock_chart": sa.time_to_dock_chart(sa.times_to_dock(flights, dockings)),
        "turnaround_by_family_chart": sa.turnaround_by_family_chart(
            sa.turnaround_by_family(flights)
        ),
        "turnaround_chart": sa.turnaround_chart(periods),
        "turnaround_survival_chart": sa.turnaround_survival_chart(sa.turnaround_survival(flights)),
        "utilisation_chart": sa.utilisation_chart(
            sa.utilisation_by_family(snapshot.spacecraft, flights)
        ),
    }


def write(folder: Path) -> None:
    """Write all pages into the folder."""
    folder.mkdir(exist_ok=True)
    for name in sa.__all__:
        # pdoc documents the names that were imported.
        getattr(sa, name)
    pictures = charts()
    if missing := {name for name in sa.__all__ if name.endswith("_chart")} - pictures.keys():
        raise LookupError(f"charts() draws no {missing}")
    for name, chart in pictures.items():
        picture = vl_convert.vegalite_to_svg(chart.to_dict())
        (folder / f"{name}.svg").write_text(picture, "utf-8")
        function = getattr(sa, name)
        function.__doc__ = f"{function.__doc__}\n\n    ![{name} of the sample]({name}.svg)\n"
    pages = sorted((HERE / "how_to").glob("*.md"))
    titles = {page.stem: page.read_text("utf-8").split("\n")[0].lstrip("# ") for page in pages}
    links = "\n".join(f"* [{title}](how_to/{stem}.html)" for stem, title in titles.items())
    sa.__doc__ = f"{sa.__doc__}\n\n# How to\n\n{links}\n"
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
