"""All that a detector sees around a node of Python."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import Edit, Finding, Fix, Span
from backend_architect.knowledge import libraries
from backend_architect.python.comments import lose_comments
from backend_architect.python.folding import fold
from backend_architect.python.literals import StringSource, read_string
from backend_architect.python.names import (
    DECLARED,
    ELSEWHERE,
    VERSION,
    FunctionScope,
    OutsideScope,
    Resolver,
    Scope,
)
from backend_architect.python.survey import Frame
from backend_architect.python.values import UNKNOWN, Instance, Literal, Symbol, Text, Texts, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from backend_architect.engine.text import SourceText
    from backend_architect.python.flows.facts import SinkUse, Source
    from backend_architect.python.folded import Folded, Hole
    from backend_architect.python.syntax import Parsed


@cache
def facts() -> ModuleType:
    """What knows the flows; it is loaded when a rule asks for them, and knows places itself."""
    from backend_architect.python.flows import facts  # noqa: PLC0415

    return facts


NO_CONSTANT = object()
"""Stands for the value of an expression that is not known to be constant."""


@dataclass(slots=True, eq=False)
class BlockView:
    """A block with its text, and the names around it as far as somebody asked for them."""

    parsed: Parsed
    source: SourceText
    look: Callable[[str], Value | None]
    dialect: str
    """The dialect of SQL whose driver does not tell."""
    around: dict[ast.AST, ast.AST]
    """The node around each node of the block."""
    path: str = ""
    """Of the file, below the root of its project; empty where nobody has said it."""
    sinks: dict[ast.Call, Any] = field(default_factory=dict[ast.Call, Any])
    """The SQL that calls hand to databases, as far as somebody asked for it."""
    values: dict[ast.expr, Value | None] = field(default_factory=dict["ast.expr", "Value | None"])
    """What expressions stand for, as far as somebody asked."""
    routes: dict[ast.AST, Any] = field(default_factory=dict["ast.AST", Any])
    """The routes of functions, as far as somebody asked for them."""
    walks: dict[Frame, Any] = field(default_factory=dict[Frame, Any])
    """How data flows through functions, as far as somebody asked."""
    frames: dict[ast.AST, Frame] = field(default_factory=dict["ast.AST", Frame])
    """The frames of the bodies of functions, as far as somebody looked into them from outside."""
    _strings: dict[ast.expr, StringSource] = field(default_factory=dict["ast.expr", "StringSource"])
    _resolvers: dict[Frame, Resolver] = field(default_factory=dict[Frame, Resolver])

    def resolver(self, frame: Frame) -> Resolver:
        """What resolves expressions in a frame."""
        if frame not in self._resolvers:
            outside = OutsideScope(self.look)
            self._resolvers[frame] = Resolver(self._scope(frame, outside), outside)
        return self._resolvers[frame]

    def _scope(self, frame: Frame, outside: OutsideScope) -> Scope:
        outer = self.resolver(frame.outer).scope if frame.outer is not None else outside
        return (
            outer
            if frame.function is None
            else FunctionScope(frame.function, outer, frame.method_of, frame.walrus)
        )

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self.around.get(node)

    def string(self, literal: ast.expr) -> StringSource:
        """A string literal, read with the places of its characters."""
        if literal not in self._strings:
            self._strings[literal] = read_string(self.source.text, *self.range_of(literal))
        return self._strings[literal]

    def range_of(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> tuple[int, int]:
        """The offsets in the block at which a node begins and ends."""
        shift = self.parsed.shift + 1
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return (
            self.source.offset(node.lineno - shift, node.col_offset),
            self.source.offset(end_line - shift, end_column),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: resolves names, folds strings, reads the source, makes findings and edits."""

    rule: str
    view: BlockView
    frame: Frame

    # What things are

    def resolve(self, node: ast.expr) -> Value | None:
        """What an expression stands for; None if nothing binds its name."""
        values = self.view.values
        if node not in values:
            try:
                values[node] = self.view.resolver(self.frame).resolve(node)
            except RecursionError:  # in a chain of hundreds of calls
                values[node] = UNKNOWN
        return values[node]

    def path(self, node: ast.expr) -> str | None:
        """The dotted name of the thing that an expression stands for, as the tables of libraries know it."""
        value = self.resolve(node)
        return value.path if isinstance(value, Symbol) else None

    def type_of(self, node: ast.expr) -> str | None:
        """The dotted name of the class whose instance an expression is."""
        value = self.resolve(node)
        return value.type if isinstance(value, Instance) else None

    def constant(self, node: ast.expr | None) -> Any:
        """The constant that an expression stands for, through names and folding; `NO_CONSTANT` for others."""
        value = self.resolve(node) if node is not None else None
        if isinstance(value, Literal):
            return value.value
        if isinstance(value, Text) and value.constant is not None:
            return value.constant
        return NO_CONSTANT

    def strings(self, node: ast.expr | None) -> tuple[str, ...] | None:
        """The strings in a list, tuple or set of nothing but constant strings; None for anything else."""
        items = self.view.resolver(self.frame).items(node) if node is not None else None
        return items.items if isinstance(items, Texts) else None

    def argument(self, call: ast.Call, position: int | None, keyword: str | None) -> ast.expr | None:
        """What a call gives for a parameter; None also where `*` or `**` may hide it."""
        given = next((one.value for one in call.keywords if keyword is not None and one.arg == keyword), None)
        if given is not None or position is None:
            return given
        before = call.args[: position + 1]
        hidden = len(before) <= position or any(isinstance(one, ast.Starred) for one in before)
        return None if hidden else call.args[position]

    def fold(self, node: ast.expr) -> Folded | None:
        """The string that an expression builds."""
        try:
            return fold(node, self.view.resolver(self.frame))
        except RecursionError:
            return None

    def version(self, module: str) -> tuple[int, ...] | None:
        """The version of a library that the project pins, as numbers: (2, 9, 0); None where nothing pins it.

        Args:
            module: the name under which the library is imported, or that of its distribution.
        """
        value = self.view.look(f"{ELSEWHERE}{libraries.distribution(module)}{VERSION}")
        release = re.match(r"\d+(?:\.\d+)*", value.constant or "") if isinstance(value, Text) else None
        return tuple(map(int, release[0].split("."))) if release is not None else None

    def depends_on(self, distribution: str) -> bool:
        """Whether the project names a distribution among its dependencies."""
        return self.view.look(f"{ELSEWHERE}{distribution}{DECLARED}") is not None

    def look(self, name: str) -> Value | None:
        """What a name of the module stands for; None if the module does not bind it."""
        return self.view.look(name)

    def look_local(self, name: str) -> Value | None:
        """What a name stands for where the node stands."""
        return self.view.resolver(self.frame).scope.answer(name)

    def request_data(self, node: ast.expr, kind: str) -> Source | None:
        """The request data that an expression may carry, unless it is harmless for sinks of a kind."""
        return facts().request_data(self, node, kind)

    def is_fixed(self, node: ast.expr) -> bool:
        """Whether a value is a constant where it is read, or made from nothing but such."""
        return facts().is_fixed(self, node)

    def sinks(self, call: ast.Call, kind: str) -> Iterator[SinkUse]:
        """The sinks of a kind that request data reaches at a call, in it or in a helper that it goes to."""
        return facts().sinks(self, call, kind)

    @property
    def function(self) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
        """The innermost function around the node."""
        return self.frame.function

    def within(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Place:
        """The same place in the body of a function that is defined here; names are looked up there then."""
        frames = self.view.frames
        if function not in frames:
            frames[function] = Frame(function, self.frame)
        return Place(self.rule, self.view, frames[function])

    def at_top(self) -> Place:
        """The same place at the top of the module; names are looked up there then."""
        frame = self.frame
        while frame.outer is not None:
            frame = frame.outer
        return Place(self.rule, self.view, frame)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside out, as far as the block reaches."""
        outer = self.view.parent(node)
        while outer is not None:
            yield outer
            outer = self.view.parent(outer)

    # Where things are

    def source_of(self, node: ast.expr) -> str:
        """The source of an expression."""
        start, end = self.view.range_of(node)
        return self.view.source.text[start:end]

    def source_of_hole(self, hole: Hole) -> str:
        """The source of the expression that fills a hole."""
        if hole.style == "f-string" and hole.literal is not None:
            return self.view.string(hole.literal).fields()[hole.start].expression
        return self.source_of(hole.node)

    def range_of(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """The offsets in the block at which a node begins and ends."""
        return self.view.range_of(node)

    def f_string(self, node: ast.AST) -> ast.JoinedStr | None:
        """The outermost f-string around a node; before Python 3.12 positions inside of one are not exact."""
        around = [outer for outer in self.around(node) if isinstance(outer, ast.JoinedStr)]
        return around[-1] if around else None

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The span of a node, or of the f-string that it stands in."""
        return self.view.source.span(*self.view.range_of(self.f_string(node) or node))

    # What to say

    def finding(self, where: ast.expr | ast.stmt | Span, message: str, fix: Fix | None = None) -> Finding:
        """A finding of this rule; without its fix if that would take a comment away."""
        if fix is not None and "#" in self.view.source.text:
            edits = fix.build()
            fix = None if lose_comments(edits, self.view.source) else replace(fix, build=lambda: edits)
        return Finding(self.rule, where if isinstance(where, Span) else self.span(where), message, fix)

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Replaces the text between two offsets of the block."""
        return Edit(self.view.source.span(start, end), text)
