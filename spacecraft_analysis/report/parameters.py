"""What a notebook lets be set from outside, and what it is set to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.snapshot import local_path


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


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


_DECLARATION = 'source = "sample"'


def found_source(source: str) -> str:
    """The source as a kernel can find it, which works in its notebook's folder.

    Raises:
        ReportError: It is a path without a file.
    """
    if source in ("sample", "live"):
        return source
    path = local_path(source).resolve()
    if not path.is_file():
        raise ReportError(f"there is no snapshot {source}; give 'sample', 'live' or a file's path")
    return str(path)


def check_source(notebooks: Mapping[Path, Any]) -> None:
    """Nothing, if a source that is asked for reaches each notebook.

    Raises:
        ReportError: One would run on records of its own choice; the message says what to mend.
    """
    for path, notebook in notebooks.items():
        mend = _unreached(notebook)
        if mend:
            raise ReportError(f"{path.name} would not use the source that is asked for: {mend}")


def live_questions(notebook: Any, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a notebook asks of LL2 through `load`, as far as its code says so in plain words.

    Plain are literals, names that it declares, and their comparison. What asks to refresh is left
    to the notebook, since it means a pull of its own.

    Args:
        notebook: What `read` made of it.
        values: What its declared names are set to.
    """
    known = declared(notebook) | dict(values)
    trees = [parsed(cell.source) for _, cell in _code(notebook)]
    names = {name for tree in trees for name in _names_of_load(tree)}
    calls = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    ]
    questions = [_question(call, known) for call in calls]
    return [question for question in questions if question is not None]


def _code(notebook: Any) -> list[tuple[int, Any]]:
    """The code cells, each with its number among them."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return list(enumerate(cells, start=1))


def _unreached(notebook: Any) -> str:
    """Why a source would not reach the notebook and what to do; empty where it does."""
    code = _code(notebook)
    assigning = [number for number, cell in code if "source" in assignments(cell.source)]
    tagged = [number for number, cell in code if "parameters" in tags(cell)]
    declaring = [number for number in assigning if number in tagged]
    if not declaring:
        loading = [number for number, cell in code if re.search(r"\bload\(", cell.source)]
        if assigning:
            return f"tag its code cell {assigning[0]}, which sets source, with 'parameters'"
        where = f"its code cell {loading[0]}" if loading else "a later one"
        return f"put {_DECLARATION} into a cell tagged 'parameters', and load(source) in {where}"
    last = declaring[-1]
    later = [(number, cell.source) for number, cell in code if number > last]
    for number, text in later:
        if isinstance(assignments(text).get("source"), str):
            return f"its code cell {number} sets source anew; leave that to cell {last}"
    if not any(re.search(r"\bsource\b", text) for _, text in later):
        return f"no code cell after {last} uses it; load(source) in one of them"
    return ""


def _names_of_load(tree: ast.Module) -> Iterator[str]:
    """How a cell's imports let one call `load`."""
    package = __name__.split(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name == package:
                    yield f"{name.asname or name.name}.load"
        elif isinstance(node, ast.ImportFrom) and node.module == package:
            for name in node.names:
                if name.name == "load":
                    yield name.asname or name.name


def _question(call: ast.Call, known: Mapping[str, Any]) -> dict[str, Any] | None:
    """The query of a call of `load`; None if it does not ask LL2, or in words too hard to read."""
    try:
        asked = {str(word.arg): _value(word.value, known) for word in call.keywords}
        sources = [_value(argument, known) for argument in call.args]
    except (LookupError, ValueError, TypeError):
        return None
    source = [*sources, asked.pop("source", "live")][0]
    return None if source != "live" or {"None", "refresh"} & set(asked) else asked


def _value(expression: ast.expr, known: Mapping[str, Any]) -> Any:
    if isinstance(expression, ast.Name):
        return known[expression.id]
    if isinstance(expression, ast.Compare) and isinstance(expression.ops[0], ast.Eq):
        return _value(expression.left, known) == _value(expression.comparators[0], known)
    return ast.literal_eval(expression)
