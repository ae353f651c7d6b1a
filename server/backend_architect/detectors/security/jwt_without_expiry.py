"""Tokens that are valid for ever."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import name_of, remove_argument
from backend_architect.fixes.entries import add_entry
from backend_architect.knowledge import libraries
from backend_architect.python.entries import Entries, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_ISSUING = frozenset(
    f"flask_jwt_extended.{name}" for name in ("create_access_token", "create_refresh_token")
) | {"flask_jwt_extended.utils.create_access_token"}

_FOR_EVER = "whoever gets hold of the token once can use it for ever"
_REASON = "Tokens expire after an hour; how long they may live is yours to say."


@detector(on=ast.Call, imports=libraries.modules("jwt-encode") | {"flask_jwt_extended"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Speak only of claims that are all known."""
    path = at.path(call.func)
    if path in _ISSUING:
        expires = at.argument(call, None, "expires_delta")
        if expires is not None and at.constant(expires) is False:
            yield at.finding(
                expires, f"`expires_delta=False` means no expiry: {_FOR_EVER}", _default(call, at)
            )
        return
    encode = libraries.entry("jwt-encode", path) if path is not None else None
    if encode is None:
        return
    payload = at.argument(call, encode["payload"], encode["keyword"])
    claims = entries_of(payload, at)
    if payload is None or claims is None or not claims.complete or "exp" in claims.values:
        return
    yield at.finding(payload, f"the claims have no `exp`: {_FOR_EVER}", _with_expiry(claims, at))


def _with_expiry(claims: Entries, at: Place) -> Fix | None:
    clock = name_of("time.time", at)
    if claims.display is None or clock is None or at.f_string(claims.display) is not None:
        return None
    written, imports = clock
    edit = add_entry(claims.display, "exp", f"int({written}()) + 3600", at)
    return Fix("Let it expire after an hour", "unsafe", _REASON, lambda: [edit], imports) if edit else None


def _default(call: ast.Call, at: Place) -> Fix | None:
    edit = remove_argument(call, "expires_delta", at)
    reason = "Tokens expire after JWT_ACCESS_TOKEN_EXPIRES, fifteen minutes unless it is set."
    return Fix("Let it expire as configured", "unsafe", reason, lambda: [edit]) if edit is not None else None
