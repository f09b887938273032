"""An import that costs every kernel more than all else that it imports, made quick."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

_SLOW = "rfc3987_syntax"
# What stands in for a module stands there for every thread.
_IMPORTING = Lock()


def import_jsonschema() -> None:
    """Nothing; jsonschema is imported, its check of international addresses not made ready yet.

    Altair and nbformat import jsonschema; JupyterLab brings rfc3987_syntax along, which jsonschema
    imports for a check that nobody here asks for, and which builds three parsers meanwhile: 1.2 s
    of 1.7 s that a kernel needs to import everything. Whoever does ask gets the same check, later.
    """
    with _IMPORTING:
        if {_SLOW, "jsonschema"} & set(sys.modules) or find_spec(_SLOW) is None:
            return
        stand_in = ModuleType(_SLOW)
        stand_in.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]
        sys.modules[_SLOW] = stand_in
        try:
            import_module("jsonschema")
        finally:
            del sys.modules[_SLOW]


def _is_valid_syntax(term: str, value: str) -> bool:
    valid: bool = import_module(_SLOW).is_valid_syntax(term, value)
    return valid
