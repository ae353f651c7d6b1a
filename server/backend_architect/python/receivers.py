"""What a literal becomes: the name that the program gives to it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from backend_architect.python.place import Place

How = Literal["variable", "attribute", "entry", "keyword", "argument", "default", "fallback", "compared"]
"""variable: `name = x`; attribute: `thing.name = x`; entry: `{"name": x}` and `thing["name"] = x`;
keyword: `call(name=x)`; argument: an argument that a known call takes for a secret; default: of a parameter;
fallback: the value of a setting that nobody gave; compared: `name == x`."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives a value."""

    name: str
    how: How
    node: ast.AST
    """The node that hands the value over: an assignment, a call, a dictionary, a comparison, parameters."""
    value: ast.expr
    """The expression that is handed over: the literal, or what is made of it."""
    variable: str = ""
    """The environment variable that is usual for it."""


_SAME = frozenset({"encode", "strip", "decode"})
"""Methods whose result is still the secret."""

_WRAPPERS = frozenset(
    {"SecretStr", "SecretBytes", "bytes", "str", "bytearray", "Secret", "force_bytes", "to_bytes"}
)
_FIELDS = frozenset(
    {"Field", "field", "mapped_column", "Column", "Option", "Argument", "Query", "Header", "Form"}
)
_READERS = frozenset({"get", "pop", "setdefault", "getattr"})


def receiver_of(literal: ast.expr, at: Place) -> Receiver | None:
    """The receiver of a literal; None where it is only a part of something else."""
    value = _outermost(literal, at)
    outer = at.view.parent(value)
    match outer:
        case ast.Assign():
            return _assigned(outer.targets[0], outer, value)
        case ast.AnnAssign() | ast.NamedExpr():
            return _assigned(outer.target, outer, value)
        case ast.Tuple():
            return _element(outer, value, at)
        case ast.keyword():
            return _keyword(outer, value, at)
        case ast.Dict():
            return _entry(outer, value)
        case ast.arguments():
            return _default(outer, value)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            name = name_of(right if left is value else left)
            return Receiver(name, "compared", outer, value) if name else None
        case ast.Call():
            return _argument(outer, value, at)
        case _:
            return None


def name_of(node: ast.expr) -> str | None:
    """What an expression is called: a variable, an attribute, a constant key, or the argument of `.get`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str() as name), *_]) if (
            method in _READERS
        ):
            return name
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _SAME:
            return name_of(inner)
        case ast.Await(value=inner):
            return name_of(inner)
        case _:
            return None


def _outermost(literal: ast.expr, at: Place) -> ast.expr:
    """The largest expression that is nothing but the literal, or stands for it if others are missing."""
    value = literal
    while True:
        outer = at.view.parent(value)
        match outer:
            case ast.BoolOp(op=ast.Or()) | ast.Await():
                value = outer
            case ast.IfExp() if outer.test is not value:
                value = outer
            case ast.Attribute(attr=method) if method in _SAME:
                call = at.view.parent(outer)
                if not isinstance(call, ast.Call) or call.func is not outer:
                    return value
                value = call
            case ast.Call(func=function, args=[first, *_]) if first is value and _last(function) in (
                _WRAPPERS | _FIELDS
            ):
                value = outer
            case ast.keyword(arg="default"):
                call = at.view.parent(outer)
                if not isinstance(call, ast.Call) or _last(call.func) not in _FIELDS:
                    return value
                value = call
            case _:
                return value


def _last(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _assigned(target: ast.expr, statement: ast.AST, value: ast.expr) -> Receiver | None:
    name = name_of(target)
    if name is None:
        return None
    how: How = (
        "variable"
        if isinstance(target, ast.Name)
        else "attribute"
        if isinstance(target, ast.Attribute)
        else "entry"
    )
    return Receiver(name, how, statement, value)


def _element(elements: ast.Tuple, value: ast.expr, at: Place) -> Receiver | None:
    """`user, password = "a", "b"` and `auth=("a", "b")`."""
    index = elements.elts.index(value)
    match at.view.parent(elements):
        case ast.Assign(targets=[ast.Tuple(elts=targets)]) as outer if len(targets) == len(elements.elts):
            return _assigned(targets[index], outer, value)
        case ast.keyword(arg="auth" | "basic_auth" | "http_auth") as outer if (
            len(elements.elts) == 2 and index
        ):
            return Receiver("password", "argument", outer, value, "API_PASSWORD")
        case _:
            return None


def _keyword(keyword: ast.keyword, value: ast.expr, at: Place) -> Receiver | None:
    call = at.view.parent(keyword)
    if keyword.arg is None or not isinstance(call, ast.Call):
        return None
    path = at.path(call.func)
    if path is not None:
        reader = libraries.entry("settings-readers", path)
        if reader is not None and keyword.arg == reader["keyword"]:
            return _fallback(call, value)
        taker = libraries.entry("secret-arguments", path)
        if taker is not None and keyword.arg == taker["keyword"]:
            return Receiver(taker["name"], "argument", call, value, taker.get("variable", ""))
    if keyword.arg == "default":
        return _fallback(call, value) if call.args else None
    return Receiver(keyword.arg, "keyword", call, value)


def _argument(call: ast.Call, value: ast.expr, at: Place) -> Receiver | None:
    position = next((index for index, one in enumerate(call.args) if one is value), None)
    if position is None:
        return None
    path = at.path(call.func)
    if path is not None:
        reader = libraries.entry("settings-readers", path)
        if reader is not None and position == reader["position"]:
            return _fallback(call, value)
        taker = libraries.entry("secret-arguments", path)
        if taker is not None and position == taker.get("position"):
            return Receiver(taker["name"], "argument", call, value, taker.get("variable", ""))
    if position and _last(call.func) in _READERS:
        return _fallback(call, value, position - 1)
    return None


def _fallback(call: ast.Call, value: ast.expr, position: int = 0) -> Receiver | None:
    key = call.args[position] if len(call.args) > position else None
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return None
    return Receiver(key.value, "fallback", call, value)


def _entry(entries: ast.Dict, value: ast.expr) -> Receiver | None:
    key = next((k for k, v in zip(entries.keys, entries.values, strict=True) if v is value), None)
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return None
    return Receiver(key.value, "entry", entries, value)


def _default(parameters: ast.arguments, value: ast.expr) -> Receiver | None:
    by_position = [*parameters.posonlyargs, *parameters.args]
    with_default = by_position[len(by_position) - len(parameters.defaults) :]
    pairs = [
        *zip(with_default, parameters.defaults, strict=True),
        *zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True),
    ]
    name = next((arg.arg for arg, default in pairs if default is value), None)
    return Receiver(name, "default", parameters, value) if name is not None else None
