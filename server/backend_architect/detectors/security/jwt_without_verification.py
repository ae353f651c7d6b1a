"""Tokens that are read, or made, without a signature that anybody checks."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import remove_argument
from backend_architect.knowledge import libraries
from backend_architect.python.entries import entries_of
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from backend_architect.python.place import Place

MODULES = libraries.modules("jwt-encode", "jwt-decode", "jwt-unverified")

_SAYING = frozenset({"unverified", "sso", "oidc", "openid"})
_ANYBODY = "anybody can write such a token, for any user"
_REASON = "Tokens that are not signed with this key and one of these algorithms are refused."


@detector(on=ast.Call, imports=MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Say nothing of a token that the same function verifies as well: its issuer tells which key to take."""
    path = at.path(call.func)
    if path is None:
        return
    if libraries.entry("jwt-unverified", path) is not None:
        if not _needs_no_check(call, at):
            yield at.finding(call.func, f"`{path}` checks no signature: {_ANYBODY}")
        return
    decode = libraries.entry("jwt-decode", path, at.version)
    if decode is not None:
        switch = unverified(call, decode, at)
        if switch is not None and not _needs_no_check(call, at):
            yield at.finding(
                switch, f"the signature is not checked: {_ANYBODY}", _checked(call, switch, decode, at)
            )
        return
    encode = libraries.entry("jwt-encode", path)
    algorithm = at.argument(call, encode.get("algorithm"), "algorithm") if encode is not None else None
    if algorithm is not None and _is_none(algorithm, at):
        yield at.finding(algorithm, f"the token is not signed: {_ANYBODY}")


def unverified(call: ast.Call, decode: Mapping[str, Any], at: Place) -> ast.expr | None:
    """The argument that tells a call not to check the signature."""
    verify = at.argument(call, decode["verify"], "verify") if "verify" in decode else None
    if verify is not None and at.constant(verify) is False:
        return verify
    options = entries_of(at.argument(call, decode["options"], "options"), at)
    signature = options.values.get("verify_signature") if options is not None else None
    if signature is not None and at.constant(signature) is False:
        return signature
    algorithms = at.argument(call, decode["algorithms"], "algorithms")
    named = algorithms.elts if isinstance(algorithms, ast.List | ast.Tuple | ast.Set) else [algorithms]
    return next((one for one in named if one is not None and _is_none(one, at)), None)


def _is_none(algorithm: ast.expr, at: Place) -> bool:
    """Whether an algorithm is the one that signs nothing."""
    name = at.constant(algorithm)
    return isinstance(name, str) and name.lower() == "none"


def _is_believed_already(call: ast.Call, at: Place) -> bool:
    """Whether the token came from its issuer itself, or the function says that it believes nothing.

    An ID token that was fetched from its provider need not be verified (OpenID Connect Core, 3.1.3.7).
    """
    token = call.args[0] if call.args else None
    words = words_of(getattr(token, "attr", getattr(token, "id", "")))
    if ("id", "token") in pairwise(words):
        return True
    function = at.function
    named = isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return named and not _SAYING.isdisjoint(words_of(function.name))


def _needs_no_check(call: ast.Call, at: Place) -> bool:
    """Whether the token is believed already, or the function verifies it as well."""
    if _is_believed_already(call, at):
        return True
    if at.function is None:
        return False
    for other in ast.walk(at.function):
        if isinstance(other, ast.Call) and other is not call:
            path = at.path(other.func)
            decode = libraries.entry("jwt-decode", path, at.version) if path is not None else None
            if decode is not None and unverified(other, decode, at) is None:
                return True
    return False


def _checked(call: ast.Call, switch: ast.expr, decode: Mapping[str, Any], at: Place) -> Fix | None:
    """Check it, where the call already says with which key and by which algorithm."""
    has_key = len(call.args) > 1 or at.argument(call, None, "key") is not None
    if not has_key or at.argument(call, decode["algorithms"], "algorithms") is None or at.f_string(call):
        return None
    if at.constant(switch) is not False or switch in call.args:
        return None
    if any(keyword.value is switch for keyword in call.keywords):
        edit = remove_argument(call, "verify", at)
    else:
        edit = at.edit(*at.range_of(switch), "True")
    return Fix("Check the signature", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
