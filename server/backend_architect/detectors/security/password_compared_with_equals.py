"""Passwords that are compared, where a hash would have to be verified."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.passwords import verify_with_pwdlib
from backend_architect.knowledge import libraries
from backend_architect.python.accounts import is_manager, keeps_password, names_people
from backend_architect.python.credentials import (
    TYPED_TWICE,
    Typed,
    compares_password,
    is_request_part,
    is_settings,
    password_in,
)
from backend_architect.python.embedded import sink_at
from backend_architect.python.receivers import name_of
from backend_architect.python.words import word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_STORED = word_set("stored saved db correct actual expected real hashed hash database true right")
_ROWS = word_set("row result record res rows")
_CHECKING = word_set("check verify authenticate auth login signin validate valid correct matches match")
_FINDERS = frozenset({"filter", "get", "exclude", "aget", "get_or_none", "filter_by", "find_by"})
_DOCUMENT_FINDERS = frozenset({"find_one", "find", "count_documents"})


@detector(on=(ast.Compare, ast.Call), words=("pass", "pw", "psw"))
def detect(node: ast.Compare | ast.Call, at: Place) -> Iterator[Finding]:
    """Look at comparisons in the program, and at those that it asks a database for."""
    if isinstance(node, ast.Call):
        yield from _of_query(node, at)
        return
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            yield from _of_comparison(node, left, right, at)
        case _:
            pass


def _of_comparison(node: ast.Compare, left: ast.expr, right: ast.expr, at: Place) -> Iterator[Finding]:
    if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
        return
    for stored, given in ((left, right), (right, left)):
        if not _is_stored(stored, at) or _are_typed_twice(stored, given, at):
            continue
        hashed = _hashed(given, at)
        typed = hashed or password_in(given, at)
        if typed is None or (not hashed and not _comes_from_outside(stored, given, typed, at)):
            continue
        message = (
            "equal passwords have equal hashes here, and comparing them tells by its time how much was right"
            if hashed
            else "the stored password is compared as it is, so it is stored in plain text or without a salt"
        )
        fix = None if hashed or _may_be_missing(stored) else verify_with_pwdlib(node, given, stored, at)
        yield at.finding(node, message, fix)
        return


def _is_stored(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a password that was kept: an attribute, a column, a field of a row."""
    match node:
        case (
            ast.Attribute(value=inner, attr=name)
            | ast.Subscript(value=inner, slice=ast.Constant(value=str() as name))
        ):
            return keeps_password(name) and not is_settings(inner) and not is_request_part(inner, at)
        case ast.Name(id=name):
            words = words_of(name)
            return keeps_password(name) and not _STORED.isdisjoint(words)
        case ast.Subscript(value=ast.Name(id=rows)):
            return names_people(rows) or rows in _ROWS  # by the name of a user, or by the number of a column
        case ast.Call(func=ast.Attribute(value=ast.Name(id=rows), attr="get"), args=[_]):
            return names_people(rows)
        case _:
            return False


def _may_be_missing(stored: ast.expr) -> bool:
    """Whether there may be nothing to verify: `users.get(name)`, or a column of a query, `User.password`."""
    return isinstance(stored, ast.Call) or (
        isinstance(stored, ast.Attribute) and (name_of(stored.value) or "")[:1].isupper()
    )


def _comes_from_outside(stored: ast.expr, given: ast.expr, typed: Typed, at: Place) -> bool:
    """Whether one side is what somebody typed: two attributes of objects may be two states of one thing."""
    if typed.from_request or not isinstance(given, ast.Attribute | ast.Subscript):
        own = isinstance(stored, ast.Attribute) and getattr(stored.value, "id", "") == "self"
        return not own or _checks(at)
    return False


def _checks(at: Place) -> bool:
    function = at.function
    return isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not _CHECKING.isdisjoint(
        words_of(function.name)
    )


def _are_typed_twice(left: ast.expr, right: ast.expr, at: Place) -> bool:
    """Whether somebody typed both: `form.password` and `form.confirm`, `password1` and `password2`."""
    names = [*words_of(_name(left)), *words_of(_name(right))]
    if not TYPED_TWICE.isdisjoint(names):
        return True
    owners = [
        at.source_of(one.value) for one in (left, right) if isinstance(one, ast.Attribute | ast.Subscript)
    ]
    return len(owners) == 2 and owners[0] == owners[1]


def _name(node: ast.expr) -> str:
    """What a password is called, seen through `.data` of a field."""
    if isinstance(node, ast.Attribute) and node.attr in {"data", "value"}:
        return _name(node.value)
    return name_of(node) or ""


def _hashed(node: ast.expr, at: Place) -> Typed | None:
    """The password of which an expression is the hash: `hash_password(password)`.

    A hash that is known to be fast is the matter of `password-hashed-fast`, whose fix verifies instead.
    """
    if not isinstance(node, ast.Call) or password_in(node, at) is not None:
        return None
    inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else node
    if (
        not isinstance(inner, ast.Call)
        or libraries.entry("fast-hashes", at.path(inner.func) or "") is not None
    ):
        return None
    arguments = inner.args
    salts = any(keeps_password(_name(one)) and _is_stored(one, at) for one in arguments)
    return None if salts else next((typed for one in arguments if (typed := password_in(one, at))), None)


def _of_query(call: ast.Call, at: Place) -> Iterator[Finding]:
    message = "the database compares the password as it is, so it is stored in plain text or without a salt"
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in _FINDERS and isinstance(call.func, ast.Attribute):
        if name in {"filter_by", "find_by"} or is_manager(call.func.value, at):
            given = (one.value for one in call.keywords if one.arg is not None and keeps_password(one.arg))
            yield from (at.finding(value, message) for value in given if _is_password(value, at))
    elif name in _DOCUMENT_FINDERS and call.args and isinstance(call.args[0], ast.Dict):
        for key, value in zip(call.args[0].keys, call.args[0].values, strict=True):
            if isinstance(key, ast.Constant) and keeps_password(str(key.value)) and _is_password(value, at):
                yield at.finding(value, message)
    else:
        sink = sink_at(call, at)
        if sink is not None and any(map(compares_password, sink.queries)):
            yield at.finding(sink.sql, message)


def _is_password(value: ast.expr, at: Place) -> bool:
    return password_in(value, at) is not None or _hashed(value, at) is not None
