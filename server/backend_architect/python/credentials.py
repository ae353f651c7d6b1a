"""Which expressions hold a password as a person typed it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.python.words import names_hash_of_password, names_password, word_set, words_of

if TYPE_CHECKING:
    from sqlglot import exp

    from backend_architect.python.place import Place
    from backend_architect.sql.query import Query


@dataclass(frozen=True, slots=True)
class Typed:
    """A password in plain text."""

    node: ast.expr
    """What names it."""
    from_request: bool
    """Whether it is read from a request or a form, so that nothing can have hashed it before."""


SAME_TEXT = word_set("encode decode strip lstrip rstrip get_secret_value lower upper")
"""Methods whose result still is the password."""

_SAME_VALUE = word_set(
    """
    str bytes bytearray unicode force_bytes force_str smart_bytes smart_str to_bytes to_unicode escape
    """
)
_REQUEST_PARTS = word_set(
    """
    form json data values args query_params cleaned_data validated_data GET POST REQUEST body payload query
    form_data credentials forms request_json params json_body json_data post_data request_data initial_data
    """
)
"""Names of what carries the fields of a request."""

_REQUEST_CALLS = word_set("get_json json form get_argument get_body_argument")
_SCHEMA_WORDS = word_set(
    """
    create in input schema request form login register registration update signup credentials dto body
    payload
    """
)
"""Words in names of the classes that declare the body of a request."""

_SETTINGS_WORDS = word_set(
    """
    settings config conf configuration options opts args env environ connection conn client server db database
    proxy smtp mail url parsed uri dsn parts
    """
)
"""Names of what holds the password of another service."""

_READERS = word_set("get pop getlist get_argument get_body_argument")
TYPED_TWICE = word_set(
    "confirm confirmation confirmed repeat repeated again retype verify verification new old 2 re reenter"
)
"""Words in names of passwords that are typed twice, or changed."""

_SQL_VALUES = ("Placeholder", "Parameter", "Literal", "Column")
_DEPTH = 4


def password_in(node: ast.expr, at: Place, depth: int = 0) -> Typed | None:
    """The password that an expression is, or that is a part of the string that it builds."""
    if depth > _DEPTH:
        return None
    match node:
        case ast.Name():
            return _of_name(node, at, depth)
        case ast.Attribute(value=inner, attr="data" | "value"):
            found = password_in(inner, at, depth + 1)
            return Typed(node, from_request=True) if found else None
        case ast.Attribute(value=inner, attr=name) if names_password(name):
            return None if is_settings(inner) else Typed(node, is_request_part(inner, at))
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() as name)) if names_password(name):
            return None if is_settings(inner) else Typed(node, is_request_part(inner, at))
        case ast.Call():
            return _of_call(node, at, depth)
        case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.FormattedValue(value=inner):
            return password_in(inner, at, depth + 1)
        case ast.BinOp(left=left, right=right, op=ast.Add() | ast.Mod()):
            return _first([left, right], at, depth)
        case ast.Tuple(elts=parts) | ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            return _first(parts, at, depth)
        case _:
            return None


def _first(nodes: list[ast.expr], at: Place, depth: int) -> Typed | None:
    return next((found for one in nodes if (found := password_in(one, at, depth + 1))), None)


def _of_name(name: ast.Name, at: Place, depth: int) -> Typed | None:
    """A variable by what is assigned to it; by its name where that is not known."""
    bindings = at.view.resolver(at.frame).scope.bindings_of(name.id)
    values = [one.node for one in bindings if one.kind == "value" and isinstance(one.node, ast.expr)]
    found = [password_in(value, at, depth + 1) for value in values]
    if names_password(name.id):
        unknown = any(
            typed is None and not isinstance(value, ast.Constant)
            for value, typed in zip(values, found, strict=True)
        )
        if unknown:
            return None  # somebody may have hashed it
        return Typed(name, any(typed is not None and typed.from_request for typed in found))
    if found and len(values) == len(bindings) and all(found):
        return Typed(name, any(typed is not None and typed.from_request for typed in found))
    return None


def _of_call(call: ast.Call, at: Place, depth: int) -> Typed | None:
    match call:
        case ast.Call(
            func=ast.Attribute(value=inner, attr=method),
            args=[ast.Constant(value=str() as name), *_],
        ) if method in _READERS and names_password(name):
            from_request = is_request_part(inner, at) or "argument" in method
            return None if is_settings(inner) else Typed(call, from_request)
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in SAME_TEXT:
            return password_in(inner, at, depth + 1)
        case ast.Call(func=ast.Attribute(attr="format"), args=args):
            return _first(args, at, depth)
        case ast.Call(func=function, args=[first, *_]) if (
            getattr(function, "attr", getattr(function, "id", "")) in _SAME_VALUE
        ):
            return password_in(first, at, depth + 1)
        case _:
            return Typed(call, from_request=True) if at.path(call.func) == "getpass.getpass" else None


def is_settings(node: ast.expr) -> bool:
    """Whether an expression holds settings or the way to another service, by its name."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name in _REQUEST_PARTS:
        return False
    return words_of(name)[-1:] != () and words_of(name)[-1] in _SETTINGS_WORDS


def is_request_part(node: ast.expr, at: Place) -> bool:
    """Whether an expression carries the fields of a request: `request.form`, `await request.json()`."""
    match node:
        case ast.Await(value=inner):
            return is_request_part(inner, at)
        case ast.Attribute(attr=name):
            return name in _REQUEST_PARTS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _REQUEST_CALLS
        case ast.Name(id=name):
            return (
                name in _REQUEST_PARTS or name.endswith("form") or _is_schema(name, at) or _was_read(name, at)
            )
        case _:
            return False


def _was_read(name: str, at: Place) -> bool:
    """Whether a variable is given the fields of a request, and nothing else."""
    bindings = at.view.resolver(at.frame).scope.bindings_of(name)
    values = [one.node for one in bindings if isinstance(one.node, ast.Attribute | ast.Call | ast.Await)]
    return bool(values) and len(values) == len(bindings) and all(is_request_part(one, at) for one in values)


def _is_schema(name: str, at: Place) -> bool:
    """Whether a parameter is annotated with a class that declares the body of a request."""
    for binding in at.view.resolver(at.frame).scope.bindings_of(name):
        if binding.kind == "annotation" and isinstance(binding.node, ast.expr):
            annotation = binding.node
            last = getattr(annotation, "attr", getattr(annotation, "id", ""))
            return not _SCHEMA_WORDS.isdisjoint(words_of(last)) or "form" in last.lower()
    return False


def compares_password(query: Query) -> bool:
    """Whether a SELECT asks for rows with a password that it is given."""
    text = query.text.lower()
    if "select" not in text or "where" not in text or ("passw" not in text and "pwd" not in text):
        return False
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    if not isinstance(query.tree, exp.Select):
        return False
    where = query.tree.args.get("where")
    return where is not None and any(map(_is_password_test, where.find_all(exp.EQ)))


def _is_password_test(test: exp.EQ) -> bool:
    column, value = test.this, test.expression
    if type(column).__name__ != "Column":
        column, value = value, column
    return (
        type(column).__name__ == "Column"
        and _is_kept(column.name)
        and type(value).__name__ in _SQL_VALUES
        and not _is_kept(value.name)
        and bool(value.name or type(value).__name__ in {"Placeholder", "Parameter"})
    )


def _is_kept(name: str) -> bool:
    return names_password(name) or names_hash_of_password(name)
