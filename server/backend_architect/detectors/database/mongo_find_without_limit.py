"""Documents of MongoDB that are all loaded, however many there are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.orm import assigned_values, chain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_BOUNDS = frozenset({"limit", "batch_size", "next", "try_next", "explain", "distinct"})
_LOADERS = frozenset({"list", "tuple", "dumps", "loads", "jsonify", "sorted", "DataFrame"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)


@detector(on=ast.Call, imports=libraries.modules("mongo-cursors") | {"motor", "flask_pymongo", "bson"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at `find` whose documents are put into a list."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "find":
        return
    path = at.path(call.func)
    if path is None or libraries.entry("mongo-cursors", path) is None or _is_bounded(call, at):
        return
    if _is_loaded(_whole(call, at), at):
        message = "all documents that match are loaded into memory, and nothing says how many that may be"
        yield at.finding(call.func, message)


def _whole(start: ast.expr, at: Place) -> ast.expr:
    """The chain of calls that begins with an expression: `find(...).sort(...)`."""
    node = start
    for outer in at.around(start):
        if isinstance(outer, ast.Attribute) or (isinstance(outer, ast.Call) and outer.func is node):
            node = outer
        else:
            break
    return node


def _is_bounded(call: ast.Call, at: Place) -> bool:
    """Whether the arguments say how many documents may come: a limit, or a list of keys."""
    if any(one.arg in {"limit", "batch_size", None} for one in call.keywords):
        return True
    condition = at.argument(call, 0, "filter")
    keys = condition.keys if isinstance(condition, ast.Dict) else []
    return any(isinstance(key, ast.Constant) and key.value == "_id" for key in keys)


def _is_loaded(node: ast.expr, at: Place) -> bool:
    """Whether something takes all documents of a cursor at once."""
    chain = chain_of(node)
    if not _BOUNDS.isdisjoint(chain.steps):
        return False
    if chain.steps and chain.steps[-1] == "to_list":
        return _takes_all(chain.calls[-1], at)
    match at.view.parent(node):
        case ast.Call(func=function) if _name(function) in _LOADERS:
            return True
        case ast.comprehension() as part:
            return isinstance(at.view.parent(part), _COMPREHENSIONS)
        case ast.Assign(targets=[ast.Name() as target]):
            return _variable_is_loaded(target, at)
        case _:
            return False


def _takes_all(call: ast.Call, at: Place) -> bool:
    length = at.argument(call, 0, "length")
    return length is None or at.constant(length) is None


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _variable_is_loaded(target: ast.Name, at: Place) -> bool:
    """Whether a function takes all documents of a cursor that it holds in a variable, and never limits it."""
    if at.function is None or len(list(assigned_values(target, at))) != 1:
        return False
    uses = [
        node
        for node in ast.walk(at.function)
        if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load)
    ]
    wholes = [_whole(use, at) for use in uses]
    if any(not _BOUNDS.isdisjoint(chain.steps) for chain in map(chain_of, wholes)):
        return False
    return any(_is_loaded(whole, at) for whole in wholes)
