"""Pages of JSON into typed frames.

The input is records as JSON text (`Records`), the output frames with the declared columns and
types, whatever the data. Each table is declared once, in `tables`: the declaration is its schema,
its flattening rule and its part of the data dictionary. Nothing here uses the network or a clock.

`schema` what a declaration says · `tables` the tables, and the data dictionary made of them ·
`pages` records as text, decoded by msgspec · `validation` malformed values · `flatten` objects to
columns · `times` text to durations, instants and days · `build` the frames · `formats` frames to
files
"""

from spacecraft_analysis.frames.build import Tables
from spacecraft_analysis.frames.pages import Record, Records
from spacecraft_analysis.frames.times import durations, parse_duration

__all__ = ["Record", "Records", "Tables", "durations", "parse_duration"]
