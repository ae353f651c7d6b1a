"""A walk over the statements of a function, in the order in which they run."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backend_architect.python.flows import conditions
from backend_architect.python.flows.data import NOTHING, Closure, Data, joined
from backend_architect.python.flows.expressions import Expressions
from backend_architect.python.flows.importing import imports, imports_from
from backend_architect.python.flows.matching import match
from backend_architect.python.flows.state import Env, join_envs
from backend_architect.python.values import UNKNOWN, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.python.bindings import FunctionNode

_DEEP_LOOPS = 2
"""Loops inside of so many others are walked once; data that needs two rounds there is lost."""

_NESTED_CALLS = 4
_CONDITIONS = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Call)


@dataclass(slots=True)
class _Loop:
    breaks: list[Env | None] = field(default_factory=list["Env | None"])
    continues: list[Env | None] = field(default_factory=list["Env | None"])


@dataclass(slots=True, eq=False)
class Walk(Expressions):
    """Knows what statements do to the variables."""

    ends: list[tuple[Env, ast.expr | None]] = field(default_factory=list["tuple[Env, ast.expr | None]"])
    """The variables wherever the outermost function returns, with what it returns."""
    deferred: dict[FunctionNode, Env] = field(default_factory=dict["FunctionNode", Env])
    """Nested functions that nobody has called yet, with the variables around them."""
    _loops: list[_Loop] = field(default_factory=list[_Loop])
    _running: list[FunctionNode] = field(default_factory=list["FunctionNode"])

    def start(self, function: FunctionNode) -> None:
        """Walk over the outermost function; its parameters are variables already."""
        self._running.append(function)
        self._body(function)
        self._running.pop()

    def run(self, function: FunctionNode, arguments: Env) -> Data:
        """The result of a nested function."""
        if function in self._running or len(self._running) > _NESTED_CALLS or self.env is None:
            return NOTHING
        self.deferred.pop(function, None)
        outer, returned, loops, ends = self.env, self.returned, self._loops, self.ends
        self.env, self.returned, self._loops, self.ends = (
            {**outer, **parameters(function, {}), **arguments},
            [],
            [],
            [],
        )
        self._running.append(function)
        self._body(function)
        self._running.pop()
        result = joined(self.returned)
        inner = self.env or (self.ends[-1][0] if self.ends else outer)
        self.returned, self._loops, self.ends = returned, loops, ends
        self.env = _kept(function, outer, inner)
        return result

    def _body(self, function: FunctionNode) -> None:
        if isinstance(function, ast.Lambda):
            self.returned.append(self.eval(function.body))
            if self.env is not None:
                self.ends.append((self.env, function.body))
            return
        self.walk(function.body)
        if self.env is not None:
            self.ends.append((self.env, None))

    def walk(self, body: Sequence[ast.stmt]) -> None:
        """Run statements one after the other, as far as there is a way."""
        for statement in body:
            if self.env is None:
                return
            run = _KINDS.get(statement.__class__)
            if run is not None:
                run(self, statement)

    def branch(self, env: Env | None, body: Sequence[ast.stmt]) -> Env | None:
        """The variables after statements that begin with others."""
        self.env = env
        self.walk(body)
        return self.env

    def loop(
        self, body: Sequence[ast.stmt], enter: Callable[[], None], leave: Callable[[], None]
    ) -> list[Env | None]:
        """Run the body of a loop until nothing new comes; what `break` leaves is returned."""
        state = _Loop()
        self._loops.append(state)
        before = self.copy()
        for _ in range(2 if len(self._loops) <= _DEEP_LOOPS else 1):
            head = self.copy()
            enter()
            self.walk(body)
            self.env = join_envs([head, self.env, *state.continues])
            state.continues.clear()
        self._loops.pop()
        if self.env is None:
            self.env = before
        leave()
        return state.breaks

    @property
    def innermost(self) -> _Loop | None:
        """The loop around."""
        return self._loops[-1] if self._loops else None


def parameters(function: FunctionNode, known: Env) -> Env:
    """The variables with which a function begins."""
    args = function.args
    names = [
        *args.posonlyargs,
        *args.args,
        *args.kwonlyargs,
        *([args.vararg] if args.vararg else []),
        *([args.kwarg] if args.kwarg else []),
    ]
    return {arg.arg: known.get(arg.arg, NOTHING) for arg in names}


def _kept(function: FunctionNode, outer: Env, inner: Env) -> Env:
    """The variables after a call of a nested function: it may have changed objects and `nonlocal` names."""
    if isinstance(function, ast.Lambda):
        return outer
    rebound = {name for node in function.body if isinstance(node, ast.Nonlocal) for name in node.names}
    own = {arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    return {
        name: inner.get(name, held) if name in rebound or (held.is_container and name not in own) else held
        for name, held in outer.items()
    }


def _expression(walk: Walk, node: ast.Expr) -> None:
    walk.eval(node.value)


def _assign(walk: Walk, node: ast.Assign) -> None:
    data = _assigned(walk, node.value)
    for target in node.targets:
        walk.assign(target, data)


def _assigned(walk: Walk, node: ast.expr) -> Data:
    """A value for a variable, with the condition that it is the outcome of."""
    sightings, data = walk.sightings, walk.eval(node)
    is_check = isinstance(node, _CONDITIONS) and walk.sightings != sightings
    if not is_check or data.marks or data.is_container:
        return data
    walk.has_checks = True
    return Data(value=data.value, check=node)


def _annotated(walk: Walk, node: ast.AnnAssign) -> None:
    value = walk.resolver.annotated(node.annotation)
    if node.value is None:
        return
    data = _assigned(walk, node.value)
    if data.value == UNKNOWN and isinstance(value, Instance) and not data.is_container:
        data = replace(data, value=value)
    walk.assign(node.target, data)


def _augmented(walk: Walk, node: ast.AugAssign) -> None:
    target = node.target
    old = ast.copy_location(_loaded(target), target)
    data = walk.eval(ast.copy_location(ast.BinOp(old, node.op, node.value), node))
    walk.assign(target, data)


def _loaded(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=owner, attr=attribute):
            return ast.Attribute(owner, attribute, ast.Load())
        case ast.Subscript(value=owner, slice=index):
            return ast.Subscript(owner, index, ast.Load())
        case _:
            return target


def _delete(walk: Walk, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            walk.bind(target.id, NOTHING)
        elif isinstance(target, ast.Subscript):
            held, key = walk.eval(target.value), walk.eval(target.slice).constant
            if (
                held.elements is not None
                and isinstance(key, int)
                and -len(held.elements) <= key < len(held.elements)
            ):
                elements = list(held.elements)
                elements.pop(key)
                walk.update(target.value, held, Data(held.marks, elements=tuple(elements)))


def _return(walk: Walk, node: ast.Return) -> None:
    data = walk.eval(node.value) if node.value is not None else NOTHING
    if walk.env is not None:
        walk.returned.append(data)
        walk.ends.append((walk.env, node.value))
    walk.env = None


def _raise(walk: Walk, node: ast.Raise) -> None:
    walk.refuses = True
    for part in (node.exc, node.cause):
        if part is not None:
            walk.eval(part)
    walk.env = None


def _assert(walk: Walk, node: ast.Assert) -> None:
    if walk.test(node.test)[1]:
        conditions.assume(walk, node.test, truth=True)


def _if(walk: Walk, node: ast.If) -> None:
    truth, speaks = walk.test(node.test)
    before, ends = walk.env, list["Env | None"]()
    for way, body in ((True, node.body), (False, node.orelse)):
        if truth in {way, None}:
            walk.env = dict(before) if before is not None else None
            if speaks:
                conditions.assume(walk, node.test, way)
            walk.walk(body)
            ends.append(walk.env)
    walk.env = join_envs(ends)


def _while(walk: Walk, node: ast.While) -> None:
    tests: list[tuple[bool | None, bool]] = []

    def enter() -> None:
        truth, speaks = walk.test(node.test)
        tests.append((truth, speaks))
        if speaks:
            conditions.assume(walk, node.test, truth=True)
        if truth is False:
            walk.env = None

    def leave() -> None:
        truth, speaks = tests[-1]
        if speaks:
            conditions.assume(walk, node.test, truth=False)
        if truth is True:
            walk.env = None

    breaks = walk.loop(node.body, enter, leave)
    if walk.env is not None:
        walk.walk(node.orelse)
    walk.env = join_envs([walk.env, *breaks])


def _for(walk: Walk, node: ast.For | ast.AsyncFor) -> None:
    items = walk.eval(node.iter)
    element = items.any_item()
    if items.constant == () or items.elements == ():
        walk.walk(node.orelse)
        return

    def enter() -> None:
        walk.assign(node.target, element)

    breaks = walk.loop(node.body, enter, lambda: None)
    walk.walk(node.orelse)
    walk.env = join_envs([walk.env, *breaks])


def _leave_loop(walk: Walk, node: ast.Break | ast.Continue) -> None:
    loop = walk.innermost
    if loop is not None:
        (loop.breaks if isinstance(node, ast.Break) else loop.continues).append(walk.env)
    walk.env = None


def _with(walk: Walk, node: ast.With | ast.AsyncWith) -> None:
    before = walk.copy()
    suppresses = False
    for item in node.items:
        data = walk.eval(item.context_expr)
        if item.optional_vars is not None:
            walk.assign(item.optional_vars, data)
        called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else None
        suppresses |= called is not None and walk.eval(called).path == "contextlib.suppress"
    walk.walk(node.body)
    if suppresses:
        walk.env = join_envs([walk.env, before])


def _try(walk: Walk, node: ast.Try | ast.TryStar) -> None:
    stops: list[Env | None] = [walk.copy()]
    for statement in node.body:
        if walk.env is None:
            break
        walk.walk([statement])
        stops.append(walk.copy())
    if walk.env is not None:
        walk.walk(node.orelse)
    ends = [walk.env]
    failed = join_envs(stops)
    for handler in node.handlers:
        walk.env = dict(failed) if failed is not None else None
        if handler.name:
            walk.bind(handler.name, NOTHING)
        walk.walk(handler.body)
        ends.append(walk.env)
    walk.env = join_envs(ends)
    if node.finalbody:
        ended = walk.env is None
        walk.env = failed if ended else walk.env
        walk.walk(node.finalbody)
        walk.env = None if ended else walk.env


def _function(walk: Walk, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            walk.eval(default)
    walk.bind(node.name, Data(call=Closure(node)))
    if walk.env is not None:
        walk.deferred.setdefault(node, walk.env)


def _class(walk: Walk, node: ast.ClassDef) -> None:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and walk.env is not None:
            walk.deferred.setdefault(statement, walk.env)
    walk.bind(node.name, NOTHING)


def _global(walk: Walk, node: ast.Global) -> None:
    if walk.env is not None:
        for name in node.names:
            walk.env.pop(name, None)


_KINDS: dict[type, Callable[[Walk, Any], None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.Break: _leave_loop,
    ast.Continue: _leave_loop,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: imports,
    ast.ImportFrom: imports_from,
    ast.Global: _global,
}
