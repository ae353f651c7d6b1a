"""What calls give, what they find out about their arguments, and which sinks they lead to."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.flows import conditions, methods, texts
from backend_architect.python.flows.data import (
    ALL,
    NOT_CONSTANT,
    NOTHING,
    Data,
    Mark,
    Marks,
    Origin,
    joined,
    partial,
    united,
)
from backend_architect.python.flows.state import Env, State, Use, join_envs
from backend_architect.python.flows.summary import Summary, changed
from backend_architect.python.values import UNKNOWN, Instance, Symbol, Text, Value, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.python.flows.expressions import Expressions

_OF_TEXT = frozenset({"format", "join", "replace", "format_map"})
"""Methods that only texts have, so that an unknown receiver is one."""

_COPIES = frozenset({"builtins.list", "builtins.tuple", "builtins.dict", "copy.copy", "copy.deepcopy"})
_CONVERSIONS = frozenset({"builtins.int", "builtins.float", "builtins.bool", "builtins.str"})
_DYNAMIC = frozenset({"builtins.map", "builtins.filter"})


@dataclass(slots=True)
class Given:
    """The arguments of a call."""

    positional: list[tuple[Data, ast.expr]] = field(default_factory=list["tuple[Data, ast.expr]"])
    keywords: dict[str, tuple[Data, ast.expr]] = field(default_factory=dict[str, "tuple[Data, ast.expr]"])
    rest: list[tuple[Data, ast.expr]] = field(default_factory=list["tuple[Data, ast.expr]"])
    """What comes by `*` and `**`, and may be for any parameter."""

    @property
    def all(self) -> list[tuple[Data, ast.expr]]:
        """All values with their expressions."""
        return [*self.positional, *self.keywords.values(), *self.rest]

    @property
    def marks(self) -> Marks:
        """The marks of all values."""
        return united(data.all_marks for data, _ in self.all)

    def argument(self, position: int | None, keyword: str | None) -> tuple[Data, ast.expr] | None:
        """What is given for a parameter."""
        if keyword is not None and keyword in self.keywords:
            return self.keywords[keyword]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return next((one for one in self.rest if one[0].all_marks), None)


def given(walk: Expressions, node: ast.Call) -> Given:
    """The values of the arguments of a call."""
    found = Given()
    for argument in node.args:
        data = walk.eval(argument)
        if not isinstance(argument, ast.Starred):
            found.positional.append((data, argument))
        elif data.elements is not None:
            found.positional += [(one, argument) for one in data.elements]
        else:
            found.rest.append((data.flat(), argument))
    for keyword in node.keywords:
        data = walk.eval(keyword.value)
        if keyword.arg is not None:
            found.keywords[keyword.arg] = (data, keyword.value)
        elif data.parts is not None:
            named = {key: one for key, one in data.parts.items() if isinstance(key, str)}
            found.keywords |= {key: (one, keyword.value) for key, one in named.items()}
            found.rest.append((Data(data.marks), keyword.value))
        else:
            found.rest.append((data.flat(), keyword.value))
    return found


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
    if walk.env is None:
        return NOTHING
    if callee.call is not None:
        return _closure(walk, callee, arguments)
    path = callee.path or _called_path(walk, callee)
    if path == "builtins.getattr" and len(arguments.positional) > 1:
        return _attribute(walk, node, arguments)
    if path is not None:
        _note_sinks(walk, node, path, receiver, arguments)
        if path.startswith(":"):
            return _own(walk, node, path[1:], receiver, arguments)
        if "." in path and (entry := libraries.entry("callers", path)) is not None:
            return _called_back(walk, node, entry, arguments)
        if "." in path and libraries.entry("raising", path) is not None:
            walk.env = None
            return NOTHING
    found = methods.of_container(walk, node, receiver, callee, arguments)
    if found is not None:
        return found
    return _of_library(walk, node, path, receiver, callee, arguments)


def _attribute(walk: Expressions, node: ast.Call, arguments: Given) -> Data:
    """`getattr` with a constant name, and maybe a default."""
    owner, name = arguments.positional[0][0], arguments.positional[1][0].constant
    found = walk.attribute(owner, name, node) if isinstance(name, str) else owner.any_item()
    return joined([found, *(data for data, _ in arguments.positional[2:3] if data.all_marks)])


def _called_path(walk: Expressions, callee: Data) -> str | None:
    """The method that runs when an instance is called."""
    if callee.type is None:
        return None
    value = walk.attribute_value(callee.value, "__call__")
    return value.path if isinstance(value, Symbol) else None


# Functions of libraries


def _of_library(
    walk: Expressions, node: ast.Call, path: str | None, receiver: Data | None, callee: Data, arguments: Given
) -> Data:
    value = type_of_result(walk, path)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    carried = receiver.all_marks if receiver is not None else frozenset[Mark]()
    known = path or (f"builtins.str.{method}" if method and (carried or _is_text(receiver)) else None)
    if known is not None:
        if (entry := libraries.entry("sanitizers", known)) is not None:
            return _sanitized(walk, entry, receiver, arguments, value)
        if (entry := libraries.entry("propagators", known)) is not None:
            return _propagated(walk, node, entry, receiver, arguments, value, known)
        if known in _DYNAMIC:
            return _mapped(walk, known, arguments)
    if carried and receiver is not None:
        if walk.is_harmless(value):
            return Data(value=value)
        return Data(partial(carried), _instance(value))
    if callee.marks:
        return Data(callee.marks, _instance(value))
    if method in _OF_TEXT and (receiver is None or receiver.type is None) and path is None:
        return text_method(receiver or NOTHING, method, arguments)
    return Data(value=value) if value != UNKNOWN else NOTHING


def _is_text(data: Data | None) -> bool:
    return data is not None and isinstance(data.value, Text)


def text_method(receiver: Data, method: str, arguments: Given) -> Data:
    """What a method of a string gives that puts its arguments into the result."""
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
    return Data(partial(marks)) if marks else NOTHING


def type_of_result(walk: State, path: str | None) -> Value:
    """The class of what a call gives."""
    if path is None:
        return UNKNOWN
    own = local_name(path)
    if own is not None:
        return walk.look(f"{own}()") or UNKNOWN
    found = libraries.returns(path)
    name = path.rpartition(".")[2]
    if found or (name[:1].isupper() and not name.isupper()) or path in _CONVERSIONS:
        return Instance(found or path)
    return UNKNOWN


def _instance(value: Value) -> Value:
    return value if isinstance(value, Instance) else UNKNOWN


def _sanitized(walk: Expressions, entry: Any, receiver: Data | None, arguments: Given, value: Value) -> Data:
    kinds = frozenset(entry["kinds"].split())
    inputs = [data for data, _ in arguments.all]
    if entry.get("validates"):
        for _, expression in arguments.positional[:1]:
            walk.restrict(expression, kinds)
    if ALL in kinds:
        return Data(value=value) if value != UNKNOWN else NOTHING
    marks = united(
        [receiver.all_marks if receiver is not None else frozenset(), *(one.all_marks for one in inputs)]
    )
    whole = entry.get("whole", False)
    safe = frozenset(Mark(mark.origin, mark.safe | kinds, mark.whole and whole) for mark in marks)
    return Data(safe, _instance(value))


def _propagated(
    walk: Expressions,
    node: ast.Call,
    entry: Any,
    receiver: Data | None,
    arguments: Given,
    value: Value,
    path: str,
) -> Data:
    if entry.get("receiver") is False:
        receiver = None
    inputs = [data for data, _ in arguments.all]
    if entry.get("contains") and receiver is not None and isinstance(node.func, ast.Attribute):
        conditions.found_inside(walk, node.func.value)
    if "position" in entry:
        only = arguments.argument(entry["position"], entry.get("keyword"))
        inputs = [only[0]] if only is not None else []
    if path in _COPIES and len(inputs) <= 1 and inputs and inputs[0].is_container:
        return replace(inputs[0])
    if path == "builtins.dict" and not arguments.positional:
        parts = {name: data for name, (data, _) in arguments.keywords.items()}
        return Data(united(data.marks for data, _ in arguments.rest), parts=parts)
    if entry.get("keeps") and inputs:
        return replace(joined(inputs[:1]), value=_instance(value))
    if receiver is not None:
        inputs = [receiver, *inputs]
    marks = united(one.all_marks for one in inputs)
    if path == "builtins.str.format":
        return texts.formatted(inputs[0], inputs[1:])
    marks = marks if entry.get("whole") else partial(marks)
    if entry.get("undoes"):
        marks = frozenset(Mark(mark.origin, frozenset(), mark.whole) for mark in marks)
    return Data(marks, _instance(value))


def _mapped(walk: Expressions, path: str, arguments: Given) -> Data:
    """`map` and `filter` with a function that is known."""
    if len(arguments.positional) < 2:
        return NOTHING
    function, items = arguments.positional[0][0], arguments.positional[1][0]
    if path == "builtins.filter":
        return Data(partial(items.all_marks))
    one = items.any_item()
    if function.call is not None:
        made = _closure(walk, function, Given([(one, arguments.positional[1][1])]))
        return Data(partial(made.all_marks))
    entry = libraries.entry("sanitizers", function.path) if function.path and "." in function.path else None
    if entry is not None:
        return _sanitized(
            walk, {**entry, "validates": False}, None, Given([(one, arguments.positional[1][1])]), UNKNOWN
        )
    return Data(partial(items.all_marks))


def _called_back(walk: Expressions, node: ast.Call, entry: Any, arguments: Given) -> Data:
    """A call that runs the function that it is given."""
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
    return _run(walk, node, function[0], inner)


def _run(walk: Expressions, node: ast.Call, callee: Data, arguments: Given) -> Data:
    """The result of a function that was handed on."""
    if callee.call is not None:
        return _closure(walk, callee, arguments)
    path = callee.path
    if path is None:
        return NOTHING
    _note_sinks(walk, node, path, None, arguments)
    if path.startswith(":"):
        return _own(walk, node, path[1:], None, arguments)
    return _of_library(walk, node, path, None, callee, arguments)


# Functions of the module


def _closure(walk: Expressions, callee: Data, arguments: Given) -> Data:
    if callee.call is None:
        return NOTHING
    return walk.run(callee.call.node, bound(Summary.names_of(callee.call.node), arguments, None))


def _own(walk: Expressions, node: ast.Call, name: str, receiver: Data | None, arguments: Given) -> Data:
    """The result of a function, a method or a class of the module."""
    summary = walk.look(f"{name}!")
    if isinstance(summary, Summary):
        through_class = receiver is not None and receiver.type is None and summary.method == "instance"
        instance = None if not summary.method or through_class else receiver or NOTHING
        return apply(walk, node, name, summary, instance, arguments)
    made = walk.look(f"{name}()")
    if not isinstance(made, Instance):
        return NOTHING
    if walk.is_harmless(made):
        return Data(value=made)
    value = walk.attribute_value(made, "__init__")
    own = local_name(value.path) if isinstance(value, Symbol) else None
    summary = walk.look(f"{own}!") if own is not None else None
    fresh = Data(value=made, parts={})
    if isinstance(summary, Summary):
        apply(walk, node, name, summary, fresh, arguments)
        return summary.object_after(walk, node, bound(summary.parameters, arguments, fresh), fresh)
    marks = partial(united(data.all_marks for data, _ in (*arguments.positional, *arguments.rest)))
    parts = {f".{key}": data for key, (data, _) in arguments.keywords.items()}
    return Data(marks, made, parts) if made.type.startswith(":") else Data(value=made)


def apply(
    walk: Expressions, node: ast.Call, name: str, summary: Summary, instance: Data | None, arguments: Given
) -> Data:
    """What a helper gives for these arguments, and does with them."""
    env = bound(summary.parameters, arguments, instance)
    places = summary.places(arguments, through_class=instance is None)
    for use in summary.uses:
        data = walk.select(env.get(use.parameter, NOTHING), use.path, node)
        marks = frozenset(Mark(one.origin, one.safe | use.safe, one.whole) for one in data.all_marks)
        if marks:
            argument = places.get(use.parameter, node)
            note(walk, node, Use(use.kind, use.sink, argument, marks, name))
    for parameter, kinds in summary.ensures:
        if parameter in places:
            walk.restrict(places[parameter], frozenset(kinds))
    if not summary.returns:
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


def bound(parameters: Iterable[str], arguments: Given, instance: Data | None) -> Env:
    """What the parameters of a function get; `*rest` and `**rest` are written with their stars."""
    env: Env = {}
    names = [name for name in parameters if not name.startswith("*") and not name.startswith("=")]
    only_keyword = [name[1:] for name in parameters if name.startswith("=")]
    positional = [data for data, _ in arguments.positional]
    if instance is not None:
        positional.insert(0, instance)
    env.update(zip(names, positional, strict=False))
    keywords = {name: data for name, (data, _) in arguments.keywords.items()}
    for name in (*names, *only_keyword):
        if name in keywords:
            env[name] = keywords.pop(name)
        elif name not in env and arguments.rest:
            env[name] = Data(partial(united(data.all_marks for data, _ in arguments.rest)))
    for name in parameters:
        if name.startswith("**"):
            env[name[2:]] = Data(united(data.marks for data, _ in arguments.rest), parts=dict(keywords))
        elif name.startswith("*"):
            more = united(data.all_marks for data, _ in arguments.rest)
            behind = tuple(positional[len(names) :])
            env[name[1:]] = (
                Data(elements=behind)
                if not more
                else Data(partial(united([more, *(one.all_marks for one in behind)])))
            )
    return env


# Sinks


def note(walk: State, node: ast.Call, use: Use) -> None:
    """Remember that data reaches a sink."""
    uses = walk.uses.setdefault(node, {})
    key = (use.kind, use.sink, use.argument)
    before = uses.get(key)
    uses[key] = use if before is None else replace(use, marks=united([before.marks, use.marks]))


def _note_sinks(
    walk: Expressions, node: ast.Call, path: str, receiver: Data | None, arguments: Given
) -> None:
    for sink in libraries.sinks(path) if "." in path else ():
        for data, expression in _reaching(sink, node, receiver, arguments):
            marks = data.all_marks
            if marks:
                note(walk, node, Use(sink.kind, path.removeprefix("builtins."), expression, marks))


def _reaching(
    sink: libraries.Sink, node: ast.Call, receiver: Data | None, arguments: Given
) -> Iterator[tuple[Data, ast.expr]]:
    for keyword, wanted in sink.when.items():
        found = arguments.keywords.get(keyword)
        if found is None or found[0].constant is NOT_CONSTANT or found[0].constant != wanted:
            return
    if sink.receiver and receiver is not None and isinstance(node.func, ast.Attribute):
        yield receiver, node.func.value
    elif sink.each:
        yield from arguments.positional
        yield from arguments.rest
    elif (one := arguments.argument(sink.position, sink.keyword)) is not None:
        yield one
