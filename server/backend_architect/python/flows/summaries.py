"""Reads a function of the module once, for all who call it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal

from backend_architect.knowledge import libraries
from backend_architect.python.flows import conditions
from backend_architect.python.flows.data import ALL, NOTHING, Data, Mark, Origin, joined
from backend_architect.python.flows.state import FIRST, Env
from backend_architect.python.flows.statements import Walk, parameters
from backend_architect.python.flows.summary import ParameterUse, Summary, told
from backend_architect.python.values import UNKNOWN, Instance, Symbol, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.names import Look

Function = ast.FunctionDef | ast.AsyncFunctionDef


def summary_of(function: Function, owner: str | None, look: Look) -> Summary:
    """What a function of the module does with its arguments; `owner` is the class that it is a method of."""
    walk = Walk(look, owner)
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    method = kind_of_method(function) if owner is not None and names else ""
    env = parameters(function, _first_values(function, walk))
    if method:
        env[names[0]] = instance(function, owner or "", Origin(names[0], parameter=True))
    firsts: Env = {FIRST + name: held for name, held in env.items() if held.marks or held.is_container}
    walk.env = {**env, **firsts}
    walk.start(function)
    ends = [end for end, _ in walk.ends]
    return Summary(
        Summary.names_of(function),
        method,
        told(joined(walk.returned)),
        _after(firsts, ends),
        _uses(walk),
        _ensured(firsts, ends),
        _ensured(firsts, list(_if_true(walk))),
        bool(ends) or _yields(function),
        walk.refuses,
    )


def _first_values(function: Function, walk: Walk) -> Env:
    """The parameters as data of whoever calls."""
    args = function.args
    rest = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
    found: Env = {}
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, *rest):
        value: Value = UNKNOWN
        if arg not in rest:
            value = walk.resolver.annotated(arg.annotation) if arg.annotation is not None else UNKNOWN
        request = request_class(arg, value, walk.look)
        if request is not None or walk.is_harmless(value):
            found[arg.arg] = Data(value=value if request is None else Instance(request))
            continue
        marks = frozenset({Mark(Origin(arg.arg, parameter=True))})
        found[arg.arg] = Data(marks, value if isinstance(value, Instance) else UNKNOWN)
    return found


def request_class(arg: ast.arg, value: Value, look: Look) -> str | None:
    """The class of a parameter that is a request object, by its type or as in a view of Django."""
    if isinstance(value, Instance):
        return value.type if libraries.entry("request-classes", value.type) is not None else None
    if arg.arg != "request":
        return None
    if look("%imports.rest_framework") is not None:
        return "rest_framework.request.Request"
    return "django.http.HttpRequest" if look("%imports.django") is not None else None


def instance(function: Function, owner: str, origin: Origin | None = None) -> Data:
    """The first parameter of a method: the instance, or the class."""
    if kind_of_method(function) == "class":
        return Data(value=Symbol(f":{owner}"))
    marks = frozenset({Mark(origin)}) if origin is not None else frozenset[Mark]()
    return Data(marks, Instance(f":{owner}"), {})


def kind_of_method(function: Function) -> Literal["", "instance", "class"]:
    """What a method gets before its arguments."""
    names = {node.id for node in function.decorator_list if isinstance(node, ast.Name)}
    return "" if "staticmethod" in names else "class" if "classmethod" in names else "instance"


def _after(firsts: Env, ends: list[Env]) -> tuple[tuple[str, Data], ...]:
    """What the objects hold in the end that were given for parameters, where that is something else."""
    found: list[tuple[str, Data]] = []
    for name, before in firsts.items():
        after = joined([env[name] for env in ends if name in env])
        more = after.parts != before.parts or not after.marks <= before.marks
        if ends and more:
            found.append((name.removeprefix(FIRST), told(Data(after.marks, parts=after.parts))))
    return tuple(found)


def _uses(walk: Walk) -> tuple[ParameterUse, ...]:
    found: dict[ParameterUse, None] = {}
    for uses in walk.uses.values():
        for use in uses.values():
            for mark in use.marks:
                if mark.origin.parameter and not {use.kind, ALL} & mark.safe:
                    found[
                        ParameterUse(
                            mark.origin.text, mark.origin.path, mark.safe, use.kind, use.sink, use.helpers
                        )
                    ] = None
    return tuple(sorted(found, key=repr))


def _ensured(firsts: Env, ends: list[Env]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The parameters that are harmless wherever the function ends, each with the kinds."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for name in firsts:
        kinds = [_kinds(env.get(name, NOTHING)) for env in ends]
        common = _common(kinds)
        if common:
            found.append((name.removeprefix(FIRST), tuple(sorted(common))))
    return tuple(found)


def _kinds(held: Data) -> frozenset[str]:
    if not held.marks:
        return frozenset({ALL})
    return frozenset[str].intersection(*(mark.safe for mark in held.marks))


def _common(kinds: list[frozenset[str]]) -> frozenset[str]:
    some = [one for one in kinds if ALL not in one]
    if not kinds:
        return frozenset()
    return frozenset[str].intersection(*some) if some else frozenset({ALL})


def _if_true(walk: Walk) -> Iterable[Env]:
    for env, node in walk.ends:
        if node is None:
            continue
        walk.env = dict(env)
        truth, speaks = walk.test(node)
        if truth is False:
            continue
        if truth is None and speaks:
            conditions.assume(walk, node, truth=True)
        if (end := walk.copy()) is not None:
            yield end


def _yields(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
