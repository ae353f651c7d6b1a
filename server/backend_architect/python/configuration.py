"""Settings of Django and Flask, wherever they are written, and what they are by default."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from backend_architect.python.entries import entries_of
from backend_architect.python.place import NO_CONSTANT
from backend_architect.python.values import Symbol
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_MARKS = ("INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "MIDDLEWARE_CLASSES", "WSGI_APPLICATION")
_SHARED = frozenset({"settings", "base", "common", "default", "defaults", "global_settings", "base_settings"})
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_READERS = frozenset({"get", "getenv", "bool", "env", "config", "get_bool"})
_TEXT_METHODS = frozenset({"lower", "upper", "strip", "title", "casefold", "capitalize"})
_CONVERSIONS = {"bool": bool, "int": int, "str": str}
_BOOLEAN_PARSERS = frozenset(
    {"strtobool", "str2bool", "str_to_bool", "to_bool", "parse_bool", "asbool", "as_bool"}
)

SUBJECTS = (ast.Assign, ast.AnnAssign, ast.Call)
"""The nodes that `settings_at` knows."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting with the value that it is given."""

    name: str
    value: ast.expr
    place: OneOf["module", "class", "app"]
    """module: assigned in a module; class: in the body of a class; app: put into `app.config`."""


def settings_at(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Iterator[Setting]:
    """The settings that an assignment or a call makes, by their names alone: whose they are is not asked."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _assigned(target, value, at)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _assigned(target, value, at)
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="config"), attr="update" | "from_mapping")):
            for keyword in node.keywords:
                if keyword.arg is not None and keyword.arg.isupper():
                    yield Setting(keyword.arg, keyword.value, "app")
            for argument in node.args:
                entries = entries_of(argument, at)
                for name, value in (entries.values if entries is not None else {}).items():
                    yield Setting(name, value, "app")
        case _:
            pass


def _assigned(target: ast.expr, value: ast.expr, at: Place) -> Iterator[Setting]:
    match target:
        case ast.Name(id=name) if name.isupper() and at.function is None:
            yield Setting(name, value, "module" if at.frame.outer is None else "class")
        case ast.Subscript(value=ast.Attribute(attr="config"), slice=ast.Constant(value=str(name))):
            yield Setting(name, value, "app")
        case _:
            pass


def is_django(at: Place) -> bool:
    """Whether the file is a module of Django's settings: it lists the apps, or takes over what does."""
    if any(at.look(name) is not None for name in _MARKS):
        return True
    taken_over = at.look("*")
    return isinstance(taken_over, Symbol) and not _SHARED.isdisjoint(taken_over.path.split("."))


def where_unset(node: ast.expr, at: Place) -> Any:
    """What an expression gives where the environment sets no variable; `NO_CONSTANT` if that is unknown."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return _of_call(node, name, at)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(where_unset(left, at), op, right, at)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = where_unset(operand, at)
            return value if value is NO_CONSTANT else not value
        case _:
            return at.constant(node)


def default_of(node: ast.expr, at: Place) -> ast.expr | None:
    """The default that a call inside of an expression takes where the environment is silent."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and _reads_environment(part, at):
            return at.argument(part, 1, "default")
    return None


def _of_call(call: ast.Call, name: str, at: Place) -> Any:
    if _reads_environment(call, at):
        default = at.argument(call, 1, "default")
        value = None if default is None and name in {"get", "getenv"} else at.constant(default)
        is_cast = "bool" in words_of(name) or at.argument(call, None, "cast") is not None
        return value.lower() in _TRUE if is_cast and isinstance(value, str) else value
    if name in _TEXT_METHODS and isinstance(call.func, ast.Attribute) and not call.args:
        text = where_unset(call.func.value, at)
        return getattr(text, name)() if isinstance(text, str) else NO_CONSTANT
    value = where_unset(call.args[0], at) if len(call.args) == 1 else NO_CONSTANT
    if not isinstance(value, str | int | bool):
        return NO_CONSTANT
    if name in _BOOLEAN_PARSERS:
        return str(value).lower() in _TRUE
    try:
        return _CONVERSIONS[name](value)
    except (KeyError, ValueError):
        return NO_CONSTANT


def _reads_environment(call: ast.Call, at: Place) -> bool:
    """Whether a call asks for a variable by name: `os.environ.get("DEBUG")`, `env.bool("DEBUG")`."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in _READERS and "env" not in words_of(name):
        return False
    if not call.args or not isinstance(at.constant(call.args[0]), str):
        return False
    path = at.path(call.func) or ""
    return not path.startswith("builtins.") and (name != "get" or path in {"os.environ.get", "environ.get"})


def _compared(value: Any, op: ast.cmpop, right: ast.expr, at: Place) -> Any:
    elements = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else [right]
    constants = [at.constant(element) for element in elements]
    if value is NO_CONSTANT or any(constant is NO_CONSTANT for constant in constants):
        return NO_CONSTANT
    match op:
        case ast.Eq() | ast.Is() if elements == [right]:
            return value == constants[0]
        case ast.NotEq() | ast.IsNot() if elements == [right]:
            return value != constants[0]
        case ast.In() if elements != [right]:
            return value in constants
        case ast.NotIn() if elements != [right]:
            return value not in constants
        case _:
            return NO_CONSTANT
