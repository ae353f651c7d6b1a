"""Putting statements under `with`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.layout import has_tall_string, indent_of, siblings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_REASON = "It is closed at the end of the block, also when something in it fails."


@dataclass(frozen=True, slots=True)
class Opening:
    """A statement `name = call` that opens something, and where the variable is read."""

    statement: ast.Assign
    name: str
    uses: Sequence[ast.Name]
    closings: Sequence[ast.Name]
    """Those of the uses that close it."""
    how: str
    """How it is entered, in the words of the table of resources."""


def enter(opening: Opening, at: Place) -> Fix | None:
    """The fix that turns an opening and all that uses it into a `with` statement."""
    body = siblings(opening.statement, at)
    used = [_among(use, body, at) for use in opening.uses]
    if None in used or not used or len(opening.closings) > 1:
        return None
    close = next((_among(use, body, at) for use in opening.closings), None)
    if close is not None and not _is_plain_close(close, at):
        return None
    index = body.index(opening.statement)
    last = max((body.index(one) for one in used if one is not None and one is not close), default=index)
    inner = body[index + 1 : last + 1]
    if not inner or (close is not None and body.index(close) <= last):
        return None
    edits = _edits(opening, inner, close, at)
    if edits is None:
        return None
    imports = ("from contextlib import closing",) if opening.how == "closing" else ()
    return Fix("Open it with `with`", "unsafe", _REASON, lambda: edits, imports)


def _among(node: ast.AST, body: Sequence[ast.stmt], at: Place) -> ast.stmt | None:
    """The statement of a body in which a node stands."""
    return next((one for one in (node, *at.around(node)) if isinstance(one, ast.stmt) and one in body), None)


def _is_plain_close(statement: ast.stmt, at: Place) -> bool:
    """Whether a statement closes and does nothing else, on a line of its own."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    start, end = at.range_of(statement)
    row, _ = at.view.source.position(end)
    line = at.view.source.lines[row]
    alone = indent_of(start, at) is not None and line.strip() == at.view.source.text[start:end]
    return isinstance(call, ast.Call) and not call.args and alone


def _edits(
    opening: Opening, inner: Sequence[ast.stmt], close: ast.stmt | None, at: Place
) -> list[Edit] | None:
    source = at.view.source
    start, end = at.range_of(opening.statement)
    indent = indent_of(start, at)
    first, last = source.position(end)[0] + 1, source.position(at.range_of(inner[-1])[1])[0]
    if indent is None or has_tall_string(inner) or source.lines[first - 1].rstrip().endswith("\\"):
        return None
    call = at.source_of(opening.statement.value)
    opened = f"closing({call})" if opening.how == "closing" else call
    word = "async with" if opening.how == "async" else "with"
    unit = "\t" if "\t" in indent else "    "
    lines = [f"{word} {opened} as {opening.name}:{source.text[end : source.at(first, 0)]}"]
    lines += [unit + line if line.strip() else line for line in source.lines[first : last + 1]]
    closed = source.position(at.range_of(close)[0])[0] if close is not None else last
    lines += source.lines[last + 1 : closed]
    # One edit for all: another resource that is opened on these lines is a matter of another round.
    return [at.edit(start, source.at(closed, len(source.lines[closed])), "".join(lines))]
