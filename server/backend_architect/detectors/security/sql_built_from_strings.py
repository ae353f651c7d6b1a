"""SQL that reaches a database with values pasted into its text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Literal

from backend_architect.engine.rules import detector
from backend_architect.fixes.binding.bind import bind_parameters
from backend_architect.fixes.binding.lists import pasted_list
from backend_architect.python.embedded import sink_at
from backend_architect.python.values import Literal as Constant
from backend_architect.python.values import is_number
from backend_architect.sql.holes import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.folding import Hole
    from backend_architect.python.place import Place

_PLACEHOLDERS = re.compile(r"placeholder|qmark|\bmarks?\b|param_?(marks|list|str)", re.IGNORECASE)
"""Names of variables that hold placeholders, when what they hold cannot be followed."""

_DUNDER = re.compile(r"__\w+__")
"""Names such as `__tablename__`, which only a program gives."""


@detector(on=ast.Call)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Speak of the holes that stand for values; those that stand for names need another repair."""
    sink = sink_at(call, at)
    if sink is None or not sink.folded.holes:
        return
    pasted = [
        hole
        for query, holes in zip(sink.queries, sink.holes, strict=True)
        for hole, role in zip(holes, roles(query), strict=True)
        if role in {"value", "quoted"} and not _is_harmless(hole, at)
    ]
    if not pasted:
        return
    values = list(dict.fromkeys(f"`{_short(at.source_of_hole(hole))}`" for hole in pasted))

    def wanted(hole: Hole) -> Literal["must", "may", "no"]:
        if any(hole is one for one in pasted):
            return "must"
        return "no" if _is_constant(hole, at) else "may"

    fix = bind_parameters(sink, at, wanted)
    if isinstance(fix, str):
        yield at.finding(sink.sql, f"{_message(values)}. No repair is offered: {fix}")
    else:
        yield at.finding(sink.sql, _message(values), fix)


def _message(values: list[str]) -> str:
    if len(values) == 1:
        return f"{values[0]} becomes part of the SQL, so whoever controls the value writes SQL"
    return f"{', '.join(values)} become part of the SQL, so whoever controls the values writes SQL"


def _is_harmless(hole: Hole, at: Place) -> bool:
    """Whether the value can be nothing but a number, a constant of the program or placeholders."""
    return hole.numeric or is_number(at.resolve(hole.node)) or _is_constant(hole, at)


def _is_constant(hole: Hole, at: Place) -> bool:
    """Whether the program itself decides what stands there, or it is placeholders."""
    if at.is_fixed(hole.node) or isinstance(at.resolve(hole.node), Constant):
        return True
    return _is_named_constant(hole.node) or _is_placeholders(hole, at)


def _is_placeholders(hole: Hole, at: Place) -> bool:
    """Whether a hole is called like placeholders, or pastes a list that is, and nobody sees values in it."""
    names = [hole.node]
    if isinstance(hole.node, ast.Call) and getattr(hole.node.func, "attr", "") == "join":
        names += hole.node.args
    if not any(_PLACEHOLDERS.search(_name(node)) for node in names):
        return False
    items = pasted_list(hole, at)
    return items is None or not items.converted


def _is_named_constant(node: ast.expr) -> bool:
    """Whether a name says that the program decides: `LIMIT`, `State.OPEN.value`, `Order._meta.db_table`."""
    if isinstance(node, ast.Attribute) and (node.attr in {"name", "value"} or _name(node.value) == "_meta"):
        node = node.value
    return _name(node).isupper() or _name(node) == "_meta" or _DUNDER.fullmatch(_name(node)) is not None


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _short(source: str) -> str:
    source = " ".join(source.split())
    return source if len(source) <= 40 else f"{source[:37]}..."
