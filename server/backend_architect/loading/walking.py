"""Reading one function, the body of a class or a module in the order in which it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from backend_architect.loading.lookups import SINGLE
from backend_architect.loading.syntax import absent_in, expressions, writes
from backend_architect.loading.traces import Function, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from backend_architect.loading.traces import Kind

_LEAVING = (ast.Return, ast.Raise, ast.Break)
_KEYED: Final = frozenset({"sorted", "min", "max", "groupby", "sort", "nlargest", "nsmallest"})
"""What calls the function that it is given as `key` with each of some things."""
_MOST: Final = 4000
"""Nodes of a function; what is longer is none that people write."""


class Names(dict[str, int]):
    """The variables of a function: what they hold, by the numbers of nodes."""


class File(Protocol):
    """What a walk tells and asks of the file around it."""

    @property
    def imports(self) -> Mapping[str, str]:
        """The names that imports bind."""
        ...

    def learn(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take in what an import binds."""
        ...

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, around: str, *, method: bool) -> None:
        """Read a function."""
        ...

    def cls(self, node: ast.ClassDef, around: str) -> None:
        """Read a class."""
        ...


@dataclass(slots=True)
class Walker:
    """Walks one function in the order in which it runs."""

    file: File
    name: str
    names: Names
    is_class: bool = False
    nodes: list[Node] = field(default_factory=list[Node])
    returned: list[int] = field(default_factory=list[int])
    leaving: set[int] = field(default_factory=set[int])
    writing: set[int] = field(default_factory=set[int])
    absent: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    loops: list[int] = field(default_factory=list[int])
    """Those around, from the outside."""
    number: int = 0
    leaves: bool = False
    looks_up: bool = False
    """Whether something may be asked in a loop for one row."""

    def function(self, said: Function) -> Function:
        """The function with what was read of it."""
        fits = len(self.nodes) < _MOST
        return Function(
            said.name,
            said.line,
            said.parameters,
            said.annotations,
            said.returns,
            said.decorators,
            tuple(self.nodes) if fits else (),
            tuple(self.returned) if fits else (),
            said.attributes if fits else (),
            said.bases,
            frozenset(self.leaving),
            frozenset(self.writing),
            tuple(self.absent),
            said.lookups if fits else (),
            said.is_method,
            said.is_class,
        )

    def node(
        self,
        kind: Kind,
        at: ast.AST,
        *parts: int,
        text: str = "",
        keywords: Iterable[tuple[str, int]] = (),
    ) -> int:
        """Add a node; gives its number."""
        line: int = getattr(at, "lineno", 0)
        where = (
            line,
            getattr(at, "col_offset", 0),
            getattr(at, "end_lineno", line),
            getattr(at, "end_col_offset", 0),
        )
        loop = self.loops[-1] if self.loops else 0
        self.nodes.append(Node(kind, text, parts, tuple(keywords), where, loop, bool(loop) and self.leaves))
        return len(self.nodes) - 1

    # Statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        """Read statements in their order."""
        outside = self.leaves
        self.leaves = outside or bool(body and self.loops and isinstance(body[-1], _LEAVING))
        for one in body:
            self._statement(one)
        self.leaves = outside

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.file.learn(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.names.pop(node.name, None)
                self.file.function(node, self.name, method=self.is_class)
            case ast.ClassDef():
                self.names.pop(node.name, None)
                self.file.cls(node, self.name)
            case ast.Return() | ast.Raise() | ast.Break():
                self._leave(node)
            case ast.Assign(targets=targets, value=value):
                held = self.value(value)
                for target in targets:
                    self._bind(target, held)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, self.value(value))
            case ast.AugAssign(target=target, value=value):
                held = self.value(value)
                if isinstance(target, ast.Name):
                    before = self.names.get(target.id)
                    self.names[target.id] = self.node(
                        "other", node, *([before] if before is not None else []), held
                    )
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add"), args=[one])
            ) if name in self.names:
                self._append(name, one, node)
            case _:
                self._compound(node)

    def _compound(self, node: ast.stmt) -> None:
        match node:
            case ast.If():
                self._condition(node)
            case ast.For() | ast.AsyncFor():
                of = self.node("iterate", node.iter, self.value(node.iter))
                self._loop(lambda: self._bind(node.target, self.node("element", node, of)), node.body)
                self.statements(node.orelse)
            case ast.While():
                self._loop(lambda: self.value(node.test), node.body)
            case ast.Try() | ast.TryStar():
                self.statements(node.body)
                self._branches([*(one.body for one in node.handlers), []])
                self.statements([*node.orelse, *node.finalbody])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    held = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, self.node("other", item.context_expr, held))
                self.statements(node.body)
            case ast.Match():
                self.value(node.subject)
                self._branches([*(one.body for one in node.cases), []])
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def _condition(self, node: ast.If) -> None:
        self.value(node.test)
        held = dict(self.names)
        start = len(self.nodes)
        ends = [start, *self._branches([node.body, node.orelse])]
        for name, number in absent_in(node.test):
            if name in held and self.nodes[held[name]].kind == "parameter":
                self.absent.append((name, ends[number], ends[number + 1]))

    def _leave(self, node: ast.Return | ast.Raise | ast.Break) -> None:
        self.leaving |= set(self.loops if not isinstance(node, ast.Break) else self.loops[-1:])
        outside, self.leaves = self.leaves, bool(self.loops)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                held = self.value(child)
                if isinstance(node, ast.Return):
                    self.returned.append(held)
        self.leaves = outside

    def _append(self, name: str, one: ast.expr, node: ast.stmt) -> None:
        held = self.value(one)
        if name.endswith("session"):
            self.writing |= {0, *self.loops}
        gathered = self.node("gathered", node, held)
        self.names[name] = self.node("join", node, self.names[name], gathered)

    def _loop(self, enter: Callable[[], object], body: Sequence[ast.stmt]) -> None:
        before = Names(self.names)
        self.number += 1
        self.loops.append(self.number)
        outside, self.leaves = self.leaves, False
        enter()
        self.statements(body)
        self.leaves = outside
        self.loops.pop()
        self._join([before, self.names], body)

    def _branches(self, bodies: Sequence[Sequence[ast.stmt]]) -> list[int]:
        """Ways of which one is taken; gives the number behind the nodes of each."""
        before = self.names
        ends: list[int] = []
        after: list[Names] = []
        for body in bodies:
            self.names = Names(before)
            self.statements(body)
            if not body or not isinstance(body[-1], (*_LEAVING, ast.Continue)):
                after.append(self.names)
            ends.append(len(self.nodes))
        self.names = before
        self._join(after, [])
        return ends

    def _join(self, ways: list[Names], at: Sequence[ast.stmt]) -> None:
        """Go on after some ways of which one was taken."""
        if not ways:
            return
        joined = Names()
        for name in dict.fromkeys(name for way in ways for name in way):
            held = list(dict.fromkeys(way[name] for way in ways if name in way))
            joined[name] = (
                held[0] if len(held) == 1 else self.node("join", at[-1] if at else ast.Pass(), *held)
            )
        self.names = joined

    def _bind(self, target: ast.expr, held: int) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = held
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for number, one in enumerate(targets):
                    self._bind(one, self.node("part", one, held, text=str(number)))
            case ast.Starred(value=value):
                self._bind(value, self.node("other", value, held))
            case ast.Attribute(value=value, attr=name):
                self.node("store", target, self.value(value), held, text=name)
            case ast.Subscript():
                self.value(target.value)
                self.value(target.slice)
            case _:
                pass

    # Expressions

    def value(self, node: ast.expr) -> int:
        """The node of an expression."""
        match node:
            case ast.Name(id=name):
                if name in self.names:
                    return self.names[name]
                return self.node("name", node, text=self.file.imports.get(name, name))
            case ast.Constant(value=held):
                return self.node("constant", node, text=held if isinstance(held, str) else "")
            case ast.Attribute(value=of, attr=name):
                return self.node("attribute", node, self.value(of), text=name)
            case ast.Await(value=of):
                return self.node("await", node, self.value(of))
            case ast.Call():
                return self._call(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.NamedExpr(target=target, value=of):
                held = self.value(of)
                self._bind(target, held)
                return held
            case ast.IfExp():
                self.value(node.test)
                return self.node("join", node, self.value(node.orelse), self.value(node.body))
            case ast.BoolOp():
                return self.node("join", node, *map(self.value, node.values))
            case _:
                return self._display(node)

    def _display(self, node: ast.expr) -> int:
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self.node("list", node, *map(self.value, items))
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                return self.node("equal", node, self.value(left), self.value(right))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(node)
            case ast.Lambda():
                return self.node("other", node)
            case _:
                parts = [self.value(one) for one in expressions(node)]
                return self.node("other", node, *parts)

    def _subscript(self, node: ast.Subscript) -> int:
        of = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            bounds = [self.value(one) for one in expressions(node.slice)]
            return self.node("slice", node, of, *bounds)
        return self.node("item", node, of, self.value(node.slice))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> int:
        names, depth = Names(self.names), len(self.loops)
        outside, self.leaves = self.leaves, False
        for one in node.generators:
            of = self.node("iterate", one.iter, self.value(one.iter))
            self.number += 1
            self.loops.append(self.number)
            self._bind(one.target, self.node("element", one.iter, of))
            for condition in one.ifs:
                self.value(condition)
        if isinstance(node, ast.DictComp):
            self.value(node.key)
        held = self.value(node.value if isinstance(node, ast.DictComp) else node.elt)
        del self.loops[depth:]
        self.names, self.leaves = names, outside
        return self.node("gathered", node, held, text="dict" if isinstance(node, ast.DictComp) else "")

    def _call(self, node: ast.Call) -> int:
        if isinstance(node.func, ast.Attribute) and writes(node.func):
            self.writing |= {0, *self.loops}
        if self.loops and isinstance(node.func, ast.Attribute) and node.func.attr in SINGLE:
            self.looks_up = True
        function = self.value(node.func)
        args: list[int] = []
        keywords: list[tuple[str, int]] = []
        for one in node.args:
            if isinstance(one, ast.Starred):
                keywords.append(("*", self.value(one.value)))
            elif not isinstance(one, ast.Lambda):
                args.append(self.value(one))
        named = [one for one in node.keywords if not isinstance(one.value, ast.Lambda)]
        keywords += [(one.arg or "**", self.value(one.value)) for one in named]
        mapped = self._applied(node, function, args)
        if mapped is not None:
            return mapped
        return self.node("call", node, function, *args, keywords=keywords)

    def _applied(self, node: ast.Call, function: int, args: list[int]) -> int | None:
        """Read a function without a name where it is called with each of some things."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        key = next((one.value for one in node.keywords if one.arg == "key"), None)
        first = node.args[0] if node.args else None
        if name in _KEYED and isinstance(key, ast.Lambda):
            of = args[0] if args else self.nodes[function].parts[0] if self.nodes[function].parts else None
            if of is not None:
                self._each(key, of, node)
        elif name in {"map", "filter"} and isinstance(first, ast.Lambda) and len(args) == 1:
            held = self._each(first, args[0], node)
            return self.node("gathered", node, held) if name == "map" else args[0]
        elif name == "map" and isinstance(first, ast.Name | ast.Attribute) and len(args) == 2:
            return self._mapped(node, args)
        return None

    def _mapped(self, node: ast.Call, args: list[int]) -> int:
        """`map(total, orders)`: a function that is called with each."""
        of = self.node("iterate", node, args[1])
        self.number += 1
        self.loops.append(self.number)
        held = self.node("call", node, args[0], self.node("element", node, of))
        self.loops.pop()
        return self.node("gathered", node, held)

    def _each(self, function: ast.Lambda, of: int, node: ast.Call) -> int:
        names, of = Names(self.names), self.node("iterate", node, of)
        outside, self.leaves = self.leaves, False
        self.number += 1
        self.loops.append(self.number)
        for one in function.args.args[:1]:
            self.names[one.arg] = self.node("element", node, of)
        held = self.value(function.body)
        self.loops.pop()
        self.names, self.leaves = names, outside
        return held
