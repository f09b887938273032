"""A faster import of jsonschema, which costs each kernel more than all its other imports."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any

_SLOW = "rfc3987_syntax"
# A stand-in for a module stands there for every thread.
_IMPORTING = Lock()


def import_jsonschema() -> None:
    """Import jsonschema without preparing its check of international addresses.

    Altair and nbformat import jsonschema. JupyterLab brings rfc3987_syntax along, which jsonschema
    imports for a check that nothing here uses, and which builds three parsers meanwhile: 1.2 s of
    the 1.7 s that a kernel needs to import everything. A caller of that check gets it, later.
    """
    with _IMPORTING:
        if {_SLOW, "jsonschema"} & set(sys.modules) or find_spec(_SLOW) is None:
            return
        stand_in: Any = ModuleType(_SLOW)
        stand_in.is_valid_syntax = lambda *call: import_module(_SLOW).is_valid_syntax(*call)
        sys.modules[_SLOW] = stand_in
        try:
            import_module("jsonschema")
        finally:
            del sys.modules[_SLOW]
