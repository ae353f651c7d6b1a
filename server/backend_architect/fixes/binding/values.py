"""The expressions of the values that were pasted into a statement."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.holes import is_text, quoted
from backend_architect.python.folded import Hole
from backend_architect.python.values import UNKNOWN, Instance, Symbol
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.python.place import Place

_LOOSE = (ast.Tuple, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.Starred)
"""Expressions that need brackets of their own among arguments."""

_TEXTUAL = word_set(
    """
    decode format get getlist group hexdigest input isoformat join lower lstrip pop replace rstrip str
    strftime strip title upper
    """
)
"""Names of functions that mostly give strings."""

_PLAIN_SPECS = frozenset({"", "s", "d", "i"})


def spec_of(hole: Hole, at: Place) -> str:
    """How a hole says its value is to be written, as it is spelled there: `!r`, `:>10`, `%05d`."""
    conversion, spec = _format(hole, at)
    if hole.style == "percent":
        return f"%{spec}"
    return (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")


def is_whole(hole: Hole, at: Place, *, quoted: bool = True) -> bool:
    """Whether the value itself can stand for what is pasted; without quotes, `repr` brings them along."""
    conversion, spec = _format(hole, at)
    if hole.style == "percent" and spec == "r":
        conversion, spec = "r", ""
    plain = hole.plain or (hole.node is not hole.operation and spec in _PLAIN_SPECS)
    return plain and conversion in ({"", "s"} if quoted else {"", "s", "r"})


def _format(hole: Hole, at: Place) -> tuple[str, str]:
    """The conversion and the format of a hole."""
    if hole.plain or hole.literal is None:
        return "", ""
    string = at.view.string(hole.literal)
    if hole.style == "f-string":
        field = string.fields()[hole.start]
        return field.conversion, field.spec
    text = "".join(char for char, _, _ in string.characters()[hole.start : hole.start + hole.width])
    if hole.style == "percent":
        return "", text.rpartition(")")[2].lstrip("%")
    name, _, spec = text.strip("{}").partition(":")
    return name.partition("!")[2], spec


def single(hole: Hole, at: Place, *, quoted: bool) -> str:
    """The expression of a value that is pasted alone, between quotes or without them.

    Raises:
        RefusedError: when nobody can tell what it is.
    """
    expression = read_alone(_source(hole, at))
    tree = expression.tree
    match tree:
        case ast.Call(
            func=ast.Attribute(value=inner, attr="replace"),
            args=[ast.Constant(value="'"), ast.Constant(value="''")],
        ) if quoted:
            tree = inner  # which the driver needs no more
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner], keywords=[]) if not quoted:
            tree = inner
        case _:
            pass
    source = expression.source_of(tree)
    if isinstance(tree, _LOOSE) and not source.startswith("("):
        source = f"({source})"
    if quoted and hole.plain and _is_other(hole.node, at):
        return f"str({source})"
    return source


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read by itself; in an f-string older Pythons do not know where things stand."""

    text: str
    tree: ast.expr

    def source_of(self, node: ast.expr) -> str:
        """The source of a part of it."""
        return ast.get_source_segment(self.text, node) or ""


def read_alone(source: str) -> Expression:
    """The expression that a source is.

    Raises:
        RefusedError: when it is none for this Python.
    """
    text = f"({source}\n)"
    try:
        return Expression(text, ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        raise RefusedError(f"`{source}` cannot be read") from None


def _source(hole: Hole, at: Place) -> str:
    if hole.operation is None or (hole.node is not hole.operation and not _takes_all(hole)):
        return at.source_of_hole(hole)
    return _looked_up(hole, at)


def _takes_all(hole: Hole) -> bool:
    """Whether the value is one of many in a variable: `% values` with a key."""
    return isinstance(hole.operation, ast.BinOp) and hole.node is hole.operation.right and bool(hole.key)


def _looked_up(hole: Hole, at: Place) -> str:
    """The value that a template finds by its key in a mapping that is no display."""
    operation = hole.operation
    if isinstance(operation, ast.BinOp):
        if isinstance(operation.right, ast.Name | ast.Attribute):
            return f"{at.source_of(operation.right)}[{json.dumps(hole.key)}]"
    elif isinstance(operation, ast.Call) and hole.key.isidentifier():
        mappings = [one.value for one in operation.keywords if one.arg is None]
        match mappings:
            case [ast.Call(func=ast.Name(id="locals"), args=[])]:
                return hole.key
            case [ast.Name() | ast.Attribute() as mapping]:
                return f"{at.source_of(mapping)}[{json.dumps(hole.key)}]"
            case _:
                pass
    raise RefusedError("nobody can tell which value is pasted")


def _is_other(node: ast.expr, at: Place) -> bool:
    """Whether a value is known to be something else than a string."""
    value = at.resolve(node)
    if isinstance(node, ast.Call) and value in {UNKNOWN, None}:
        named = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return named not in _TEXTUAL and not is_text(node, at)
    known = isinstance(value, Instance) and value.type not in {"builtins.str", "enum.StrEnum"}
    return known and not is_text(node, at) and not isinstance(value, Symbol)


def pattern(pieces: Sequence[str | Hole], at: Place) -> str:
    """The expression of a string with values in it: of the value alone, if there is nothing else."""
    if len(pieces) == 1 and isinstance(pieces[0], Hole) and is_whole(pieces[0], at):
        return single(pieces[0], at, quoted=True)
    fields = [piece for piece in pieces if isinstance(piece, Hole)]
    if any(not is_whole(one, at) and one.style == "percent" for one in fields):
        raise RefusedError(f"`{spec_of(fields[0], at)}` decides how the value is written")
    sources = {id(one): _source(one, at) for one in fields}
    in_braces = all(_fits(source) for source in sources.values())
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(quoted(piece)[1:-1].replace("{", "{{").replace("}", "}}"))
            continue
        conversion, spec = _format(piece, at) if piece.style != "percent" else ("", "")
        source = sources[id(piece)].replace('"', "'") if in_braces else ""
        texts.append(
            "{" + source + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
        )
    text = f'"{"".join(texts)}"'
    return f"f{text}" if in_braces else f"{text}.format({', '.join(sources.values())})"


def _fits(source: str) -> bool:
    """Whether an expression can stand between the braces of an f-string in double quotes, in any Python."""
    mixed = "'" in source and '"' in source
    return not mixed and not set(source) & set("\\\n#{}") and not source.startswith("lambda")
