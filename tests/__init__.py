"""The tests. Altair, which most of them import, is imported as quickly as in a kernel."""

import os

from spacecraft_analysis.report.import_speedups import import_jsonschema

import_jsonschema()
# A hundred processes, and each worker of the next run, would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
