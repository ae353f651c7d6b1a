"""Edits of the function that a call names, and of the arguments that it gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.place import Place


def name_of(path: str, at: Place) -> tuple[str, tuple[str, ...]] | None:
    """How code at a place may write a thing of another module, and the imports that it needs for that.

    None where another thing bears the name of the module.
    """
    module, _, name = path.rpartition(".")
    if at.path(ast.Name(name)) == path:
        return name, ()
    root = module.partition(".")[0]
    return (path, (f"import {module}",)) if at.resolve(ast.Name(root)) in {None, Symbol(root)} else None


def replace_callee(call: ast.Call, path: str, at: Place) -> tuple[list[Edit], tuple[str, ...]] | None:
    """The edit that makes a call name another function, and the imports it needs."""
    named = name_of(path, at)
    if named is None or at.f_string(call) is not None:
        return None
    return [at.edit(*at.range_of(call.func), named[0])], named[1]


def remove_argument(call: ast.Call, keyword: str, at: Place) -> Edit | None:
    """The edit that takes a keyword argument out of a call, with its comma.

    None where the call does not give it, or where a comment stands beside it.
    """
    given = next((one for one in call.keywords if one.arg == keyword), None)
    return remove_given(call, given, at) if given is not None else None


def remove_given(call: ast.Call, given: ast.expr | ast.keyword, at: Place) -> Edit | None:
    """The edit that takes an argument out of a call, with its comma; None where a comment stands there."""
    ordered = sorted([*call.args, *call.keywords], key=lambda one: at.range_of(one)[0])
    index = ordered.index(given)
    start, end = at.range_of(given)
    text = at.view.source.text
    if index:
        start = at.range_of(ordered[index - 1])[1]
        start += text[start : at.range_of(given)[0]].rfind(")") + 1
    elif len(ordered) > 1:
        end = at.range_of(ordered[1])[0]
    else:
        start, end = text.index("(", at.range_of(call.func)[1]) + 1, at.range_of(call)[1] - 1
    lines_end = text.find("\n", end)
    beside = text[start : lines_end if lines_end >= 0 else len(text)]
    return None if "#" in beside else at.edit(start, end, "")
