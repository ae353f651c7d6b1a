"""MD5 and SHA-1 that do not say whether anybody relies on them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.detectors.security import password_hashed_fast, weak_hash
from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_REASON = "The hash stays the same; the call only says that security does not depend on it."


@detector(on=ast.Call, imports=weak_hash.MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """What is relied on is the matter of `weak-hash`."""
    path = weak_hash.broken_hash(call, at)
    if path is None or path.startswith("cryptography."):
        return
    if any(True for _ in (*password_hashed_fast.detect.detect(call, at), *weak_hash.detect.detect(call, at))):
        return
    message = f"`{path}` is broken for security; nothing says here that it is not used for that"
    yield at.finding(call.func, message, _fix(call, path, at))


def _fix(call: ast.Call, path: str, at: Place) -> Fix | None:
    if not path.startswith("hashlib.") or at.f_string(call) is not None:
        return None
    edit = add_keyword(call, "usedforsecurity", "False", at)
    title = "Say `usedforsecurity=False`"
    return Fix(title, "safe", _REASON, lambda: [edit]) if edit is not None else None
