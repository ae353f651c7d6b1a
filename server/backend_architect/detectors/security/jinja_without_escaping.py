"""Environments of Jinja that put values into pages as they are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.python.marks import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_POSITION = 13
"""Where `autoescape` stands among the arguments of an environment."""

_REASON = "Values with markup in them appear as text, also those that were escaped before."


@detector(on=ast.Call, imports={"jinja2"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Escaping that is switched off, or in a module of a server, that nobody has switched on."""
    if at.path(call.func) != "jinja2.Environment" or _may_be_hidden(call):
        return
    if at.argument(call, None, "loader") is None:
        return  # what is no file is seldom a page
    chosen = at.argument(call, None, "autoescape")
    if chosen is None:
        if any(at.look(f"%imports.{name}") is not None for name in SERVERS):
            yield at.finding(call.func, _message("without `autoescape`"), _switched_on(call, at))
    elif at.constant(chosen) is False:
        edit = at.edit(*at.range_of(chosen), "True")
        fix = Fix("Set `autoescape` to `True`", "unsafe", _REASON, lambda: [edit])
        yield at.finding(chosen, _message("with `autoescape=False`"), fix)


def _message(how: str) -> str:
    return f"{how} a value that holds `<script>` runs in the browser of whoever sees the page"


def _may_be_hidden(call: ast.Call) -> bool:
    return any(one.arg is None for one in call.keywords) or len(call.args) >= _POSITION


def _switched_on(call: ast.Call, at: Place) -> Fix | None:
    edit = append_argument(call, "autoescape=True", at) if at.f_string(call) is None else None
    return Fix("Add `autoescape=True`", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
