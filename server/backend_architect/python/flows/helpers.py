"""Calls of functions, methods and classes of the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.flows.arguments import Given, bound
from backend_architect.python.flows.data import NOTHING, Closure, Data, Key, Mark, partial, united
from backend_architect.python.flows.sinks import is_content, note
from backend_architect.python.flows.state import Use
from backend_architect.python.flows.summary import Summary, changed
from backend_architect.python.names import ELSEWHERE, foreign_modules
from backend_architect.python.values import Instance, Symbol, local_name

if TYPE_CHECKING:
    from backend_architect.python.flows.calls import Call
    from backend_architect.python.flows.expressions import Expressions


_FAR = 4
"""Through so many helpers data is followed, and each in another file counts twice.

On longer ways it meets checks that nobody understands.
"""


def closure(walk: Expressions, function: Closure, arguments: Given) -> Data:
    """The result of a nested function or a lambda."""
    return walk.run(function.node, bound(Summary.names_of(function.node), arguments, None))


def own(walk: Expressions, call: Call, name: str) -> Data:
    """The result of a function, a method or a class of the module."""
    summary = walk.look(f"{name}!")
    if isinstance(summary, Summary):
        return known(walk, call, name, summary)
    made = walk.look(f"{name}()")
    if not isinstance(made, Instance):
        return NOTHING
    return new(walk, call, name, made)


def known(walk: Expressions, call: Call, name: str, summary: Summary) -> Data:
    """The result of a function that has told what it does."""
    through_class = summary.method == "instance" and call.receiver is not None and call.receiver.type is None
    instance = None if not summary.method or through_class else call.receiver or NOTHING
    return _applied(walk, call, name, summary, instance)


def new(walk: Expressions, call: Call, name: str, made: Instance) -> Data:
    """A new object: what its constructor says, or, where it has none, what it is given."""
    if walk.is_harmless(made):
        return Data(value=made)
    value = walk.attribute_value(made, "__init__")
    constructor = _asked(value.path) if isinstance(value, Symbol) else None
    summary = walk.look(f"{constructor}!") if constructor is not None else None
    arguments = call.arguments
    if isinstance(summary, Summary):
        fresh = Data(value=made, parts={})
        _applied(walk, call, name, summary, fresh)
        return summary.object_after(walk, call.node, bound(summary.parameters, arguments, fresh), fresh)
    if _asked(made.type) is None:
        return Data(value=made)
    marks = partial(united(data.all_marks for data, _ in (*arguments.positional, *arguments.rest)))
    parts: dict[Key, Data] = {f".{key}": data for key, (data, _) in arguments.keywords.items()}
    return Data(marks, made, parts)


def _asked(path: str) -> str | None:
    """The name by which the module asks for a thing of the project; None for those of libraries."""
    own = local_name(path)
    if own is not None or path.partition(".")[0] in foreign_modules():
        return own
    return ELSEWHERE + path


def _applied(walk: Expressions, call: Call, name: str, summary: Summary, instance: Data | None) -> Data:
    """What a helper gives for these arguments, and does with them."""
    node = call.node
    env = bound(summary.parameters, call.arguments, instance)
    places = summary.places(call.arguments, through_class=instance is None)
    for use in summary.uses:
        data = walk.select(env.get(use.parameter, NOTHING), use.path, node)
        marks = frozenset(Mark(one.origin, one.safe | use.safe, one.whole) for one in data.all_marks)
        far = use.helpers + (1 if (call.path or ":").startswith(":") else 2)
        if marks and far <= _FAR and not is_content(data, use.kind):
            argument = places.get(use.parameter, node)
            note(walk, node, Use(use.kind, use.sink, argument, marks, name, far))
    for parameter, kinds in summary.ensures:
        if parameter in places:
            walk.restrict(places[parameter], frozenset(kinds))
    if not summary.returns:
        walk.refuses = True
        walk.env = None
        return NOTHING
    value = summary.value(walk, node, env)
    if instance is not None and isinstance(node.func, ast.Attribute):
        places[summary.parameters[0]] = node.func.value
    for parameter, after in summary.after:
        if parameter in places and parameter in env:
            before = env[parameter]
            walk.update(places[parameter], before, changed(after, before, walk, node, env))
    return value
