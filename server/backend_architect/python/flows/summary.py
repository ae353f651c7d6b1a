"""What a function does with its arguments, told to whoever calls it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from backend_architect.python.flows.data import NOTHING, Data, Key, Mark, Marks, Origin, partial, united
from backend_architect.python.values import UNKNOWN, Behaviour, exported

if TYPE_CHECKING:
    import ast

    from backend_architect.python.bindings import FunctionNode
    from backend_architect.python.flows.arguments import Given
    from backend_architect.python.flows.expressions import Expressions
    from backend_architect.python.flows.state import Env


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """A sink that a part of a parameter reaches."""

    parameter: str
    path: tuple[Key, ...]
    safe: frozenset[str]
    kind: str
    sink: str
    helpers: int = 0
    """How many other helpers there are on the way."""


@dataclass(frozen=True, slots=True)
class Summary(Behaviour):
    """A function, as those who call it see it. Plain data that can be compared and sent elsewhere."""

    parameters: tuple[str, ...]
    """Their names; `=name` is keyword-only, stars stand before those that take the rest."""
    method: Literal["", "instance", "class"] = ""
    """What the first parameter is."""
    result: Data = NOTHING
    after: tuple[tuple[str, Data], ...] = ()
    """What the objects hold that it has changed, by the parameters."""
    uses: tuple[ParameterUse, ...] = ()
    ensures: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The kinds of sinks for which a parameter is harmless if the function returns."""
    ensures_if_true: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The same, if what it returns is true."""
    returns: bool = True
    """Whether it ever returns."""
    refuses: bool = False
    """Whether it raises an exception of its own somewhere."""

    def exported(self, module: str) -> Summary:
        """What it does, as other files know it: with the full names of the classes of its module."""
        after = tuple((name, _exported(data, module)) for name, data in self.after)
        return replace(self, result=_exported(self.result, module), after=after)

    @staticmethod
    def names_of(function: FunctionNode) -> tuple[str, ...]:
        """The parameters of a function."""
        args = function.args
        names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        names += [f"={arg.arg}" for arg in args.kwonlyargs]
        names += [f"*{args.vararg.arg}"] if args.vararg else []
        names += [f"**{args.kwarg.arg}"] if args.kwarg else []
        return tuple(names)

    def places(self, arguments: Given, *, through_class: bool = False) -> dict[str, ast.expr]:
        """The expressions that are given for parameters."""
        names = [name for name in self.parameters if not name.startswith(("*", "="))]
        names = names[1:] if self.method and not through_class else names
        found = {name: node for name, (_, node) in zip(names, arguments.positional, strict=False)}
        known = {name.lstrip("=") for name in self.parameters}
        found.update({name: node for name, (_, node) in arguments.keywords.items() if name in known})
        return found

    def value(self, walk: Expressions, node: ast.Call, env: Env) -> Data:
        """What it gives for these arguments."""
        return _filled(self.result, walk, node, env)

    def object_after(self, walk: Expressions, node: ast.Call, env: Env, before: Data) -> Data:
        """What an object holds that this method has filled."""
        after = dict(self.after).get(self.parameters[0]) if self.parameters else None
        return before if after is None else changed(after, before, walk, node, env)


def changed(after: Data, before: Data, walk: Expressions, node: ast.Call, env: Env) -> Data:
    """An object after a call that has changed it."""
    made = _filled(after, walk, node, env)
    if made.marks - before.all_marks:
        made = replace(made, marks=united([made.marks, before.all_marks]), elements=None)
        return Data(partial(made.marks), before.value, made.parts)
    return replace(before, parts={**(before.parts or {}), **(made.parts or {})})


def _filled(data: Data, walk: Expressions, node: ast.Call, env: Env) -> Data:
    """A value in which arguments take the place of parameters."""
    if len(data.marks) == 1 and not data.is_container:
        (mark,) = data.marks
        if mark.origin.parameter and mark.whole and not mark.safe:
            return walk.select(env.get(mark.origin.text, NOTHING), mark.origin.path, node)
    found: list[Marks] = []
    for mark in data.marks:
        if not mark.origin.parameter:
            found.append(frozenset({replace(mark, origin=replace(mark.origin, node=node))}))
            continue
        part = walk.select(env.get(mark.origin.text, NOTHING), mark.origin.path, node)
        found.append(
            frozenset(
                Mark(one.origin, one.safe | mark.safe, one.whole and mark.whole) for one in part.all_marks
            )
        )
    parts, elements = data.parts, data.elements
    return replace(
        data,
        marks=united(found),
        parts={key: _filled(one, walk, node, env) for key, one in parts.items()}
        if parts is not None
        else None,
        elements=tuple(_filled(one, walk, node, env) for one in elements) if elements is not None else None,
    )


def told(data: Data) -> Data:
    """A value without the places that only its own function knows."""

    def change(mark: Mark) -> Mark:
        origin = mark.origin
        return (
            mark
            if origin.node is None
            else replace(mark, origin=Origin(origin.text, origin.parameter, None, origin.path))
        )

    plain = data.mapped(change)
    return _without_calls(plain)


def _exported(data: Data, module: str) -> Data:
    parts, elements = data.parts, data.elements
    return replace(
        data,
        value=exported(data.value, module) or UNKNOWN,
        parts={key: _exported(one, module) for key, one in parts.items()} if parts is not None else None,
        elements=tuple(_exported(one, module) for one in elements) if elements is not None else None,
    )


def _without_calls(data: Data) -> Data:
    if data.call is None and data.check is None and not data.is_container:
        return data
    parts, elements = data.parts, data.elements
    return Data(
        data.marks,
        data.value,
        {key: _without_calls(one) for key, one in parts.items()} if parts is not None else None,
        tuple(_without_calls(one) for one in elements) if elements is not None else None,
    )
