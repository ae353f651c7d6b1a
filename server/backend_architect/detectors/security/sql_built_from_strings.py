"""SQL that reaches a database with values pasted into its text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal

from backend_architect.engine.rules import detector
from backend_architect.fixes.binding.bind import bind_parameters
from backend_architect.fixes.binding.lists import pasted_list
from backend_architect.python.embedded import sink_at
from backend_architect.python.pasted import is_constant, is_decided, is_named_placeholders, short
from backend_architect.sql.holes import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place


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
        if role in {"value", "quoted"} and (not is_decided(hole, at) or _is_converted(hole, at))
    ]
    if not pasted:
        return

    def wanted(hole: Hole) -> Literal["must", "may", "no"]:
        if any(hole is one for one in pasted):
            return "must"
        return "no" if is_constant(hole, at) else "may"

    values = list(dict.fromkeys(f"`{short(at.source_of_hole(hole))}`" for hole in pasted))
    fix = bind_parameters(sink, at, wanted)
    if isinstance(fix, str):
        yield at.finding(sink.sql, f"{_pasted(values)}; no repair is offered: {fix}")
    else:
        controlled = "the value" if len(values) == 1 else "the values"
        yield at.finding(sink.sql, f"{_pasted(values)}, so whoever controls {controlled} writes SQL", fix)


def _is_converted(hole: Hole, at: Place) -> bool:
    """Whether what is called placeholders is values that are made text."""
    items = pasted_list(hole, at) if is_named_placeholders(hole) else None
    return items is not None and items.converted


def _pasted(values: list[str]) -> str:
    shown = ", ".join(values[:2]) + (" and others" if len(values) > 2 else "")
    return f"{shown} {'becomes' if len(values) == 1 else 'become'} part of the SQL"
