"""Hashing and verifying passwords with pwdlib."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix

if TYPE_CHECKING:
    from backend_architect.python.place import Place

HASHER = "PasswordHash.recommended()"
_IMPORTS = ("from pwdlib import PasswordHash",)
_HASHED = (
    "Hashes that are stored already do not verify any more: keep the old check for them until the next login."
)
_VERIFIED = "It holds for stored hashes that pwdlib made: what is stored now has to be hashed first."


def hash_with_pwdlib(where: ast.expr, password: ast.expr, at: Place) -> Fix | None:
    """The fix that puts a slow, salted hash of a password where another expression stands."""
    source = text_of(password, at)
    if source is None or at.f_string(where) is not None:
        return None
    edits = [at.edit(*at.range_of(where), f"{HASHER}.hash({source})")]
    return Fix("Hash it with Argon2 (`pwdlib`)", "unsafe", _HASHED, lambda: edits, _IMPORTS)


def verify_with_pwdlib(
    comparison: ast.Compare, password: ast.expr, stored: ast.expr, at: Place
) -> Fix | None:
    """The fix that verifies a password instead of comparing it."""
    source = text_of(password, at)
    if source is None or at.f_string(comparison) is not None:
        return None
    negated = "not " if isinstance(comparison.ops[0], ast.NotEq) else ""
    text = f"{negated}{HASHER}.verify({source}, {at.source_of(stored)})"
    edits = [at.edit(*at.range_of(comparison), text)]
    return Fix("Verify it with Argon2 (`pwdlib`)", "unsafe", _VERIFIED, lambda: edits, _IMPORTS)


def text_of(password: ast.expr, at: Place) -> str | None:
    """The source of a password without the call that encodes it; None for more than the password."""
    match password:
        case ast.Call(func=ast.Attribute(value=inner, attr="encode")):
            return text_of(inner, at)
        case ast.Call(func=ast.Name(id="bytes" | "str"), args=[inner, *_]):
            return text_of(inner, at)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return at.source_of(password)
        case ast.Call(func=ast.Attribute(attr="get")):
            return at.source_of(password)
        case _:
            return None


_STORED = "Whatever compares with the stored password has to verify the hash instead."


def hash_before_storing(value: ast.expr, at: Place) -> Fix | None:
    """The fix that hashes a password where it is handed over."""
    source = text_of(value, at)
    if source is None or at.f_string(value) is not None:
        return None
    django = at.look("%imports.django") is not None
    text = f"make_password({source})" if django else f"{HASHER}.hash({source})"
    imports = ("from django.contrib.auth.hashers import make_password",) if django else _IMPORTS
    edits = [at.edit(*at.range_of(value), text)]
    title = "Hash it with `make_password`" if django else "Hash it with Argon2 (`pwdlib`)"
    return Fix(title, "unsafe", _STORED, lambda: edits, imports)
