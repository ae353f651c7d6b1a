"""Writing a model of pydantic for a body from the keys that are read out of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.python.bodies import own_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place
    from backend_architect.python.route_parameters import Parameter
    from backend_architect.python.routes import Function

_REASON = (
    "The types of the fields are a guess, and requests that do not fit them are refused with status 422."
)
_NUMBERS = frozenset({"int", "float", "bool"})


def model_from_keys(parameter: Parameter, function: Function, at: Place) -> Fix | None:
    """The fix that declares a model and reads its fields; None unless every use of the body is understood."""
    uses = list(_uses(parameter.name, function, at))
    names = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == parameter.name]
    model = "".join(part.title() for part in function.name.split("_")) + "Body"
    outer = at.frame.outer
    unfit = parameter.marker is not None or at.look(model) is not None
    if not uses or len(uses) != len(names) or unfit or outer is None or outer.outer is not None:
        return None
    annotation = parameter.node.annotation
    if (
        annotation is None
        or parameter.default is not None
        or not all(key.isidentifier() for _, key, _ in uses)
    ):
        return None
    fields: dict[str, str] = {}
    for node, key, given in uses:
        around = at.view.parent(node)
        of_call = around.func.id if isinstance(around, ast.Call) and isinstance(around.func, ast.Name) else ""
        kind = of_call if of_call in _NUMBERS else "str"
        written = f"{kind} | None = {given}" if given == "None" else f"{kind} = {given}" if given else kind
        if fields.setdefault(key, written) != written:
            return None
    required = sorted(fields.items(), key=lambda one: "=" in one[1])
    decorators = function.decorator_list
    start = at.range_of(decorators[0])[0] - 1 if decorators else at.range_of(function)[0]
    source = at.view.source
    if start < 0 or source.text[start] != "@" or source.position(start)[1]:
        return None
    body = "\n".join([f"class {model}(BaseModel):", *(f"    {key}: {kind}" for key, kind in required)])

    def build() -> list[Edit]:
        return [
            at.edit(start, start, body + "\n" * 3),
            at.edit(*at.range_of(annotation), model),
            *(at.edit(*at.range_of(node), f"{parameter.name}.{key}") for node, key, _ in uses),
        ]

    title = f"Declare the body as a model: `{model}`"
    return Fix(title, "unsafe", _REASON, build, ("from pydantic import BaseModel",))


def _uses(name: str, function: Function, at: Place) -> Iterator[tuple[ast.expr, str, str]]:
    """Where a key is read, with the source of what stands for a missing one."""
    for node in own_nodes(function.body):
        match node:
            case ast.Subscript(value=ast.Name(id=of), slice=ast.Constant(value=str() as key), ctx=ast.Load()):
                if of == name:
                    yield node, key, ""
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=of), attr="get"),
                args=[ast.Constant(value=str() as key), *rest],
                keywords=[],
            ):
                if of == name:
                    yield node, key, at.source_of(rest[0]) if rest else "None"
            case _:
                pass
