"""TLS versions that can be broken."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_OLD = {
    "PROTOCOL_SSLv2": "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_SSLv3": "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_TLSv1": "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_TLSv1_1": "PROTOCOL_TLS_CLIENT",
    "SSLv2_METHOD": "TLS_METHOD",
    "SSLv3_METHOD": "TLS_METHOD",
    "TLSv1_METHOD": "TLS_METHOD",
    "TLSv1_1_METHOD": "TLS_METHOD",
    "SSLv3": "TLSv1_2",
    "TLSv1": "TLSv1_2",
    "TLSv1_1": "TLSv1_2",
    "MINIMUM_SUPPORTED": "TLSv1_2",
}
"""The last names of old versions, and what takes their place."""

_MODULES = ("ssl.", "OpenSSL.SSL.")
_REASON = (
    "Programs that speak only old versions can no longer connect; a client context also checks certificates."
)


@detector(on=(ast.Call, ast.Assign), imports={"ssl", "OpenSSL"})
def detect(node: ast.Call | ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at versions that are given to calls or set as the lowest."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="minimum_version")], value=value):
            given = [value]
        case ast.Call():
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
        case _:
            given = []
    for one in given:
        name = getattr(one, "attr", getattr(one, "id", ""))
        path = at.path(one) if name in _OLD else None
        if path is not None and path.startswith(_MODULES):
            yield at.finding(
                one, f"`{path}` can be broken: TLS before 1.2 is out of use since 2021", _newer(one, at)
            )


def _newer(version: ast.expr, at: Place) -> Fix | None:
    if not isinstance(version, ast.Attribute) or at.f_string(version) is not None:
        return None
    newer = _OLD[version.attr]
    edit = at.edit(at.range_of(version.value)[1], at.range_of(version)[1], f".{newer}")
    return Fix(f"Use `{newer}`", "unsafe", _REASON, lambda: [edit])
