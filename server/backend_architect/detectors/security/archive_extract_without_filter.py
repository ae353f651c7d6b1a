"""Archives whose members may be written anywhere."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import add_keyword
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_REASON = "Members that lie outside of the folder, devices and links to elsewhere raise an error."


@detector(on=ast.Call, imports={"tarfile"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """A choice of members may be a filter of one's own."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in {"extractall", "extract"}:
        return
    path = at.path(call.func)
    entry = libraries.entry("tar-extracting", path) if path is not None else None
    if path is None or entry is None or any(keyword.arg is None for keyword in call.keywords):
        return
    if "members" in entry and at.argument(call, entry["members"], "members") is not None:
        return
    chosen = at.argument(call, None, "filter")
    if chosen is None and libraries.entry("tar-trusting", path, at.version) is None:
        return
    if chosen is not None and at.constant(chosen) != "fully_trusted":
        return
    edit = add_keyword(call, "filter", '"data"', at) if at.f_string(call) is None else None
    fix = Fix('Add `filter="data"`', "unsafe", _REASON, lambda: [edit]) if edit is not None else None
    message = f"`{path}` without a filter writes wherever the archive says, also to `../../etc`"
    yield at.finding(call.func, message, fix)
