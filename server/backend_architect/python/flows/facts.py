"""What rules ask: which request data an expression carries, and which sinks it reaches at a call."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.flows import entering
from backend_architect.python.flows.data import ALL, Data, Mark, Marks, Origin
from backend_architect.python.flows.statements import Walk, parameters
from backend_architect.python.flows.summaries import instance, kind_of_method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Span
    from backend_architect.python.bindings import FunctionNode
    from backend_architect.python.place import Place
    from backend_architect.python.survey import Frame


@dataclass(frozen=True, slots=True)
class Source:
    """Request data as a message names it, and where it entered the function."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class SinkUse:
    """Request data that reaches a sink."""

    source: Source
    sink: str
    """The dotted name of the function that does harm: `os.system`."""
    argument: ast.expr
    """What carries the data into the call."""
    helper: str | None
    """The function of the module through which it goes, if the call is not the sink itself."""


def request_data(at: Place, node: ast.expr, kind: str) -> Source | None:
    """The request data that an expression may carry, unless that is harmless for a kind of sinks."""
    walk = _walked(at)
    data = walk.seen.get(node) if walk is not None else None
    return source_of(at, data.all_marks, kind) if data is not None else None


def carried(at: Place, node: ast.expr) -> Data | None:
    """What is known of the value of an expression that carries data; None where it carries none."""
    walk = _walked(at)
    return walk.seen.get(node) if walk is not None else None


def is_fixed(at: Place, node: ast.expr) -> bool:
    """Whether a value is a constant where it is read, or made from nothing but such."""
    match node:
        case ast.Constant():
            return True
        case ast.Name():
            walk = _walked(at)
            return walk is not None and walk.fixed.get(node, False)
        case ast.JoinedStr(values=parts):
            return all(is_fixed(at, part) for part in parts)
        case ast.FormattedValue(value=inner):
            return is_fixed(at, inner)
        case ast.BinOp(left=left, right=right):
            return is_fixed(at, left) and is_fixed(at, right)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            arguments = [*arguments, *(one.value for one in keywords)]
            if isinstance(function, ast.Attribute) and at.path(function.value) is None:
                pure = is_fixed(at, function.value)
            else:
                path = at.path(function)
                pure = path is not None and libraries.entry("propagators", path) is not None
            return pure and all(is_fixed(at, one) for one in arguments)
        case _:
            return False


def sinks(at: Place, call: ast.Call, kind: str) -> Iterator[SinkUse]:
    """The sinks of a kind that request data reaches at a call."""
    walk = _walked(at)
    for use in walk.uses.get(call, {}).values() if walk is not None else ():
        if use.kind == kind:
            source = source_of(at, use.marks, kind)
            if source is not None:
                yield SinkUse(source, use.sink, use.argument, use.through or None)


def source_of(at: Place, marks: Marks, kind: str) -> Source | None:
    """The first request data among some marks that is not harmless for a kind of sinks."""

    def harms(mark: Mark) -> bool:
        return not mark.origin.parameter and kind not in mark.safe and ALL not in mark.safe

    harmful = [mark.origin for mark in marks if harms(mark) and mark.origin.node is not None]
    first = min(harmful, key=_order, default=None)
    if first is None or first.node is None:
        return None
    return Source(first.text, at.view.source.span(*at.view.range_of(first.node)))


def _order(origin: Origin) -> tuple[int, int, str]:
    """Tells which data comes first, always in the same way."""
    node = origin.node
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0), origin.text


def _walked(at: Place) -> Walk | None:
    """The walk over the outermost function around a place; None outside of functions."""
    walks = at.view.walks
    if at.frame not in walks:
        frame = _outermost(at.frame)
        if frame not in walks:
            walks[frame] = None
            walks[frame] = _walk(frame.function, frame, at) if frame.function is not None else None
        walks[at.frame] = walks[frame]
    return walks[at.frame]


def _outermost(frame: Frame) -> Frame:
    found = frame
    while frame.outer is not None:
        frame = frame.outer
        if frame.function is not None:
            found = frame
    return found


def _walk(function: FunctionNode, frame: Frame, at: Place) -> Walk | None:
    if not entering.may_enter(at):
        return None
    walk = Walk(at.look, frame.method_of)
    try:
        walk.env = parameters(function, entering.parameters(function, frame, at))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and frame.method_of is not None:
            names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
            if names and kind_of_method(function):
                walk.env[names[0]] = instance(function, frame.method_of)
        walk.start(function)
        while walk.deferred:
            inner, env = walk.deferred.popitem()
            walk.env = dict(env)
            walk.run(inner, entering.parameters(inner, frame, at))
    except RecursionError:
        return None
    return walk
