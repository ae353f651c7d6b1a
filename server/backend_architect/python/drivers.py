"""Which driver is behind a connection whose class speaks to several."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.names import FIRST
from backend_architect.python.values import Instance, Symbol, Text, Value

if TYPE_CHECKING:
    from backend_architect.knowledge.libraries import SqlArgument
    from backend_architect.python.place import Place

_DEPTH = 5
"""How many calls may lie between an engine and the connection: `engine.connect().execution_options(...)`."""


def with_driver(argument: SqlArgument, call: ast.Call, at: Place) -> SqlArgument:
    """An entry of the tables, with the paramstyle of the driver that the call talks to, if that is known."""
    if argument.paramstyle is not None or not argument.driver:
        return argument
    connection: ast.expr | None = None
    if argument.driver == "receiver":
        connection = call.func.value if isinstance(call.func, ast.Attribute) else None
    elif argument.driver != "module":
        connection = at.argument(call, argument.driver_position, argument.driver)
    driver = _driver_of(at.look("%database") if connection is None else at.resolve(connection), at)
    if driver is not None:
        return replace(argument, paramstyle=driver.paramstyle, dialect=driver.dialect)
    url = _url(connection, at) if connection is not None else None
    scheme = libraries.entry("url-schemes", url.partition(":")[0]) if url else None
    if scheme is None:
        return argument
    # SQLAlchemy gives the driver an empty tuple where it is given no values.
    return replace(argument, paramstyle=scheme["paramstyle"], dialect=scheme["dialect"], interpolates=True)


def _driver_of(value: Value | None, at: Place) -> libraries.Driver | None:
    if isinstance(value, Symbol):
        value = _database_of_model(value, at)
    return libraries.driver(value.type) if isinstance(value, Instance) else None


def _database_of_model(model: Symbol, at: Place) -> Instance | None:
    """The database that `Meta` of a model of peewee, or of a class it inherits from, names."""
    resolver = at.view.resolver(at.frame)
    database = resolver.attribute(resolver.attribute(model, "Meta"), "database")
    return database if isinstance(database, Instance) else None


def _url(node: ast.expr, at: Place, depth: int = 0) -> str | None:
    """The constant URL of the engine that an expression is, or is a connection of."""
    if depth > _DEPTH:
        return None
    match node:
        case ast.Call(func=ast.Attribute(value=owner)) if isinstance(at.resolve(owner), Instance):
            return _url(owner, at, depth + 1)
        case ast.Call(args=[url, *_]):
            value = at.constant(url)
            return value if isinstance(value, str) else None
        case ast.Await(value=inner):
            return _url(inner, at, depth + 1)
        case ast.Name(id=name):
            bindings = at.view.resolver(at.frame).scope.bindings_of(name)
            if len(bindings) == 1 and bindings[0].kind in {"value", "enter"}:
                bound = bindings[0].node
                return _url(bound, at, depth + 1) if isinstance(bound, ast.expr) else None
            value = at.look(name + FIRST) if not bindings else None
            return value.constant if isinstance(value, Text) else None
        case _:
            return None
