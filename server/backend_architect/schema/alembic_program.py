"""Runs `upgrade()` of a revision as far as its text tells, without running it.

Constants, loops over lists that are written out and functions of the project are followed. Where a
condition asks for the database, PostgreSQL's way is taken; where it asks whether something is there already,
it is taken for a guard, and what it guards is done.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.python.syntax import Unreadable, parse
from backend_architect.schema.dialects import holds
from backend_architect.schema.outlines import imports_of, module_of
from backend_architect.schema.terms import UNKNOWN, Call, Items, Name, Pairs, Scope, Term, iterated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_DEEPEST: Final = 8
"""How many calls of functions are followed into each other."""
_LONGEST: Final = 2000
"""How many statements are followed in all."""
_TABLE: Final = "__tablename__"
_ALONE: Final = "autocommit_block"
"""The method of the context within which statements run without a transaction."""
_FOREIGN: Final = ("alembic.", "sqlalchemy.", "sqlalchemy_utils.", "logging.")


@dataclass(slots=True)
class Module:
    """A file whose functions a revision may call."""

    scope: Scope
    functions: dict[str, ast.FunctionDef]
    tables: dict[str, str] = field(default_factory=dict[str, str])
    """The names of tables by the classes that are mapped to them."""


def module_from(text: str, path: str) -> Module | None:
    """The functions, imports and constants of a file; None if it cannot be read."""
    tree = parse(text)
    return None if isinstance(tree, Unreadable) else module_of_tree(tree, path)


def module_of_tree(tree: ast.Module, path: str) -> Module:
    """The functions, imports and constants of a file."""
    package = path.endswith("__init__.py")
    statements = list(_flat(tree.body))
    imports = dict(imports_of(statements, module_of(path), is_package=package))
    module = Module(Scope(imports), {})
    for node in statements:
        match node:
            case ast.FunctionDef():
                module.functions[node.name] = node
            case ast.ClassDef():
                module.tables.update(_table_named(node))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                module.scope.values[name] = module.scope.term(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                module.scope.values[name] = module.scope.term(value)
            case _:
                pass
    return module


def _table_named(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for node in cls.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as table)):
                if name == _TABLE:
                    yield cls.name, table
            case _:
                pass


def _flat(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _flat(node.body)
        else:
            yield node


class _Returned(Exception):  # noqa: N818 - it is how a function ends
    """A function ended with this value."""

    def __init__(self, value: Term) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True)
class Program:
    """Follows the statements of functions, and hands every call that it meets to `found`."""

    module: Module
    found: Callable[[Call], bool]
    """Is told of a call; whether it did something."""
    elsewhere: Callable[[str], Module | None] = lambda _: None
    """Gives the modules of the project by their dotted names."""
    alone: Callable[[bool, int], None] = lambda _, __: None
    """Is told where statements without a transaction begin, and where they end, with the line."""
    _depth: int = 0
    _count: int = 0
    _effects: int = 0
    _running: list[Module] = field(default_factory=list[Module])

    def run(self, name: str) -> None:
        """Runs a function of the module without arguments."""
        function = self.module.functions.get(name)
        if function is not None:
            self._invoke(function, self.module, None)

    def _invoke(self, function: ast.FunctionDef, module: Module, call: Call | None, line: int = 0) -> Term:
        if self._depth >= _DEEPEST:
            return UNKNOWN
        scope = _Following(module.scope.imports, dict(module.scope.values), self, module, line)
        _bind(function, call, scope)
        self._depth += 1
        try:
            self._statements(function.body, scope)
        except _Returned as returned:
            return returned.value
        finally:
            self._depth -= 1
        return None

    def called(self, call: Call, module: Module, line: int) -> Term:
        """What a call gives, after it did what it does; `line` is that of the scope in which it stands."""
        path = call.path
        if path in module.functions:
            return self._invoke(module.functions[path], module, call, line)
        if "." in path and not path.startswith(_FOREIGN):
            owner, _, name = path.rpartition(".")
            other = self.elsewhere(owner)
            if other is not None and name in other.functions:
                return self._invoke(other.functions[name], other, call, call.line)
        if self.found(call):
            self._effects += 1
        return call

    def table_of(self, path: str, module: Module) -> str:
        """The table of a mapped class that is named; empty if it is unknown."""
        owner, _, name = path.rpartition(".")
        known = self.elsewhere(owner) if owner else module
        return known.tables.get(name, "") if known is not None else ""

    def _statements(self, body: Sequence[ast.stmt], scope: _Following) -> None:
        for node in body:
            self._count += 1
            if self._count > _LONGEST:
                return
            self._statement(node, scope)

    def _statement(self, node: ast.stmt, scope: _Following) -> None:
        match node:
            case ast.Expr():
                self._expression(node.value, scope)
            case ast.Assign() | ast.AnnAssign():
                value = scope.term(node.value)
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    scope.assign(target, value)
            case ast.If():
                self._if(node, scope)
            case ast.For():
                for value in iterated(scope.term(node.iter)):
                    scope.assign(node.target, value)
                    self._statements(node.body, scope)
            case ast.With():
                self._with(node, scope)
            case ast.Try():
                self._statements([*node.body, *node.orelse, *node.finalbody], scope)
            case ast.Return():
                raise _Returned(scope.term(node.value) if node.value is not None else None)
            case ast.FunctionDef():
                scope.define(node)
            case ast.Import() | ast.ImportFrom():
                scope.imports = {**scope.imports, **dict(imports_of([node], "", is_package=False))}
            case _:
                pass

    def _expression(self, node: ast.expr, scope: _Following) -> None:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[one]) if (
                isinstance(kept := scope.values.get(name), Items)
            ):
                scope.values[name] = Items((*kept.items, scope.term(one)))
            case _:
                scope.term(node)

    def _with(self, node: ast.With, scope: _Following) -> None:
        for item in node.items:
            value = scope.term(item.context_expr)
            if item.optional_vars is not None:
                scope.assign(item.optional_vars, value)
        values = (scope.term(item.context_expr) for item in node.items)
        if not any(isinstance(one, Call) and one.name == _ALONE for one in values):
            self._statements(node.body, scope)
            return
        self.alone(True, node.lineno)
        self._statements(node.body, scope)
        self.alone(False, node.lineno)

    def _if(self, node: ast.If, scope: _Following) -> None:
        verdict = truth(node.test, scope)
        if verdict is not None:
            self._statements(node.body if verdict else node.orelse, scope)
            return
        before = self._effects
        self._guarded(node.body, scope)
        if self._effects == before:
            self._guarded(node.orelse, scope)

    def _guarded(self, body: Sequence[ast.stmt], scope: _Following) -> None:
        """Runs what stands under a condition that nobody can tell; that it returns there says nothing."""
        try:
            self._statements(body, scope)
        except _Returned:
            return


class _Following(Scope):
    """The names within a function; calls of functions that are known are followed."""

    def __init__(
        self, imports: Mapping[str, str], values: dict[str, Term], program: Program, module: Module, line: int
    ) -> None:
        """`line` is the one of the first module that called the function of another; 0 within the first."""
        super().__init__(imports, values)
        self._program = program
        self._module = module
        self._line = line

    def term(self, node: ast.expr | None) -> Term:
        """What an expression says, after it did what it does."""
        value = super().term(node)
        if isinstance(node, ast.Call) and isinstance(value, Call):
            call = replace(value, line=self._line) if self._line else value
            return self._program.called(call, self._module, self._line)
        if isinstance(node, ast.Attribute) and node.attr == _TABLE and isinstance(value, Name):
            return self._program.table_of(value.path.removesuffix(f".{_TABLE}"), self._module) or value
        return value

    def define(self, node: ast.FunctionDef) -> None:
        """Knows a function that is defined within another one."""
        self._module = Module(Scope(self.imports, self.values), {**self._module.functions, node.name: node})


def _bind(function: ast.FunctionDef, call: Call | None, scope: Scope) -> None:
    """Gives the parameters of a function what it is called with, or what they have by default."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + [*args.defaults]
    for parameter, default in zip(
        [*positional, *args.kwonlyargs], [*defaults, *args.kw_defaults], strict=True
    ):
        scope.values[parameter.arg] = scope.term(default) if default is not None else UNKNOWN
    if call is None:
        return
    for parameter, value in zip(positional, call.args, strict=False):
        scope.values[parameter.arg] = value
    names = {parameter.arg for parameter in (*positional, *args.kwonlyargs)}
    scope.values.update({name: value for name, value in call.keywords if name in names})
    if args.vararg is not None:
        scope.values[args.vararg.arg] = Items(call.args[len(positional) :])
    if args.kwarg is not None:
        rest = tuple((name, value) for name, value in call.keywords if name not in names)
        scope.values[args.kwarg.arg] = Pairs(rest)


def truth(test: ast.expr, scope: Scope) -> bool | None:
    """Whether a condition holds; None if only a run could tell."""
    verdict = holds(test, scope)
    if verdict is not None:
        return verdict
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            one, other = scope.term(left), scope.term(right)
            return _compared(operator, one, other)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = truth(operand, scope)
            return None if inner is None else not inner
        case ast.Name() | ast.Constant():
            value = scope.term(test)
            return bool(value) if value is None or isinstance(value, bool | str | int) else None
        case _:
            return None


def _compared(operator: ast.cmpop, one: Term, other: Term) -> bool | None:
    plain = str | int | float | None
    if (
        isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot)
        and isinstance(one, plain)
        and isinstance(other, plain)
    ):
        return (one == other) is isinstance(operator, ast.Eq | ast.Is)
    if isinstance(operator, ast.In | ast.NotIn) and isinstance(one, plain) and isinstance(other, Items):
        return (one in other.items) is isinstance(operator, ast.In)
    return None
