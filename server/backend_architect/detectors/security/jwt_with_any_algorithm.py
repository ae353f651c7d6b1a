"""Tokens that say themselves by which algorithm they want to be checked."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.security.jwt_without_verification import unverified
from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_REASON = "Tokens that are signed by another algorithm are refused; name the one that yours are signed by."


@detector(on=ast.Call, imports=libraries.modules("jwt-decode"))
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at the algorithms that a call accepts."""
    path = at.path(call.func)
    decode = libraries.entry("jwt-decode", path, at.version) if path is not None else None
    if decode is None or unverified(call, decode, at) is not None:
        return
    algorithms = at.argument(call, decode["algorithms"], "algorithms")
    if algorithms is None:
        if "unnamed" in decode and not _may_be_hidden(call) and not _knows_its_algorithm(call, at):
            message = f"`{path}` is not told which algorithm to accept, {decode['unnamed']}"
            yield at.finding(call.func, message, _fix(call, at))
        return
    elements = algorithms.elts if isinstance(algorithms, ast.List | ast.Tuple | ast.Set) else [algorithms]
    if any(_is_of_token(one) for one in elements):
        message = "the algorithm comes from the token itself, so its sender chooses how it is checked"
        yield at.finding(algorithms, message)
    names = [name for name in map(at.constant, elements) if isinstance(name, str)]
    if any(name.startswith("HS") for name in names) and any(not name.startswith("HS") for name in names):
        message = "with both kinds of algorithms, the public key can be used as the secret that signs a token"
        yield at.finding(algorithms, message)


def _may_be_hidden(call: ast.Call) -> bool:
    starred = any(isinstance(one, ast.Starred) for one in call.args)
    return starred or any(keyword.arg is None for keyword in call.keywords)


def _knows_its_algorithm(call: ast.Call, at: Place) -> bool:
    key = at.argument(call, 1, "key")
    return key is not None and at.type_of(key) == "jwt.PyJWK"


def _is_of_token(algorithm: ast.expr) -> bool:
    """Whether an algorithm is read from the header of a token: `header["alg"]`."""
    match algorithm:
        case ast.Subscript(slice=ast.Constant(value="alg")):
            return True
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value="alg"), *_]):
            return True
        case _:
            return False


def _fix(call: ast.Call, at: Place) -> Fix | None:
    has_key = len(call.args) > 1 or at.argument(call, None, "key") is not None
    if not has_key or at.f_string(call) is not None:
        return None
    edit = add_keyword(call, "algorithms", '["HS256"]', at)
    return Fix('Accept `"HS256"` only', "unsafe", _REASON, lambda: [edit]) if edit is not None else None
