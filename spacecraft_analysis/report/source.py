"""Where a notebook's records come from: a source that reaches it, and one pull for all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spacecraft_analysis.errors import ReportError
from spacecraft_analysis.report.notebook import tags
from spacecraft_analysis.report.parameters import assignments, declared, parsed
from spacecraft_analysis.snapshot import local_path

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
