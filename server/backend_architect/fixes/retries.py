"""Options for libraries that retry."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.fixes.calls import append_argument
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place

_FUNCTION = re.compile(r"=(\w+)\(")


def add_option(
    function: ast.expr, call: ast.Call | None, option: str, module: str, at: Place
) -> tuple[list[Edit], tuple[str, ...]] | None:
    """The edits that add an option to a call, or to a decorator without arguments, and the imports for it."""
    named = _FUNCTION.search(option)
    imports: tuple[str, ...] = ()
    if named is not None:
        if isinstance(function, ast.Attribute):
            option = option.replace(f"={named[1]}", f"={at.source_of(function.value)}.{named[1]}")
        elif at.look_local(named[1]) not in {None, Symbol(f"{module}.{named[1]}")}:
            return None
        else:
            imports = (f"from {module} import {named[1]}",)
    if call is None:
        end = at.range_of(function)[1]
        return [at.edit(end, end, f"({option})")], imports
    edit = append_argument(call, option, at)
    return ([edit], imports) if edit is not None else None
