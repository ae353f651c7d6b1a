"""Routes of FastAPI that do not say what they answer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import ancestors
from backend_architect.python.answers import answers
from backend_architect.python.orm import query_at, rows_at
from backend_architect.python.routes import route_of
from backend_architect.python.values import Instance, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.answers import Answer
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

_OTHERWISE = frozenset({"response_model", "response_class", "status_code", "include_in_schema", None})
_REASON = "FastAPI then checks the answer against the model, and leaves out what the model does not have."
_FIRST = frozenset({"first", "one", "one_or_none", "get", "scalar_one", "scalar_one_or_none"})


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=("fastapi",))
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Look at routes without a model whose answers are objects."""
    if function.returns is not None or not function.decorator_list:
        return
    route = route_of(function, at)
    decorator = route.decorator if route is not None else None
    if route is None or decorator is None or route.framework != "fastapi" or not route.methods:
        return
    if any(one.arg in _OTHERWISE for one in decorator.keywords) or "WEBSOCKET" in route.methods:
        return
    at = at.within(function)
    own = [answer for _, answer in answers(function, at)]
    if own and all(answer.call is None for answer in own) and any(_is_object(answer, at) for answer in own):
        message = "the documentation of the interface says nothing of what this answers: it has no model"
        yield at.finding(decorator.func, message, _fix(function, own, at))


def _is_object(answer: Answer, at: Place) -> bool:
    """Whether an answer is a row, rows, or a dictionary with several keys."""
    body = answer.node
    if isinstance(body, ast.Dict):
        return len(body.keys) > 1
    if rows_at(body, at) is not None or _model_of(body, at) is not None:
        return True
    inner = body.value if isinstance(body, ast.Await) else body
    return (
        isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Attribute)
        and inner.func.attr in _FIRST
        and query_at(inner.func.value, at) is not None
    )


def _model_of(node: ast.expr, at: Place) -> str | None:
    """The model of the file that an answer is an instance of."""
    value = at.resolve(node)
    own = local_name(value.type) if isinstance(value, Instance) else None
    if own is None or "." in own:
        return None
    bases = ancestors(own, at.look)
    known = any(base is not None and libraries.is_a(base, "pydantic.BaseModel") for base in bases)
    return own if known else None


def _fix(function: Function, own: list[Answer], at: Place) -> Fix | None:
    """Say which model it is, where all answers are instances of one."""
    models = {_model_of(answer.node, at) for answer in own}
    model = models.pop() if len(models) == 1 else None
    start = at.range_of(function.body[0])[0]
    colon = at.view.source.text.rfind("):", 0, start)
    if model is None or colon < 0 or at.view.source.text[colon + 2 : start].strip():
        return None
    edits: list[Edit] = [at.edit(colon + 1, colon + 1, f" -> {model}")]
    return Fix(f"Annotate the answer: `-> {model}`", "unsafe", _REASON, lambda: edits)
