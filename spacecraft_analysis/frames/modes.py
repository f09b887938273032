"""What LL2 sends only in detailed mode, object by object."""

from __future__ import annotations

# What LL2 sends only in detailed mode; without these a detailed record is a normal one.
DETAILED_CONFIG = (
    *("capability", "history", "details", "maiden_flight", "height", "diameter", "human_rated"),
    *("crew_capacity", "payload_capacity", "payload_return_capacity", "flight_life", "wiki_link"),
    *("info_link", "spacecraft_flown", "total_launch_count", "successful_launches"),
    *("failed_launches", "attempted_landings", "successful_landings", "failed_landings"),
    "fastest_turnaround",
)


AGENCY_DETAILS = (
    *("featured", "country", "description", "administrator", "founding_year", "launchers"),
    *("spacecraft", "parent", "image", "logo", "social_logo"),
)


FAMILY_DETAILS = (
    *("spacecraft_flown", "total_launch_count", "successful_launches", "failed_launches"),
    *("attempted_landings", "successful_landings", "failed_landings"),
)


PARENT_DETAILS = ("description", "manufacturer", "parent", "maiden_flight", *FAMILY_DETAILS)
