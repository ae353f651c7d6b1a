"""Loops that ask for the row of each key, where one query before the loop certainly gives the same rows.

All of it follows from the text of one function; what the keys are, the models tell.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set
from backend_architect.schema.terms import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.schema.terms import Term

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_COLLECTIONS: Final = word_set("list List set Set frozenset tuple Tuple Sequence Collection")
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp)
_MAKING: Final = word_set("list sorted set tuple frozenset")
_ONE: Final = word_set("first one_or_none scalar_one_or_none")
SINGLE: Final = _ONE | {"get", "scalar"}
"""Methods that give one row."""
_HARMLESS: Final = word_set(
    "append extend add get setdefault items keys values join format strip lower upper"
) | word_set("debug info warning error len str int float print sum min max repr round abs bool sorted list")
"""What may be called in the loop besides; anything else may change rows."""
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_FOREIGN = (*_NESTED, ast.Yield, ast.YieldFrom, ast.Try, ast.TryStar, ast.Global, ast.Nonlocal, ast.NamedExpr)
"""What makes it uncertain when something runs, or what a name is then."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An expression that gives the row of one key, or None."""

    root: ast.expr
    """Where the query begins."""
    cls: ast.expr
    """The class, or the manager of Django."""
    session: ast.expr | None
    """None for Django."""
    key: ast.expr
    raises: bool = False
    """Whether a row that is missing is an error."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One of them in a loop, with what one query for all needs."""

    asking: Asking
    whole: ast.expr
    """The expression with its `await`."""
    statement: ast.stmt
    """Before which the query stands."""
    target: str
    iterable: str
    name: str
    """What the rows by their keys are called."""
    row: str

    @property
    def attribute(self) -> str:
        """The attribute of the items that is the key; empty if they are the keys themselves."""
        return self.asking.key.attr if isinstance(self.asking.key, ast.Attribute) else ""


def looked_up(function: FunctionNode) -> Iterator[Looked]:
    """What the loops of a function ask for one by one."""
    if any(isinstance(one, _FOREIGN) for one in ast.walk(function) if one is not function):
        return
    for statement in _plain(function.body):
        for loop, target, iterable in _loops(statement):
            for whole, asking in _askings(loop):
                found = _looked(function, statement, loop, (target, iterable), (whole, asking))
                if found is not None:
                    yield found


def is_collection(term: Term) -> bool:
    """Whether an annotation names what can be gone over twice."""
    return last_name(term) in _COLLECTIONS


def _plain(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that no loop repeats."""
    for one in body:
        if isinstance(one, ast.If):
            yield from _plain(one.body)
            yield from _plain(one.orelse)
        elif isinstance(one, ast.With | ast.AsyncWith):
            yield from _plain(one.body)
        else:
            yield one


def _loops(statement: ast.stmt) -> Iterator[tuple[ast.AST, str, str]]:
    """The loops of a statement that go over what a variable holds, with the names of both."""
    match statement:
        case ast.For(target=ast.Name(id=target), iter=ast.Name(id=iterable)):
            yield statement, target, iterable
        case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.Expr():
            for one in ast.walk(statement):
                if isinstance(one, ast.ListComp | ast.SetComp | ast.DictComp):
                    yield from _of_comprehension(one)
        case _:
            pass


def _of_comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp) -> Iterator[tuple[ast.AST, str, str]]:
    match node.generators:
        case [ast.comprehension(target=ast.Name(id=target), iter=ast.Name(id=iterable), is_async=0)]:
            yield node, target, iterable
        case _:
            pass


def _askings(loop: ast.AST) -> Iterator[tuple[ast.expr, Asking]]:
    awaited = {one.value: one for one in ast.walk(loop) if isinstance(one, ast.Await)}
    for one in ast.walk(loop):
        found = _asking(one) if isinstance(one, ast.Call) else None
        if found is not None and isinstance(one, ast.Call):
            yield awaited.get(one, one), found


def _asking(call: ast.Call) -> Asking | None:
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute() as manager, attr="get"),
            args=[],
            keywords=[ast.keyword(arg=str(), value=key)],
        ):
            return Asking(manager, manager, None, key, raises=True)
        case ast.Call(func=ast.Attribute(value=session, attr="get"), args=[cls, key], keywords=[]):
            return Asking(call, cls, session, key)
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Attribute() as manager, attr="filter"),
                    args=[],
                    keywords=[ast.keyword(arg=str(), value=key)],
                ),
                attr="first",
            ),
            args=[],
            keywords=[],
        ):
            return Asking(manager, manager, None, key)
        case ast.Call(func=ast.Attribute(value=session, attr="scalar"), args=[statement], keywords=[]):
            return _selected(statement, session)
        case ast.Call(func=ast.Attribute(value=run, attr=last), args=[], keywords=[]) if last in _ONE:
            wanted = "execute" if last.startswith("scalar") else "scalars"
            match run.value if isinstance(run, ast.Await) else run:
                case ast.Call(func=ast.Attribute(value=session, attr=how), args=[statement], keywords=[]) if (
                    how == wanted
                ):
                    return _selected(statement, session)
                case _:
                    return None
        case _:
            return None


def _selected(statement: ast.expr, session: ast.expr) -> Asking | None:
    match statement:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Name(id="select"), args=[cls], keywords=[]) as root,
                attr="where" | "filter",
            ),
            args=[ast.Compare(left=ast.Attribute(), ops=[ast.Eq()], comparators=[key])],
            keywords=[],
        ):
            return Asking(root, cls, session, key)
        case _:
            return None


def _looked(
    function: FunctionNode,
    statement: ast.stmt,
    loop: ast.AST,
    over: tuple[str, str],
    asked: tuple[ast.expr, Asking],
) -> Looked | None:
    target, iterable = over
    whole, asking = asked
    fits = (
        _is_key(asking.key, target)
        and _is_named(asking.cls)
        and (asking.session is None or _is_named(asking.session))
        and _can_be_gone_over_twice(function, statement, iterable)
        and _changes_nothing(loop, whole, target, iterable)
    )
    bound = _bound(loop)
    outside = {one.id for held in (asking.cls, asking.session) if held for one in _names(held)}
    if not fits or not outside.isdisjoint(bound):
        return None
    row = _snake(_class_name(asking))
    used = {one.id for one in _names(function)} | {
        one.arg for one in ast.walk(function) if isinstance(one, ast.arg)
    }
    plural = f"{row[:-1]}ies" if row.endswith("y") else f"{row}es" if row.endswith("s") else f"{row}s"
    name = next((one for one in (plural, f"{plural}_by_key") if one not in used), None)
    if name is None or row in {iterable, "select", *outside}:
        return None
    return Looked(asking, whole, statement, target, iterable, name, row)


def _class_name(asking: Asking) -> str:
    cls = asking.cls.value if asking.session is None and isinstance(asking.cls, ast.Attribute) else asking.cls
    return cls.attr if isinstance(cls, ast.Attribute) else getattr(cls, "id", "")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _is_key(key: ast.expr, target: str) -> bool:
    """Whether it is the item of the loop, or an attribute of it."""
    one = key.value if isinstance(key, ast.Attribute) else key
    return isinstance(one, ast.Name) and one.id == target


def _is_named(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))


def _bound(node: ast.AST) -> set[str]:
    return {one.id for one in _names(node) if isinstance(one.ctx, ast.Store)}


def _can_be_gone_over_twice(function: FunctionNode, statement: ast.stmt, name: str) -> bool:
    """Whether a variable holds one list from its only assignment on; for parameters annotations tell."""
    stores = [one for one in _names(function) if one.id == name and not isinstance(one.ctx, ast.Load)]
    args = function.args
    parameters = {one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs) if one.annotation}
    if not stores:
        return name in parameters
    for one in ast.walk(function):
        if isinstance(one, ast.Assign) and one.targets == stores and one.lineno < statement.lineno:
            return _is_list(one.value)
    return False


def _is_list(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKING
        case ast.Call(func=ast.Attribute(attr="all"), args=[], keywords=[]):
            return True
        case _:
            return isinstance(value, _DISPLAYS)


def _changes_nothing(loop: ast.AST, asking: ast.expr, target: str, iterable: str) -> bool:
    """Whether nothing in a loop can change what is asked for, or for what."""
    asked = set(ast.walk(asking))
    for one in ast.walk(loop):
        if isinstance(one, ast.Attribute | ast.Subscript) and isinstance(one.ctx, ast.Store | ast.Del):
            if isinstance(one, ast.Attribute):
                return False
        elif isinstance(one, ast.Call) and one not in asked:
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if name not in _HARMLESS:
                return False
    used = [one.id for one in _names(loop)]
    stored = [one.id for one in _names(loop) if isinstance(one.ctx, ast.Store)]
    return used.count(iterable) == 1 and stored.count(target) == 1
