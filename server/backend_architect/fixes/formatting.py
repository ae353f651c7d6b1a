"""Turning formatted strings into a format and its arguments, as `logging` takes them."""

from __future__ import annotations

import ast
from string import Formatter
from typing import TYPE_CHECKING

from backend_architect.python.literals import Run
from backend_architect.python.values import Text, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.python.literals import Field, StringSource
    from backend_architect.python.place import Place

_CONVERSIONS = {"": "%s", "s": "%s", "r": "%r", "a": "%a"}


def lazy(message: ast.expr, at: Place) -> str | None:
    """The source of the arguments that give the same text; None where that is not certain."""
    source = at.source_of(message)
    if "#" in source:
        return None
    match message:
        case ast.JoinedStr():
            return _of_f_string(message, at)
        case ast.BinOp(op=ast.Mod()):
            return _of_modulo(message, at)
        case ast.BinOp(op=ast.Add()):
            return placeholders(_operands(message), at, joined="")
        case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant() as literal)):
            return _of_format(message, literal, at)
        case _:
            return None


def placeholders(values: Sequence[ast.expr], at: Place, joined: str = " ") -> str | None:
    """The arguments that log values one after another, as `print` and `+` write them."""
    if any(isinstance(one, ast.Starred) for one in values):
        return None
    if len(values) == 1 and isinstance(values[0], ast.JoinedStr | ast.BinOp):
        return lazy(values[0], at) or f'"%s", {at.source_of(values[0])}'
    if len(values) == 1 and isinstance(values[0], ast.Constant) and isinstance(values[0].value, str):
        return at.source_of(values[0])
    texts: list[str] = []
    arguments: list[str] = []
    for value in values:
        text = _plain(value, at)
        if text is not None:
            texts.append(text.replace("%", "%%"))
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            return None
        else:
            texts.append("%s")
            arguments.append(_argument(_unwrapped(value, at), at))
    return ", ".join([f'"{joined.join(texts)}"', *arguments])


def _plain(value: ast.expr, at: Place) -> str | None:
    """The text of a literal that is written in any kind of quotes as it is in double ones."""
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
        return None
    source = at.source_of(value)
    simple = source[:1] in "'\"" and source[1:-1] == value.value
    return value.value if simple and not set(value.value) & set('"\\\n\r') else None


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_operands(node.left), *_operands(node.right)]
    return [node]


def _unwrapped(value: ast.expr, at: Place) -> ast.expr:
    """`x` of `str(x)`, which the placeholder does by itself."""
    match value:
        case ast.Call(func=ast.Name(id="str") as function, args=[argument], keywords=[]):
            return argument if at.path(function) == "builtins.str" else value
        case _:
            return value


def _argument(node: ast.expr, at: Place) -> str:
    return _in_parentheses(node, at.source_of(node))


def _in_parentheses(node: ast.expr, source: str) -> str:
    bare = isinstance(node, ast.NamedExpr | ast.Yield | ast.GeneratorExp | ast.Tuple)
    return f"({source})" if bare and not source.startswith("(") else source


def _of_f_string(message: ast.JoinedStr, at: Place) -> str | None:
    string = at.view.string(message)
    nodes = [part.value for part in message.values if isinstance(part, ast.FormattedValue)]
    fields = string.fields()
    source = at.view.source.text
    if len(nodes) != len(fields) or any(not _is_simple(field, source) for field in fields):
        return None
    start, end = at.range_of(message)
    edits = _edits(string, source)
    if edits is None:
        return None
    for first, last, text in sorted(edits, reverse=True):
        source = source[:first] + text + source[last:]
        end += len(text) - (last - first)
    arguments = [_in_parentheses(node, field.expression) for node, field in zip(nodes, fields, strict=True)]
    return ", ".join([source[start:end], *arguments])


def _is_simple(field: Field, source: str) -> bool:
    """Whether a field has no format of its own, and does not show its own source."""
    inside = source[field.start + 1 : field.end - 1].strip()
    conversion = f"!{field.conversion}" if field.conversion else ""
    return not field.spec and inside.replace(" ", "") == (field.expression + conversion).replace(" ", "")


def _edits(string: StringSource, source: str) -> list[tuple[int, int, str]] | None:
    """What makes a format of an f-string: fields, prefixes, doubled braces and percent signs."""
    edits: list[tuple[int, int, str]] = []
    for part in string.parts:
        if not isinstance(part, Run):
            edits.append((part.start, part.end, _CONVERSIONS[part.conversion]))
            continue
        for char, first, last in zip(part.text, part.starts, part.ends, strict=True):
            written = source[first:last]
            if char == "%" and written != "%":
                return None
            if char == "%" or written in {"{{", "}}"}:
                edits.append((first, last, "%%" if char == "%" else char))
    for token in string.tokens:
        if "f" in token.prefix:
            at = token.start + token.prefix.index("f")
            edits.append((at, at + 1, ""))
    return edits


def _of_modulo(message: ast.BinOp, at: Place) -> str | None:
    left, right = message.left, message.right
    if not isinstance(left, ast.Constant) or not isinstance(left.value, str):
        return None
    match right:
        case ast.Tuple(elts=elements) if elements and not any(isinstance(e, ast.Starred) for e in elements):
            values = ", ".join(_argument(element, at) for element in elements)
        case ast.Dict(keys=[_, *_]):
            values = at.source_of(right)
        case _:
            value = at.resolve(right)
            if not (is_number(value) or isinstance(value, Text)):
                return None
            values = _argument(right, at)
    return f"{at.source_of(left)}, {values}"


def _of_format(call: ast.Call, literal: ast.Constant, at: Place) -> str | None:
    source = at.source_of(literal)
    if not isinstance(literal.value, str) or source[1:-1] != literal.value or set(source) & set("\\\n"):
        return None
    texts: list[str] = []
    used: list[ast.expr] = []
    given = {one.arg: one.value for one in call.keywords if one.arg is not None}
    try:
        pieces = list(Formatter().parse(literal.value))
    except ValueError:
        return None
    for text, name, spec, conversion in pieces:
        texts.append(text.replace("%", "%%"))
        if name is None:
            continue
        value = given.get(name) if name and not name.isdigit() else _at(call, int(name or len(used)))
        if value is None or spec or isinstance(value, ast.Starred):
            return None
        texts.append(_CONVERSIONS[conversion or ""])
        used.append(value)
    if len(used) != len(call.args) + len(call.keywords) or len(set(used)) != len(used):
        return None
    quote = source[0]
    return ", ".join([f"{quote}{''.join(texts)}{quote}", *(_argument(one, at) for one in used)])


def _at(call: ast.Call, index: int) -> ast.expr | None:
    return call.args[index] if index < len(call.args) else None
