"""F-strings, `%` and `format`: texts with places that values are put into."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.python.folded import Chunk, Folded, Hole
from backend_architect.python.templates import braces, percent
from backend_architect.python.values import Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from backend_architect.python.folded import Style
    from backend_architect.python.names import Resolver
    from backend_architect.python.templates import Stretch


@dataclass(slots=True)
class Filling(ABC):
    """Folds what puts values into the places of a text."""

    resolver: Resolver

    @abstractmethod
    def fold(self, node: ast.expr) -> Folded | None:
        """The parts of the string that an expression builds; None if it cannot be read."""

    def constant(self, node: ast.expr) -> str | None:
        """The text that a constant puts into a string; None for anything else."""
        value = self.resolver.resolve(node)
        if isinstance(value, Literal) and isinstance(value.value, int | float | None):
            return str(value.value)
        folded = self.fold(node)
        if folded is None or folded.ambiguous or folded.holes:
            return None
        return folded.constant

    def hole(self, node: ast.expr, style: Style) -> Chunk | Hole:
        """What an expression that is no string of its own leaves: its constant text, else a hole."""
        text = self.constant(node)
        return Hole(node, style) if text is None else Chunk(text, node)

    def f_string(self, node: ast.JoinedStr) -> Folded:
        """The text of an f-string."""
        folded = Folded()
        start = fields = 0
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                folded.extend(self._field(part, node, fields, quoted=folded.ends_in_quotes))
                fields += 1
            elif isinstance(part, ast.Constant):
                text = str(part.value)
                folded.parts.append(Chunk(text, node, node, start))
                start += len(text)
        return folded

    def _field(
        self, part: ast.FormattedValue, literal: ast.JoinedStr, number: int, *, quoted: bool
    ) -> Folded:
        """What a replacement field puts into its f-string; between quotes a variable is one value."""
        plain = part.conversion == -1 and part.format_spec is None
        if plain:
            text = self.constant(part.value)
            if text is not None:
                return Folded([Chunk(text, part.value)])
            is_value = quoted and isinstance(part.value, ast.Name)
            inner = self.fold(part.value) if _nests(part.value) and not is_value else None
            if inner is not None and not inner.is_closed:
                return inner
        return Folded([Hole(part.value, "f-string", literal, number, plain=plain, numeric=_is_numeric(part))])

    def percent(self, node: ast.BinOp) -> Folded | None:
        """The text that `%` makes of its template; None if that cannot be read."""
        template = self.fold(node.left)
        if template is None:
            return None
        arguments = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        given = _string_keys(node.right)

        def value_of(key: str, index: int) -> ast.expr | None:
            return given.get(key) if key else _nth(arguments, index)

        return self._filled(template, node, "percent", percent, value_of)

    def _filled(
        self,
        template: Folded,
        node: ast.BinOp | ast.Call,
        style: Style,
        stretches: Callable[[str], Iterable[Stretch] | None],
        value_of: Callable[[str, int], ast.expr | None],
    ) -> Folded | None:
        """The text of a template with values in it; `value_of` takes a key, or how many came before."""
        folded = Folded([], template.ambiguous, [*template.operators, node], list(template.names))
        filled = 0
        for part in template.parts:
            if isinstance(part, Hole):
                folded.parts.append(part)
                continue
            read = stretches(part.text)
            if read is None:
                return None
            for stretch in read:
                if not stretch.field:
                    folded.parts.append(_kept(part, stretch, node))
                    continue
                value = value_of(stretch.key, filled)
                filled += not stretch.key
                folded.parts.append(self._field_of(part, stretch, value, node, style))
        return folded

    def _field_of(
        self, part: Chunk, stretch: Stretch, value: ast.expr | None, node: ast.BinOp | ast.Call, style: Style
    ) -> Chunk | Hole:
        text = self.constant(value) if stretch.plain and value is not None else None
        if value is not None and text is not None:
            return Chunk(text, value, operation=node)
        return Hole(
            node=_all_values(node) if value is None else value,
            style=style,
            literal=part.literal,
            start=part.start + stretch.start,
            width=stretch.end - stretch.start,
            plain=stretch.plain and (value is not None or style == "percent"),
            numeric=stretch.numeric,
            operation=node,
            key=stretch.key,
            template=part.node,
        )

    def format(self, node: ast.Call, template: ast.expr) -> Folded | None:
        """The text that `format` makes of its template; None if that cannot be read."""
        folded = self.fold(template)
        names = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}

        def value_of(key: str, index: int) -> ast.expr | None:
            position = key or str(index)
            return _nth(node.args, int(position)) if position.isdigit() else names.get(key)

        return None if folded is None else self._filled(folded, node, "format", braces, value_of)


def _is_numeric(part: ast.FormattedValue) -> bool:
    """Whether the format of a field takes numbers only."""
    spec = part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
    return any(isinstance(one, ast.Constant) and str(one.value)[-1:] in set("bdeEfFgGnoxX%") for one in spec)


def _nests(node: ast.expr) -> bool:
    """Whether an expression in a field is worth being folded on its own."""
    return isinstance(node, ast.JoinedStr | ast.BinOp | ast.Name | ast.Call | ast.IfExp)


def _kept(part: Chunk, stretch: Stretch, operation: ast.expr) -> Chunk:
    doubled = part.doubled or stretch.doubled
    return Chunk(stretch.text, part.node, part.literal, part.start + stretch.start, doubled, operation)


def _all_values(node: ast.BinOp | ast.Call) -> ast.expr:
    return node.right if isinstance(node, ast.BinOp) else node


def _nth(items: list[ast.expr], index: int) -> ast.expr | None:
    return (
        items[index]
        if index < len(items) and not any(isinstance(item, ast.Starred) for item in items)
        else None
    )


def _string_keys(node: ast.expr) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {
        key.value: value
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
