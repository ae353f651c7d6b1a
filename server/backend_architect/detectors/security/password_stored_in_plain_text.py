"""Passwords that are stored as they were typed."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.passwords import hash_before_storing
from backend_architect.python.accounts import (
    is_account_class,
    is_found_account,
    is_manager,
    is_of_account,
    keeps_password,
    names_people,
)
from backend_architect.python.credentials import password_in
from backend_architect.python.embedded import sink_at
from backend_architect.python.receivers import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.embedded import Sink
    from backend_architect.python.place import Place

_DOCUMENT_WRITERS = {
    "insert_one": 0,
    "insert_many": 0,
    "replace_one": 1,
    "update_one": 1,
    "find_one_and_update": 1,
}
"""Methods of collections of MongoDB, and where they take what they write."""

_CREATING = frozenset({"create", "acreate", "get_or_create", "update_or_create", "update", "aupdate"})
_WRITES = re.compile(r"\s*(?:insert|replace|update)\b", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\?|%s|\$\d+")


@detector(on=(ast.Call, ast.Assign), words=("pass", "pw", "psw"))
def detect(node: ast.Call | ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at what fills models, rows and documents with a password that nobody has hashed."""
    for value in _assigned(node, at) if isinstance(node, ast.Assign) else _handed_over(node, at):
        message = "this password is stored as it was typed: whoever reads the table can log in as its owner"
        yield at.finding(value, message, hash_before_storing(value, at))


def _assigned(assignment: ast.Assign, at: Place) -> Iterator[ast.expr]:
    """`user.password = request.form["password"]`, `users[name] = {"password": password}`."""
    target, value = assignment.targets[0], assignment.value
    if isinstance(target, ast.Attribute) and keeps_password(target.attr):
        if (
            is_of_account(target, at)
            and password_in(value, at) is not None
            and _is_certain(target, value, at)
        ):
            yield value
    elif isinstance(target, ast.Subscript) and names_people(name_of(target.value) or ""):
        typed = password_in(value, at) if not isinstance(value, ast.Dict) else None
        if typed is not None and typed.from_request and not isinstance(target.slice, ast.Constant):
            yield value
        yield from _in_document(value, at)


def _is_certain(target: ast.Attribute, value: ast.expr, at: Place) -> bool:
    """Whether the attribute is no property that hashes; else the model must be found, or be one of Django."""
    if at.type_of(target.value) is not None or is_found_account(target.value, at):
        return True
    hashed = target.attr != "password"
    typed = password_in(value, at)
    return typed is not None and (at.look("%imports.django") is not None or (hashed and typed.from_request))


def _handed_over(call: ast.Call, at: Place) -> Iterator[ast.expr]:
    name = name_of(call.func) or ""
    given = [one for one in call.keywords if one.arg is not None and keeps_password(one.arg)]
    if given:
        function = call.func
        creates = (
            isinstance(function, ast.Attribute)
            and function.attr in _CREATING
            and is_manager(function.value, at)
        )
        if creates or (name[:1].isupper() and is_account_class(function, at)):
            yield from (one.value for one in given if password_in(one.value, at) is not None)
    if name in _DOCUMENT_WRITERS and len(call.args) > _DOCUMENT_WRITERS[name]:
        yield from _in_document(call.args[_DOCUMENT_WRITERS[name]], at)
    elif not given:
        yield from _in_order(call, at)
        yield from _in_statement(call, at)


def _in_order(call: ast.Call, at: Place) -> Iterator[ast.expr]:
    """`Customer(name, email, password)`, where the password is called so."""
    if not (name_of(call.func) or "")[:1].isupper() or not call.args:
        return
    typed = [one for one in call.args if isinstance(one, ast.Name | ast.Subscript | ast.Call | ast.Attribute)]
    passwords = [one for one in typed if (found := password_in(one, at)) is not None and found.from_request]
    if passwords and is_account_class(call.func, at):
        yield from passwords


def _in_document(node: ast.expr, at: Place) -> Iterator[ast.expr]:
    """The entries of a dictionary, and of those in it, that hold a password as it was typed."""
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(value, ast.Dict):
                    yield from _in_document(value, at)
                elif (
                    isinstance(key, ast.Constant) and isinstance(key.value, str) and keeps_password(key.value)
                ):
                    yield from (value,) if password_in(value, at) is not None else ()
        case ast.List(elts=elements):
            for element in elements:
                yield from _in_document(element, at)
        case ast.Name(id=name):
            bindings = at.view.resolver(at.frame).scope.bindings_of(name)
            if len(bindings) == 1 and isinstance(bindings[0].node, ast.Dict):
                yield from _in_document(bindings[0].node, at)
        case _:
            pass


def _in_statement(call: ast.Call, at: Place) -> Iterator[ast.expr]:
    """What an INSERT or UPDATE writes: its parameters, and the values that are pasted into it."""
    sink = sink_at(call, at)
    if sink is None or len(sink.queries) != 1 or not _WRITES.match(sink.queries[0].text):
        return
    query = sink.queries[0]
    where = _WHERE.search(query.text)
    end = where.start() if where else len(query.text)
    for hole, (start, _) in zip(sink.holes[0], query.holes, strict=True):
        if start < end and password_in(hole.node, at) is not None:
            yield hole.node
    for value in _parameters(sink, query.text[:end], at):
        if password_in(value, at) is not None:
            yield value


def _parameters(sink: Sink, written: str, at: Place) -> list[ast.expr]:
    """The values that are bound in the part of a statement that writes."""
    position = sink.argument.parameters_position
    given = at.argument(sink.call, position, sink.argument.parameters_keyword)
    match given:
        case ast.Tuple(elts=values) | ast.List(elts=values):
            return values[: len(_PLACEHOLDER.findall(written))]
        case ast.Dict(keys=keys, values=values):
            named = [key.value if isinstance(key, ast.Constant) else None for key in keys]
            return [
                value
                for name, value in zip(named, values, strict=True)
                if isinstance(name, str) and re.search(rf":{name}\b|%\({name}\)s", written)
            ]
        case _:
            return [] if sink.argument.parameters != "each" else sink.call.args[1:]
