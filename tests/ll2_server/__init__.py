"""An honest stand-in for Launch Library 2.3.0, spoken to over real HTTP on 127.0.0.1.

It is built on Django REST framework and django-filter, as Launch Library 2 itself is, so paging,
filters, ordering, search and throttling are that framework's own and not an imitation of it.
"""

# Imported first: Django wants its settings before any of its classes exist.
from tests.ll2_server import framework as framework
from tests.ll2_server.catalogues import (
    brief_catalogue,
    catalogue,
    sample_docking_events,
    sample_records,
)
from tests.ll2_server.dockings import with_dockings
from tests.ll2_server.faults import Larger, Offset
from tests.ll2_server.server import Server

__all__ = [
    "Larger",
    "Offset",
    "Server",
    "brief_catalogue",
    "catalogue",
    "sample_docking_events",
    "sample_records",
    "with_dockings",
]
