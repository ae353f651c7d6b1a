"""The values that are put into a string, as expressions that can be written elsewhere."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

from backend_architect.python.flows.facts import carried
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place


_TEXT_METHODS = frozenset({"isoformat", "lower", "strftime", "strip", "title", "upper", "casefold", "hex"})
"""Methods that leave a value what it is, in another form."""


def is_text(node: ast.expr, at: Place) -> bool:
    """Whether the value of an expression is a string: text of a request, or by its type."""
    data = carried(at, node)
    if data is not None and data.marks and not data.is_container:
        return all("nosql" in mark.safe for mark in data.marks)
    return isinstance(at.resolve(node), Text) or at.type_of(node) == "builtins.str"


def text_source(hole: Hole, at: Place) -> str:
    """An expression for the text that fills a hole."""
    source = at.source_of_hole(hole)
    return source if hole.style in {"add", "join"} or is_text(hole.node, at) else f"str({source})"


def quoted(text: str) -> str:
    """A literal for a string, in double quotes."""
    written = json.dumps(text, ensure_ascii=False)
    return written if "\\u" not in written else repr(text)


def f_string(parts: Sequence[str | Hole], at: Place) -> str | None:
    """An f-string of some texts and holes; None where its quotes stand in the way."""
    inner: list[str] = []
    for part in parts:
        if isinstance(part, str):
            inner.append(quoted(part)[1:-1].replace("{", "{{").replace("}", "}}"))
            continue
        source = at.source_of_hole(part)
        if ("'" in source and '"' in source) or "\\" in source or "\n" in source:
            return None
        inner.append("{" + source.replace('"', "'") + "}")
    return f'f"{"".join(inner)}"'


def name_for(node: ast.expr) -> str:
    """A name for a value, taken from how it is written."""
    match node:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.Subscript(slice=ast.Constant(value=str() as name))
        ):
            pass
        case ast.Call(args=[ast.Constant(value=str() as name), *_]):
            pass
        case ast.Call(func=ast.Name(id="str" | "int" | "float" | "repr" | "tuple" | "list"), args=[inner]):
            return name_for(inner)
        case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Attribute() as inner, attr=method)) if (
            method in _TEXT_METHODS
        ):
            return name_for(inner)
        case ast.ListComp(elt=inner):
            return name_for(inner)
        case ast.Call(func=function):
            return name_for(function)
        case _:
            name = "value"
    return name.lower() if name.isidentifier() else "value"


def the_only_value(node: ast.expr, at: Place) -> ast.expr:
    """What a variable holds that is assigned once and read once; the expression itself for anything else."""
    if not isinstance(node, ast.Name) or at.function is None:
        return node
    uses = [one for one in ast.walk(at.function) if isinstance(one, ast.Name) and one.id == node.id]
    values = list(_assigned(node.id, at.function))
    return values[0] if len(uses) == 2 and len(values) == 1 else node


def _assigned(name: str, function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case _:
                pass
