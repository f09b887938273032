"""The class of the package's charts; a module of its own, since it needs Altair at once."""

from typing import Any

import altair as alt


class LayeredChart(alt.LayerChart):
    """An `alt.LayerChart`, with an error message about facets that fits the package's charts."""

    def facet(self, *_: Any, **__: Any) -> Any:
        """Raise ValueError: the texts and lines of a chart belong to all of its rows."""
        raise ValueError(
            "this chart can't be split by facet, since its labels are placed for all of its rows; "
            "filter the frame, draw a chart of each part, and put them together: "
            "alt.vconcat(*(turnaround_chart(part) for part in frame.partition_by('family')))"
        )
