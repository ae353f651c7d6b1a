"""Values that are collected in a variable while a statement is put together, line by line."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.delivery import given_parameters
from backend_architect.fixes.binding.placeholders import NAMED, Bound
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.statements import line_before, line_behind, stands_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.fixes.binding.delivery import Delivery
    from backend_architect.fixes.binding.moments import Moments
    from backend_architect.fixes.binding.regions import Region
    from backend_architect.python.place import Place

_NAMES = ("params", "parameters", "sql_params", "sql_parameters")
_SPLIT = "values go into it at several places that are not always run"


@dataclass(slots=True)
class Collecting:
    """Collects values where they are put into the text, beside the text."""

    at: Place
    moments: Moments
    delivery: Delivery
    name: str
    first: ast.stmt
    """The statement that begins the text."""

    @classmethod
    def of(cls, delivery: Delivery, moments: Moments, at: Place) -> Collecting:
        """What collects the values of a call.

        Raises:
            RefusedError: when the text does not grow in one variable.
        """
        sink = delivery.sink
        variable = sink.sql if isinstance(sink.sql, ast.Name) else None
        bindings = at.view.resolver(at.frame).scope.bindings_of(variable.id) if variable is not None else ()
        starts = [one.node for one in bindings if one.kind == "value" and one.node is not None]
        first = moments.statement_of(starts[0]) if len(starts) == 1 else None
        given = given_parameters(sink, at)
        empty = given is None or (isinstance(given, ast.List | ast.Tuple) and not given.elts)
        if first is None or not empty or not stands_alone(first, at):
            raise RefusedError(_SPLIT)
        bound = at.view.resolver(at.frame).scope.bindings_of
        free = (name for name in _NAMES if not bound(name) and at.look(name) is None)
        name = next(free, None)
        if name is None:
            raise RefusedError(_SPLIT)
        return cls(at, moments, delivery, name, first)

    def runtime_sign(self, number: tuple[int, int], region: Region) -> str:
        """A numbered placeholder whose number is only known when the program runs.

        Args:
            number: which of the values of its statement it is, and how many there are.
            region: what it stands for.

        Raises:
            RefusedError: when the text that holds it is no f-string.
        """
        if any(hole.style != "f-string" for hole in region.holes):
            raise RefusedError("the numbers of its placeholders depend on the way through the function")
        behind = number[1] - number[0]
        count = f"len({self.name})" + (f" - {behind}" if behind else "")
        mark = "$" if self.delivery.placeholders.style == "numeric-dollar" else ":"
        return f"{mark}{{{count}}}"

    def edits(self, groups: Sequence[tuple[ast.stmt, Sequence[Bound]]], *, numbered: bool) -> list[Edit]:
        """The edits that collect the values of each statement, and give them to the call.

        `numbered` says that placeholders count the values, which must be there before the text grows then.
        """
        named = self.delivery.placeholders.style in NAMED
        if any(one.expanding for _, bound in groups for one in bound):
            raise RefusedError(_SPLIT)
        first = [one for statement, bound in groups if statement is self.first for one in bound]
        edits = [line_behind(self.first, f"{self.name} = {self._display(first, named=named)}", self.at)]
        for statement, bound in groups:
            if statement is self.first:
                continue
            grows = isinstance(statement, ast.AugAssign) and stands_alone(statement, self.at)
            if not grows or (named and self._is_repeated(statement)):
                raise RefusedError(_SPLIT)
            write = line_before if numbered else line_behind
            lines = self._additions(bound, named=named)
            newline = "\n" + self._indent(statement)
            edits.append(write(statement, newline.join(lines), self.at))
        return [*edits, *self._given()]

    def _indent(self, statement: ast.stmt) -> str:
        row, column = self.at.view.source.position(self.at.range_of(statement)[0])
        return self.at.view.source.lines[row][:column]

    def _is_repeated(self, statement: ast.stmt) -> bool:
        return any(isinstance(one, ast.For | ast.AsyncFor | ast.While) for one in self.at.around(statement))

    def _display(self, bound: Sequence[Bound], *, named: bool) -> str:
        if named:
            return "{" + ", ".join(f'"{one.name}": {one.source}' for one in bound) + "}"
        return "[" + ", ".join(f"*{one.source}" if one.spread else one.source for one in bound) + "]"

    def _additions(self, bound: Sequence[Bound], *, named: bool) -> list[str]:
        if named:
            return [f'{self.name}["{one.name}"] = {one.source}' for one in bound]
        return [f"{self.name}.{'extend' if one.spread else 'append'}({one.source})" for one in bound]

    def _given(self) -> list[Edit]:
        match self.delivery.sink.argument.parameters:
            case "one":
                return self.delivery.whole(self.name)
            case "each":
                return self.delivery.each(f"*{self.name}")
            case "chained":
                return [self.delivery.chained(f"**{self.name}")]
            case _:
                raise RefusedError(_SPLIT)
