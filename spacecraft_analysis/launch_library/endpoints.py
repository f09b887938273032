"""What is particular of an endpoint of LL2: one declaration each."""

from __future__ import annotations

from dataclasses import dataclass

from spacecraft_analysis.frames.schema import CRAFT, EVENTS, RecordKind


@dataclass(frozen=True)
class Endpoint:
    """A list of LL2's that is walked page by page."""

    name: str
    """As its path has it, behind the version."""
    ordering: str
    """By which it is paged; LL2 breaks ties anew at each request."""
    things: str
    """What is on its pages, in words."""
    kind: RecordKind
    """What is on its pages, as the tables declare it."""
    assumed: int
    """More records than it has held so far; what is assumed while the number is unknown."""
    details: str = ""
    """What each record of it carries in detailed mode and none in normal mode, if we ask for it."""

    @property
    def has_ties(self) -> bool:
        """Whether several records can stand at one place of its order."""
        return self.ordering != "id"


SPACECRAFT = Endpoint("spacecraft", "id", "spacecraft", CRAFT, assumed=700, details="flights")
DOCKING_EVENTS = Endpoint("docking_events", "docking", "docking events", EVENTS, assumed=700)
ENDPOINTS = (SPACECRAFT, DOCKING_EVENTS)
