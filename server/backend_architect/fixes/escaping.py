"""Escaping the values that are put into HTML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.arguments import name_of
from backend_architect.python.flows.facts import carried
from backend_architect.python.folded import Hole
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_REASON = "Markup in the value is shown as text; where it was meant to be markup, it is none any more."

_ESCAPES = (("django", "django.utils.html"), ("flask", "markupsafe"), ("quart", "markupsafe"))
"""The module that escapes, by framework; `html` for all others."""


def escape_holes(node: ast.expr, at: Place) -> Fix | None:
    """The fix that escapes what request data fills in a text; none where its places are not sure."""
    folded = at.fold(node)
    if folded is None:
        data = carried(at, node)
        is_itself = data is not None and all(mark.whole for mark in data.marks)
        holes = [Hole(node, "name")] if is_itself and at.f_string(node) is None else []
    elif folded.ambiguous:
        return None
    else:
        parts = (part for part in folded.parts if isinstance(part, Hole))
        holes = [part for part in parts if at.request_data(part.node, "html") is not None]
    module = _module(holes, at)
    named = _named(module, at)
    if named is None or not holes:
        return None
    edits = {hole.node: _edit(hole, named[0], module, at) for hole in holes}
    known = [edit for edit in edits.values() if edit is not None]
    if len(known) != len(edits):
        return None
    title = "Escape the value" if len(known) == 1 else "Escape the values"
    return Fix(title, "unsafe", _REASON, lambda: known, named[1])


def _module(holes: Sequence[Hole], at: Place) -> str:
    """The module that escapes; what markupsafe gives would escape the text that is put before it."""
    found = next((module for name, module in _ESCAPES if at.look(f"%imports.{name}") is not None), "html")
    added = any(hole.style in {"add", "join"} for hole in holes)
    return "html" if added and found == "markupsafe" else found


def _named(module: str, at: Place) -> tuple[str, tuple[str, ...]] | None:
    if at.resolve(ast.Name("escape")) in {None, Symbol(f"{module}.escape")}:
        return "escape", (f"from {module} import escape",)
    return name_of(f"{module}.escape", at)


def _edit(hole: Hole, escape: str, module: str, at: Place) -> Edit | None:
    if hole.style == "join" or not hole.plain:
        return None
    source = at.source_of_hole(hole)
    is_text = module != "html" or hole.style == "add" or at.type_of(hole.node) == "builtins.str"
    escaped = f"{escape}({source})" if is_text else f"{escape}(str({source}))"
    if hole.style == "f-string" and hole.literal is not None:
        written = at.view.string(hole.literal).fields()[hole.start]
        return at.edit(written.start, written.end, "{" + escaped + "}")
    return at.edit(*at.range_of(hole.node), escaped) if at.f_string(hole.node) is None else None
