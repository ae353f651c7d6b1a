"""Chains of calls in the text of a file, and what is written into them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.engine.findings import Edit
from backend_architect.engine.text import SourceText, newline_of
from backend_architect.loading.traces import place_of
from backend_architect.python.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from backend_architect.loading.traces import Where

_COMMENT: Final = re.compile(r"#[^\r\n]*")
_REST: Final = re.compile(r"[ \t]*#[^\r\n]*")


class Script:
    """The text of a Python file with its tree."""

    def __init__(self, text: str) -> None:
        self.source = SourceText(text)
        tree = parse(text)
        self.body = tree.body if isinstance(tree, ast.Module) else []
        self._parents = {
            child: one for top in self.body for one in ast.walk(top) for child in ast.iter_child_nodes(one)
        }

    def at(self, where: Where) -> ast.expr | None:
        """The outermost expression that stands at a place."""
        found = (
            one
            for top in self.body
            if top.lineno <= where[0] <= (top.end_lineno or top.lineno)
            for one in ast.walk(top)
            if isinstance(one, ast.Call | ast.Attribute) and place_of(one) == where
        )
        return next(found, None)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """What a node stands in."""
        return self._parents.get(node)

    def range_of(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """The offsets at which a node begins and ends."""
        line, column, end_line, end_column = place_of(node)
        return self.source.offset(line - 1, column), self.source.offset(end_line - 1, end_column)

    def text_of(self, node: ast.expr) -> str:
        """The source of a node."""
        start, end = self.range_of(node)
        return self.source.text[start:end]

    def edit(self, start: int, end: int, text: str) -> Edit:
        """The edit that puts a text in place of another one."""
        return Edit(self.source.span(start, end), text)

    def chain(self, root: ast.expr, names: Collection[str]) -> list[ast.Call]:
        """The calls of methods behind an expression, up to one that has none of some names."""
        found: list[ast.Call] = []
        node: ast.AST = root
        while True:
            attribute = self.parent(node)
            call = self.parent(attribute) if isinstance(attribute, ast.Attribute) else None
            if (
                not isinstance(attribute, ast.Attribute)
                or attribute.value is not node
                or not isinstance(call, ast.Call)
            ):
                return found
            if call.func is not attribute or attribute.attr not in names:
                return found
            found.append(call)
            node = call

    def following(self, node: ast.expr) -> Iterator[str]:
        """The attributes behind an expression."""
        one: ast.AST = node
        while True:
            above = self.parent(one)
            if isinstance(above, ast.Attribute):
                yield above.attr
            elif not (isinstance(above, ast.Call) and above.func is one):
                return
            one = above

    def append_call(self, last: ast.expr, text: str) -> Edit:
        """The edit that puts a call behind the last one of a chain, on a line of its own if that has one."""
        _, end = self.range_of(last)
        dot = self._own_line(last)
        if dot is None:
            return self.edit(end, end, text)
        rest = _REST.match(self.source.text, end)
        after = rest.end() if rest is not None else end
        newline = newline_of(self.source.lines)
        return self.edit(after, after, f"{newline}{dot}{text}")

    def _own_line(self, last: ast.expr) -> str | None:
        """The blanks in front of the last link of a chain; None if something else stands there."""
        function = last.func if isinstance(last, ast.Call) else last
        if not isinstance(function, ast.Attribute):
            return None
        row = (function.end_lineno or 1) - 1
        line = self.source.lines[row]
        indent = line[: len(line) - len(line.lstrip())]
        above = self.source.lines[row - 1].rstrip() if row else ""
        is_own = line.lstrip().startswith(f".{function.attr}") and not above.endswith("\\")
        return indent if is_own else None

    def append_argument(self, call: ast.Call | ast.List, argument: str) -> Edit:
        """The edit that puts an argument, or an item of a list, behind the others, in their layout."""
        close = self.range_of(call)[1] - 1
        given = (
            call.elts if isinstance(call, ast.List) else [*call.args, *(one.value for one in call.keywords)]
        )
        if not given:
            return self.edit(close, close, argument)
        last = max(given, key=lambda one: self.range_of(one)[1])
        text = self.source.text
        start = self.range_of(last)[1]
        between = _COMMENT.sub(lambda match: " " * len(match[0]), text[start:close])
        start += between.rfind(")") + 1
        between = between[between.rfind(")") + 1 :]
        row, _ = self.source.position(self.range_of(given[-1])[0])
        line = self.source.lines[row]
        indent = line[: len(line) - len(line.lstrip())]
        newline = newline_of(self.source.lines)
        below = "\n" in between or "\r" in between
        if "," not in between:
            return self.edit(start, start, f", {argument}")
        comma = start + between.index(",") + 1
        if not below:
            return self.edit(comma, comma, f" {argument}")
        rest = _REST.match(text, comma)
        after = rest.end() if rest is not None else comma
        return self.edit(after, after, f"{newline}{indent}{argument},")


@dataclass(frozen=True, slots=True)
class Link:
    """A step from rows to other rows."""

    cls: str
    """The key of the class that it leads from."""
    name: str
    collection: bool
