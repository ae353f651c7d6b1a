"""What is known of a value from the places that assign it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.python.bodies import names_in
from backend_architect.python.folded import Chunk
from backend_architect.python.templates import percent
from backend_architect.python.values import Symbol
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place

_ESCAPING = re.compile(r"escap|quot|saniti|literal|mogrify", re.IGNORECASE)
"""Names of functions that write a value as SQL."""

_GIVING = word_set(
    "get pop strip lstrip rstrip lower upper title isoformat strftime date time now today hex group"
)
"""Methods that give values, whatever has them."""

_LISTING = word_set("split splitlines values keys items getlist copy")
"""Methods that give the same values again."""

_DEPTH = 4


def assigned(name: ast.Name, at: Place) -> Iterator[ast.expr]:
    """What is assigned to a variable anywhere in its function."""
    places = names_in(at.function).get(name.id, ()) if at.function is not None else ()
    for place in places:
        statement = at.view.parent(place) if isinstance(place.ctx, ast.Store) else None
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr) and statement.value is not None:
            yield statement.value


def appended(name: ast.Name, at: Place) -> Iterator[ast.expr]:
    """What is put into a list with a name anywhere in its function."""
    for place in names_in(at.function).get(name.id, ()) if at.function is not None else ():
        method = at.view.parent(place)
        call = at.view.parent(method) if method is not None else None
        match call:
            case ast.Call(func=ast.Attribute(attr="append" | "insert") as function) if function is method:
                yield from call.args[-1:]
            case _:
                pass
    for value in assigned(name, at):
        yield from value.elts if isinstance(value, ast.List | ast.Tuple) else ()


def all_values(hole: Hole, at: Place) -> ast.expr | None:
    """The sequence that holds all values of a `%` without keys, where it is no display.

    Raises:
        RefusedError: when it is a display of another kind, which `%` takes as one value.
    """
    operation = hole.operation
    if not isinstance(operation, ast.BinOp) or hole.key or hole.node is not operation.right:
        return None
    if isinstance(hole.node, ast.List | ast.Dict | ast.Set):
        raise RefusedError("nobody can tell which value is pasted")
    template = at.fold(operation.left)
    parts = template.parts if template is not None else []
    text = "".join(part.text for part in parts if isinstance(part, Chunk))
    several = sum(stretch.field for stretch in percent(text)) > 1
    return hole.node if several or is_tuple(hole.node, at) else None


def is_tuple(node: ast.expr, at: Place) -> bool:
    """Whether an expression is known to be a tuple."""
    if isinstance(node, ast.Call):
        return at.path(node.func) == "builtins.tuple"
    known = isinstance(node, ast.Tuple) or at.type_of(node) == "builtins.tuple"
    return known or (isinstance(node, ast.Name) and any(is_tuple(one, at) for one in assigned(node, at)))


def is_consumed(node: ast.expr, at: Place) -> bool:
    """Whether the values can be gone through once only."""
    match node:
        case ast.GeneratorExp():
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name not in _LISTING
        case ast.Call(func=ast.Name(id=name)):
            return name not in {"list", "range", "set", "sorted", "tuple"}
        case ast.Name():
            return any(not isinstance(one, ast.Name) and is_consumed(one, at) for one in assigned(node, at))
        case _:
            return False


def may_be_sql(node: ast.expr, at: Place, depth: int = 0) -> bool:
    """Whether what is pasted without quotes is, on some way through the function, written as SQL."""
    match node:
        case _ if depth > _DEPTH:
            return False
        case ast.Constant(value=str()):
            return True
        case ast.Call(func=function):
            return not _gives_values(function, at)
        case ast.BoolOp(values=choices):
            return any(may_be_sql(one, at, depth + 1) for one in choices)
        case ast.IfExp(body=body, orelse=orelse):
            return may_be_sql(body, at, depth + 1) or may_be_sql(orelse, at, depth + 1)
        case ast.Name(id=name):
            values = [*assigned(node, at), *_defaults(name, at)]
            return any(may_be_sql(one, at, depth + 1) for one in values)
        case ast.JoinedStr() | ast.BinOp():
            folded = at.fold(node)
            return folded is not None and any(isinstance(part, Chunk) and part.text for part in folded.parts)
        case _:
            return False


def _gives_values(function: ast.expr, at: Place) -> bool:
    """Whether a function is known to give a value and no SQL."""
    name = getattr(function, "attr", getattr(function, "id", ""))
    if _ESCAPING.search(name):
        return False
    known = at.resolve(function)
    library = isinstance(known, Symbol) and not known.path.startswith(":")
    return library or (isinstance(function, ast.Attribute) and name in _GIVING)


def _defaults(name: str, at: Place) -> Iterator[ast.expr]:
    """The default of a parameter."""
    function = at.function
    if function is not None:
        arguments = [*function.args.posonlyargs, *function.args.args]
        pairs = zip(reversed(arguments), reversed(function.args.defaults), strict=False)
        by_name = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        yield from (value for one, value in (*pairs, *by_name) if one.arg == name and value is not None)


def is_escaped(node: ast.expr, at: Place, depth: int = 0) -> bool:
    """Whether a value has been made fit for quotes by hand, or has got its quotes already.

    Quotes that are doubled where the value is pasted do not count: they can be taken away there.
    """
    match node:
        case ast.Call(
            func=ast.Attribute(attr="replace"), args=[ast.Constant(value="'"), ast.Constant(value="''")]
        ):
            return depth > 0
        case ast.Call(func=ast.Attribute(attr="replace"), args=[ast.Constant(value=str() as old), *_]):
            return "'" in old or "\\" in old
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return _ESCAPING.search(name) is not None
        case ast.Name():
            return depth < _DEPTH and any(is_escaped(one, at, depth + 1) for one in assigned(node, at))
        case _:
            return False
