"""Tokens, keys and signatures that are compared in a time that tells how much of them was right."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.python.credentials import is_request_part
from backend_architect.python.receivers import name_of
from backend_architect.python.values import Text
from backend_architect.python.words import names_signature, secret_kind, word_set, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_READERS = word_set("get get_header getlist pop")
_HEADERS = word_set("headers META cookies COOKIES header")
_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv"})
_DIGESTS = word_set("hexdigest digest b64encode urlsafe_b64encode")
_CHECKING = word_set(
    "check verify validate authenticate auth authorize authorized valid require required login"
)
_SETTINGS = word_set("settings config conf cfg")
_DEPTH = 2
"""As many variables in between as people write."""

_REASON = "`hmac.compare_digest` raises a TypeError for None and for text that is not ASCII; `==` says False."


@detector(on=ast.Compare)
def detect(node: ast.Compare, at: Place) -> Iterator[Finding]:
    """Look at comparisons of what a client sent with what only the program should know."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
                return
        case _:
            return
    if _proves(left, right, at) or _proves(right, left, at):
        message = "`==` stops at the first character that differs, so its time tells how much is right"
        yield at.finding(node, message, _fix(node, left, right, at))


def _proves(sent: ast.expr, known: ast.expr, at: Place) -> bool:
    """Whether one side comes from a client, or may, and the other is a secret of the program."""
    if _is_hmac(known, at):
        return True
    match known:
        case (
            ast.BinOp(op=ast.Add(), left=ast.Constant(), right=secret)
            | ast.JoinedStr(values=[ast.Constant(), ast.FormattedValue(value=secret)])
        ):
            known = secret  # "Bearer " before a token
        case _:
            pass
    name = name_of(known) or ""
    if not _is_secret_name(name) or "default" in words_of(name):
        return False
    if isinstance(known, ast.Name) and isinstance(at.resolve(known), Text):
        return _is_sent(sent, at)
    return _is_sent(sent, at) and not _is_sent(known, at) and _is_kept(known, at)


def _is_secret_name(name: str) -> bool:
    return names_signature(name) or secret_kind(name) is not None


def _is_hmac(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a keyed hash: `hmac.new(...).hexdigest()`, at once or through a variable."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _DIGESTS:
            if node.args:
                return _is_hmac(node.args[0], at)
            return _is_hmac(inner, at)
        case ast.Call(func=function):
            return at.path(function) in {"hmac.new", "hmac.digest", "hmac.HMAC"}
        case ast.Name(id=name):
            bindings = at.view.resolver(at.frame).scope.bindings_of(name)
            values = [one.node for one in bindings if isinstance(one.node, ast.Call)]
            return bool(values) and len(values) == len(bindings) and all(_is_hmac(one, at) for one in values)
        case ast.JoinedStr(values=parts):
            return any(isinstance(one, ast.FormattedValue) and _is_hmac(one.value, at) for one in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _is_hmac(left, at) or _is_hmac(right, at)
        case _:
            return False


def _is_sent(node: ast.expr, at: Place, depth: int = 0) -> bool:
    """Whether an expression is read from a request: a header, a cookie, a field of a form."""
    match node:
        case ast.Subscript(value=inner):
            return is_request_part(inner, at) or _is_headers(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _READERS:
            return is_request_part(inner, at) or _is_headers(inner)
        case ast.Name(id=name) if depth <= _DEPTH:
            bindings = at.view.resolver(at.frame).scope.bindings_of(name)
            if any(one.kind in {"annotation", "default", "opaque"} for one in bindings):
                return _is_secret_name(name) and _checks(at)  # a parameter
            values = [one.node for one in bindings if isinstance(one.node, ast.expr)]
            return bool(values) and any(_is_sent(one, at, depth + 1) for one in values)
        case _:
            return False


def _checks(at: Place) -> bool:
    """Whether the function says that it checks something: only there a parameter is somebody's guess."""
    function = at.function
    return isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not _CHECKING.isdisjoint(
        words_of(function.name)
    )


def _is_settings(node: ast.expr) -> bool:
    return not _SETTINGS.isdisjoint(words_of(name_of(node) or ""))


def _is_headers(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _HEADERS


def _is_kept(node: ast.expr, at: Place) -> bool:
    """Whether an expression is a secret that the program keeps: a setting, a variable of the environment."""
    match node:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _is_settings(inner) or at.path(inner) == "os.environ" or getattr(inner, "id", "") == "self"
        case ast.Call(func=function):
            return at.path(function) in _ENVIRONMENT
        case ast.Name(id=name):
            return name.isupper() or not {"expected", "secret"}.isdisjoint(words_of(name))
        case _:
            return False


def _fix(node: ast.Compare, left: ast.expr, right: ast.expr, at: Place) -> Fix | None:
    if at.f_string(node) is not None:
        return None
    negated = "not " if isinstance(node.ops[0], ast.NotEq) else ""
    text = f"{negated}hmac.compare_digest({_text_of(left, at)}, {_text_of(right, at)})"
    edits = [at.edit(*at.range_of(node), text)]
    return Fix("Compare with `hmac.compare_digest`", "unsafe", _REASON, lambda: edits, ("import hmac",))


def _text_of(node: ast.expr, at: Place) -> str:
    """The source of one side; a header that is missing must be a string as well."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[_], keywords=[]):
            return f'{at.source_of(node)[:-1]}, "")'
        case _:
            return at.source_of(node)
