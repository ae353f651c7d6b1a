"""SSH connections to whoever answers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_TRUSTING = frozenset({"paramiko.AutoAddPolicy", "paramiko.WarningPolicy"})
_REASON = "Servers whose keys are not in a file of known hosts are refused."
_ANYBODY = "whoever answers at the address gets the password and all data"


@detector(on=ast.Call, imports={"paramiko", "asyncssh"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Policies may be given as a class or as an instance."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "set_missing_host_key_policy" and call.args:
        policy = call.args[0]
        value = at.resolve(policy)
        path = value.path if isinstance(value, Symbol) else at.type_of(policy)
        if path in _TRUSTING:
            yield at.finding(policy, f"`{path}` accepts any host key: {_ANYBODY}", _rejecting(policy, at))
    elif at.path(call.func) in {"asyncssh.connect", "asyncssh.create_connection"}:
        known = at.argument(call, None, "known_hosts")
        if isinstance(known, ast.Constant) and known.value is None:
            yield at.finding(known, f"`known_hosts=None` accepts any host key: {_ANYBODY}")


def _rejecting(policy: ast.expr, at: Place) -> Fix | None:
    named = policy.func if isinstance(policy, ast.Call) else policy
    if not isinstance(named, ast.Attribute) or at.f_string(policy) is not None:
        return None
    edit = at.edit(at.range_of(named.value)[1], at.range_of(named)[1], ".RejectPolicy")
    return Fix("Refuse unknown keys", "unsafe", _REASON, lambda: [edit])
