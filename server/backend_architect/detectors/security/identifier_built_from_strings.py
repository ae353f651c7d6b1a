"""Names and keywords in SQL that are only known when the program runs."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.binding.origins import assigned
from backend_architect.fixes.identifiers import name_hole, quote_or_list
from backend_architect.python.bodies import names_in
from backend_architect.python.embedded import UNRESOLVED, sink_at
from backend_architect.python.pasted import is_decided, short
from backend_architect.sql.holes import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.fixes.identifiers import NameHole
    from backend_architect.python.place import Place

_QUOTING = re.compile(r"quote|escap|ident|saniti", re.IGNORECASE)
"""Names of functions that make a name harmless; each library calls it otherwise."""

_WHAT = {
    "table": "names a table of this SQL, where no parameter can stand",
    "column": "names a column of this SQL, where no parameter can stand",
    "direction": "is a keyword of this SQL, where no parameter can stand",
    "other": "becomes part of the statement itself, be it a name, a condition or a whole clause",
}


@detector(on=ast.Call)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Speak of the holes that stand for no value and are left to the caller, unless they are checked."""
    sink = sink_at(call, at) if call.args or call.keywords else None
    if sink is None or not sink.folded.holes or sink.argument is UNRESOLVED:
        return
    found: list[NameHole] = []
    for query, holes in zip(sink.queries, sink.holes, strict=True):
        for hole, role, span in zip(holes, roles(query), query.holes, strict=True):
            if role in {"value", "quoted"} or is_decided(hole, at) or _is_checked(hole.node, call, at):
                continue
            if not _comes_from_caller(hole.node, at):
                continue
            if at.request_data(hole.node, "sql") is not None:
                return
            found.append(name_hole(hole, span, query))
    if not found:
        return
    first = found[0]
    name = short(at.source_of_hole(first.hole))
    message = f"`{name}` {_WHAT[first.role]}: see who chooses it"
    yield at.finding(sink.sql, message, quote_or_list(found, sink, at, request=False))


def _comes_from_caller(node: ast.expr, at: Place) -> bool:
    """Whether what is pasted is, or is made directly of, what the function is given."""
    if not isinstance(at.function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    arguments = at.function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    own = frozenset(one.arg for one in given) - {"self", "cls"}
    derived = (value for one in _names(node) for value in assigned(one, at))
    return _reads(node, own, at) or any(_reads(value, own, at) for value in derived)


def _reads(node: ast.expr, parameters: frozenset[str], at: Place) -> bool:
    """Whether an expression reads a parameter that is never assigned anew."""
    read = {one.id for one in _names(node)} & parameters
    places = (names_in(at.function).get(name, ()) for name in read) if at.function is not None else ()
    return any(all(isinstance(place.ctx, ast.Load) for place in of_one) for of_one in places)


def _names(node: ast.expr) -> list[ast.Name]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Name)]


def _is_checked(node: ast.expr, call: ast.Call, at: Place) -> bool:
    """Whether something quotes a name, or compares it with a list before the call."""
    made = (node, *(value for name in _names(node) for value in assigned(name, at)))
    calls = (one.func for value in made for one in ast.walk(value) if isinstance(one, ast.Call))
    if any(_QUOTING.search(getattr(one, "attr", getattr(one, "id", ""))) for one in calls):
        return True
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    for test in ast.walk(at.function) if at.function is not None else ():
        if isinstance(test, ast.Compare) and (test.lineno, test.col_offset) < (call.lineno, call.col_offset):
            compared = {one.id for one in ast.walk(test.left) if isinstance(one, ast.Name)}
            if names & compared and isinstance(test.ops[0], ast.In | ast.NotIn):
                return True
    return False
