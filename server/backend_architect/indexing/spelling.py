"""How a module may write the things of other modules."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.schema.outlines import imports_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SAME: Final = {"django.contrib.gis.db.models": "django.db.models"}
"""Modules that hold all that others hold."""
_WIDTH: Final = 88


@dataclass(slots=True)
class Spelling:
    """The names that a module binds, and the imports that it needs for others."""

    bound: Mapping[str, str]
    """What its names stand for, as dotted names; empty for its own things."""
    needed: dict[str, str] = field(default_factory=dict[str, str])
    """Import statements by the dotted names of what they bring."""

    def write(self, path: str) -> str:
        """How the module writes the thing of a dotted name.

        Raises:
            UnwritableError: its name is something else there.
        """
        module, _, name = path.rpartition(".")
        for bound, stands_for in self.bound.items():
            if stands_for == path:
                return bound
            if _SAME.get(stands_for, stands_for) == module:
                return f"{bound}.{name}"
        if name in self.bound:
            raise UnwritableError(f"`{name}` is something else in that module than {path}")
        self.needed[path] = f"from {module} import {name}"
        return name


def bound_in(body: Iterable[ast.stmt]) -> dict[str, str]:
    """The names that the statements at the top of a module bind."""
    found: dict[str, str] = {}
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom():
                found.update(imports_of([node], "", is_package=False))
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] = ""
            case ast.Assign(targets=targets):
                found.update((one.id, "") for one in targets if isinstance(one, ast.Name))
            case _:
                pass
    return found


def laid_out(head: str, arguments: Iterable[str], indent: str, lead: int = 0) -> str:
    """A call on one line, or with an argument a line where that is longer than 88 columns, as Black has it.

    `indent` is that of its line, `lead` the number of characters between this and the call.
    """
    listed = list(arguments)
    line = f"{head}({', '.join(listed)})"
    if len(indent) + lead + len(line) + 1 <= _WIDTH:
        return line
    inner = "".join(f"\n{indent}    {one}," for one in listed)
    return f"{head}({inner}\n{indent})"


def literal(value: str, quote: str) -> str:
    """A string literal in quotes of a kind."""
    if any(not char.isprintable() or char == "\\" for char in value):
        return repr(value)
    return f"{quote}{value}{quote}" if quote not in value else repr(value)
