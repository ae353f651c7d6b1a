"""Engines of SQLAlchemy that hand out connections which the server has closed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.knowledge import libraries
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_DECIDED = frozenset({"pool_pre_ping", "pool_recycle", "pool", "poolclass"})
_SERVERS = (
    "postgres",
    "mysql",
    "mariadb",
    "oracle",
    "mssql",
    "cockroachdb",
    "redshift",
    "db2",
    "firebird",
    "{",
)
"""What the URLs of databases begin with that close connections; others open a file or ask by HTTP."""

_REASON = "Connections that work are used as before; one that is dead is replaced before it is handed out."


@detector(on=ast.Call, imports=libraries.modules("pooled-engines") | {"sqlmodel"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at calls that say nothing of how long connections may be kept."""
    path = at.path(call.func)
    entry = libraries.entry("pooled-engines", path) if path is not None else None
    if entry is None or any(one.arg is None for one in call.keywords):
        return
    decided = {one.arg: one.value for one in call.keywords if one.arg in _DECIDED}
    pool = decided.pop("poolclass", None)
    if decided or (pool is not None and not _keeps(pool, at)) or _is_a_file(call, at):
        return
    if _is_short_lived(call, at):
        return
    message = "after a restart of the database, this engine hands out connections that are dead"
    yield at.finding(call.func, message, _fix(call, at))


def _keeps(pool: ast.expr, at: Place) -> bool:
    """Whether a class of pools keeps connections open between uses."""
    path = at.path(pool)
    return path is not None and libraries.entry("keeping-pools", path) is not None


def _is_a_file(call: ast.Call, at: Place) -> bool:
    url = at.argument(call, 0, "url")
    if isinstance(url, ast.Call) and url.args:
        url = url.args[0]  # make_url("sqlite://"), URL.create("sqlite")
    value = at.resolve(url) if url is not None else None
    if isinstance(value, Text) and value.parts and value.parts[0] and not value.parts[0].startswith(_SERVERS):
        return True
    # Only SQLite has this argument.
    return any(one.arg == "connect_args" and _names_thread(one.value) for one in call.keywords)


def _is_short_lived(call: ast.Call, at: Place) -> bool:
    """Whether an engine does not outlive the function that makes it: a test of a connection, a command."""
    if at.function is None:
        return False
    match at.view.parent(call):
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return not any(_hands_on(node, name) for node in ast.walk(at.function))
        case ast.Expr() | ast.withitem() | ast.Attribute():
            return True
        case _:
            return False


def _hands_on(node: ast.AST, name: str) -> bool:
    """Whether a statement gives what a variable holds to somebody who keeps it."""
    match node:
        case ast.Return(value=ast.expr() as kept) | ast.Yield(value=ast.expr() as kept):
            pass
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_], value=kept):
            pass
        case ast.Global(names=names):
            return name in names
        case _:
            return False
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(kept))


def _names_thread(node: ast.expr) -> bool:
    keys = node.keys if isinstance(node, ast.Dict) else []
    return any(isinstance(key, ast.Constant) and key.value == "check_same_thread" for key in keys)


def _fix(call: ast.Call, at: Place) -> Fix | None:
    edit = append_argument(call, "pool_pre_ping=True", at) if at.f_string(call) is None else None
    if edit is None:
        return None
    return Fix("Test connections before they are used: `pool_pre_ping=True`", "safe", _REASON, lambda: [edit])
