"""Queries of Django and SQLAlchemy: what a chain of calls asks a database for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend_architect.knowledge import libraries
from backend_architect.python.values import Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.bindings import Binding
    from backend_architect.python.place import Place

MAPPERS = frozenset(
    {"django", "rest_framework", "sqlalchemy", "sqlmodel", "flask_sqlalchemy", "flask", "fastapi"}
)
"""Modules of which a file imports one where queries stand."""

MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
"""Attributes of models that Django's documentation gives to managers."""

Kind = Literal["django", "query", "select"]
"""django: a query set; query: SQLAlchemy's `Query`; select: a statement of SQLAlchemy that was executed."""

_CLASSES: dict[Kind, str] = {"django": "django.db.models.QuerySet", "query": "sqlalchemy.orm.Query"}
_RESULTS = {
    kind: frozenset(
        path.rpartition(".")[2] for path in libraries.paths("query-results") if path.startswith(f"{known}.")
    )
    for kind, known in _CLASSES.items()
}
"""Methods that give something else than a query."""

_SESSIONS = ("sqlalchemy.orm.Session", "sqlalchemy.ext.asyncio.AsyncSession")
_CONNECTIONS = ("sqlalchemy.engine.Connection", "sqlalchemy.ext.asyncio.AsyncConnection")
_SELECT = "sqlalchemy.select"


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls of methods on the results of one another: `root.filter(...).all()`."""

    root: ast.expr
    calls: tuple[ast.Call, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the methods, in order."""
        return tuple(call.func.attr for call in self.calls if isinstance(call.func, ast.Attribute))


@dataclass(frozen=True, slots=True)
class OrmQuery:
    """Something that will ask the database, or has asked it."""

    kind: Kind
    root: ast.expr
    """A manager, a session, or `Model.query`."""
    steps: tuple[str, ...]
    """The names of all methods between the root and the rows."""
    model: ast.expr | None = None
    """What the rows are instances of, where the code says it."""

    @property
    def known(self) -> bool:
        """Whether every step gives a query; a method of the project's own may give anything."""
        known = _CLASSES.get(self.kind)
        return known is not None and all(libraries.returns(f"{known}.{step}") == known for step in self.steps)


def chain_of(node: ast.expr) -> Chain:
    """The chain of calls that an expression is, seen through `await`."""
    calls: list[ast.Call] = []
    while True:
        node = node.value if isinstance(node, ast.Await) else node
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return Chain(node, tuple(reversed(calls)))
        calls.append(node)
        node = node.func.value


def query_at(node: ast.expr, at: Place) -> OrmQuery | None:
    """The query that an expression stands for before anything is asked."""
    return _query(chain_of(node), at, frozenset())


def rows_at(node: ast.expr, at: Place) -> OrmQuery | None:
    """The query whose rows an expression has loaded, all of them."""
    match node:
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[argument], keywords=[]):
            inner = query_at(argument, at)
            return inner if inner is not None else rows_at(argument, at)
        case _:
            pass
    chain = chain_of(node)
    if not chain.calls or chain.steps[-1] not in {"all", "fetchall"} or chain.calls[-1].args:
        return None
    before = Chain(chain.root, chain.calls[:-1])
    return _legacy_query(before, at, frozenset()) or _executed(before, at, frozenset())


def is_session(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a session of SQLAlchemy; `db.session` is, whatever `db` may be."""
    value = at.resolve(node)
    if isinstance(value, Instance):
        return any(libraries.is_a(value.type, known) for known in _SESSIONS)
    return isinstance(node, ast.Attribute) and node.attr == "session" and isinstance(node.value, ast.Name)


def imports_django(at: Place) -> bool:
    """Whether the file has to do with Django; other mappers call their managers `objects`, too."""
    return any(at.look(f"%imports.{module}") is not None for module in ("django", "rest_framework"))


def is_connection(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a connection of SQLAlchemy."""
    kind = at.type_of(node)
    return kind is not None and any(libraries.is_a(kind, known) for known in _CONNECTIONS)


def _query(chain: Chain, at: Place, seen: frozenset[str]) -> OrmQuery | None:
    return _query_set(chain, at, seen) or _legacy_query(chain, at, seen)


def _query_set(chain: Chain, at: Place, seen: frozenset[str]) -> OrmQuery | None:
    root, steps = chain.root, chain.steps
    if not _RESULTS["django"].isdisjoint(steps):
        return None
    if isinstance(root, ast.Name):
        return _assigned(chain, root, at, "django", seen)
    if not isinstance(root, ast.Attribute):
        return None
    kind = at.type_of(root)
    if kind is not None and libraries.is_a(kind, "django.db.models.QuerySet"):
        return OrmQuery("django", root, steps, root.value)
    if root.attr in MANAGERS and _is_class(root.value, at) and imports_django(at):
        return OrmQuery("django", root, steps, root.value)
    return None


def _legacy_query(chain: Chain, at: Place, seen: frozenset[str]) -> OrmQuery | None:
    root, steps = chain.root, chain.steps
    if not _RESULTS["query"].isdisjoint(steps):
        return None
    if steps[:1] == ("query",):
        entities = chain.calls[0].args
        if entities and (is_session(root, at) or (_is_unknown(root, at) and _is_class(entities[0], at))):
            return OrmQuery("query", root, steps[1:], entities[0] if len(entities) == 1 else None)
        return None
    if isinstance(root, ast.Attribute) and root.attr == "query" and _is_class(root.value, at):
        return OrmQuery("query", root, steps, root.value)
    return _assigned(chain, root, at, "query", seen) if isinstance(root, ast.Name) else None


def _executed(chain: Chain, at: Place, seen: frozenset[str]) -> OrmQuery | None:
    """Rows of `session.execute(select(...))` and its relatives, also through a variable for the result."""
    root, steps = chain.root, chain.steps
    if steps[:1] in {("execute",), ("scalars",), ("exec",)} and chain.calls[0].args:
        if not is_session(root, at) and not is_connection(root, at):
            return None
        statement = _selected(chain.calls[0].args[0], at, frozenset())
        if statement is None:
            return None
        return OrmQuery("select", root, (*statement.steps, *steps[1:]), statement.model)
    if not isinstance(root, ast.Name) or root.id in seen:
        return None
    for value in assigned_values(root, at):
        inner = chain_of(value)
        found = _executed(Chain(inner.root, inner.calls + chain.calls), at, seen | {root.id})
        if found is not None:
            return found
    return None


def _selected(node: ast.expr, at: Place, seen: frozenset[str]) -> OrmQuery | None:
    """The `select(...)` that an expression builds, with the methods on all ways to it."""
    chain = chain_of(node)
    root = chain.root
    if isinstance(root, ast.Call) and at.path(root.func) == _SELECT:
        return OrmQuery("select", root, chain.steps, root.args[0] if len(root.args) == 1 else None)
    if not isinstance(root, ast.Name) or root.id in seen:
        return None
    values = list(assigned_values(root, at))
    ways = [_selected(value, at, seen | {root.id}) for value in values]
    found = next((way for way in ways if way is not None), None)
    if found is None:
        return None
    again = sorted({step for value in values for step in chain_of(value).steps})
    return OrmQuery("select", found.root, (*found.steps, *again, *chain.steps), found.model)


def _assigned(chain: Chain, name: ast.Name, at: Place, kind: Kind, seen: frozenset[str]) -> OrmQuery | None:
    """The query that a variable holds, if all that is assigned to it are queries made from one another."""
    if name.id in seen:
        return None
    values = list(assigned_values(name, at))
    again = [inner for inner in map(chain_of, values) if getattr(inner.root, "id", None) == name.id]
    first = [inner for inner in map(chain_of, values) if getattr(inner.root, "id", None) != name.id]
    found = [_query(inner, at, seen | {name.id}) for inner in first if inner.calls]
    base = found[0] if found and len(found) == len(first) else None
    steps = tuple(step for inner in again for step in inner.steps)
    if base is None or any(one is None or one.kind != kind for one in found):
        return None
    if not _RESULTS[kind].isdisjoint(steps) or len(values) != len(_bindings(name, at)):
        return None
    return OrmQuery(kind, base.root, base.steps + steps + chain.steps, base.model)


def assigned_values(name: ast.Name, at: Place) -> Iterator[ast.expr]:
    """The expressions that the function assigns to a variable."""
    for binding in _bindings(name, at):
        if binding.kind == "value" and isinstance(binding.node, ast.expr):
            yield binding.node


def _bindings(name: ast.Name, at: Place) -> tuple[Binding, ...]:
    return at.view.resolver(at.frame).scope.bindings_of(name.id)


def _is_class(node: ast.expr, at: Place) -> bool:
    """Whether an expression names a class, as far as anybody can tell: a model is not an instance."""
    last = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    named = last[:1].isupper() and not last.isupper()
    return named and not isinstance(at.resolve(node), Instance)


def _is_unknown(node: ast.expr, at: Place) -> bool:
    value = at.resolve(node)
    return not isinstance(value, Instance) and not (
        isinstance(value, Symbol) and "." in value.path.strip(":.")
    )
