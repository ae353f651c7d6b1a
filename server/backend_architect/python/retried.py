"""What makes a function try again already."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import words
from backend_architect.python.values import Instance
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

_RETRYING = word_set("retry retries retrying backoff stamina tenacity attempt attempts resilient reconnect")


def tries_again(function: Function, at: Place) -> bool:
    """Whether a decorator retries, or anything in the function is called like something that does."""
    if any(_is_retry(one, at) for one in function.decorator_list):
        return True
    return any(speaks_of_retries(node) for node in own_nodes([*function.body, *function.decorator_list]))


def _is_retry(decorator: ast.expr, at: Place) -> bool:
    path = at.path(decorator.func if isinstance(decorator, ast.Call) else decorator)
    known = path is not None and libraries.entry("retrying", path) is not None
    return known or any(one.arg and "retry" in one.arg for one in getattr(decorator, "keywords", ()))


def speaks_of_retries(node: ast.AST) -> bool:
    """Whether a name is called like something that retries."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
            return not words(name).isdisjoint(_RETRYING)
        case _:
            return False


def is_mounted(client: ast.expr, at: Place) -> bool:
    """Whether a client of requests has an adapter of its own, which may try again."""
    match client:
        case ast.Name(id=name):
            return at.look_local(f"{name}.mount") is not None
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if at.frame.owner_class:
            return at.look(f"{at.frame.owner_class}.{name}.mount") is not None
        case _:
            return False


def may_try_again(client: ast.expr, method: str, at: Place) -> bool:
    """Whether a client may try again by itself: it is mounted, or of a class that the project has made."""
    value = at.resolve(client)
    own = isinstance(value, Instance) and libraries.entry("retryable", f"{value.type}.{method}") is None
    return own or is_mounted(client, at)
