"""Sessions that hold what a client has sent, unchecked, beside what the program knows."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.python.marks import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_SESSIONS = frozenset({"flask.session", "quart.session"})


@detector(on=ast.Assign, imports=FRAMEWORKS)
def detect(statement: ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at what is assigned to a key of a session, and at the key."""
    for target in statement.targets:
        if not isinstance(target, ast.Subscript) or not _is_session(target.value, at):
            continue
        for part in (target.slice, statement.value):
            source = at.request_data(part, "session")
            if source is not None:
                message = f"{source.text} is kept in the session, whose contents everybody else trusts"
                yield at.finding(part, message)
                break


def _is_session(owner: ast.expr, at: Place) -> bool:
    """Whether a thing is the session, by what it stands for, or as an attribute of a request."""
    if isinstance(owner, ast.Attribute) and owner.attr == "session":
        asked = owner.value
        if isinstance(asked, ast.Name) and asked.id == "request" and at.function is not None:
            return True
    return at.path(owner) in _SESSIONS
