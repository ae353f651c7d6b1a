"""Reads a function of the module once, for all who call it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.flows import conditions
from backend_architect.python.flows.data import ALL, NOTHING, Data, Mark, Origin, joined
from backend_architect.python.flows.state import FIRST, Env
from backend_architect.python.flows.statements import Walk, parameters
from backend_architect.python.flows.summary import ParameterUse, Summary, told
from backend_architect.python.values import UNKNOWN, Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.names import Look

Function = ast.FunctionDef | ast.AsyncFunctionDef


def summary_of(function: Function, owner: str | None, look: Look) -> Summary:
    """What a function of the module does with its arguments; `owner` is the class that it is a method of."""
    walk = Walk(look, owner)
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    method = owner is not None and not is_static(function) and bool(names)
    env = parameters(function, _first_values(function, walk))
    if method:
        env[names[0]] = instance(function, owner or "", Origin(names[0], parameter=True))
    firsts: Env = {FIRST + name: Data(held.marks) for name, held in env.items() if held.marks}
    walk.env = {**env, **firsts}
    walk.start(function)
    ends = [end for end, _ in walk.ends]
    return Summary(
        Summary.names_of(function),
        method,
        told(joined(walk.returned)),
        _after(env.get(names[0], NOTHING), names[0], ends) if method else None,
        _uses(walk),
        _ensured(firsts, ends),
        _ensured(firsts, list(_if_true(walk))),
        bool(ends) or _yields(function),
    )


def _first_values(function: Function, walk: Walk) -> Env:
    """The parameters as data of whoever calls."""
    args = function.args
    rest = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
    found: Env = {}
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, *rest):
        value = UNKNOWN
        if arg not in rest:
            value = walk.resolver.annotated(arg.annotation) if arg.annotation is not None else UNKNOWN
        if walk.is_harmless(value):
            found[arg.arg] = Data(value=value)
            continue
        marks = frozenset({Mark(Origin(arg.arg, parameter=True))})
        found[arg.arg] = Data(marks, value if isinstance(value, Instance) else UNKNOWN)
    return found


def instance(function: Function, owner: str, origin: Origin | None = None) -> Data:
    """The first parameter of a method: the instance, or the class."""
    marks = frozenset({Mark(origin)}) if origin is not None else frozenset[Mark]()
    if any(isinstance(node, ast.Name) and node.id == "classmethod" for node in function.decorator_list):
        return Data(value=Symbol(f":{owner}"))
    return Data(marks, Instance(f":{owner}"), {})


def is_static(function: Function) -> bool:
    """Whether a method gets no instance."""
    return any(isinstance(node, ast.Name) and node.id == "staticmethod" for node in function.decorator_list)


def _after(before: Data, name: str, ends: list[Env]) -> Data | None:
    held = [env[name] for env in ends if name in env]
    after = joined(held)
    return Data(parts=told(after).parts) if after.parts and after is not before else None


def _uses(walk: Walk) -> tuple[ParameterUse, ...]:
    found: dict[ParameterUse, None] = {}
    for uses in walk.uses.values():
        for use in uses.values():
            for mark in use.marks:
                if mark.origin.parameter and not {use.kind, ALL} & mark.safe:
                    found[ParameterUse(mark.origin.text, mark.origin.path, mark.safe, use.kind, use.sink)] = (
                        None
                    )
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
        truth = conditions.truth(walk.eval(node))
        if truth is False:
            continue
        if truth is None:
            conditions.assume(walk, node, truth=True)
        if walk.env is not None:
            yield walk.env


def _yields(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
