"""Templates with pasted values as templates that are given the values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.calls import append_argument
from backend_architect.fixes.holes import name_for, quoted, the_only_value
from backend_architect.python.folded import Chunk

if TYPE_CHECKING:
    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place

_REASON = "The value is shown as it is; what was meant to be a part of the template is none any more."


def as_context(call: ast.Call, template: ast.expr, at: Place) -> Fix | None:
    """The fix that hands the values of a template to what renders it, under names."""
    written = the_only_value(template, at)
    folded = at.fold(written)
    rendering = _rendering(call, at)
    if folded is None or folded.ambiguous or rendering is None or at.f_string(call) is not None:
        return None
    if any(not isinstance(part, Chunk) and not part.plain for part in folded.parts):
        return None
    taken = {keyword.arg or "" for keyword in rendering.keywords}
    values: dict[str, str] = {}
    text = ""
    for part in folded.parts:
        if isinstance(part, Chunk):
            text += part.text
            continue
        source = at.source_of_hole(part)
        name = next((one for one, value in values.items() if value == source), None)
        if name is None:
            name = _free(part, taken | set(values))
            values[name] = source
        text += "{{ " + name + " }}"
    literal = _literal(text)
    added = append_argument(rendering, ", ".join(f"{name}={value}" for name, value in values.items()), at)
    if literal is None or added is None or not values:
        return None
    replaced = at.edit(*at.range_of(written), literal)
    return Fix("Give the value to the template", "unsafe", _REASON, lambda: [replaced, added])


def _free(hole: Hole, taken: set[str]) -> str:
    base = name_for(hole.node)
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 1000))) if name not in taken)


def _rendering(call: ast.Call, at: Place) -> ast.Call | None:
    """The call that takes the values: the call itself, or `render` of what it gives."""
    if (at.path(call.func) or "").endswith("render_template_string"):
        return call
    attribute = at.view.parent(call)
    outer = at.view.parent(attribute) if isinstance(attribute, ast.Attribute) else None
    is_jinja = (at.path(call.func) or "").startswith("jinja2.")
    renders = isinstance(attribute, ast.Attribute) and attribute.attr == "render" and is_jinja
    return outer if renders and isinstance(outer, ast.Call) and not outer.args else None


def _literal(text: str) -> str | None:
    if "\n" not in text:
        return quoted(text)
    return f'"""{text}"""' if '"""' not in text and "\\" not in text and not text.endswith('"') else None
