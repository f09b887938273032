"""Pages of JSON into typed frames: what is declared, proven, flattened and read.

In come records as JSON text (`Records`), out go frames with the declared columns and types,
whatever the data. Each table is declared once, in `tables`: the declaration is its schema, its
flattening rule and its part of the data dictionary. Nothing here knows a network or a clock.

`schema` what a table declares · `tables` the tables · `pages` text of pages · `decode` pages
proven, in C · `validation` odd records mended and told · `flatten` pages to rows · `times` text to
durations, instants and days · `build`, `dockings` the frames · `formats` frames to CSV and to files
"""

from spacecraft_analysis.frames.build import (
    instants,
    read_configurations,
    read_flights,
    read_spacecraft,
)
from spacecraft_analysis.frames.dictionary import data_dictionary
from spacecraft_analysis.frames.dockings import read_dockings
from spacecraft_analysis.frames.formats import FORMATS, delimited, plain, xml_text
from spacecraft_analysis.frames.pages import Record, Records
from spacecraft_analysis.frames.times import durations, parse_duration

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
    "xml_text",
]
