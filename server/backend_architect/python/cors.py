"""What calls and settings say about requests from other sites."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend_architect.knowledge import libraries
from backend_architect.python.entries import entries_of

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from backend_architect.python.place import Place

_ANY = re.compile(r"^\^?\(?(https?:/?/?|https\?://|http\(s\)\?://)?(\.\*|\.\+|\*)\)?\$?$")
"""Origins and regular expressions of origins that every site matches."""


@dataclass(frozen=True, slots=True)
class Cors:
    """Who may ask from another site, as one call says it."""

    call: ast.Call
    entry: Mapping[str, Any]
    anybody: ast.expr | None
    """What says that every site may."""
    credentials: bool
    """Whether browsers send the cookies of the user along."""


def cors_of(call: ast.Call, at: Place) -> Cors | None:
    """What a call says, if it is one that sets this up: a middleware, an extension, a decorator."""
    path = at.path(call.func)
    entry = libraries.entry("cors", path) if path is not None else None
    if entry is None and call.args and (path is None or path.endswith((".add_middleware", ".Middleware"))):
        middleware = at.path(call.args[0])
        entry = libraries.entry("cors", middleware) if middleware is not None else None
    if entry is None:
        return None
    credentials = at.constant(at.argument(call, None, entry["credentials"])) is True
    return Cors(call, entry, _anybody(call, entry, at), credentials)


def _anybody(call: ast.Call, entry: Mapping[str, Any], at: Place) -> ast.expr | None:
    pattern = at.argument(call, None, entry["pattern"]) if "pattern" in entry else None
    if pattern is not None and _is_any(pattern, at):
        return pattern
    origins = at.argument(call, None, entry["origins"])
    resources = at.argument(call, None, "resources")
    if origins is None and resources is not None:
        return _in_resources(resources, at)
    if origins is None:
        hidden = any(keyword.arg is None for keyword in call.keywords)
        return call.func if entry.get("open") and not hidden and pattern is None else None
    return origins if _is_any(origins, at) else None


def _in_resources(resources: ast.expr, at: Place) -> ast.expr | None:
    """The origins of the first resource of Flask-CORS that is open to every site."""
    known = entries_of(resources, at)
    for options in known.values.values() if known is not None else ():
        inner = entries_of(options, at)
        origins = inner.values.get("origins") if inner is not None else None
        if origins is not None and _is_any(origins, at):
            return origins
    return None


def _is_any(origins: ast.expr, at: Place) -> bool:
    text = at.constant(origins)
    texts = (text,) if isinstance(text, str) else at.strings(origins) or ()
    return any(_ANY.match(one) for one in texts)
