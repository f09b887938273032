"""The tests. Altair, which most of them import, is imported as quickly as in a kernel."""

from spacecraft_analysis.report.quick_imports import import_jsonschema

import_jsonschema()
