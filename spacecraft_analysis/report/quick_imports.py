"""An import that costs every kernel more than all else that it imports, made quick."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def import_jsonschema() -> None:
    """Nothing; jsonschema is imported, its check of international addresses not made ready yet.

    Altair and nbformat import jsonschema; JupyterLab brings rfc3987_syntax along, which jsonschema
    imports for a check that nobody here asks for, and which builds three parsers meanwhile: 1.2 s
    of 1.7 s that a kernel needs to import everything. Whoever does ask gets the same check, later.
    """
    name = "rfc3987_syntax"
    if {name, "jsonschema"} & set(sys.modules) or find_spec(name) is None:
        return

    def is_valid_syntax(term: str, value: str) -> bool:
        valid: bool = import_module(name).is_valid_syntax(term, value)
        return valid

    stand_in = ModuleType(name)
    stand_in.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[name] = stand_in
    try:
        import_module("jsonschema")
    finally:
        del sys.modules[name]
