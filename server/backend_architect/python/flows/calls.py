"""What calls give."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.flows import helpers, library_calls, methods
from backend_architect.python.flows.arguments import Given, given
from backend_architect.python.flows.data import NOTHING, Data, joined
from backend_architect.python.flows.sinks import note_sinks, note_statement
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from backend_architect.python.flows.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Call:
    """A call with all that is known of its parts."""

    node: ast.Call
    callee: Data
    receiver: Data | None
    """The object whose method is called."""
    arguments: Given
    path: str | None
    """The dotted name of what is called."""

    @property
    def method(self) -> str:
        """The name behind the last dot, as it is written."""
        return self.node.func.attr if isinstance(self.node.func, ast.Attribute) else ""


def result(walk: Expressions, node: ast.Call) -> Data:
    """What a call gives."""
    function = node.func
    receiver: Data | None = None
    if isinstance(function, ast.Attribute):
        receiver = walk.eval(function.value)
        callee = walk.attribute(receiver, function.attr, function)
        if callee.marks:
            walk.saw(function, callee)
    else:
        callee = walk.eval(function)
    arguments = given(walk, node)
    if walk.env is None or (receiver is not None and is_no_text(receiver, function)):
        return NOTHING
    return run(walk, Call(node, callee, receiver, arguments, callee.path or _path_of_instance(walk, callee)))


def is_no_text(receiver: Data, function: ast.expr) -> bool:
    """Whether a text has no such method: the framework has put an object in its place."""
    name = function.attr if isinstance(function, ast.Attribute) else ""
    return receiver.type == "builtins.str" and bool(receiver.marks) and not hasattr(str, name)


def run(walk: Expressions, call: Call) -> Data:
    """What running a function with these arguments gives, and does to the variables."""
    if call.callee.call is not None:
        return helpers.closure(walk, call.callee.call, call.arguments)
    path = call.path
    if path is not None and path.startswith(":"):
        return helpers.own(walk, call, path[1:])
    if path is not None and "." in path:
        note_sinks(walk, call)
        if path == "builtins.getattr" and len(call.arguments.positional) > 1:
            return _attribute(walk, call)
        if (entry := libraries.entry("callers", path)) is not None:
            return _called_back(walk, call, entry)
        if libraries.entry("raising", path) is not None:
            walk.refuses = True
            walk.env = None
            return NOTHING
    elif path is None:
        note_statement(walk, call)
    found = methods.of_container(walk, call)
    return found if found is not None else library_calls.result(walk, call)


def _path_of_instance(walk: Expressions, callee: Data) -> str | None:
    """The method that runs when an instance is called."""
    if callee.type is None:
        return None
    value = walk.attribute_value(callee.value, "__call__")
    return value.path if isinstance(value, Symbol) else None


def _attribute(walk: Expressions, call: Call) -> Data:
    """`getattr` with a constant name, and maybe a default."""
    (owner, _), (key, _), *defaults = call.arguments.positional
    name = key.constant
    found = walk.attribute(owner, name, call.node) if isinstance(name, str) else owner.any_item()
    return joined([found, *(data for data, _ in defaults if data.all_marks)])


def _called_back(walk: Expressions, call: Call, entry: Any) -> Data:
    """A call that runs the function that it is given."""
    arguments = call.arguments
    function = arguments.argument(entry.get("function"), entry.get("keyword"))
    if function is None:
        return NOTHING
    if "arguments" in entry:
        inner = Given()
        found = arguments.keywords.get(entry["arguments"])
        if found is not None:
            elements = found[0].elements
            inner.rest = [found] if elements is None else []
            inner.positional = [(one, found[1]) for one in elements or ()]
    else:
        inner = Given(arguments.positional[entry["function"] + 1 :], arguments.keywords, arguments.rest)
    return run(walk, Call(call.node, function[0], None, inner, function[0].path))
