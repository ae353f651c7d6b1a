"""Applications that answer to any name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.python.configuration import default_of, is_django, settings_at
from backend_architect.python.switches import is_asked_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_ASKING = frozenset({"debug", "dev", "development", "local", "test", "testing"})
_TRUSTED_HOSTS = "starlette.middleware.trustedhost.TrustedHostMiddleware"
_ANY_NAME = "links in e-mails and redirects are made from whatever `Host` the sender writes"


@detector(on=(ast.Assign, ast.AnnAssign, ast.Call), words=("allowed_hosts",))
def detect(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Iterator[Finding]:
    """Look at Django's setting, its default where the environment decides, and at Starlette's middleware."""
    if isinstance(node, ast.Call):
        hosts = at.argument(node, None, "allowed_hosts")
        named = (at.path(one) for one in (node.func, *node.args[:1])) if hosts is not None else ()
        if hosts is not None and _TRUSTED_HOSTS in named and _is_any(hosts, at):
            yield at.finding(hosts, f'`"*"` accepts every host: {_ANY_NAME}')
        return
    for setting in settings_at(node, at):
        if setting.name != "ALLOWED_HOSTS" or setting.place != "module" or not is_django(at):
            continue
        for hosts in (setting.value, default_of(setting.value, at)):
            if hosts is not None and _is_any(hosts, at) and not is_asked_for(node, at, _ASKING, frozenset()):
                yield at.finding(hosts, f'`"*"` accepts every host: {_ANY_NAME}')
                return


def _is_any(hosts: ast.expr, at: Place) -> bool:
    return at.constant(hosts) == "*" or "*" in (at.strings(hosts) or ())
