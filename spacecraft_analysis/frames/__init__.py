"""Pages of JSON into typed frames: what is declared, proven, flattened and read.

In come records as JSON text (`Records`), out go frames with the declared columns and types,
whatever the data. Each table is declared once, in `tables`: the declaration is its schema, its
flattening rule and its part of the data dictionary. Nothing here knows a network or a clock.

`records` text of pages · `declaration` what a table says · `tables` the tables · `modes` what
detailed mode adds · `proof` pages proven, in C · `sound` pages on which nothing is odd, likewise ·
`structure` odd records mended and told, by a `walk` over values of each of the JSON `kinds` ·
`unpack` objects to columns · `flatten` pages to rows · `durations`, `instants` text to types ·
`build`, `dockings` the frames · `delimited` frames to CSV, `formats` to files
"""

from spacecraft_analysis.frames.build import (
    instants,
    read_configurations,
    read_flights,
    read_spacecraft,
)
from spacecraft_analysis.frames.delimited import delimited, plain
from spacecraft_analysis.frames.dictionary import data_dictionary
from spacecraft_analysis.frames.dockings import read_dockings
from spacecraft_analysis.frames.durations import durations, parse_duration
from spacecraft_analysis.frames.formats import FORMATS
from spacecraft_analysis.frames.records import Record, Records

__all__ = [
    "FORMATS",
    "Record",
    "Records",
    "data_dictionary",
    "delimited",
    "durations",
    "instants",
    "parse_duration",
    "plain",
    "read_configurations",
    "read_dockings",
    "read_flights",
    "read_spacecraft",
]
