"""Passwords, tokens and keys that are written to a log."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.marks import FRAMEWORKS
from backend_architect.python.receivers import name_of
from backend_architect.python.values import Symbol
from backend_architect.python.words import secret_kind, word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_METHODS = frozenset(path.rpartition(".")[2] for path in libraries.paths("log-writers"))
_LEVELS = word_set("debug info warning warn error critical exception log trace fatal")
_LOGGERS = word_set("logger log logging LOG LOGGER _logger _log Logger")
_SAME = word_set("encode decode strip format lower upper get_secret_value join")
_WHOLE = word_set("str repr dict list json.dumps dumps pformat vars jsonify copy tuple sorted set")
_READERS = word_set("get pop getlist get_argument")
_BODIES = word_set("form json data POST body payload values")
_LOGINS = word_set("login signin register signup registration authenticate password credentials")
_AUTHORIZATION = word_set(
    "authorization Authorization AUTHORIZATION HTTP_AUTHORIZATION cookie Cookie x-api-key X-API-Key"
)
_STREAMS = frozenset({"builtins.print", "sys.stdout.write", "sys.stderr.write"})
_REASON = "The log does not hold the value any more; whoever searched for it there finds nothing."


@detector(on=ast.Call)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at what calls write to a log, one finding for each secret."""
    name = name_of(call.func) or ""
    if name not in _METHODS or not _writes_log(call, name, at):
        return
    for argument in (*call.args, *(one.value for one in call.keywords)):
        for leak, title in _leaks(argument, at):
            message = f"`{title}` is written to the log, where it stays in plain text for all who read logs"
            yield at.finding(leak, message, _fix(leak, at))


def _writes_log(call: ast.Call, name: str, at: Place) -> bool:
    function = at.resolve(call.func)
    if isinstance(function, Symbol) and libraries.entry("log-writers", function.path) is not None:
        return function.path not in _STREAMS or _is_server(at)
    if name not in _LEVELS or not isinstance(call.func, ast.Attribute):
        return False
    receiver = call.func.value
    return (name_of(receiver) or "") in _LOGGERS and not isinstance(receiver, ast.Call)


def _is_server(at: Place) -> bool:
    """Whether what the file prints ends up in a log, and not in front of the person who runs it."""
    return (
        any(at.look(f"%imports.{module}") is not None for module in FRAMEWORKS)
        or at.look("logging") is not None
    )


def _leaks(node: ast.expr, at: Place) -> Iterator[tuple[ast.expr, str]]:
    """The secrets in what is logged, each with what a message calls it."""
    title = _title(node, at)
    if title is not None:
        yield node, title
        return
    for part in _parts(node, at):
        yield from _leaks(part, at)


def _title(node: ast.expr, at: Place) -> str | None:
    """What a message calls a secret; None for what is none itself."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if at.path(node) == "os.environ":
                return "os.environ"
            return name if _is_secret(node, name, at) else None
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() as key)):
            return key if _is_secret_key(key, inner) else None
        case ast.Call(
            func=ast.Attribute(attr=method, value=inner), args=[ast.Constant(value=str() as key), *_]
        ):
            return key if method in _READERS and _is_secret_key(key, inner) else None
        case ast.Call(func=ast.Attribute(attr="get_json" | "json")):
            return at.source_of(node) if _is_login(at) and _is_request(node.func) else None
        case _:
            return None


def _parts(node: ast.expr, at: Place) -> list[ast.expr]:
    """The expressions that a text is made of; none for what a function has made of them."""
    match node:
        case (
            ast.JoinedStr(values=parts)
            | ast.Tuple(elts=parts)
            | ast.List(elts=parts)
            | ast.Dict(values=parts)
        ):
            return parts
        case ast.FormattedValue(value=inner) | ast.Await(value=inner) | ast.Starred(value=inner):
            return [inner]
        case ast.BinOp(left=left, right=right, op=ast.Add() | ast.Mod()):
            return [left, right]
        case ast.Call(func=ast.Attribute(attr="format"), args=args, keywords=keywords):
            return [*args, *(one.value for one in keywords)]
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _SAME:
            return [inner]
        case ast.Call(args=[first, *_]) if not _WHOLE.isdisjoint({name_of(node.func), at.path(node.func)}):
            return [first]
        case _:
            return []


def _is_secret_key(key: str, owner: ast.expr) -> bool:
    return secret_kind(key) is not None or (key in _AUTHORIZATION and _is_headers(owner))


def _is_secret(node: ast.Name | ast.Attribute, name: str, at: Place) -> bool:
    """Whether a variable or attribute holds a secret; `token` alone may be a word of a text."""
    if name in _BODIES and isinstance(node, ast.Attribute):
        return _is_login(at) and _is_request(node)
    kind = secret_kind(name)
    if kind is None:
        return False
    words = words_of(name)
    if (
        isinstance(node, ast.Attribute)
        and name.isupper()
        and isinstance(node.value, ast.Name)
        and node.value.id[:1].isupper()
    ):
        return False  # a member of an enumeration
    return words not in {("token",), ("secret",), ("pw",)} or _is_about_login(at)


def _is_about_login(at: Place) -> bool:
    """Whether the function or its class deals with users and their tokens, not with texts and parsers."""
    function = at.function
    names = [at.frame.owner_class or "", getattr(function, "name", "")]
    about = _LOGINS | {
        "token",
        "auth",
        "jwt",
        "session",
        "oauth",
        "reset",
        "user",
        "verify",
        "refresh",
        "secret",
        "api",
    }
    return any(not about.isdisjoint(words_of(name)) for name in names)


def _is_login(at: Place) -> bool:
    function = at.function
    return isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not _LOGINS.isdisjoint(
        words_of(function.name)
    )


def _is_request(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and (name_of(node.value) or "") in {"request", "req"}


def _is_headers(node: ast.expr) -> bool:
    return (name_of(node) or "") in {"headers", "META", "cookies", "COOKIES"}


def _fix(leak: ast.expr, at: Place) -> Fix | None:
    if at.f_string(leak) is not None:
        return None
    edits = [at.edit(*at.range_of(leak), '"***"')]
    return Fix("Write `***` instead", "unsafe", _REASON, lambda: edits)
