"""What a notebook lets be set from outside, and what it is set to."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.notebook import tags


def declared(notebook: Any) -> dict[str, Any]:
    """The names that a notebook's cell tagged `parameters` assigns, with their literal values.

    A value that is not a literal is None.
    """
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in tags(cell):
            values |= assignments(cell.source)
    return values


def assignments(source: str) -> dict[str, Any]:
    """The names that a cell assigns at its top level, with their literal values."""
    values = {}
    for statement in parsed(source).body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                values[target.id] = literal(statement.value)
    return values


def parsed(source: str) -> ast.Module:
    """A cell's code; nothing of a cell that is not Python alone."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def literal(expression: ast.expr | None) -> Any:
    """The value of a literal; None of anything else."""
    try:
        return ast.literal_eval(expression) if expression else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def check_parameters(parameters: Mapping[str, str], notebooks: Mapping[Path, Any]) -> None:
    """Nothing, if each parameter is declared by a notebook at least.

    Raises:
        ReportError: None declares it; the message suggests the nearest name.
    """
    known = sorted({name for notebook in notebooks.values() for name in declared(notebook)})
    for name in parameters:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1)
        if near:
            hint = f"did you mean {near[0]!r}?"
        elif known:
            hint = f"declared are {', '.join(known)}"
        else:
            hint = "a notebook declares its parameters in a cell tagged 'parameters'"
        where = ", ".join(path.name for path in notebooks)
        raise ReportError(f"no parameter {name!r} in {where}: {hint}")


def parameter_value(name: str, text: str, default: Any) -> Any:
    """What `-p name=text` means: a Python literal, or else the text as it is.

    Where the notebook's own value is a text, a number or a truth value, so is this one, and where
    it is a list or the like this is no plain text; None is taken for a number or a list too.

    Raises:
        ReportError: It is of another kind.

    Examples:
        >>> parameter_value("families", "['Dragon', 'Soyuz']", None)
        ['Dragon', 'Soyuz']
        >>> parameter_value("name", "1969", "Apollo")
        '1969'
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text
    if isinstance(default, str):
        return value if isinstance(value, str) else text
    if isinstance(default, bool) and not isinstance(value, bool):
        raise ReportError(f"-p {name}={text}: expected True or False")
    if isinstance(default, bool) or value is None:
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, int | float) and not is_number:
        raise ReportError(f"-p {name}={text}: expected a number, such as {default}")
    # A text is a sequence as well: its letters would be taken one by one.
    if isinstance(default, list | tuple | set | dict) and isinstance(value, str):
        kind = type(default).__name__
        raise ReportError(f"-p {name}={text}: expected a {kind}, such as {default}")
    return value


def given(notebook: Any, source: str | None, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What a notebook's declared names are set to, as far as it does not say so itself."""
    names = declared(notebook)
    values = {
        name: parameter_value(name, text, names[name])
        for name, text in parameters.items()
        if name in names
    }
    # What the notebook says itself need not be said again, nor change a byte of its page.
    if source is not None and names.get("source", source) != source:
        values["source"] = source
    return values
