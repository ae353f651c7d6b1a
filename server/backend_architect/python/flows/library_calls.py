"""Calls of functions of libraries, and of methods of objects of which nobody knows the class."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.flows import conditions, helpers, texts
from backend_architect.python.flows.data import (
    ALL,
    NO_MARKS,
    NOTHING,
    Data,
    Key,
    Mark,
    joined,
    partial,
    united,
)
from backend_architect.python.flows.summary import Summary
from backend_architect.python.names import ELSEWHERE, foreign_modules
from backend_architect.python.values import UNKNOWN, Instance, Text, Value

if TYPE_CHECKING:
    from backend_architect.python.flows.arguments import Given
    from backend_architect.python.flows.calls import Call
    from backend_architect.python.flows.expressions import Expressions

_OF_TEXT = frozenset({"format", "join", "replace", "format_map"})
"""Methods that only texts have, so that an unknown receiver is one."""

_COPIES = frozenset({"builtins.list", "builtins.tuple", "builtins.dict", "copy.copy", "copy.deepcopy"})
_TAKEN_OUT = {
    "'": frozenset({"xpath"}),
    '"': frozenset({"xpath"}),
    "<": frozenset({"html"}),
    "\n": frozenset({"header", "log"}),
    "\r\n": frozenset({"header", "log"}),
}
"""What a text is harmless for when other characters stand in the place of these."""

_CONVERSIONS = frozenset({"builtins.int", "builtins.float", "builtins.bool", "builtins.str"})


def result(walk: Expressions, call: Call) -> Data:
    """What a call of a function gives that is none of the module."""
    receiver = call.receiver
    carried = receiver.all_marks if receiver is not None else NO_MARKS
    if call.method in _OF_TEXT and receiver is not None and _is_text(receiver):
        return _made_text(receiver, call.method, call.arguments)
    value = type_of_result(call.path)
    path = call.path or (f"builtins.str.{call.method}" if call.method and carried else None)
    if path is not None:
        if (entry := libraries.entry("sanitizers", path)) is not None:
            return _sanitized(walk, call, entry, value)
        if (entry := libraries.entry("propagators", path)) is not None:
            return _propagated(walk, call, entry, value)
        if path in {"builtins.map", "builtins.filter"}:
            return _mapped(walk, call, path)
        if (found := _of_another_file(walk, call)) is not None:
            return found
    if carried:
        return Data(value=value) if walk.is_harmless(value) else Data(partial(carried), _instance(value))
    if call.callee.marks:
        return Data(call.callee.marks, _instance(value))
    return Data(value=value) if value != UNKNOWN else NOTHING


def _of_another_file(walk: Expressions, call: Call) -> Data | None:
    """The result of a function or a class of another file of the project."""
    path = call.path
    if path is None or path.partition(".")[0] in foreign_modules():
        return None
    name = path.rpartition(".")[2]
    summary = walk.look(f"{ELSEWHERE}{path}!")
    if isinstance(summary, Summary):
        return _ran(walk, call, name, summary)
    made = walk.look(f"{ELSEWHERE}{path}()")
    if isinstance(made, Instance) and made.type == path:
        return helpers.new(walk, call, name, made)
    return None


def _ran(walk: Expressions, call: Call, name: str, summary: Summary) -> Data:
    """The result of a function of another file. One that may refuse what it is given is taken for a check.

    Checks that are kept apart tend to be too much for a summary to tell what they let through.
    """
    value = helpers.known(walk, call, name, summary)
    if not summary.refuses:
        return value
    for data, node in call.arguments.all:
        if data.all_marks:
            walk.restrict(node, frozenset({ALL}), derived=not isinstance(node, ast.Name))
    return value.made_safe(frozenset({ALL}))


def type_of_result(path: str | None) -> Value:
    """The class of what a call gives."""
    if path is None:
        return UNKNOWN
    found = libraries.returns(path)
    name = path.rpartition(".")[2]
    if found or (name[:1].isupper() and not name.isupper()) or path in _CONVERSIONS:
        return Instance(found or path)
    return UNKNOWN


def _instance(value: Value) -> Value:
    return value if isinstance(value, Instance) else UNKNOWN


# Texts


def _is_text(data: Data) -> bool:
    """Whether a value is a text, or may be one."""
    return isinstance(data.value, Text) or data.type == "builtins.str" or data.value == UNKNOWN


def _made_text(receiver: Data, method: str, arguments: Given) -> Data:
    """What a method of a text gives that puts its arguments into the result."""
    values = [data for data, _ in arguments.all]
    if method in {"format", "format_map"}:
        return texts.formatted(receiver, values)
    if method == "join":
        parts = [one for data in values for one in (data.elements or (data.flat(),))]
        between: list[Data] = []
        for part in parts:
            between += [receiver, part] if between else [part]
        return texts.concatenated(between, text=True)
    marks = united([receiver.all_marks, *(one.all_marks for one in values[1:])])
    made = Data(partial(marks)) if marks else NOTHING
    replaced = values[0].constant if method == "replace" and values else None
    return made.made_safe(_TAKEN_OUT[replaced]) if replaced in _TAKEN_OUT else made


# Calls that the tables know


def _sanitized(walk: Expressions, call: Call, entry: Any, value: Value) -> Data:
    kinds = frozenset(entry["kinds"].split())
    if entry.get("validates"):
        for _, expression in call.arguments.positional[:1]:
            walk.restrict(expression, kinds)
    if ALL in kinds:
        return Data(value=value) if value != UNKNOWN else NOTHING
    receiver = call.receiver.all_marks if call.receiver is not None else NO_MARKS
    whole = entry.get("whole", False)
    marks = united([receiver, call.arguments.marks])
    safe = frozenset(Mark(mark.origin, mark.safe | kinds, mark.whole and whole) for mark in marks)
    return Data(safe, _instance(value))


def _propagated(walk: Expressions, call: Call, entry: Any, value: Value) -> Data:
    arguments = call.arguments
    receiver = None if entry.get("receiver") is False else call.receiver
    inputs = [data for data, _ in arguments.all]
    if entry.get("contains") and isinstance(call.node.func, ast.Attribute):
        conditions.found_inside(walk, call.node.func.value)
    if "position" in entry:
        only = arguments.argument(entry["position"], entry.get("keyword"))
        inputs = [only[0]] if only is not None else []
    if call.path in _COPIES and len(inputs) == 1 and inputs[0].is_container:
        return replace(inputs[0])
    if call.path == "builtins.dict" and not arguments.positional:
        parts: dict[Key, Data] = {name: data for name, (data, _) in arguments.keywords.items()}
        return Data(united(data.marks for data, _ in arguments.rest), parts=parts)
    if entry.get("last-is-name"):
        marks = partial(united(one.all_marks for one in inputs))
        return Data(elements=(Data(marks), Data(marks).made_safe(frozenset({"path"}))))
    if entry.get("keeps") and inputs:
        return replace(joined(inputs[:1]), value=_instance(value))
    if receiver is not None:
        inputs = [receiver, *inputs]
    marks = united(one.all_marks for one in inputs)
    marks = marks if entry.get("whole") else partial(marks)
    if entry.get("undoes"):
        marks = frozenset(Mark(mark.origin, frozenset(), mark.whole) for mark in marks)
    return Data(marks, _instance(value))


def _mapped(walk: Expressions, call: Call, path: str) -> Data:
    """`map` and `filter` with a function that is known."""
    given = call.arguments.positional
    if len(given) < 2:
        return NOTHING
    function, (items, node) = given[0][0], given[1]
    if path == "builtins.filter" or not items.all_marks:
        return Data(partial(items.all_marks))
    one = replace(call, callee=function, receiver=None, path=function.path)
    one = replace(one, arguments=type(call.arguments)([(items.any_item(), node)]))
    if function.call is not None:
        return Data(partial(helpers.closure(walk, function.call, one.arguments).all_marks))
    known = function.path or ""
    entry = libraries.entry("sanitizers", known) if "." in known else None
    if entry is not None:
        return _sanitized(walk, one, {**entry, "validates": False}, UNKNOWN)
    return Data(partial(items.all_marks))
