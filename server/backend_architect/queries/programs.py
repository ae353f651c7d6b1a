"""What a Python file asks through an object-relational mapper: what may be queries, as plain data.

What is found is a function of the text alone. Variables are replaced by what they hold, so that a query that
is put together over several statements is one expression; what only some runs add to it makes another one.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.python.syntax import Unreadable, tree_of
from backend_architect.queries.environments import Environment
from backend_architect.queries.spines import ENDS, METHODS, is_query, spine_of
from backend_architect.schema.outlines import imports_of, module_of
from backend_architect.schema.terms import UNKNOWN, Call, Indexed, Member, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WORDS: Final = re.compile(
    r"objects\b|_manager\b|get_(?:object|list)_or_404\b|select\(|query\b|exists\(|delete\(|update\("
    rf"|\.(?:{'|'.join(sorted(METHODS))})\("
)
"""What stands in every query that is made through a mapper."""
_LOOPS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PARTS: Final = frozenset({"Prefetch", "Subquery", "Exists", "Q", "When", "aliased"})
"""Calls that make a part of a query of the queries in them."""
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
INSTANCE: Final = Name("typing.cast")
"""What stands for an object of which only the class is known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An expression that may be a query."""

    term: Term
    line: int
    functions: tuple[int, ...]
    """The lines on which the functions around it begin, from the inside."""
    looped: bool
    """Whether it is in a loop of its function."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a file asks."""

    path: str
    module: str
    imports: Mapping[str, str] = field(default_factory=dict[str, str])
    stars: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()


def may_ask(text: str) -> bool:
    """Whether a Python file may ask something, as far as its words tell."""
    return _WORDS.search(text) is not None


def program_of(text: str, path: str) -> Program:
    """What a Python file asks; nothing if it cannot be read."""
    module = module_of(path)
    lines = _lines_of(_WORDS, text)
    tree = tree_of(text) if lines else None
    if not isinstance(tree, ast.Module):
        return Program(path, module)
    walker = _Walker(module, path.endswith("__init__.py"), lines)
    walker.statements(tree.body)
    return Program(path, module, walker.imports, tuple(walker.stars), tuple(walker.asked))


def _lines_of(words: re.Pattern[str], text: str) -> list[int]:
    """The lines on which one of the words stands."""
    found: list[int] = []
    line, at = 1, 0
    for match in words.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.append(line)
    return found


class _Walker:
    """Walks the statements of a module in their order."""

    def __init__(self, module: str, is_package: bool, lines: list[int]) -> None:
        """`lines` are those on which something may be asked, in their order."""
        self.stars: list[str] = []
        self.asked: list[Asked] = []
        self._module, self._is_package, self._lines = module, is_package, lines
        self._at = Environment()
        self._told: dict[int, Term] = {}
        """Terms that were found already, by identity; a variable may be used several times."""

    @property
    def imports(self) -> Mapping[str, str]:
        """The names that imports bind."""
        return self._at.imports

    # Statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if self._asks(node):
                    self._class(node) if isinstance(node, ast.ClassDef) else self._function(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._assign(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._assign(name, value)
            case ast.AugAssign(target=ast.Name() as target):
                self._expression(node.value)
                combined = ast.BinOp(ast.Name(target.id, ast.Load()), node.op, node.value)
                self._at.give(target.id, ast.copy_location(combined, node))
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[one])
            ):
                if not self._at.append(name, one):
                    self._expression(node.value)
            case _:
                self._compound(node)

    def _compound(self, node: ast.stmt) -> None:
        match node:
            case ast.If():
                self._expression(node.test)
                self._branches([node.body, node.orelse])
            case ast.For() | ast.AsyncFor():
                self._expression(node.iter)
                self._at.forget(node.target)
                if isinstance(node.target, ast.Name) and self._gives_rows(node.iter):
                    self._at.values[node.target.id] = Indexed(self._at.term(node.iter), (0,))
                self._loop(node.body)
                self.statements(node.orelse)
            case ast.While():
                self._loop([ast.Expr(node.test), *node.body])
            case ast.Try() | ast.TryStar():
                self.statements(node.body)
                self._branches([*(handler.body for handler in node.handlers), []])
                self.statements([*node.orelse, *node.finalbody])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expression(item.context_expr)
                    if item.optional_vars is not None:
                        self._at.forget(item.optional_vars)
                self.statements(node.body)
            case ast.Match():
                self._expression(node.subject)
                self._branches([*(case.body for case in node.cases), []])
            case _:
                self._plain(node)

    def _asks(self, node: ast.stmt) -> bool:
        """Whether something may be asked in a statement, as far as the words of its lines tell."""
        at = bisect_left(self._lines, node.lineno)
        return at < len(self._lines) and self._lines[at] <= (node.end_lineno or node.lineno)

    def _plain(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._at.forget(target)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, path in imports_of([node], self._module, is_package=self._is_package):
            if name == "*":
                self.stars.append(path)
            else:
                self._at.imports = {**self._at.imports, name: path}
                self._at.drop(name)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for one in (*node.decorator_list, *node.args.defaults):
            self._expression(one)
        around = self._at
        self._at = around.inner(function=node.lineno)
        args = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        for number, argument in enumerate(args):
            self._at.drop(argument.arg)
            if argument.annotation is not None:
                self._at.annotate(argument.arg, argument.annotation)
            elif number == 0 and argument.arg == "self" and around.owner:
                self._at.values[argument.arg] = Call(INSTANCE, (Name(around.owner), UNKNOWN), (), node.lineno)
            elif number == 0 and argument.arg == "cls" and around.owner:
                self._at.values[argument.arg] = Name(around.owner)
        self.statements(node.body)
        self._at = around

    def _class(self, node: ast.ClassDef) -> None:
        around = self._at
        self._at = around.inner(owner=node.name)
        for statement in node.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                self._expression(statement.value)
            else:
                self._statement(statement)
        self._at = around

    def _loop(self, body: Sequence[ast.stmt]) -> None:
        outside, self._at.looped = self._at.looped, True
        self._branches([body, []])
        self._at.looped = outside

    def _branches(self, bodies: Iterable[Sequence[ast.stmt]]) -> None:
        """Ways of which one is taken; the last one counts as the usual one."""
        before = self._at
        after: list[Environment] = []
        for body in bodies:
            self._at = before.branch()
            self.statements(body)
            if not body or not isinstance(body[-1], _LEAVING):
                after.append(self._at)
        self._at = before
        before.join(after)

    def _assign(self, name: str, value: ast.expr) -> None:
        """A variable that gets a value; a query that is not run yet is told where it is used."""
        inner = value.value if isinstance(value, ast.Await) else value
        spine = spine_of(inner)
        if is_query(spine, self._at) and spine.last not in ENDS:
            self._at.give(name, inner)
            self._at.lazy.add(name)
            return
        self._at.silent = name
        self._expression(value)
        self._at.silent = ""
        self._at.give(name, inner)

    # Expressions

    def _expression(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if node.id in self._at.lazy and node.id != self._at.silent:
                self._tell(node)
            return
        if isinstance(node, ast.Call) and _is_part(node.func):
            return
        if isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            self._chain(node)
        elif isinstance(node, ast.Lambda):
            self._expression(node.body)
        elif isinstance(node, _LOOPS):
            self._comprehension(node)
        else:
            for child in ast.iter_child_nodes(node):
                self._expression(child)

    def _chain(self, node: ast.expr) -> None:
        """A chain is one query or none; what stands in it is looked at where something else may stand so."""
        spine = spine_of(node)
        if is_query(spine, self._at):
            self._tell(node)
            if spine.strong:
                return
        link: ast.AST = node
        while link is not spine.root:
            match link:
                case ast.Call():
                    for one in (*link.args, *(keyword.value for keyword in link.keywords)):
                        self._expression(one)
                    link = link.func
                case ast.Subscript():
                    self._expression(link.slice)
                    link = link.value
                case ast.Attribute():
                    link = link.value
                case _:
                    break
        if not isinstance(spine.root, ast.Name):
            self._expression(spine.root)

    def _gives_rows(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._at.lazy
        return is_query(spine_of(node), self._at)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        first = node.generators[0]
        self._expression(first.iter)
        around = self._at
        self._at = around.branch()
        self._at.looped = True
        for generator in node.generators:
            self._at.forget(generator.target)
            if generator is not first:
                self._expression(generator.iter)
            for condition in generator.ifs:
                self._expression(condition)
        for element in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self._expression(element)
        self._at = around

    def _tell(self, node: ast.expr) -> None:
        for term in self._at.terms(node):
            if id(term) not in self._told:
                self._told[id(term)] = term
                self.asked.append(Asked(term, _line(term, node.lineno), self._at.functions, self._at.looped))


def _is_part(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _PARTS or function.id == "exists"
    return isinstance(function, ast.Attribute) and function.attr in _PARTS


def _line(term: Term, default: int) -> int:
    """The line on which the last call of a chain begins."""
    while isinstance(term, Member | Indexed):
        term = term.of
    return term.line if isinstance(term, Call) else default


__all__ = ["Asked", "Program", "Unreadable", "program_of"]
